// What became of whisperers, on the page, from the real binary: strips under the timeline, why
// something is not saved and since when, the dashboard, and the removal of what is kept.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, openPage, shot } from "../support/browser.mjs";
import { writeShop } from "../support/shop.mjs";
import { windowOf } from "../support/stage.mjs";
import { Spider, temporaryFolder, until } from "../support/spider.mjs";

let browser, spider, shop;
const temporary = temporaryFolder("history");

before(async () => {
  const file = join(temporary.folder, "shop.pcap");
  shop = writeShop(file, { perMinute: 20 });
  spider = await Spider.start({
    whisperers: [
      { name: "shop", type: "UPLOAD", save_bodies: false },
      { name: "dmz", type: "INTERFACE", interface: "nosuch7" },
      { name: "live", type: "INTERFACE", interface: "lo", filter: "tcp port 9" },
    ],
    imports: [{ file, whisperer: "shop" }],
  });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await spider?.stop();
  temporary.remove();
});

// A minute and a half around now.
const aroundNow = () => {
  const now = Date.now();
  const iso = (ms) => new Date(ms).toISOString().replace("Z", "000Z");
  const [from, to] = [now - 60_000, now + 30_000];
  return { from, to, search: `?from=${iso(from)}&to=${iso(to)}` };
};

test("the strips tell state, since, until and why; hidden they ask nothing", async () => {
  const { page, troubles, close } = await openPage(browser, { zone: "UTC" });
  let asked = 0;
  page.on("request", (request) => {
    if (/\/whisperers\/[a-z]+\/states/.test(request.url())) asked += 1;
  });
  const shown = aroundNow();
  await page.goto(`${spider.url}/${shown.search}`);
  const words = page.getByTestId("states-in-words");
  await until("both are told", async () => {
    const text = (await words.textContent()) ?? "";
    return /dmz: cannot capture.*nosuch7/.test(text) && /live: capturing.*it lasts/.test(text);
  });
  assert.equal(await words.getByText(/^shop/).count(), 0, "an upload only waits");
  // The upper strip is that of dmz, from when it could not be started to the present.
  const { items } = await spider.api("whisperers");
  const since = Math.max(...items.map((one) => (one.since_us ?? 0) / 1_000));
  await until("the strips are wide enough", () => Date.now() > since + 3_000);
  const box = await page.getByTestId("timeline").boundingBox();
  const x = box.x + (box.width * (since + 1_500 - shown.from)) / (shown.to - shown.from);
  await page.mouse.move(x, box.y + box.height - 4 - 8);
  const tip = page.locator(".timeline-tip");
  await tip.waitFor();
  assert.match(await tip.textContent(), /dmz: cannot capture.*since.*until.*lasts.*nosuch7/);
  await shot(page, "states-strip");
  await page.mouse.move(x, box.y + box.height - 4 - 2);
  await until("the lower strip", async () =>
    /live: capturing/.test((await tip.textContent()) ?? ""),
  );
  // Folded they are thin lines at the lower edge, and tell the same.
  await page.getByTestId("fold-timeline").click();
  await until("a strip", async () => {
    const folded = await page.getByTestId("timeline").boundingBox();
    return folded.height < 40;
  });
  const folded = await page.getByTestId("timeline").boundingBox();
  const foldedX =
    folded.x + (folded.width * (since + 1_500 - shown.from)) / (shown.to - shown.from);
  await page.mouse.move(foldedX, folded.y + folded.height - 4.5);
  await until("the upper line", async () =>
    /dmz: cannot capture/.test((await tip.textContent()) ?? ""),
  );
  await page.mouse.move(0, 0);
  const red = await page.getByTestId("timeline").evaluate(
    (canvas, [x, up]) => {
      const ratio = canvas.width / canvas.clientWidth;
      const at = [x * ratio, canvas.height - up * ratio].map(Math.floor);
      const [r, g, b] = canvas.getContext("2d").getImageData(...at, 1, 1).data;
      return r > g + 50 && r > b + 50;
    },
    [foldedX - folded.x, 5],
  );
  assert.ok(red, "what cannot capture is red there");
  await shot(page, "states-folded");
  await page.getByTestId("fold-timeline").click();
  await page.getByTestId("timeline-menu").click();
  await page.getByTestId("states-shown").uncheck();
  await until("they are gone", async () => (await words.count()) === 0);
  const before = asked;
  await page.reload();
  await page.getByTestId("timeline").focus();
  for (let n = 0; n < 4; n += 1) await page.keyboard.press("-");
  await page.waitForTimeout(600);
  assert.equal(asked, before, "asked although hidden");
  assert.deepEqual(troubles, []);
  await close();
});

test("a body that was not saved says why and since when, and the way to the setting", async () => {
  const { page, troubles, close } = await openPage(browser, { zone: "UTC" });
  const { items } = await spider.api("http-communications?limit=200");
  const some = items.find((item) => item.response_body_bytes > 0);
  await page.goto(`${spider.url}/${windowOf(shop)}&open=${some.id}&tab=response`);
  const note = page.getByTestId("no-body");
  await note.waitFor();
  const year = new Date().getUTCFullYear();
  assert.match(
    await note.textContent(),
    new RegExp(`not saved for whisperer “shop”: save_bodies\\. Off since .*${year}`),
  );
  await note.getByTestId("to-settings").click();
  await page.getByRole("heading", { name: "shop" }).waitFor();
  assert.match(page.url(), /page=whisperers&name=shop/);
  assert.deepEqual(troubles, []);
  await close();
});

test("the dashboard tells what Spider spends, in charts and as a table", async () => {
  const { page, troubles, close } = await openPage(browser, { zone: "UTC" });
  await page.goto(`${spider.url}/?page=whisperers&name=live&part=dashboard&span=hour`);
  await page.getByTestId("dashboard").waitFor();
  const row = page.getByTestId("cost-row").first();
  await row.waitFor({ timeout: 60_000 });
  for (const key of ["own-cpu", "shared-cpu", "tables", "ring", "codes", "resident"])
    await page.getByTestId(`chart-${key}`).waitFor();
  const shared = page.getByTestId("chart-shared-cpu");
  await until("the shards are among them", async () =>
    /shard-0/.test((await shared.textContent()) ?? ""),
  );
  assert.match(await row.textContent(), /%/);
  await shot(page, "whisperer-dashboard");
  assert.deepEqual(troubles, []);
  await close();
});

test("what is kept is removed after it was said what goes, and not before", async () => {
  const { page, troubles, close } = await openPage(browser, { zone: "UTC" });
  await page.goto(`${spider.url}/?page=whisperers&name=shop&part=data`);
  await page.getByTestId("purge").click();
  const ask = page.getByRole("group", { name: "Remove all data of shop?" });
  assert.match(await ask.textContent(), /communications, bodies, TCP sessions.*cannot be undone/);
  await ask.getByRole("button", { name: "Keep" }).click();
  assert.ok((await spider.api("http-communications")).items.length > 0, "it was kept");
  await page.getByTestId("purge").click();
  await page.getByTestId("purge-yes").click();
  await until("it is said", async () =>
    /^Removed: /.test((await page.getByTestId("purge-note").textContent()) ?? ""),
  );
  assert.equal((await spider.api("http-communications")).items.length, 0);
  await page.goto(`${spider.url}/${windowOf(shop)}`);
  await page.getByTestId("timeline").waitFor();
  assert.equal(await page.getByTestId("row").count(), 0);
  assert.deepEqual(troubles, []);
  await close();
});
