// Until when what a whisperer had was removed, as Spider tells it.

import { useQueries, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { KeptData } from "../api/types";
import { askKeptData } from "../api/whisperers";
import { kNothingRemoved, type Removals, type Removed } from "../base/removals";
import { micros } from "../base/time";

// Where one may be given a file once more, what is there again is not called removed.
export function removedOf(data: KeptData): Removed | null {
  const kept = data.kinds.find(({ kind }) => kind === "communications");
  if (kept === undefined || kept.removed_before_us === null) return null;
  const { removed_before_us: mark, oldest_us: oldest } = kept;
  const before = data.type === "INTERFACE" ? mark : Math.min(mark, oldest ?? mark);
  return { whisperer: data.whisperer, before: micros(before) };
}

const isEmpty = ({ kinds }: KeptData): boolean =>
  kinds.every(({ kind, oldest_us }) => kind !== "communications" || oldest_us === null);

// `undefined`: not known yet.
export function removalsOf(kept: readonly (KeptData | undefined)[]): Removals {
  const marks = kept.flatMap((data) => {
    const one = data === undefined ? null : removedOf(data);
    return one === null ? [] : [one];
  });
  if (marks.length === 0) return kNothingRemoved;
  const others = kept.some(
    (data) => data === undefined || (removedOf(data) === null && !isEmpty(data)),
  );
  const first = marks.reduce((low, { before }) => Math.min(low, before), Infinity);
  return { marks, whole: others ? null : micros(first) };
}

const kEveryMs = 30_000;
const kSoonMs = 5_000;

// `soon`: it is being told why there is nothing.
export function useRemovals(names: readonly string[], soon: boolean): Removals {
  const client = useQueryClient();
  useEffect(() => {
    if (soon) void client.invalidateQueries({ queryKey: ["kept"] }, { cancelRefetch: false });
  }, [client, soon]);
  return useQueries({
    queries: names.map((name) => ({
      queryKey: ["kept", name] as const,
      queryFn: ({ signal }: { signal: AbortSignal }) => askKeptData(name, signal),
      refetchInterval: soon ? kSoonMs : kEveryMs,
      staleTime: kSoonMs,
      retry: false,
    })),
    combine: combined,
  });
}

const combined = (answers: readonly { data: KeptData | undefined }[]): Removals =>
  removalsOf(answers.map(({ data }) => data));
