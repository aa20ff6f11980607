// What the server says of a text of the filter language while it is written.

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { FilterQuery } from "../api/questions";
import { askCompletions, askFacets, askHosts } from "../api/search";
import { askParse } from "../api/understood";
import type { Completions, QueryParse } from "../api/types";
import { namesAmongWords, type NameTerm } from "../base/names";
import type { TimeRange } from "../base/time";
import { type Scope, scopeKey, scopeNow } from "./data";

// `value` when it has rested for a while.
export function useRested<T>(value: T, ms: number): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return rested;
}

const kRestMs = 60;
const kSoonMs = 250; // of the server's time, for a first answer
const kFacetsEveryMs = 5_000; // while live

// The last answer; `parse.q` says of which text it is.
export function useParse(text: string): { parse: QueryParse | null; error: unknown } {
  const rested = useRested(text, kRestMs);
  const query = useQuery({
    queryKey: ["parse", rested],
    queryFn: () => askParse(rested),
    placeholderData: keepPreviousData,
    enabled: rested.trim() !== "",
    staleTime: Infinity,
    gcTime: 60_000,
  });
  return {
    parse: rested.trim() === "" ? null : (query.data ?? null),
    error: query.isPlaceholderData ? null : query.error,
  };
}

// What answering a question takes; null while the server has not said. One that cannot be checked
// is asked like any other: the answer says what is wrong.
export type Reading = "columns" | "headers" | "bodies";

export function useReading(q: string): Reading | null {
  const text = q.trim();
  const { data, error } = useQuery({
    queryKey: ["parse", text],
    queryFn: () => askParse(text),
    enabled: text !== "",
    staleTime: Infinity,
    gcTime: 60_000,
  });
  if (text === "" || error !== null) return "columns";
  if (data === undefined) return null;
  if (data.reads_bodies) return "bodies";
  return data.reads_headers ? "headers" : "columns";
}

// What could stand at the caret, of the text and the place that were asked for; null while that is
// not known.
export function useCompletions(
  text: string,
  at: number,
  r: TimeRange,
  on: boolean,
): Completions | null {
  const asked = useRested(`${at} ${text}`, kRestMs);
  const now = `${at} ${text}`;
  const query = useQuery({
    queryKey: ["complete", now, r.from, r.to],
    queryFn: ({ signal }) => askCompletions(text, at, r, signal),
    enabled: on && asked === now,
    staleTime: 30_000,
    gcTime: 60_000,
  });
  return on ? (query.data ?? null) : null;
}

// The commonest values of the fields, of what is asked for in the range. Those of another question
// stay until the answer comes; where counting all of it takes long, the newest part comes first,
// and says that it is one.
export function useFacets(scope: Scope, filter: FilterQuery, fields: string, on: boolean) {
  const client = useQueryClient();
  const queryKey = ["facets", ...scopeKey(scope), filter, fields];
  return useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const r = scopeNow(scope);
      const soon = await askFacets(r, filter, fields, signal, kSoonMs);
      // Of headers and bodies the server reads no more than this.
      if (soon.partial?.budget_ms !== kSoonMs) return soon;
      if (client.getQueryData(queryKey) === undefined) client.setQueryData(queryKey, soon);
      return askFacets(r, filter, fields, signal);
    },
    placeholderData: keepPreviousData,
    enabled: on,
    staleTime: Infinity,
    refetchInterval: scope.follow !== null ? kFacetsEveryMs : false,
  });
}

// Free words of the question that are the whole name of an address.
export function useNamedWords(q: string): readonly NameTerm[] {
  const { data } = useQuery({
    queryKey: ["named", q],
    queryFn: async ({ signal }) => {
      const { tokens } = await askParse(q);
      const words = namesAmongWords(q, tokens);
      const known = await Promise.all(words.map(({ name }) => isName(name, signal)));
      return words.filter((_, index) => known[index]);
    },
    staleTime: 10_000,
    gcTime: 60_000,
  });
  return data ?? [];
}

async function isName(word: string, signal: AbortSignal): Promise<boolean> {
  const { items } = await askHosts(word, signal);
  const asked = word.toLowerCase();
  return items.some(({ names }) => names.some(({ name }) => name.toLowerCase() === asked));
}
