// Files that this page asked for, as long as it is open. The browser saves them by itself; how far
// they are, and why one did not come, the server tells by the word that each was asked for with.

import { useQueries } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { askExport } from "../api/exports";
import type { ExportState } from "../api/types";

export interface Asked {
  readonly word: string;
  readonly what: string; // "HAR, 7 selected"
}

const kShownMax = 4;
const kPollMs = 500;

let asked: readonly Asked[] = [];
const listeners = new Set<() => void>();

function change(next: readonly Asked[]): void {
  asked = next;
  listeners.forEach((listener) => listener());
}

export function newWord(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function followExport(one: Asked): void {
  change([...asked, one].slice(-kShownMax));
}

export function forgetExport(word: string): void {
  change(asked.filter((one) => one.word !== word));
}

export function isOnItsWay(state: ExportState | null): boolean {
  return state === null || state.state === "running" || state.state === "unknown";
}

export interface Followed extends Asked {
  readonly state: ExportState | null; // null: not known yet
}

export function useExports(): readonly Followed[] {
  const all = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => asked,
  );
  const states = useQueries({
    queries: all.map(({ word }) => ({
      queryKey: ["export", word] as const,
      queryFn: ({ signal }: { signal: AbortSignal }) => askExport(word, signal),
      // Asked again until it ends; the browser may take a moment to ask for the file at all.
      refetchInterval: ({ state }: { state: { data?: ExportState | undefined } }) =>
        isOnItsWay(state.data ?? null) ? kPollMs : (false as const),
      staleTime: Infinity,
      retry: false,
    })),
  });
  return all.map((one, index) => ({ ...one, state: states[index]?.data ?? null }));
}
