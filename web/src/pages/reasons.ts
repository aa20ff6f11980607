// Why something is not whole or not there, in words. Pure.

import type { Communication, CommunicationDetail, Message, MessageFlag } from "../api/types";
import { formatBytes, formatDuration } from "../base/format";
import { notSaved, notSavedWords } from "../state/notSaved";

export interface Reason {
  readonly tone: "warn" | "plain";
  readonly text: string;
}

const kStates: Record<CommunicationDetail["state"], string | null> = {
  complete: null,
  partial: "Partial: something of it was not captured, or its connection ended early.",
  no_response: "No response to this request was captured.",
  no_request: "The request of this response was not captured.",
};

const kFlags: Partial<Record<MessageFlag, string>> = {
  cut: "ended before it was complete",
  framing_odd: "has conflicting lengths or a malformed chunk",
  upgrade: "switched to another protocol; what follows is not shown",
};

function messageReasons(name: string, message: Message | null): Reason[] {
  if (message === null) return [];
  const reasons: Reason[] = [];
  if (message.missing_bytes > 0) {
    const size = formatBytes(message.missing_bytes);
    reasons.push({ tone: "warn", text: `${size} of the ${name} were sent but never captured.` });
  } else if (message.flags.includes("gap")) {
    reasons.push({ tone: "warn", text: `The ${name} has a hole of unknown length.` });
  }
  for (const flag of message.flags) {
    const text = kFlags[flag];
    if (text !== undefined) reasons.push({ tone: "warn", text: `The ${name} ${text}.` });
  }
  return reasons;
}

// What a sentence above says already, in other words.
const kSaidByState: Partial<Record<CommunicationDetail["state"], string>> = {
  no_response: "response_not_seen",
  no_request: "request_not_seen",
};
const kSaidByGaps = new Set(["gap_in_message"]);

export function reasonsOf(detail: CommunicationDetail): Reason[] {
  const messages = [
    ...messageReasons("request", detail.request),
    ...messageReasons("response", detail.response),
  ];
  const holes = [detail.request, detail.response].some(
    (message) => message !== null && (message.missing_bytes > 0 || message.flags.includes("gap")),
  );
  const reasons: Reason[] = [];
  const state = bytesUnreadable(detail.codes) === null ? kStates[detail.state] : null;
  const general = detail.state === "partial" && messages.length > 0;
  if (state !== null && !general) reasons.push({ tone: "warn", text: state });
  reasons.push(...messages);
  for (const code of detail.oddities) {
    if (code.name === kSaidByState[detail.state]) continue;
    if (holes && kSaidByGaps.has(code.name)) continue;
    const grave = ["data_loss", "error", "warning"].includes(code.severity);
    reasons.push({ tone: grave ? "warn" : "plain", text: `${code.help} (${code.name})` });
  }
  return reasons;
}

// Which side's bytes were captured, and are nothing that could be read as HTTP/1.
export function bytesUnreadable(codes: readonly string[]): "request" | "response" | null {
  if (codes.includes("response_unreadable")) return "response";
  return codes.includes("request_unreadable") ? "request" : null;
}

// Null when the body can be read.
export function bodyReason(
  name: string,
  message: Message,
  detail: Pick<CommunicationDetail, "whisperer" | "not_saved">,
): string | null {
  switch (message.body_state) {
    case "none":
      if (message.missing_bytes === 0) return `The ${name} has no body.`;
      if (message.holes === null)
        return `No byte of a body was captured; whether the ${name} had one is not known.`;
      return (
        `No byte of the ${name}'s body was captured; ` +
        `${formatBytes(message.missing_bytes)} were sent.`
      );
    case "not_saved": {
      const why = notSaved(detail.not_saved, "bodies") ?? {
        what: "bodies",
        option: "save_bodies",
        whisperer: detail.whisperer,
        known: "unknown",
        since: null,
        since_us: null,
      };
      return `The body (${formatBytes(message.body_bytes)}) is not there. ${notSavedWords(why)}`;
    }
    case "removed":
      return (
        `The body (${formatBytes(message.body_bytes)}), or a part of it, was removed: by ` +
        `retention (keep_bodies, max_size) or by hand.`
      );
    case "capped":
      return message.saved_body_bytes === 0
        ? `Nothing of the body (${formatBytes(message.body_bytes)}) was saved: body_max_bytes is 0.`
        : null;
    case "whole":
      return message.saved_body_bytes === 0 ? `No byte of the ${name}'s body was captured.` : null;
  }
}

// Who ended the connection of what was not seen whole, as its codes tell; null when none does.
const kEnds: Readonly<Record<string, string>> = {
  client_closed: "client closed",
  client_reset: "client reset",
  server_closed: "server closed",
  server_reset: "server reset",
};

export function whoEnded(codes: readonly string[]): string | null {
  return codes.map((code) => kEnds[code]).find((words) => words !== undefined) ?? null;
}

type Ended = Pick<Communication, "codes" | "ended_after_us">;

// "3 s after its last byte, by the client (FIN)". Records of older versions
// do not know when.
export function endFact({ codes, ended_after_us: after }: Ended): string | null {
  const [side, way] = whoEnded(codes)?.split(" ") ?? [];
  if (side === undefined) return null;
  const by = `by the ${side} (${way === "reset" ? "RST" : "FIN"})`;
  if (after === null) return by;
  const order = after < 0 ? "before" : "after";
  return `${formatDuration(Math.abs(after))} ${order} its last byte, ${by}`;
}

// What stands for a target that there is none of.
export function noTarget(codes: readonly string[]): string {
  return codes.includes("request_unreadable") ? "request not readable" : "request not seen";
}

export const kSessionClose: Readonly<Record<string, string>> = {
  open: "still open",
  fin: "closed by both sides",
  reset: "reset",
  idle: "idle for too long",
  evicted: "closed early: the session table was full",
  end_of_input: "the capture ended first",
  port_reuse: "its ports were used again",
  unknown: "unknown",
};

// The same in a column.
export const kSessionCloseShort: Readonly<Record<string, string>> = {
  open: "still open",
  fin: "closed",
  reset: "reset",
  idle: "idle",
  evicted: "closed early",
  end_of_input: "capture ended",
  port_reuse: "ports reused",
  unknown: "unknown",
};
