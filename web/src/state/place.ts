// Which view the page shows and how, as the address says it. Pure; part of state/url.ts.

import { parseTime, range, type TimeRange, toIso } from "../base/time";
import { kSessionKinds, type SessionKind } from "./sessions";

export const kViews = [
  "list",
  "statistics",
  "sequence",
  "waterfall",
  "compare",
  "sessions",
] as const;
export type View = (typeof kViews)[number];

export const kScales = ["linear", "log", "steps"] as const;
export type Scale = (typeof kScales)[number];

// Statistics: the length of a period. "auto": some forty over the range, drawn small; a length
// makes a table of them.
export const kPeriods = ["none", "auto", "1m", "5m", "15m", "1h", "6h", "1d"] as const;
export type Period = (typeof kPeriods)[number];

// Which of the slices a drawing shows: how many are before it, and from where the list goes on.
export interface Slice {
  readonly before: number;
  readonly cursor: string; // of the server
}

export interface Place {
  readonly view: View;
  readonly ids: readonly string[]; // of the tray; what is compared. Empty: what the filter finds
  readonly letters: string; // compare: what `ids` are called, one letter each; empty: A, B, C
  readonly slice: Slice | null; // sequence, waterfall: null is the first
  readonly zoom: TimeRange | null; // waterfall: the part of its axis that is seen; null: all
  readonly group: string; // statistics: one field, or two with a comma
  readonly sort: string; // statistics
  readonly period: Period; // statistics
  readonly scale: Scale | "auto"; // sequence: how time runs; auto: so that every call is named
  readonly merged: boolean; // sequence: replicas in one lane
  readonly hidden: readonly string[]; // sequence: lanes that are left out
  readonly found: SessionKind; // sessions: which, by the communications found in them
  readonly body: string; // details: how the body is shown; empty: what its type suggests
  readonly packet: number | null; // details: the packet that is looked at
  readonly full: boolean; // details: over the list, which waits behind them
}

export const kStartPlace: Place = {
  view: "list",
  ids: [],
  letters: "",
  slice: null,
  zoom: null,
  group: "host",
  sort: "-communications",
  period: "auto",
  scale: "auto",
  merged: false,
  hidden: [],
  found: "any",
  body: "",
  packet: null,
  full: false,
};

export const kIdsMax = 500;

const listOf = (text: string | null): string[] =>
  (text ?? "").split(",").filter((part) => part !== "");

export const kComparedMax = 8;

// A letter stays with its call, whichever comes first or is left out; anew without a word of it.
export function lettersOf({ ids, letters }: Pick<Place, "ids" | "letters">): readonly string[] {
  const count = Math.min(ids.length, kComparedMax);
  const known = [...letters];
  const good =
    /^[A-Z]*$/.test(letters) && known.length === count && new Set(known).size === known.length;
  return good ? known : Array.from({ length: count }, (_, at) => String.fromCharCode(65 + at));
}

// What is compared, in another order or fewer or more of them: who was there keeps its letter.
export function relettered(
  place: Pick<Place, "ids" | "letters">,
  ids: readonly string[],
): Pick<Place, "ids" | "letters"> {
  const before = lettersOf(place);
  const letterOf = new Map(place.ids.slice(0, kComparedMax).map((id, at) => [id, before[at]]));
  const free = Array.from({ length: 26 }, (_, at) => String.fromCharCode(65 + at));
  // The next one after all that were given: a letter that is free again was another call's.
  const last = [...before].sort().at(-1) ?? "";
  const fresh = [...free.filter((one) => one > last), ...free].filter(
    (one) => !before.includes(one),
  );
  const letters = ids.slice(0, kComparedMax).map((id) => letterOf.get(id) ?? fresh.shift() ?? "Z");
  const text = letters.join("");
  return { ids, letters: text === "ABCDEFGH".slice(0, text.length) ? "" : text };
}

const kSlice = /^(\d{1,6})\.([\w.-]{1,200})$/;

export function parseSlice(text: string | null): Slice | null {
  const match = kSlice.exec(text ?? "");
  const before = Number(match?.[1] ?? 0);
  return match === null || before === 0 ? null : { before, cursor: match[2] ?? "" };
}

export function parseTimes(text: string | null): TimeRange | null {
  const [from, to, more] = (text ?? "").split("~");
  const [begin, end] = [parseTime(from ?? ""), parseTime(to ?? "")];
  return begin !== null && end !== null && begin < end && more === undefined
    ? range(begin, end)
    : null;
}

export const formatTimes = ({ from, to }: TimeRange): string => `${toIso(from)}~${toIso(to)}`;

export function parsePlace(query: URLSearchParams): Place {
  const number = Number(query.get("packet") ?? "");
  return {
    view: kViews.find((view) => view === query.get("view")) ?? "list",
    ids: listOf(query.get("ids")).slice(0, kIdsMax),
    letters: query.get("letters") ?? "",
    slice: parseSlice(query.get("slice")),
    zoom: parseTimes(query.get("zoom")),
    group: query.get("group") ?? kStartPlace.group,
    sort: query.get("sort") ?? kStartPlace.sort,
    scale: kScales.find((scale) => scale === query.get("scale")) ?? "auto",
    period: kPeriods.find((period) => period === query.get("period")) ?? "auto",
    merged: query.get("merged") === "1",
    hidden: listOf(query.get("hidden")),
    found: kSessionKinds.find((kind) => kind === query.get("found")) ?? "any",
    body: query.get("body") ?? "",
    full: query.get("full") === "1",
    packet: Number.isSafeInteger(number) && number > 0 ? number : null,
  };
}

export function writePlace(query: URLSearchParams, place: Place): void {
  if (place.view !== "list") query.set("view", place.view);
  if (place.ids.length > 0) query.set("ids", place.ids.join(","));
  if (place.ids.length > 0 && place.letters !== "") query.set("letters", place.letters);
  if (place.slice !== null) query.set("slice", `${place.slice.before}.${place.slice.cursor}`);
  if (place.zoom !== null) query.set("zoom", formatTimes(place.zoom));
  if (place.group !== kStartPlace.group) query.set("group", place.group);
  if (place.sort !== kStartPlace.sort) query.set("sort", place.sort);
  if (place.period !== "auto") query.set("period", place.period);
  if (place.scale !== "auto") query.set("scale", place.scale);
  if (place.merged) query.set("merged", "1");
  if (place.hidden.length > 0) query.set("hidden", place.hidden.join(","));
  if (place.found !== "any") query.set("found", place.found);
  if (place.body !== "") query.set("body", place.body);
  if (place.full) query.set("full", "1");
  if (place.packet !== null) query.set("packet", String(place.packet));
}
