// Where the axis has its marks: round local times, days at local midnight, also across a change of
// summer time, and from a month on the first of it, as calendars have them.

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
  precisionFor,
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
  ...[1, 2, 7, 14].map((n) => n * kDay),
];

// From here on steps are months, which are not all as long: counted as their shortest.
const kMonthDays = 28;
const kMonths: readonly number[] = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1_200];

export function tickStep(span: number, width: number, pixelsMin: number): number {
  const finest = (span / Math.max(1, width)) * pixelsMin;
  return kSteps.find((step) => step >= finest) ?? monthStep(finest) * kMonthDays * kDay;
}

const monthStep = (finest: number): number =>
  kMonths.find((months) => months * kMonthDays * kDay >= finest) ?? 1_200;

function precisionOf(step: number): Precision {
  if (step >= kMinute) return "minute";
  if (step >= kSecond) return "second";
  return step >= kMillisecond ? "milli" : "micro";
}

const kMonthDay = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  timeZone: "UTC", // given what its clock reads in the zone of the page
});
const kMonthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun"].concat([
  "Jul",
  "Aug",
  "Sep",
  "Oct",
  "Nov",
  "Dec",
]);

// Days since 1970 as the clock of the page has them, through a date of UTC that reads the same.
const localDate = (t: Micros): Date => new Date((t + zoneOffset(t)) / 1_000);

const dayLabel = (t: Micros): string => kMonthDay.format(localDate(t));

// The first of every so many months, counted from January, or of so many years from the year 0.
function monthTicks(view: TimeRange, months: number): Tick[] {
  const ticks: Tick[] = [];
  const start = localDate(view.from);
  const first = Math.floor((start.getUTCFullYear() * 12 + start.getUTCMonth()) / months) * months;
  for (let at = first, guard = 0; guard < 1_000; at += months, guard += 1) {
    const local = Date.UTC(Math.floor(at / 12), at % 12, 1) * 1_000;
    const guess = micros(local - zoneOffset(micros(local)));
    const time = micros(local - zoneOffset(guess));
    if (time >= view.to) break;
    if (time < view.from) continue;
    const year = String(Math.floor(at / 12));
    const name = kMonthNames[at % 12] ?? "";
    const label = months >= 12 ? year : at % 12 === 0 ? `${name} ${year}` : `1 ${name}`;
    ticks.push({ time, label, major: at % 12 === 0 });
  }
  return ticks;
}

// Marks are multiples of the step in local time. A zone's offset is looked up at the mark itself,
// so the marks after a summer-time change stay on round hours.
export function ticksFor(view: TimeRange, width: number, pixelsMin = 110): Tick[] {
  const step = tickStep(spanOf(view), width, pixelsMin);
  if (step > 14 * kDay) return monthTicks(view, step / kMonthDays / kDay);
  const precision = precisionOf(step);
  const ticks: Tick[] = [];
  let local = Math.ceil((view.from + zoneOffset(view.from)) / step) * step;
  for (let guard = 0; guard < 1_000; guard += 1, local += step) {
    const guess = local - zoneOffset(view.from);
    const time = micros(local - zoneOffset(guess));
    if (time >= view.to) break;
    if (time < view.from) continue;
    const major = formatClock(time, "micro") === "00:00:00.000000";
    ticks.push({ time, label: major ? dayLabel(time) : formatClock(time, precision), major });
  }
  return ticks;
}

// What the pointer says: the day as well, where a clock time alone would not tell which.
export function pointerLabel(t: Micros, span: number): string {
  const day = localDate(t);
  const date = `${day.getUTCDate()} ${kMonthNames[day.getUTCMonth()] ?? ""}`;
  if (span > 366 * kDay) return `${date} ${day.getUTCFullYear()}`;
  if (span > 60 * kDay) return date;
  const clock = formatClock(t, precisionFor(span / 20));
  return span > kDay ? `${date} ${clock}` : clock;
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
