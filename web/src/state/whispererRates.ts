// What passes a whisperer at present: the difference of two of its answers. Pure; the hook keeps
// the earlier one.

import { useRef } from "react";
import type { Counts, Whisperer } from "../api/types";

export interface Rates {
  readonly packets: number; // per second, as the others
  readonly bits: number;
  readonly communications: number;
  readonly lost: number;
}

export interface Sample {
  readonly at: number; // milliseconds
  readonly books: Counts;
}

const kLeastMs = 900;
const kLost = ["kernel_dropped", "interface_dropped", "ring_dropped", "malformed"];

// Null when too little time lies between the two, or the books began anew.
export function ratesBetween(before: Sample, after: Sample): Rates | null {
  const seconds = (after.at - before.at) / 1_000;
  if (seconds * 1_000 < kLeastMs) return null;
  const per = (names: readonly string[]): number =>
    names.reduce((sum, n) => sum + (after.books[n] ?? 0) - (before.books[n] ?? 0), 0) / seconds;
  const packets = per(["packets_received"]);
  if (packets < 0) return null;
  return {
    packets,
    bits: per(["bytes_received"]) * 8,
    communications: per(["communications_complete", "communications_partial"]),
    lost: Math.max(0, per(kLost)),
  };
}

// `at`: when the whisperer's answer came.
export function useRates(whisperer: Whisperer, at: number): Rates | null {
  const kept = useRef<{ name: string; sample: Sample; rates: Rates | null } | null>(null);
  const sample = { at, books: whisperer.books };
  const before = kept.current;
  if (before === null || before.name !== whisperer.name || before.sample.at > at) {
    kept.current = { name: whisperer.name, sample, rates: null };
  } else if (at - before.sample.at >= kLeastMs) {
    const rates = ratesBetween(before.sample, sample);
    kept.current = { name: whisperer.name, sample, rates };
  }
  return kept.current?.rates ?? null;
}
