// A search through heads and bodies: asked once per question, stopped and gone on with by hand. Of
// a live window, what came meanwhile is searched when the first search is through.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { FilterQuery } from "../api/questions";
import { askSearch } from "../api/search";
import { kMinute, micros, range, type TimeRange } from "../base/time";
import { type Scope, scopeKey, scopeNow } from "./data";
import { beginning, type Found, kFoundMax, sorted, withLines } from "./found";
import type { RowsSource } from "./rows";
import type { Order } from "./url";

const kLiveEveryMs = 2_000;
// What ended before this was written long ago.
const kLiveOverlap = kMinute;

export interface Finding {
  readonly found: Found | null; // null while no search is wanted
  readonly source: RowsSource;
  readonly stop: () => void;
  readonly goOn: () => void; // from where it was stopped
}

const kNothing = { first: 0, items: [], atTop: true, atEnd: true };

export function useFound(scope: Scope, filter: FilterQuery, order: Order, on: boolean): Finding {
  const [found, setFound] = useState<Found | null>(null);
  const work = useRef<AbortController | null>(null);
  const key = JSON.stringify([...scopeKey(scope), filter]);

  const search = useCallback(
    async (asked: TimeRange, kept: Found): Promise<void> => {
      work.current?.abort();
      const abort = new AbortController();
      work.current = abort;
      const known = new Set(kept.items.map(({ id }) => id));
      let now: Found = { ...kept, phase: "running", error: null };
      setFound(now);
      try {
        await askSearch(asked, filter, kFoundMax - known.size, abort.signal, (lines) => {
          now = withLines(now, lines, known, kept);
          if (work.current === abort) setFound(now);
        });
        if (now.phase === "running") throw new Error("The search broke off.");
      } catch (error) {
        if (work.current === abort) setFound({ ...now, phase: "failed", error });
      }
    },
    [filter],
  );
  useEffect(() => {
    if (!on) return undefined;
    const r = scopeNow(scope);
    void search(r, beginning(r));
    return () => {
      work.current?.abort();
      work.current = null;
      setFound(null);
    };
  }, [on, key, search]);

  const stop = useCallback(() => {
    work.current?.abort();
    work.current = null;
    setFound((now) => (now === null ? now : { ...now, phase: "stopped" }));
  }, []);
  const goOn = useCallback(() => {
    if (found === null) return;
    // To the microsecond behind: what was found in it is known.
    const to = found.reached === null ? found.range.to : micros(found.reached + 1);
    void search(range(found.range.from, Math.min(to, found.range.to)), found);
  }, [found, search]);

  // What a live window has got since.
  useEffect(() => {
    if (scope.follow === null || found === null || found.phase !== "done") return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const window = scopeNow(scope);
      const known = new Set(found.items.map(({ id }) => id));
      const begin = Math.max(window.from, found.range.to - kLiveOverlap);
      let now: Found = { ...found, items: found.items.filter(({ end_us: e }) => e >= window.from) };
      askSearch(range(begin, window.to), filter, kFoundMax, abort.signal, (lines) => {
        const { items } = withLines(now, lines, known);
        now = { ...now, items };
      }).then(
        () => setFound({ ...now, range: window, reached: window.from }),
        () => undefined, // the next round asks again
      );
    }, kLiveEveryMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [found, scope.follow, filter]);

  const items = useMemo(() => sorted(found?.items ?? [], order), [found?.items, order]);
  const phase = found?.phase ?? "running";
  const source: RowsSource = {
    run: { ...kNothing, items },
    shownKey: `${key} ${order}`,
    settled: phase === "done",
    rebase: () => undefined,
    top: undefined,
    query: {
      isFetching: phase === "running",
      isPending: phase === "running",
      isSuccess: phase === "done",
      isError: phase === "failed",
      isPlaceholderData: false,
      error: found?.error ?? null,
      failureReason: null,
      hasNextPage: false,
      hasPreviousPage: false,
      fetchNextPage: () => undefined,
      fetchPreviousPage: () => undefined,
      refetch: goOn,
    },
  };
  return { found, source, stop, goOn };
}
