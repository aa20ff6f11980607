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
} from "../base/time";
import { kSplits, type Split } from "./stack";

export type Order = "newest" | "oldest";

export const kTabs = ["summary", "request", "response", "session"] as const;
export type Tab = (typeof kTabs)[number];

export interface Filter {
  readonly method: string;
  readonly status: string; // "5xx" or "404"
  readonly state: string; // "partial", or several with commas
  readonly host: string;
  readonly uri: string; // part of it
  readonly slower: string; // milliseconds at least
  readonly whisperer: string;
  // What the heads mean; set by a click on a value in the details.
  readonly origin: string;
  readonly via: string;
  readonly identity: string;
  readonly identity_kind: string;
  readonly claim: string; // name=value
  readonly correlation: string; // name=value
  readonly location: string;
}

export interface PageState {
  readonly window: TimeRange | null; // null: all data, or live when something is capturing
  readonly follow: number | null; // live: how much of the past is shown
  readonly selection: TimeRange | null;
  readonly filter: Filter;
  readonly stack: Split; // what the bars are stacked of
  readonly order: Order;
  readonly open: string | null; // communication shown in detail
  readonly tab: Tab; // which part of it
}

export const kNoFilter: Filter = {
  method: "",
  status: "",
  state: "",
  host: "",
  uri: "",
  slower: "",
  whisperer: "",
  origin: "",
  via: "",
  identity: "",
  identity_kind: "",
  claim: "",
  correlation: "",
  location: "",
};

export const kStart: PageState = {
  window: null,
  follow: null,
  selection: null,
  filter: kNoFilter,
  stack: "status_class",
  order: "newest",
  open: null,
  tab: "summary",
};

const kFilterKeys = Object.keys(kNoFilter) as (keyof Filter)[];

export function isFiltered(filter: Filter): boolean {
  return kFilterKeys.some((key) => filter[key] !== "");
}

function parseRange(from: string | null, to: string | null): TimeRange | null {
  const begin = parseTime(from ?? "");
  const end = parseTime(to ?? "");
  return begin !== null && end !== null && begin < end ? range(begin, end) : null;
}

// Anything the address says wrongly is as if it were not said: an old link still opens the page.
export function parseUrl(search: string): PageState {
  const query = new URLSearchParams(search);
  const [selectFrom, selectTo] = (query.get("select") ?? "").split("~");
  const seconds = Number(query.get("live") ?? "");
  const filter = Object.fromEntries(kFilterKeys.map((key) => [key, query.get(key) ?? ""]));
  return {
    window: parseRange(query.get("from"), query.get("to")),
    follow: Number.isFinite(seconds) && seconds > 0 ? Math.round(seconds * kSecond) : null,
    selection: parseRange(selectFrom ?? null, selectTo ?? null),
    filter: filter as unknown as Filter,
    stack: kSplits.find((split) => split === query.get("stack")) ?? "status_class",
    order: query.get("order") === "oldest" ? "oldest" : "newest",
    open: query.get("open"),
    tab: kTabs.find((tab) => tab === query.get("tab")) ?? "summary",
  };
}

const isoRange = (r: TimeRange): [string, string] => [
  toIso(r.from as Micros),
  toIso(r.to as Micros),
];

export function formatUrl(state: PageState): string {
  const query = new URLSearchParams();
  if (state.follow !== null) {
    query.set("live", String(state.follow / kSecond));
  } else if (state.window !== null && spanOf(state.window) > 0) {
    const [from, to] = isoRange(state.window);
    query.set("from", from);
    query.set("to", to);
  }
  if (state.selection !== null) query.set("select", isoRange(state.selection).join("~"));
  for (const key of kFilterKeys) if (state.filter[key] !== "") query.set(key, state.filter[key]);
  if (state.stack !== "status_class") query.set("stack", state.stack);
  if (state.order !== "newest") query.set("order", state.order);
  if (state.open !== null) query.set("open", state.open);
  if (state.open !== null && state.tab !== "summary") query.set("tab", state.tab);
  // Colons and tildes are legal in a query; times stay readable.
  const text = query.toString().replaceAll("%3A", ":").replaceAll("%7E", "~");
  return text === "" ? "" : `?${text}`;
}
