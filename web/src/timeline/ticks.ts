// Where the axis has its marks: round local times, days at local midnight, also across a change of
// summer time.

import {
  formatClock,
  formatDate,
  kDay,
  kHour,
  kMillisecond,
  kMinute,
  kSecond,
  type Micros,
  micros,
  type Precision,
  spanOf,
  type TimeRange,
  zoneOffset,
} from "../base/time";

export interface Tick {
  readonly time: Micros;
  readonly label: string;
  readonly major: boolean; // a new day begins here; its label is the date
}

const kSteps: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((n) => n * 100),
  ...[100, 200, 500].map((n) => n * kMillisecond),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * kSecond),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * kMinute),
  ...[1, 2, 3, 6, 12].map((n) => n * kHour),
  ...[1, 2, 7, 14, 30, 91, 182, 365, 730, 1_825, 3_650].map((n) => n * kDay),
];

export function tickStep(span: number, width: number, pixelsMin: number): number {
  const finest = (span / Math.max(1, width)) * pixelsMin;
  return kSteps.find((step) => step >= finest) ?? 3_650 * kDay;
}

function precisionOf(step: number): Precision {
  if (step >= kMinute) return "minute";
  if (step >= kSecond) return "second";
  return step >= kMillisecond ? "milli" : "micro";
}

const kMonthDay = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
});
const kMonthYear = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
});

function dayLabel(t: Micros, step: number): string {
  const date = new Date(t / 1_000);
  return step >= 30 * kDay ? kMonthYear.format(date) : kMonthDay.format(date);
}

// Marks are multiples of the step in local time. A zone's offset is looked up at the mark itself,
// so the marks after a summer-time change stay on round hours.
export function ticksFor(view: TimeRange, width: number, pixelsMin = 110): Tick[] {
  const step = tickStep(spanOf(view), width, pixelsMin);
  const precision = precisionOf(step);
  const ticks: Tick[] = [];
  let local = Math.ceil((view.from + zoneOffset(view.from)) / step) * step;
  for (let guard = 0; guard < 1_000; guard += 1, local += step) {
    const guess = local - zoneOffset(view.from);
    const time = micros(local - zoneOffset(guess));
    if (time >= view.to) break;
    if (time < view.from) continue;
    const major = formatClock(time, "micro") === "00:00:00.000000";
    ticks.push({ time, label: major ? dayLabel(time, step) : formatClock(time, precision), major });
  }
  return ticks;
}

// Said once at the left end, when no mark inside the window says the day.
export function dayOf(view: TimeRange): string {
  return formatDate(view.from);
}

export interface CountScale {
  readonly max: number;
  readonly marks: readonly number[];
}

// Whole, round counts, two or three of them: 0 is the axis itself.
export function countScale(highest: number): CountScale {
  if (highest <= 0) return { max: 1, marks: [] };
  const rough = highest / 2.5;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const step = Math.max(
    1,
    [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? power * 10,
  );
  const marks: number[] = [];
  for (let mark = step; mark <= highest * 1.02; mark += step) marks.push(mark);
  return { max: highest * 1.08, marks };
}
