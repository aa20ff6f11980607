// StatusPanel: what each whisperer does and where its packets went; how the process is.

import type { Counts, Status, Whisperer } from "../api/types";
import {
  classes,
  formatBytes,
  formatCount,
  formatDuration,
  formatShort,
  plural,
} from "../base/format";
import { formatClock, type Micros } from "../base/time";
import { kLossNames } from "../state/quality";
import { formatWhispererPlace, kWhispererStart, openWhisperers } from "../state/whispererPlace";
import { Icon } from "../widgets/Icon";
import { Popover } from "../widgets/Popover";
import { shownState, withSource } from "./whispererStates";

interface Books {
  readonly received: number;
  readonly rebuilt: number;
  readonly filtered: number;
  readonly lost: number;
  readonly saved: number;
  readonly losses: readonly [string, number][];
}

// Packets by fate. The names are those of the counters (docs/metrics.md).
export function booksOf(counts: Counts): Books {
  const of = (name: string): number => counts[name] ?? 0;
  const losses = Object.keys(kLossNames)
    .filter((name) => name !== "snaplen_cut" && name !== "unstored")
    .map((name): [string, number] => [name, of(name)])
    .filter(([, count]) => count > 0);
  return {
    received: of("packets_received"),
    rebuilt: of("tcp_packets") + of("fragment_joined"),
    filtered: ["not_ip", "not_tcp", "filtered", "mirror_duplicate", "skipped_empty"]
      .map(of)
      .reduce((sum, count) => sum + count, 0),
    lost: losses.reduce((sum, [, count]) => sum + count, 0),
    saved: of("packets_saved"),
    losses,
  };
}

function Fate({
  label,
  value,
  bad,
  help,
}: {
  label: string;
  value: number;
  bad?: boolean;
  help: string;
}) {
  return (
    <div
      className={classes(bad === true && value > 0 && "is-bad")}
      title={`${help}: ${formatCount(value)}`}
    >
      <dt>{label}</dt>
      <dd>{formatShort(value)}</dd>
    </div>
  );
}

// Leads to its page; a real link, for a tab of its own.
function WhispererLink({ name }: { name: string | null }) {
  const place = { ...kWhispererStart, name };
  return (
    <a
      className="whisperer-link"
      href={formatWhispererPlace(place)}
      data-testid={name === null ? "whisperers-page" : "whisperer-page"}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        openWhisperers(place);
      }}
    >
      {name ?? "All whisperers"}
    </a>
  );
}

function WhispererCard({ whisperer, silent }: { whisperer: Whisperer; silent: boolean }) {
  const { label, tone } = shownState(whisperer);
  const books = booksOf(whisperer.books);
  const bar: [string, number][] = [
    ["var(--quality-good)", books.rebuilt],
    ["var(--line-2)", books.filtered],
    ["var(--quality-bad)", books.lost],
  ];
  return (
    <div className="whisperer" data-testid="whisperer">
      <div className="whisperer-head">
        <i className={`dot ${silent ? "" : tone}`} />
        <WhispererLink name={whisperer.name} />
        <span className="faint">
          {withSource(silent ? `last known: ${label}` : label, whisperer)}
        </span>
        <span className="spacer" />
        <span className="faint">
          {["bodies", "sessions", "packets"]
            .filter((kind) => whisperer.saves[kind as "bodies" | "sessions" | "packets"])
            .map((kind) => kind)
            .join(", ") || "nothing more"}{" "}
          saved
        </span>
      </div>
      {whisperer.reason !== null && whisperer.reason !== "" && (
        <div className="mark">
          <Icon name="warning" />
          <span>{whisperer.reason}</span>
        </div>
      )}
      <dl className="books">
        <Fate
          label="received"
          value={books.received}
          help="Packets handed over by the kernel or read from files"
        />
        <Fate
          label="rebuilt"
          value={books.rebuilt}
          help="Packets that became part of TCP sessions"
        />
        <Fate
          label="filtered"
          value={books.filtered}
          help="Not IP or not TCP, left out on purpose"
        />
        <Fate label="lost" value={books.lost} bad help="Packets dropped, by any cause" />
      </dl>
      <div className="books-bar" aria-hidden="true">
        {bar.map(
          ([color, count]) =>
            count > 0 && <i key={color} style={{ background: color, flexGrow: count }} />,
        )}
      </div>
      {books.losses.length > 0 && (
        <div className="faint">
          {books.losses
            .map(([name, count]) => `${kLossNames[name] ?? name}: ${formatCount(count)}`)
            .join(" · ")}
        </div>
      )}
      {books.saved > 0 && <div className="faint">{plural(books.saved, "packet")} saved</div>}
    </div>
  );
}

interface StatusPanelProps {
  readonly status: Status | undefined;
  readonly whisperers: readonly Whisperer[];
  readonly silent: Micros | null; // since when Spider has not answered
}

function overall({ status, whisperers, silent }: StatusPanelProps): {
  tone: string;
  label: string;
} {
  if (silent !== null)
    return { tone: "", label: `No answer since ${formatClock(silent, "second")}` };
  if (status?.pipeline.trouble != null) return { tone: "is-bad", label: "Not storing" };
  const wrong = whisperers.filter((whisperer) => whisperer.state === "wrong_configuration").length;
  if (wrong > 0) return { tone: "is-bad", label: `${wrong} cannot capture` };
  const capturing = whisperers.filter((whisperer) => whisperer.state === "capturing").length;
  if (capturing > 0) return { tone: "is-good is-live", label: `${capturing} capturing` };
  return { tone: "", label: whisperers.length === 0 ? "Whisperers" : "Not capturing" };
}

export function StatusButton(props: StatusPanelProps) {
  const { status, whisperers, silent } = props;
  const { tone, label } = overall(props);
  return (
    <Popover
      label="Whisperers"
      button={
        <>
          <i className={`dot ${tone}`} />
          <span className="status-word">{label}</span>
        </>
      }
      buttonClass="button is-bare"
      testid="whisperers"
    >
      {whisperers.map((whisperer) => (
        <WhispererCard key={whisperer.name} whisperer={whisperer} silent={silent !== null} />
      ))}
      {whisperers.length === 0 && (
        <div className="whisperer faint">No whisperer is configured.</div>
      )}
      {status !== undefined && (
        <div className="popover-foot">
          <WhispererLink name={null} />
          <span>spider {status.version}</span>
          <span>up {formatDuration(Math.round(status.uptime_s) * 1e6)}</span>
          <span>{formatBytes(status.store.bytes)} stored</span>
          <span>{formatBytes(status.memory.resident_bytes)} memory</span>
          <a href="api/v1/">API</a>
        </div>
      )}
    </Popover>
  );
}
