// Reads a range of time as people write it: "14:05 to 14:10 yesterday", "last 15 min",
// "around 3pm", "2026-03-10T14:05Z/2026-03-10T14:10Z", "1700000000 for 5m". What it cannot read it
// names. Clock times are those of the page's clock (local or UTC) unless a zone follows. Pure.

import {
  clockZone,
  formatDate,
  kDay,
  kHour,
  kMillisecond,
  kMinute,
  kSecond,
  type Micros,
  range,
  type TimeRange,
} from "./time";

export type TimeWords =
  | { readonly kind: "range"; readonly range: TimeRange }
  | { readonly kind: "live"; readonly span: number }
  | { readonly kind: "wrong"; readonly why: string };

// `day` is the day that a clock time without a date belongs to: that of what is shown.
export interface TimeContext {
  readonly now: Micros;
  readonly day: Micros;
}

interface Day {
  readonly year: number;
  readonly month: number; // 1 to 12
  readonly day: number;
}

interface Clock {
  readonly time: number; // microseconds since midnight
  readonly unit: number; // how exactly it was said
}

interface Point {
  day?: Day;
  weekday?: boolean; // by its name
  clock?: Clock;
  offset?: number; // of the zone that was said, microseconds east of UTC
  exact?: { readonly time: number; readonly unit: number };
}

class Unreadable extends Error {}

const kUnits: readonly (readonly [RegExp, number])[] = [
  [/^(us|µs|microseconds?)$/, 1],
  [/^(ms|msecs?|milliseconds?)$/, kMillisecond],
  [/^(s|secs?|seconds?)$/, kSecond],
  [/^(m|mins?|minutes?)$/, kMinute],
  [/^(h|hrs?|hours?)$/, kHour],
  [/^(d|days?)$/, kDay],
  [/^(w|weeks?)$/, 7 * kDay],
];
const kLength = String.raw`(\d+(?:[.,]\d+)?|an?|one)?\s*([a-zµ]+)`;
const kMonths = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const kWeekdays = "sun mon tue wed thu fri sat".split(" ");
const kYearMax = 2200;

function unitOf(word: string): number | null {
  return kUnits.find(([form]) => form.test(word))?.[1] ?? null;
}

// "15 min", "1.5h", "an hour", "hour"; null when it is no length of time.
function lengthOf(text: string): number | null {
  const match = new RegExp(`^${kLength}$`).exec(text.trim());
  const unit = unitOf(match?.[2] ?? "");
  if (match === null || unit === null) return null;
  const count = match[1] === undefined ? 1 : Number(match[1].replace(",", "."));
  const length = Math.round((Number.isNaN(count) ? 1 : count) * unit);
  return length > 0 ? length : null;
}

function dayOf(t: Micros): Day {
  const [year = 0, month = 0, day = 0] = formatDate(t).split("-").map(Number);
  return { year, month, day };
}

function midnight({ year, month, day }: Day, clock: number, offset: number | undefined): number {
  const whole = Math.floor(clock / kMillisecond);
  const rest = clock - whole * kMillisecond;
  if (offset !== undefined || clockZone() === "utc") {
    return (Date.UTC(year, month - 1, day) + whole) * kMillisecond + rest - (offset ?? 0);
  }
  // By hours and minutes, so that a day on which the clock is changed has the times that it shows.
  const at = new Date(year, month - 1, day, Math.floor(whole / 3_600_000), 0, 0, whole % 3_600_000);
  return at.getTime() * kMillisecond + rest;
}

function shifted(day: Day, days: number): Day {
  const at = new Date(Date.UTC(day.year, day.month - 1, day.day + days));
  return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate() };
}

function validDay(year: number, month: number, day: number): Day {
  const back = shifted({ year, month, day }, 0);
  if (back.month !== month || back.day !== day || year < 1970 || year > kYearMax) {
    throw new Unreadable(`There is no day ${year}-${month}-${day}.`);
  }
  return back;
}

function clockOf(hour: string, minute = "", second = "", fraction = "", half = ""): Clock {
  let hours = Number(hour);
  if (half !== "" && (hours < 1 || hours > 12))
    throw new Unreadable(`There is no ${hour} ${half}.`);
  if (half !== "") hours = (hours % 12) + (half.startsWith("p") ? 12 : 0);
  const [minutes, seconds] = [Number(minute), Number(second)];
  const late = hours === 24 && minutes === 0 && seconds === 0;
  if ((hours > 23 && !late) || minutes > 59 || seconds > 59) {
    throw new Unreadable(`There is no time ${[hour, minute, second].filter(Boolean).join(":")}.`);
  }
  const below = Number(fraction.padEnd(6, "0").slice(0, 6));
  const unit =
    fraction !== ""
      ? 10 ** Math.max(0, 6 - fraction.length)
      : second !== ""
        ? kSecond
        : minute !== ""
          ? kMinute
          : kHour;
  return { time: hours * kHour + minutes * kMinute + seconds * kSecond + below, unit };
}

function epochOf(digits: string, fraction: string): { time: number; unit: number } {
  const unit = ({ 10: kSecond, 13: kMillisecond, 16: 1 } as Record<number, number>)[digits.length];
  if (unit === undefined) return { time: Math.floor(Number(digits) / 1_000), unit: 1 };
  return { time: Math.round(Number(`${digits}.${fraction || 0}`) * unit), unit };
}

function offsetOf(text: string): number | undefined {
  if (text === "local") return undefined;
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(text);
  if (match === null) return 0; // z, utc, gmt
  const size = Number(match[2]) * kHour + Number(match[3]) * kMinute;
  return match[1] === "-" ? -size : size;
}

// One reading rule: what it begins with, and what that adds to the point.
type Rule = readonly [
  RegExp,
  (point: Point, parts: readonly string[], context: TimeContext) => void,
];

const kRules: readonly Rule[] = [
  [/^(?:at|on|the|of|t(?=\d))\b|^[,t](?=[\s\d])/, () => undefined],
  [
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)/,
    (point, [y, m, d]) => (point.day = validDay(Number(y), Number(m), Number(d))),
  ],
  [
    /^(\d{1,2})\.(\d{1,2})\.(\d{4})\b/,
    (point, [d, m, y]) => (point.day = validDay(Number(y), Number(m), Number(d))),
  ],
  [
    /^(\d{10}|\d{13}|\d{16}|\d{19})(?:\.(\d{1,9}))?(?![\d:])/,
    (point, [digits = "", fraction = ""]) => (point.exact = epochOf(digits, fraction)),
  ],
  [
    /^(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*([ap]m)?(?![\d:])/,
    (point, [h = "", m, s, f, half]) => (point.clock = clockOf(h, m, s, f, half)),
  ],
  [
    /^(\d{1,2})\s*([ap]m)\b/,
    (point, [h = "", half]) => (point.clock = clockOf(h, "", "", "", half)),
  ],
  [/^noon\b/, (point) => (point.clock = clockOf("12"))],
  [/^midnight\b/, (point) => (point.clock = clockOf("0"))],
  [
    /^(z|utc|gmt|local|[+-]\d\d:?\d\d)(?![\da-z])/,
    (point, [text = ""]) => {
      const offset = offsetOf(text);
      if (offset !== undefined) point.offset = offset;
    },
  ],
  [/^now\b/, (point, _, { now }) => (point.exact = { time: now, unit: kSecond })],
  [/^today\b/, (point, _, { now }) => (point.day = dayOf(now))],
  [/^tomorrow\b/, (point, _, { now }) => (point.day = shifted(dayOf(now), 1))],
  [/^yesterday\b/, (point, _, { now }) => (point.day = shifted(dayOf(now), -1))],
  [
    // That day of the last seven, today among them; "last monday" is never today.
    /^(last\s+)?(sun|mon|tue|wed|thu|fri|sat)[a-z]*/,
    (point, [last, name = ""], { now }) => {
      const today = dayOf(now);
      const at = new Date(Date.UTC(today.year, today.month - 1, today.day)).getUTCDay();
      const back = (at - kWeekdays.indexOf(name) + 7) % 7;
      point.day = shifted(today, back === 0 && last !== undefined ? -7 : -back);
      point.weekday = true;
    },
  ],
  [
    new RegExp(
      `^(\\d{1,2})(?:st|nd|rd|th|\\.)?\\s+(${kMonths.join("|")})[a-z]*\\.?(?:\\s+(\\d{4}))?`,
    ),
    (point, [d, m = "", y], context) => (point.day = monthDay(d, m, y, context)),
  ],
  [
    new RegExp(
      `^(${kMonths.join("|")})[a-z]*\\.?\\s+(\\d{1,2})(?:st|nd|rd|th)?(?:,?\\s+(\\d{4}))?\\b`,
    ),
    (point, [m = "", d, y], context) => (point.day = monthDay(d, m, y, context)),
  ],
];

// Without a year the latest such day that is not in the future.
function monthDay(
  d: string | undefined,
  m: string,
  y: string | undefined,
  context: TimeContext,
): Day {
  const month = kMonths.indexOf(m) + 1;
  if (y !== undefined) return validDay(Number(y), month, Number(d));
  const today = dayOf(context.now);
  const later = month > today.month || (month === today.month && Number(d) > today.day);
  return validDay(today.year - (later ? 1 : 0), month, Number(d));
}

const kForms =
  "Times are written 14:05 or 3pm, days 2026-03-10, 10.03.2026 or 10 March, " +
  "instants as seconds since 1970.";

// The whole of the word in which `rest` begins: what was read of it means nothing without it.
function wordAt(text: string, rest: string): string {
  const before = /\S*$/.exec(text.slice(0, text.length - rest.length))?.[0] ?? "";
  return before + (/^\S*/.exec(rest)?.[0] ?? "");
}

function pointOf(text: string, context: TimeContext): Point {
  const ago = /^(.+?)\s+ago$/.exec(text.trim());
  const length = ago === null ? null : lengthOf(ago[1] ?? "");
  if (length !== null) return { exact: { time: context.now - length, unit: kSecond } };
  const point: Point = {};
  let rest = text.trim();
  while (rest !== "") {
    const rule = kRules.find(([form]) => form.test(rest));
    const match = rule?.[0].exec(rest);
    if (rule === undefined || match === null || match === undefined) {
      throw new Unreadable(`“${wordAt(text.trim(), rest)}” is no time. ${kForms}`);
    }
    rule[1](point, match.slice(1), context);
    rest = rest.slice(match[0].length).trim();
  }
  if (point.day === undefined && point.clock === undefined && point.exact === undefined) {
    throw new Unreadable("A time is missing.");
  }
  return point;
}

// The instant a point begins at, and how long what it names lasts: a day, a minute, a second.
function resolve(point: Point, day: Day): { time: number; unit: number } {
  if (point.exact !== undefined) return point.exact;
  const on = point.day ?? day;
  if (point.clock === undefined) {
    const from = midnight(on, 0, point.offset);
    return { time: from, unit: midnight(shifted(on, 1), 0, point.offset) - from };
  }
  return { time: midnight(on, point.clock.time, point.offset), unit: point.clock.unit };
}

// The day of a clock time that was said without one: never one that is still to come.
function usualDay(point: Point, context: TimeContext): Day {
  const day = dayOf(context.day);
  return point.day === undefined && resolve(point, day).time > context.now ? shifted(day, -1) : day;
}

function between(first: Point, second: Point, context: TimeContext): TimeRange {
  const shared = first.day ?? second.day;
  if (first.offset === undefined && second.offset !== undefined) first.offset = second.offset;
  else if (second.offset === undefined && first.offset !== undefined) second.offset = first.offset;
  const day = shared ?? usualDay(first, context);
  const from = resolve(first, day);
  let to = resolve(second, day);
  // "23:50 to 00:10" ends on the next day.
  const plain = second.exact === undefined && (second.day === undefined || first.day === undefined);
  if (plain && second.clock !== undefined && to.time <= from.time) {
    if (first.day === undefined && second.day !== undefined) {
      const earlier = resolve(first, shifted(day, -1));
      return range(earlier.time, to.time);
    }
    to = resolve(second, shifted(day, 1));
  }
  const end =
    second.clock === undefined && second.exact === undefined ? to.time + to.unit : to.time;
  // "saturday to tuesday" on a Saturday begins a week ago.
  if (end <= from.time && first.day !== undefined && first.weekday === true) {
    const earlier = resolve({ ...first, day: shifted(first.day, -7) }, day);
    if (earlier.time < end) return range(earlier.time, end);
  }
  if (end <= from.time) throw new Unreadable("The end is not after the beginning.");
  return range(from.time, end);
}

const kSeparators = String.raw`\s(?:to|until|till|through|and)\s|\s-\s|[–—]|\.\.+|\/`;
const kBetween = new RegExp(`^(?:from\\s+|between\\s+)?(.+?)\\s*(?:${kSeparators})\\s*(.+)$`);

const kSlashed = /(?<![\d-])\d{1,2}\/\d{1,2}\/\d{2,4}(?!\d)/;

function read(text: string, context: TimeContext): TimeWords {
  const live = /^live(?:\s+(.+))?$/.exec(text);
  if (live !== null) {
    const span = live[1] === undefined ? 5 * kMinute : lengthOf(live[1]);
    if (span === null) throw new Unreadable(`“${live[1]}” is no length of time.`);
    return { kind: "live", span };
  }
  const last = lengthOf(text.replace(/^(?:the\s+)?(?:last|past|previous|-)\s*/, ""));
  if (last !== null) return { kind: "range", range: range(context.now - last, context.now) };
  const around = /^(?:around|about|~)\s*(.+)$/.exec(text);
  const span = /^(.+?)\s*(±|\+-|\+\/-|\+|\bfor\b)\s*(\d[^:]*)$/.exec(around?.[1] ?? text);
  const length = span === null ? null : lengthOf(span[3] ?? "");
  if (around !== null || (span !== null && length !== null)) {
    const words = length === null ? (around?.[1] ?? text) : (span?.[1] ?? "");
    const point = pointOf(words, context);
    const at = resolve(point, usualDay(point, context));
    const forward = around === null && (span?.[2] === "+" || span?.[2] === "for");
    const reach = length ?? Math.max(5 * kMinute, at.unit / 2);
    return { kind: "range", range: range(at.time - (forward ? 0 : reach), at.time + reach) };
  }
  const slashed = kSlashed.exec(text);
  if (slashed !== null)
    throw new Unreadable(`“${slashed[0]}” is one day here and another there. ${kForms}`);
  const ends = kBetween.exec(text);
  if (ends !== null) {
    const [first, second] = [pointOf(ends[1] ?? "", context), pointOf(ends[2] ?? "", context)];
    return { kind: "range", range: between(first, second, context) };
  }
  const point = pointOf(text, context);
  const { time, unit } = resolve(point, usualDay(point, context));
  // An instant, as logs have it: what happened around it is what is looked for.
  const instant = unit <= kSecond;
  const from = instant ? time - kAroundInstant : time;
  return { kind: "range", range: range(from, time + (instant ? kAroundInstant : unit)) };
}

const kAroundInstant = 30 * kSecond;

// A hyphen without blanks between two times, which zones ("-0530", "-12:00" at most) have as well:
// without a day, and where no zone is that far away, a range is meant.
const kClock = String.raw`\d{1,2}(?::\d\d(?::\d\d(?:[.,]\d+)?)?)?\s?(?:[ap]m)?`;
const kHyphens = [
  new RegExp(`^((?:from |between )?${kClock})-(${kClock})(?=$|\\s)`),
  /^(\d{10,19}(?:\.\d+)?)-(\d{10,19}(?:\.\d+)?)$/,
  /(\d{1,2}:\d\d(?::\d\d)?)-((?:1[3-9]|2\d):\d\d)/,
];

function spaced(text: string): string {
  return kHyphens.reduce((now, hyphen) => now.replace(hyphen, "$1 - $2"), text);
}

export function readTimeWords(text: string, context: TimeContext): TimeWords {
  const plain = text.trim().toLowerCase().replace(/\s+/g, " ");
  if (plain === "") return { kind: "wrong", why: "Write a time." };
  try {
    return read(spaced(plain), context);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { kind: "wrong", why: error.message };
  }
}
