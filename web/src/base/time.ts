// Times of the page: integer microseconds since 1970 UTC, which fit a JavaScript number until the
// year 2255. The brand keeps milliseconds of the browser from being mixed in by accident.

export type Micros = number & { readonly __unit: "micros" };

export const kMillisecond = 1_000;
export const kSecond = 1_000_000;
export const kMinute = 60 * kSecond;
export const kHour = 60 * kMinute;
export const kDay = 24 * kHour;

// The last time that a question may name, in the year 2255.
export const kTimeMost = 9_000_000_000 * kSecond;

export function micros(value: number): Micros {
  return Math.round(value) as Micros;
}

// How far Spider's clock is ahead of the browser's. All times on the page are Spider's, "now" too:
// the live view of a browser whose clock is wrong would look where nothing is yet, or no more.
let ahead = 0;

// What Spider's clock said, between two moments of the browser's (ms). A clock is believed to be
// the same as before as long as that can be so.
export function noteClock(there: Micros, asked: number, came: number): void {
  const next = there - ((asked + came) / 2) * kMillisecond;
  const unsure = ((came - asked) / 2) * kMillisecond + kClockSlack;
  if (Math.abs(next - ahead) > unsure) ahead = next;
}
const kClockSlack = kSecond / 4;

// A moment of the browser's clock (ms), as Spider's clock tells it.
export function ofBrowser(ms: number): Micros {
  return micros(ms * kMillisecond + ahead);
}

export function nowMicros(): Micros {
  return ofBrowser(Date.now());
}

// Half-open: [from, to).
export interface TimeRange {
  readonly from: Micros;
  readonly to: Micros;
}

export function range(from: number, to: number): TimeRange {
  return { from: micros(Math.min(from, to)), to: micros(Math.max(from, to)) };
}

export function spanOf(r: TimeRange): number {
  return r.to - r.from;
}

export function intersects(a: TimeRange, b: TimeRange): boolean {
  return a.from < b.to && b.from < a.to;
}

export function sameRange(a: TimeRange | null, b: TimeRange | null): boolean {
  if (a === null || b === null) return a === b;
  return a.from === b.from && a.to === b.to;
}

const pad = (n: number, width: number): string => String(n).padStart(width, "0");

interface Parts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly micro: number;
}

// Which clock the page writes and reads: the browser's or UTC. state/zone.ts remembers it and tells
// who draws; everything that formats a time goes through here.
export type Zone = "local" | "utc";

let zone: Zone = "local";

export function setClock(next: Zone): void {
  zone = next;
}

export function clockZone(): Zone {
  return zone;
}

// Microseconds below the millisecond are not in a Date; they are carried beside it.
function localParts(t: Micros): Parts {
  const date = new Date(Math.floor(t / 1_000));
  if (zone === "utc") {
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
      micro: ((t % kSecond) + kSecond) % kSecond,
    };
  }
  return {
    year: date.getFullYear(),
    month: date.getMonth() + 1,
    day: date.getDate(),
    hour: date.getHours(),
    minute: date.getMinutes(),
    second: date.getSeconds(),
    micro: ((t % kSecond) + kSecond) % kSecond,
  };
}

export type Precision = "minute" | "second" | "milli" | "micro";

export function formatClock(t: Micros, precision: Precision = "milli"): string {
  const p = localParts(t);
  const minutes = `${pad(p.hour, 2)}:${pad(p.minute, 2)}`;
  if (precision === "minute") return minutes;
  const seconds = `${minutes}:${pad(p.second, 2)}`;
  if (precision === "second") return seconds;
  if (precision === "milli") return `${seconds}.${pad(Math.floor(p.micro / 1_000), 3)}`;
  return `${seconds}.${pad(p.micro, 6)}`;
}

export function formatDate(t: Micros): string {
  const p = localParts(t);
  return `${p.year}-${pad(p.month, 2)}-${pad(p.day, 2)}`;
}

export function formatDateTime(t: Micros, precision: Precision = "milli"): string {
  return `${formatDate(t)} ${formatClock(t, precision)}`;
}

// The precision that tells two instants of a span apart without noise.
export function precisionFor(span: number): Precision {
  if (span >= 2 * kHour) return "minute";
  if (span >= 20 * kSecond) return "second";
  if (span >= 20 * kMillisecond) return "milli";
  return "micro";
}

// "2026-03-01 14:05 – 14:10", the date once when both ends share it.
export function formatRange(r: TimeRange): string {
  const precision = precisionFor(spanOf(r));
  const from = formatDateTime(r.from, precision);
  const sameDay = formatDate(r.from) === formatDate(r.to);
  const to = sameDay ? formatClock(r.to, precision) : formatDateTime(r.to, precision);
  return `${from} – ${to}`;
}

// For little room: without the year that is now, and without a day that is today.
export function formatRangeShort(r: TimeRange, now: Micros): string {
  const [today, from, to] = [now, r.from, r.to].map(formatDate);
  if (from === today && to === today) return formatRange(r).replace(`${today} `, "");
  const year = `${localParts(now).year}-`;
  const sameYear = from?.startsWith(year) === true && to?.startsWith(year) === true;
  return sameYear ? formatRange(r).replaceAll(year, "") : formatRange(r);
}

// The offset of the page's clock at an instant, in microseconds east of UTC.
export function zoneOffset(t: number): number {
  if (zone === "utc") return 0;
  return -new Date(Math.floor(t / 1_000)).getTimezoneOffset() * kMinute;
}

// The page's clock in a range, as the API's utc_offset: seconds east of UTC, and each change. Null:
// UTC all the time. For ranges of some hundred days: each of them is looked at.
export function utcOffsets(r: TimeRange): string | null {
  const second = (t: number): number => zoneOffset(t) / kSecond;
  const start = r.from - 2 * kDay; // the first period may begin before the range
  const parts = [String(second(start))];
  for (let day = start; day < r.to + 2 * kDay; day += kDay) {
    if (zoneOffset(day) === zoneOffset(day + kDay)) continue;
    let [low, high] = [Math.floor(day / kSecond), Math.ceil((day + kDay) / kSecond)];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (zoneOffset(middle * kSecond) === zoneOffset(day)) low = middle;
      else high = middle;
    }
    parts.push(`${high}:${second(high * kSecond)}`);
  }
  const text = parts.join(",");
  return text === "0" ? null : text;
}

export function zoneName(t: Micros): string {
  const minutes = Math.round(zoneOffset(t) / kMinute);
  if (minutes === 0) return "UTC";
  const sign = minutes < 0 ? "−" : "+";
  const size = Math.abs(minutes);
  return `UTC${sign}${pad(Math.floor(size / 60), 2)}:${pad(size % 60, 2)}`;
}

// Times as the URL and the API write them: UTC, as many decimals as are not zero.
export function toIso(t: Micros): string {
  const whole = new Date(Math.floor(t / kSecond) * 1_000).toISOString().slice(0, 19);
  const fraction = pad(((t % kSecond) + kSecond) % kSecond, 6).replace(/0+$/, "");
  return fraction === "" ? `${whole}Z` : `${whole}.${fraction}Z`;
}

// As the API reads it: without a zone it is UTC, without a time of day midnight.
const kIso = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?:(:\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?$/;

// Not the 30th of February, which Date takes for the 2nd of March.
function isDay(date: string): boolean {
  const at = Date.parse(`${date}T00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(date);
}

// ISO text with up to nine decimals (what is below the microsecond is cut), or plain integer
// microseconds. Null for anything else.
export function parseTime(text: string): Micros | null {
  if (/^\d{1,16}$/.test(text)) return micros(Number(text));
  const match = kIso.exec(text);
  if (match === null) return null;
  const [, date = "", time = "00:00", seconds = ":00", fraction = "", zone = "Z"] = match;
  const milliseconds = Date.parse(`${date}T${time}${seconds}${zone}`);
  if (Number.isNaN(milliseconds) || !isDay(date)) return null;
  return micros(milliseconds * 1_000 + Number(fraction.padEnd(6, "0").slice(0, 6)));
}
