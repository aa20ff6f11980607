// The statistics by period: what is chosen, and a table of it that can be read, copied and saved.

import { useMemo, useState } from "react";
import { type Statistics, wireText } from "../../api/types";
import { formatCount, formatDuration, plural } from "../../base/format";
import { save } from "../../base/picture";
import {
  clockZone,
  formatClock,
  formatDate,
  kDay,
  kHour,
  kMinute,
  kSecond,
  micros,
  spanOf,
  type TimeRange,
  toIso,
  utcOffsets,
} from "../../base/time";
import { isAddressField } from "../../state/hostName";
import { kPeriods, type Period, type Place } from "../../state/place";
import { Icon } from "../../widgets/Icon";
import { fieldName, hostsOf, kColumns, type Periods, type Totals } from "./statisticsColumns";

const kAuto = 40; // periods when nobody says how long they are
const kCells = 5_000; // groups times periods that the server tells
const kLongest = 364 * kDay; // of a period whose length the server chooses
const kMost = 600; // periods of a table that can still be read
const kShownGroups = 6;

const kLengths: Readonly<Record<string, number>> = {
  "1m": kMinute,
  "5m": 5 * kMinute,
  "15m": 15 * kMinute,
  "1h": kHour,
  "6h": 6 * kHour,
  "1d": kDay,
};
const kNames: Readonly<Record<Period, string>> = {
  none: "no periods",
  auto: "some forty periods",
  "1m": "minute",
  "5m": "5 minutes",
  "15m": "15 minutes",
  "1h": "hour",
  "6h": "6 hours",
  "1d": "day",
};
// Shorter ones begin at the same instants on nearly all clocks.
const kByClock: ReadonlySet<Period> = new Set(["6h", "1d"]);

const countOf = (period: Period, span: number): number =>
  Math.ceil(span / (kLengths[period] ?? span / kAuto)) + 1;

// A length that would make too many of them is not asked for: the choice says so. Where times are
// far apart the longest period makes more than forty, and there is room for fewer groups.
export function askedPeriods(period: Period, range: TimeRange, limit: number) {
  const span = Math.max(1, spanOf(range));
  const count = countOf(period, span);
  if (period === "none" || (period === "auto" && limit * kAuto > kCells))
    return { limit, bucket: null, buckets: null, offset: null };
  const chosen = period === "auto" || count > kMost;
  const most = chosen ? Math.max(kAuto, Math.ceil(span / kLongest) + 1) : count;
  return {
    limit: Math.max(1, Math.min(limit, Math.floor(kCells / most))),
    bucket: chosen ? "auto" : period,
    buckets: chosen ? kAuto : null,
    offset: !chosen && kByClock.has(period) ? utcOffsets(range) : null,
  };
}

interface ChoiceProps {
  readonly period: Period;
  readonly span: number;
  readonly onPlace: (part: Partial<Place>) => void;
}

export function PeriodChoice({ period, span, onPlace }: ChoiceProps) {
  return (
    <label className="stat-field">
      <span>by</span>
      <select
        aria-label="Periods"
        value={period}
        onChange={(event) => onPlace({ period: event.target.value as Period })}
      >
        {kPeriods.map((key) => {
          const many = countOf(key, span) > kMost && key !== "none" && key !== "auto";
          return (
            <option key={key} value={key} disabled={many}>
              {kNames[key]}
              {kByClock.has(key) && clockZone() === "utc" ? " (UTC)" : ""}
              {many ? ": too many" : ""}
            </option>
          );
        })}
      </select>
    </label>
  );
}

// What a column is called, and what a hover tells: of addresses their names, and both.
function groupNames(data: Statistics): { shown: string; about: string }[] {
  const hosts = data.group_by.map((field) => hostsOf(data.groups, field));
  return data.groups.map(({ key }, index) => {
    const parts = data.group_by.map((field, at) => {
      const text = key[field] === null ? "none" : wireText(String(key[field] ?? ""));
      return hosts[at]?.[index] ?? { shown: text, about: text };
    });
    const all = (one: "shown" | "about"): string => parts.map((part) => part[one]).join(" · ");
    return { shown: all("shown"), about: all("about") };
  });
}

// A cell that begins with a sign of a formula is text in a table program, too.
const csvCell = (value: unknown): string => {
  const text = value === null || value === undefined ? "" : String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

// One line per group and period that has communications, all its figures as numbers.
export function periodsCsv(data: Statistics): string {
  const heads = [
    "communications",
    "errors",
    "unanswered",
    "request_bytes",
    "response_bytes",
  ] as const;
  const times = ["p50_us", "p90_us", "p99_us", "max_us"] as const;
  // Beside an address its name, and where that is from.
  const keyHeads = data.group_by.flatMap((field) =>
    isAddressField(field)
      ? [field, field.replace("ip", "name"), field.replace("ip", "name_source")]
      : [field],
  );
  const keysOf = ({ key, names }: Statistics["groups"][number]) =>
    data.group_by.flatMap((field) =>
      isAddressField(field)
        ? [key[field], names?.[field]?.name, names?.[field]?.name_source]
        : [key[field]],
    );
  const lines = [["start", "period_us", ...keyHeads, ...heads, ...times].join(",")];
  for (const group of data.groups)
    for (const period of group.periods ?? [])
      lines.push(
        [
          toIso(micros(period.start_us)),
          period.length_us,
          ...keysOf(group),
          ...heads.map((name) => period[name]),
          ...times.map((name) => period.duration?.[name] ?? null),
        ]
          .map(csvCell)
          .join(","),
      );
  return `${lines.join("\r\n")}\r\n`;
}

const byStart = (periods: Periods | undefined): Map<number, Totals> =>
  new Map((periods ?? []).map((period) => [period.start_us, period]));

export function PeriodTable({ data, open }: { data: Statistics; open: boolean }) {
  const [figure, setFigure] = useState("communications");
  const column = kColumns.find(({ key }) => key === figure) ?? kColumns[0];
  const names = useMemo(() => groupNames(data).slice(0, kShownGroups), [data]);
  const cells = useMemo(
    () => ({
      total: byStart(data.total.periods),
      groups: data.groups.slice(0, kShownGroups).map((group) => byStart(group.periods)),
    }),
    [data],
  );
  const starts = [...cells.total.keys()].sort((a, b) => a - b);
  const length = data.bucket_us ?? 0;
  const precision = length % kMinute === 0 ? "minute" : length % kSecond === 0 ? "second" : "milli";
  const lengths = new Map((data.total.periods ?? []).map((one) => [one.start_us, one.length_us]));
  const lengthOf = (start: number): number => lengths.get(start) ?? length;
  const text = (row: Totals | undefined): string =>
    row === undefined ? "—" : (column?.text(row) ?? "");
  return (
    <details key={String(open)} className="stat-periods" open={open} data-testid="periods">
      <summary>
        By period{" "}
        <span className="faint">{plural(starts.length, "period")} with communications</span>
      </summary>
      <div className="stat-periods-tools">
        <label className="stat-field">
          <span>Show</span>
          <select
            aria-label="Figure of the periods"
            value={figure}
            onChange={(event) => setFigure(event.target.value)}
          >
            {kColumns.map(({ key, label, help }) => (
              <option key={key} value={key}>
                {label}: {help.toLowerCase()}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          className="button is-bare is-small"
          title={`All figures of ${plural(data.groups.length, "group")}, a line per period`}
          data-testid="periods-csv"
          onClick={() => save(new Blob([periodsCsv(data)], { type: "text/csv" }), "statistics.csv")}
        >
          <Icon name="download" />
          CSV
        </button>
        {data.groups.length > kShownGroups && (
          <span className="faint">
            The first {kShownGroups} of {formatCount(data.groups.length)} groups; the CSV has all
          </span>
        )}
      </div>
      <table className="stat-table is-periods" aria-label={`${column?.label ?? ""} by period`}>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col" className="is-number">
              All
            </th>
            {names.map(({ shown, about }, index) => (
              <th key={index} scope="col" className="is-number is-key" title={about}>
                {shown}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {starts.map((start, index) => {
            const day = formatDate(micros(start));
            const before = starts[index - 1];
            const fresh = before === undefined || formatDate(micros(before)) !== day;
            return (
              <tr key={start}>
                <th scope="row">
                  <span className={fresh ? "" : "faint"}>{day}</span>{" "}
                  {formatClock(micros(start), precision)}
                  {lengthOf(start) !== length && (
                    <span className="faint"> {formatDuration(lengthOf(start))}</span>
                  )}
                </th>
                <td className="is-number">{text(cells.total.get(start))}</td>
                {cells.groups.map((group, at) => (
                  <td key={at} className="is-number">
                    {text(group.get(start))}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      <p className="faint">
        {fieldName(data.group_by[0] ?? "")} across, periods down; a communication belongs to the
        period in which it began. Periods without one are left out.
        {length >= 6 * kHour &&
          ` They go by the clock of the page, ${
            clockZone() === "utc" ? "UTC" : "the local one: a day begins at its midnight"
          }.`}
      </p>
    </details>
  );
}
