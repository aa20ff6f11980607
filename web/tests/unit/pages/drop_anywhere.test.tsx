// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, renderHook, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DropAnywhere } from "../../../src/pages/DropAnywhere";
import { useHanded } from "../../../src/state/handed";

let whisperers: { name: string; type: string }[] = [];
let made: unknown[] = [];

beforeEach(() => {
  whisperers = [];
  made = [];
  window.history.replaceState(null, "", "/");
  vi.stubGlobal("fetch", async (_url: string, init: RequestInit = {}) => {
    if (init.method === "POST") made.push(JSON.parse(String(init.body)));
    return new Response(JSON.stringify({ items: whisperers }));
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const file = new File(["x"], "x.pcap");
const carried = { dataTransfer: { types: ["Files"], files: [file] } };

async function show(looked: string | null): Promise<void> {
  const client = new QueryClient();
  render(
    <QueryClientProvider client={client}>
      <DropAnywhere looked={looked} />
    </QueryClientProvider>,
  );
  await waitFor(() => expect(client.getQueryData(["whisperers"])).toBeDefined());
}

function taken(): readonly File[] {
  const files: File[] = [];
  const { unmount } = renderHook(() => useHanded((more) => files.push(...more)));
  unmount();
  return files;
}

describe("a file that is dropped on the page", () => {
  it("goes to the whisperer that is looked at, or the only one, or the chosen one", async () => {
    whisperers = [
      { name: "lan", type: "INTERFACE" },
      { name: "shop", type: "UPLOAD" },
      { name: "cases", type: "UPLOAD" },
    ];
    await show("cases");
    fireEvent.dragOver(window, carried);
    expect(screen.getByTestId("drop-anywhere").textContent).toContain("into cases");
    fireEvent.drop(window, carried);
    await waitFor(() => expect(window.location.search).toContain("name=cases"));
    expect(window.location.search).toContain("part=uploads");
    expect(screen.queryByTestId("drop-anywhere")).toBeNull();
    expect(taken()).toEqual([file]);
    expect(taken()).toEqual([]); // once
    cleanup();
    await show("lan");
    const before = window.location.search;
    fireEvent.drop(window, carried);
    const choices = await screen.findAllByTestId("drop-into");
    expect(choices.map(({ textContent }) => textContent)).toEqual(["shop", "cases"]);
    expect(document.activeElement).toBe(choices[0]); // for Tab and Enter
    expect(screen.getByRole("dialog").textContent).toContain("x.pcap");
    fireEvent.keyDown(screen.getByRole("dialog"), { key: "Escape" });
    expect(screen.queryByRole("dialog")).toBeNull();
    expect([window.location.search, taken()]).toEqual([before, []]);
    fireEvent.drop(window, carried);
    fireEvent.click((await screen.findAllByTestId("drop-into"))[0] as HTMLElement);
    await waitFor(() => expect(window.location.search).toContain("name=shop"));
    expect(taken()).toEqual([file]);
    expect(screen.queryByRole("dialog")).toBeNull();
    cleanup();
    whisperers = whisperers.slice(0, 2);
    await show("lan");
    fireEvent.drop(window, carried);
    await waitFor(() => expect(taken()).toEqual([file]));
    expect(made).toEqual([]);
  });

  it("makes a whisperer for it when there is none", async () => {
    await show(null);
    fireEvent.drop(window, carried);
    await waitFor(() => expect(window.location.search).toContain("name=uploads"));
    expect(made).toEqual([{ name: "uploads", type: "UPLOAD" }]);
    expect(taken()).toEqual([file]);
  });

  it("is left to a place that takes it, and what is no file to whoever wants it", async () => {
    await show(null);
    const over = new Event("drop", { cancelable: true });
    Object.assign(over, carried);
    over.preventDefault();
    window.dispatchEvent(over);
    fireEvent.drop(window, { dataTransfer: { types: ["text/plain"], files: [] } });
    expect(taken()).toEqual([]);
    expect(window.location.search).toBe("");
  });
});
