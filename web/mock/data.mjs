// Invented communications in the shape of docs/api.yaml.

import { seeded } from "../tests/support/shop.mjs";

export const kMinute = 60e6;
export const now = () => Date.now() * 1_000;
export const iso = (us) => new Date(us / 1_000).toISOString().replace("Z", "000Z");

export function invent(count) {
  const random = seeded(11);
  const end = now();
  const from = end - 60 * kMinute;
  const items = [];
  for (let index = 0; index < count; index += 1) {
    const minute = (random() + random() * 0.3) % 1;
    const start = Math.floor(from + minute * 59.9 * kMinute);
    items.push(one(start, random, index));
  }
  items.push({
    ...one(from + 10 * kMinute, random, count),
    path: "/exports/archive.zip",
    duration_us: 14 * kMinute,
    end_us: from + 24 * kMinute,
  });
  return items.sort((a, b) => a.start_us - b.start_us);
}

export function one(start, random, index) {
  const broken = random() < 0.02;
  const roll = random();
  const status = broken ? 503 : roll < 0.04 ? 404 : roll < 0.1 ? 304 : roll < 0.11 ? null : 200;
  const wait = Math.floor(800 + random() ** 4 * 300_000);
  const session = `1-${start.toString(16)}-${index.toString(16)}`;
  const paths = [
    "/api/products?page=3&sort=popular",
    "/api/cart/items",
    "/img/1044.png",
    "/v2/stock/1180",
    "/oauth/token",
    "/caf\u00c3\u00a9",
  ];
  const method = ["GET", "GET", "GET", "POST", "PUT"][Math.floor(random() * 5)];
  const response = status === null ? null : Math.floor(random() ** 3 * 80_000);
  return {
    id: `${session}-0`,
    proto: "http1",
    whisperer: "live",
    session_id: session,
    ordinal: 0,
    state: status === null ? "no_response" : index % 97 === 5 ? "partial" : "complete",
    start: iso(start),
    start_us: start,
    end: iso(start + wait + 900),
    end_us: start + wait + 900,
    duration_us: wait + 900,
    client_ip: `10.20.4.${11 + (index % 40)}`,
    client_port: 40_000 + (index % 9_000),
    server_ip: "10.20.0.10",
    server_port: 80,
    method,
    path: paths[Math.floor(random() * paths.length)],
    host: ["shop.example", "auth.internal:8082", "cdn.shop.example"][index % 3],
    status,
    http_version: "1.1",
    request_type: null,
    response_type: "application/json",
    response_encoding: index % 5 === 0 ? "gzip" : null,
    request_body_bytes: method === "POST" ? 420 : 0,
    response_body_bytes: response,
    request_wire_bytes: 320,
    response_wire_bytes: response === null ? null : response + 230,
    connect_us: index % 3 === 0 ? 420 : null,
    request_us: 60,
    wait_us: status === null ? null : wait,
    response_us: status === null ? null : 840,
    missing_bytes: index % 97 === 5 ? 2_896 : 0,
    retransmitted_bytes: 0,
    codes: [],
    request_flags: [],
    response_flags: index % 97 === 5 ? ["gap"] : [],
    _links: {},
  };
}
