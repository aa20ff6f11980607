// One row of the list of TCP sessions.

import { memo } from "react";
import type { SessionItem } from "../../api/types";
import { classes, formatBytes, formatCount, formatDuration, plural } from "../../base/format";
import { formatClock, formatDate, formatDateTime, micros, type Zone } from "../../base/time";
import { endName } from "../../state/hostName";
import { oddities, whyNothing } from "../../state/sessions";
import { HostName } from "../../widgets/HostName";
import type { Dates } from "../columns";
import { kSessionClose, kSessionCloseShort } from "../reasons";
import type { SessionColumn, SessionColumnKey } from "./sessionColumns";

interface SessionRowProps {
  readonly item: SessionItem;
  readonly columns: readonly SessionColumn[];
  readonly dates: Dates;
  readonly index: number; // among those that are loaded
  readonly rank: number | null; // in the whole list, where that is known
  readonly top: number;
  readonly current: boolean;
  readonly zone: Zone; // drawn anew when the clock changes
  readonly onRow: (index: number) => void;
}

function Found({ item }: { item: SessionItem }) {
  const why = whyNothing(item);
  return why === null ? (
    <>{plural(item.communications, "communication")}</>
  ) : (
    <span className="faint" title={why.text}>
      {why.short}
    </span>
  );
}

const none = <span className="faint">—</span>;

function cell(key: SessionColumnKey, { item, dates }: SessionRowProps) {
  switch (key) {
    case "time": {
      const start = micros(item.start_us);
      const date = dates === "none" ? "" : `${formatDate(start).slice(dates === "day" ? 5 : 0)} `;
      const before = item.mid_stream ? "; its beginning was not captured" : "";
      return (
        <span
          title={formatDateTime(start, "micro") + before}
        >{`${date}${formatClock(start)}`}</span>
      );
    }
    case "client":
      return <HostName host={endName(item, "client")} />;
    case "server":
      return <HostName host={endName(item, "server")} />;
    case "ends":
      return (
        <>
          <HostName host={endName(item, "client")} /> → <HostName host={endName(item, "server")} />
        </>
      );
    case "close":
      return (
        <span
          title={[kSessionClose[item.close], ...oddities(item.codes)].filter(Boolean).join("; ")}
        >
          {kSessionCloseShort[item.close] ?? item.close}
        </span>
      );
    case "duration":
      return formatDuration(item.duration_us);
    case "found":
      return <Found item={item} />;
    case "packets":
      return `${formatCount(item.client_packets)} / ${formatCount(item.server_packets)}`;
    case "sent":
      return item.client_bytes === 0 ? none : formatBytes(item.client_bytes);
    case "received":
      return item.server_bytes === 0 ? none : formatBytes(item.server_bytes);
    case "missing":
      return item.missing_bytes === 0 && item.gaps === 0 ? (
        none
      ) : (
        <b className="partial" title={plural(item.gaps, "gap")}>
          {formatBytes(item.missing_bytes)}
        </b>
      );
    case "again":
      return item.retransmissions === 0 ? none : formatCount(item.retransmissions);
    case "whisperer":
      return item.whisperer;
  }
}

const kWords: ReadonlySet<SessionColumnKey> = new Set(["found", "close", "whisperer"]);

export const SessionRow = memo(function SessionRow(props: SessionRowProps) {
  const { item, columns, index, rank, top, current, onRow } = props;
  return (
    <div
      role="row"
      id={`row-${item.id}`}
      className={classes("grid-row", current && "is-current")}
      aria-rowindex={rank === null ? undefined : rank + 2}
      aria-selected={current}
      data-testid="session-row"
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onRow(index)}
    >
      {columns.map(({ key, right }) => (
        <div
          key={key}
          role="gridcell"
          data-column={key}
          className={classes(`is-${key}`, right && "is-right", !kWords.has(key) && "number")}
        >
          {cell(key, props)}
        </div>
      ))}
    </div>
  );
});
