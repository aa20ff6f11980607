// Questions that read headers or bodies: found row by row, with progress, stopped and gone on with;
// and what the page says when it may not ask at all.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launch, openPage, shot } from "../support/browser.mjs";
import { startProxy } from "../support/proxy.mjs";
import { writeShop } from "../support/shop.mjs";
import { counterOf, setStage, windowOf } from "../support/stage.mjs";

const kCutAt = 30; // bytes of a body that are kept
const { spider, written, open } = await setStage(
  { shop: (file) => writeShop(file, { perMinute: 20 }) },
  undefined,
  { body_max_bytes: kCutAt },
);
const { shop } = written;
const proxy = await startProxy(spider);
const browser = await launch();
after(async () => {
  await browser.close();
  proxy.stop();
});

const rows = (page) => page.getByTestId("row");
const said = (page) => page.getByTestId("search-progress").textContent();
const counted = counterOf(spider, shop);

test("a search shows rows as it finds them; stopped it keeps them and goes on later", async () => {
  const q = "header.host:*";
  const all = await counted(q);
  assert.ok(all > 100, `${all} match`);
  proxy.hold = true;
  const { page, troubles, close } = await openPage(browser);
  await page.goto(`${proxy.url}/${windowOf(shop)}&q=${encodeURIComponent(q)}`);
  await rows(page).first().waitFor();
  assert.match(await said(page), /\d+ % of the communications, back to .* · \d+ found/);
  await shot(page, "search-running-light");
  const stop = page.getByTestId("search-stop");
  const before = await rows(page).count();
  const { questions_given_up: gaveUp } = (await spider.api("status")).api;
  await stop.click();
  await page.getByTestId("search-go-on").waitFor();
  assert.match(await said(page), /^Stopped: \d+ found; looked at what begins after /);
  assert.equal(await rows(page).count(), before, "what is found stays");
  const found = Number(/(\d+) found/.exec(await said(page))[1]);
  assert.ok(found < all, `${found} of ${all}`);
  // The server has finished this small search, or has been told that nobody waits.
  const { api } = await spider.api("status");
  assert.ok(api.questions_given_up >= gaveUp);
  proxy.hold = false;
  await page.getByTestId("search-go-on").click();
  await page.waitForFunction(
    () =>
      document
        .querySelector('[data-testid="search-progress"]')
        ?.textContent.startsWith("Whole range searched") === true,
  );
  assert.equal(Number(/: ([\d,\s]+) found/.exec(await said(page))[1].replace(/\D/g, "")), all);
  assert.deepEqual(troubles, []);
  await close();
});

test("what is found is sorted by a value, and a question of columns is a list again", async () => {
  const { page, troubles, close } = await open(
    `${windowOf(shop)}&q=${encodeURIComponent("header.host:*")}`,
  );
  await page.getByTestId("search-progress").waitFor();
  await page.goto(
    `${spider.url}/${windowOf(shop)}&order=-status&q=${encodeURIComponent("header.host:*")}`,
  );
  await page.waitForFunction(
    () =>
      document
        .querySelector('[data-testid="search-progress"]')
        ?.textContent.startsWith("Whole range searched") === true,
  );
  const first = await rows(page).first().locator(".is-status").textContent();
  assert.match(first, /^5/);
  await page.getByTestId("search").fill("status:404");
  await page.waitForURL((url) => url.searchParams.get("q") === "status:404");
  await page.getByTestId("search-progress").waitFor({ state: "detached" });
  await rows(page).first().waitFor();
  assert.deepEqual(troubles, []);
  await close();
});

test("a search in bodies says how many it could search in part only", async () => {
  const cut = await counted("mark:body_capped");
  assert.ok(cut > 100, `${cut} are cut at ${kCutAt} bytes`);
  for (const [name, size] of [
    ["search-partial-light", {}],
    ["search-partial-narrow", { scheme: "dark", width: 640, height: 500 }],
  ]) {
    const { page, troubles, close } = await openPage(browser, size);
    await page.goto(`${spider.url}/${windowOf(shop)}&q=body:nothinglikeit`);
    const done = page.getByTestId("search-progress").filter({ hasText: /^Whole range searched/ });
    await done.waitFor();
    const text = (await done.textContent()).replaceAll(",", "");
    assert.match(text, new RegExp(` had a saved body of which ${cut} could be searched in part`));
    await shot(page, name);
    assert.deepEqual(troubles, []);
    await close();
  }
});

test("a header line is asked for, or left out, by mouse and by keys", async () => {
  const { page, troubles, close } = await open(windowOf(shop));
  await rows(page).first().click();
  await page.getByRole("tab", { name: /Request/ }).click();
  const line = page.getByTestId("headers").first().locator(".asks", { hasText: /^Host/i }).first();
  await line.locator("dd").hover();
  await line.getByTestId("ask-only").click();
  await page.waitForURL((url) => /^request\.header\.host:/.test(url.searchParams.get("q") ?? ""));
  await page.getByTestId("search-progress").waitFor();
  await rows(page).first().waitFor();
  await line.getByTestId("ask-only").focus();
  await page.keyboard.press("Shift+F");
  await page.waitForURL((url) =>
    /^NOT request\.header\.host:/.test(url.searchParams.get("q") ?? ""),
  );
  assert.deepEqual(troubles, []);
  await close();
});

test("the address says in which clock times are written", async () => {
  const { page, troubles, close } = await open(windowOf(shop));
  await page.getByTestId("timeline-menu").click();
  await page.getByRole("radio", { name: "UTC", exact: true }).check();
  await page.waitForURL((url) => url.searchParams.get("clock") === "utc");
  const address = page.url();
  const time = await rows(page).first().locator(".is-time").textContent();
  await close();
  const other = await openPage(browser, { zone: "Asia/Tokyo" });
  await other.page.goto(address);
  await rows(other.page).first().waitFor();
  assert.equal(await rows(other.page).first().locator(".is-time").textContent(), time);
  assert.deepEqual([...troubles, ...other.troubles], []);
  await other.close();
});

test("who may not look is told why and what to do, by the server's own refusal", async () => {
  proxy.host = "captures.example";
  const { page, close } = await openPage(browser);
  await page.goto(`${proxy.url}/`);
  const notice = page.getByTestId("no-rights");
  await notice.waitFor();
  const text = await notice.textContent();
  assert.match(text, /does not answer under this name/);
  assert.match(text, /captures\.example/, "the server's words are shown");
  assert.match(text, /\[api\] hosts/, "and what to do");
  await shot(page, "no-rights-light");
  proxy.host = new URL(spider.url).host;
  await notice.getByRole("button", { name: "Try again" }).click();
  await rows(page).first().waitFor();
  // Taken away later, what was loaded stays, and the page says so.
  proxy.host = "captures.example";
  await page.getByTestId("no-rights-banner").waitFor();
  assert.ok((await rows(page).count()) > 0);
  proxy.host = new URL(spider.url).host;
  await page.getByTestId("no-rights-banner").waitFor({ state: "detached" });
  await close();
});
