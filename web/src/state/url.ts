// What the address of the page says, and how. The URL holds window, filter and selection: sharing,
// reloading, back and forward need nothing else. Pure; the hook is in usePageState.ts.

import {
  kSecond,
  type Micros,
  parseTime,
  range,
  spanOf,
  type TimeRange,
  toIso,
  type Zone,
} from "../base/time";
import { formatTimes, kStartPlace, parsePlace, parseTimes, type Place, writePlace } from "./place";
import { kFilterKeys, textOf } from "./filter";
import { kSplits, type Split } from "./stack";

// What the list is sorted by: the start, or a value with a minus for the greatest first.
export const kOrders = [
  "newest",
  "oldest",
  "-duration",
  "duration",
  "-status",
  "status",
  "-request_bytes",
  "request_bytes",
  "-response_bytes",
  "response_bytes",
] as const;
export type Order = (typeof kOrders)[number];
export const orderName = (order: Order): string => order.replace("-", "").replace("_", " body ");

export const kZones = ["local", "utc"] as const;

export const kTabs = ["summary", "request", "response", "session"] as const;
export type Tab = (typeof kTabs)[number];

export type { Filter } from "./filter";

export interface PageState {
  readonly window: TimeRange | null; // null: all data, or live when something is capturing
  readonly follow: number | null; // live: how much of the past is shown
  readonly selection: TimeRange | null;
  readonly q: string; // what is asked for, in the language of docs/filter.md
  readonly stack: Split; // what the bars are stacked of
  readonly order: Order;
  readonly open: string | null; // communication shown in detail
  readonly tab: Tab; // which part of it
  readonly place: Place; // which view, and how
  readonly clock: Zone | null; // times are written in; null: as this browser did last
}

export const kStart: PageState = {
  window: null,
  follow: null,
  selection: null,
  q: "",
  stack: "status_class",
  order: "newest",
  open: null,
  tab: "summary",
  place: kStartPlace,
  clock: null,
};

function parseRange(from: string | null, to: string | null): TimeRange | null {
  const begin = parseTime(from ?? "");
  const end = parseTime(to ?? "");
  return begin !== null && end !== null && begin < end ? range(begin, end) : null;
}

// Anything the address says wrongly is as if it were not said: an old link still opens the page,
// which says what it did not understand (misread.ts).
export function parseUrl(search: string): PageState {
  const query = new URLSearchParams(search);
  const seconds = Number(query.get("live") ?? "");
  // Older links have a parameter per field: they ask the same in the one language.
  const older = textOf(Object.fromEntries(kFilterKeys.map((key) => [key, query.get(key) ?? ""])));
  return {
    window: parseRange(query.get("from"), query.get("to")),
    follow: Number.isFinite(seconds) && seconds > 0 ? Math.round(seconds * kSecond) : null,
    selection: parseTimes(query.get("select")),
    q: [(query.get("q") ?? "").trim(), older].filter((part) => part !== "").join(" AND "),
    stack: kSplits.find((split) => split === query.get("stack")) ?? "status_class",
    order: kOrders.find((order) => order === query.get("order")) ?? "newest",
    open: query.get("open") || null,
    tab: kTabs.find((tab) => tab === query.get("tab")) ?? "summary",
    place: parsePlace(query),
    clock: kZones.find((zone) => zone === query.get("clock")) ?? null,
  };
}

const isoRange = (r: TimeRange): [string, string] => [
  toIso(r.from as Micros),
  toIso(r.to as Micros),
];

// A slice and a zoom are of one question: where another is asked, or in another view, they are
// gone.
export function settled(before: PageState, next: PageState): PageState {
  const question = (s: PageState): string =>
    JSON.stringify([s.window, s.follow, s.selection, s.q, s.place.view, s.place.ids]);
  if (question(before) === question(next)) return next;
  const { slice, zoom } = next.place;
  const kept = {
    slice: slice === before.place.slice ? null : slice,
    zoom: zoom === before.place.zoom ? null : zoom,
  };
  return slice === kept.slice && zoom === kept.zoom
    ? next
    : { ...next, place: { ...next.place, ...kept } };
}

export function formatUrl(state: PageState): string {
  const query = new URLSearchParams();
  if (state.follow !== null) {
    query.set("live", String(state.follow / kSecond));
  } else if (state.window !== null && spanOf(state.window) > 0) {
    const [from, to] = isoRange(state.window);
    query.set("from", from);
    query.set("to", to);
  }
  if (state.selection !== null) query.set("select", formatTimes(state.selection));
  if (state.q !== "") query.set("q", state.q);
  if (state.stack !== "status_class") query.set("stack", state.stack);
  if (state.order !== "newest") query.set("order", state.order);
  if (state.open !== null) query.set("open", state.open);
  if (state.open !== null && state.tab !== "summary") query.set("tab", state.tab);
  writePlace(query, state.place);
  if (state.clock !== null) query.set("clock", state.clock);
  // Colons, tildes and commas are legal in a query; times and lists stay readable.
  const text = query
    .toString()
    .replaceAll("%3A", ":")
    .replaceAll("%7E", "~")
    .replaceAll("%2C", ",");
  return text === "" ? "" : `?${text}`;
}
