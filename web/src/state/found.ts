// What a search has found so far: rows as they come, in the order that is asked for, and how far it
// has looked. Pure; useFound.ts asks.

import type { SearchLine } from "../api/search";
import type { Communication } from "../api/types";
import { micros, type Micros, type TimeRange } from "../base/time";
import type { Order } from "./url";

export const kFoundMax = 20_000; // rows that the page holds

export type SearchPhase = "running" | "stopped" | "done" | "full" | "failed";

export interface Found {
  readonly items: readonly Communication[]; // as they came
  readonly phase: SearchPhase;
  readonly range: TimeRange; // that is searched
  readonly reached: Micros | null; // what begins from here on was looked at; null: not known yet
  readonly read: number; // communications whose heads or bodies were read
  readonly error: unknown;
}

export const beginning = (range: TimeRange): Found => ({
  items: [],
  phase: "running",
  range,
  reached: null,
  read: 0,
  error: null,
});

// `known`: ids of the rows so far, added to.
export function withLines(
  found: Found,
  lines: readonly SearchLine[],
  known: Set<string>,
  readBefore: number,
): Found {
  const fresh: Communication[] = [];
  let { reached, phase, read } = found;
  for (const { hit, progress } of lines) {
    if (hit !== undefined && !known.has(hit.id)) {
      known.add(hit.id);
      fresh.push(hit);
    }
    if (progress === undefined) continue;
    reached = micros(progress.reached_us);
    read = readBefore + progress.candidates;
    if (progress.done) phase = progress.reached_us > found.range.from ? "full" : "done";
  }
  const items = fresh.length === 0 ? found.items : [...found.items, ...fresh];
  return { ...found, items, reached, phase, read };
}

// Of the range, from its end on: 0 to 1.
export function shareLooked({ range, reached, phase }: Found): number {
  if (phase === "done") return 1;
  if (reached === null) return 0;
  const share = (range.to - reached) / Math.max(1, range.to - range.from);
  return Math.min(1, Math.max(0, share));
}

const kValues: Readonly<Record<string, (item: Communication) => number | null>> = {
  duration: (item) => item.duration_us,
  status: (item) => item.status,
  request_bytes: (item) => item.request_body_bytes,
  response_bytes: (item) => item.response_body_bytes,
};

// As the server sorts its lists: what has no value comes last, ties go by start.
export function sorted(items: readonly Communication[], order: Order): readonly Communication[] {
  const down = order === "newest" || order.startsWith("-");
  const turn = down ? -1 : 1;
  const value = kValues[order.replace("-", "")];
  const byStart = (a: Communication, b: Communication): number => {
    const [x, y] = [startOfId(a.id), startOfId(b.id)];
    return turn * (x < y ? -1 : x > y ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  };
  return [...items].sort((a, b) => {
    const [x, y] = value === undefined ? [0, 0] : [value(a), value(b)];
    if (x === y) return byStart(a, b);
    if (x === null || y === null) return x === null ? 1 : -1;
    return turn * (x - y);
  });
}

// The nanoseconds of the start, as an id tells them: hexadecimal, of one length for a whole age.
function startOfId(id: string): string {
  return (id.split("-")[1] ?? "").padStart(16, "0");
}
