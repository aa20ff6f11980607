// The zoom of a drawing's own axis, within the time that it is of. Null is the whole. Pure.

import { clamp } from "../base/format";
import { range, spanOf, type TimeRange } from "../base/time";

export const kZoomLeast = 100; // microseconds: the finest mark of an axis

function fit(whole: TimeRange, from: number, span: number): TimeRange | null {
  if (span >= spanOf(whole)) return null;
  const start = clamp(from, whole.from, whole.to - span);
  return range(start, start + span);
}

// What an address says of another whole: as much of it as there is.
export function within(whole: TimeRange, zoom: TimeRange | null): TimeRange | null {
  if (zoom === null || zoom.to <= whole.from || zoom.from >= whole.to) return null;
  const least = Math.min(kZoomLeast, spanOf(whole));
  const from = Math.max(zoom.from, whole.from);
  return fit(whole, from, Math.max(least, Math.min(zoom.to, whole.to) - from));
}

// factor < 1 looks closer. What is at `anchor` stays where it is on the screen.
export function zoomed(
  whole: TimeRange,
  view: TimeRange,
  anchor: number,
  factor: number,
): TimeRange | null {
  const span = Math.max(Math.min(kZoomLeast, spanOf(whole)), spanOf(view) * factor);
  const share = (anchor - view.from) / Math.max(1, spanOf(view));
  return fit(whole, anchor - share * span, span);
}

export function panned(whole: TimeRange, view: TimeRange, delta: number): TimeRange | null {
  return fit(whole, view.from + delta, spanOf(view));
}
