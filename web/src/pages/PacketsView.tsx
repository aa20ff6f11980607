// PacketsView: the saved packets of a session: a plot of their sequence numbers, their list, and
// the one that is chosen with its layers and bytes. What was not saved says why.

import { type KeyboardEvent, useEffect, useId, useMemo, useRef } from "react";
import type { Session } from "../api/types";
import { classes, formatCount, formatDuration, plural } from "../base/format";
import { flagsText } from "../base/packet";
import { kActNames, type Step } from "../base/tcp_story";
import { formatClock, micros } from "../base/time";
import { endName, machineName } from "../state/hostName";
import { useSessionPackets } from "../state/packets";
import { NotSavedNote } from "./NotSavedNote";
import { notSaved } from "../state/notSaved";
import { BigList, type BigListHandle } from "../widgets/BigList";
import { Failure } from "../widgets/Failure";
import { Icon } from "../widgets/Icon";
import { PacketBytes } from "../widgets/PacketBytes";
import { SeqPlot } from "../widgets/SeqPlot";
import { Skeleton } from "../widgets/states";

export interface PacketsViewProps {
  readonly session: Session;
  readonly packet: number | null;
  readonly onPacket: (number: number | null) => void;
  readonly own: readonly [number, number] | null; // of the communication that is open
}

const kHeads = [
  ["No.", "Number of the packet in its session"],
  ["Time", "After the first packet"],
  ["From", "Which way it went"],
  ["Flags", "Of TCP"],
  ["Sequence", "Sequence number, counted from the first one of its direction"],
  ["Payload", "Bytes that it carries"],
  ["What", "What it did, where that is not just new bytes or an acknowledgement"],
] as const;
const kNumbers = new Set<string>(["No.", "Time", "Sequence", "Payload"]);

// A SYN or a FIN carries no byte and takes one sequence number all the same.
function spanText(step: Step | undefined): string | undefined {
  if (step === undefined || step.end === step.seq) return undefined;
  return `${formatCount(step.seq)} to ${formatCount(step.end - 1)} of the sequence`;
}

export function PacketsView({ session, packet, onPacket, own }: PacketsViewProps) {
  const saved = session._links["packets"] !== undefined;
  const why = notSaved(session.not_saved, "packets");
  const { query, packets, story } = useSessionPackets(session.id, session, saved);
  const list = useRef<BigListHandle>(null);
  const id = useId();
  const steps = useMemo(
    () => new Map<number, Step>(story?.steps.map((step) => [step.number, step])),
    [story],
  );
  const place = packets?.findIndex(({ number }) => number === packet) ?? -1;
  useEffect(() => {
    if (place >= 0) list.current?.reveal(place);
  }, [place]);
  if (!saved) {
    return (
      <div className="mark is-plain" data-testid="no-packets">
        <Icon name="info" />
        <span>
          {why === undefined ? "The packets were not saved." : <NotSavedNote one={why} />}
        </span>
      </div>
    );
  }
  if (query.error !== null && packets === null)
    return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (packets === null || story === null) return <Skeleton rows={4} />;
  const pcap = session._links["packets_pcap"]?.href;
  const chosen = place < 0 ? undefined : packets[place];
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key] ?? 0;
    if (by === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const at = Math.min(packets.length - 1, Math.max(0, place < 0 ? 0 : place + by));
    onPacket(packets[at]?.number ?? null);
  };
  const start = packets[0]?.time ?? 0;
  const render = (index: number) => {
    const item = packets[index];
    if (item === undefined) return null;
    const step = steps.get(item.number);
    const inside = own !== null && item.number >= own[0] && item.number <= own[1];
    const side =
      item.fromClient === null ? "is-unknown" : item.fromClient ? "is-client" : "is-server";
    return (
      <span
        className={classes(
          "packet-row",
          side,
          item.number === packet && "is-chosen",
          inside && "is-own",
        )}
        id={`${id}-${item.number}`}
        role="option"
        aria-selected={item.number === packet}
        title={formatClock(micros(item.time), "micro")}
        onClick={() => onPacket(item.number === packet ? null : item.number)}
      >
        <span className="number">{item.number}</span>
        <span className="number">+{formatDuration(item.time - start)}</span>
        <span
          className="packet-way"
          title={
            item.fromClient === null
              ? undefined
              : endName(session, item.fromClient ? "client" : "server").about
          }
        >
          {item.fromClient === null ? "?" : item.fromClient ? "client →" : "← server"}
        </span>
        <span>{item.decoded.tcp === null ? "" : flagsText(item.decoded.tcp.flags)}</span>
        <span className="number" title={spanText(step)}>
          {step === undefined ? "" : formatCount(step.seq)}
        </span>
        <span className="number">{step === undefined ? "" : formatCount(step.payload)}</span>
        <span className={`packet-act is-${step?.act ?? "new"}`}>
          {step === undefined ? "" : kActNames[step.act]}
        </span>
      </span>
    );
  };
  return (
    <div className="packets-view">
      <SeqPlot story={story} chosen={packet} onChoose={onPacket} />
      <div className="packets-tools">
        <span className="faint">
          {plural(packets.length, "packet")}
          {query.hasNextPage ? " so far" : ""}
        </span>
        {query.hasNextPage && (
          <button
            type="button"
            className="button is-small"
            disabled={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {query.isFetchingNextPage ? "Loading…" : "Load more"}
          </button>
        )}
        <span className="spacer" />
        {pcap !== undefined && (
          <a className="button is-bare is-small" href={pcap} download>
            <Icon name="download" />
            pcap
          </a>
        )}
      </div>
      <div className="packet-table">
        <div className="packet-row packet-heads" data-testid="packet-heads">
          {kHeads.map(([name, about]) => (
            <span key={name} className={kNumbers.has(name) ? "number" : undefined} title={about}>
              {name}
            </span>
          ))}
        </div>
        <BigList
          count={packets.length}
          rowHeight={22}
          render={render}
          label="Packets of the session"
          role="listbox"
          className="code packet-list"
          testId="packets"
          handle={list}
          onKeyDown={onKeyDown}
          {...(packet === null ? {} : { active: `${id}-${packet}` })}
        />
      </div>
      {packet !== null && chosen === undefined && (
        <p className="faint">
          Packet {packet} is not among {query.hasNextPage ? "those that are loaded" : "them"}.
        </p>
      )}
      {chosen !== undefined && (
        <PacketBytes
          key={chosen.number}
          bytes={chosen.bytes}
          wireBytes={chosen.wireBytes}
          decoded={chosen.decoded}
          ends={[machineName(session, "client"), machineName(session, "server")]}
        />
      )}
    </div>
  );
}
