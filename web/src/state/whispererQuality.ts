// The books of one whisperer over a day or an hour, as its charts and table show them. Pure; the
// hooks are below.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { askQuality } from "../api/questions";
import type { Counts, QualityItem } from "../api/types";
import {
  kDay,
  kHour,
  kMillisecond,
  kMinute,
  kSecond,
  type Micros,
  micros,
  nowMicros,
} from "../base/time";
import { range, type TimeRange, zoneOffset } from "../base/time";
import { lossName } from "./quality";
import { type Span, spanAround } from "./whispererPlace";

export const kSlot: Readonly<Record<Span, number>> = { day: 10 * kMinute, hour: kMinute };
export const kRow: Readonly<Record<Span, number>> = { day: kHour, hour: kMinute };

// A stretch of time and what was booked in it; null: nothing was, the whisperer did not look.
export interface Slot {
  readonly range: TimeRange;
  readonly counts: Counts | null;
}

export interface Series {
  readonly counter: string;
  readonly name: string;
  readonly color: string;
}

export interface Chart {
  readonly key: string;
  readonly title: string;
  readonly unit: string; // of a value: packets, bits, communications
  readonly rate: boolean; // drawn per second
  readonly series: readonly Series[];
  readonly times?: number; // bytes to bits
  readonly none: string; // said when there is nothing of it
  readonly say?: (value: number) => string; // of a value, instead of a number with the unit
}

const series = (rows: readonly (readonly [string, string])[]): Series[] =>
  rows.map(([counter, name], n) => ({
    counter,
    name,
    color: `var(--layer-${(n % 7) + 1})`,
  }));

export const kStages: readonly string[] = [
  "interface_dropped",
  "kernel_dropped",
  "ring_dropped",
  "link_unsupported",
  "malformed",
  "fragment_dropped",
  "flow_refused",
];

const kFiltered = series([
  ["not_ip", "not IP"],
  ["not_tcp", "not TCP"],
  ["filtered", "by the filter of a file"],
  ["mirror_duplicate", "seen twice, by a mirror"],
  ["skipped_empty", "empty segments"],
]);

const kPartial = series([
  ["partial_no_response", "no response"],
  ["partial_response_in_gap", "response not captured"],
  ["partial_no_request", "no request"],
  ["partial_request_in_gap", "request not captured"],
  ["partial_gap", "bytes missing inside"],
  ["partial_cut", "cut off"],
  ["partial_limit", "a limit of Spider"],
]);

export const kCharts: readonly Chart[] = [
  {
    key: "packets",
    title: "Packets",
    unit: "packets",
    rate: true,
    series: [{ counter: "packets_received", name: "received", color: "var(--status-3xx)" }],
    none: "No packet was received.",
  },
  {
    key: "bits",
    title: "Traffic",
    unit: "bit",
    rate: true,
    times: 8,
    series: [{ counter: "bytes_received", name: "received", color: "var(--status-3xx)" }],
    none: "No byte was received.",
  },
  {
    key: "communications",
    title: "Communications",
    unit: "communications",
    rate: true,
    series: [
      { counter: "communications_complete", name: "whole", color: "var(--quality-good)" },
      { counter: "communications_partial", name: "partial", color: "var(--quality-poor)" },
      { counter: "communications_unstored", name: "not stored", color: "var(--quality-bad)" },
    ],
    none: "No communication ended.",
  },
  {
    key: "lost",
    title: "Packets lost, by stage",
    unit: "packets",
    rate: false,
    series: series(kStages.map((name) => [name, lossName(name)])),
    none: "No packet was lost.",
  },
  {
    key: "partial",
    title: "Partial communications, by cause",
    unit: "communications",
    rate: false,
    series: kPartial,
    none: "Every communication was whole.",
  },
  {
    key: "filtered",
    title: "Packets left out on purpose",
    unit: "packets",
    rate: false,
    series: kFiltered,
    none: "No packet was left out.",
  },
];

function added(sum: Counts | null, more: Counts): Counts {
  if (sum === null) return more;
  const out = { ...sum };
  for (const [name, count] of Object.entries(more)) out[name] = (out[name] ?? 0) + count;
  return out;
}

export function countOf(counts: Counts | null, names: readonly string[]): number {
  return counts === null ? 0 : names.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
}

export const lostOf = (counts: Counts | null): number => countOf(counts, kStages);
export const filteredOf = (counts: Counts | null): number =>
  countOf(
    counts,
    kFiltered.map(({ counter }) => counter),
  );

// Every slot of the range, in order, with what the answer has for it.
export function slotsOf(items: readonly QualityItem[], r: TimeRange, step: number): Slot[] {
  const offset = zoneOffset(r.from); // days begin on whole slots of the page's clock
  const first = Math.floor((r.from + offset) / step) * step - offset;
  const found = new Map<number, Counts>();
  for (const item of items) {
    const at = Math.floor((item.start_us - first) / step);
    found.set(at, added(found.get(at) ?? null, item.counters));
  }
  const slots: Slot[] = [];
  for (let from = first, at = 0; from < r.to; from += step, at += 1)
    slots.push({ range: range(from, from + step), counts: found.get(at) ?? null });
  return slots;
}

// Slots put together to rows of `step`; those in which nothing was booked are left out.
export function rowsOf(slots: readonly Slot[], step: number): Slot[] {
  const rows: Slot[] = [];
  for (const slot of slots) {
    if (slot.counts === null) continue;
    const from = slot.range.from - ((slot.range.from + zoneOffset(slot.range.from)) % step);
    const last = rows.at(-1);
    if (last?.range.from === from)
      rows[rows.length - 1] = { range: last.range, counts: added(last.counts, slot.counts) };
    else rows.push({ range: range(from, from + step), counts: slot.counts });
  }
  return rows;
}

export function totalOf(slots: readonly Slot[]): Counts {
  return (
    slots.reduce<Counts | null>(
      (sum, { counts }) => (counts === null ? sum : added(sum, counts)),
      null,
    ) ?? {}
  );
}

// What a chart draws of a slot for each of its series, bottom first.
export function valuesOf(chart: Chart, slot: Slot): number[] {
  const seconds = chart.rate ? (slot.range.to - slot.range.from) / kSecond : 1;
  const times = (chart.times ?? 1) / seconds;
  return chart.series.map(({ counter }) => (slot.counts?.[counter] ?? 0) * times);
}

// 1, 2 or 5 times a power of ten, not below what is drawn: the top of a chart.
export function niceTop(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 2, 5]) if (value <= step * power) return step * power;
  return 10 * power;
}

// What went wrong in a stretch of time, in words: "ring full 12".
export function causesOf(counts: Counts | null): string[] {
  const rows = [...(kCharts[3]?.series ?? []), ...(kCharts[4]?.series ?? [])];
  const found = rows
    .map(({ counter, name }): [string, number] => [name, counts?.[counter] ?? 0])
    .filter(([, count]) => count > 0);
  const more: [string, number][] = [
    ["cut by the snaplen", counts?.["snaplen_cut"] ?? 0],
    ["parser gave up", counts?.["parse_errors"] ?? 0],
    ["not stored", counts?.["communications_unstored"] ?? 0],
  ];
  return [...found, ...more.filter(([, count]) => count > 0)].map(
    ([name, count]) => `${name} ${count.toLocaleString("en-US")}`,
  );
}

export const listenedOf = (counts: Counts | null): number =>
  (counts?.["listening_ms"] ?? 0) * kMillisecond;

const kAll = range(0, 4e15);

// The hour of the latest that is booked: the day in days of UTC, then its hour.
async function latestBooked(name: string, signal: AbortSignal): Promise<Micros | null> {
  const day = (await askQuality(kAll, kDay, name, signal)).items.at(-1);
  if (day === undefined) return null;
  const hours = await askQuality(range(day.start_us, day.end_us), kHour, name, signal);
  return micros(hours.items.at(-1)?.start_us ?? day.start_us);
}

export interface QualityDay {
  readonly range: TimeRange;
  readonly slots: readonly Slot[];
  readonly total: Counts;
}

// The books of the day or hour; of the latest that has any when none is named.
export function useWhispererQuality(name: string, span: Span, from: Micros | null, zone: string) {
  return useQuery({
    queryKey: ["whisperer-quality", name, span, from, zone],
    queryFn: async ({ signal }): Promise<QualityDay | null> => {
      const at = from ?? (await latestBooked(name, signal));
      if (at === null) return null;
      const r = spanAround(span, at);
      const answer = await askQuality(r, kSlot[span], name, signal);
      const slots = slotsOf(answer.items, r, kSlot[span]);
      return { range: r, slots, total: totalOf(slots) };
    },
    placeholderData: (before, query) =>
      query?.queryKey[1] === name ? keepPreviousData(before) : undefined,
    refetchInterval: (query) => {
      const shown = query.state.data;
      const now = nowMicros();
      const live = shown == null || (shown.range.from <= now && now < shown.range.to + kMinute);
      return live ? 5_000 : false;
    },
    staleTime: 5_000,
  });
}
