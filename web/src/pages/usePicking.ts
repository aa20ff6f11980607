// Picking rows by mouse and keys: one, one more, all between. What is picked is in state/picks.ts.

import { useCallback, useRef } from "react";
import type { Communication } from "../api/types";
import { currentPicks, pick } from "../state/picks";

export interface Picking {
  readonly toggle: (index: number) => void;
  readonly rangeTo: (index: number) => void; // from the row that was last picked or gone to
  readonly mark: (index: number) => void;
  readonly all: () => void;
}

export function usePicking(items: readonly Communication[], onFull: () => void): Picking {
  const latest = useRef(items);
  latest.current = items;
  const begin = useRef<string | null>(null);
  const full = useRef(onFull);
  full.current = onFull;

  const mark = useCallback((index: number): void => {
    begin.current = latest.current[index]?.id ?? null;
  }, []);
  const put = useCallback((some: readonly Communication[], on: boolean): void => {
    if (!pick(some, on)) full.current();
  }, []);
  const toggle = useCallback(
    (index: number): void => {
      const item = latest.current[index];
      if (item === undefined) return;
      put([item], !currentPicks().has(item.id));
      begin.current = item.id;
    },
    [put],
  );
  const rangeTo = useCallback(
    (index: number): void => {
      const from = latest.current.findIndex(({ id }) => id === begin.current);
      const [low, high] =
        from < 0 ? [index, index] : [Math.min(from, index), Math.max(from, index)];
      put(latest.current.slice(low, high + 1), true);
    },
    [put],
  );
  const all = useCallback((): void => put(latest.current, true), [put]);
  return { toggle, rangeTo, mark, all };
}
