import { afterEach, describe, expect, it, vi } from "vitest";
import { micros, range } from "../../../src/base/time";
import { rangeOfFound } from "../../../src/state/there";

const all = range(0, 9_000_000_000);
const item = (start_us: number, end_us: number) => ({ start_us, end_us });

function answer(oldest: object[], newest: object[]): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    const items = url.includes("sort=-start") ? newest : oldest;
    return Promise.resolve(new Response(JSON.stringify({ items, next_cursor: null })));
  });
  return asked;
}
afterEach(() => vi.unstubAllGlobals());

describe("where what a filter finds is", () => {
  it("is from the first of it to the end of the last, whatever else is stored", async () => {
    const asked = answer([item(5_000_000, 5_100_000)], [item(8_000_000, 8_200_000)]);
    const found = await rangeOfFound(all, { q: "status:500" }, null);
    expect(found).toEqual(range(5_000_000, 8_200_001));
    expect(asked.filter((url) => url.includes("http-communications"))).toHaveLength(2);
    for (const url of asked.filter((one) => one.includes("http-communications")))
      expect(decodeURIComponent(url)).toContain("q=status:500");
  });

  it("is as wide as can be seen, and holds one that ends after the last has begun", async () => {
    answer([item(5_000_000, 5_000_000)], [item(5_000_000, 5_000_000)]);
    expect(await rangeOfFound(all, {}, null)).toEqual(range(5_000_000, 5_001_000));
    answer([item(1_000_000, 2_000_000)], [item(4_000_000, 4_100_000)]);
    const bars = [1, 3, 6].map((n) => ({ from: micros(n * 1_000_000), total: 1 }));
    const end = { bars: [...bars, { from: micros(7e6), total: 0 }], bucket: 1_000_000 };
    expect(await rangeOfFound(all, {}, end)).toEqual(range(1_000_000, 7_000_000));
  });

  it("is nowhere when there is nothing", async () => {
    answer([], []);
    expect(await rangeOfFound(all, {}, null)).toBeNull();
  });
});
