// Where what a filter finds is, of all that is stored: from the first of it to the last.

import { type FilterQuery, askList } from "../api/questions";
import { type Micros, micros, range, type TimeRange } from "../base/time";
import type { Summary } from "./data";

const kLeast = 1_000; // microseconds: one that lasts nothing has a window, too

// The end of the last bar that has something: what began long before the last one may end after it.
function endOfBars({ bars, bucket }: Pick<Summary, "bars" | "bucket">): Micros | null {
  const last = bars.findLast(({ total }) => total > 0);
  return last === undefined ? null : micros(last.from + bucket);
}

// Null when there is nothing, or it cannot be told.
export async function rangeOfFound(
  all: TimeRange,
  filter: FilterQuery,
  summary: Pick<Summary, "bars" | "bucket"> | null,
  signal?: AbortSignal,
): Promise<TimeRange | null> {
  const one = { from: all.from, to: all.to, filter, limit: 1, cursor: undefined };
  const [oldest, newest] = await Promise.all(
    ["start", "-start"].map((sort) => askList({ ...one, sort }, signal)),
  );
  const [first, last] = [oldest?.items[0], newest?.items[0]];
  if (first === undefined || last === undefined) return null;
  const bars = summary === null ? null : endOfBars(summary);
  const end = Math.max(first.end_us, last.end_us) + 1; // half-open
  // A bar that begins after that end was touched by another one.
  const to = bars !== null && bars - (summary?.bucket ?? 0) >= end ? bars : end;
  return range(first.start_us, Math.max(to, first.start_us + kLeast));
}
