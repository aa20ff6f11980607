// The timeline's questions are tiles: a fixed number of buckets, starting at a multiple of their
// common length. Panning by a pixel asks nothing new; coming back finds everything in the cache.

import { kTimeMost, range, type TimeRange } from "../base/time";

export const kTileBuckets = 128;

export interface Tile {
  readonly bucket: number;
  readonly index: number;
  readonly range: TimeRange;
}

export function tileAt(bucket: number, index: number): Tile {
  const length = bucket * kTileBuckets;
  const end = Math.min((index + 1) * length, kTimeMost);
  return { bucket, index, range: range(Math.min(index * length, end), end) };
}

export function tilesFor(view: TimeRange, bucket: number): Tile[] {
  const length = bucket * kTileBuckets;
  const first = Math.max(0, Math.floor(view.from / length));
  const last = Math.max(first, Math.ceil(view.to / length) - 1);
  const tiles: Tile[] = [];
  for (let index = first; index <= last; index += 1) tiles.push(tileAt(bucket, index));
  return tiles;
}
