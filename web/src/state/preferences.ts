// Small choices that the browser remembers: widths, the clock, what the timeline shows. Never
// needed, only pleasant: without storage they last as long as the page. One value per name for the
// whole page; whoever shows it hears when another part changes it.

import { useCallback, useSyncExternalStore } from "react";

export interface Preference<T> {
  readonly name: string;
  readonly start: T;
  readonly parse: (text: string) => T | null; // null: not a value, as if it were not stored
}

const values = new Map<string, unknown>();
const listeners = new Set<() => void>();

export function readPreference<T>({ name, start, parse }: Preference<T>): T {
  if (values.has(name)) return values.get(name) as T;
  let value = start;
  try {
    const text = window.localStorage.getItem(`spider.${name}`);
    if (text !== null) value = parse(text) ?? start;
  } catch {
    // storage may be forbidden
  }
  values.set(name, value);
  return value;
}

export function writePreference<T>({ name }: Preference<T>, value: T): void {
  values.set(name, value);
  try {
    window.localStorage.setItem(`spider.${name}`, String(value));
  } catch {
    // as above
  }
  for (const listener of [...listeners]) listener();
}

// For tests: what is stored counts again.
export function forgetPreferences(): void {
  values.clear();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePreference<T>(preference: Preference<T>): [T, (value: T) => void] {
  const value = useSyncExternalStore(subscribe, () => readPreference(preference));
  const set = useCallback((next: T) => writePreference(preference, next), [preference]);
  return [value, set];
}

const numberOf = (text: string): number | null => {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
};
const choiceOf = (text: string): boolean | null =>
  text === "true" ? true : text === "false" ? false : null;

export const kDetailShare: Preference<number> = { name: "detail", start: 0.42, parse: numberOf };

// What folds away where there is little room: "auto" goes by the room, the others were chosen.
export type Fold = "auto" | "open" | "folded";
const foldOf = (text: string): Fold | null =>
  text === "auto" || text === "open" || text === "folded" ? text : null;
export const kTimelineFold: Preference<Fold> = {
  name: "timeline.fold",
  start: "auto",
  parse: foldOf,
};
export const kHeadFold: Preference<Fold> = { name: "head.fold", start: "auto", parse: foldOf };
// Pixels of the plot; 0: what the page gives it.
export const kTimelineHeight: Preference<number> = {
  name: "timeline.height",
  start: 0,
  parse: numberOf,
};

// The quality line: whether it is shown (and asked for), and from which lost share it is amber and
// red, in percent.
export const kQualityShown: Preference<boolean> = {
  name: "quality",
  start: true,
  parse: choiceOf,
};
// The strips of what whisperers did, likewise.
export const kStatesShown: Preference<boolean> = { name: "states", start: true, parse: choiceOf };
const percentOf = (text: string): number | null => {
  const value = numberOf(text);
  return value !== null && value > 0 && value <= 100 ? value : null;
};
export const kQualityAmber: Preference<number> = {
  name: "quality.amber",
  start: 0.1,
  parse: percentOf,
};
export const kQualityRed: Preference<number> = { name: "quality.red", start: 5, parse: percentOf };

export const kClock: Preference<"local" | "utc"> = {
  name: "clock",
  start: "local",
  parse: (text) => (text === "local" || text === "utc" ? text : null),
};

// The columns of the list as pages/columns.ts writes them; empty: the usual ones.
export const kColumnChoice: Preference<string> = {
  name: "columns",
  start: "",
  parse: (text) => text,
};

// Whether the values of what is shown stand beside the list.
export const kFacetsShown: Preference<boolean> = { name: "facets", start: false, parse: choiceOf };
