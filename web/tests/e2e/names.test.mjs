// Names of addresses: wherever an address of a communication is shown, the address one hover (or
// one key) away, and a click that asks for a name or leaves it out.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
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

const { spider, written, open } = await setStage({ names: writeNames }, undefined, {
  save_packets: true,
});
const rows = (page) => page.getByTestId("row");

test("a name stands for its address, which is a hover or a key away", async () => {
  const { page, troubles, close } = await open(windowOf(written.names));
  const cell = (path, end) =>
    rows(page).filter({ hasText: path }).locator(`[data-column="${end}"]`);
  assert.equal(await cell("/0", "server").textContent(), "stock.example:80");
  assert.match(
    await cell("/0", "server").locator("span").getAttribute("title"),
    /^stock\.example:80 is 10\.60\.0\.1:80, named by a DNS answer/,
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
  await detail.getByText("stock.example:80 is 10.60.0.1:80").waitFor();
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

// The text that stands for an address, and what a hover over it tells.
const hover = (place, text) => place.getByText(text, { exact: true }).first().getAttribute("title");
const kStock = /^stock\.example is 10\.60\.0\.1, named by a DNS answer/;
const kClient = /^web-1\.example is 10\.60\.0\.5, named by a DNS answer/;
const q = (url) => new URL(url).searchParams.get("q");

test("the values beside the list have names, and ask by address", async () => {
  const { page, troubles, close } = await open(windowOf(written.names));
  await page.getByTestId("facets-button").click();
  const facets = page.getByTestId("facets");
  await facets.getByText("stock.example").waitFor();
  assert.match(await hover(facets, "stock.example"), kStock);
  assert.match(await hover(facets, "web-1.example"), kClient);
  await facets.getByText("10.60.0.2", { exact: true }).waitFor();
  await facets.getByText("stock.example", { exact: true }).click();
  await page.waitForFunction(() => document.querySelectorAll('[data-testid="row"]').length === 2);
  assert.equal(q(page.url()), "server.ip:10.60.0.1");
  assert.deepEqual(troubles, []);
  await close();
});

test("statistics by addresses have names, in the CSV too, and ask by address", async () => {
  const { page, troubles, close } = await open(windowOf(written.names));
  const groups = "client_ip,server_ip";
  await page.goto(
    `${spider.url}/${windowOf(written.names)}&view=statistics&group=${groups}&period=1m`,
  );
  const view = page.getByTestId("statistics");
  const cell = view.locator(".stat-key");
  await cell.getByText("stock.example").waitFor();
  assert.match(await hover(cell, "stock.example"), kStock);
  assert.match(await hover(cell, "web-1.example"), kClient);
  const head = view.getByTestId("periods").locator("th.is-key").first();
  assert.equal(await head.textContent(), "web-1.example \u00b7 stock.example");
  assert.match(await head.getAttribute("title"), /10\.60\.0\.5.* \u00b7 .*10\.60\.0\.1/);
  const saved = page.waitForEvent("download");
  await page.getByTestId("periods-csv").click();
  const csv = readFileSync(await (await saved).path(), "utf8").split("\r\n");
  const named = "client_ip,client_name,client_name_source,server_ip,server_name,server_name_source";
  assert.ok(csv[0].startsWith(`start,period_us,${named},communications`), csv[0]);
  assert.match(csv[1], /,10\.60\.0\.5,web-1\.example,dns,10\.60\.0\.1,stock\.example,dns,2,/);
  await cell.getByText("stock.example").click();
  await page.waitForURL((url) => url.searchParams.get("q") === "server.ip:10.60.0.1");
  assert.deepEqual(troubles, []);
  await close();
});

test("what is compared has names, and differs by address", async () => {
  const { items } = await spider.api("http-communications?sort=start&limit=10");
  const ids = ["/0", "/2"].map((path) => items.find((item) => item.path === path).id);
  const { page, troubles, close } = await open(windowOf(written.names));
  await page.goto(`${spider.url}/${windowOf(written.names)}&view=compare&ids=${ids.join(",")}`);
  const view = page.getByTestId("compare-view");
  const row = (name) =>
    view.locator("tr").filter({ has: page.getByRole("rowheader", { name, exact: true }) });
  await row("Server").waitFor();
  assert.match(await hover(row("Server"), "stock.example"), kStock);
  assert.equal(await hover(row("Server"), "10.60.0.2"), "10.60.0.2");
  // Whom the first one asked: it has no Host header.
  assert.match(await hover(view.locator("thead").first(), "stock.example"), kStock);
  await view.getByText("Show what is equal, too").click();
  assert.match(await hover(row("Client"), "web-1.example"), kClient);
  assert.deepEqual(troubles, []);
  await close();
});

test("the groups of the waterfall have names, with the address beside them", async () => {
  const { page, troubles, close } = await open(windowOf(written.names));
  await page.goto(`${spider.url}/${windowOf(written.names)}&view=waterfall`);
  const group = page.locator(".fall-group").filter({ hasText: "stock.example" });
  await group.waitFor();
  assert.match(await group.textContent(), /web-1\.example \u2192 stock\.example:8010\.60\.0\.1:80/);
  assert.match(await hover(group, "stock.example:80"), /^stock\.example:80 is 10\.60\.0\.1:80, /);
  assert.match(await hover(group, "web-1.example"), kClient);
  const other = page.locator(".fall-group").filter({ hasText: "10.60.0.9" });
  assert.equal(await hover(other, "h"), "Host header: h\n10.60.0.2:80");
  assert.deepEqual(troubles, []);
  await close();
});

test("a packet tells on hover who its addresses are, and shows what its bytes say", async () => {
  const { page, troubles, close } = await open(windowOf(written.names));
  await rows(page).filter({ hasText: "/0" }).click();
  await page.getByTestId("detail").getByRole("tab", { name: "Session" }).click();
  const packet = page.getByTestId("packets").getByRole("option").first();
  assert.match(
    await packet.locator(".packet-way").getAttribute("title"),
    /^web-1\.example:\d+ is 10\.60\.0\.5:\d+, named by a DNS answer/,
  );
  await packet.click();
  const layer = page.getByTestId("layer").filter({ hasText: "IPv4" });
  const [client, server] = (await hover(layer, "10.60.0.5 \u2192 10.60.0.1")).split("\n");
  assert.match(client, kClient);
  assert.match(server, kStock);
  assert.deepEqual(troubles, []);
  await close();
});

test("an address that is typed is offered with its name", async () => {
  const { page, troubles, close } = await open(windowOf(written.names));
  await page.getByRole("combobox").first().fill("server.ip:10.60");
  const offer = page.getByRole("option").filter({ hasText: "10.60.0.1" });
  await offer.getByText("stock.example").waitFor();
  assert.deepEqual(troubles, []);
  await close();
});
