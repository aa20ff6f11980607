// An hour of a small shop's services, invented from a seed: browsers behind a gateway, four
// services, a deployment that goes wrong for four minutes, a long download, a lost segment.

import { deflateSync } from "node:zlib";
import { CaptureWriter, request, response } from "./capture.mjs";

// mulberry32: the same seed gives the same capture on every machine.
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

// A real little PNG: a soft gradient.
export function png(width, height) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc32(body), body.length + 4);
    return out;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = 2;
  const rows = Buffer.alloc(height * (width * 3 + 1));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * (width * 3 + 1) + 1 + x * 3;
      rows[at] = 60 + (x / width) * 150;
      rows[at + 1] = 70 + (y / height) * 90;
      rows[at + 2] = 229;
    }
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ];
  return Buffer.concat([signature, ...parts]);
}

const kClients = Array.from({ length: 24 }, (_, index) => `10.20.4.${11 + index * 3}`);
const kMinute = 60e6;

const kCalls = [
  {
    weight: 30,
    method: "GET",
    host: "shop.example",
    server: "10.20.0.10",
    path: (r) => `/api/products?page=${1 + Math.floor(r() * 40)}&sort=popular`,
    wait: 9,
    size: 5_200,
  },
  {
    weight: 22,
    method: "GET",
    host: "shop.example",
    server: "10.20.0.10",
    path: (r) => `/api/products/${1_000 + Math.floor(r() * 800)}`,
    wait: 5,
    size: 1_300,
  },
  {
    weight: 14,
    method: "GET",
    host: "cdn.shop.example",
    server: "10.20.0.12",
    path: (r) => `/img/${1_000 + Math.floor(r() * 800)}.png`,
    wait: 2,
    size: 0,
    image: true,
  },
  {
    weight: 9,
    method: "POST",
    host: "shop.example",
    server: "10.20.0.10",
    path: () => "/api/cart/items",
    wait: 14,
    size: 420,
    body: true,
  },
  {
    weight: 8,
    method: "GET",
    host: "stock.internal:8081",
    server: "10.20.1.21",
    port: 8_081,
    path: (r) => `/v2/stock/${1_000 + Math.floor(r() * 800)}`,
    wait: 3,
    size: 180,
  },
  {
    weight: 6,
    method: "POST",
    host: "auth.internal:8082",
    server: "10.20.1.22",
    port: 8_082,
    path: () => "/oauth/token",
    wait: 22,
    size: 900,
    body: true,
    login: true,
  },
  {
    weight: 4,
    method: "POST",
    host: "pay.internal:8083",
    server: "10.20.1.23",
    port: 8_083,
    path: () => "/v1/payments",
    wait: 140,
    size: 610,
    body: true,
    pay: true,
  },
  {
    weight: 3,
    method: "PUT",
    host: "shop.example",
    server: "10.20.0.10",
    path: (r) => `/api/users/${Math.floor(r() * 5_000)}/address`,
    wait: 18,
    size: 240,
    body: true,
  },
  {
    weight: 2,
    method: "DELETE",
    host: "shop.example",
    server: "10.20.0.10",
    path: (r) => `/api/cart/items/${Math.floor(r() * 9_000)}`,
    wait: 11,
    size: 0,
  },
  {
    weight: 2,
    method: "GET",
    host: "shop.example",
    server: "10.20.0.10",
    path: () => "/old-catalogue",
    wait: 1,
    size: 0,
    moved: true,
  },
];
const kWeights = kCalls.reduce((sum, call) => sum + call.weight, 0);

function pick(random) {
  let left = random() * kWeights;
  return kCalls.find((call) => (left -= call.weight) <= 0) ?? kCalls[0];
}

function product(random, id) {
  const names = [
    "Kettle",
    "Lantern",
    "Field notebook",
    "Wool blanket",
    "Trail stove",
    "Enamel mug",
  ];
  return {
    id,
    name: names[Math.floor(random() * names.length)],
    price: { amount: Math.round(random() * 9_000) / 100 + 5, currency: "EUR" },
    in_stock: random() > 0.15,
    tags: ["outdoor", random() > 0.5 ? "new" : "classic"],
    rating: Math.round(random() * 50) / 10,
  };
}

function bodyFor(call, path, random) {
  if (call.size === 0) return "";
  const id = Number(/\/(\d+)/.exec(path)?.[1] ?? 0);
  if (path.includes("?page=")) {
    const items = Array.from({ length: 24 }, (_, index) => product(random, 1_000 + index));
    return JSON.stringify({ page: 1, items, total: 812 });
  }
  if (call.login)
    return JSON.stringify({ access_token: "ey".padEnd(700, "Jhbc"), expires_in: 3_600 });
  return JSON.stringify(product(random, id));
}

function statusFor(call, minute, random) {
  if (call.moved) return 301;
  const broken = minute >= 41 && minute < 45;
  if (call.pay && broken && random() < 0.75) return random() < 0.6 ? 503 : 502;
  if (broken && random() < 0.34) return 502;
  const roll = random();
  if (call.login && roll < 0.09) return 401;
  if (call.method === "GET" && call.image && roll < 0.35) return 304;
  if (roll < 0.022) return 404;
  if (call.body && roll < 0.05) return 422;
  if (roll > 0.9985) return 500;
  return call.method === "POST" ? 201 : call.method === "DELETE" ? 204 : 200;
}

const kProblem = {
  401: "invalid_grant",
  404: "not_found",
  422: "invalid",
  500: "internal",
  502: "upstream",
  503: "pool_exhausted",
};

function answer(call, status, path, random) {
  const common = {
    Server: "nginx/1.22.1",
    Date: "Tue, 10 Mar 2026 13:00:00 GMT",
    "X-Request-ID": `${Math.floor(random() * 1e12)
      .toString(16)
      .padStart(10, "0")}`,
  };
  if (status === 301) return response(301, { ...common, Location: "/api/products" });
  if (status === 204 || status === 304) return response(status, { ...common, ETag: '"5f2a"' });
  if (status >= 400) {
    const body = JSON.stringify({
      error: kProblem[status] ?? "error",
      retry_after: status === 503 ? 2 : undefined,
      trace: common["X-Request-ID"],
    });
    return response(status, { ...common, "Content-Type": "application/problem+json" }, body);
  }
  if (call.image)
    return response(200, { ...common, "Content-Type": "image/png", ETag: '"5f2a"' }, png(160, 120));
  return response(
    status,
    { ...common, "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store" },
    bodyFor(call, path, random),
  );
}

export const kShopStart = Date.UTC(2026, 2, 10, 13, 0, 0) * 1_000;

// Writes the capture; `perMinute` sets its size. Returns what tests look for.
export function writeShop(
  path,
  { start = kShopStart, minutes = 60, perMinute = 90, seed = 7 } = {},
) {
  const random = seeded(seed);
  const capture = new CaptureWriter();
  const counts = { total: 0, failed: 0 };
  for (let minute = 0; minute < minutes; minute += 1) {
    const wave = 0.65 + 0.35 * Math.sin(minute / 9) + (minute >= 22 && minute < 26 ? 1.1 : 0);
    const calls = Math.round(perMinute * wave * (0.8 + random() * 0.4));
    for (let index = 0; index < calls;) {
      const call = pick(random);
      const client = kClients[Math.floor(random() * kClients.length)];
      let at = start + minute * kMinute + random() * kMinute;
      const exchanges = [];
      const keepAlive = 1 + Math.floor(random() * 4);
      for (let turn = 0; turn < keepAlive && index < calls; turn += 1, index += 1) {
        const target = call.path(random);
        const status = statusFor(call, minute, random);
        const slow = minute >= 41 && minute < 45 ? 9 : 1;
        const wait = call.wait * 1_000 * (0.5 + random() ** 3 * 6) * slow;
        const agent = {
          "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)",
          Accept: "application/json",
          Cookie: "sid=8f1c2; theme=dark",
        };
        const body = call.body
          ? JSON.stringify(
              call.login
                ? { grant_type: "password", username: `user${index}@example.org`, password: "•••" }
                : { sku: 1_000 + index, quantity: 1 },
            )
          : "";
        exchanges.push({
          at,
          request: request(
            call.method,
            target,
            call.host,
            body ? { ...agent, "Content-Type": "application/json" } : agent,
            body,
          ),
          wait,
          transfer: 200 + random() * 4_000,
          response: answer(call, status, target, random),
        });
        counts.total += 1;
        if (status >= 500) counts.failed += 1;
        at += wait + 5_000 + random() * 400_000;
      }
      capture.session({
        client,
        server: call.server,
        port: call.port ?? 80,
        rtt: 250 + random() * 900,
        exchanges,
      });
    }
  }
  addSpecials(capture, start, random);
  capture.write(path);
  return {
    ...counts,
    total: counts.total + 3,
    packets: capture.packets,
    start,
    end: start + minutes * kMinute,
  };
}

// A download that lasts twelve minutes, an answer that never came, an answer with a hole.
function addSpecials(capture, start, random) {
  const agent = { "User-Agent": "curl/7.88.1", Accept: "*/*" };
  const archive = Buffer.from(Array.from({ length: 120_000 }, () => Math.floor(random() * 256)));
  capture.session({
    client: kClients[3],
    server: "10.20.0.12",
    exchanges: [
      {
        at: start + 12 * kMinute,
        request: request("GET", "/exports/catalogue-2026-03.zip", "cdn.shop.example", agent),
        wait: 80_000,
        transfer: 12 * kMinute,
        response: response(
          200,
          { "Content-Type": "application/zip", "Content-Disposition": "attachment" },
          archive,
        ),
      },
    ],
  });
  capture.session({
    client: kClients[7],
    server: "10.20.1.23",
    port: 8_083,
    exchanges: [
      {
        at: start + 43 * kMinute,
        request: request(
          "POST",
          "/v1/payments",
          "pay.internal:8083",
          { ...agent, "Content-Type": "application/json" },
          '{"order":48213,"amount":129.9}',
        ),
      },
    ],
  });
  const long = JSON.stringify({
    items: Array.from({ length: 90 }, (_, index) => product(random, index)),
  });
  capture.session({
    client: kClients[9],
    server: "10.20.0.10",
    exchanges: [
      {
        at: start + 50 * kMinute,
        request: request("GET", "/api/products/export?format=json", "shop.example", agent),
        wait: 30_000,
        transfer: 9_000,
        response: response(200, { "Content-Type": "application/json" }, long),
        drop: [2],
      },
    ],
  });
}

// One conversation that tries to run in the page. The test looks for its text and nothing else.
export function writeHostile(path, { start = kShopStart } = {}) {
  const script = "<script>window.__owned=1</script>";
  const image = '<img src=x onerror="window.__owned=2">';
  const capture = new CaptureWriter();
  capture.session({
    client: "10.66.6.6",
    server: "10.66.0.1",
    exchanges: [
      {
        at: start,
        request: request(
          "GET",
          `/search?q=${script}&n=${image.replaceAll(" ", "%20")}`,
          `evil.example`,
          { "User-Agent": image, Referer: "javascript:window.__owned=3" },
        ),
        wait: 2_000,
        response: response(
          200,
          { "Content-Type": "text/html", "X-Hostile": `"><svg onload=window.__owned=4>${script}` },
          `<html><body>${script}${image}<h1>hostile</h1></body></html>`,
        ),
      },
      {
        at: start + 1e6,
        request: request("GET", "/picture.svg", "evil.example"),
        wait: 2_000,
        response: response(
          200,
          { "Content-Type": "image/svg+xml" },
          `<svg xmlns="http://www.w3.org/2000/svg" onload="window.__owned=5">${script}</svg>`,
        ),
      },
      {
        at: start + 2e6,
        request: request("GET", "/picture.png", "evil.example"),
        wait: 2_000,
        response: response(200, { "Content-Type": "image/png" }, `<html>${script}</html>`),
      },
    ],
  });
  capture.write(path);
}
