import { describe, expect, it } from "vitest";
import type { Communication, SearchProgress } from "../../../src/api/types";
import { micros, range } from "../../../src/base/time";
import { beginning, shareLooked, sorted, withLines } from "../../../src/state/found";

const hit = (start: number, more: Partial<Communication> = {}): { hit: Communication } => ({
  hit: {
    id: `1-${(start * 1_000).toString(16)}-7-1`,
    duration_us: 10,
    status: 200,
    ...more,
  } as Communication,
});

const progress = (reached: number, done = false, candidates = 5): { progress: SearchProgress } => ({
  progress: { reached_us: reached, done, candidates } as SearchProgress,
});

const start = beginning(range(micros(1_000), micros(2_000)));

describe("a search", () => {
  it("keeps each row once, and says how far it looked", () => {
    const known = new Set<string>();
    const first = withLines(start, [hit(1_900), hit(1_800), progress(1_750)], known, 0);
    const second = withLines(first, [hit(1_800), hit(1_200), progress(1_250)], known, 0);
    expect(second.items.map(({ id }) => id)).toEqual(
      [1_900, 1_800, 1_200].map((time) => hit(time).hit.id),
    );
    expect(first.items).toHaveLength(2);
    expect(second.phase).toBe("running");
    expect(shareLooked(second)).toBeCloseTo(0.75);
  });

  it("is done at the beginning of its range, and full when it ends before", () => {
    expect(withLines(start, [progress(1_000, true)], new Set(), 0).phase).toBe("done");
    const full = withLines(start, [progress(1_400, true)], new Set(), 0);
    expect(full.phase).toBe("full");
    expect(shareLooked(full)).toBeCloseTo(0.6);
  });

  it("that goes on counts on", () => {
    expect(withLines(start, [progress(1_500, false, 7)], new Set(), 30).read).toBe(37);
  });

  it("sorts as the server does: without a value last, equal ones by start", () => {
    const rows = [
      hit(1_000, { status: null }),
      hit(1_001, { status: 404 }),
      hit(1_002, { status: 200 }),
      hit(1_003, { status: 404 }),
    ].map(({ hit: row }) => row);
    const starts = (order: "newest" | "oldest" | "-status" | "status") =>
      sorted(rows, order).map(({ id }) => parseInt(id.split("-")[1] ?? "", 16) / 1_000 - 1_000);
    expect(starts("newest")).toEqual([3, 2, 1, 0]);
    expect(starts("oldest")).toEqual([0, 1, 2, 3]);
    expect(starts("-status")).toEqual([3, 1, 2, 0]);
    expect(starts("status")).toEqual([2, 1, 3, 0]);
  });
});
