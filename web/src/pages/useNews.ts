// What has become queryable since the list was read: counted while the list stands still, read at
// once while it follows.

import { useCallback, useEffect, useMemo, useRef } from "react";
import type { Query } from "../api/client";
import type { Communication } from "../api/types";
import { type LineState, useLive } from "../state/live";

const kRestMs = 300; // between two readings of a list that follows

export interface ListNews {
  readonly count: number; // not in the list
  readonly more: boolean; // and some that were not told one by one
  readonly line: LineState;
  readonly retry: () => void;
  // Reads the list again and forgets what was told until then.
  readonly take: () => void;
}

export interface ListNewsQuestion {
  readonly query: Query;
  readonly cursor: string | null; // of the answer that the list begins with
  readonly items: readonly Communication[];
  readonly moving: boolean; // the list follows
  readonly isNews: (id: string) => boolean; // it may be of what the list is asked for
  readonly read: () => Promise<boolean>; // true when the list was read
}

export function useNews(question: ListNewsQuestion): ListNews {
  const { query, cursor, items, moving, isNews, read } = question;
  const asked = useRef({ moving, read });
  asked.current = { moving, read };
  const work = useRef({ busy: false, again: false, ended: false });
  useEffect(() => {
    const now = work.current;
    now.ended = false;
    return () => {
      now.ended = true;
    };
  }, []);
  const mark = useRef<() => () => void>(() => () => undefined);
  // What comes while it reads is read afterwards, so that nothing stays out.
  const take = useCallback(async (): Promise<void> => {
    const now = work.current;
    now.again = true;
    if (now.busy) return;
    now.busy = true;
    try {
      while (now.again && !now.ended) {
        now.again = false;
        const forget = mark.current();
        if (await asked.current.read()) forget();
        if (now.again) await new Promise((rested) => setTimeout(rested, kRestMs));
      }
    } finally {
      now.busy = false;
    }
  }, []);
  const onNews = (): void => {
    if (asked.current.moving) void take();
  };
  const news = useLive(query, cursor, onNews, isNews);
  mark.current = news.mark;
  const count = useMemo(() => {
    if (news.told.size === 0) return 0;
    const known = items.reduce((sum, { id }) => sum + (news.told.has(id) ? 1 : 0), 0);
    return news.told.size - known;
  }, [news.told, items]);
  const { more, line, retry } = news;
  return { count, more, line, retry, take: () => void take() };
}
