// The page's state is the address. This hook reads it, writes it and hears back and forward.

import { useCallback, useSyncExternalStore } from "react";
import { forgetMisread } from "./misread";
import { formatUrl, type PageState, parseUrl, settled } from "./url";

type Change = Partial<PageState> | ((state: PageState) => Partial<PageState>);

let cachedSearch: string | null = null;
let cachedState: PageState = parseUrl("");
const listeners = new Set<() => void>();

function snapshot(): PageState {
  const { search } = window.location;
  if (search !== cachedSearch) {
    cachedSearch = search;
    cachedState = parseUrl(search);
  }
  return cachedState;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) window.addEventListener("popstate", notify);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) window.removeEventListener("popstate", notify);
  };
}

function notify(): void {
  for (const listener of [...listeners]) listener();
}

// `push` makes a new step for the back button; "replace" is for moves that nobody wants to undo
// one by one, such as typing or the first window of a fresh page.
export function changePageState(change: Change, mode: "push" | "replace" = "push"): void {
  const state = snapshot();
  const next = { ...state, ...(typeof change === "function" ? change(state) : change) };
  visit(formatUrl(settled(state, next)), mode);
}

export function usePageState(): [PageState, typeof changePageState] {
  const state = useSyncExternalStore(subscribe, snapshot);
  return [state, useCallback(changePageState, [])];
}

// Another page of Spider, or this one elsewhere: `search` is all of its address.
export function visit(search: string, mode: "push" | "replace" = "push"): void {
  if (search === window.location.search) return;
  if (mode === "push") forgetMisread();
  const address = `${window.location.pathname}${search}`;
  if (mode === "push") window.history.pushState(null, "", address);
  else window.history.replaceState(null, "", address);
  notify();
}

export function useSearch(): string {
  return useSyncExternalStore(subscribe, () => window.location.search);
}
