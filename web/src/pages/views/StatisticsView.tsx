// StatisticsView: count, rate, errors, durations and bytes, grouped by one or two fields, computed
// by the server over the range and its periods. Each value is a filter one click away.

import { useState } from "react";
import { wireText } from "../../api/types";
import { classes, formatBytes, formatCount, formatShare, plural } from "../../base/format";
import { formatClock, micros, precisionFor, spanOf } from "../../base/time";
import { useAsking } from "../../state/ask";
import { type EndName, isAddressField } from "../../state/hostName";
import { useStatistics } from "../../state/viewData";
import { Failure } from "../../widgets/Failure";
import { HostName } from "../../widgets/HostName";
import { Icon } from "../../widgets/Icon";
import { PartialNote } from "../../widgets/PartialNote";
import { Notice, Skeleton } from "../../widgets/states";
import type { ViewProps } from "./props";
import {
  duration,
  fieldName,
  hostsOf,
  kColumns,
  kFields,
  type Periods,
  type Totals,
} from "./statisticsColumns";
import { askedPeriods, PeriodChoice, PeriodTable } from "./StatisticsPeriods";
import "../../styles/statistics.css";

const kLimits = [100, 500, 1_000] as const;

function rateText(rate: number | null): string {
  if (rate === null) return "—";
  if (rate >= 1) return `${rate >= 100 ? Math.round(rate) : rate.toFixed(1)} / s`;
  return rate * 60 >= 1 ? `${(rate * 60).toFixed(1)} / min` : `${(rate * 3_600).toFixed(1)} / h`;
}

interface SparkProps {
  readonly periods: Periods;
  readonly from: number;
  readonly to: number;
  readonly bucket: number;
  readonly label: string;
}

const kSparkWidth = 132;
const kSparkHeight = 24;

// Counts as bars with their errors on them, the p90 as a line of its own scale.
function Spark({ periods, from, to, bucket, label }: SparkProps) {
  const most = Math.max(1, ...periods.map((period) => period.communications));
  const slowest = Math.max(1, ...periods.map((period) => period.duration?.p90_us ?? 0));
  const x = (time: number): number => ((time - from) / Math.max(1, to - from)) * kSparkWidth;
  const width = Math.max(1, x(from + bucket) - 0.7);
  const line = periods
    .filter((period) => period.duration !== null)
    .map((period, index) => {
      const y = kSparkHeight - ((period.duration?.p90_us ?? 0) / slowest) * (kSparkHeight - 3) - 1;
      const middle = (x(period.start_us) + width / 2).toFixed(1);
      return `${index === 0 ? "M" : "L"}${middle} ${y.toFixed(1)}`;
    })
    .join("");
  return (
    <svg className="spark" width={kSparkWidth} height={kSparkHeight} role="img" aria-label={label}>
      {periods.map((period) => {
        const height = (period.communications / most) * (kSparkHeight - 1);
        const errors = (period.errors / most) * (kSparkHeight - 1);
        const title =
          `${formatClock(micros(period.start_us), precisionFor(to - from))}: ` +
          `${formatCount(period.communications)}, ${plural(period.errors, "error")}, ` +
          `p90 ${duration(period.duration?.p90_us)}`;
        return (
          <g key={period.start_us}>
            <title>{title}</title>
            <rect
              className="spark-all"
              x={x(period.start_us)}
              width={width}
              y={kSparkHeight - height}
              height={height}
            />
            <rect
              className="spark-errors"
              x={x(period.start_us)}
              width={width}
              y={kSparkHeight - Math.max(errors, period.errors > 0 ? 1.5 : 0)}
              height={Math.max(errors, period.errors > 0 ? 1.5 : 0)}
            />
          </g>
        );
      })}
      <path className="spark-line" d={line} />
    </svg>
  );
}

// p50, p90, p99 and the slowest on one logarithmic scale for the whole table.
function Range({ row, low, high }: { row: Totals; low: number; high: number }) {
  const d = row.duration;
  if (d === null) return null;
  const span = Math.max(0.5, Math.log(high) - Math.log(low));
  const at = (us: number): string =>
    `${Math.min(100, Math.max(0, ((Math.log(Math.max(us, low)) - Math.log(low)) / span) * 100))}%`;
  return (
    <div className="spread" aria-hidden="true">
      <i
        className="spread-line"
        style={{ left: at(d.p50_us), right: `calc(100% - ${at(d.max_us)})` }}
      />
      <i
        className="spread-box"
        style={{ left: at(d.p50_us), right: `calc(100% - ${at(d.p90_us)})` }}
      />
      <i className="spread-p99" style={{ left: at(d.p99_us) }} />
    </div>
  );
}

function Tiles({ total }: { total: Totals }) {
  const tiles: [string, string, string][] = [
    ["Communications", formatCount(total.communications), rateText(total.rate_per_s)],
    [
      "Errors",
      formatCount(total.errors),
      total.communications === 0 ? "" : formatShare(total.errors, total.communications),
    ],
    ["No response", formatCount(total.unanswered), ""],
    ["p50", duration(total.duration?.p50_us), ""],
    ["p99", duration(total.duration?.p99_us), `max ${duration(total.duration?.max_us)}`],
    [
      "Bytes",
      formatBytes(total.request_bytes + total.response_bytes),
      `${formatBytes(total.response_bytes)} in responses`,
    ],
  ];
  return (
    <dl className="tiles" data-testid="totals">
      {tiles.map(([label, value, aside]) => (
        <div key={label} className={label === "Errors" && total.errors > 0 ? "is-bad" : ""}>
          <dt>{label}</dt>
          <dd>
            {value} <span className="faint">{aside}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

// The server says which term asks for exactly the value.
function KeyCell(props: {
  field: string;
  value: string | number | null;
  term: string;
  host: EndName | undefined; // of an address
}) {
  const { field, value, term, host } = props;
  const text = value === null ? "none" : wireText(String(value));
  const { only } = useAsking();
  const action = `Show only communications with this value: ${term}`;
  const tone = field.startsWith("status") ? `status is-${statusTone(value)}` : "";
  return (
    <button
      type="button"
      className={classes("stat-key", tone, value === null && "faint")}
      title={action}
      onClick={() => only(term)}
    >
      {host === undefined ? text : <HostName host={host} action={action} />}
    </button>
  );
}

function statusTone(value: string | number | null): string {
  const first = String(value ?? "").charAt(0);
  return /[1-5]/.test(first) ? `${first}xx` : "none";
}

function Grouping({ place, onPlace }: Pick<ViewProps, "place" | "onPlace">) {
  const [first = "", second = ""] = place.group.split(",");
  const select = (
    label: string,
    value: string,
    skip: string,
    none: boolean,
    set: (v: string) => void,
  ) => (
    <label className="stat-field">
      <span>{label}</span>
      <select
        aria-label={none ? "and by" : "Group by"}
        value={value}
        onChange={(event) => set(event.target.value)}
      >
        {none && <option value="">no second field</option>}
        {kFields
          .filter(([key]) => key !== skip)
          .map(([key, name]) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
      </select>
    </label>
  );
  const join = (a: string, b: string): string => (b === "" || a === b ? a : `${a},${b}`);
  return (
    <>
      {select("Group by", first, second, false, (value) => onPlace({ group: join(value, second) }))}
      {select("and", second, first, true, (value) => onPlace({ group: join(first, value) }))}
    </>
  );
}

export default function StatisticsView(props: ViewProps) {
  const { scope, filter, place, onPlace } = props;
  const [limit, setLimit] = useState<number>(kLimits[0]);
  const asked = askedPeriods(place.period, scope.range, limit);
  const query = useStatistics(scope, filter, { group: place.group, sort: place.sort, ...asked });
  const data = query.data;
  const trouble = data === undefined ? (query.error ?? query.failureReason) : null;
  // Of the answer: while another is awaited, these rows are still grouped as they were.
  const fields = data?.group_by ?? [];
  const rows = data?.groups ?? [];
  const hosts = fields.map((field) => hostsOf(rows, field));
  const over = data?.bucket_us != null;
  const times = rows.flatMap((row) => (row.duration === null ? [] : [row.duration]));
  const low = Math.max(1, Math.min(...times.map((d) => d.p50_us), Infinity));
  const high = Math.max(low * 2, ...times.map((d) => d.max_us));
  const sortKey = place.sort.replace(/^-/, "");
  const falling = place.sort.startsWith("-");
  const head = (key: string, label: string, help: string, cell = "") => (
    <th
      key={key}
      scope="col"
      className={cell}
      aria-sort={sortKey === key ? (falling ? "descending" : "ascending") : undefined}
    >
      <button
        type="button"
        title={help}
        onClick={() =>
          onPlace({
            sort: sortKey === key ? `${falling ? "" : "-"}${key}` : key === "key" ? key : `-${key}`,
          })
        }
      >
        {label}
        {sortKey === key && <Icon name={falling ? "down" : "up"} />}
      </button>
    </th>
  );
  return (
    <section className="view statistics" aria-label="Statistics" data-testid="statistics">
      <h2 className="visually-hidden">Statistics</h2>
      <div className="view-tools">
        <Grouping place={place} onPlace={onPlace} />
        <label className="stat-field">
          <span>at most</span>
          <select value={limit} onChange={(event) => setLimit(Number(event.target.value))}>
            {kLimits.map((n) => (
              <option key={n} value={n}>
                {formatCount(n)} groups
              </option>
            ))}
          </select>
        </label>
        <PeriodChoice period={place.period} span={spanOf(scope.range)} onPlace={onPlace} />
        {asked.limit < limit && (
          <span className="faint">{plural(asked.limit, "group")} at this many periods</span>
        )}
        {asked.bucket === null && place.period !== "none" && (
          <span className="faint">no periods with this many groups</span>
        )}
        <span className="spacer" />
        {query.isFetching && <span className="faint">counting…</span>}
      </div>
      <PartialNote partial={data?.partial} what="Counted is" />
      {trouble !== null ? (
        <Failure error={trouble} retry={() => void query.refetch()} />
      ) : data === undefined ? (
        <Skeleton rows={10} />
      ) : data.total.communications === 0 ? (
        <Notice icon="empty" title="Nothing to count">
          <p>No communication of this range answers the filter. Widen either.</p>
        </Notice>
      ) : (
        <div className="view-scroll" tabIndex={0} role="region" aria-label="Groups">
          <Tiles total={data.total} />
          <table className="stat-table" aria-busy={query.isPlaceholderData}>
            <thead>
              <tr>
                {fields.map((field, index) =>
                  index === 0 ? (
                    head(
                      "key",
                      fieldName(field),
                      isAddressField(field) ? "By address" : "By name",
                      "is-key",
                    )
                  ) : (
                    <th key={field} scope="col" className="is-key">
                      {fieldName(field)}
                    </th>
                  ),
                )}
                {kColumns.map(({ key, label, help }) => head(key, label, help, "is-number"))}
                <th scope="col" className="is-spread">
                  p50 – max
                </th>
                {over && <th scope="col">Over time</th>}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, index) => (
                <tr key={index}>
                  {fields.map((field, at) => (
                    <td key={field} className="is-key">
                      <KeyCell
                        field={field}
                        value={row.key[field] ?? null}
                        term={row.filters[field] ?? ""}
                        host={hosts[at]?.[index]}
                      />
                    </td>
                  ))}
                  {kColumns.map((column) => (
                    <td key={column.key} className={classes("is-number", column.tone?.(row))}>
                      {column.text(row)}
                    </td>
                  ))}
                  <td className="is-spread">
                    <Range row={row} low={low} high={high} />
                  </td>
                  {over && (
                    <td>
                      <Spark
                        periods={row.periods ?? []}
                        from={data.from_us}
                        to={data.to_us}
                        bucket={data.bucket_us ?? 1}
                        label={
                          `${formatCount(row.communications)} over time, ` +
                          plural(row.errors, "error")
                        }
                      />
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
            {data.rest.communications > 0 && (
              <tfoot>
                <tr>
                  <td className="is-key faint" colSpan={fields.length}>
                    {data.rest.groups === null ? "all others" : plural(data.rest.groups, "other")}
                  </td>
                  {kColumns.map((column) => (
                    <td key={column.key} className="is-number faint">
                      {column.text(data.rest)}
                    </td>
                  ))}
                  <td colSpan={2} />
                </tr>
              </tfoot>
            )}
          </table>
          {over && <PeriodTable data={data} open={place.period !== "auto"} />}
          <p className="stat-note">
            Bars: communications, errors in red; line: p90.
            {times.some((d) => !d.exact) &&
              ` Percentiles of more than ${formatCount(data.percentiles.exact_up_to)}` +
                ` communications are off by at most ${formatShare(data.percentiles.error_max, 1)}.`}
            {data.rest.missed_max > 0 &&
              ` Too many values to compare them all: another with up to` +
                ` ${plural(data.rest.missed_max, "communication")} might belong here.`}
          </p>
        </div>
      )}
    </section>
  );
}
