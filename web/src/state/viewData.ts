// What the views beside the list ask for: statistics, a bounded number of communications, several
// in detail.

import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { askCommunication, askList, askStatistics, type FilterQuery } from "../api/questions";
import type { Communication, CommunicationDetail } from "../api/types";
import { type Micros, micros } from "../base/time";
import { type Scope, scopeKey, scopeNow } from "./data";
import { kIdsMax, type Slice } from "./place";

export const kShownMax = kIdsMax; // communications that a drawing shows

export interface Bounded {
  readonly items: readonly Communication[];
  readonly skipped: number; // how many before them are not shown
  readonly next: string | null; // from where there are others, which are not shown
  readonly until: Micros | null; // reading headers or bodies took too long: nothing beyond
  readonly newest: boolean; // counted from the end of the range
}

// Some of a range and filter, or exactly those of `ids`, oldest first; `newest`: those at the end
// of the range before others. `slice`: those behind the first ones; it is of the same question.
export function useBounded(
  scope: Scope,
  filter: FilterQuery,
  ids: readonly string[],
  slice: Slice | null,
  newest = false,
) {
  const cursor = slice?.cursor;
  return useQuery({
    queryKey: ["bounded", ...scopeKey(scope), filter, ids.join(), newest, cursor],
    queryFn: async ({ signal }): Promise<Bounded> => {
      if (ids.length > 0) {
        const found = await Promise.all(
          ids.map((id) => askCommunication(id, signal).catch(() => null)),
        );
        const items = found.filter((item): item is CommunicationDetail => item !== null);
        items.sort((a, b) => a.start_us - b.start_us);
        return { items, skipped: 0, next: null, until: null, newest };
      }
      const { from, to } = scopeNow(scope);
      const list = await askList(
        { from, to, filter, sort: newest ? "-start" : "start", limit: kShownMax, cursor },
        signal,
      );
      const until = list.partial === undefined ? null : micros(list.partial.reached_us);
      const skipped = slice?.before ?? 0;
      const items = newest ? [...list.items].reverse() : list.items;
      return { items, skipped, next: list.next_cursor, until, newest };
    },
    placeholderData: keepPreviousData,
    staleTime: scope.follow === null ? Infinity : 2_000,
    refetchInterval: scope.follow === null ? false : 3_000,
  });
}

export interface StatisticsQuestion {
  readonly group: string;
  readonly sort: string;
  readonly limit: number;
  readonly bucket: string | null; // length of a period, "auto", or none
  readonly buckets: number | null; // with "auto", at most
  readonly offset: string | null; // of the clock by which periods begin; null: UTC
}

export function useStatistics(scope: Scope, filter: FilterQuery, question: StatisticsQuestion) {
  return useQuery({
    queryKey: ["statistics", ...scopeKey(scope), filter, question],
    queryFn: ({ signal }) => askStatistics(scopeNow(scope), question, filter, signal),
    placeholderData: keepPreviousData,
    staleTime: scope.follow === null ? Infinity : 2_000,
    refetchInterval: scope.follow === null ? false : 5_000,
  });
}

export interface DetailAnswer {
  readonly id: string;
  readonly detail: CommunicationDetail | null;
  readonly error: unknown;
}

export function useDetails(ids: readonly string[]): readonly DetailAnswer[] {
  const answers = useQueries({
    queries: ids.map((id) => ({
      queryKey: ["communication", id] as const,
      queryFn: ({ signal }: { signal: AbortSignal }) => askCommunication(id, signal),
      staleTime: 60_000,
    })),
  });
  const stamp = answers.map((answer) => `${answer.dataUpdatedAt} ${answer.status}`).join();
  return useMemo(
    () =>
      ids.map((id, index) => ({
        id,
        detail: answers[index]?.data ?? null,
        error: answers[index]?.error ?? null,
      })),
    // The stamp tells whether any answer changed.
    [ids.join(), stamp],
  );
}
