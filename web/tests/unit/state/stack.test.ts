import { describe, expect, it } from "vitest";
import type { TimelineAnswer } from "../../../src/api/types";
import { barsOf, layersOf, namedValues, totalsOf, valuesOf } from "../../../src/state/stack";

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

  it("go by their status, and what has none is behind them", () => {
    const labels = layersOf("status_class", []).map(({ short }) => short);
    expect(labels.slice(-3)).toEqual(["4xx", "5xx", "no response"]);
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

  it("have room for eight names, and the rest in one", () => {
    const names = [..."abcdefghij"];
    const layers = layersOf("whisperer", names);
    expect(layers.map((layer) => layer.label)).toEqual([..."abcdefgh", "other"]);
    const [bar] = barsOf(answer(names, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]), layers);
    expect(bar?.counts).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 2]);
  });
});

const byHost = (named: readonly (readonly [string, number])[]): TimelineAnswer =>
  ({
    series: [
      ...named.map(([key, communications]) => ({ key, kind: "value", communications })),
      { key: "none", kind: "none", communications: 3 },
      { key: "others", kind: "others", communications: 40 },
    ],
    buckets: [{ start_us: 7, total: 43, counts: [...named.map(() => 0), 3, 40] }],
  }) as unknown as TimelineAnswer;

describe("layers by host", () => {
  it("are the commonest values, what has none and all others, and lose nothing", () => {
    const answer = byHost([
      ["shop", 9],
      ["none", 8],
      ["others", 7],
    ]);
    const layers = layersOf("host", valuesOf(answer));
    expect(layers.map(({ label }) => label)).toEqual([
      "none",
      "others",
      "shop",
      "no host",
      "others",
    ]);
    expect(totalsOf(answer, layers)).toEqual([8, 7, 9, 3, 40]);
    expect(namedValues("host", layers)).toEqual(["none", "others", "shop"]);
    expect(layers.map(({ term }) => term)).toEqual([
      "host:none",
      "host:others",
      "host:shop",
      "NOT host:*",
      null,
    ]);
  });

  it("count a value that cannot be asked for with the others", () => {
    const answer = byHost([
      ["caf\u00c3\u00a9", 9],
      ["\u00ff\u00fe", 8],
      ["x".repeat(301), 7],
    ]);
    expect(valuesOf(answer)).toEqual(["caf\u00e9"]);
    const layers = layersOf("host", valuesOf(answer));
    expect(totalsOf(answer, layers)).toEqual([9, 3, 55]);
  });

  it("have the colour of their name, whoever else is there and however common", () => {
    const color = (names: readonly string[], name: string) =>
      layersOf("host", names).find(({ key }) => key === name)?.color;
    const alone = color(["api.example"], "api.example");
    expect(color(["api.example", "www.example"], "api.example")).toBe(alone);
    for (let n = 0; n < 20; n += 1)
      expect(color(["api.example", `z${n}.example`], "api.example")).toBe(alone);
    const eight = layersOf("host", [..."abcdefgh"]).slice(0, 8);
    expect(new Set(eight.map((layer) => layer.color)).size).toBe(8);
  });

  it("are written short by their begin and end, and whole where there is room", () => {
    const [layer] = layersOf("path", ["/api/v1/customers/42/orders/latest"]);
    expect(layer?.short).toBe("/api/v1/cus\u2026ders/latest");
    expect(layer?.label).toBe("/api/v1/customers/42/orders/latest");
  });
});
