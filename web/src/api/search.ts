// The questions about questions: how a text of the filter language could go on, which values what
// it asks for has.

import type { TimeRange } from "../base/time";
import { getJson } from "./client";
import { getLines } from "./lines";
import type { FilterQuery } from "./questions";
import { inTurn, kForOverview } from "./turns";
import type { Communication, Completions, Facets, HostList, SearchProgress } from "./types";

export function askCompletions(
  q: string,
  at: number,
  r: TimeRange,
  signal: AbortSignal | undefined,
): Promise<Completions> {
  return getJson("complete", { q, at, from: r.from, to: r.to }, signal);
}

export function askFacets(
  r: TimeRange,
  filter: FilterQuery,
  fields: string,
  signal: AbortSignal | undefined,
  budget_ms?: number, // of all of the range when it is not given
): Promise<Facets> {
  const query = { from: r.from, to: r.to, ...filter, fields, budget_ms, time: "us" };
  return inTurn(filter, signal, () => getJson("facets", query, signal), kForOverview);
}

// Addresses that have a name of which that is a part.
export function askHosts(match: string, signal: AbortSignal | undefined): Promise<HostList> {
  return getJson("hosts", { match, limit: 100 }, signal);
}

export interface SearchLine {
  readonly hit?: Communication | undefined;
  readonly progress?: SearchProgress | undefined;
}

// Ends when it is through; the last line says so.
export function askSearch(
  r: TimeRange,
  filter: FilterQuery,
  limit: number,
  signal: AbortSignal,
  onLines: (lines: readonly SearchLine[]) => void,
): Promise<void> {
  const query = { from: r.from, to: r.to, limit, time: "us", ...filter };
  return getLines<SearchLine>("search", query, signal, onLines);
}
