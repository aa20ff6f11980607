// Communications with something to see in each view, invented: credentials, cookies, bodies of
// every kind, a gateway in front of replicas, calls inside calls, a lossy upload. Packets are
// saved.

import { CaptureWriter, request, response } from "./capture.mjs";
import { png, seeded } from "./shop.mjs";

export const kCasesStart = Date.UTC(2026, 2, 11, 9, 0, 0) * 1_000;

const kServer = "10.30.0.10";
const kHost = "shop.example";
const kAgent = { "User-Agent": "cases/1.0", Accept: "*/*" };

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
export const kToken = [
  base64url({ alg: "HS256", typ: "JWT" }),
  base64url({
    iss: "https://login.example",
    sub: "ada",
    role: "editor",
    iat: 1_773_219_600,
    exp: 1_773_223_200,
  }),
  "c2lnbmF0dXJl",
].join(".");

export const kPage = `<!doctype html><html><head><title>Sorry</title>
<link rel="stylesheet" href="/leak.css"><link rel="preconnect" href="http://leak.example">
<meta http-equiv="refresh" content="0;url=/leak-refresh">
<style>@import "/leak-import.css"; body { font-family: sans-serif; margin: 32px;
background: #fafafa url(/leak-ground.png) }
h1 { color: rgb(180, 20, 60) } 
.card { padding: 16px; border: 1px solid #ddd; border-radius: 8px }</style>
<script>window.top.__owned = 10; fetch("/leak-fetch")</script>
<script src="/leak.js"></script></head>
<body onload="window.top.__owned=11" background="/leak-body.png">
<h1 id="said">The payment service is away</h1>
<div class="card" style="color: rgb(10, 90, 60)">Reference <b>7f3a-2291</b>
<img src="/leak.png" onerror="window.top.__owned=12">
<img src="//leak.example/x.png" srcset="/leak2.png 2x">
<img src="data:image/png;base64,${png(24, 16).toString("base64")}">
<svg width="30" height="30" onload="window.top.__owned=13">
<circle cx="15" cy="15" r="12" fill="teal"/><image href="/leak-svg.png"/></svg>
<a href="javascript:window.top.__owned=14" ping="/leak-ping">try again</a>
<a href="/leak-link">home</a>
<form action="/leak-form" method="post"><input name="q" value="1"><button>Send</button></form>
<iframe src="/leak-frame"></iframe><object data="/leak-object"></object>
<video src="/leak.mp4" poster="/leak-poster.png"></video>
<div style="background: url('/leak-style.png');
background-image: url(data:image/png;base64,iVBORw0KGgo=)">quiet</div>
<iframe srcdoc="<script>window.top.__owned=15</script>"></iframe></div></body></html>`;

// A JSON text of at least so many bytes, deep and wide, with escapes and large numbers.
export function bigJson(bytes, seed = 3) {
  const random = seeded(seed);
  const parts = [];
  let size = 0;
  for (let id = 0; size < bytes; id += 1) {
    const item = JSON.stringify({
      id,
      name: `Item ${id} "quoted" äöü 🕷`,
      price: { amount: Math.round(random() * 1e6) / 100, currency: "EUR" },
      tags: ["outdoor", id % 2 === 0 ? "new" : "classic", null, true],
      big: "@@",
      text: "x".repeat(Math.floor(random() * 120)),
    }).replace('"@@"', "12345678901234567890");
    parts.push(item);
    size += item.length + 1;
  }
  return `{"total":${parts.length},"items":[${parts.join(",")}]}`;
}

function multipart(boundary) {
  return Buffer.concat([
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="note"\r\n\r\nA kettle, "dented"\r\n` +
        `--${boundary}\r\nContent-Disposition: form-data; name="meta"\r\n` +
        `Content-Type: application/json\r\n\r\n{"sku":1004,"kept":true}\r\n` +
        `--${boundary}\r\nContent-Disposition: form-data; name="photo"; filename="kettle.png"\r\n` +
        `Content-Type: image/png\r\n\r\n`,
    ),
    png(80, 60),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
}

// An order goes through the gateway to one of two replicas, which asks stock and payment.
function addOrders(capture, start, random) {
  const [browser, gateway, stock, pay] = ["10.30.9.4", "10.30.0.5", "10.30.1.21", "10.30.1.23"];
  for (let n = 0; n < 6; n += 1) {
    const at = start + n * 900_000;
    const shop = n % 2 === 0 ? "10.30.0.10" : "10.30.0.11";
    const failed = n === 4;
    const call = (client, server, port, host, method, path, begin, wait, status, body) =>
      capture.session({
        client,
        server,
        port,
        rtt: 240,
        exchanges: [
          {
            at: begin,
            request: request(method, path, host, kAgent, method === "POST" ? '{"order":1}' : ""),
            wait,
            transfer: 600,
            response: response(
              status,
              { "Content-Type": "application/json", "X-Order": String(n) },
              body ?? JSON.stringify({ order: n, state: status < 400 ? "taken" : "refused" }),
            ),
          },
        ],
      });
    const slow = 1 + random() * 0.6;
    const state = failed ? 502 : 201;
    call(browser, gateway, 80, kHost, "POST", "/api/orders", at, 190_000 * slow, state);
    call(gateway, shop, 8_080, kHost, "POST", "/api/orders", at + 8_000, 170_000 * slow, state);
    call(shop, stock, 8_081, "stock.internal", "GET", `/v2/stock/${n}`, at + 20_000, 30_000, 200);
    call(
      shop,
      pay,
      8_083,
      "pay.internal",
      "POST",
      "/v1/payments",
      at + 62_000,
      90_000 * slow,
      failed ? 503 : 200,
    );
  }
}

// What the tests look for is told by name.
export function writeCases(path, { start = kCasesStart, json = 20_000_000 } = {}) {
  const random = seeded(11);
  const capture = new CaptureWriter();
  let at = start;
  const single = (method, target, headers, body, answer, more = {}) => {
    at += 2_000_000;
    capture.session({
      client: "10.30.9.7",
      server: kServer,
      rtt: 400,
      exchanges: [
        {
          at,
          request: request(method, target, kHost, { ...kAgent, ...headers }, body),
          wait: 12_000,
          transfer: 4_000,
          response: answer,
          ...more,
        },
      ],
    });
  };
  const ok = (type, body, headers = {}) =>
    response(200, { "Content-Type": type, ...headers }, body);
  single(
    "GET",
    "/account?tab=orders&q=k%C3%BChler+kasten&empty=",
    {
      Authorization: `Basic ${Buffer.from("ada:s3cret:word").toString("base64")}`,
      Cookie: "sid=8f1c2; theme=dark",
    },
    "",
    ok("text/html; charset=utf-8", kPage, {
      "Set-Cookie": "sid=9a2; Path=/; HttpOnly; Max-Age=3600",
    }),
  );
  single(
    "POST",
    "/token/check",
    {
      Authorization: `Bearer ${kToken}`,
      "Content-Type": "application/x-www-form-urlencoded",
    },
    "grant_type=client+credentials&scope=read%20write&pi%C3%B1ata=%F0%9F%95%B7",
    ok("application/xml", '<?xml version="1.0"?><a><b x="1">text</b><c/><d><e>deep</e></d></a>'),
  );
  single(
    "POST",
    "/photos",
    { "Content-Type": 'multipart/form-data; boundary="=_part"' },
    multipart("=_part"),
    ok("image/png", png(160, 120)),
  );
  single(
    "PUT",
    "/odd/'quotes'?a=\"b\"&c=$(touch%20x)`id`",
    { "Content-Type": "text/plain; charset=utf-8", "X-Odd": 'it\'s "$HOME" `id` \\ !!' },
    'line one\nit\'s "two" $HOME `id` \\n\n\tünï 🕷\n',
    ok(
      "image/svg+xml",
      '<svg xmlns="http://www.w3.org/2000/svg"><script>window.top.__owned=20</script></svg>',
    ),
  );
  single(
    "POST",
    "/binary",
    { "Content-Type": "application/octet-stream" },
    Buffer.from(Array.from({ length: 700 }, (_, n) => (n * 37) & 0xff)),
    ok("application/json", '{"broken": [1, 2,, 3]}'),
  );
  for (const [status, body] of [
    [200, { user: "ada", roles: ["reader", "editor"], limit: 10, since: "2025-01-01" }],
    [403, { user: "ada", roles: ["reader"], limit: 10, reason: "role editor was taken away" }],
  ]) {
    single(
      "GET",
      "/api/profile",
      { "X-Request-ID": status === 200 ? "a1" : "b2", Accept: "application/json" },
      "",
      response(
        status,
        {
          "Content-Type": "application/json",
          Server: "nginx",
          ...(status === 403 ? { "X-Deny": "rbac" } : {}),
        },
        JSON.stringify(body),
      ),
      { wait: status === 200 ? 12_000 : 48_000 },
    );
  }
  single("GET", "/lossy.bin", {}, "", ok("application/octet-stream", Buffer.alloc(60_000, 7)), {
    transfer: 90_000,
    drop: [9, 10],
    again: [4, 20, 21],
  });
  // The third segment of an answer of one line: a hole in the middle of a text.
  const items = Array.from({ length: 280 }, (_, id) => ({ id, sku: `K-${1_000 + id}`, left: 3 }));
  single("GET", "/lossy.json", {}, "", ok("application/json", JSON.stringify({ items })), {
    drop: [2],
  });
  if (json > 0) {
    single("GET", "/big.json", {}, "", ok("application/json", bigJson(json)), {
      transfer: 900_000,
    });
  }
  addOrders(capture, start + 60e6, random);
  capture.write(path);
  return { start, end: start + 120e6, packets: capture.packets };
}
