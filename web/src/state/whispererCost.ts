// What Spider costs for one whisperer over a day or an hour, as charts and table show it: slots of
// the system's clock. Pure; the hook is below.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { askObservations } from "../api/questions";
import type { Counts, ObservationList } from "../api/types";
import { formatBytes, formatShort } from "../base/format";
import { kSecond, type Micros, nowMicros, range, type TimeRange, zoneOffset } from "../base/time";
import { type Span, spanAround } from "./whispererPlace";
import { type Chart, kSlot, type Series, type Slot } from "./whispererQuality";

export const percent = (value: number): string =>
  `${value > 0 && value < 10 ? value.toFixed(value < 1 ? 2 : 1) : Math.round(value)} %`;

const color = (n: number): string => `var(--layer-${(n % 7) + 1})`;
const seriesOf = (prefix: string, names: readonly string[]): Series[] =>
  names.map((name, n) => ({ counter: prefix + name, name, color: color(n) }));

// Shares of one processor's time, in percent.
function addThreads(
  counts: Record<string, number>,
  prefix: string,
  threads: readonly { name: string; cpu_us: number }[],
  span: number,
): void {
  for (const { name, cpu_us: us } of threads) {
    const key = prefix + name;
    counts[key] = (counts[key] ?? 0) + (us / span) * 100;
  }
}

function most(counts: Record<string, number>, key: string, value: number): void {
  counts[key] = Math.max(counts[key] ?? 0, value);
}

// A slot for each bucket of the range; null where nothing was observed.
export function costSlots(answer: ObservationList, r: TimeRange, step: number): Slot[] {
  const offset = zoneOffset(r.from);
  const first = Math.floor((r.from + offset) / step) * step - offset;
  const found = new Map<number, Record<string, number>>();
  const of = (start: number): Record<string, number> => {
    const at = Math.floor((start - first) / step);
    const counts = found.get(at) ?? {};
    found.set(at, counts);
    return counts;
  };
  for (const item of answer.items) {
    const counts = of(item.start_us);
    addThreads(counts, "own:", item.threads, step);
    most(counts, "flows", item.flows.max);
    most(counts, "flow_bytes", item.flow_bytes.max);
    most(counts, "parse_bytes", item.parse_bytes.max);
    const full = item.ring_capacity === 0 ? 0 : (item.ring_bytes.max / item.ring_capacity) * 100;
    most(counts, "ring", full);
    for (const { name, records, notes } of item.codes)
      counts[`code:${name}`] = (counts[`code:${name}`] ?? 0) + Math.max(records, notes);
  }
  for (const item of answer.shared) {
    const counts = of(item.start_us);
    addThreads(counts, "shared:", item.threads, step);
    most(counts, "resident", item.resident_bytes.max);
    most(counts, "store", item.store_bytes.max);
  }
  const slots: Slot[] = [];
  for (let from = first, at = 0; from < r.to; from += step, at += 1)
    slots.push({ range: range(from, from + step), counts: found.get(at) ?? null });
  return slots;
}

// The highest of each; of codes their sum.
export function costTotals(slots: readonly Slot[]): Counts {
  const out: Record<string, number> = {};
  for (const { counts } of slots)
    for (const [key, value] of Object.entries(counts ?? {})) {
      if (key.startsWith("code:")) out[key] = (out[key] ?? 0) + value;
      else most(out, key, value);
    }
  return out;
}

const keysOf = (totals: Counts, prefix: string): string[] =>
  Object.entries(totals)
    .filter(([key, value]) => key.startsWith(prefix) && value > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([key]) => key.slice(prefix.length));

const kPlain = { unit: "", rate: false } as const;

export function costCharts(totals: Counts): Chart[] {
  return [
    {
      ...kPlain,
      key: "own-cpu",
      title: "Processor time of its own threads",
      say: percent,
      series: seriesOf("own:", keysOf(totals, "own:")),
      none: "None of its threads ran.",
    },
    {
      ...kPlain,
      key: "shared-cpu",
      title: "Processor time of threads that all share",
      say: percent,
      series: seriesOf("shared:", keysOf(totals, "shared:")),
      none: "Nothing was observed.",
    },
    {
      ...kPlain,
      key: "tables",
      title: "Memory of its tables, at most",
      say: formatBytes,
      series: [
        { counter: "flow_bytes", name: "flows and early bytes", color: color(0) },
        { counter: "parse_bytes", name: "parsers", color: color(1) },
      ],
      none: "Its tables were empty.",
    },
    {
      ...kPlain,
      key: "ring",
      title: "Fill of its rings, at most",
      say: percent,
      series: [{ counter: "ring", name: "filled", color: color(0) }],
      none: "Nothing waited whenever it was looked at.",
    },
    {
      ...kPlain,
      key: "codes",
      title: "Codes of parsers",
      say: formatShort,
      series: seriesOf("code:", keysOf(totals, "code:")),
      none: "No code was given out.",
    },
    {
      ...kPlain,
      key: "resident",
      title: "Memory of the whole process, at most",
      say: formatBytes,
      series: [{ counter: "resident", name: "resident", color: color(0) }],
      none: "Nothing was observed.",
    },
  ];
}

export const sumOf = (counts: Counts | null, prefix: string): number =>
  Object.entries(counts ?? {})
    .filter(([key]) => key.startsWith(prefix))
    .reduce((sum, [, value]) => sum + value, 0);

export interface CostDay {
  readonly range: TimeRange;
  readonly slots: readonly Slot[];
  readonly total: Counts;
}

export function useWhispererCost(name: string, span: Span, at: Micros, zone: string) {
  const r = spanAround(span, at);
  return useQuery({
    queryKey: ["whisperer-cost", name, r.from, r.to, zone],
    queryFn: async ({ signal }): Promise<CostDay> => {
      const step = kSlot[span];
      const slots = costSlots(await askObservations(name, r, step, signal), r, step);
      return { range: r, slots, total: costTotals(slots) };
    },
    placeholderData: (before, query) =>
      query?.queryKey[1] === name ? keepPreviousData(before) : undefined,
    refetchInterval: () => (nowMicros() < r.to + 60 * kSecond ? 10_000 : false),
  });
}
