// TCP sessions beside the communications: what of a question can be asked of them, and what their
// record says of why nothing was found in one. Pure.

import type { FilterQuery } from "../api/questions";
import type { SessionItem } from "../api/types";
import { formatBytes } from "../base/format";
import { fieldOf, joinTerms, splitTerms } from "./terms";

// Which sessions are listed, by whether communications were found in them; as the API has it.
export const kSessionKinds = ["any", "none", "some"] as const;
export type SessionKind = (typeof kSessionKinds)[number];

// Fields that sessions have, too, with their other names: docs/filter.md.
const kFields = new Set([
  "duration",
  "connect",
  "missing",
  "missing.bytes",
  "retransmitted",
  "retransmitted.bytes",
  "ip",
  "address",
  "client.ip",
  "client",
  "server.ip",
  "server",
  "name",
  "host.name",
  "client.name",
  "server.name",
  "port",
  "client.port",
  "server.port",
  "whisperer",
  "upload",
  "session",
  "start",
  "end",
  "code",
]);

export interface SessionFilter {
  readonly query: FilterQuery;
  readonly asked: readonly string[]; // terms that are asked of sessions
  readonly left: readonly string[]; // terms that cannot be: they are of communications
}

// What cannot be taken apart is left out whole.
export function sessionFilter(q: string, kind: SessionKind): SessionFilter {
  const text = q.trim();
  const terms = splitTerms(text);
  const own = (term: string): boolean => kFields.has(fieldOf(term).replaceAll("_", "."));
  const asked = (terms ?? []).filter(own);
  const left = terms === null ? [text] : terms.filter((term) => !own(term));
  const query = {
    q: asked.length === 0 ? undefined : joinTerms(asked),
    communications: kind === "any" ? undefined : kind,
  };
  return { query, asked, left };
}

// A communication's id has one part more: its place in the session.
export const isSessionId = (id: string): boolean => /^\w+-[0-9a-f]+-[0-9a-f]+$/.test(id);

type Recorded = Pick<
  SessionItem,
  | "communications"
  | "decoder"
  | "client_bytes"
  | "server_bytes"
  | "missing_bytes"
  | "mid_stream"
  | "codes"
>;

// Codes of first bytes that prove a protocol which is not read.
const kBegins: Readonly<Record<string, string>> = {
  begins_as_tls: "TLS",
  begins_as_http2: "HTTP/2",
  begins_as_postgresql: "PostgreSQL",
  begins_as_redis: "Redis",
  begins_as_ssh: "SSH",
};

// Null when its first bytes prove nothing.
export function beginsAs(codes: readonly string[]): string | null {
  const known = codes.flatMap((code) => kBegins[code] ?? []);
  return known.length === 0 ? null : known.join(", ");
}

export const oddities = (codes: readonly string[]): string[] =>
  codes.filter((code) => kBegins[code] === undefined);

export interface WhyNothing {
  readonly short: string;
  readonly text: string; // whole sentences
}

// Only what the record proves; null where something was found.
export function whyNothing(session: Recorded): WhyNothing | null {
  if (session.communications > 0) return null;
  const bytes = session.client_bytes + session.server_bytes;
  const more = [
    ...(session.missing_bytes > 0
      ? [`${formatBytes(session.missing_bytes)} of it were sent but never captured.`]
      : []),
    ...(session.mid_stream ? ["Its beginning was not captured."] : []),
  ];
  const say = (short: string, ...text: string[]): WhyNothing => ({
    short,
    text: [...text, ...more].join(" "),
  });
  if (bytes === 0)
    return say("no payload", "No byte of payload was captured: there was nothing to read.");
  const begins = beginsAs(session.codes);
  if (session.decoder === null && begins !== null)
    return say(
      `${begins}, not read`,
      `Its first bytes are those of ${begins}, which is not read:`,
      `${formatBytes(bytes)} of payload.`,
    );
  if (session.decoder === null)
    return say(
      "not recognised as HTTP/1",
      `In ${formatBytes(bytes)} of payload no HTTP/1 was recognised.`,
      "Encrypted traffic and other protocols look like this.",
    );
  return say(
    "recognised, but nothing whole",
    `It was recognised as ${session.decoder}, but no communication could be told from it.`,
  );
}
