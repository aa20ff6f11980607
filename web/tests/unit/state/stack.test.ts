import { describe, expect, it } from "vitest";
import type { TimelineAnswer } from "../../../src/api/types";
import { barsOf, layersOf, totalsOf } from "../../../src/state/stack";

const answer = (keys: readonly string[], counts: readonly number[]): TimelineAnswer =>
  ({
    series: keys.map((key, index) => ({ key, communications: (counts[index] ?? 0) * 2 })),
    buckets: [{ start_us: 7, total: counts.reduce((sum, count) => sum + count, 0), counts }],
  }) as unknown as TimelineAnswer;

describe("the layers of a bar", () => {
  it("take what the server counted, in the order of the legend", () => {
    const layers = layersOf("method", []);
    const [bar] = barsOf(answer(["POST", "GET"], [2, 5]), layers);
    expect(bar?.counts.slice(0, 2)).toEqual([5, 2]);
    expect(bar?.total).toBe(7);
    expect(totalsOf(answer(["POST", "GET"], [2, 5]), layers).slice(0, 2)).toEqual([10, 4]);
  });

  it("lose nothing: what has no layer of its own is counted as other", () => {
    for (const split of ["status_class", "method", "whisperer"] as const) {
      const layers = layersOf(split, ["a"]);
      const [bar] = barsOf(answer(["PROPFIND", "BREW"], [3, 4]), layers);
      expect(bar?.counts[layers.findIndex((layer) => layer.label === "other")]).toBe(7);
    }
    expect(barsOf(answer(["all"], [4]), layersOf("none", []))[0]?.counts).toEqual([4]);
  });

  it("keep a whisperer that is called other apart from all others", () => {
    const layers = layersOf("whisperer", ["other", "b"]);
    const [bar] = barsOf(answer(["b", "other", "gone"], [1, 2, 4]), layers);
    expect(bar?.counts).toEqual([1, 2, 4]);
  });

  it("have room for seven names, and the rest in one", () => {
    const names = [..."abcdefghij"];
    const layers = layersOf("whisperer", names);
    expect(layers.map((layer) => layer.label)).toEqual([..."abcdefg", "other"]);
    const [bar] = barsOf(answer(names, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]), layers);
    expect(bar?.counts).toEqual([1, 1, 1, 1, 1, 1, 1, 3]);
  });
});
