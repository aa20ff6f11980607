import { describe, expect, it } from "vitest";
import { kDay, kSecond, kTimeMost, range } from "../../../src/base/time";
import { kLadder } from "../../../src/timeline/ladder";
import { kTileBuckets, tilesFor } from "../../../src/timeline/tiles";

const length = kTileBuckets * kSecond;

describe("tiles", () => {
  it("cover the window without holes, aligned to their own length", () => {
    const view = range(10 * length + 5, 12 * length + 7);
    const tiles = tilesFor(view, kSecond);
    expect(tiles.map((tile) => tile.index)).toEqual([10, 11, 12]);
    expect(tiles[0]?.range.from).toBeLessThanOrEqual(view.from);
    expect(tiles[tiles.length - 1]?.range.to).toBeGreaterThanOrEqual(view.to);
    tiles.slice(1).forEach((tile, index) => expect(tile.range.from).toBe(tiles[index]?.range.to));
  });

  it("do not reach past a window that ends on their edge", () => {
    expect(tilesFor(range(length, 2 * length), kSecond).map((tile) => tile.index)).toEqual([1]);
  });

  it("are the same question after panning by a little", () => {
    const a = tilesFor(range(3 * length + 100, 4 * length - 200), kSecond);
    const b = tilesFor(range(3 * length + 900, 4 * length - 100), kSecond);
    expect(b).toEqual(a);
  });

  it("name no time that no question may name, in years of any length", () => {
    const all = range(0, 8_000_000_000_000_000);
    for (const bucket of kLadder.filter((step) => step >= kDay)) {
      const tiles = tilesFor(all, bucket);
      expect(tiles[tiles.length - 1]?.range.to).toBeGreaterThanOrEqual(all.to);
      for (const tile of tiles) expect(tile.range.to).toBeLessThanOrEqual(kTimeMost);
    }
  });
});
