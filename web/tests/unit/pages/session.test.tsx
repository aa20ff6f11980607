// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CommunicationDetail, Session } from "../../../src/api/types";
import { SessionTab } from "../../../src/pages/SessionTab";
import { useCommunication } from "../../../src/state/data";
import { detail } from "../support/detail";
import { session } from "../support/session";

// What Spider says of the session at present: it, or why there is none.
let answer: Partial<Session> | { code: string; detail: string };
let asked: string[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  vi.stubGlobal("fetch", async (url: string) => {
    const path = new URL(url, "http://x/").pathname.replace("/api/v1/", "");
    asked.push(path);
    if (path.startsWith("http-communications/")) return new Response(JSON.stringify(shown()));
    if (path.endsWith("/saving")) return new Response(JSON.stringify({ items: [] }));
    if ("detail" in answer)
      return new Response(JSON.stringify({ title: "Not Found", status: 404, ...answer }), {
        status: 404,
      });
    return new Response(JSON.stringify(session(answer as Partial<Session>)));
  });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const shown = (): CommunicationDetail =>
  detail({ _links: "detail" in answer ? {} : { session: { href: "/x" } } });
// In steps, since each one may begin the next wait.
async function rest(ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 50) await act(() => vi.advanceTimersByTimeAsync(50));
}

function Tab() {
  const { data } = useCommunication("1-a-1-0");
  return data === undefined ? null : <SessionTab detail={data} />;
}
async function show() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const tree = (on: boolean) => (
    <QueryClientProvider client={client}>{on && <Tab />}</QueryClientProvider>
  );
  const { rerender } = render(tree(true));
  await rest(500);
  return (on: boolean) => rerender(tree(on));
}
const said = (): string => screen.getByTestId("no-session").textContent ?? "";
const sessions = (): number => asked.filter((path) => path.startsWith("tcp-sessions/")).length;

const kOpen = {
  code: "API-SESSION-001",
  detail: "The capture that began at 14:00 is under way, and the connection has not ended in it.",
};

describe("a session that is not there", () => {
  it("has no record yet, for what Spider says, and comes by itself when it has", async () => {
    answer = kOpen;
    await show();
    expect(said()).toContain("has no record yet"); // it may have ended a moment ago
    expect(said()).toContain(kOpen.detail);
    expect(said()).not.toContain("lost");
    await rest(7_000);
    expect(sessions()).toBeGreaterThanOrEqual(3);
    expect(said()).toContain(kOpen.detail); // nothing flickers while it is asked for
    answer = {};
    await rest(4_000);
    expect(screen.getByTestId("session")).toBeTruthy();
    expect(screen.queryByTestId("no-session")).toBeNull();
    // The communication learns of it, for its packets and its timing.
    expect(asked.filter((path) => path.startsWith("http-communications/")).length).toBe(2);
    const before = sessions();
    await rest(20_000);
    expect(sessions()).toBe(before);
  });

  it("says that it was lost, and is not asked for over and over", async () => {
    answer = { code: "API-SESSION-002", detail: "The capture that began at 14:00 was not ended." };
    const set = await show();
    expect(said()).toContain("The TCP session is not there");
    expect(said()).toContain("was not ended");
    await rest(20_000);
    expect(sessions()).toBe(1);
    set(false);
    answer = {};
    set(true); // the tab is opened again
    await rest(500);
    expect(screen.getByTestId("session")).toBeTruthy();
  });

  it("says that it was not saved, with the way to the setting", async () => {
    answer = { code: "API-SESSION-003", detail: 'save_sessions of whisperer "live" was off.' };
    await show();
    expect(said()).toContain("save_sessions");
    expect(screen.getByTestId("to-settings")).toBeTruthy();
  });
});

describe("the parse log", () => {
  const parsing = {
    what: "parsing",
    option: "save_parsing",
    whisperer: "live",
    known: "exact",
    since: "2026-03-10T11:00:00.000000Z",
    since_us: 1_773_140_400_000_000,
  } as const;

  it("says that it was not saved, since when, and where to change that", async () => {
    answer = { not_saved: [parsing] };
    await show();
    const why = screen.getByTestId("no-parse-log");
    expect(why.textContent).toMatch(
      /^Parse logs were not saved .*“live”: save_parsing\. Off since/,
    );
    expect(why.querySelector('[data-testid="to-settings"]')).not.toBeNull();
  });

  it("is not spoken of when there was nothing to note", async () => {
    answer = {};
    await show();
    expect(screen.queryByText("Parse log")).toBeNull();
  });
});
