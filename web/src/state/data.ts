// The questions of the page as hooks: what is asked, when it is asked again, what is shown until
// the answer comes. Answers are kept by question, so going back costs nothing.

import {
  keepPreviousData,
  useInfiniteQuery,
  type Query,
  useQueries,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import {
  askCommunication,
  askList,
  askPackets,
  askQuality,
  askSession,
  askStatus,
  askTimeline,
  askWhisperers,
  type FilterQuery,
} from "../api/questions";
import { within } from "../api/client";
import type { CommunicationList, Status, TimelineAnswer, Whisperer } from "../api/types";
import { kMinute, type Micros, micros, nowMicros, range, type TimeRange } from "../base/time";
import { qualityCells } from "./quality";
import { barsOf, type Layer, type PlainBar, type Split, totalsOf } from "./stack";

const kPollMs = 700;
const kPatienceMs = 5_000;
const kEverythingEveryMs = 5_000;
export const kPageRows = 200;

export function useStatus() {
  return useQuery({
    queryKey: ["status"],
    queryFn: ({ signal }) => within(kPatienceMs, signal, askStatus),
    refetchInterval: kPollMs,
    networkMode: "always", // on a machine without a network, Spider is still there
    staleTime: kPollMs / 2,
    retry: false,
  });
}

// Since when Spider has not answered: its last answer. Null while it does; then nothing on the page
// may be called live.
export function silentSince(status: { error: unknown; dataUpdatedAt: number }): Micros | null {
  return status.error === null ? null : micros(status.dataUpdatedAt * 1_000);
}

export function useWhisperers(fast: boolean) {
  return useQuery({
    queryKey: ["whisperers"],
    queryFn: ({ signal }) => askWhisperers(signal),
    refetchInterval: fast ? 1_000 : 5_000,
    retry: false,
  });
}

export function isListening(whisperer: Whisperer): boolean {
  return whisperer.type === "INTERFACE" && ["capturing", "starting"].includes(whisperer.state);
}

const kDataKinds = new Set<unknown>(["tile", "quality", "summary", "list"]);

function worthAsking({ queryKey, state }: Query, tailFrom: number): boolean {
  const [kind, , end] = queryKey;
  if (!kDataKinds.has(kind)) return false;
  // A list that was scrolled far down is not read again from its top.
  const pages =
    kind === "list" ? ((state.data as { pages?: unknown[] } | undefined)?.pages ?? []) : [];
  return pages.length <= 3 && (typeof end !== "number" || end >= tailFrom);
}

// Asks again when the store has changed: what touches the newest data at once, the rest of what is
// on the screen from time to time (an import may have written into the past). An answer on its way
// is not cut off, since it might never arrive then; a last round follows when things calm down.
export function useFreshness(status: Status | undefined): void {
  const client = useQueryClient();
  const seen = useRef<{ version: number; last: number } | null>(null);
  const everything = useRef(0);
  const version = status?.store.version;
  const last = status?.store.last_us ?? 0;
  useEffect(() => {
    if (version === undefined) return undefined;
    const before = seen.current;
    seen.current = { version, last };
    if (before === null || before.version === version) return undefined;
    const ask = (tailFrom: number): void => {
      const predicate = (query: Query): boolean => worthAsking(query, tailFrom);
      void client.invalidateQueries({ predicate }, { cancelRefetch: false });
    };
    const all = performance.now() - everything.current > kEverythingEveryMs;
    if (all) everything.current = performance.now();
    ask(all ? 0 : Math.min(before.last, nowMicros()) - 2_000_000);
    const trailing = setTimeout(() => ask(0), 1_500);
    return () => clearTimeout(trailing);
  }, [client, version, last]);
}

export interface BarData {
  readonly layers: readonly Layer[]; // of these bars; those of another stack stay with theirs
  readonly bucket: number;
  readonly bars: readonly PlainBar[];
}

interface TileQuestion {
  readonly bucket: number;
  readonly range: TimeRange;
}

// One question per tile. The bars of another zoom or filter stay until every tile in view has its
// answer; tiles of the same zoom appear as they come.
export function useBars(
  tiles: readonly TileQuestion[],
  visible: TimeRange,
  filter: FilterQuery,
  split: Split,
  layers: readonly Layer[],
) {
  const filterKey = JSON.stringify(filter);
  const answers = useQueries({
    queries: tiles.map((tile) => ({
      queryKey: ["tile", tile.range.from, tile.range.to, tile.bucket, filterKey, split] as const,
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        askTimeline(tile.range, tile.bucket, split, filter, signal),
      staleTime: Infinity,
      gcTime: 120_000,
    })),
    combine: (results) => ({
      data: results.map((result) => result.data),
      stamp: results.map((result) => result.dataUpdatedAt).join(),
      waiting: results.map((result) => result.data === undefined && result.error === null),
      error:
        results.find((result) => result.error !== null && result.data === undefined)?.error ?? null,
    }),
  });
  const bucket = tiles[0]?.bucket ?? 1_000_000;
  const level = `${bucket} ${split} ${layers.length} ${filterKey}`;
  const shown = useRef<{ level: string; data: BarData }>({
    level: "",
    data: { layers, bucket, bars: [] },
  });
  const inView = (index: number): boolean => {
    const tile = tiles[index];
    return tile !== undefined && tile.range.from < visible.to && visible.from < tile.range.to;
  };
  const ready = answers.waiting.every((waits, index) => !waits || !inView(index));
  const fresh = useMemo(
    () => ({ layers, bucket, bars: mergeTiles(answers.data, layers) }),
    // The stamp tells whether any answer changed.
    [level, answers.stamp, tiles.map((tile) => tile.range.from).join()],
  );
  if (ready || shown.current.level === level) shown.current = { level, data: fresh };
  return { data: shown.current.data, busy: !ready, error: answers.error };
}

function mergeTiles(
  answers: readonly (TimelineAnswer | undefined)[],
  layers: readonly Layer[],
): PlainBar[] {
  const seen = new Map<number, PlainBar>();
  for (const answer of answers) {
    if (answer !== undefined) for (const bar of barsOf(answer, layers)) seen.set(bar.from, bar);
  }
  return [...seen.values()].sort((a, b) => a.from - b.from);
}

// Where a question looks: a fixed range, or the last `follow` microseconds whenever it is asked.
export interface Scope {
  readonly range: TimeRange;
  readonly follow: number | null;
}

function scopeNow(scope: Scope): TimeRange {
  if (scope.follow === null) return scope.range;
  const now = nowMicros();
  return range(now - scope.follow, now + 1_000_000);
}

function scopeKey(scope: Scope): readonly [number, number] {
  return scope.follow === null ? [scope.range.from, scope.range.to] : [-scope.follow, Infinity];
}

const kNoLayers: readonly Layer[] = [];

export interface Summary {
  readonly total: number;
  readonly layers: readonly Layer[];
  readonly counts: readonly number[];
}

export function useSummary(
  scope: Scope,
  bucketOf: (r: TimeRange) => number,
  filter: FilterQuery,
  on: boolean,
  split: Split = "none",
  layers: readonly Layer[] = kNoLayers,
) {
  const query = useQuery({
    queryKey: ["summary", ...scopeKey(scope), filter, split],
    queryFn: async ({ signal }) => {
      const r = scopeNow(scope);
      const answer = await askTimeline(r, bucketOf(r), split, filter, signal);
      return { answer, split };
    },
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    enabled: on,
  });
  return useMemo<Summary | null>(
    () =>
      query.data === undefined
        ? null
        : {
            total: query.data.answer.communications,
            layers,
            // The counts of another stack say nothing about the layers of this one.
            counts: query.data.split === split ? totalsOf(query.data.answer, layers) : [],
          },
    [query.data, split, layers],
  );
}

export function useQuality(view: TimeRange, bucket: number, whisperer: string, on: boolean) {
  const step = Math.max(bucket, kMinute) * 64;
  const from = Math.floor(view.from / step) * step;
  const to = Math.ceil(view.to / step) * step;
  const query = useQuery({
    queryKey: ["quality", from, to, bucket, whisperer],
    queryFn: ({ signal }) => askQuality(range(from, to), bucket, whisperer, signal),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    enabled: on,
  });
  return useMemo(() => qualityCells(query.data?.items ?? []), [query.data]);
}

export function useList(scope: Scope, filter: FilterQuery, newestFirst: boolean, on: boolean) {
  return useInfiniteQuery({
    queryKey: ["list", ...scopeKey(scope), filter, newestFirst],
    queryFn: ({ pageParam, signal }) => {
      const r = scopeNow(scope);
      const open = scope.follow !== null;
      const to = open ? undefined : r.to;
      const question = {
        from: r.from,
        to,
        filter,
        newestFirst,
        limit: kPageRows,
        cursor: pageParam,
      };
      return askList(question, signal);
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: CommunicationList) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    enabled: on,
  });
}

export function useCommunication(id: string) {
  return useQuery({
    queryKey: ["communication", id],
    queryFn: ({ signal }) => askCommunication(id, signal),
    staleTime: 5_000,
    retry: false,
  });
}

export function useSession(id: string) {
  return useQuery({
    queryKey: ["session", id],
    queryFn: ({ signal }) => askSession(id, signal),
    staleTime: 5_000,
    retry: false,
  });
}

export function usePackets(id: string, on: boolean) {
  return useQuery({
    queryKey: ["packets", id],
    queryFn: ({ signal }) => askPackets(id, 0, signal),
    enabled: on,
    retry: false,
  });
}

// All that is stored, with a little air; null when nothing is.
export function storedRange(status: Status): TimeRange | null {
  const { first_us: first, last_us: last } = status.store;
  if (first === null || last === null) return null;
  const air = Math.max((last - first) * 0.02, 50_000);
  return range(micros(first - air), micros(last + air));
}
