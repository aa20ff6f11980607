// Writes pcap files of HTTP conversations, packet by packet, for the browser tests and pictures.
// Small on purpose: Ethernet, IPv4, TCP with handshake and FIN, payload cut into segments.

import { writeFileSync } from "node:fs";

const kSegment = 1_448;

function checksum(...parts) {
  let sum = 0;
  const bytes = Buffer.concat(parts);
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at] << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

const ipBytes = (ip) => Buffer.from(ip.split(".").map(Number));

function frame(from, to, { seq, ack, flags, payload, ipId }) {
  const tcp = Buffer.alloc(20);
  tcp.writeUInt16BE(from.port, 0);
  tcp.writeUInt16BE(to.port, 2);
  tcp.writeUInt32BE(seq >>> 0, 4);
  tcp.writeUInt32BE(ack >>> 0, 8);
  tcp[12] = 5 << 4;
  tcp[13] = flags;
  tcp.writeUInt16BE(64_240, 14);
  const pseudo = Buffer.concat([ipBytes(from.ip), ipBytes(to.ip), Buffer.from([0, 6, 0, 0])]);
  pseudo.writeUInt16BE(20 + payload.length, 10);
  tcp.writeUInt16BE(checksum(pseudo, tcp, payload), 16);
  const ip = Buffer.alloc(20);
  ip[0] = 0x45;
  ip.writeUInt16BE(40 + payload.length, 2);
  ip.writeUInt16BE(ipId & 0xffff, 4);
  ip[8] = 64;
  ip[9] = 6;
  ipBytes(from.ip).copy(ip, 12);
  ipBytes(to.ip).copy(ip, 16);
  ip.writeUInt16BE(checksum(ip), 10);
  const mac = (host) => Buffer.concat([Buffer.from([2, 0]), ipBytes(host.ip)]);
  return Buffer.concat([mac(to), mac(from), Buffer.from([8, 0]), ip, tcp, payload]);
}

const kFin = 1;
const kSyn = 2;
const kPush = 8;
const kAck = 16;

export class CaptureWriter {
  #packets = []; // {t, bytes}, t in microseconds
  #ports = new Map();
  #id = 1;

  // One TCP session. `exchanges` run one after the other; times are microseconds:
  // {at, request, wait, transfer, response, drop}: `request` and `response` are Buffers or text,
  // `drop` lists response segments that the capture missed, `again` those that were sent twice.
  session({ client, server, port = 80, rtt = 300, exchanges }) {
    const local = this.#ports.get(client) ?? 40_000;
    this.#ports.set(client, local >= 60_000 ? 40_000 : local + 1);
    const a = { ip: client, port: local };
    const b = { ip: server, port };
    const sequence = new Map([
      [a, (this.#id * 7_919_777) >>> 0],
      [b, (this.#id * 104_729_333) >>> 0],
    ]);
    const send = (t, from, to, flags, payload = Buffer.alloc(0), lost = false, again = 0) => {
      const seq = sequence.get(from);
      const bytes = frame(from, to, { seq, ack: sequence.get(to), flags, payload, ipId: this.#id });
      if (again > 0) {
        const part = { seq, ack: sequence.get(to), flags, payload, ipId: this.#id + 30_000 };
        this.#packets.push({ t: Math.round(t + again), bytes: frame(from, to, part) });
      }
      this.#id += 1;
      const advance = payload.length + (flags & (kSyn | kFin) ? 1 : 0);
      sequence.set(from, (seq + advance) >>> 0);
      if (!lost) this.#packets.push({ t: Math.round(t), bytes });
    };
    const first = exchanges[0].at;
    send(first - rtt - 50, a, b, kSyn);
    send(first - 50 - rtt / 2, b, a, kSyn | kAck);
    send(first - 50, a, b, kAck);
    let end = first;
    for (const exchange of exchanges) {
      const request = Buffer.from(exchange.request);
      end = this.#send(exchange.at, request, exchange.upload ?? 0, (t, part) =>
        send(t, a, b, kAck | kPush, part),
      );
      send(end + rtt / 2, b, a, kAck);
      if (exchange.response === undefined) continue;
      const response = Buffer.from(exchange.response);
      const lost = new Set(exchange.drop ?? []);
      const twice = new Set(exchange.again ?? []);
      const start = end + (exchange.wait ?? 1_000);
      end = this.#send(start, response, exchange.transfer ?? 0, (t, part, index) =>
        send(t, b, a, kAck | kPush, part, lost.has(index), twice.has(index) ? rtt * 8 : 0),
      );
      send(end + rtt / 2, a, b, kAck);
    }
    send(end + rtt, a, b, kFin | kAck);
    send(end + rtt * 1.5, b, a, kFin | kAck);
    send(end + rtt * 2, a, b, kAck);
  }

  // What a name server says of an address, in one packet (RFC 1035 4.1).
  dnsAnswer({ at, name, address, client, server = "192.0.2.53" }) {
    const labels = name
      .split(".")
      .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
    const head = Buffer.from("123481800001000100000000", "hex");
    const question = Buffer.concat([...labels, Buffer.from("0000010001", "hex")]);
    const record = Buffer.concat([
      Buffer.from("c00c000100010000012c0004", "hex"),
      ipBytes(address),
    ]);
    const bytes = Buffer.concat([head, question, record]);
    const udp = Buffer.alloc(8);
    udp.writeUInt16BE(53, 0);
    udp.writeUInt16BE(5_300, 2);
    udp.writeUInt16BE(8 + bytes.length, 4);
    const ip = Buffer.alloc(20);
    ip[0] = 0x45;
    ip.writeUInt16BE(28 + bytes.length, 2);
    ip[8] = 64;
    ip[9] = 17;
    ipBytes(server).copy(ip, 12);
    ipBytes(client).copy(ip, 16);
    ip.writeUInt16BE(checksum(ip), 10);
    const ethernet = Buffer.concat([Buffer.alloc(12, 2), Buffer.from([8, 0])]);
    this.#packets.push({ t: at, bytes: Buffer.concat([ethernet, ip, udp, bytes]) });
  }

  #send(start, bytes, transfer, put) {
    const count = Math.max(1, Math.ceil(bytes.length / kSegment));
    const step = count > 1 ? transfer / (count - 1) : 0;
    for (let index = 0; index < count; index += 1) {
      put(start + index * step, bytes.subarray(index * kSegment, (index + 1) * kSegment), index);
    }
    return start + (count - 1) * step;
  }

  get packets() {
    return this.#packets.length;
  }

  write(path) {
    this.#packets.sort((x, y) => x.t - y.t);
    const header = Buffer.alloc(24);
    header.writeUInt32LE(0xa1b2c3d4, 0);
    header.writeUInt16LE(2, 4);
    header.writeUInt16LE(4, 6);
    header.writeUInt32LE(262_144, 16);
    header.writeUInt32LE(1, 20);
    const parts = [header];
    for (const { t, bytes } of this.#packets) {
      const record = Buffer.alloc(16);
      record.writeUInt32LE(Math.floor(t / 1e6), 0);
      record.writeUInt32LE(t % 1e6, 4);
      record.writeUInt32LE(bytes.length, 8);
      record.writeUInt32LE(bytes.length, 12);
      parts.push(record, bytes);
    }
    writeFileSync(path, Buffer.concat(parts));
  }
}

export function request(method, path, host, headers = {}, body = "") {
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (body.length > 0) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), Buffer.from(body)]);
}

const kReasons = {
  200: "OK",
  201: "Created",
  204: "No Content",
  301: "Moved Permanently",
  304: "Not Modified",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
};

export function response(status, headers = {}, body = "") {
  const lines = [`HTTP/1.1 ${status} ${kReasons[status] ?? "Odd"}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (status !== 204 && status !== 304) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), Buffer.from(body)]);
}
