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
  readonly bodies: Bodies; // of those
  readonly looked: number; // communications that were looked at, of `toLook`
  readonly toLook: number; // that may hold something; 0 while it is not known
  readonly error: unknown;
}

// How many of what was read had a body to search, how many of these one that was searched in part
// alone and had nothing in it, and how many one that is not saved.
export interface Bodies {
  readonly saved: number;
  readonly partial: number;
  readonly unsaved: number;
  readonly why: string; // the latter is so; empty: not known
}
const kNoBodies: Bodies = { saved: 0, partial: 0, unsaved: 0, why: "" };

export const beginning = (range: TimeRange): Found => ({
  items: [],
  phase: "running",
  range,
  reached: null,
  read: 0,
  bodies: kNoBodies,
  looked: 0,
  toLook: 0,
  error: null,
});

export interface Before {
  readonly read: number;
  readonly bodies: Bodies;
  readonly looked: number;
}

// `known`: ids of the rows so far, added to. `before`: what a search had done that this one goes on
// with.
export function withLines(
  found: Found,
  lines: readonly SearchLine[],
  known: Set<string>,
  before: Before = { read: 0, bodies: kNoBodies, looked: 0 },
): Found {
  const fresh: Communication[] = [];
  let { reached, phase, read, bodies, looked, toLook } = found;
  for (const { hit, progress } of lines) {
    if (hit !== undefined && !known.has(hit.id)) {
      known.add(hit.id);
      fresh.push(hit);
    }
    if (progress === undefined) continue;
    reached = micros(progress.reached_us);
    read = before.read + progress.candidates;
    bodies = {
      saved: before.bodies.saved + progress.bodies_saved,
      partial: before.bodies.partial + progress.bodies_partial,
      unsaved: before.bodies.unsaved + progress.bodies_unsaved,
      why: before.bodies.why === "" ? (progress.not_saved ?? "") : before.bodies.why,
    };
    looked = before.looked + progress.rows_looked;
    toLook = before.looked + progress.rows_total;
    if (progress.done) phase = progress.reached_us > found.range.from ? "full" : "done";
  }
  const items = fresh.length === 0 ? found.items : [...found.items, ...fresh];
  return { ...found, items, reached, phase, read, bodies, looked, toLook };
}

// Of the communications that have to be looked at, not of the time they took place in: 0 to 1.
export function shareLooked({ looked, toLook, phase }: Found): number {
  if (phase === "done") return 1;
  return Math.min(1, Math.max(0, looked / Math.max(1, toLook)));
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
