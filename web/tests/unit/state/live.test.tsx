// @vitest-environment jsdom
import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { useLive } from "../../../src/state/live";

class FakeSource extends EventTarget {
  static all: FakeSource[] = [];
  closed = false;
  constructor(readonly url: string) {
    super();
    FakeSource.all.push(this);
  }
  static get last(): FakeSource {
    return FakeSource.all[FakeSource.all.length - 1] as FakeSource;
  }
  close(): void {
    this.closed = true;
  }
}

let hidden = false;
beforeEach(() => {
  hidden = false;
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeSource);
  vi.spyOn(document, "hidden", "get").mockImplementation(() => hidden);
  FakeSource.all = [];
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

let cursors = 0;
function say(kind: string, ...data: readonly object[]): void {
  act(() => {
    for (const one of data.length === 0 ? [{}] : data) {
      cursors += 1;
      const init = { data: JSON.stringify(one), lastEventId: `s.${cursors}` };
      FakeSource.last.dispatchEvent(new MessageEvent(kind, init));
    }
    vi.advanceTimersByTime(250);
  });
}
const breakLine = (): void =>
  act(() => {
    FakeSource.last.dispatchEvent(new Event("error"));
  });
const ids = (count: number, from = 0): { id: string }[] =>
  Array.from({ length: count }, (_, n) => ({ id: `c${from + n}` }));
const pass = (ms: number): void =>
  act(() => {
    vi.advanceTimersByTime(ms);
  });

const kQuery = { q: "status:5xx" };
const follow = (onNews = vi.fn()) =>
  renderHook(({ cursor, query }) => useLive(query, cursor, onNews), {
    initialProps: { cursor: "s.7" as string | null, query: kQuery },
  });

describe("live news", () => {
  it("pass over what is none", () => {
    const onNews = vi.fn();
    const { result } = renderHook(() => useLive(kQuery, "s.7", onNews, (id) => id !== "c1"));
    say("open");
    say("communication", ...ids(2));
    expect([...result.current.told]).toEqual(["c0"]);
    say("communication", ...ids(1, 1));
    expect(onNews).toHaveBeenCalledTimes(1);
  });

  it("begin behind the answer that is shown, and are gathered", () => {
    const onNews = vi.fn();
    const { result } = follow(onNews);
    const url = new URL(FakeSource.last.url, "http://x/");
    expect(url.searchParams.get("after")).toBe("s.7");
    expect(url.searchParams.get("q")).toBe("status:5xx");
    say("open");
    expect(result.current.line.kind).toBe("open");
    say("communication", ...ids(120));
    expect(result.current.told.size).toBe(120);
    expect(onNews).toHaveBeenCalledTimes(1);
    say("communication", ...ids(3));
    expect(result.current.told.size).toBe(120);
    say("gap");
    expect(result.current.more).toBe(true);
  });

  it("forget what was told when it was marked, and keep what came after", () => {
    const { result } = follow();
    say("open");
    say("communication", ...ids(5));
    const forget = result.current.mark();
    say("communication", ...ids(2, 5));
    act(forget);
    expect([...result.current.told]).toEqual(["c5", "c6"]);
  });

  it("go on behind the last event when the line breaks, later and later", () => {
    const { result } = follow();
    say("open");
    say("communication", ...ids(1));
    const behind = `s.${cursors}`;
    const waits = [1_000, 2_000, 4_000, 8_000, 15_000, 15_000];
    for (const wait of waits) {
      const broken = FakeSource.last;
      breakLine();
      expect(broken.closed).toBe(true);
      expect(result.current.line).toEqual({ kind: "lost", retryAt: Date.now() + wait });
      pass(wait - 1);
      expect(FakeSource.last).toBe(broken);
      pass(1);
      expect(FakeSource.last).not.toBe(broken);
      expect(FakeSource.last.url).toContain(`after=${behind}`);
    }
    say("open");
    expect(result.current.line.kind).toBe("open");
    breakLine();
    expect(result.current.line).toEqual({ kind: "lost", retryAt: Date.now() + 1_000 });
    act(() => result.current.retry());
    expect(result.current.line.kind).toBe("connecting");
    expect(result.current.told.size).toBe(1);
  });

  it("are not told to a page that nobody sees, and told to it afterwards", () => {
    follow();
    say("open");
    say("communication", ...ids(1));
    const first = FakeSource.last;
    hidden = true;
    act(() => void document.dispatchEvent(new Event("visibilitychange")));
    expect(first.closed).toBe(true);
    hidden = false;
    act(() => void document.dispatchEvent(new Event("visibilitychange")));
    expect(FakeSource.last).not.toBe(first);
    expect(FakeSource.last.url).toContain(`after=s.${cursors}`);
  });

  it("begin anew with another question, and end with the page", () => {
    const { result, rerender, unmount } = follow();
    say("communication", ...ids(4));
    const first = FakeSource.last;
    rerender({ cursor: null, query: { q: "x" } });
    expect(first.closed).toBe(true);
    rerender({ cursor: "s.99", query: { q: "x" } });
    expect(FakeSource.last.url).toContain("after=s.99");
    expect(result.current.told.size).toBe(0);
    unmount();
    expect(FakeSource.last.closed).toBe(true);
  });
});
