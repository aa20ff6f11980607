// The uploads of a whisperer, and the files that this page sends: one after the other, so that what
// was chosen first is there first.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError, type Problem, problemOf } from "../api/problem";
import type { ImportAnswer, Upload } from "../api/types";
import { askUploads, sendFile } from "../api/uploads";
import { micros, range, type TimeRange } from "../base/time";

export function useUploads(whisperer: string) {
  return useQuery({
    queryKey: ["uploads", whisperer],
    queryFn: ({ signal }) => askUploads(whisperer, signal),
    refetchInterval: 1_000,
    retry: false,
  });
}

// The time that an upload is of; null when no packet of it belongs to TCP.
export function timeOf(upload: Pick<Upload, "first_us" | "last_us">): TimeRange | null {
  const { first_us: first, last_us: last } = upload;
  if (first == null || last == null) return null;
  // A file of one instant has a width, too.
  return range(micros(first), micros(Math.max(last + 1, first + 1_000)));
}

export interface Sending {
  readonly key: number;
  readonly file: File;
  readonly state: "waiting" | "sending" | "stopped" | "failed";
  readonly bytes: number;
  readonly problem: Problem | null;
}

export interface Sender {
  readonly files: readonly Sending[]; // not in the list of uploads, or not yet done
  readonly add: (files: readonly File[]) => void;
  readonly stop: (key: number) => void; // also takes away what has ended
  readonly again: (key: number) => void;
}

// `onDone`: the last file of those that were chosen is stored.
export function useSender(whisperer: string, onDone: (answer: ImportAnswer) => void): Sender {
  const [files, setFiles] = useState<readonly Sending[]>([]);
  const queries = useQueryClient();
  const next = useRef(1);
  const current = useRef<{ key: number; abort: AbortController } | null>(null);
  const told = useRef(onDone);
  told.current = onDone;
  const change = useCallback((key: number, part: Partial<Sending>) => {
    setFiles((all) => all.map((one) => (one.key === key ? { ...one, ...part } : one)));
  }, []);
  const waiting = files.find(({ state }) => state === "waiting");
  const sending = files.some(({ state }) => state === "sending");
  const more = files.filter(({ state }) => state === "waiting").length > 1;
  useEffect(() => {
    if (waiting === undefined || sending || current.current !== null) return;
    const { key, file } = waiting;
    const abort = new AbortController();
    current.current = { key, abort };
    change(key, { state: "sending", bytes: 0 });
    const perform = async (): Promise<void> => {
      try {
        const progress = (bytes: number): void => change(key, { bytes });
        const answer = await sendFile(whisperer, file, progress, abort.signal);
        setFiles((all) => all.filter((one) => one.key !== key));
        if (!more) told.current(answer);
      } catch (error) {
        const stopped = !(error instanceof ApiError);
        change(key, {
          state: stopped ? "stopped" : "failed",
          problem: stopped ? null : problemOf(error),
        });
      } finally {
        current.current = null;
        void queries.invalidateQueries({ queryKey: ["uploads", whisperer] });
        setFiles((all) => [...all]); // the next one
      }
    };
    void perform();
  }, [waiting, sending, files]);
  // Who leaves the page while a file is sent is asked first.
  useEffect(() => {
    if (!sending) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [sending]);
  useEffect(() => () => current.current?.abort.abort(), []);
  return {
    files,
    add: (chosen) =>
      setFiles((all) => [
        ...all,
        ...chosen.map((file): Sending => {
          const key = next.current;
          next.current += 1;
          return { key, file, state: "waiting", bytes: 0, problem: null };
        }),
      ]),
    stop: (key) => {
      if (current.current?.key === key) current.current.abort.abort();
      else setFiles((all) => all.filter((one) => one.key !== key));
    },
    again: (key) => change(key, { state: "waiting", bytes: 0, problem: null }),
  };
}
