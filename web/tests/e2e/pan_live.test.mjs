// Panning and zooming while a capture runs: no error, no lost selection, and the list of the
// selection says what the API says.

import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { launch, openPage, shot } from "../support/browser.mjs";
import { startNginx } from "../support/nginx.mjs";
import { sleep, Spider, until } from "../support/spider.mjs";

let nginx, spider, browser;
let sending = true;
let sent = 0;
let client;

// One request after the other until the test ends.
async function traffic() {
  while (sending) {
    await new Promise((done, fail) => {
      const asked = request(`${nginx.url}/page.html?n=${sent}`, (answer) => {
        answer.resume();
        answer.once("end", done);
      });
      asked.once("error", fail);
      asked.end();
    });
    sent += 1;
    await sleep(20);
  }
}

before(async () => {
  nginx = await startNginx({ "page.html": "<h1>hello</h1>" });
  const whisperer = { name: "live", type: "INTERFACE", interface: "lo" };
  whisperer.filter = `tcp port ${nginx.port}`;
  spider = await Spider.start({ whisperers: [whisperer] });
  await until("live is capturing", async () => {
    const { items } = await spider.api("whisperers");
    return items[0].state === "capturing";
  });
  browser = await launch();
  client = traffic();
});

after(async () => {
  sending = false;
  await client?.catch(() => undefined);
  await browser?.close();
  await spider?.stop();
  await nginx?.stop();
});

const param = (page, name) => new URL(page.url()).searchParams.get(name);
const total = async () => (await spider.api("status")).pipeline.communications_written;

test("panning and zooming through a running capture loses nothing of what one had", async (t) => {
  const { page, troubles, close } = await openPage(browser, { motion: true });
  await page.goto(`${spider.url}/?live=60`);
  await page.getByTestId("row").first().waitFor();
  await until("some traffic is stored", async () => (await total()) > 50, 30_000);

  // A selection over what has just come, which ends the following.
  const box = await page.getByTestId("timeline").boundingBox();
  const y = box.y + 50;
  await page.mouse.move(box.x + box.width * 0.75, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 6, y, { steps: 8 });
  await page.mouse.up();
  await page.waitForURL(/select=/);
  const select = param(page, "select");
  await page.getByTestId("row").first().waitFor();

  const alerts = [];
  const before = await total();
  for (let round = 0; round < 12; round += 1) {
    await page.mouse.move(box.x + box.width / 2, y);
    await page.keyboard.down("Shift");
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 + (round % 2 === 0 ? 220 : -200), y, { steps: 10 });
    await page.mouse.up();
    await page.keyboard.up("Shift");
    await page.mouse.wheel(0, round % 3 === 0 ? -240 : 160);
    alerts.push(...(await page.getByRole("alert").allTextContents()));
    assert.equal(param(page, "select"), select, "the selection stays");
    assert.equal(param(page, "live"), null, "who looks back does not follow");
    assert.ok((await page.getByTestId("row").count()) > 0, "the list stays");
  }
  await shot(page, "pan-while-capturing");
  await until("the capture went on meanwhile", async () => (await total()) > before);
  t.diagnostic(`${(await total()) - before} communications were stored while panning`);
  assert.deepEqual(alerts, []);
  assert.equal(await page.getByTestId("failure-banner").count(), 0);

  // What the selection holds in the end, read by a click whenever the page says that there is more.
  const [from, to] = select.split("~");
  const agrees = async () => {
    const news = page.getByTestId("news");
    if ((await news.count()) > 0) await news.click({ timeout: 2_000 }).catch(() => undefined);
    const { items } = await spider.api(`http-communications?from=${from}&to=${to}&limit=10000`);
    const text = await page.getByTestId("count").textContent();
    return text.startsWith(`${items.length.toLocaleString("en-GB")} communication`);
  };
  await until("the list counts what the API lists", agrees, 40_000);
  assert.equal(param(page, "select"), select);
  assert.deepEqual(troubles, []);
  await close();
});
