// Of a range: from when to when it was captured, where that is less than was asked for. Files claim
// no time but their packets' own, so the server tells of them nothing that is amiss. Pure.

import type { Completeness } from "../api/types";
import {
  formatClock,
  formatDate,
  formatDateTime,
  formatRange,
  kMinute,
  kSecond,
  micros,
  type Micros,
  range,
  spanOf,
  type TimeRange,
} from "../base/time";

export interface Coverage {
  readonly from: Micros | null; // nothing was captured before it; null: not so
  readonly to: Micros | null; // nothing was captured from it on; null: not so
  readonly gaps: readonly TimeRange[]; // all of them, in order
}

export const nothingCaptured = (c: Completeness): boolean => c.captured?.length === 0;

const rangesOf = (parts: Completeness["captured"]): TimeRange[] =>
  (parts ?? []).flatMap(({ from_us: from, to_us: to }) =>
    from === undefined || to === undefined ? [] : [range(from, to)],
  );

export function coverageOf(c: Completeness): Coverage {
  const [parts, gaps] = [rangesOf(c.captured), rangesOf(c.uncaptured)];
  const [first, last] = [parts[0], parts[parts.length - 1]];
  if (first === undefined || last === undefined) return { from: null, to: null, gaps };
  const before = gaps.filter((gap) => gap.to <= first.from);
  const after = gaps.find((gap) => gap.from >= last.to);
  return { from: before[before.length - 1]?.to ?? null, to: after?.from ?? null, gaps };
}

// "since 19:57:31", "until 20:04:00", "19:57:31 to 20:04:00"; null where it reaches over the range.
export function coverageWords({ from, to }: Coverage, asked: TimeRange): string | null {
  const precision = spanOf(asked) < 20 * kSecond ? "milli" : "second";
  const oneDay = formatDate(asked.from) === formatDate(asked.to);
  const when = (t: Micros): string =>
    oneDay ? formatClock(t, precision) : formatDateTime(t, precision);
  if (from !== null && to !== null) return `${when(from)} to ${when(to)}`;
  if (from !== null) return `since ${when(from)}`;
  return to === null ? null : `until ${when(to)}`;
}

// From the first moment that was captured to the last; the books' minutes where none is told.
function hullOf(c: Completeness): TimeRange {
  const parts = rangesOf(c.captured);
  return range(parts[0]?.from ?? c.from_us, parts[parts.length - 1]?.to ?? c.to_us);
}

// "12:06 to 12:07", the minutes that were counted; null where they are the range that was asked.
export function minutesOf(c: Completeness, asked: TimeRange | undefined): string | null {
  const hull = hullOf(c);
  const from = micros(Math.max(c.from_us, Math.floor(hull.from / kMinute) * kMinute));
  const to = micros(Math.min(c.to_us, Math.ceil(hull.to / kMinute) * kMinute));
  if (asked === undefined || (from >= asked.from && to <= asked.to)) return null;
  const clock = (t: Micros): string =>
    formatDate(from) === formatDate(to) ? formatClock(t, "minute") : formatDateTime(t, "minute");
  return `${clock(from)} to ${clock(to)}`;
}

// What was captured of the range as a share of what was counted: a minute in which it began or
// ended has no more than that.
export function shareAsked(c: Completeness, asked: TimeRange): number {
  const hull = hullOf(c);
  const from = hull.from > asked.from ? hull.from : c.from_us;
  const to = hull.to < asked.to ? hull.to : c.to_us;
  const captured = Math.min(hull.to, asked.to) - Math.max(hull.from, asked.from);
  return to > from ? captured / (to - from) : 1;
}

const kTold = 3;

// When nothing was captured, besides what the holes of single whisperers tell.
export function gapWords(c: Completeness): string[] {
  const holes = c.holes ?? [];
  const gaps = coverageOf(c).gaps.filter(
    (gap) => !holes.some((hole) => hole.from_us <= gap.from && hole.to_us >= gap.to),
  );
  const told = gaps.slice(0, kTold).map((gap) => `Nothing was captured: ${formatRange(gap)}.`);
  const more = gaps.length - told.length;
  return more > 0 ? [...told, `And ${more} more times of this kind.`] : told;
}
