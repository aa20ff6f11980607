// nginx, curl, a live capture of lo and the page: what happens on the wire is on the screen within
// two seconds, and the API says the same.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import { launch, openPage, shot } from "../support/browser.mjs";
import { startNginx } from "../support/nginx.mjs";
import { sleep, Spider, until } from "../support/spider.mjs";

const kSeenWithinMs = 2_000;
const kProduct = JSON.stringify({ name: "Kettle", price: 12.5, tags: ["new", "blue"] });

let nginx, spider, browser;

before(async () => {
  nginx = await startNginx({ "product.json": kProduct, "page.html": "<h1>hello</h1>" });
  const whisperer = { name: "live", type: "INTERFACE", interface: "lo" };
  whisperer.filter = `tcp port ${nginx.port}`;
  spider = await Spider.start({ whisperers: [whisperer] });
  await until("live is capturing", async () => {
    const { items } = await spider.api("whisperers");
    return items[0].state === "capturing";
  });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await spider?.stop();
  await nginx?.stop();
});

function curl(path, ...options) {
  const run = spawnSync("curl", ["-sS", ...options, `${nginx.url}${path}`], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  return run.stdout;
}

test("the page says that it listens before anything has passed", async () => {
  const { page, troubles, close } = await openPage(browser);
  await page.goto(`${spider.url}/`);
  await page.getByTestId("empty-listening").waitFor();
  await shot(page, "listening-light");
  assert.deepEqual(troubles, []);
  await close();
});

test("a request is on the page within two seconds of its end", async (t) => {
  const { page, troubles, close } = await openPage(browser, { motion: true });
  await page.goto(`${spider.url}/`);
  await page.getByTestId("empty-listening").waitFor();
  assert.equal(curl("/product.json?from=curl", "-H", "X-Shop: Blue"), kProduct);
  const end = Date.now();
  const row = page.getByTestId("row").filter({ hasText: "/product.json?from=curl" });
  await row.waitFor({ timeout: 60_000 });
  const seen = Date.now() - end;
  await page.waitForFunction(
    () => /2xx success: 1\b/.test(document.querySelector("canvas")?.getAttribute("aria-label")),
    undefined,
    { timeout: 60_000 },
  );
  const drawn = Date.now() - end;
  t.diagnostic(`in the list after ${seen} ms, in the timeline after ${drawn} ms`);
  assert.ok(seen <= kSeenWithinMs, `the list took ${seen} ms`);
  assert.ok(drawn <= kSeenWithinMs, `the timeline took ${drawn} ms`);

  await row.click();
  await page.getByTestId("detail").waitFor();
  await page.getByRole("tab", { name: /Response/ }).click();
  await page.getByTestId("body-text").getByText('"Kettle"').waitFor();
  await page.getByRole("tab", { name: /Request/ }).click();
  const headers = await page.getByTestId("headers").textContent();
  assert.match(headers, /X-Shop:\s*Blue/);
  assert.match(headers, /User-Agent:\s*curl/);
  await shot(page, "live-detail");
  assert.deepEqual(troubles, []);
  await close();
});

for (const [wrong, seconds] of [
  ["fast", 40],
  ["slow", -40],
])
  test(`a browser whose clock is ${wrong} follows as well`, async () => {
    const { page, troubles, close } = await openPage(browser, { motion: true });
    await page.addInitScript((ms) => {
      const right = Date.now.bind(Date);
      Date.now = () => right() + ms;
    }, seconds * 1_000);
    await page.goto(`${spider.url}/?live=15`);
    await page.getByTestId("timeline").waitFor();
    curl(`/product.json?clock=${wrong}`);
    const row = page.getByTestId("row").filter({ hasText: `clock=${wrong}` });
    await row.waitFor({ timeout: 10_000 });
    await page.waitForFunction(
      () => /2xx success: [1-9]/.test(document.querySelector("canvas")?.getAttribute("aria-label")),
      undefined,
      { timeout: 10_000 },
    );
    await shot(page, `live-clock-${wrong}`);
    assert.deepEqual(troubles, []);
    await close();
  });

test("curl of the API tells the same", async () => {
  const list = JSON.parse(
    spawnSync("curl", ["-sS", `${spider.url}/api/v1/http-communications?uri=from%3Dcurl`], {
      encoding: "utf8",
    }).stdout,
  );
  assert.equal(list.count, 1);
  const [item] = list.items;
  assert.equal(item.status, 200);
  assert.equal(item.method, "GET");
  assert.equal(item.path, "/product.json?from=curl");
  assert.equal(item.response_body_bytes, kProduct.length);
  assert.equal(item.state, "complete");
  const detail = await spider.api(`http-communications/${item.id}`);
  const body = await fetch(`${spider.url}${detail._links.response_body.href}`);
  assert.equal(await body.text(), kProduct);
});

test("errors and new requests arrive while the page follows", async () => {
  const { page, troubles, close } = await openPage(browser, { scheme: "dark", motion: true });
  await page.goto(`${spider.url}/?live=60`);
  await page.getByTestId("row").first().waitFor();
  const before = await page.getByTestId("row").count();
  for (let n = 0; n < 12; n += 1) {
    curl(n % 4 === 3 ? "/fail" : `/page.html?n=${n}`, "-o", "/dev/null");
    await sleep(120);
  }
  const wanted = before + 12;
  await page.waitForFunction(
    (count) => document.querySelectorAll('[data-testid="row"]').length >= count,
    wanted,
    { timeout: 60_000 },
  );
  assert.equal(await page.locator(".grid-row.is-5xx").count(), 3);
  await page.getByTestId("whisperers").click();
  assert.match(await page.getByTestId("whisperer").first().textContent(), /capturing · lo/);
  await shot(page, "live-dark");
  assert.deepEqual(troubles, []);
  await close();
});

test("a drawn selection stops following and keeps the time", async () => {
  const { page, close } = await openPage(browser);
  await page.goto(`${spider.url}/?live=60`);
  await page.getByTestId("row").first().waitFor();
  const box = await page.getByTestId("timeline").boundingBox();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 5, box.y + 60, { steps: 6 });
  await page.mouse.up();
  await page.waitForFunction(() => !window.location.search.includes("live="));
  assert.match(page.url(), /from=.*&to=.*&select=/);
  assert.equal(await page.getByTestId("live").getAttribute("aria-pressed"), "false");
  await close();
});

// A window from five minutes before it listened to five after: none of them may be called complete.
test("the word at the top says of which part of the range it is", async () => {
  const { items } = await spider.api("whisperers/live/states");
  const began = items.find(({ state }) => state === "capturing").from_us;
  const iso = (us) => new Date(us / 1_000).toISOString();
  const window = `?from=${iso(began - 300e6)}&to=${iso(began + 300e6)}`;
  const look = async (name, pattern, options) => {
    const { page, troubles, close } = await openPage(browser, { zone: "UTC", ...options });
    await page.goto(`${spider.url}/${window}`);
    const chip = page.getByTestId("completeness").filter({ hasText: pattern });
    await chip.waitFor();
    await shot(page, name);
    assert.deepEqual(troubles, []);
    const title = await chip.getAttribute("title");
    await close();
    return title;
  };
  // Around midnight with the day.
  const clock = `(\\d{4}-\\d\\d-\\d\\d )?${iso(began).slice(11, 19)}`;
  const since = new RegExp(`while captured: since ${clock}: |, captured since ${clock}: `);
  assert.match(await look("covered-light", since), /^Nothing was captured: .*\.\n/);
  await look("covered-dark", since, { scheme: "dark", width: 1_280, height: 720 });
  await look("covered-narrow", /while captured|captured since/, { width: 640, height: 360 });

  const stopped = await fetch(`${spider.url}/api/v1/whisperers/live/stop`, { method: "POST" });
  assert.ok(stopped.ok, await stopped.text());
  await until("it is stopped", async () => {
    const { items: now } = await spider.api("whisperers");
    return now[0].state === "stopped";
  });
  const to = new RegExp(`captured:? ${clock} to (\\S+ )?\\d\\d:\\d\\d:\\d\\d: `);
  const told = await look("covered-both", to);
  assert.equal(told.match(/Nothing was captured: /g).length, 2);
});
