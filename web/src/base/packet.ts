// One captured frame, layer by layer, with the bytes each field stands in. Reads only what is
// there: a frame that was cut, or is no such protocol, ends with the layers before. Pure.

import { formatCount, plural } from "./format";

export interface Field {
  readonly name: string;
  readonly value: string;
  readonly from: number; // bytes of the frame, [from, to)
  readonly to: number;
}

export interface Layer {
  readonly name: string;
  readonly said: string; // what matters of it in a few words
  readonly from: number;
  readonly to: number;
  readonly fields: readonly Field[];
}

export interface TcpHeader {
  readonly sourceIp: string;
  readonly targetIp: string;
  readonly source: number;
  readonly target: number;
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly window: number;
  readonly payloadFrom: number; // byte of the frame
  readonly ipId: number | null; // of IPv4, where it is not zero
  readonly payload: number; // bytes as the headers state them, captured or not
}

export interface Decoded {
  readonly layers: readonly Layer[];
  readonly tcp: TcpHeader | null; // the innermost
}

export const kFin = 1;
export const kSyn = 2;
export const kReset = 4;
export const kPush = 8;
export const kAck = 16;

const kFlagNames = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];

export function flagsText(flags: number): string {
  const names = kFlagNames.filter((_, bit) => flags & (1 << bit));
  return names.length === 0 ? "none" : names.join(" ");
}

class Reader {
  readonly layers: Layer[] = [];
  tcp: TcpHeader | null = null;
  readonly view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  has(at: number, count: number): boolean {
    return at + count <= this.bytes.length;
  }
  u8(at: number): number {
    return this.view.getUint8(at);
  }
  u16(at: number): number {
    return this.view.getUint16(at);
  }
  u32(at: number): number {
    return this.view.getUint32(at);
  }
  hex(at: number, count: number, between = ""): string {
    const part = this.bytes.subarray(at, at + count);
    return Array.from(part, (byte) => byte.toString(16).padStart(2, "0")).join(between);
  }
  add(name: string, said: string, from: number, to: number, fields: Field[]): void {
    this.layers.push({ name, said, from, to: Math.min(to, this.bytes.length), fields });
  }
}

const field = (name: string, value: string | number, from: number, size: number): Field => ({
  name,
  value: String(value),
  from,
  to: from + size,
});

const kEtherTypes: Readonly<Record<number, string>> = {
  0x0800: "IPv4",
  0x0806: "ARP",
  0x8100: "VLAN",
  0x86dd: "IPv6",
  0x8847: "MPLS",
  0x8864: "PPPoE",
  0x88a8: "VLAN (service)",
};
const kProtocols: Readonly<Record<number, string>> = {
  1: "ICMP",
  4: "IPv4",
  6: "TCP",
  17: "UDP",
  41: "IPv6",
  47: "GRE",
  58: "ICMPv6",
};
const named = (names: Readonly<Record<number, string>>, value: number, digits: number): string => {
  const hex = `0x${value.toString(16).padStart(digits, "0")}`;
  return names[value] === undefined ? hex : `${names[value]} (${hex})`;
};

const ip4 = (r: Reader, at: number): string => [...r.bytes.subarray(at, at + 4)].join(".");

export function ip6Text(bytes: Uint8Array): string {
  const groups = Array.from(
    { length: 8 },
    (_, n) => ((bytes[n * 2] ?? 0) << 8) | (bytes[n * 2 + 1] ?? 0),
  );
  // The longest run of two or more zeros is written as :: (RFC 5952).
  let [best, length] = [-1, 1];
  for (let from = 0; from < 8; from += 1) {
    let run = 0;
    while (from + run < 8 && groups[from + run] === 0) run += 1;
    if (run > length) [best, length] = [from, run];
  }
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(":");
  return best < 0
    ? hex(groups)
    : `${hex(groups.slice(0, best))}::${hex(groups.slice(best + length))}`;
}

function ethernet(r: Reader, at: number, deep: number): void {
  if (!r.has(at, 14)) return;
  const type = r.u16(at + 12);
  r.add("Ethernet", `${r.hex(at + 6, 6, ":")} → ${r.hex(at, 6, ":")}`, at, at + 14, [
    field("Destination", r.hex(at, 6, ":"), at, 6),
    field("Source", r.hex(at + 6, 6, ":"), at + 6, 6),
    field("Type", named(kEtherTypes, type, 4), at + 12, 2),
  ]);
  byEtherType(r, type, at + 14, deep);
}

function byEtherType(r: Reader, type: number, at: number, deep: number): void {
  if (deep > 12) return;
  if (type === 0x0800) ipv4(r, at, deep + 1);
  else if (type === 0x86dd) ipv6(r, at, deep + 1);
  else if ([0x8100, 0x88a8, 0x9100].includes(type)) {
    if (!r.has(at, 4)) return;
    const tag = r.u16(at);
    r.add("VLAN", `id ${tag & 0xfff}`, at, at + 4, [
      field("Priority", tag >> 13, at, 1),
      field("Id", tag & 0xfff, at, 2),
      field("Type", named(kEtherTypes, r.u16(at + 2), 4), at + 2, 2),
    ]);
    byEtherType(r, r.u16(at + 2), at + 4, deep + 1);
  } else if (type === 0x8847 || type === 0x8848) mpls(r, at, deep + 1);
  else if (type === 0x8864 && r.has(at, 8)) {
    r.add("PPPoE", `session ${r.u16(at + 2)}`, at, at + 8, [
      field("Session", r.u16(at + 2), at + 2, 2),
      field("Length", r.u16(at + 4), at + 4, 2),
      field("Protocol", `0x${r.hex(at + 6, 2)}`, at + 6, 2),
    ]);
    if (r.u16(at + 6) === 0x21) ipv4(r, at + 8, deep + 1);
    else if (r.u16(at + 6) === 0x57) ipv6(r, at + 8, deep + 1);
  } else if (type === 0x6558) ethernet(r, at, deep + 1);
}

function mpls(r: Reader, at: number, deep: number): void {
  if (!r.has(at, 4) || deep > 12) return;
  const label = r.u32(at) >>> 12;
  const last = (r.u8(at + 2) & 1) === 1;
  r.add("MPLS", `label ${label}`, at, at + 4, [
    field("Label", label, at, 3),
    field("Bottom of stack", last ? "yes" : "no", at + 2, 1),
    field("Time to live", r.u8(at + 3), at + 3, 1),
  ]);
  if (!last) mpls(r, at + 4, deep + 1);
  else byVersion(r, at + 4, deep + 1);
}

function byVersion(r: Reader, at: number, deep: number): void {
  if (!r.has(at, 1)) return;
  const version = r.u8(at) >> 4;
  if (version === 4) ipv4(r, at, deep);
  else if (version === 6) ipv6(r, at, deep);
}

function ipv4(r: Reader, at: number, deep: number): void {
  if (!r.has(at, 20) || r.u8(at) >> 4 !== 4) return;
  const head = (r.u8(at) & 15) * 4;
  if (head < 20) return;
  const total = r.u16(at + 2);
  const fragment = r.u16(at + 6);
  const protocol = r.u8(at + 9);
  const [from, to] = [ip4(r, at + 12), ip4(r, at + 16)];
  r.add("IPv4", `${from} → ${to}`, at, at + head, [
    field("Header length", `${head} bytes`, at, 1),
    field("Service", `0x${r.hex(at + 1, 1)}`, at + 1, 1),
    field("Total length", total, at + 2, 2),
    field("Identification", `0x${r.hex(at + 4, 2)}`, at + 4, 2),
    field(
      "Fragment",
      `${fragment & 0x4000 ? "do not fragment" : fragment & 0x2000 ? "more follow" : "last"}, ` +
        `offset ${(fragment & 0x1fff) * 8}`,
      at + 6,
      2,
    ),
    field("Time to live", r.u8(at + 8), at + 8, 1),
    field("Protocol", kProtocols[protocol] ?? protocol, at + 9, 1),
    field("Checksum", `0x${r.hex(at + 10, 2)}`, at + 10, 2),
    field("Source", from, at + 12, 4),
    field("Destination", to, at + 16, 4),
    ...(head > 20 ? [field("Options", plural(head - 20, "byte"), at + 20, head - 20)] : []),
  ]);
  if ((fragment & 0x1fff) > 0) return; // the transport's header is in another fragment
  // A length of zero: cut into segments by the network card after the capture.
  const size = total === 0 ? r.bytes.length - at - head : total - head;
  byProtocol(r, protocol, at + head, size, [from, to, r.u16(at + 4)], deep + 1);
}

function ipv6(r: Reader, start: number, deep: number): void {
  if (!r.has(start, 40) || r.u8(start) >> 4 !== 6) return;
  const from = ip6Text(r.bytes.subarray(start + 8, start + 24));
  const to = ip6Text(r.bytes.subarray(start + 24, start + 40));
  const length = r.u16(start + 4);
  let next = r.u8(start + 6);
  r.add("IPv6", `${from} → ${to}`, start, start + 40, [
    field("Flow label", `0x${(r.u32(start) & 0xfffff).toString(16)}`, start + 1, 3),
    field("Payload length", length, start + 4, 2),
    field("Next header", kProtocols[next] ?? next, start + 6, 1),
    field("Hop limit", r.u8(start + 7), start + 7, 1),
    field("Source", from, start + 8, 16),
    field("Destination", to, start + 24, 16),
  ]);
  let at = start + 40;
  for (let n = 0; n < 8 && [0, 43, 44, 60].includes(next); n += 1) {
    if (!r.has(at, 8)) return;
    const size = next === 44 ? 8 : (r.u8(at + 1) + 1) * 8;
    r.add("IPv6 extension", `header ${next}`, at, at + size, [
      field("Next header", r.u8(at), at, 1),
    ]);
    if (next === 44 && r.u16(at + 2) >> 3 > 0) return;
    next = r.u8(at);
    at += size;
  }
  const size = length === 0 ? r.bytes.length - at : length - (at - start - 40);
  byProtocol(r, next, at, size, [from, to], deep + 1);
}

type Ends = readonly [from: string, to: string, id?: number];

function byProtocol(
  r: Reader,
  protocol: number,
  at: number,
  size: number,
  ends: Ends,
  deep: number,
) {
  if (deep > 12) return;
  if (protocol === 6) tcp(r, at, size, ends);
  else if (protocol === 17) udp(r, at, deep);
  else if (protocol === 4) ipv4(r, at, deep);
  else if (protocol === 41) ipv6(r, at, deep);
  else if (protocol === 47) gre(r, at, deep);
}

function gre(r: Reader, at: number, deep: number): void {
  if (!r.has(at, 4) || (r.u8(at + 1) & 7) !== 0) return;
  const flags = r.u8(at);
  const size = 4 + (flags & 0x80 ? 4 : 0) + (flags & 0x20 ? 4 : 0) + (flags & 0x10 ? 4 : 0);
  const type = r.u16(at + 2);
  r.add("GRE", named(kEtherTypes, type, 4), at, at + size, [
    field("Flags", `0x${r.hex(at, 2)}`, at, 2),
    field("Protocol", named(kEtherTypes, type, 4), at + 2, 2),
  ]);
  byEtherType(r, type, at + size, deep + 1);
}

function udp(r: Reader, at: number, deep: number): void {
  if (!r.has(at, 8)) return;
  const [from, to] = [r.u16(at), r.u16(at + 2)];
  r.add("UDP", `${from} → ${to}`, at, at + 8, [
    field("Source port", from, at, 2),
    field("Destination port", to, at + 2, 2),
    field("Length", r.u16(at + 4), at + 4, 2),
    field("Checksum", `0x${r.hex(at + 6, 2)}`, at + 6, 2),
  ]);
  const inner = at + 8;
  if (to === 4789 && r.has(inner, 8)) {
    const network = r.u32(inner + 4) >>> 8;
    r.add("VXLAN", `network ${network}`, inner, inner + 8, [
      field("Flags", `0x${r.hex(inner, 1)}`, inner, 1),
      field("Network", network, inner + 4, 3),
    ]);
    ethernet(r, inner + 8, deep + 1);
  } else if (to === 6081 && r.has(inner, 8)) {
    const size = 8 + (r.u8(inner) & 63) * 4;
    const network = r.u32(inner + 4) >>> 8;
    r.add("Geneve", `network ${network}`, inner, inner + size, [
      field("Protocol", named(kEtherTypes, r.u16(inner + 2), 4), inner + 2, 2),
      field("Network", network, inner + 4, 3),
    ]);
    byEtherType(r, r.u16(inner + 2), inner + size, deep + 1);
  } else if ((to === 2152 || from === 2152) && r.has(inner, 8) && r.u8(inner + 1) === 255) {
    const more = (r.u8(inner) & 7) !== 0;
    const size = more ? 12 : 8;
    r.add("GTP-U", `endpoint 0x${r.hex(inner + 4, 4)}`, inner, inner + size, [
      field("Endpoint", `0x${r.hex(inner + 4, 4)}`, inner + 4, 4),
    ]);
    byVersion(r, inner + size, deep + 1);
  }
}

const kOptions: Readonly<Record<number, string>> = {
  0: "End",
  1: "No operation",
  2: "Segment size",
  3: "Window scale",
  4: "Selective acks allowed",
  5: "Selective acks",
  8: "Time stamps",
};

function tcpOptions(r: Reader, from: number, to: number): Field[] {
  const fields: Field[] = [];
  for (let at = from; at < to && r.has(at, 1);) {
    const kind = r.u8(at);
    if (kind === 0) break;
    if (kind === 1) {
      at += 1;
      continue;
    }
    const size = r.has(at, 2) ? r.u8(at + 1) : 0;
    if (size < 2 || at + size > to || !r.has(at, size)) break;
    let value = r.hex(at + 2, size - 2);
    if (kind === 2 && size === 4) value = String(r.u16(at + 2));
    else if (kind === 3 && size === 3) value = `× ${2 ** Math.min(14, r.u8(at + 2))}`;
    else if (kind === 4) value = "yes";
    else if (kind === 8 && size === 10) value = `${r.u32(at + 2)}, echoes ${r.u32(at + 6)}`;
    else if (kind === 5) {
      const blocks: string[] = [];
      for (let block = at + 2; block + 8 <= at + size; block += 8)
        blocks.push(`${r.u32(block)}–${r.u32(block + 4)}`);
      value = blocks.join(", ");
    }
    fields.push(field(kOptions[kind] ?? `Option ${kind}`, value, at, size));
    at += size;
  }
  return fields;
}

function tcp(r: Reader, at: number, size: number, [sourceIp, targetIp, id = 0]: Ends): void {
  if (!r.has(at, 20)) return;
  const head = (r.u8(at + 12) >> 4) * 4;
  if (head < 20) return;
  const [source, target] = [r.u16(at), r.u16(at + 2)];
  const [seq, ack, flags, window] = [r.u32(at + 4), r.u32(at + 8), r.u8(at + 13), r.u16(at + 14)];
  const payload = Math.max(0, size - head);
  r.tcp = {
    sourceIp,
    targetIp,
    source,
    target,
    seq,
    ack,
    flags,
    window,
    payloadFrom: at + head,
    ipId: id === 0 ? null : id,
    payload,
  };
  r.add("TCP", `${source} → ${target}, ${flagsText(flags)}`, at, at + head, [
    field("Source port", source, at, 2),
    field("Destination port", target, at + 2, 2),
    field("Sequence number", seq, at + 4, 4),
    field("Acknowledges", flags & kAck ? ack : "nothing", at + 8, 4),
    field("Header length", `${head} bytes`, at + 12, 1),
    field("Flags", flagsText(flags), at + 13, 1),
    field("Window", window, at + 14, 2),
    field("Checksum", `0x${r.hex(at + 16, 2)}`, at + 16, 2),
    ...(flags & 32 ? [field("Urgent pointer", r.u16(at + 18), at + 18, 2)] : []),
    ...tcpOptions(r, at + 20, at + head),
  ]);
  if (payload === 0) return;
  const there = Math.max(0, Math.min(payload, r.bytes.length - at - head));
  const said =
    plural(payload, "byte") + (there < payload ? `, ${formatCount(there)} captured` : "");
  r.add("Payload", said, at + head, at + head + payload, []);
}

// `linkType` is a LINKTYPE_ number. One that is not known gives no layers.
export function decodePacket(bytes: Uint8Array, linkType: number): Decoded {
  const r = new Reader(bytes);
  if (linkType === 1) ethernet(r, 0, 0);
  else if (linkType === 101 || linkType === 228 || linkType === 229) byVersion(r, 0, 0);
  else if (linkType === 113 && r.has(0, 16)) {
    r.add("Linux cooked", `type ${named(kEtherTypes, r.u16(14), 4)}`, 0, 16, [
      field("Packet type", r.u16(0), 0, 2),
      field("Address", r.hex(6, Math.min(8, r.u16(4)), ":"), 6, 8),
      field("Protocol", named(kEtherTypes, r.u16(14), 4), 14, 2),
    ]);
    byEtherType(r, r.u16(14), 16, 0);
  } else if (linkType === 276 && r.has(0, 20)) {
    r.add("Linux cooked 2", `type ${named(kEtherTypes, r.u16(0), 4)}`, 0, 20, [
      field("Protocol", named(kEtherTypes, r.u16(0), 4), 0, 2),
      field("Interface", r.u32(4), 4, 4),
      field("Packet type", r.u8(10), 10, 1),
    ]);
    byEtherType(r, r.u16(0), 20, 0);
  } else if ((linkType === 0 || linkType === 108) && r.has(0, 4)) {
    r.add("Loopback", "", 0, 4, [field("Family", `0x${r.hex(0, 4)}`, 0, 4)]);
    byVersion(r, 4, 0);
  }
  return { layers: r.layers, tcp: r.tcp };
}
