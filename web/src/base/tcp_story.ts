// What the packets of one TCP session did, in the order in which they were captured: what was new,
// sent again, early, or jumped over bytes that never came. Told from the packets alone. Pure.

import { kAck, kFin, kReset, kSyn, type TcpHeader } from "./packet";

export type Act =
  | "open" // SYN
  | "new"
  | "again" // brings nothing that was not there
  | "copy" // the same packet once more, as a mirror port shows it
  | "partly" // some of it was there
  | "filled" // comes late, into a hole
  | "ack"
  | "alive" // a keep-alive: one byte or none, just before what is next
  | "close" // FIN
  | "reset";

export interface Seen {
  readonly number: number;
  readonly time: number; // microseconds
  readonly fromClient: boolean;
  readonly tcp: TcpHeader;
}

export interface Step {
  readonly number: number;
  readonly time: number;
  readonly fromClient: boolean;
  readonly act: Act;
  readonly seq: number; // from the first one of its direction, never wraps
  readonly end: number; // behind it: a SYN or FIN takes one, too
  readonly payload: number; // bytes
  readonly ack: number | null; // in the other direction's count; null when that is not known yet
  readonly window: number;
  readonly flags: number;
}

export interface Hole {
  readonly fromClient: boolean;
  readonly from: number; // sequence
  readonly to: number;
  readonly time: number; // of the packet that showed it
  readonly until: number | null; // filled then; null: never
}

export interface Story {
  readonly steps: readonly Step[];
  readonly holes: readonly Hole[];
}

interface Way {
  base: number | null; // wire sequence number of 0
  low: number; // lowest seen; what comes from below was under way before the first packet
  last: number; // highest relative number seen: numbers near it are unwrapped to it
  next: number; // behind the highest byte seen
  holes: { from: number; to: number; time: number }[];
  recent: Map<string, number>; // what the last packets were, with their times
}

const kHolesMax = 2_000;
const kRecentMax = 256;
const kCopyWithin = 1_000_000; // microseconds

function remember(recent: Map<string, number>, twin: string, time: number): void {
  recent.delete(twin);
  recent.set(twin, time);
  if (recent.size <= kRecentMax) return;
  const oldest = recent.keys().next().value;
  if (oldest !== undefined) recent.delete(oldest);
}

function relative(way: Way, wire: number): number {
  const base = way.base ?? wire;
  const raw = (wire - base) >>> 0;
  const turns = Math.round((way.last - raw) / 0x1_0000_0000);
  return raw + turns * 0x1_0000_0000;
}

export function tellStory(packets: readonly Seen[]): Story {
  const fresh = (): Way => ({ base: null, low: 0, last: 0, next: 0, holes: [], recent: new Map() });
  const ways = { client: fresh(), server: fresh() };
  const steps: Step[] = [];
  const holes: Hole[] = [];

  for (const { number, time, fromClient, tcp } of packets) {
    const way = fromClient ? ways.client : ways.server;
    const other = fromClient ? ways.server : ways.client;
    const { flags, payload } = tcp;
    const syn = (flags & kSyn) !== 0;
    const marks = (syn ? 1 : 0) + (flags & kFin ? 1 : 0);
    if (way.base === null) {
      way.base = tcp.seq;
      way.next = 0;
    }
    const seq = relative(way, tcp.seq);
    const end = seq + payload + marks;
    let act: Act = "ack";
    const twin = `${tcp.ipId} ${tcp.seq} ${tcp.ack} ${payload} ${flags} ${tcp.window}`;
    const before = tcp.ipId === null ? undefined : way.recent.get(twin);
    remember(way.recent, twin, time);
    if (before !== undefined && time - before < kCopyWithin) act = "copy";
    else if (flags & kReset) act = "reset";
    else if (payload + marks === 0) act = seq === way.next - 1 ? "alive" : "ack";
    else if (seq >= way.next) {
      act = syn ? "open" : payload > 0 ? "new" : "close";
      if (seq > way.next && way.holes.length < kHolesMax)
        way.holes.push({ from: way.next, to: seq, time });
    } else if (end <= way.low) {
      act = "filled";
      way.low = seq;
    } else {
      const inHole = way.holes.filter((hole) => hole.from < end && seq < hole.to);
      if (inHole.length > 0) {
        act = "filled";
        const rest: Way["holes"] = [];
        for (const hole of way.holes) {
          const [from, to] = [Math.max(hole.from, seq), Math.min(hole.to, end)];
          if (from >= to) {
            rest.push(hole);
            continue;
          }
          holes.push({ fromClient, from, to, time: hole.time, until: time });
          if (hole.from < from) rest.push({ ...hole, to: from });
          if (to < hole.to) rest.push({ ...hole, from: to });
        }
        way.holes = rest;
      } else if (end > way.next) act = "partly";
      else if (payload <= 1 && marks === 0 && seq === way.next - 1) act = "alive";
      else act = "again";
    }
    if (act !== "reset") way.next = Math.max(way.next, end);
    way.last = Math.max(way.last, seq);
    const known = (flags & kAck) !== 0 && other.base !== null;
    steps.push({
      number,
      time,
      fromClient,
      act,
      seq,
      end,
      payload,
      ack: known ? relative(other, tcp.ack) : null,
      window: tcp.window,
      flags,
    });
  }
  for (const [fromClient, way] of [
    [true, ways.client],
    [false, ways.server],
  ] as const)
    for (const hole of way.holes) holes.push({ fromClient, ...hole, until: null });
  return { steps, holes };
}

export const kActNames: Record<Act, string> = {
  open: "opens",
  new: "",
  again: "sent again",
  copy: "seen twice",
  partly: "partly sent again",
  filled: "late, fills a gap",
  ack: "",
  alive: "keep-alive",
  close: "closes",
  reset: "reset",
};
