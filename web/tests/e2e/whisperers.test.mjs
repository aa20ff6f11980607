// The page of the whisperers, from the real binary: state, quality over a day, the way there and
// back, and what it looks like when there is nothing to see.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, openPage, shot } from "../support/browser.mjs";
import { writeShop } from "../support/shop.mjs";
import { windowOf } from "../support/stage.mjs";
import { Spider, temporaryFolder } from "../support/spider.mjs";

let browser, spider, shop;
const temporary = temporaryFolder("whisperers");

before(async () => {
  const file = join(temporary.folder, "shop.pcap");
  shop = writeShop(file, { perMinute: 20 });
  spider = await Spider.start({
    whisperers: [
      { name: "shop", type: "UPLOAD" },
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

const kPage = "?page=whisperers";

test("the whisperers have a page: from the palette, by its address, and back", async () => {
  const { page, troubles, close } = await openPage(browser);
  await page.goto(`${spider.url}/${windowOf(shop)}&q=status:5xx`);
  await page.getByTestId("row").first().waitFor();
  await page.keyboard.press("Control+k");
  await page.getByTestId("palette-input").fill("whisperers");
  await page.keyboard.press("Enter");
  await page.getByTestId("whisperer-item").nth(2).waitFor();
  assert.match(page.url(), /\?page=whisperers$/);
  await page.getByTestId("whisperer-item").nth(1).click();
  assert.match(page.url(), /name=dmz/);
  assert.match(await page.getByTestId("reason").textContent(), /nosuch7/);
  assert.equal(await page.getByTestId("state").textContent(), "cannot capture");
  assert.equal(await page.title(), "dmz · Whisperers · Spider");
  await page.keyboard.press("j");
  await page.getByRole("heading", { name: "live" }).waitFor();
  await page.getByTestId("back").click();
  await page.getByTestId("row").first().waitFor();
  assert.match(page.url(), /\?from=.*&q=status:5xx$/);
  await page.getByTestId("whisperers").click();
  await page.getByTestId("whisperer-page").first().click();
  await page.getByRole("heading", { name: "shop" }).waitFor();
  assert.deepEqual(troubles, []);
  await close();
});

test("the quality of a day adds up to the books, and an hour is a click away", async () => {
  const { page, troubles, close } = await openPage(browser, { zone: "UTC" });
  await page.goto(`${spider.url}/${kPage}&name=shop&part=quality`);
  await page.getByTestId("quality").waitFor();
  assert.equal(await page.getByTestId("quality-when").textContent(), "2026-03-10");
  const cells = page.getByTestId("quality-total").locator("td");
  const { items } = await spider.api("quality?whisperer=shop&bucket=1d");
  const { counters } = items[0];
  assert.equal(counters.packets_received, shop.packets);
  const number = async (n) => Number((await cells.nth(n).textContent()).replaceAll(",", ""));
  assert.equal(await number(1), counters.packets_received);
  assert.equal(await number(5), counters.communications_complete);
  assert.equal(await number(6), counters.communications_partial);
  assert.match(await cells.nth(7).textContent(), /no response 1 · bytes missing inside 1/);
  await shot(page, "whisperer-quality");
  const rows = page.getByTestId("quality-row");
  assert.equal(await rows.count(), 1);
  await rows.first().getByRole("button").click();
  await rows.nth(59).waitFor();
  assert.match(page.url(), /span=hour&from=2026-03-10T13:00:00Z/);
  await shot(page, "whisperer-quality-hour");
  await page.getByTestId("span-after").click();
  await page.getByTestId("quality-none").waitFor();
  await shot(page, "whisperer-quality-none");
  await page.getByRole("button", { name: "Go to the latest" }).click();
  await rows.nth(59).getByRole("button").click();
  await page.getByTestId("row").first().waitFor();
  assert.match(page.url(), /q=whisperer:shop/);
  assert.deepEqual(troubles, []);
  await close();
});

test("a name that there is not is said, and so is a Spider that does not answer", async () => {
  const { page, close } = await openPage(browser);
  await page.goto(`${spider.url}/${kPage}&name=nobody`);
  await page.getByTestId("no-whisperer").waitFor();
  await page.route("**/api/v1/**", (route) => route.abort());
  await page.getByTestId("failure-banner").first().waitFor();
  assert.equal(await page.locator(".dot.is-good, .dot.is-live").count(), 0);
  await shot(page, "whisperers-silent");
  await close();
});

for (const scheme of ["light", "dark"]) {
  test(`the page fits its window in ${scheme} colours, narrow and at 200 %`, async () => {
    for (const [width, height, name] of [
      [1_280, 720, "wide"],
      [640, 360, "zoom"],
      [400, 800, "narrow"],
    ]) {
      const { page, troubles, close } = await openPage(browser, { width, height, scheme });
      await page.goto(`${spider.url}/${kPage}&name=shop&part=quality`);
      await page.getByTestId("quality").waitFor();
      const over = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(over <= width, `${over} pixels wide in ${width}`);
      await shot(page, `whisperers-${name}-${scheme}`);
      assert.deepEqual(troubles, []);
      await close();
    }
  });
}

test("a narrow page without a name shows what can be chosen, and none as if it were", async () => {
  const { page, troubles, close } = await openPage(browser, { width: 400, height: 800 });
  await page.goto(`${spider.url}/${kPage}`);
  await page.getByTestId("choose").waitFor();
  const ground = (item) => item.evaluate((one) => getComputedStyle(one).backgroundColor);
  const [first, second] = await page.getByTestId("whisperer-item").all();
  assert.equal(await ground(first), await ground(second));
  await shot(page, "whisperers-choose");
  await first.click();
  await page.getByTestId("choose").waitFor({ state: "hidden" });
  assert.deepEqual(troubles, []);
  await close();
});
