// SessionTab: the TCP session under the communication, its two directions, its parse log and, when
// they were saved, its packets. What was not saved says why, and has no link.

import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import { wordsOf } from "../api/problem";
import type { CommunicationDetail, Session, StreamStats } from "../api/types";
import { formatBytes, formatCount, formatDuration } from "../base/format";
import { formatClock, formatDateTime, micros } from "../base/time";
import { isOpen, type SessionFound, useSession } from "../state/data";
import { endName } from "../state/hostName";
import { notSaved } from "../state/notSaved";
import { beginsAs, oddities } from "../state/sessions";
import { Failure } from "../widgets/Failure";
import { Notice, Skeleton } from "../widgets/states";
import { NotSavedNote, SettingsLink } from "./NotSavedNote";
import { PacketsView } from "./PacketsView";
import { kSessionClose } from "./reasons";
import { endpointText } from "./SummaryTab";

const kStreamRows: readonly [string, (s: StreamStats) => string][] = [
  ["Packets", (s) => formatCount(s.packets)],
  ["… with payload", (s) => formatCount(s.payload_packets)],
  ["Payload", (s) => formatBytes(s.delivered_bytes)],
  ["Retransmissions", (s) => formatCount(s.retransmissions)],
  ["Out of order", (s) => formatCount(s.out_of_order)],
  ["Gaps", (s) => (s.gaps === 0 ? "0" : `${formatCount(s.gaps)} (${formatBytes(s.gap_bytes)})`)],
  ["Keep-alives", (s) => formatCount(s.keep_alives)],
  ["Zero windows", (s) => formatCount(s.zero_windows)],
  ["Seen twice", (s) => formatCount(s.mirror_duplicates)],
];

function Streams({ session }: { session: Session }) {
  return (
    <table className="packets">
      <thead>
        <tr>
          <th scope="col">Direction</th>
          <th scope="col">From the client</th>
          <th scope="col">From the server</th>
        </tr>
      </thead>
      <tbody>
        {kStreamRows.map(([label, value]) => (
          <tr key={label}>
            <td>{label}</td>
            <td>{value(session.client_stats)}</td>
            <td>{value(session.server_stats)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

// "vlan 7", "ipv4 192.0.2.1 → 192.0.2.2", "gre".
export function outerLayerText(layer: Session["outer"][number]): string {
  if (layer.from_ip !== undefined) return `${layer.kind} ${layer.from_ip} → ${layer.to_ip ?? ""}`;
  return layer.number === undefined ? layer.kind : `${layer.kind} ${layer.number}`;
}

function sessionFacts(session: Session): [string, string][] {
  const rows: [string, string][] = [
    ["Start", formatDateTime(micros(session.start_us), "micro")],
    ["Duration", formatDuration(session.duration_us)],
    ["Client", endpointText(session.client_ip, session.client_port)],
    ["Server", endpointText(session.server_ip, session.server_port)],
    ...(["client", "server"] as const).flatMap((end): [string, string][] => {
      const { name, about } = endName(session, end);
      return name === null ? [] : [[end === "client" ? "Client's name" : "Server's name", about]];
    }),
    ["Handshake", session.connect_us === null ? "not seen" : formatDuration(session.connect_us)],
    ["Ended", kSessionClose[session.close] ?? session.close],
    ["Communications", formatCount(session.communications)],
    ["Recognised as", session.decoder ?? beginsAs(session.codes) ?? "nothing known"],
  ];
  if (session.mid_stream) rows.push(["Beginning", "not captured"]);
  if (session.outer.length > 0)
    rows.push(["Inside", session.outer.map(outerLayerText).join(" › ")]);
  const odd = oddities(session.codes);
  if (odd.length > 0) rows.push(["Oddities", odd.join(", ")]);
  if (session.overlap_conflicts > 0)
    rows.push(["Conflicting overlaps", formatCount(session.overlap_conflicts)]);
  rows.push(["Id", session.id]);
  return rows;
}

const kUnsaved = "API-SESSION-003";

// Why there is no session, as Spider tells it; one that is open comes by itself.
function NoSession({ found, whisperer }: { found: SessionFound; whisperer: string | undefined }) {
  const open = isOpen(found);
  const { missing } = found;
  return (
    <Notice
      icon={open ? "pulse" : "info"}
      title={open ? "The TCP session has no record yet" : "The TCP session is not there"}
      testId="no-session"
    >
      {missing !== null && (
        <p>
          {wordsOf(missing)}{" "}
          {missing.code === kUnsaved && whisperer !== undefined && (
            <SettingsLink whisperer={whisperer} />
          )}
        </p>
      )}
      {open && <p role="status">It is asked for again, and shown here as soon as it has one.</p>}
    </Notice>
  );
}

export interface SessionViewProps {
  readonly id: string;
  readonly whisperer?: string; // of which it is, where that is known without its record
  readonly onThere?: () => void; // the record is there
  readonly packet: number | null;
  readonly onPacket: (number: number | null) => void;
  readonly own: readonly [number, number] | null; // packets of the communication
}

export function SessionView({ id, whisperer, onThere, ...rest }: SessionViewProps) {
  const query = useSession(id);
  const { data } = query;
  const there = data?.session != null;
  useEffect(() => {
    if (there) onThere?.();
  }, [there, onThere]);
  if (data === undefined)
    return query.error === null ? (
      <Skeleton rows={8} />
    ) : (
      <Failure error={query.error} retry={() => void query.refetch()} />
    );
  const { session } = data;
  if (session === null) return <NoSession found={data} whisperer={whisperer} />;
  const unparsed = notSaved(session.not_saved, "parsing");
  return (
    <>
      <div className="section">
        <h3>TCP session</h3>
        <dl className="facts" data-testid="session">
          {sessionFacts(session).map(([name, value]) => (
            <div key={name} className="fact">
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </div>
      <div className="section">
        <h3>Packets</h3>
        <PacketsView session={session} {...rest} />
      </div>
      <div className="section">
        <h3>Streams</h3>
        <Streams session={session} />
      </div>
      {session.parse_log.length === 0 && unparsed !== undefined && (
        <div className="section">
          <h3>Parse log</h3>
          <p data-testid="no-parse-log">
            <NotSavedNote one={unparsed} />
          </p>
        </div>
      )}
      {session.parse_log.length > 0 && (
        <div className="section">
          <h3>Parse log</h3>
          <table className="packets">
            <tbody>
              {session.parse_log.map((note, index) => (
                <tr key={index} title={note.help}>
                  <td>{formatClock(micros(note.time_us), "micro")}</td>
                  <td className={`is-${note.from}`}>{note.from}</td>
                  <td>at {formatCount(note.offset)}</td>
                  <td>{note.code}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

export interface SessionTabProps {
  readonly detail: CommunicationDetail;
  readonly packet?: number | null;
  readonly onPacket?: (number: number | null) => void;
}

const kNobody = (): void => undefined;

export function SessionTab({ detail, packet = null, onPacket = kNobody }: SessionTabProps) {
  const client = useQueryClient();
  const unknown = detail._links["session"] === undefined;
  // The communication's own answer is from before the session ended: it knows no packets of it.
  const onThere = useCallback(() => {
    if (unknown) void client.invalidateQueries({ queryKey: ["communication", detail.id] });
  }, [client, unknown, detail.id]);
  const why = notSaved(detail.not_saved, "sessions");
  if (unknown && why !== undefined) {
    return (
      <Notice icon="info" title="The TCP session is not there" testId="no-session">
        <p>
          <NotSavedNote one={why} />
        </p>
      </Notice>
    );
  }
  const { request, response } = detail;
  const first = request?.first_packet ?? response?.first_packet;
  const last = response?.last_packet ?? request?.last_packet;
  const own = first === undefined || last === undefined ? null : ([first, last] as const);
  return (
    <SessionView
      id={detail.session_id}
      whisperer={detail.whisperer}
      onThere={onThere}
      packet={packet}
      onPacket={onPacket}
      own={own}
    />
  );
}
