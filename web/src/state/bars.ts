// From the API's answers to what the timeline draws. Pure.

import type { QualityItem, TimelineAnswer } from "../api/types";
import { formatBytes, formatCount, formatDuration, formatShare } from "../base/format";
import { kMillisecond, micros, range } from "../base/time";

export interface StatusClass {
  readonly key: string;
  readonly label: string;
  readonly short: string; // where room is scarce
  readonly word: string; // what the label says more
  readonly color: string;
  readonly urgent: boolean;
  readonly filter: string; // for the filter's status field
}

const layer = (key: string, short: string, word = "", urgent = false): StatusClass => ({
  key,
  label: word === "" ? short : `${short} ${word}`,
  short,
  word,
  color: `--status-${key}`,
  urgent,
  filter: key,
});

// Bottom of the stack first: what people look for ends up on top.
export const kStatusClasses: readonly StatusClass[] = [
  layer("2xx", "2xx", "success"),
  layer("3xx", "3xx", "redirect"),
  layer("1xx", "1xx", "interim"),
  { ...layer("other", "other"), color: "--status-1xx", filter: "<100,>=600" },
  layer("none", "no response", "", true),
  layer("4xx", "4xx", "client error", true),
  layer("5xx", "5xx", "server error", true),
];

const kPlace = new Map(kStatusClasses.map((status, index) => [status.key, index]));

export interface PlainBar {
  readonly from: ReturnType<typeof micros>;
  readonly counts: readonly number[];
  readonly total: number;
}

export function barsOf(answer: TimelineAnswer): PlainBar[] {
  const places = answer.series.map((series) => kPlace.get(series.key) ?? kPlace.get("other") ?? 0);
  return answer.buckets.map((bucket) => {
    const counts = new Array<number>(kStatusClasses.length).fill(0);
    bucket.counts.forEach((count, index) => {
      const place = places[index];
      if (place !== undefined) counts[place] = (counts[place] ?? 0) + count;
    });
    return { from: micros(bucket.start_us), counts, total: bucket.total };
  });
}

// Distinct communications per class, in the order of kStatusClasses.
export function totalsOf(answer: TimelineAnswer): number[] {
  const counts = new Array<number>(kStatusClasses.length).fill(0);
  for (const series of answer.series) {
    const place = kPlace.get(series.key) ?? kPlace.get("other") ?? 0;
    counts[place] = (counts[place] ?? 0) + series.communications;
  }
  return counts;
}

export const kLossNames: Readonly<Record<string, string>> = {
  kernel_dropped: "dropped by the kernel",
  interface_dropped: "dropped by the interface",
  ring_dropped: "dropped, ring full",
  malformed: "malformed",
  link_unsupported: "unknown link type",
  fragment_dropped: "fragments given up",
  flow_refused: "no room for the session",
  snaplen_cut: "cut by the snaplen",
  unstored: "not stored",
};

export function lossName(counter: string): string {
  return kLossNames[counter] ?? counter.replaceAll("_", " ");
}

interface Sum {
  listenedMs: number;
  seen: number;
  lost: number;
  missing: number;
  delivered: number;
  complete: number;
  partial: number;
  unstored: number;
  lostBy: Map<string, number>;
  end: number;
}

function emptySum(end: number): Sum {
  const lostBy = new Map<string, number>();
  return {
    listenedMs: 0,
    seen: 0,
    lost: 0,
    missing: 0,
    delivered: 0,
    complete: 0,
    partial: 0,
    unstored: 0,
    lostBy,
    end,
  };
}

function add(sum: Sum, item: QualityItem): void {
  const { packets, bytes, communications } = item.completeness;
  sum.listenedMs += item.counters["listening_ms"] ?? 0;
  sum.seen += packets.seen;
  sum.lost += packets.lost;
  sum.missing += bytes.missing;
  sum.delivered += bytes.delivered;
  sum.complete += communications.complete;
  sum.partial += communications.partial;
  sum.unstored += communications.unstored;
  for (const [name, count] of Object.entries(packets.lost_by)) {
    sum.lostBy.set(name, (sum.lostBy.get(name) ?? 0) + count);
  }
}

// Packets that Spider lost, and bytes that it never got although they were sent: the worse of the
// two decides the colour.
function scoreOf(sum: Sum): number | null {
  if (sum.seen === 0) return null;
  const packets = 1 - sum.lost / sum.seen;
  const sent = sum.delivered + sum.missing;
  return Math.min(packets, sent === 0 ? 1 : 1 - sum.missing / sent);
}

// Listened to, and nothing passed: not the same as a time without capture.
function isSilent(sum: Sum): boolean {
  return sum.seen === 0 && sum.lost === 0 && sum.listenedMs > 0;
}

function linesOf(sum: Sum): { label: string; value: string; bad?: boolean }[] {
  if (isSilent(sum)) {
    const time = formatDuration(sum.listenedMs * kMillisecond);
    return [{ label: "listening, no packet passed", value: time }];
  }
  const lines = [
    { label: "packets seen", value: formatCount(sum.seen) },
    { label: "packets lost", value: formatCount(sum.lost), bad: sum.lost > 0 },
    ...[...sum.lostBy]
      .filter(([, count]) => count > 0)
      .map(([name, count]) => ({
        label: `· ${lossName(name)}`,
        value: formatCount(count),
        bad: true,
      })),
    { label: "never captured", value: formatBytes(sum.missing), bad: sum.missing > 0 },
    { label: "communications whole", value: formatCount(sum.complete) },
    { label: "communications partial", value: formatCount(sum.partial), bad: sum.partial > 0 },
  ];
  if (sum.unstored > 0)
    lines.push({ label: "not stored", value: formatCount(sum.unstored), bad: true });
  if (sum.seen > 0)
    lines.push({ label: "packets kept", value: formatShare(sum.seen - sum.lost, sum.seen) });
  return lines;
}

// Whisperers are summed per bucket of time.
export function qualityCells(items: readonly QualityItem[]) {
  const sums = new Map<number, Sum>();
  for (const item of items) {
    const sum = sums.get(item.start_us) ?? emptySum(item.end_us);
    add(sum, item);
    sums.set(item.start_us, sum);
  }
  return [...sums]
    .sort(([a], [b]) => a - b)
    .map(([start, sum]) => ({
      range: range(start, sum.end),
      score: scoreOf(sum),
      silent: isSilent(sum),
      lines: linesOf(sum),
    }));
}
