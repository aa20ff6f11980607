// The fixed ladder of bucket widths. The timeline asks for nothing in between, so two zooms that
// differ by a hair ask the same question and share one cached answer. Above a day they are whole
// weeks, which are sums of days: one clock that was wrong makes a store of a hundred years.

import { kDay, kHour, kMillisecond, kMinute, kSecond } from "../base/time";

export const kLadder: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((n) => n * kMillisecond),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * kSecond),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * kMinute),
  ...[1, 2, 3, 6, 12].map((n) => n * kHour),
  ...[1, 7, 28, 91, 364, 728, 1_820].map((n) => n * kDay),
];

export const kCoarsest = 1_820 * kDay;

// The finest step of the ladder whose bars are at least `pixelsMin` wide. Past the ladder's end
// the coarsest step is used: its bars are thinner than that, never wrong ones.
export function bucketFor(span: number, width: number, pixelsMin: number): number {
  const finest = (span / Math.max(1, width)) * Math.max(1, pixelsMin);
  return kLadder.find((step) => step >= finest) ?? kCoarsest;
}

// Edges that people draw are rounded to less than a pixel: nobody sees it, times stay readable, and
// the range is whole buckets of some step, so its counts are exact. Below a pixel per millisecond
// nothing is rounded.
export function snapStep(span: number, width: number): number {
  const pixel = span / Math.max(1, width);
  return [...kLadder].reverse().find((step) => step <= pixel) ?? 1;
}

// The coarsest step that both ends of a range are multiples of; null when there is none.
export function commonStep(from: number, to: number): number | null {
  return [...kLadder].reverse().find((step) => from % step === 0 && to % step === 0) ?? null;
}

// As bucketFor, for tracks that are kept per minute and have nothing finer to tell.
export function bucketAtLeast(
  span: number,
  width: number,
  pixelsMin: number,
  floor: number,
): number {
  return Math.max(floor, bucketFor(span, width, pixelsMin));
}
