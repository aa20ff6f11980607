// SummaryTab: where the time went, what is not whole and why, and the facts.

import { wireText, type CommunicationDetail } from "../api/types";
import { formatBytes, formatCount, formatDuration } from "../base/format";
import { formatDateTime, micros, zoneName } from "../base/time";
import type { Filter } from "../state/url";
import { Icon } from "../widgets/Icon";
import { TimingBar, type TimingPart } from "../widgets/TimingBar";
import { MeaningFacts } from "./MeaningFacts";
import { reasonsOf } from "./reasons";

function timingOf(detail: CommunicationDetail): TimingPart[] {
  return [
    {
      key: "connect",
      label: "Connect",
      help: "TCP handshake; on the first communication of a session",
      us: detail.connect_us,
    },
    {
      key: "request",
      label: "Request",
      help: "First to last byte of the request",
      us: detail.request_us,
    },
    {
      key: "wait",
      label: "Wait",
      help: "Last byte of the request to first byte of the response",
      us: detail.wait_us,
    },
    {
      key: "response",
      label: "Response",
      help: "First to last byte of the response",
      us: detail.response_us,
    },
  ];
}

// What the whole covers: Connect lies before it. Without a response there is no whole.
export function wholeTime(detail: CommunicationDetail): string {
  if (detail.state === "no_response") return "— no answer";
  const before = detail.connect_us === null ? "" : ", Connect not counted";
  return `${formatDuration(detail.duration_us)} from first to last byte${before}`;
}

export function endpointText(ip: string, port: number): string {
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}

function sizeText(body: number | null, wire: number | null): string {
  if (body === null || wire === null) return "not captured";
  return `${formatBytes(body)} body, ${formatBytes(wire)} on the wire`;
}

function facts(detail: CommunicationDetail): [string, string][] {
  const start = micros(detail.start_us);
  const rows: [string, string][] = [
    ["Start", `${formatDateTime(start, "micro")} ${zoneName(start)}`],
    ["End", formatDateTime(micros(detail.end_us), "micro")],
    ["Client", endpointText(detail.client_ip, detail.client_port)],
    ["Server", endpointText(detail.server_ip, detail.server_port)],
    ["Host", wireText(detail.host ?? "none given")],
    ["Request", sizeText(detail.request_body_bytes, detail.request_wire_bytes)],
    ["Response", sizeText(detail.response_body_bytes, detail.response_wire_bytes)],
  ];
  if (detail.response_type !== null) rows.push(["Type", detail.response_type]);
  if (detail.response_encoding !== null)
    rows.push(["Encoding", wireText(detail.response_encoding)]);
  if (detail.interim_responses > 0)
    rows.push(["Interim responses", formatCount(detail.interim_responses)]);
  if (detail.retransmitted_bytes > 0)
    rows.push(["Sent again", formatBytes(detail.retransmitted_bytes)]);
  rows.push([
    "Protocol",
    detail.http_version === null ? "HTTP, no version" : `HTTP/${detail.http_version}`,
  ]);
  rows.push(["Whisperer", detail.whisperer]);
  rows.push([
    "Place in its session",
    `${formatCount(detail.ordinal + 1)}${ordinalEnd(detail.ordinal + 1)}`,
  ]);
  rows.push(["Id", detail.id]);
  return rows;
}

function ordinalEnd(n: number): string {
  const tens = n % 100;
  if (tens >= 11 && tens <= 13) return "th";
  return ["th", "st", "nd", "rd"][n % 10] ?? "th";
}

export interface SummaryTabProps {
  readonly detail: CommunicationDetail;
  readonly onFilter: (change: Partial<Filter>) => void;
}

export function SummaryTab({ detail, onFilter }: SummaryTabProps) {
  const reasons = reasonsOf(detail);
  return (
    <>
      {reasons.length > 0 && (
        <div className="section marks" data-testid="marks">
          {reasons.map((reason) => (
            <div key={reason.text} className={`mark is-${reason.tone}`}>
              <Icon name={reason.tone === "warn" ? "warning" : "info"} />
              <span>{reason.text}</span>
            </div>
          ))}
        </div>
      )}
      <div className="section">
        <h3>
          Timing <span className="faint">{wholeTime(detail)}</span>
        </h3>
        <TimingBar parts={timingOf(detail)} />
      </div>
      <MeaningFacts meaning={detail.meaning} onFilter={onFilter} />
      <div className="section">
        <h3>Facts</h3>
        <dl className="facts" data-testid="facts">
          {facts(detail).map(([name, value]) => (
            <div key={name} className="fact">
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </div>
    </>
  );
}
