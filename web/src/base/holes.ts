// Holes of a body: what was sent of it and never captured. The bytes that were captured stand one
// run behind the other; offsets count the body's bytes with those of every hole. Pure.

import { formatBytes, formatCount, plural } from "./format";

export interface Hole {
  readonly offset: number;
  readonly length: number;
}

// A hole among captured bytes: before the byte with the number `at`.
export interface Gap extends Hole {
  readonly at: number;
}

export interface Run {
  readonly from: number; // in the captured bytes
  readonly to: number;
  readonly offset: number; // of its first byte, in the body
}

// What is not there of the bytes that are shown.
export interface Loss {
  readonly bytes: number;
  readonly gaps: readonly Gap[] | null; // null: nobody knows where
}

// The holes that lie in, before or right behind the first `length` captured bytes.
export function gapsIn(holes: readonly Hole[], length: number): Gap[] {
  const gaps: Gap[] = [];
  let missing = 0;
  for (const { offset, length: bytes } of holes) {
    const at = offset - missing;
    if (at > length) break;
    gaps.push({ at, offset, length: bytes });
    missing += bytes;
  }
  return gaps;
}

// One more than there are gaps; the first and the last may be empty.
export function runsOf(length: number, gaps: readonly Gap[]): Run[] {
  const runs: Run[] = [];
  let from = 0;
  let missing = 0;
  for (const gap of gaps) {
    runs.push({ from, to: gap.at, offset: from + missing });
    from = gap.at;
    missing += gap.length;
  }
  runs.push({ from, to: length, offset: from + missing });
  return runs;
}

function lost(bytes: number): string {
  return `${plural(bytes, "byte was", "bytes were")} never captured`;
}

export function gapText({ offset, length }: Hole): string {
  return `${lost(length)} at byte ${formatCount(offset)}`;
}

// Whether something is missing before or between the bytes, so that they are no beginning of what
// was sent; and how that is said.
export function brokenBy({ bytes, gaps }: Loss, length: number): string | null {
  if (gaps === null) return `${lost(bytes)}, nobody knows where`;
  const inside = gaps.filter((gap) => gap.at < length);
  const [first] = inside;
  if (first === undefined) return null;
  return gapText(first) + (inside.length > 1 ? ", and more behind" : "");
}

export interface Lossy {
  readonly body_bytes: number;
  readonly saved_body_bytes: number;
  readonly missing_bytes: number;
  readonly holes: readonly Hole[] | null;
  readonly more_holes: number;
  readonly content_encoding: string | null;
}

function whereOf({ holes, more_holes, body_bytes, missing_bytes }: Lossy): string {
  const count = (holes?.length ?? 0) + more_holes;
  const [first] = holes ?? [];
  if (count !== 1 || first === undefined) return `in ${formatCount(count)} places`;
  if (first.offset === 0) return "at its beginning";
  return first.offset + first.length === body_bytes + missing_bytes
    ? "at the end of what was captured"
    : "in the middle";
}

// What is to be known of a body before it is read; null when every byte of it was captured.
// `decoded`: its content coding is taken off.
export function lossText(message: Lossy, decoded: boolean): string | null {
  const { missing_bytes, holes, more_holes, saved_body_bytes } = message;
  if (missing_bytes === 0) return null;
  const were = missing_bytes === 1 ? "was" : "were";
  const size = `${formatBytes(missing_bytes)} of this body`;
  if (holes === null) {
    return (
      `${size} ${were} never captured. Where is not known: a version stored it that did not keep ` +
      `that. What is shown, and the download, runs over the places without a mark.`
    );
  }
  const what = `${size} ${were} never captured, ${whereOf(message)}.`;
  if (decoded) {
    return (
      `${what} Behind byte ${formatCount(holes[0]?.offset ?? 0)} of what was sent nothing can be ` +
      `decoded (${message.content_encoding ?? ""}): shown is what comes before.`
    );
  }
  const there = gapsIn(holes, saved_body_bytes);
  if (there.length === 0) return `${what} That lies behind the part that was saved.`;
  const known =
    holes.length === 1
      ? "The first place is known"
      : `The first ${formatCount(holes.length)} places are known`;
  const more = more_holes > 0 ? ` ${known}; behind them offsets are too low.` : "";
  return `${what} What is shown has a hole there, and a download is without them.${more}`;
}
