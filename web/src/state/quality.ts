// From the books of capture and rebuild to the quality line: how bad, what was lost where. Pure.

import type { QualityItem } from "../api/types";
import { formatBytes, formatCount, formatDuration, formatShare, plural } from "../base/format";
import { kMillisecond, range, spanOf, type TimeRange } from "../base/time";

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
  lostAt: Map<string, { packets: number; bytes: number }>; // by whisperer, those that lost
  captured: TimeRange[]; // in which something listened, as it comes
  end: number;
}

function emptySum(end: number): Sum {
  return {
    listenedMs: 0,
    seen: 0,
    lost: 0,
    missing: 0,
    delivered: 0,
    complete: 0,
    partial: 0,
    unstored: 0,
    lostBy: new Map(),
    lostAt: new Map(),
    captured: [],
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
  for (const { from_us: from, to_us: to } of item.captured)
    if (from !== undefined && to !== undefined) sum.captured.push(range(from, to));
  if (packets.lost > 0 || bytes.missing > 0) {
    sum.lostAt.set(item.whisperer, { packets: packets.lost, bytes: bytes.missing });
  }
}

interface Measure {
  readonly label: string;
  readonly kept: number;
  readonly all: number;
}

// Packets that Spider lost, and bytes that it never got although they were sent: the worse of the
// two decides the colour.
function measureOf(sum: Sum): Measure | null {
  if (sum.seen === 0) return null;
  const packets = { label: "packets kept", kept: sum.seen - sum.lost, all: sum.seen };
  const sent = sum.delivered + sum.missing;
  const bytes = { label: "bytes captured", kept: sum.delivered, all: sent };
  return sent > 0 && bytes.kept / bytes.all < packets.kept / packets.all ? bytes : packets;
}

const scoreOf = (measure: Measure | null): number | null =>
  measure === null ? null : measure.kept / measure.all;

// Listened to, and nothing passed: not the same as a time without capture.
function isSilent(sum: Sum): boolean {
  return sum.seen === 0 && sum.lost === 0 && sum.listenedMs > 0;
}

// Which whisperer lost what.
function placesOf(sum: Sum): { label: string; value: string; bad: boolean }[] {
  return [...sum.lostAt].map(([whisperer, { packets, bytes }]) => {
    const parts = [
      packets > 0 ? plural(packets, "packet") : "",
      bytes > 0 ? formatBytes(bytes) : "",
    ];
    return {
      label: `at ${whisperer}`,
      value: parts.filter((part) => part !== "").join(", "),
      bad: true,
    };
  });
}

function linesOf(sum: Sum): { label: string; value: string; bad?: boolean }[] {
  if (isSilent(sum)) {
    const time = formatDuration(sum.listenedMs * kMillisecond);
    return [{ label: "listening, no packet passed", value: time }];
  }
  const measure = measureOf(sum);
  const lines = [
    // First what the colour is made of.
    ...(measure === null
      ? []
      : [
          {
            label: measure.label,
            value: formatShare(measure.kept, measure.all),
            bad: measure.kept < measure.all,
          },
        ]),
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
    ...placesOf(sum),
    { label: "communications whole", value: formatCount(sum.complete) },
    { label: "communications partial", value: formatCount(sum.partial), bad: sum.partial > 0 },
  ];
  if (sum.unstored > 0)
    lines.push({ label: "not stored", value: formatCount(sum.unstored), bad: true });
  return lines;
}

// In order, apart from each other.
export function joined(parts: readonly TimeRange[]): TimeRange[] {
  const out: TimeRange[] = [];
  for (const part of [...parts].sort((a, b) => a.from - b.from)) {
    const last = out[out.length - 1];
    if (last !== undefined && part.from <= last.to)
      out[out.length - 1] = range(last.from, Math.max(last.to, part.to));
    else out.push(part);
  }
  return out.filter((part) => spanOf(part) > 0);
}

// Whisperers are summed per bucket of time; a cell is a part of one in which something listened.
export function qualityCells(items: readonly QualityItem[]) {
  const sums = new Map<number, Sum>();
  for (const item of items) {
    const sum = sums.get(item.start_us) ?? emptySum(item.end_us);
    add(sum, item);
    sums.set(item.start_us, sum);
  }
  return [...sums]
    .sort(([a], [b]) => a - b)
    .flatMap(([start, sum]) => {
      const told = {
        counted: range(start, sum.end),
        score: scoreOf(measureOf(sum)),
        silent: isSilent(sum),
        lines: linesOf(sum),
      };
      return joined(sum.captured).map((part) => ({ range: part, ...told }));
    });
}
