// Names of addresses: in the list, in the details and in the lanes, the address one hover (or one
// key) away, and a click that asks for a name or leaves it out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CaptureWriter, request, response } from "../support/capture.mjs";
import { setStage, windowOf } from "../support/stage.mjs";

const kStart = Date.UTC(2026, 10, 20, 9, 0, 0) * 1_000;

function writeNames(file) {
  const capture = new CaptureWriter();
  const client = "10.60.0.5";
  capture.dnsAnswer({ at: kStart - 2e6, name: "web-1.example", address: client, client });
  capture.dnsAnswer({ at: kStart - 1e6, name: "stock.example", address: "10.60.0.1", client });
  for (const [index, server] of ["10.60.0.1", "10.60.0.1", "10.60.0.2"].entries())
    capture.session({
      client,
      server,
      exchanges: [
        {
          at: kStart + index * 1e6,
          request: Buffer.from(`GET /${index} HTTP/1.0\r\n\r\n`), // without a Host header
          response: response(200, {}, "ok"),
        },
      ],
    });
  capture.session({
    client: "10.60.0.9",
    server: "10.60.0.2",
    exchanges: [{ at: kStart + 5e6, request: request("GET", "/9", "h"), response: response(200) }],
  });
  capture.write(file);
  return { start: kStart - 5e6, end: kStart + 20e6 };
}

const { spider, written, open } = await setStage({ names: writeNames });
const rows = (page) => page.getByTestId("row");

test("a name stands for its address, which is a hover or a key away", async () => {
  const { page, troubles, close } = await open(windowOf(written.names));
  const cell = (path, end) =>
    rows(page).filter({ hasText: path }).locator(`[data-column="${end}"]`);
  assert.equal(await cell("/0", "server").textContent(), "stock.example:80");
  assert.match(
    await cell("/0", "server").locator("span").getAttribute("title"),
    /^stock\.example is 10\.60\.0\.1:80, named by a DNS answer/,
  );
  assert.match(await cell("/0", "client").textContent(), /^web-1\.example:\d+$/);
  assert.equal(await cell("/2", "server").textContent(), "10.60.0.2:80", "no name, no guess");
  // With the keys: the cell that they are in shows the address.
  await page.getByTestId("list").focus();
  for (let n = 0; n < 4; n += 1) await page.keyboard.press("ArrowDown"); // newest first: /0
  const heads = await page.locator('[role="columnheader"]').allTextContents();
  const place = heads.findIndex((head) => head.startsWith("Server"));
  for (let n = 0; n <= place; n += 1) await page.keyboard.press("ArrowRight");
  const at = page.locator('[data-column="server"].is-cursor');
  assert.equal(await at.textContent(), "10.60.0.1:80");
  assert.deepEqual(troubles, []);
  await close();
});

test("the details tell the name with its source, and a click asks for it", async () => {
  const { page, troubles, close } = await open(windowOf(written.names));
  await rows(page).filter({ hasText: "/0" }).click();
  const detail = page.getByTestId("detail");
  await detail.getByText("stock.example is 10.60.0.1:80").waitFor();
  assert.match(await detail.textContent(), /10\.60\.0\.1:80/);
  const fact = detail.locator(".fact").filter({ hasText: "Server's name" });
  await fact.hover();
  await fact.getByTestId("ask-only").click();
  await page.waitForFunction(() => document.querySelectorAll('[data-testid="row"]').length === 2);
  assert.match(decodeURIComponent(page.url()), /server\.name:stock\.example/);
  assert.deepEqual(troubles, []);
  await close();
});

test("lanes have the names that no Host header gives", async () => {
  const { page, troubles, close } = await open(windowOf(written.names));
  await page.goto(`${spider.url}/${windowOf(written.names)}&view=sequence`);
  await page.getByText("stock.example").first().waitFor();
  await page.getByText("web-1.example").first().waitFor();
  assert.deepEqual(troubles, []);
  await close();
});
