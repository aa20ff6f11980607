// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Completions, QueryParse } from "../../../src/api/types";
import { range } from "../../../src/base/time";
import { SearchBox } from "../../../src/pages/SearchBox";
import { forgetPreferences } from "../../../src/state/preferences";
import { noteSearch, recentSearches } from "../../../src/state/searches";

const completions = new Map<string, Partial<Completions["items"][number]>[]>();
const answers = new Map<string, Partial<QueryParse>>();

// The server understands everything, but what a test says of a text.
function understood(q: string): QueryParse {
  return {
    q,
    normal: q,
    tokens: [],
    problem: null,
    reads_headers: false,
    reads_bodies: false,
    _links: {},
    ...answers.get(q),
  } as unknown as QueryParse;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", async (url: string) => {
    const { pathname, searchParams } = new URL(url, "http://x/");
    const q = searchParams.get("q") ?? "";
    if (pathname.endsWith("/complete")) {
      const at = Number(searchParams.get("at"));
      const items = completions.get(q) ?? [];
      return new Response(JSON.stringify({ offset: at - 2, length: 2, items }), { status: 200 });
    }
    return new Response(JSON.stringify(understood(q)), { status: 200 });
  });
  window.localStorage.clear();
  forgetPreferences();
  answers.clear();
  completions.clear();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

// Long enough for everything that waits; in steps, since each one may begin the next wait.
async function rest(): Promise<void> {
  for (let step = 0; step < 15; step += 1) await act(() => vi.advanceTimersByTimeAsync(100));
}

function show(q = "") {
  const onAsk = vi.fn();
  const client = new QueryClient();
  const tree = (now: string) => (
    <QueryClientProvider client={client}>
      <SearchBox q={now} range={range(0, 10)} onAsk={onAsk} />
    </QueryClientProvider>
  );
  const { rerender } = render(tree(q));
  const input = screen.getByTestId("search") as HTMLInputElement;
  const type = async (text: string) => {
    fireEvent.focus(input);
    fireEvent.change(input, { target: { value: text } });
    await rest();
  };
  return { onAsk, input, type, set: (now: string) => rerender(tree(now)) };
}

describe("a name where an address is wanted", () => {
  it("is asked for with a click", async () => {
    const problem = { offset: 7, length: 9, message: "'shop.test' is no address and no network." };
    answers.set("server:shop.test", {
      problem,
      tokens: [
        { kind: "field", offset: 0, length: 6 },
        { kind: "comparison", offset: 6, length: 1 },
        { kind: "value", offset: 7, length: 9 },
      ],
    });
    const { onAsk, input } = show("server:shop.test");
    await rest();
    fireEvent.click(screen.getByTestId("search-name"));
    expect(input.value).toBe("server.name:shop.test");
    expect(onAsk.mock.calls).toEqual([["server.name:shop.test", true]]);
  });
});

describe("the search box", () => {
  it("asks what it understands after a rest, once", async () => {
    const { onAsk, type } = show();
    await type("status:5xx");
    expect(onAsk.mock.calls).toEqual([["status:5xx", false]]);
  });

  it("calls no word wrong that is still being written, and says so when it is asked", async () => {
    const wrong = {
      offset: 7,
      length: 2,
      message: "No status '50'.",
      expected: "",
      suggestion: "",
    };
    answers.set("status:50", { problem: wrong } as Partial<QueryParse>);
    const { onAsk, input, type } = show();
    await type("status:50");
    expect(screen.queryByTestId("search-problem")).toBeNull();
    expect(document.querySelector(".is-wrong")).toBeNull();
    fireEvent.keyDown(input, { key: "Enter" });
    expect(screen.getByTestId("search-problem").textContent).toContain("No status '50'.");
    await type("status:500");
    expect(screen.queryByTestId("search-problem")).toBeNull();
    await type("status:50");
    fireEvent.blur(input);
    await rest();
    expect(screen.getByTestId("search-problem").textContent).toContain("No status '50'.");
    expect(onAsk.mock.calls).toEqual([["status:500", false]]);
  });

  it("never asks what is wrong, says where and why, and mends it with a click", async () => {
    const wrong = {
      offset: 0,
      length: 6,
      message: "There is no field 'statsu'.",
      expected: "",
      suggestion: "status",
    };
    answers.set("statsu:5xx", {
      problem: wrong,
      tokens: [{ kind: "unread", offset: 0, length: 10 }],
    });
    const { onAsk, input, type } = show();
    await type("statsu:5xx");
    expect(onAsk).not.toHaveBeenCalled();
    expect(screen.getByTestId("search-problem").textContent).toContain("There is no field");
    expect(document.querySelector(".is-bad")?.textContent).toBe("statsu");
    fireEvent.keyDown(input, { key: "Enter" });
    expect(onAsk).not.toHaveBeenCalled();
    fireEvent.click(screen.getByTestId("search-mend"));
    expect(input.value).toBe("status:5xx");
    await rest();
    expect(onAsk.mock.calls).toEqual([["status:5xx", false]]);
  });

  it("reads bodies only when told to", async () => {
    answers.set('body:"x"', { reads_bodies: true });
    const { onAsk, input, type } = show();
    await type('body:"x"');
    expect(onAsk).not.toHaveBeenCalled();
    expect(screen.getByTestId("search-slow").textContent).toContain("bodies");
    fireEvent.keyDown(input, { key: "Enter" });
    expect(onAsk.mock.calls).toEqual([['body:"x"', true]]);
  });

  it("shows what the address says when it changes, and takes all away with one click", async () => {
    const { onAsk, input, set } = show("a");
    set("b");
    expect(input.value).toBe("b");
    fireEvent.click(screen.getByTestId("clear-filter"));
    expect(input.value).toBe("");
    expect(onAsk.mock.calls).toEqual([["", true]]);
  });

  it("offers what was searched before; the keys choose and take it", async () => {
    noteSearch("status:5xx");
    noteSearch("login");
    noteSearch("status:5xx");
    expect(recentSearches()).toEqual(["status:5xx", "login"]);
    const { onAsk, input } = show();
    fireEvent.focus(input);
    fireEvent.keyDown(input, { key: "ArrowDown" });
    expect(screen.getAllByRole("option").map((one) => one.textContent)).toEqual([
      "status:5xx",
      "login",
    ]);
    fireEvent.keyDown(input, { key: "ArrowDown" });
    fireEvent.keyDown(input, { key: "ArrowDown" });
    expect(input.getAttribute("aria-activedescendant")).toBe("offer-1");
    fireEvent.keyDown(input, { key: "Enter" });
    expect(onAsk.mock.calls).toEqual([["login", true]]);
    expect(screen.queryByRole("option")).toBeNull();
  });

  it("offers what could stand at the caret, and Tab puts the likeliest there", async () => {
    completions.set("status:404 ho", [
      { insert: "host:", label: "host", help: "Host header", communications: null },
    ]);
    const { input, type } = show();
    await type("status:404 ho");
    expect(screen.getByRole("option").textContent).toBe("hostHost header");
    fireEvent.keyDown(input, { key: "Tab" });
    expect(input.value).toBe("status:404 host:");
  });
});
