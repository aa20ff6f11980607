// One row of the list.

import { memo } from "react";
import { wireText, type Communication } from "../api/types";
import { classes, formatBytes, formatDuration } from "../base/format";
import { formatClock, formatDate, formatDateTime, micros, type Zone } from "../base/time";
import { endName } from "../state/hostName";
import { HostName } from "../widgets/HostName";
import { kStateNames, statusClass, StatusCode } from "../widgets/status";
import type { Column, ColumnKey, Dates } from "./columns";
import { endFact, noTarget, whoEnded } from "./reasons";

function Target({ path, codes }: Pick<Communication, "path" | "codes">) {
  if (path === null) return <span className="faint">{noTarget(codes)}</span>;
  const text = wireText(path);
  const cut = text.indexOf("?");
  if (cut < 0) return <>{text}</>;
  return (
    <>
      {text.slice(0, cut)}
      <span className="query">{text.slice(cut)}</span>
    </>
  );
}

// What the status does not tell: that something is missing, and of what has no answer who ended it.
function NotWhole({ item, columns }: Pick<RowProps, "item" | "columns">) {
  const ended = whoEnded(item.codes);
  const partial = item.state === "partial" && !columns.some(({ key }) => key === "state");
  if (!partial && (item.state !== "no_response" || ended === null)) return null;
  const title =
    ended === null ? undefined : `Not seen whole; the connection ended ${endFact(item)}`;
  return (
    <b className="partial" title={title}>
      {partial ? "partial" : ended}
    </b>
  );
}

// How long there was none, when its end is known.
function NoAnswer({ item }: { item: Communication }) {
  const after = item.ended_after_us;
  const end = endFact(item);
  const known = after !== null && after >= 0 && end !== null;
  const title = known ? `No answer; the connection ended ${end}` : "No answer";
  return (
    <span className="faint" title={title}>
      {known ? `after ${formatDuration(after)}` : "—"}
    </span>
  );
}

// Of a body: seen and empty is something else than not seen.
function Bytes({ count }: { count: number | null }) {
  return count === null ? (
    <span className="faint" title="Not seen">
      —
    </span>
  ) : (
    <span className={count === 0 ? "faint" : undefined}>{formatBytes(count)}</span>
  );
}

interface RowProps {
  readonly item: Communication;
  readonly columns: readonly Column[];
  readonly dates: Dates;
  readonly top: number;
  readonly index: number; // among those that are loaded
  readonly rank: number; // in the whole list
  readonly current: boolean; // shown in the details, or gone to by the keys
  readonly picked: boolean;
  readonly cursor: ColumnKey | null; // the cell of this row that the keys are in
  readonly zone: Zone; // drawn anew when the clock changes
  readonly longest: number; // duration that fills the bar
  readonly onRow: (index: number, click: RowClick) => void;
}

export interface RowClick {
  readonly check: boolean; // on the box that picks
  readonly mod: boolean;
  readonly shift: boolean;
}

function cell(key: ColumnKey, { item, columns, dates, longest, cursor }: RowProps) {
  switch (key) {
    case "time": {
      const start = micros(item.start_us);
      const date = dates === "none" ? "" : `${formatDate(start).slice(dates === "day" ? 5 : 0)} `;
      const text = `${date}${formatClock(start)}`;
      return <span title={formatDateTime(start, "micro")}>{text}</span>;
    }
    case "method":
      return <span className="method">{wireText(item.method ?? "—")}</span>;
    case "status":
      return <StatusCode status={item.status} />;
    case "host":
      return <span title={wireText(item.host ?? "")}>{wireText(item.host ?? "—")}</span>;
    case "path":
      return (
        <span className="path" title={wireText(item.path ?? "")}>
          <NotWhole item={item} columns={columns} />
          <Target path={item.path} codes={item.codes} />
        </span>
      );
    case "template":
      return (
        <span title={wireText(item.template ?? "")}>{wireText(item.template ?? "\u2014")}</span>
      );
    case "duration":
      if (item.state === "no_response") return <NoAnswer item={item} />;
      if (item.state === "no_request")
        return (
          <span className="faint" title="When it was asked for was not seen">
            —
          </span>
        );
      return (
        <>
          {formatDuration(item.duration_us)}
          <i
            style={{ width: `${Math.min(100, (item.duration_us / Math.max(1, longest)) * 100)}%` }}
          />
        </>
      );
    case "request":
      return <Bytes count={item.request_body_bytes} />;
    case "response":
      return <Bytes count={item.response_body_bytes} />;
    case "client":
      return <HostName host={endName(item, "client")} bare={cursor === key} />;
    case "server":
      return <HostName host={endName(item, "server")} bare={cursor === key} />;
    case "whisperer":
      return item.whisperer;
    case "upload":
      return item.upload ?? <span className="faint">—</span>;
    case "type":
      return item.response_type ?? <span className="faint">—</span>;
    case "wait":
      return item.wait_us === null ? (
        <span className="faint">—</span>
      ) : (
        formatDuration(item.wait_us)
      );
    case "identity":
      return item.meaning?.identity === undefined ? (
        <span className="faint">—</span>
      ) : (
        wireText(item.meaning.identity)
      );
    case "state":
      return (
        <span className={item.state === "complete" ? "faint" : ""}>{kStateNames[item.state]}</span>
      );
  }
}

const kNumbers: ReadonlySet<ColumnKey> = new Set([
  "time",
  "duration",
  "wait",
  "request",
  "response",
  "client",
  "server",
]);

export const Row = memo(function Row(props: RowProps) {
  const { item, columns, top, index, rank, current, picked, cursor, onRow } = props;
  return (
    <div
      role="row"
      id={`row-${item.id}`}
      className={classes(
        "grid-row",
        `is-${statusClass(item.status)}`,
        current && "is-current",
        picked && "is-picked",
      )}
      aria-rowindex={rank + 2}
      aria-selected={picked}
      aria-current={current ? "true" : undefined}
      data-testid="row"
      style={{ transform: `translateY(${top}px)` }}
      onMouseDown={(event) => {
        if (event.shiftKey) event.preventDefault(); // selects rows, not their text
      }}
      onClick={(event) =>
        onRow(index, {
          check: (event.target as HTMLElement).closest(".row-check") !== null,
          mod: event.ctrlKey || event.metaKey,
          shift: event.shiftKey,
        })
      }
    >
      <span className="row-check" aria-hidden="true" data-testid="check" />
      {columns.map((column) => (
        <div
          key={column.key}
          role="gridcell"
          id={column.key === cursor ? `cell-${item.id}` : undefined}
          data-column={column.key}
          className={classes(
            `is-${column.key}`,
            column.right && "is-right",
            kNumbers.has(column.key) && "number",
            column.key === "duration" && "duration-cell",
            column.key === cursor && "is-cursor",
          )}
        >
          {cell(column.key, props)}
        </div>
      ))}
    </div>
  );
});
