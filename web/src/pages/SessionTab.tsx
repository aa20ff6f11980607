// SessionTab: the TCP session under the communication, its two directions, its parse log and, when
// they were saved, its packets. What was not saved says why, and has no link.

import type { CommunicationDetail, Session, StreamStats } from "../api/types";
import { formatBytes, formatCount, formatDuration } from "../base/format";
import { formatClock, formatDateTime, micros } from "../base/time";
import { usePackets, useSession } from "../state/data";
import { Failure } from "../widgets/Failure";
import { Icon } from "../widgets/Icon";
import { Notice, Skeleton } from "../widgets/states";
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

function Packets({ session }: { session: Session }) {
  const saved = session._links["packets"] !== undefined;
  const packets = usePackets(session.id, saved);
  const pcap = session._links["packets_pcap"]?.href;
  if (!saved) {
    return (
      <div className="mark is-plain" data-testid="no-packets">
        <Icon name="info" />
        <span>
          The packets were not saved: the whisperer “{session.whisperer}” does not keep them. Set
          save_packets = true to keep those to come.
        </span>
      </div>
    );
  }
  if (packets.error !== null)
    return <Failure error={packets.error} retry={() => void packets.refetch()} />;
  if (packets.data === undefined) return <Skeleton rows={4} />;
  let previous = session.start_us;
  return (
    <>
      {pcap !== undefined && (
        <a className="button is-small" href={pcap} download>
          <Icon name="download" />
          Packets as pcap
        </a>
      )}
      <table className="packets" data-testid="packets">
        <thead>
          <tr>
            <th scope="col">Number</th>
            <th scope="col">Time</th>
            <th scope="col">After</th>
            <th scope="col">Bytes</th>
          </tr>
        </thead>
        <tbody>
          {packets.data.items.map((packet) => {
            const after = packet.time_us - previous;
            previous = packet.time_us;
            const cut = packet.captured_bytes < packet.wire_bytes;
            return (
              <tr key={packet.number}>
                <td>{packet.number}</td>
                <td>{formatClock(micros(packet.time_us), "micro")}</td>
                <td>{formatDuration(after)}</td>
                <td>
                  {formatCount(packet.wire_bytes)}
                  {cut && ` (${formatCount(packet.captured_bytes)} captured)`}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {packets.data.more && (
        <p className="faint">The first {formatCount(packets.data.count)}; all are in the pcap.</p>
      )}
    </>
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
    ["Handshake", session.connect_us === null ? "not seen" : formatDuration(session.connect_us)],
    ["Ended", kSessionClose[session.close] ?? session.close],
    ["Communications", formatCount(session.communications)],
    ["Recognised as", session.decoder ?? "nothing known"],
  ];
  if (session.mid_stream) rows.push(["Beginning", "not captured"]);
  if (session.outer.length > 0)
    rows.push(["Inside", session.outer.map(outerLayerText).join(" › ")]);
  if (session.codes.length > 0) rows.push(["Oddities", session.codes.join(", ")]);
  if (session.overlap_conflicts > 0)
    rows.push(["Conflicting overlaps", formatCount(session.overlap_conflicts)]);
  rows.push(["Id", session.id]);
  return rows;
}

function SessionView({ id }: { id: string }) {
  const query = useSession(id);
  if (query.error !== null)
    return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (query.data === undefined) return <Skeleton rows={8} />;
  const session = query.data;
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
        <h3>Streams</h3>
        <Streams session={session} />
      </div>
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
      <div className="section">
        <h3>Packets</h3>
        <Packets session={session} />
      </div>
    </>
  );
}

export function SessionTab({ detail }: { detail: CommunicationDetail }) {
  if (detail._links["session"] === undefined) {
    return (
      <Notice icon="info" title="The TCP session is not there" testId="no-session">
        <p>
          The whisperer “{detail.whisperer}” does not keep sessions, or this one is still open. Set
          save_sessions = true to keep those to come.
        </p>
      </Notice>
    );
  }
  return <SessionView id={detail.session_id} />;
}
