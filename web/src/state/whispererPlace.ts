// The address of the page of the whisperers: which one is looked at, what of it, and when.

import { clockZone, kDay, kHour, micros, type Micros, parseTime, range } from "../base/time";
import { type TimeRange, toIso, zoneOffset } from "../base/time";
import { textOf } from "./filter";
import { fieldTerm } from "./terms";
import { formatUrl, kStart } from "./url";
import { useSearch, visit } from "./usePageState";

export const kParts = ["settings", "data", "quality", "dashboard", "uploads"] as const;
export type Part = (typeof kParts)[number];

export const kSpans = ["day", "hour"] as const;
export type Span = (typeof kSpans)[number];

export interface WhispererPlace {
  readonly name: string | null; // null: the first of the list
  readonly part: Part;
  readonly span: Span;
  readonly from: Micros | null; // begin of the day or hour; null: the latest that has data
  readonly setting?: string; // which one to go to
}

export const kWhispererStart: WhispererPlace = {
  name: null,
  part: "settings",
  span: "day",
  from: null,
};

// Null when the address is not of this page.
export function parseWhispererPlace(search: string): WhispererPlace | null {
  const query = new URLSearchParams(search);
  if (query.get("page") !== "whisperers") return null;
  const setting = query.get("setting");
  return {
    ...(setting === null ? {} : { setting }),
    name: query.get("name"),
    part: kParts.find((part) => part === query.get("part")) ?? kWhispererStart.part,
    span: kSpans.find((span) => span === query.get("span")) ?? kWhispererStart.span,
    from: parseTime(query.get("from") ?? ""),
  };
}

export function formatWhispererPlace(place: WhispererPlace): string {
  const query = new URLSearchParams({ page: "whisperers" });
  if (place.name !== null) query.set("name", place.name);
  if (place.part !== kWhispererStart.part) query.set("part", place.part);
  if (place.setting !== undefined) query.set("setting", place.setting);
  if (place.span !== kWhispererStart.span) query.set("span", place.span);
  if (place.from !== null) query.set("from", toIso(place.from));
  return `?${query.toString().replaceAll("%3A", ":")}`;
}

let communications = ""; // the address that one came from, to go back to

export function openWhisperers(place: Partial<WhispererPlace> = {}): void {
  const { search } = window.location;
  if (parseWhispererPlace(search) === null) communications = search;
  visit(formatWhispererPlace({ ...kWhispererStart, ...place }));
}

export function communicationsAddress(): string {
  return communications;
}

// What a whisperer captured in a range of time.
export function openCommunications(whisperer: string, r: TimeRange): void {
  visit(formatUrl({ ...kStart, window: r, q: textOf({ whisperer }) }));
}

// What was read from one upload alone.
export function openUpload(id: number, r: TimeRange): void {
  visit(formatUrl({ ...kStart, window: r, q: fieldTerm("upload", String(id)) }));
}

export function changeWhispererPlace(
  part: Partial<WhispererPlace>,
  mode: "push" | "replace" = "push",
): void {
  const place = parseWhispererPlace(window.location.search);
  if (place !== null) visit(formatWhispererPlace({ ...place, ...part }), mode);
}

export function useWhispererPlace(): WhispererPlace | null {
  return parseWhispererPlace(useSearch());
}

// The day or hour of the page's clock that holds an instant. Days are as long as they are: 23 hours
// when the clock goes forward.
export function spanAround(span: Span, at: Micros): TimeRange {
  if (span === "hour") {
    const offset = zoneOffset(at);
    const from = Math.floor((at + offset) / kHour) * kHour - offset;
    return range(from, from + kHour);
  }
  if (clockZone() === "utc") {
    const from = Math.floor(at / kDay) * kDay;
    return range(from, from + kDay);
  }
  const midnight = (days: number): Micros => {
    const date = new Date(Math.floor(at / 1_000));
    return micros(
      new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime() * 1_000,
    );
  };
  return range(midnight(0), midnight(1));
}

export function spanBeside(span: Span, r: TimeRange, step: -1 | 1): TimeRange {
  return spanAround(span, step < 0 ? micros(r.from - 1) : r.to);
}
