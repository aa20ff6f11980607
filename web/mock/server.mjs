// A stand-in for the API, for working on the page without capturing anything:
//
//     npm run build && node mock/server.mjs        http://127.0.0.1:8400, page included
//     node mock/server.mjs & npm run dev           the page from Vite, the API from here
//
// Invented data, answers in the shape of docs/api.yaml. MOCK=empty|broken|live|slow changes what is
// told. It is part of no build and no test.

import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { png, seeded } from "../tests/support/shop.mjs";
import { invent, iso, now, one } from "./data.mjs";

const kMode = process.env.MOCK ?? "";
const kPort = Number(process.env.PORT ?? 8400);
const kDist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
const items = kMode === "empty" ? [] : invent(20_000);
let version = 1;
if (kMode === "live") {
  const random = seeded(3);
  setInterval(() => {
    for (let n = Math.floor(random() * 8); n > 0; n -= 1)
      items.push(one(now() - 60_000, random, items.length));
    version += 1;
  }, 250);
}

const classOf = (item) => (item.status === null ? "none" : `${Math.floor(item.status / 100)}xx`);

function matches(item, query) {
  const has = (name) => query.get(name) !== null && query.get(name) !== "";
  if (has("method") && !query.get("method").split(",").includes(item.method)) return false;
  if (has("uri") && !item.path.includes(query.get("uri"))) return false;
  if (has("host") && !item.host.includes(query.get("host").replaceAll("*", ""))) return false;
  if (
    has("status") &&
    !query
      .get("status")
      .split(",")
      .some((s) => s === classOf(item) || s === String(item.status))
  )
    return false;
  if (has("min_duration") && item.duration_us < Number.parseInt(query.get("min_duration"), 10))
    return false;
  return true;
}

function inRange(query) {
  const from = Number(query.get("from") ?? 0);
  const to = Number(query.get("to") ?? Infinity);
  return {
    from,
    to,
    found: items.filter(
      (item) => item.start_us < to && item.end_us >= from && matches(item, query),
    ),
  };
}

function completeness(from, to, found) {
  const partial = found.filter((item) => item.state === "partial").length;
  const seen = found.length * 9;
  const lost = Math.floor(partial / 3);
  return {
    from: iso(from),
    from_us: from,
    to: iso(to),
    to_us: to,
    packets: {
      seen,
      received: seen - lost,
      filtered: found.length,
      lost,
      lost_by: lost > 0 ? { kernel_dropped: lost } : {},
      ratio: seen > 0 ? 1 - lost / seen : null,
    },
    bytes: { payload: seen * 900, delivered: seen * 900, missing: partial * 2_896, refused: 0 },
    communications: { complete: found.length - partial, partial, unstored: 0, ratio: 1 },
    ratio: seen > 0 ? 1 - lost / seen : null,
  };
}

const finite = (from, to) => [Number.isFinite(from) ? from : 0, Number.isFinite(to) ? to : now()];

function timeline(query) {
  const { from, to, found } = inRange(query);
  const bucket = Number(query.get("bucket"));
  const keys = ["none", "2xx", "3xx", "4xx", "5xx"];
  const buckets = new Map();
  for (const item of found) {
    const last = Math.min(Math.floor(item.end_us / bucket), Math.ceil(to / bucket) - 1);
    for (
      let n = Math.max(Math.floor(item.start_us / bucket), Math.floor(from / bucket));
      n <= last;
      n += 1
    ) {
      const counts = buckets.get(n) ?? keys.map(() => 0);
      counts[keys.indexOf(classOf(item))] += 1;
      buckets.set(n, counts);
    }
  }
  return {
    bucket_us: bucket,
    split: "status_class",
    from_us: from,
    to_us: to,
    series: keys.map((key) => ({
      key,
      communications: found.filter((item) => classOf(item) === key).length,
    })),
    buckets: [...buckets]
      .sort(([a], [b]) => a - b)
      .map(([n, counts]) => ({
        start_us: n * bucket,
        total: counts.reduce((a, b) => a + b, 0),
        counts,
      })),
    communications: found.length,
    completeness: completeness(...finite(from, to), found),
    _links: {},
  };
}

function quality(query) {
  const { from, to } = inRange(query);
  const bucket = Number(query.get("bucket"));
  const cells = [];
  for (
    let start = Math.floor(from / bucket) * bucket;
    start < Math.min(to, now());
    start += bucket
  ) {
    const found = items.filter((item) => item.start_us >= start && item.start_us < start + bucket);
    if (found.length > 0)
      cells.push({
        whisperer: "live",
        start_us: start,
        end_us: start + bucket,
        captured: [{ from_us: start, to_us: start + bucket }],
        completeness: completeness(start, start + bucket, found),
        counters: {},
      });
  }
  return {
    bucket_us: bucket,
    items: cells,
    count: cells.length,
    completeness: completeness(from, to, []),
    _links: {},
  };
}

function list(query) {
  const { from, to, found } = inRange(query);
  const sorted = query.get("sort") === "start" ? found : [...found].reverse();
  const at = Number(query.get("cursor") ?? 0);
  const limit = Number(query.get("limit") ?? 100);
  const page = sorted.slice(at, at + limit);
  const next = at + limit < sorted.length ? String(at + limit) : null;
  return {
    items: page,
    count: page.length,
    next_cursor: next,
    completeness: completeness(...finite(from, to), found),
    _links: {},
  };
}

const kBody = JSON.stringify({
  page: 3,
  items: Array.from({ length: 40 }, (_, n) => ({
    id: 1_000 + n,
    name: "Kettle",
    price: { amount: 12.5, currency: "EUR" },
    in_stock: n % 3 > 0,
    note: null,
  })),
  total: 812,
});

function detail(id) {
  const item = items.find((candidate) => candidate.id === id);
  if (item === undefined) return null;
  const message = (start_line, type, bytes, state) => ({
    start_line,
    headers: [
      ["Host", item.host],
      ["User-Agent", "curl/7.88.1"],
      ["Content-Type", type],
      ["X-Request-ID", "5f2a81bb"],
      ["Set-Cookie", "sid=8f1c2; Path=/; HttpOnly"],
    ].map(([name, value]) => ({ name, value })),
    trailers: [],
    first_byte: item.start,
    first_byte_us: item.start_us,
    last_byte: item.end,
    last_byte_us: item.end_us,
    first_packet: 10,
    last_packet: 20,
    wire_bytes: bytes + 200,
    head_bytes: 200,
    body_bytes: bytes,
    saved_body_bytes: bytes,
    body_state: state,
    missing_bytes: item.missing_bytes,
    holes: item.missing_bytes > 0 ? [{ offset: 1_000, length: item.missing_bytes }] : [],
    more_holes: 0,
    retransmitted_bytes: 0,
    content_type: type,
    content_encoding: item.response_encoding,
    flags: [],
  });
  const image = item.path.endsWith(".png");
  const href = `/api/v1/http-communications/${id}`;
  return {
    ...item,
    interim_responses: 0,
    oddities: [],
    request: message(`${item.method} ${item.path} HTTP/1.1`, null, 0, "none"),
    response:
      item.status === null
        ? null
        : message(
            `HTTP/1.1 ${item.status} OK`,
            image ? "image/png" : "application/json",
            kBody.length,
            "whole",
          ),
    _links: {
      session: { href: `/api/v1/tcp-sessions/${item.session_id}` },
      response_body: { href: `${href}/response/body` },
      response_body_decoded: { href: `${href}/response/body?decoded=true` },
    },
  };
}

function session(id) {
  const item = items.find((candidate) => candidate.session_id === id);
  if (item === undefined) return null;
  const stats = {
    packets: 9,
    payload_packets: 4,
    payload_bytes: 5_000,
    delivered_bytes: 5_000,
    duplicate_bytes: 0,
    retransmissions: 0,
    out_of_order: 0,
    gap_bytes: 0,
    gaps: 0,
    keep_alives: 0,
    zero_windows: 0,
    mirror_duplicates: 0,
  };
  return {
    ...item,
    id,
    close: "fin",
    mid_stream: false,
    vlan: null,
    decoder: "http1",
    communications: 1,
    client_packets: 9,
    server_packets: 9,
    client_bytes: 5_000,
    server_bytes: 5_000,
    gaps: 0,
    retransmissions: 0,
    packets_saved: false,
    codes: [],
    outer: [],
    syn: null,
    syn_us: null,
    syn_ack: null,
    syn_ack_us: null,
    handshake: null,
    handshake_us: null,
    client_stats: stats,
    server_stats: stats,
    overlap_conflicts: 0,
    parse_log: [
      {
        time: item.start,
        time_us: item.start_us,
        from: "client",
        offset: 0,
        code: "http1_recognised",
        help: "HTTP/1 recognised.",
      },
    ],
    _links: {},
  };
}

function status() {
  const first = items[0]?.start_us ?? null;
  const last =
    items.length === 0 ? null : items.reduce((end, item) => Math.max(end, item.end_us), 0);
  return {
    version: "0.1.0",
    started: iso(now()),
    started_us: now(),
    uptime_s: 4_210,
    memory: { resident_bytes: 61e6 },
    cpu: { user_s: 1, system_s: 1, threads: 9 },
    store: {
      bytes: 48e6,
      families: [],
      version,
      first: null,
      first_us: first,
      last: null,
      last_us: last,
    },
    pipeline: { communications_written: items.length, trouble: null, books: {} },
    api: { connections: 1, requests: 1 },
    _links: {},
  };
}

function whisperers() {
  const found = items.length;
  const live = {
    name: "live",
    type: "INTERFACE",
    state: kMode === "live" ? "capturing" : "stopped",
    reason: null,
    since: null,
    since_us: null,
    saves: {
      packets: false,
      sessions: true,
      parsing: true,
      bodies: true,
      body_max_bytes: 1_048_576,
    },
    config: { interface: "eth0" },
    books: {
      packets_received: found * 9,
      tcp_packets: found * 8,
      not_tcp: found - 40,
      kernel_dropped: 12,
    },
    ring: { bytes_filled: 0, bytes: 1 },
    _links: {},
  };
  const wrong = {
    ...live,
    name: "dmz",
    state: "wrong_configuration",
    reason: "Interface eth7 does not exist. Interfaces here: eth0, lo.",
    config: { interface: "eth7" },
    books: {},
  };
  return { items: [live, wrong], count: 2, _links: {} };
}

function answer(path, query) {
  if (path === "status") return status();
  if (path === "whisperers") return whisperers();
  if (path === "timeline") return timeline(query);
  if (path === "quality") return quality(query);
  if (path === "http-communications") return list(query);
  const [kind, id, ...rest] = path.split("/");
  if (rest[1] === "body")
    return detail(id)?.path.endsWith(".png") ? png(320, 200) : Buffer.from(kBody);
  return kind === "http-communications" ? detail(id) : kind === "tcp-sessions" ? session(id) : null;
}

const kTypes = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};
const kPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

createServer((request, response) => {
  const url = new URL(request.url, "http://x");
  const send = (code, type, body) => {
    response.writeHead(code, {
      "Content-Type": type,
      "Content-Security-Policy": kPolicy,
      "X-Content-Type-Options": "nosniff",
    });
    response.end(body);
  };
  if (!url.pathname.startsWith("/api/v1/")) {
    const file = join(kDist, normalize(url.pathname === "/" ? "/index.html" : url.pathname));
    return existsSync(file)
      ? send(200, kTypes[extname(file)] ?? "application/octet-stream", readFileSync(file))
      : send(404, "text/plain", "");
  }
  if (
    kMode === "broken" &&
    !url.pathname.endsWith("status") &&
    !url.pathname.endsWith("whisperers")
  ) {
    const problem = {
      type: "about:blank",
      title: "The store cannot be read",
      status: 500,
      detail: "IO error: No space left on device.",
      code: "STORE-READ-002",
      hint: "Free some space, then try again.",
    };
    return send(500, "application/problem+json", JSON.stringify(problem));
  }
  const body = answer(url.pathname.slice(8), url.searchParams);
  const late = kMode === "slow" ? 1_500 : 0;
  return setTimeout(() => {
    if (body === null)
      send(
        404,
        "application/problem+json",
        JSON.stringify({
          title: "No such communication",
          status: 404,
          detail: "It may have expired.",
          code: "QUERY-ID-001",
          type: "about:blank",
        }),
      );
    else if (Buffer.isBuffer(body)) send(200, "application/octet-stream", body);
    else send(200, "application/json", JSON.stringify(body));
  }, late);
}).listen(kPort, "127.0.0.1", () => console.log(`http://127.0.0.1:${kPort}`));
