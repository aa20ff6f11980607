// SummaryTab: where the time went, what is not whole and why, and the facts.

import { wireText, type CommunicationDetail } from "../api/types";
import { formatBytes, formatCount, formatDuration } from "../base/format";
import { formatDateTime, micros, zoneName } from "../base/time";
import type { Story } from "../base/tcp_story";
import { endName } from "../state/hostName";
import { useCommunicationStory } from "../state/packets";
import type { Filter } from "../state/url";
import { fieldTerm, valueText } from "../state/terms";
import { Ask } from "../widgets/Ask";
import { Icon } from "../widgets/Icon";
import { TimingFrieze, type TimingPart } from "../widgets/TimingFrieze";
import { cellTerm } from "./cellTerms";
import type { ColumnKey } from "./columns";
import { MeaningFacts } from "./MeaningFacts";
import { endFact, reasonsOf } from "./reasons";

export function timingOf(detail: CommunicationDetail, story: Story | null): TimingPart[] {
  const { request, response } = detail;
  const opened = story?.steps.find((step) => step.act === "open" && step.fromClient)?.time;
  return [
    {
      key: "connect",
      label: "Connect",
      help:
        "TCP handshake; on the first communication of a session" +
        (opened === undefined ? ". When it began is told by its packets only" : ""),
      us: detail.connect_us,
      // Without its packets it is drawn up to the request's first byte.
      from: detail.connect_us === null ? null : (opened ?? detail.start_us - detail.connect_us),
    },
    {
      key: "request",
      label: "Request",
      help: "First to last byte of the request",
      us: detail.request_us,
      from: request?.first_byte_us ?? null,
      missing: request?.missing_bytes ?? 0,
      again: request?.retransmitted_bytes ?? 0,
    },
    {
      key: "wait",
      label: "Wait",
      help: "Last byte of the request to first byte of the response",
      us: detail.wait_us,
      from: request?.last_byte_us ?? null,
    },
    {
      key: "response",
      label: "Response",
      help: "First to last byte of the response",
      us: detail.response_us,
      from: response?.first_byte_us ?? null,
      missing: response?.missing_bytes ?? 0,
      again: response?.retransmitted_bytes ?? 0,
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

// The names of both ends, for whom there is one, each with a term that asks for it.
function nameFacts(detail: CommunicationDetail): Fact[] {
  return (["client", "server"] as const).flatMap((end): Fact[] => {
    const { name, about } = endName(detail, end);
    if (name === null) return [];
    const label = end === "client" ? "Client's name" : "Server's name";
    return [[label, about, fieldTerm(`${end}.name`, valueText(name))]];
  });
}

type Fact = readonly [name: string, value: string, term?: string | null];

function facts(detail: CommunicationDetail): Fact[] {
  const start = micros(detail.start_us);
  const asks = (key: ColumnKey): string | null => cellTerm(detail, key);
  const rows: Fact[] = [
    ["Start", `${formatDateTime(start, "micro")} ${zoneName(start)}`],
    ["End", formatDateTime(micros(detail.end_us), "micro")],
    ["Client", endpointText(detail.client_ip, detail.client_port), asks("client")],
    ["Server", endpointText(detail.server_ip, detail.server_port), asks("server")],
    ...nameFacts(detail),
    ["Host", wireText(detail.host ?? "none given"), asks("host")],
    ...templateFact(detail, asks("template")),
    ["Request", sizeText(detail.request_body_bytes, detail.request_wire_bytes)],
    ["Response", sizeText(detail.response_body_bytes, detail.response_wire_bytes)],
  ];
  if (detail.response_type !== null) rows.push(["Type", detail.response_type, asks("type")]);
  if (detail.response_encoding !== null)
    rows.push([
      "Encoding",
      wireText(detail.response_encoding),
      fieldTerm("encoding", `=${valueText(detail.response_encoding)}`),
    ]);
  const end = endFact(detail);
  if (end !== null) {
    const after = detail.ended_after_us;
    const term = after === null ? null : fieldTerm("ended.after", `>=${after}us`);
    rows.push(["Connection ended", end, term]);
  }
  if (detail.interim_responses > 0)
    rows.push(["Interim responses", formatCount(detail.interim_responses)]);
  if (detail.retransmitted_bytes > 0)
    rows.push(["Sent again", formatBytes(detail.retransmitted_bytes)]);
  rows.push([
    "Protocol",
    detail.http_version === null ? "HTTP, no version" : `HTTP/${detail.http_version}`,
    detail.http_version === null ? null : fieldTerm("version", detail.http_version),
  ]);
  rows.push(["Whisperer", detail.whisperer, asks("whisperer")]);
  if (detail.upload !== null) rows.push(["Upload", String(detail.upload), asks("upload")]);
  rows.push([
    "Place in its session",
    `${formatCount(detail.ordinal + 1)}${ordinalEnd(detail.ordinal + 1)}`,
  ]);
  rows.push(["Id", detail.id, fieldTerm("id", detail.id)]);
  return rows;
}

// Only where it says more than the path does.
function templateFact({ path, template }: CommunicationDetail, term: string | null): Fact[] {
  if (path === null || template === null || template === path.split("?")[0]) return [];
  return [["Template", wireText(template), term]];
}

function ordinalEnd(n: number): string {
  const tens = n % 100;
  if (tens >= 11 && tens <= 13) return "th";
  return ["th", "st", "nd", "rd"][n % 10] ?? "th";
}

function PacketTiming({ detail }: { detail: CommunicationDetail }) {
  const story = useCommunicationStory(detail);
  return <TimingFrieze parts={timingOf(detail, story)} story={story} />;
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
        {detail._links["packets"] === undefined ? (
          <TimingFrieze parts={timingOf(detail, null)} story={null} />
        ) : (
          <PacketTiming detail={detail} />
        )}
      </div>
      <MeaningFacts meaning={detail.meaning} onFilter={onFilter} />
      <div className="section">
        <h3>Facts</h3>
        <dl className="facts" data-testid="facts">
          {facts(detail).map(([name, value, term]) => (
            <div key={name} className="fact asks">
              <dt>{name}</dt>
              <dd>
                {value}
                {term != null && <Ask term={term} />}
              </dd>
            </div>
          ))}
        </dl>
      </div>
    </>
  );
}
