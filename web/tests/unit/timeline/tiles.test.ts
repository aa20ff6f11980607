import { describe, expect, it } from "vitest";
import { kSecond, range } from "../../../src/base/time";
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
});
