// Time to pixels and back, and the moves of a window. Pure.

import { type Micros, micros, range, spanOf, type TimeRange } from "../base/time";
import { clamp } from "../base/format";

export interface TimeScale {
  readonly view: TimeRange;
  readonly width: number; // CSS pixels
}

export const kSpanMin = 2_000; // 2 ms: two of the finest bars
const kEarliest = 0;
const kLatest = 8_000_000_000_000_000; // year 2223; one more factor and numbers lose microseconds
// All there may be: what one clock that was wrong has stretched is zoomed into without a jump.
export const kSpanMax = kLatest - kEarliest;

export function toX(scale: TimeScale, t: number): number {
  return ((t - scale.view.from) / spanOf(scale.view)) * scale.width;
}

export function toTime(scale: TimeScale, x: number): Micros {
  return micros(scale.view.from + (x / scale.width) * spanOf(scale.view));
}

function fit(from: number, span: number): TimeRange {
  const size = clamp(span, kSpanMin, kSpanMax);
  const start = clamp(from, kEarliest, kLatest - size);
  return range(start, start + size);
}

// factor < 1 looks closer. What is under `anchor` stays where it is on the screen.
export function zoomAt(view: TimeRange, anchor: number, factor: number): TimeRange {
  const span = clamp(spanOf(view) * factor, kSpanMin, kSpanMax);
  const share = (anchor - view.from) / spanOf(view);
  return fit(anchor - share * span, span);
}

export function panBy(view: TimeRange, delta: number): TimeRange {
  return fit(view.from + delta, spanOf(view));
}

// A range with air on both sides, never thinner than the finest window.
export function padded(r: TimeRange, share: number): TimeRange {
  const span = Math.max(spanOf(r), kSpanMin);
  const air = span * share;
  return fit(r.from - air - (span - spanOf(r)) / 2, span + 2 * air);
}

// A window of `span` with `r` in its middle.
export function centred(r: TimeRange, span: number): TimeRange {
  return fit((r.from + r.to) / 2 - span / 2, span);
}

export function middleOf(view: TimeRange): TimeRange {
  const third = spanOf(view) / 3;
  return range(view.from + third, view.to - third);
}

export function snapped(r: TimeRange, step: number): TimeRange {
  const from = Math.round(r.from / step) * step;
  return range(from, Math.max(from + step, Math.round(r.to / step) * step));
}

export function between(a: TimeRange, b: TimeRange, share: number): TimeRange {
  return range(a.from + (b.from - a.from) * share, a.to + (b.to - a.to) * share);
}
