// From the states of whisperers over time to the strips under the timeline: what each did, since
// when, until when and why.

import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
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

// Asked only while they are shown. A whisperer's state of now is known from its own answer: when
// that changes, so does the question.
export function useStateRows(
  view: TimeRange,
  whisperers: readonly Whisperer[],
  on: boolean,
  answered: Micros | null,
): readonly StateRow[] {
  const step = Math.max(1, spanOf(view)) * 4;
  const from = Math.max(0, Math.floor(view.from / step) * step);
  const to = Math.min(Math.ceil(view.to / step) * step, kTimeMost);
  const answers = useQueries({
    queries: whisperers.map(({ name, state, since_us: since }) => ({
      queryKey: ["whisperer-states", name, from, to, state, since],
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
