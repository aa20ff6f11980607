// Numbers as people read them. Units are always said; nothing is rounded to a false zero.

import { kDay, kHour, kMillisecond, kMinute, kSecond } from "./time";

const kGroup = new Intl.NumberFormat("en-US");

// 1234567 -> "1,234,567"
export function formatCount(n: number): string {
  return kGroup.format(n);
}

// 1234567 -> "1.23 M": for axes and badges, where the exact count is a hover away.
export function formatShort(n: number): string {
  const size = Math.abs(n);
  if (size < 1_000) return String(n);
  const [unit, name] = size < 999_500 ? [1e3, "k"] : size < 999_500_000 ? [1e6, "M"] : [1e9, "G"];
  return `${significant(n / unit)} ${name}`;
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${formatCount(n)} ${n === 1 ? one : many}`;
}

function significant(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  const text = value.toFixed(digits);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

// Three digits, also where they end in zeros: without them a length is exact.
function threeDigits(us: number, unit: number): string {
  const text = (us / unit).toPrecision(3);
  return Number(text) === us / unit ? String(Number(text)) : text;
}

// Microseconds as the unit that leaves one to three digits before the point: "1.00 s" is about a
// second, "1 s" a second.
export function formatDuration(us: number): string {
  if (us < 0) return `−${formatDuration(-us)}`;
  if (us < kMillisecond) return `${Math.round(us)} µs`;
  if (us < 999.5 * kMillisecond) return `${threeDigits(us, kMillisecond)} ms`;
  if (us < 59.995 * kSecond) return `${threeDigits(us, kSecond)} s`;
  if (us < kHour) return twoUnits(us, kMinute, "min", kSecond, "s");
  if (us < kDay) return twoUnits(us, kHour, "h", kMinute, "min");
  return twoUnits(us, kDay, "d", kHour, "h");
}

// Lengths of time from one instant, in their order, in words; where two neighbours would read
// alike, those from a minute on as clocks do, all in as many digits as tell them apart: "8:01.24".
export function formatOffsets(offsets: readonly number[]): string[] {
  const plain = offsets.map(formatDuration);
  const tied = (index: number): boolean =>
    plain[index] === plain[index - 1] || plain[index] === plain[index + 1];
  const gapAt = (index: number): number =>
    (offsets[index] ?? Infinity) - (offsets[index - 1] ?? -Infinity);
  if (!plain.some((_, index) => tied(index))) return plain;
  return offsets.map((us, index) => {
    if (!tied(index)) return us < kMinute ? (plain[index] ?? "") : clockOf(us, 0);
    const gap = Math.max(1, Math.min(gapAt(index), gapAt(index + 1)));
    const digits = Math.max(0, 6 - Math.floor(Math.log10(gap)));
    if (us < kMillisecond) return `${Math.round(us)} µs`;
    if (us < kSecond) return `${(us / kMillisecond).toFixed(Math.max(0, digits - 3))} ms`;
    return us < kMinute ? `${(us / kSecond).toFixed(digits)} s` : clockOf(us, digits);
  });
}

// "8:01.24", "1:13:04"
function clockOf(us: number, digits: number): string {
  const pad = (n: number): string => String(n).padStart(2, "0");
  const unit = 10 ** (6 - digits);
  const whole = Math.round(us / unit) * unit;
  const seconds = (whole % kMinute) / kSecond;
  const text = `${pad(Math.floor(seconds))}${seconds.toFixed(digits).replace(/^\d+/, "")}`;
  const minutes = Math.floor(whole / kMinute);
  if (minutes < 60) return `${minutes}:${text}`;
  return `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${text}`;
}

function twoUnits(us: number, big: number, bigName: string, small: number, name: string): string {
  const smalls = Math.round(us / small);
  const perBig = big / small;
  const rest = smalls % perBig;
  const whole = `${Math.floor(smalls / perBig)} ${bigName}`;
  return rest === 0 ? whole : `${whole} ${rest} ${name}`;
}

export function formatBytes(n: number): string {
  if (n < 1_000) return `${n} B`;
  const units = ["kB", "MB", "GB", "TB", "PB"];
  let value = n;
  let unit = -1;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${significant(value)} ${units[unit]}`;
}

// A share that never says 100 % when something is missing, nor 0 % when something is there.
// A limit as it is set: 1048576 -> "1 MiB".
export function formatBinary(n: number): string {
  for (const [unit, name] of [
    [2 ** 30, "GiB"],
    [2 ** 20, "MiB"],
    [2 ** 10, "KiB"],
  ] as const)
    if (n >= unit && n % unit === 0) return `${formatCount(n / unit)} ${name}`;
  return plural(n, "byte");
}

export function formatShare(part: number, whole: number): string {
  if (whole <= 0) return "100 %";
  if (part >= whole) return "100 %";
  if (part <= 0) return "0 %";
  const percent = (part / whole) * 100;
  for (let digits = 1; digits <= 6; digits += 1) {
    const text = percent.toFixed(digits);
    if (Number(text) < 100 && Number(text) > 0) return `${text} %`;
  }
  return percent > 50 ? "99.999999 %" : "0.000001 %";
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

export function classes(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(" ");
}
