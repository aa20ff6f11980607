// Which view the page shows and how, as the address says it. Pure; part of state/url.ts.

export const kViews = ["list", "statistics", "sequence", "waterfall", "compare"] as const;
export type View = (typeof kViews)[number];

export const kScales = ["linear", "log", "steps"] as const;
export type Scale = (typeof kScales)[number];

// Statistics: the length of a period. "auto": some forty over the range, drawn small; a length
// makes a table of them.
export const kPeriods = ["none", "auto", "1m", "5m", "15m", "1h", "6h", "1d"] as const;
export type Period = (typeof kPeriods)[number];

export interface Place {
  readonly view: View;
  readonly ids: readonly string[]; // of the tray; what is compared. Empty: what the filter finds
  readonly group: string; // statistics: one field, or two with a comma
  readonly sort: string; // statistics
  readonly period: Period; // statistics
  readonly scale: Scale | "auto"; // sequence: how time runs; auto: so that every call is named
  readonly merged: boolean; // sequence: replicas in one lane
  readonly hidden: readonly string[]; // sequence: lanes that are left out
  readonly body: string; // details: how the body is shown; empty: what its type suggests
  readonly packet: number | null; // details: the packet that is looked at
  readonly full: boolean; // details: over the list, which waits behind them
}

export const kStartPlace: Place = {
  view: "list",
  ids: [],
  group: "host",
  sort: "-communications",
  period: "auto",
  scale: "auto",
  merged: false,
  hidden: [],
  body: "",
  packet: null,
  full: false,
};

export const kIdsMax = 500;

const listOf = (text: string | null): string[] =>
  (text ?? "").split(",").filter((part) => part !== "");

export function parsePlace(query: URLSearchParams): Place {
  const number = Number(query.get("packet") ?? "");
  return {
    view: kViews.find((view) => view === query.get("view")) ?? "list",
    ids: listOf(query.get("ids")).slice(0, kIdsMax),
    group: query.get("group") ?? kStartPlace.group,
    sort: query.get("sort") ?? kStartPlace.sort,
    scale: kScales.find((scale) => scale === query.get("scale")) ?? "auto",
    period: kPeriods.find((period) => period === query.get("period")) ?? "auto",
    merged: query.get("merged") === "1",
    hidden: listOf(query.get("hidden")),
    body: query.get("body") ?? "",
    full: query.get("full") === "1",
    packet: Number.isSafeInteger(number) && number > 0 ? number : null,
  };
}

export function writePlace(query: URLSearchParams, place: Place): void {
  if (place.view !== "list") query.set("view", place.view);
  if (place.ids.length > 0) query.set("ids", place.ids.join(","));
  if (place.group !== kStartPlace.group) query.set("group", place.group);
  if (place.sort !== kStartPlace.sort) query.set("sort", place.sort);
  if (place.period !== "auto") query.set("period", place.period);
  if (place.scale !== "auto") query.set("scale", place.scale);
  if (place.merged) query.set("merged", "1");
  if (place.hidden.length > 0) query.set("hidden", place.hidden.join(","));
  if (place.body !== "") query.set("body", place.body);
  if (place.full) query.set("full", "1");
  if (place.packet !== null) query.set("packet", String(place.packet));
}
