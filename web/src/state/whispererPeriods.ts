// From the states of whisperers over time to the strips under the timeline: what each did, since
// when, until when and why.

import { useQueries, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { askStates } from "../api/questions";
import type { StateList, StatePeriod, Whisperer } from "../api/types";
import {
  formatDateTime,
  kTimeMost,
  micros,
  type Micros,
  range,
  spanOf,
  type TimeRange,
} from "../base/time";

// As the timeline draws them.
interface StateCell {
  readonly range: TimeRange;
  readonly state: StatePeriod["state"];
  readonly label: string;
  readonly lines: readonly { label: string; value: string; bad?: boolean }[];
}
export interface StateRow {
  readonly name: string;
  readonly cells: readonly StateCell[];
}

// More strips than this would take the bars' room; a filter by whisperer shows any one.
export const kStripsMax = 4;

const kLabels: Record<StatePeriod["state"], string> = {
  capturing: "capturing",
  starting: "starting",
  not_started: "not started",
  stopped: "stopped",
  wrong_configuration: "cannot capture",
};

// UPLOAD whisperers only wait: they have no state that lasts.
export function stripsOf(whisperers: readonly Whisperer[], only: string): readonly Whisperer[] {
  return whisperers
    .filter(({ name, type }) => type !== "UPLOAD" && (only === "" || name === only))
    .slice(0, kStripsMax);
}

function untilOf(period: StatePeriod, answered: Micros | null): string {
  if (period.until_us === null && answered !== null)
    return `${formatDateTime(answered, "second")}, when Spider last answered`;
  if (period.until_us === null) return "now, it lasts";
  const until = formatDateTime(micros(period.until_us), "second");
  return period.end === "unseen" ? `${until}, the last sign of life; its end was not seen` : until;
}

// `answered`: when Spider answered for the last time; null while it does. What lasted then is not
// said to last.
export function cellOf(
  name: string,
  period: StatePeriod,
  answered: Micros | null = null,
): StateCell {
  const end = period.until_us ?? Math.max(period.from_us, answered ?? Number.MAX_SAFE_INTEGER);
  return {
    range: range(period.from_us, end),
    state: period.state,
    label: `${name}: ${kLabels[period.state]}`,
    lines: [
      { label: "since", value: formatDateTime(micros(period.from_us), "second") },
      { label: "until", value: untilOf(period, answered), bad: period.end === "unseen" },
      ...(period.reason === null
        ? []
        : [
            { label: "because", value: period.reason, bad: period.state === "wrong_configuration" },
          ]),
    ],
  };
}

export function rowOf({ whisperer, items }: StateList, answered: Micros | null = null): StateRow {
  return { name: whisperer, cells: items.map((period) => cellOf(whisperer, period, answered)) };
}

// The same in words, for whoever does not see the strips.
export function periodsInWords(row: StateRow, view: TimeRange): string[] {
  return row.cells
    .filter((cell) => cell.range.from < view.to && cell.range.to > view.from)
    .map(({ label, lines }) =>
      [label, ...lines.map((line) => `${line.label} ${line.value}`)].join(", "),
    );
}

const kAsked = "whisperer-states";

// A whisperer's state of now is known from its own answer: when that changes, its periods are asked
// again, and what was shown stays until they come.
function useAskedAgain(whisperers: readonly Whisperer[]): void {
  const client = useQueryClient();
  const now = whisperers.map(({ name, state, since_us }) => `${name} ${state} ${since_us}`).join();
  const before = useRef(now);
  useEffect(() => {
    if (before.current === now) return;
    const first = before.current === "";
    before.current = now;
    if (!first) void client.invalidateQueries({ queryKey: [kAsked] });
  }, [client, now]);
}

// Asked only while they are shown.
export function useStateRows(
  view: TimeRange,
  whisperers: readonly Whisperer[],
  on: boolean,
  answered: Micros | null,
): readonly StateRow[] {
  const step = Math.max(1, spanOf(view)) * 4;
  const from = Math.max(0, Math.floor(view.from / step) * step);
  const to = Math.min(Math.ceil(view.to / step) * step, kTimeMost);
  useAskedAgain(whisperers);
  const answers = useQueries({
    queries: whisperers.map(({ name }) => ({
      queryKey: [kAsked, name, from, to],
      queryFn: ({ signal }: { signal: AbortSignal }) => askStates(name, range(from, to), signal),
      staleTime: Infinity,
      retry: false,
      enabled: on,
    })),
    combine: (results) => results.map(({ data }) => data),
  });
  return useMemo(() => {
    if (!on) return [];
    return answers
      .filter((data): data is StateList => data !== undefined)
      .map((data) => rowOf(data, answered));
  }, [on, answers, answered]);
}
