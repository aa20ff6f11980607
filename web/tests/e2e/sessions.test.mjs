// TCP sessions of what is no HTTP/1, captured live: the page lists them, says why nothing was found
// in them, and opens each to its packets, by link, keys and the back button as well.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { launch, openPage, shot } from "../support/browser.mjs";
import { CaptureWriter } from "../support/capture.mjs";
import { startHttp2, startTls } from "../support/closed.mjs";
import { Spider, until } from "../support/spider.mjs";
import { kIso, setStage } from "../support/stage.mjs";

let spider, browser, http1, http2, tls;

before(async () => {
  http1 = createServer((_, answer) => answer.end("plain")).listen(0, "127.0.0.1");
  await once(http1, "listening");
  http2 = await startHttp2("from http/2");
  tls = await startTls("from tls");
  const ports = [http1.address().port, http2.port, tls.port];
  const filter = ports.map((port) => `tcp port ${port}`).join(" or ");
  const whisperer = { name: "live", type: "INTERFACE", interface: "lo", filter };
  spider = await Spider.start({ whisperers: [{ ...whisperer, save_packets: true }] });
  await until("live is capturing", async () => {
    const { items } = await spider.api("whisperers");
    return items[0].state === "capturing";
  });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await spider?.stop();
  http2?.stop();
  tls?.stop();
  http1?.close();
});

const stored = (count, query = "") =>
  until(`${count} sessions are stored`, async () => {
    const { items } = await spider.api(`tcp-sessions?limit=1000${query}`);
    return items.length === count ? items : null;
  });
const rows = (page) => page.getByTestId("session-row");
const cell = (row, column) => row.locator(`[data-column="${column}"]`);

test("before anything has passed the sessions say that it is listened", async () => {
  const { page, troubles, close } = await openPage(browser);
  await page.goto(`${spider.url}/?view=sessions`);
  await page.getByTestId("empty-listening").getByText("its connection has ended").waitFor();
  await shot(page, "sessions-listening");
  assert.deepEqual(troubles, []);
  await close();
});

test("what is no HTTP/1 is not lost: the empty list leads to its sessions", async () => {
  assert.equal(await http2.call("/a"), "from http/2");
  assert.equal(await tls.call("hello"), "from tls");
  await stored(2);
  const { page, troubles, close } = await openPage(browser);
  await page.goto(`${spider.url}/`);
  await page.getByTestId("to-sessions").click();
  await rows(page).nth(1).waitFor();
  assert.equal(await rows(page).count(), 2);
  const last = rows(page).first(); // the newest first
  assert.match(await cell(last, "server").textContent(), new RegExp(`:${tls.port}$`));
  assert.equal(await cell(last, "found").textContent(), "TLS, not read");
  assert.equal(await cell(rows(page).nth(1), "found").textContent(), "HTTP/2, not read");
  assert.equal(await cell(last, "close").textContent(), "closed");
  assert.match(await page.getByTestId("count").textContent(), /^2 TCP sessions in the last 5/);

  await last.click();
  const why = page.getByTestId("why-nothing");
  await why.waitFor();
  assert.match(await why.textContent(), /first bytes are those of TLS, which is not read/);
  assert.ok((await page.getByTestId("packets").locator('[role="option"]').count()) > 6);
  await shot(page, "sessions-live-open");

  // The address holds it: a link, a reload.
  const link = page.url();
  assert.match(link, /view=sessions/);
  assert.match(link, /open=\d+-[0-9a-f]+-[0-9a-f]+(&|$)/);
  await page.reload();
  await why.waitFor();
  // Back: nothing is open, and before that the list of communications.
  await page.goBack();
  await page.getByTestId("session-pane").waitFor({ state: "detached" });
  await rows(page).first().waitFor();
  await page.goBack();
  await page.getByTestId("to-sessions").waitFor();
  assert.deepEqual(troubles, []);
  await close();
});

test("the keys go through the sessions, open one and close it", async () => {
  const { page, troubles, close } = await openPage(browser);
  await page.goto(`${spider.url}/`);
  await page.getByTestId("to-sessions").waitFor();
  await page.keyboard.press("6");
  await rows(page).first().waitFor();
  await page.keyboard.press("i");
  const lit = (number) =>
    page.waitForFunction(
      (at) => document.querySelectorAll('[data-testid="session-row"]')[at].ariaSelected === "true",
      number,
    );
  await page.keyboard.press("ArrowDown");
  await lit(0);
  await page.keyboard.press("ArrowDown");
  await lit(1);
  await page.keyboard.press("Enter");
  await page.getByTestId("why-nothing").waitFor();
  const ends = page.getByTestId("session-ends");
  assert.match(await ends.textContent(), new RegExp(`:${http2.port}$`));
  await page.keyboard.press("ArrowUp");
  await page.waitForFunction(
    (port) => document.querySelector('[data-testid="session-ends"]').textContent.endsWith(port),
    `:${tls.port}`,
  );
  await page.keyboard.press("Escape");
  await page.getByTestId("session-pane").waitFor({ state: "detached" });
  assert.deepEqual(troubles, []);
  await close();
});

test("a session that ends while one looks comes to the top by itself", async () => {
  const { page, troubles, close } = await openPage(browser);
  await page.goto(`${spider.url}/?view=sessions`);
  await rows(page).nth(1).waitFor();
  assert.equal(await http2.call("/b"), "from http/2");
  await rows(page).nth(2).waitFor();
  assert.match(
    await cell(rows(page).first(), "server").textContent(),
    new RegExp(`:${http2.port}$`),
  );
  assert.deepEqual(troubles, []);
  await close();
});

test("those with communications lead to them, and a filter says what it leaves out", async () => {
  const plain = `http://127.0.0.1:${http1.address().port}/a`;
  const answer = await fetch(plain, { headers: { Connection: "close" } });
  assert.equal(await answer.text(), "plain");
  const [session] = await until("a session with communications is stored", async () => {
    const { items } = await spider.api("tcp-sessions?communications=some");
    return items.length > 0 ? items : null;
  });
  const { page, troubles, close } = await openPage(browser);
  await page.goto(`${spider.url}/?view=sessions&q=status:200%20session:${session.id}`);
  await rows(page).first().waitFor();
  const left = page.getByTestId("left-out");
  assert.match(await left.textContent(), /Not applied here.*status:200/);
  assert.doesNotMatch(await left.textContent(), /session:/);
  assert.equal(await rows(page).count(), 1);
  assert.match(await cell(rows(page), "found").textContent(), /^\d+ communications?$/);
  await shot(page, "sessions-left-out");
  await left.getByRole("button").click();
  await left.waitFor({ state: "detached" });

  await page.getByLabel("Without communications").check();
  await page.getByTestId("empty-sessions").waitFor();
  assert.match(page.url(), /found=none/);
  await shot(page, "sessions-empty");
  await page.getByRole("button", { name: "All TCP sessions" }).click();
  await rows(page).first().waitFor();

  await page.goto(`${spider.url}/?view=sessions&found=some&open=${session.id}`);
  await page.getByTestId("to-communications").click();
  const row = page.getByTestId("row");
  await row.first().waitFor();
  assert.equal(await row.count(), session.communications);
  assert.match(decodeURIComponent(page.url()), new RegExp(`q=session:${session.id}`));
  await page.goBack();
  await page.getByTestId("session-pane").waitFor();
  assert.deepEqual(troubles, []);
  await close();
});

test("a session that is not stored, and a list that is not answered, say so", async () => {
  const { page, close } = await openPage(browser);
  await page.goto(`${spider.url}/?view=sessions&open=1-1-1`);
  await page.getByTestId("no-session").waitFor();
  await page.route("**/api/v1/tcp-sessions?*", (route) =>
    route.fulfill({
      status: 500,
      contentType: "application/problem+json",
      body: JSON.stringify({ title: "The store is away", status: 500, detail: "", code: "X-1" }),
    }),
  );
  await page.goto(`${spider.url}/?view=sessions`);
  await page.getByTestId("failure").getByText("The store is away").waitFor();
  await shot(page, "sessions-failure");
  await close();
});

test("hundreds of sessions are gone through from their ends and from within", async () => {
  const kStart = Date.UTC(2026, 2, 10, 12, 0, 0) * 1_000;
  const kMany = 700;
  const hello = Buffer.from("1603010005000000000000", "hex");
  const { spider: many, written } = await setStage({
    files: (file) => {
      const capture = new CaptureWriter();
      for (let n = 0; n < kMany; n += 1) {
        const exchange = { at: kStart + n * 50_000, request: hello, response: hello };
        capture.session({
          client: "10.0.0.7",
          server: "10.0.0.8",
          port: 443,
          exchanges: [exchange],
        });
      }
      capture.write(file);
      return { start: kStart - 1e6, end: kStart + kMany * 50_000 + 1e6 };
    },
  });
  const { start, end } = written.files;
  const answer = await many.api(`tcp-sessions?limit=1000&sort=start`);
  assert.equal(answer.count, kMany);
  const middle = answer.items[350];
  const { page, troubles, close } = await openPage(browser);
  const view = `${many.url}/?view=sessions&from=${kIso(start)}&to=${kIso(end)}`;
  await page.goto(`${view}&open=${middle.id}`);
  await page.locator(`#row-${middle.id}[aria-selected="true"]`).waitFor();
  await page.getByTestId("list").focus();
  await page.keyboard.press("ArrowUp"); // the newer one, of the page before
  await page.locator(`#row-${answer.items[351].id}[aria-selected="true"]`).waitFor();
  await page.keyboard.press("Home");
  await page.locator(`#row-${answer.items[kMany - 1].id}`).waitFor();
  await page.keyboard.press("Escape");
  await page.getByTestId("session-pane").waitFor({ state: "detached" });
  await page.keyboard.press("End");
  await page.locator(`#row-${answer.items[0].id}`).waitFor();
  await page.getByTestId("order").click();
  // It was the last one on the screen, too.
  await page.waitForFunction(
    (id) => document.querySelector('[data-testid="session-row"]')?.id === id,
    `row-${answer.items[0].id}`,
  );
  assert.ok((await page.getByTestId("session-row").count()) < 100, "only those in view are drawn");
  assert.deepEqual(troubles, []);
  await close();
});

for (const [name, options] of [
  ["narrow", { width: 900 }],
  ["phone", { width: 420, height: 800 }],
  ["dark", { scheme: "dark" }],
])
  test(`the sessions fit a page that is ${name}`, async () => {
    const { page, troubles, close } = await openPage(browser, options);
    await page.goto(`${spider.url}/?view=sessions`);
    await rows(page).first().waitFor();
    await shot(page, `sessions-${name}`);
    const [grid, space] = await page.evaluate(() => {
      const list = document.querySelector('[data-testid="list"]');
      return [list.clientWidth, list.scrollWidth];
    });
    assert.ok(space <= grid, `${space} pixels of rows in ${grid}`);
    await rows(page).first().click();
    await page.getByTestId("packets").waitFor();
    await shot(page, `sessions-${name}-open`);
    assert.deepEqual(troubles, []);
    await close();
  });
