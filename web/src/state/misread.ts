// What the address says that cannot be understood, and what is done instead: a link that was cut or
// mistyped opens the page, but not as if it had said nothing. Pure but for the hook.

import { useSyncExternalStore } from "react";
import { parseTime } from "../base/time";
import { kFilterKeys } from "./filter";
import { kPeriods, kScales, kViews, parseSlice, parseTimes } from "./place";
import { kSessionKinds } from "./sessions";
import { kSplits } from "./stack";
import { kOrders, kTabs, kZones } from "./url";

export interface Misread {
  readonly said: string; // as in the address, cut
  readonly why: string;
  readonly window: boolean; // the window is another one for it; who shows it knows which
  readonly used: string; // instead; empty where it is the window
}

type Check = (value: string) => string | null; // why it cannot be

const kChoices = 6; // that are named

const time: Check = (value) =>
  parseTime(value) === null
    ? "is no time: ISO (2026-03-10T14:05:00Z; without a zone it is UTC), or microseconds since 1970"
    : null;
const times: Check = (value) =>
  parseTimes(value) === null ? "is no range: two times with ~ between, the earlier first" : null;
const oneOf = (choices: readonly string[]): Check => {
  const named = choices.slice(0, kChoices).join(", ") + (choices.length > kChoices ? ", …" : "");
  return (value) => (choices.includes(value) ? null : `is none of ${named}`);
};
const positive: Check = (value) =>
  Number.isFinite(Number(value)) && Number(value) > 0 ? null : "is no number above 0";
const any: Check = () => null;

const kChecks: Readonly<Record<string, readonly [Check, string]>> = {
  from: [time, ""],
  to: [time, ""],
  live: [positive, ""],
  select: [times, "nothing is selected"],
  zoom: [times, "the whole axis is shown"],
  stack: [oneOf(kSplits), "the bars are stacked by status class"],
  order: [oneOf(kOrders), "the newest come first"],
  view: [oneOf(kViews), "the list is shown"],
  tab: [oneOf(kTabs), "the summary is shown"],
  scale: [oneOf(["auto", ...kScales]), "the scale is chosen by itself"],
  found: [oneOf(kSessionKinds), "all TCP sessions are listed"],
  period: [oneOf(kPeriods), "some forty periods are shown"],
  clock: [oneOf(kZones), "times are as this browser showed them last"],
  packet: [positive, "no packet is chosen"],
  slice: [
    (value) => (parseSlice(value) === null ? "is no place in what is drawn" : null),
    "the first are drawn",
  ],
  ...Object.fromEntries(
    ["q", "open", "ids", "letters", "group", "sort", "merged", "hidden", "body", "full"]
      .concat(kFilterKeys)
      .map((name) => [name, [any, ""] as const]),
  ),
};
const kWindow = new Set(["from", "to", "live"]);
const kShown = 60; // characters
const kMost = 8;

const cut = (text: string): string => (text.length > kShown ? `${text.slice(0, kShown)}…` : text);

// Of the page of communications; the other one has an address of its own.
export function misreadOf(search: string): readonly Misread[] {
  const query = new URLSearchParams(search);
  if (query.get("page") !== null) return [];
  const found: Misread[] = [];
  for (const [name, value] of query) {
    const check = kChecks[name];
    const window = kWindow.has(name);
    const why = check === undefined ? "is nothing that the page knows" : check[0](value);
    if (why !== null)
      found.push({ said: cut(`${name}=${value}`), why, window, used: check?.[1] ?? "" });
  }
  const [from, to] = [query.get("from"), query.get("to")];
  const times = [from, to].map((text) => (text === null ? null : parseTime(text)));
  const said = (name: string, text: string | null): string => cut(`${name}=${text ?? ""}`);
  // One without the other, and both in the wrong order, are each understood, and no window.
  if ((from === null) !== (to === null) && !found.some(({ window }) => window))
    found.push({
      said: from === null ? said("to", to) : said("from", from),
      why: `has no ${from === null ? "from" : "to"}`,
      window: true,
      used: "",
    });
  else if (times[0] != null && times[1] != null && times[0] >= times[1])
    found.push({
      said: `${said("from", from)}&${said("to", to)}`,
      why: "does not end after it begins",
      window: true,
      used: "",
    });
  return found.slice(0, kMost);
}

let current: readonly Misread[] = [];
const listeners = new Set<() => void>();

function tell(next: readonly Misread[]): void {
  if (next.length === 0 && current.length === 0) return;
  current = next;
  for (const listener of [...listeners]) listener();
}

// Before anything writes the address anew. What was not understood is told until it is closed or
// somebody goes elsewhere.
export function watchAddress(): void {
  tell(misreadOf(window.location.search));
  window.addEventListener("popstate", () => tell(misreadOf(window.location.search)));
}

export const forgetMisread = (): void => tell([]);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useMisread(): readonly Misread[] {
  return useSyncExternalStore(subscribe, () => current);
}
