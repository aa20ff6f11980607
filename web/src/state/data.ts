// The questions of the page as hooks: what is asked, when it is asked again, what is shown until
// the answer comes. Answers are kept by question, so going back costs nothing.

import {
  keepPreviousData,
  type Query,
  useQueries,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import {
  askCommunication,
  askConfig,
  askQuality,
  askSession,
  askStatus,
  askTimeline,
  askWhisperers,
  type FilterQuery,
} from "../api/questions";
import { within } from "../api/client";
import { ApiError, type Problem } from "../api/problem";
import { kAhead, kForOverview, kInView } from "../api/turns";
import type {
  Completeness,
  Partial,
  Session,
  Status,
  TimelineAnswer,
  Whisperer,
} from "../api/types";
import {
  intersects,
  kDay,
  kMinute,
  kTimeMost,
  type Micros,
  micros,
  nowMicros,
  ofBrowser,
  range,
  spanOf,
  type TimeRange,
} from "../base/time";
import { qualityCells } from "./quality";
import { kPagesReread } from "./rows";
import {
  barsOf,
  isFieldSplit,
  kPendingLayer,
  type Layer,
  namedValues,
  pendingBarsOf,
  type PlainBar,
  type Split,
  totalsOf,
  valuesOf,
} from "./stack";

const kPollMs = 700;
const kPatienceMs = 5_000;
const kEverythingEveryMs = 5_000;

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
  return status.error === null ? null : ofBrowser(status.dataUpdatedAt);
}

export function useWhisperers(fast: boolean) {
  return useQuery({
    queryKey: ["whisperers"],
    queryFn: ({ signal }) => askWhisperers(signal),
    refetchInterval: fast ? 1_000 : 5_000,
    retry: false,
  });
}

// The configuration file, which Spider looks at again while it runs.
export function useConfigFile() {
  return useQuery({
    queryKey: ["config"],
    queryFn: ({ signal }) => askConfig(signal),
    select: ({ file }) => file,
    refetchInterval: 5_000,
    retry: false,
  });
}

export function isListening(whisperer: Whisperer): boolean {
  return whisperer.type === "INTERFACE" && ["capturing", "starting"].includes(whisperer.state);
}

const kDataKinds = new Set<unknown>(["tile", "quality", "summary", "list", "sessions", "stack"]);

function worthAsking({ queryKey, state }: Query, tailFrom: number): boolean {
  const [kind, , end] = queryKey;
  if (!kDataKinds.has(kind)) return false;
  // What is commonest changes the colours of all bars: not at every new communication.
  if (kind === "stack") return tailFrom === 0;
  // A list that was scrolled far down is not read again from its top.
  const paged = kind === "list" || kind === "sessions";
  const pages = paged ? ((state.data as { pages?: unknown[] } | undefined)?.pages ?? []) : [];
  return pages.length <= kPagesReread && (typeof end !== "number" || end >= tailFrom);
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
  readonly partial: Partial | undefined; // where counting ran out of time, the latest of all
}

const kNoValues: readonly string[] = [];

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
  on: boolean, // the layers are known
) {
  const values = namedValues(split, layers);
  const rankOf = ({ range: r }: TileQuestion): number =>
    intersects(r, visible) ? kInView : kAhead;
  const filterKey = JSON.stringify([filter, values]);
  const answers = useQueries({
    queries: tiles.map((tile) => ({
      queryKey: ["tile", tile.range.from, tile.range.to, tile.bucket, filterKey, split] as const,
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        askTimeline(tile.range, tile.bucket, split, filter, signal, values, rankOf(tile)),
      enabled: on,
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
    data: { layers, bucket, bars: [], partial: undefined },
  });
  const inView = (index: number): boolean => {
    const tile = tiles[index];
    return tile !== undefined && intersects(tile.range, visible);
  };
  const ready = answers.waiting.every((waits, index) => !waits || !inView(index));
  // Where telling the values of a field apart takes a while, the height of the bars comes first.
  const slow = useLasting(!ready && isFieldSplit(split), kHeightsAfterMs);
  const pending = usePendingBars(tiles, filter, slow);
  const heights =
    slow &&
    tiles.every(
      (_, index) => !inView(index) || !answers.waiting[index] || pending.data[index] !== undefined,
    );
  const fresh = useMemo(
    () => ({
      layers: ready ? layers : [...layers, kPendingLayer],
      bucket,
      bars: ready
        ? mergeTiles(answers.data, layers)
        : mergeTiles(answers.data, layers, pending.data),
      partial: latest(answers.data.map((answer) => answer?.partial)),
    }),
    // The stamps tell whether any answer changed.
    [level, ready, answers.stamp, pending.stamp, tiles.map((tile) => tile.range.from).join()],
  );
  if (ready || heights || shown.current.level === level) shown.current = { level, data: fresh };
  return { data: shown.current.data, busy: !ready, error: answers.error };
}

const kHeightsAfterMs = 150;

// True once `on` has been so for a while.
function useLasting(on: boolean, ms: number): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!on) return setLasting(false);
    const timer = setTimeout(() => setLasting(true), ms);
    return () => clearTimeout(timer);
  }, [on, ms]);
  return on && lasting;
}

// The same tiles without a split, which is quick: roll-ups tell them where the filter allows.
function usePendingBars(tiles: readonly TileQuestion[], filter: FilterQuery, on: boolean) {
  return useQueries({
    queries: tiles.map((tile) => ({
      queryKey: [
        "tile",
        tile.range.from,
        tile.range.to,
        tile.bucket,
        JSON.stringify([filter, kNoValues]),
        "none",
      ] as const,
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        askTimeline(tile.range, tile.bucket, "none", filter, signal),
      enabled: on,
      staleTime: Infinity,
      gcTime: 120_000,
    })),
    combine: (results) => ({
      data: results.map((result) => result.data),
      stamp: results.map((result) => result.dataUpdatedAt).join(),
    }),
  });
}

function latest(partials: readonly (Partial | undefined)[]): Partial | undefined {
  return partials.reduce(
    (a, b) => (a === undefined || (b !== undefined && b.reached_us > a.reached_us) ? b : a),
    undefined,
  );
}

function mergeTiles(
  answers: readonly (TimelineAnswer | undefined)[],
  layers: readonly Layer[],
  pending: readonly (TimelineAnswer | undefined)[] = [],
): PlainBar[] {
  const seen = new Map<number, PlainBar>();
  answers.forEach((answer, index) => {
    const heights = answer === undefined ? pending[index] : undefined;
    if (answer !== undefined) for (const bar of barsOf(answer, layers)) seen.set(bar.from, bar);
    if (heights !== undefined)
      for (const bar of pendingBarsOf(heights, layers)) seen.set(bar.from, bar);
  });
  return [...seen.values()].sort((a, b) => a.from - b.from);
}

// Where a question looks: a fixed range, or the last `follow` microseconds whenever it is asked.
export interface Scope {
  readonly range: TimeRange;
  readonly follow: number | null;
}

export function scopeNow(scope: Scope): TimeRange {
  if (scope.follow === null) return scope.range;
  const now = nowMicros();
  return range(now - scope.follow, now + 1_000_000);
}

export function scopeKey(scope: Scope): readonly [number, number] {
  return scope.follow === null ? [scope.range.from, scope.range.to] : [-scope.follow, Infinity];
}

// One bucket, or a few where one would reach beyond the times that there are.
const kBucketMost = 20_000 * kDay;
const bucketOfAll = (r: TimeRange): number => Math.min(spanOf(r), kBucketMost);

// The commonest values of the field that the bars are stacked by, in all that the scope shows;
// those of another window stay until the answer comes, null while there is none. Without an answer
// at all every tile tells its own.
export function useStackValues(
  scope: Scope,
  filter: FilterQuery,
  split: Split,
  on: boolean,
): readonly string[] | null {
  const byField = isFieldSplit(split);
  const { data, error } = useQuery({
    queryKey: ["stack", ...scopeKey(scope), split, filter],
    queryFn: async ({ signal }) => {
      const r = scopeNow(scope);
      return {
        split,
        values: valuesOf(await askTimeline(r, bucketOfAll(r), split, filter, signal)),
      };
    },
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    enabled: on && byField,
  });
  if (!byField) return kNoValues;
  return data?.split === split ? data.values : error === null ? null : kNoValues;
}

const kNoLayers: readonly Layer[] = [];

export interface Summary {
  readonly total: number;
  readonly completeness?: Completeness;
  readonly layers: readonly Layer[];
  readonly counts: readonly number[];
  readonly bucket: number; // of its bars, microseconds
  readonly bars: readonly { readonly from: Micros; readonly total: number }[];
}

export interface Counting {
  readonly summary: Summary | null;
  readonly error: unknown; // why there is none
}

const kNotCounted: Counting = { summary: null, error: null };

export function useSummary(
  scope: Scope,
  bucketOf: (r: TimeRange) => number,
  filter: FilterQuery,
  on: boolean,
  split: Split = "none",
  layers: readonly Layer[] = kNoLayers,
) {
  const values = namedValues(split, layers);
  const queryKey = ["summary", ...scopeKey(scope), filter, split, values];
  const query = useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const r = scopeNow(scope);
      const bucket = bucketOf(r);
      const answer = await askTimeline(r, bucket, split, filter, signal, values, kForOverview);
      return { answer, split, layers };
    },
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    enabled: on,
  });
  // What was refused is not answered by what was counted of another question, also not while it is
  // asked again.
  const refused = useRef<{ key: string; error: unknown }>({ key: "", error: null });
  const key = JSON.stringify(queryKey);
  if (query.error !== null) refused.current = { key, error: query.error };
  else if (query.data !== undefined && !query.isPlaceholderData)
    refused.current = { key, error: null };
  const error = refused.current.key === key ? refused.current.error : null;
  return useMemo<Counting>(() => {
    if (query.data === undefined || (query.isPlaceholderData && error !== null))
      return error === null ? kNotCounted : { summary: null, error };
    const { answer } = query.data;
    // An answer about other values counts those, not the present ones; one about another stack
    // says nothing about the layers of this one.
    const told = isFieldSplit(split) ? query.data.layers : layers;
    const summary = {
      total: answer.communications,
      completeness: answer.completeness,
      layers: told,
      counts: query.data.split === split ? totalsOf(answer, told) : [],
      bucket: answer.bucket_us,
      bars: answer.buckets.map((bar) => ({ from: micros(bar.start_us), total: bar.total })),
    };
    return { summary, error: null };
  }, [query.data, query.isPlaceholderData, error, split, layers]);
}

// Telling the values of a field apart may take a while: how many there are does not wait for it.
export function useQuickSummary(
  scope: Scope,
  bucketOf: (r: TimeRange) => number,
  filter: FilterQuery,
  known: boolean, // what there is to ask about
  layered: boolean, // the layers as well
  split: Split,
  layers: readonly Layer[],
): Counting {
  const quick = useSummary(scope, bucketOf, filter, known && isFieldSplit(split));
  const told = useSummary(scope, bucketOf, filter, layered, split, layers);
  return useMemo(() => {
    if (!isFieldSplit(split) || quick.summary === null) return told;
    const layered = {
      layers: told.summary?.layers ?? kNoLayers,
      counts: told.summary?.counts ?? [],
    };
    return { summary: { ...quick.summary, ...layered }, error: told.error };
  }, [split, quick, told]);
}

export function useQuality(view: TimeRange, bucket: number, whisperer: string, on: boolean) {
  const step = Math.max(bucket, kMinute) * 64;
  const from = Math.max(0, Math.floor(view.from / step) * step);
  const to = Math.min(Math.ceil(view.to / step) * step, kTimeMost);
  const query = useQuery({
    queryKey: ["quality", from, to, bucket, whisperer],
    queryFn: ({ signal }) => askQuality(range(from, to), bucket, whisperer, signal),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    enabled: on,
  });
  return useMemo(() => qualityCells(query.data?.items ?? []), [query.data]);
}

export function useCommunication(id: string) {
  return useQuery({
    queryKey: ["communication", id],
    queryFn: ({ signal }) => askCommunication(id, signal),
    staleTime: 5_000,
  });
}

// A session has a record when its connection has ended: until then it is asked for again.
const kSessionOpen = "API-SESSION-001";
const kOpenEveryMs = 3_000;

export interface SessionFound {
  readonly session: Session | null;
  readonly missing: Problem | null; // why there is none
}

export function isOpen({ missing }: SessionFound): boolean {
  return missing?.code === kSessionOpen;
}

export function useSession(id: string) {
  return useQuery({
    queryKey: ["session", id],
    queryFn: async ({ signal }): Promise<SessionFound> => {
      try {
        return { session: await askSession(id, signal), missing: null };
      } catch (error) {
        if (!(error instanceof ApiError) || error.problem.status !== 404) throw error;
        return { session: null, missing: error.problem };
      }
    },
    // Why there is none may be another thing when it is looked at again.
    staleTime: ({ state }) => (state.data?.session == null ? 0 : 5_000),
    refetchInterval: ({ state }) =>
      state.data !== undefined && isOpen(state.data) ? kOpenEveryMs : false,
  });
}

// All that is stored, with a little air, but none before the first of all times; null when nothing
// is. Where no communication was found: the TCP sessions.
export function storedRange({ store }: Status): TimeRange | null {
  const first = store.first_us ?? store.sessions_first_us;
  const last = store.last_us ?? store.sessions_last_us;
  if (first === null || last === null) return null;
  const air = Math.max((last - first) * 0.02, 50_000);
  return range(micros(Math.max(Math.min(first, 0), first - air)), micros(last + air));
}
