// Picked communications: kept while one searches on, for comparing and exporting. They are the
// browser's, for as long as its tab is open; what a link should hold is a view of its own.

import { useSyncExternalStore } from "react";
import type { Communication } from "../api/types";

// As many as an address can name.
export const kPicksMax = 300;

export interface Pick {
  readonly id: string;
  readonly start_us: number;
  readonly method: string | null;
  readonly status: number | null;
  readonly host: string | null;
  readonly path: string | null;
}

const kStored = "spider.picks";
let picks: ReadonlyMap<string, Pick> | null = null;
const listeners = new Set<() => void>();

function stored(): ReadonlyMap<string, Pick> {
  const found = new Map<string, Pick>();
  try {
    const list: unknown = JSON.parse(window.sessionStorage.getItem(kStored) ?? "[]");
    if (Array.isArray(list)) {
      for (const entry of list.slice(0, kPicksMax) as Partial<Pick>[])
        if (typeof entry.id === "string") found.set(entry.id, factsOf(entry as Communication));
    }
  } catch {
    // without storage they last as long as the page
  }
  return found;
}

export function currentPicks(): ReadonlyMap<string, Pick> {
  picks ??= stored();
  return picks;
}

function write(next: ReadonlyMap<string, Pick>): void {
  picks = next;
  try {
    window.sessionStorage.setItem(kStored, JSON.stringify([...next.values()]));
  } catch {
    // as above
  }
  for (const listener of [...listeners]) listener();
}

function factsOf(item: Communication): Pick {
  const { id, start_us, method = null, status = null, host = null, path = null } = item;
  return { id, start_us, method, status, host, path };
}

// Those of `items` that fit are picked, or all of them let go. False: some found no room.
export function pick(items: readonly Communication[], on: boolean): boolean {
  const next = new Map(currentPicks());
  let room = true;
  for (const item of items) {
    if (!on) next.delete(item.id);
    else if (next.has(item.id) || next.size < kPicksMax) next.set(item.id, factsOf(item));
    else room = false;
  }
  write(next);
  return room;
}

export function unpick(ids: readonly string[]): void {
  const next = new Map(currentPicks());
  for (const id of ids) next.delete(id);
  write(next);
}

export function clearPicks(): void {
  write(new Map());
}

// For tests: what is stored counts again.
export function forgetPicks(): void {
  picks = null;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePicks(): ReadonlyMap<string, Pick> {
  return useSyncExternalStore(subscribe, currentPicks);
}
