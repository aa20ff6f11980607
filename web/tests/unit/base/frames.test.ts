import { describe, expect, it } from "vitest";
import { figuresOf } from "../../../src/base/frames";

describe("the figures of frames", () => {
  it("are the median, the 95th of a hundred and the worst, in any order", () => {
    const intervals = Array.from({ length: 100 }, (_, index) => ((index * 37) % 100) + 1);
    const figures = figuresOf(intervals, [3, 1, 2]);
    expect(figures).toEqual({ frames: 100, medianMs: 51, p95Ms: 96, worstMs: 100, drawP95Ms: 3 });
    expect(figuresOf([], []).worstMs).toBe(0);
  });
});
