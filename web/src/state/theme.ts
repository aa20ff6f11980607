// Light, dark, or as the system says. Remembered by the browser; the system's choice needs no
// script at all, so the first paint is right without an inline one.

import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

const kKey = "spider.theme";
const listeners = new Set<() => void>();
let current: Theme = "system";

function stored(): Theme {
  try {
    const value = window.localStorage.getItem(kKey);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system"; // storage may be forbidden; the page works without
  }
}

function apply(): void {
  if (current === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = current;
  for (const listener of listeners) listener();
}

const dark = (): MediaQueryList => window.matchMedia("(prefers-color-scheme: dark)");

export function startTheme(): void {
  current = stored();
  apply();
  dark().addEventListener("change", apply);
}

export function setTheme(theme: Theme): void {
  current = theme;
  try {
    if (theme === "system") window.localStorage.removeItem(kKey);
    else window.localStorage.setItem(kKey, theme);
  } catch {
    // as above
  }
  apply();
}

function shown(): "light" | "dark" {
  if (current !== "system") return current;
  return dark().matches ? "dark" : "light";
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useTheme(): { theme: Theme; shown: "light" | "dark" } {
  const theme = useSyncExternalStore(subscribe, () => current);
  const visible = useSyncExternalStore(subscribe, shown);
  return { theme, shown: visible };
}
