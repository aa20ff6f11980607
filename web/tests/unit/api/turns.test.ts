import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { isFilterProblem } from "../../../src/api/problem";
import { inTurn, kAhead, kForOverview, kInView } from "../../../src/api/turns";
import { askParse } from "../../../src/api/understood";

const kSlow = { q: "word" };
let parses: string[] = [];
let problem: object | null = null;

beforeEach(() => {
  parses = [];
  problem = null;
  vi.stubGlobal("fetch", async (url: string) => {
    const q = new URL(url, "http://spider.test/").searchParams.get("q") ?? "";
    parses.push(q);
    if (q === "down") throw new TypeError("Failed to fetch");
    return new Response(JSON.stringify({ q, problem }));
  });
});
afterEach(() => vi.unstubAllGlobals());

const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

it("questions with a text wait for each other, three at once", async () => {
  let running = 0;
  let most = 0;
  const ends: (() => void)[] = [];
  const ask = (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    return new Promise((resolve) =>
      ends.push(() => {
        running -= 1;
        resolve();
      }),
    );
  };
  const all = Array.from({ length: 5 }, () => inTurn(kSlow, undefined, ask));
  for (let ended = 0; ended < 5; ended += 1) {
    await turns();
    while (ends.length === 0) await turns();
    ends.shift()?.();
    await all[ended];
  }
  expect(most).toBe(3);
});

it("one that is cancelled while it waits never asks, and takes nobody's turn", async () => {
  const ends: (() => void)[] = [];
  const hold = (): Promise<void> => new Promise((resolve) => ends.push(resolve));
  const held = [1, 2, 3].map(() => inTurn(kSlow, undefined, hold));
  await turns();
  const abort = new AbortController();
  let asked = false;
  const given = inTurn(kSlow, abort.signal, async () => {
    asked = true;
  });
  const last = inTurn(kSlow, undefined, async () => "told");
  await turns();
  abort.abort();
  await expect(given).rejects.toBeDefined();
  ends.forEach((end) => end());
  await Promise.all(held);
  expect(await last).toBe("told");
  expect(asked).toBe(false);
});

it("what has no text to search by waits for nobody", async () => {
  const ends: (() => void)[] = [];
  const hold = (): Promise<void> => new Promise((resolve) => ends.push(resolve));
  const held = [1, 2, 3].map(() => inTurn(kSlow, undefined, hold));
  await turns();
  expect(await inTurn({}, undefined, async () => "quick")).toBe("quick");
  ends.forEach((end) => end());
  await Promise.all(held);
});

it("what one looks at is asked first, then what stands beside it, then what may come", async () => {
  const ends: (() => void)[] = [];
  const hold = (): Promise<void> => new Promise((resolve) => ends.push(resolve));
  const held = [1, 2, 3].map(() => inTurn(kSlow, undefined, hold));
  await turns();
  const order: number[] = [];
  const ranks = [kAhead, kForOverview, kInView, kAhead, kInView];
  const all = ranks.map((rank) =>
    inTurn(kSlow, undefined, async () => void order.push(rank), rank),
  );
  await turns();
  expect(order).toEqual([]);
  ends.forEach((end) => end());
  await Promise.all([...held, ...all]);
  expect(order).toEqual([kInView, kInView, kForOverview, kAhead, kAhead]);
});

it("a text that is not understood is never asked with, and is parsed once for all", async () => {
  problem = { offset: 0, length: 3, message: "'x' is no status.", expected: "a status" };
  const asked = vi.fn(async () => "told");
  const results = await Promise.allSettled(
    [1, 2, 3].map(() => inTurn({ q: "status:x" }, undefined, asked)),
  );
  for (const result of results) {
    expect(result.status).toBe("rejected");
    const { reason } = result as PromiseRejectedResult;
    expect(isFilterProblem(reason)).toBe(true);
    expect(String(reason)).toContain("'x' is no status. Expected: a status.");
  }
  expect(asked).not.toHaveBeenCalled();
  expect(parses).toEqual(["status:x"]);
});

it("where nobody says how a text is understood, the question itself is asked", async () => {
  expect(await inTurn({ q: "down" }, undefined, async () => "told")).toBe("told");
  await expect(askParse("down")).rejects.toBeDefined();
  expect(parses).toEqual(["down", "down"]);
});
