// Why something is not there: an option was off, and since when, as far as it is known. Pure.

import type { NotSaved } from "../api/types";
import { formatClock, formatDate, formatDateTime, kMinute, micros } from "../base/time";

const kShort = 2 * kMinute; // below, minutes alone would make both ends look one

const kWords: Record<NotSaved["what"], string> = {
  packets: "Packets",
  sessions: "TCP sessions",
  parsing: "Parse logs",
  bodies: "Bodies",
};

export function notSaved(list: readonly NotSaved[], what: NotSaved["what"]): NotSaved | undefined {
  return list.find((one) => one.what === what);
}

function sinceWords({ known, since_us: since, until_us: until }: NotSaved): string {
  if (known === "unknown" || since === null) return "Since when is not known.";
  const precision = until != null && until - since < kShort ? "second" : "minute";
  const when = formatDateTime(micros(since), precision);
  if (until != null) {
    const day = formatDate(micros(since)) === formatDate(micros(until));
    const to = (day ? formatClock : formatDateTime)(micros(until), precision);
    return known === "exact"
      ? `It was off from ${when} to ${to}.`
      : `It was off by ${when} at the latest, and until ${to}; what was before is not known.`;
  }
  return known === "exact"
    ? `Off since ${when}.`
    : `Off since ${when} at the latest; what was before is not known.`;
}

// "Bodies were not saved for whisperer “lan”: save_bodies. Off since 21 Nov 14:02."
export function notSavedWords(one: NotSaved): string {
  const { what, option, whisperer } = one;
  const since = sinceWords(one);
  return `${kWords[what]} were not saved for whisperer “${whisperer}”: ${option}. ${since}`;
}
