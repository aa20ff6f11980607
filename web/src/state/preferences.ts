// Small choices that the browser remembers: widths and the like. Never needed, only pleasant.

import { useCallback, useState } from "react";

export function useStoredNumber(name: string, start: number): [number, (value: number) => void] {
  const key = `spider.${name}`;
  const [value, setValue] = useState(() => {
    try {
      const text = window.localStorage.getItem(key);
      const stored = text === null ? Number.NaN : Number(text);
      return Number.isFinite(stored) ? stored : start;
    } catch {
      return start;
    }
  });
  const set = useCallback(
    (next: number) => {
      setValue(next);
      try {
        window.localStorage.setItem(key, String(next));
      } catch {
        // storage may be forbidden
      }
    },
    [key],
  );
  return [value, set];
}
