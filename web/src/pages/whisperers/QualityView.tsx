// QualityView: what a whisperer saw, left out and lost over a day or an hour, and what that made
// partial: charts over time, and the same as a table.

import { useState } from "react";
import { address } from "../../api/client";
import type { Counts } from "../../api/types";
import { classes, formatBytes, formatCount, formatDuration, plural } from "../../base/format";
import { formatClock, formatDate, nowMicros, type TimeRange, toIso } from "../../base/time";
import { changeWhispererPlace, type Span, spanBeside } from "../../state/whispererPlace";
import { openCommunications, type WhispererPlace } from "../../state/whispererPlace";
import {
  causesOf,
  filteredOf,
  kCharts,
  kRow,
  listenedOf,
  lostOf,
} from "../../state/whispererQuality";
import {
  type QualityDay,
  rowsOf,
  type Slot,
  useWhispererQuality,
} from "../../state/whispererQuality";
import { useZone } from "../../state/zone";
import { Choice } from "../../widgets/Choice";
import { Failure, FailureBanner } from "../../widgets/Failure";
import { Icon } from "../../widgets/Icon";
import { Notice, Skeleton } from "../../widgets/states";
import { SlotChart } from "./SlotChart";
import "../../styles/statistics.css";

function when(span: Span, r: TimeRange): string {
  const date = formatDate(r.from);
  if (span === "day") return date;
  return `${date} ${formatClock(r.from, "minute")} – ${formatClock(r.to, "minute")}`;
}

function stretch(span: Span, r: TimeRange): string {
  const precision = span === "hour" ? "second" : "minute";
  return `${formatClock(r.from, precision)} – ${formatClock(r.to, precision)}`;
}

function booked(slots: readonly Slot[]): string {
  const first = slots[0]?.range;
  const each = first === undefined ? "" : formatDuration(first.to - first.from);
  const some = slots.filter(({ counts }) => counts !== null).length;
  return `${plural(some, "stretch", "stretches")} of ${each} with books`;
}

const iso = (r: TimeRange) => ({ from: toIso(r.from), to: toIso(r.to) });

export function Tools({
  day,
  span,
  busy,
}: {
  day: Pick<QualityDay, "range"> | null;
  span: Span;
  busy: boolean;
}) {
  const step = (by: -1 | 1): void => {
    if (day !== null) changeWhispererPlace({ from: spanBeside(span, day.range, by).from });
  };
  const future = day === null || day.range.to > nowMicros();
  return (
    <div className="quality-tools" aria-busy={busy}>
      <Choice
        label="Length of time"
        value={span}
        options={[
          ["day", "Day"],
          ["hour", "Hour"],
        ]}
        onChange={(next) => changeWhispererPlace({ span: next })}
      />
      <span className="button-group">
        <button
          type="button"
          className="button is-icon"
          aria-label={`The ${span} before`}
          disabled={day === null}
          onClick={() => step(-1)}
        >
          <Icon name="back" />
        </button>
        <button
          type="button"
          className="button is-icon"
          aria-label={`The ${span} after`}
          disabled={future}
          data-testid="span-after"
          onClick={() => step(1)}
        >
          <Icon name="chevron" />
        </button>
      </span>
      <strong data-testid="quality-when">{day !== null && when(span, day.range)}</strong>
      <span className="spacer" />
      <button
        type="button"
        className="button is-bare"
        onClick={() => changeWhispererPlace({ from: null })}
      >
        Latest
      </button>
    </div>
  );
}

function Number({ value, bad }: { value: number; bad?: boolean }) {
  return (
    <td className={classes("is-number", bad === true && value > 0 && "is-bad")}>
      {formatCount(value)}
    </td>
  );
}

function Cells({ counts }: { counts: Counts }) {
  const causes = causesOf(counts);
  const listened = listenedOf(counts);
  return (
    <>
      <td className="is-number">{listened > 0 ? formatDuration(listened) : "—"}</td>
      <Number value={counts["packets_received"] ?? 0} />
      <Number value={filteredOf(counts)} />
      <Number value={lostOf(counts)} bad />
      <td className={classes("is-number", (counts["gap_bytes"] ?? 0) > 0 && "is-bad")}>
        {formatBytes(counts["gap_bytes"] ?? 0)}
      </td>
      <Number value={counts["communications_complete"] ?? 0} />
      <Number value={counts["communications_partial"] ?? 0} bad />
      <td className="is-causes">{causes.length === 0 ? "—" : causes.join(" · ")}</td>
    </>
  );
}

const kHeads = ["Listened", "Packets", "Left out", "Lost", "Never captured", "Whole", "Partial"];

function Table({
  name,
  rows,
  total,
  span,
}: {
  name: string;
  rows: readonly Slot[];
  total: Counts;
  span: Span;
}) {
  return (
    <div className="quality-table" tabIndex={0} role="region" aria-label="The books as a table">
      <table className="stat-table">
        <thead>
          <tr>
            <th scope="col">{span === "day" ? "Hour" : "Minute"}</th>
            {kHeads.map((head) => (
              <th key={head} scope="col" className="is-number">
                {head}
              </th>
            ))}
            <th scope="col">Causes</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ range: r, counts }) => (
            <tr key={r.from} data-testid="quality-row">
              <th scope="row">
                <button
                  type="button"
                  className="link"
                  title={span === "day" ? "Minute by minute" : "Its communications"}
                  onClick={() =>
                    span === "day"
                      ? changeWhispererPlace({ span: "hour", from: r.from })
                      : openCommunications(name, r)
                  }
                >
                  {formatClock(r.from, "minute")}
                </button>
              </th>
              <Cells counts={counts ?? {}} />
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr data-testid="quality-total">
            <th scope="row">All</th>
            <Cells counts={total} />
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

export function QualityView({ name, place }: { name: string; place: WhispererPlace }) {
  const { span } = place;
  const [zone] = useZone();
  const [pointed, setPointed] = useState<number | null>(null);
  const query = useWhispererQuality(name, span, place.from, zone);
  if (query.data === undefined && query.error !== null)
    return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (query.data === undefined) return <Skeleton rows={10} />;
  const day = query.data;
  if (day === null) {
    return (
      <Notice icon="chart" title="Nothing is booked yet" testId="quality-never">
        <p>The books begin with the first packet, or the first minute of capturing.</p>
      </Notice>
    );
  }
  const rows = rowsOf(day.slots, kRow[span]);
  const at = pointed === null ? undefined : day.slots[pointed];
  return (
    <section className="quality" aria-label="Quality" data-testid="quality">
      <Tools day={day} span={span} busy={query.isFetching} />
      {query.error !== null && <FailureBanner error={query.error} />}
      {rows.length === 0 && (
        <Notice
          icon="chart"
          title={`Nothing in this ${span}`}
          testId="quality-none"
          actions={
            <button
              type="button"
              className="button"
              onClick={() => changeWhispererPlace({ from: null })}
            >
              Go to the latest
            </button>
          }
        >
          <p>No packet came, and the whisperer did not listen.</p>
        </Notice>
      )}
      {rows.length > 0 && (
        <>
          <p className="faint quality-pointed" aria-hidden="true">
            {at === undefined ? booked(day.slots) : stretch(span, at.range)}
          </p>
          <div className="charts" onMouseLeave={() => setPointed(null)}>
            {kCharts.map((chart) => (
              <SlotChart
                key={chart.key}
                chart={chart}
                slots={day.slots}
                total={day.total}
                pointed={pointed}
                onPoint={setPointed}
              />
            ))}
          </div>
          <Table name={name} rows={rows} total={day.total} span={span} />
          <p className="faint">
            Minutes are those of the packets’ own time. “Never captured” is what was sent but is not
            in the capture. As JSON:{" "}
            <a href={address("quality", { whisperer: name, ...iso(day.range) })}>/api/v1/quality</a>
          </p>
        </>
      )}
    </section>
  );
}
