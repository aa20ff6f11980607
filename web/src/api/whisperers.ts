// What the page tells the server to do with whisperers. Every answer is the whisperer as it is
// then; what cannot be is an ApiError whose problem names the settings.

import { getJson, sendJson } from "./client";
import type { KeptData, PurgedData, Whisperer } from "./types";

export type SettingValue = Whisperer["settings"][number]["value"];
// Null: back to what the file says, or the default.
export type SettingChanges = Readonly<Record<string, SettingValue | null>>;

const pathOf = (name: string, more = ""): string => `whisperers/${encodeURIComponent(name)}${more}`;

// Changes nothing; says what is wrong with the changes.
export function tryChanges(name: string, changes: SettingChanges, signal?: AbortSignal) {
  return sendJson<Whisperer>("PATCH", `${pathOf(name)}?try=true`, changes, signal);
}

export function changeWhisperer(name: string, changes: SettingChanges) {
  return sendJson<Whisperer>("PATCH", pathOf(name), changes);
}

export function createWhisperer(settings: Readonly<Record<string, SettingValue>>) {
  return sendJson<Whisperer>("POST", "whisperers", settings);
}

export function tryCreate(settings: Readonly<Record<string, SettingValue>>, signal: AbortSignal) {
  return sendJson<null>("POST", "whisperers?try=true", settings, signal);
}

export function startWhisperer(name: string) {
  return sendJson<Whisperer>("POST", pathOf(name, "/start"), {});
}

export function stopWhisperer(name: string) {
  return sendJson<Whisperer>("POST", pathOf(name, "/stop"), {});
}

// The file wins.
export function forgetChanges(name: string) {
  return sendJson<Whisperer>("DELETE", pathOf(name, "/changes"));
}

// Only one that was made on the page; what it captured stays.
export function removeWhisperer(name: string) {
  return sendJson<null>("DELETE", pathOf(name));
}

export function askKeptData(name: string, signal: AbortSignal) {
  return getJson<KeptData>(pathOf(name, "/data"), undefined, signal);
}

// All that is stored of it, for good.
export function purgeWhisperer(name: string) {
  return sendJson<PurgedData>("DELETE", pathOf(name, "/data"));
}
