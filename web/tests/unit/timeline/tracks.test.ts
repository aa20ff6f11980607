import { describe, expect, it } from "vitest";
import { micros, range } from "../../../src/base/time";
import {
  badness,
  barAt,
  barEdges,
  type BarFrame,
  firstBarAfter,
  highestIn,
  mergeFrames,
  stack,
  visibleBars,
} from "../../../src/timeline/tracks";

const series = [
  { key: "2xx", label: "2xx", color: "--a" },
  { key: "5xx", label: "5xx", color: "--b", urgent: true },
];
const bar = (from: number, ...counts: number[]) => ({
  from: micros(from),
  counts,
  total: counts.reduce((a, b) => a + b, 0),
});
const frame: BarFrame = { bucket: 10, bars: [bar(0, 1, 0), bar(10, 5, 2), bar(40, 3, 0)] };

describe("bars", () => {
  it("are found by the time they cover, not by those they start at", () => {
    expect(barAt(frame, 19)?.from).toBe(10);
    expect(barAt(frame, 20)).toBeNull();
    expect(firstBarAfter(frame, 50)).toBe(3);
  });

  it("are visible when any part of them is", () => {
    expect(visibleBars(frame, range(19, 41)).map((b) => b.from)).toEqual([10, 40]);
    expect(visibleBars(frame, range(20, 40))).toEqual([]);
    expect(highestIn(frame, range(0, 100))).toBe(7);
  });

  it("fill the width without overlapping", () => {
    const scale = { view: range(0, 1_000), width: 777 };
    for (let from = 0; from < 1_000; from += 10) {
      const [, right] = barEdges(scale, from, 10);
      const [left] = barEdges(scale, from + 10, 10);
      expect(right).toBeLessThanOrEqual(left);
    }
  });

  it("are never thinner than a pixel", () => {
    const [left, right] = barEdges({ view: range(0, 1e9), width: 100 }, 5, 10);
    expect(right - left).toBeGreaterThanOrEqual(1);
  });

  it("stack from the bottom, in the order of the series", () => {
    const segments = stack(bar(0, 60, 40), [0, 5], 100, 100, series);
    expect(segments).toEqual([
      { series: 0, x: 0, y: 40, width: 5, height: 60 },
      { series: 1, x: 0, y: 0, width: 5, height: 40 },
    ]);
  });

  it("show one error among a hundred thousand answers", () => {
    const segments = stack(bar(0, 99_999, 1), [0, 5], 100, 100_000, series);
    expect(segments[1]?.height).toBeGreaterThanOrEqual(1);
  });

  it("merge tiles by time, each bucket once", () => {
    const merged = mergeFrames(10, [[bar(40, 1)], [bar(0, 1), bar(40, 1)]]);
    expect(merged.bars.map((b) => b.from)).toEqual([0, 40]);
  });
});

describe("the quality colour", () => {
  it("grows with the lost share and tells one in a million from none", () => {
    expect(badness(1)).toBe(0);
    const steps = [1e-6, 1e-5, 1e-3, 1e-1, 1].map((lost) => badness(1 - lost));
    expect(steps[0]).toBeGreaterThan(0);
    expect([...steps].sort((a, b) => a - b)).toEqual(steps);
    expect(badness(0)).toBe(1);
  });
});

describe("the thresholds of the quality line", () => {
  it("are where amber and red begin, whatever they are", () => {
    for (const limits of [
      { amber: 1e-3, red: 5e-2 },
      { amber: 1e-5, red: 1e-4 },
      { amber: 0.2, red: 0.9 },
    ]) {
      expect(badness(1 - limits.amber, limits)).toBeCloseTo(0.5, 3);
      expect(badness(1 - limits.amber * 0.8, limits)).toBeLessThan(0.5);
      expect(badness(1 - limits.red * 0.98, limits)).toBeLessThan(1);
      expect(badness(1 - limits.red * 1.001, limits)).toBe(1);
      expect(badness(1 - 1e-9, limits)).toBeGreaterThan(0);
    }
  });
});
