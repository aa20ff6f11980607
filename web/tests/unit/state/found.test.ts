import { describe, expect, it } from "vitest";
import type { Communication, SearchProgress } from "../../../src/api/types";
import { micros, range } from "../../../src/base/time";
import { readOf } from "../../../src/pages/SearchProgress";
import { beginning, shareLooked, sorted, withLines } from "../../../src/state/found";

const hit = (start: number, more: Partial<Communication> = {}): { hit: Communication } => ({
  hit: {
    id: `1-${(start * 1_000).toString(16)}-7-1`,
    duration_us: 10,
    status: 200,
    ...more,
  } as Communication,
});

const progress = (
  reached: number,
  done = false,
  candidates = 5,
  looked = 0,
): { progress: SearchProgress } => ({
  progress: {
    reached_us: reached,
    done,
    candidates,
    rows_looked: looked,
    rows_total: 1_000,
  } as SearchProgress,
});

const start = beginning(range(micros(1_000), micros(2_000)));

const none = { saved: 0, partial: 0, unsaved: 0, why: "" };

it("a search claims no body that is not saved, nor what is not saved of one", () => {
  const found = { ...start, read: 1_224, bodies: { ...none, unsaved: 1_200, why: "It was off." } };
  expect(readOf(found, true)).toBe(
    "0 of 1,224 communications had a saved body, 1,200 had a body that is not saved and was not " +
      "searched. It was off.",
  );
  expect(readOf({ ...found, bodies: { ...none, saved: 7 } }, true)).toBe(
    "7 of 1,224 communications had a saved body",
  );
  expect(readOf({ ...found, bodies: { saved: 7, partial: 3, unsaved: 5, why: "" } }, true)).toBe(
    "7 of 1,224 communications had a saved body, of which 3 could be searched in part only and " +
      "had nothing in that part (cut by body_max_bytes, or not all captured), 5 had a body that " +
      "is not saved and was not searched",
  );
  expect(readOf(found, false)).toBe("headers of 1,224 communications read");
});

describe("a search", () => {
  it("keeps each row once, and says how far it looked", () => {
    const known = new Set<string>();
    const first = withLines(start, [hit(1_900), hit(1_800), progress(1_750, false, 5, 20)], known);
    const second = withLines(
      first,
      [hit(1_800), hit(1_200), progress(1_250, false, 9, 120)],
      known,
    );
    expect(second.items.map(({ id }) => id)).toEqual(
      [1_900, 1_800, 1_200].map((time) => hit(time).hit.id),
    );
    expect(first.items).toHaveLength(2);
    expect(second.phase).toBe("running");
    // Three quarters of the time, in which little took place.
    expect(shareLooked(second)).toBeCloseTo(0.12);
  });

  it("is done at the beginning of its range, and full when it ends before", () => {
    expect(withLines(start, [progress(1_000, true)], new Set()).phase).toBe("done");
    const full = withLines(start, [progress(1_400, true, 5, 600)], new Set());
    expect(full.phase).toBe("full");
    expect(shareLooked(full)).toBeCloseTo(0.6);
  });

  it("has done nothing before it is known how much there is, and all when it is through", () => {
    expect(shareLooked(start)).toBe(0);
    expect(shareLooked(withLines(start, [progress(1_000, true)], new Set()))).toBe(1);
  });

  it("that goes on counts on", () => {
    const bodies = { saved: 20, partial: 2, unsaved: 5, why: "" };
    const stopped = { ...start, read: 30, bodies, looked: 500, toLook: 1_400 };
    const line = progress(1_500, false, 7, 250);
    Object.assign(line.progress, { bodies_saved: 3, bodies_unsaved: 4, bodies_partial: 1 });
    Object.assign(line.progress, { not_saved: "It was off." });
    const on = withLines(stopped, [line], new Set(), stopped);
    expect([on.read, on.looked, on.toLook]).toEqual([37, 750, 1_500]);
    expect(on.bodies).toEqual({ saved: 23, partial: 3, unsaved: 9, why: "It was off." });
    expect(shareLooked(on)).toBeCloseTo(0.5);
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
