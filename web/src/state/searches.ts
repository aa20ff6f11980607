// Searches that were made in this browser, the last one first.

import { type Preference, readPreference, writePreference } from "./preferences";

const kKept = 20;

function parsed(text: string): readonly string[] {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.filter((one): one is string => typeof one === "string") : [];
  } catch {
    return [];
  }
}

const kSearches: Preference<string> = { name: "searches", start: "[]", parse: (text) => text };

export function recentSearches(): readonly string[] {
  return parsed(readPreference(kSearches)).slice(0, kKept);
}

export function noteSearch(q: string): void {
  const text = q.trim();
  if (text === "") return;
  const rest = recentSearches().filter((one) => one !== text);
  writePreference(kSearches, JSON.stringify([text, ...rest].slice(0, kKept)));
}

export function forgetSearches(): void {
  writePreference(kSearches, "[]");
}
