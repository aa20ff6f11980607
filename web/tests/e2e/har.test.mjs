// An exported HAR, given back to a browser: Chromium asks for what was captured, and is answered
// from the file alone. What its scripts then hold must be what went over the wire.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { openPage } from "../support/browser.mjs";
import { CaptureWriter, request, response } from "../support/capture.mjs";
import { png } from "../support/shop.mjs";
import { setStage, windowOf } from "../support/stage.mjs";
import { temporaryFolder } from "../support/spider.mjs";

const kHost = "replay.example";
const kStart = Date.UTC(2026, 2, 12, 9, 0, 0) * 1_000;
const kScript = 'export const answer = "forty-two";\n'.repeat(40);

// Each with what the browser must hold afterwards; `body` as it is without its encoding.
const kExchanges = [
  {
    method: "GET",
    path: "/",
    status: 200,
    type: "text/html; charset=utf-8",
    body: "<!doctype html><title>Replayed</title><p id=said>Grüße aus dem Mitschnitt ✓</p>",
    headers: { "X-Trace": "a1b2", "Cache-Control": "no-store" },
  },
  {
    method: "GET",
    path: "/api/orders?page=2&sort=-date",
    status: 200,
    type: "application/json",
    body: JSON.stringify({ items: [1, 2.5, "drei", null], text: 'with "quotes" and \u2028' }),
    headers: { ETag: '"w/7"', Server: "shop/1.0 (x)" },
  },
  { method: "GET", path: "/logo.png", status: 200, type: "image/png", body: png(40, 30) },
  {
    method: "GET",
    path: "/bytes",
    status: 200,
    type: "application/octet-stream",
    body: Buffer.from(Array.from({ length: 512 }, (_, n) => n % 256)),
  },
  {
    method: "GET",
    path: "/app.js",
    status: 200,
    type: "text/javascript",
    body: kScript,
    wire: gzipSync(kScript),
    headers: { "Content-Encoding": "gzip", Vary: "Accept-Encoding" },
  },
  { method: "GET", path: "/gone", status: 404, type: "text/plain", body: "not here" },
  { method: "GET", path: "/broken", status: 503, type: "text/plain", body: "", wait: 900_000 },
  {
    method: "POST",
    path: "/api/orders",
    send: '{"article":1}',
    status: 201,
    type: "application/json",
    body: '{"made":1}',
    headers: { Location: "/api/orders/1" },
  },
  {
    method: "POST",
    path: "/api/orders",
    send: '{"article":2}',
    status: 409,
    type: "application/json",
    body: '{"made":null}',
  },
  { method: "DELETE", path: "/api/orders/1", status: 200, type: "text/plain", body: "deleted" },
];

function writeReplay(file) {
  const capture = new CaptureWriter();
  kExchanges.forEach((one, index) => {
    const { method, path, send = "", status, type, headers = {}, body, wire = body } = one;
    const sent = send === "" ? {} : { "Content-Type": "application/json" };
    capture.session({
      client: "10.40.0.5",
      server: "10.40.0.1",
      exchanges: [
        {
          at: kStart + index * 1_000_000,
          wait: one.wait ?? 2_000,
          request: request(method, path, kHost, sent, send),
          response: response(status, { "Content-Type": type, ...headers }, wire),
        },
      ],
    });
  });
  capture.write(file);
  return { start: kStart - 1e6, end: kStart + 20e6 };
}

const { written, open } = await setStage({ replay: writeReplay });
const temporary = temporaryFolder("har");
after(() => temporary.remove());

test("a browser that is given the exported HAR gets what was captured, byte for byte", async () => {
  const { page, troubles, close } = await open(windowOf(written.replay));
  await page.getByTestId("export").click();
  const saved = page.waitForEvent("download");
  await page.getByTestId("export-har").click();
  const file = join(temporary.folder, "replay.har");
  writeFileSync(file, readFileSync(await (await saved).path()));
  assert.deepEqual(troubles, []);

  const other = await openPage(page.context().browser());
  await other.page.routeFromHAR(file, { notFound: "abort" });
  const first = await other.page.goto(`http://${kHost}/`);
  assert.equal(first.status(), 200);
  assert.equal(await other.page.textContent("#said"), "Grüße aus dem Mitschnitt ✓");
  for (const { method, path, send, status, type, headers = {}, body } of kExchanges) {
    const got = await other.page.evaluate(
      async ([url, how]) => {
        const answer = await fetch(url, how);
        return {
          status: answer.status,
          headers: Object.fromEntries(answer.headers),
          bytes: [...new Uint8Array(await answer.arrayBuffer())],
        };
      },
      [`http://${kHost}${path}`, { method, body: send, headers: typeOf(send) }],
    );
    const what = `${method} ${path} ${send ?? ""}`;
    assert.equal(got.status, status, what);
    assert.ok(Buffer.from(got.bytes).equals(Buffer.from(body)), `${what}: the body`);
    for (const [name, value] of Object.entries({ "Content-Type": type, ...headers }))
      assert.equal(got.headers[name.toLowerCase()], value, `${what}: ${name}`);
  }
  const missing = await other.page.evaluate(() => fetch("/never-captured").catch(String));
  assert.match(String(missing), /Failed to fetch/);
  await other.close();
  await close();
});

function typeOf(send) {
  return send === undefined ? {} : { "Content-Type": "application/json" };
}
