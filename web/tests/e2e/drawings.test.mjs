// The drawings: every call of a sequence is named, there is a way past the first 500, and the
// waterfall stands under the timeline.

import assert from "node:assert/strict";
import { test } from "node:test";
import { kCasesStart, writeCases } from "../support/cases.mjs";
import { writeShop } from "../support/shop.mjs";
import { until } from "../support/spider.mjs";
import { kIso, setStage, windowOf } from "../support/stage.mjs";

const { spider, written, open } = await setStage({
  shop: (file) => writeShop(file, { perMinute: 40 }),
  cases: (file) => writeCases(file, { json: 0 }),
});
const orders = `?whisperer=cases&from=${kIso(kCasesStart + 60e6)}&to=${kIso(kCasesStart + 66e6)}`;
const shop = `${windowOf(written.shop)}&whisperer=shop`;

async function openView(search, ready) {
  const opened = await open(search.replace(/&view=\w+/, ""));
  await opened.page.goto(`${spider.url}/${search}`);
  await opened.page.getByTestId(ready).first().waitFor();
  return opened;
}

test("a sequence whose calls collide is drawn in steps by itself, and names them all", async () => {
  const { page, troubles, close } = await openView(`${orders}&view=sequence`, "seq-call");
  const calls = await page.getByTestId("seq-call").count();
  const names = page.locator(".seq-text:not(.seq-status)");
  assert.equal(calls, 24);
  assert.equal(await names.count(), calls);
  await page.getByText("Auto: steps").waitFor();
  await page.getByRole("radio", { name: "Linear" }).check({ force: true });
  await page.waitForURL(/scale=linear/);
  await until("linear leaves some out", async () => (await names.count()) < calls);
  // What it would be by itself does not go by what is chosen.
  assert.equal(await page.getByText("Auto: steps").count(), 1);
  await page.getByRole("radio", { name: /^Auto/ }).check({ force: true });
  await page.waitForURL((url) => !url.searchParams.has("scale"));
  await until("all are named", async () => (await names.count()) === calls);
  assert.deepEqual(troubles, []);
  await close();
});

test("past the first 500 there is a next, and the way back", async () => {
  const { page, troubles, close } = await openView(`${shop}&view=waterfall`, "fall-bar");
  const source = page.getByTestId("source");
  // Those that the list begins with.
  assert.match(await source.textContent(), /^The newest 500 of .*: Earlier 500$/);
  const { items } = await spider.api(
    `http-communications${windowOf(written.shop)}&whisperer=shop&sort=-start&limit=1`,
  );
  await page.locator(`[data-testid="fall-bar"][data-id="${items[0].id}"]`).waitFor();
  const first = await page.getByTestId("fall-bar").first().getAttribute("data-id");
  await page.getByTestId("next-part").click();
  await page.getByText(/^501 to 1,000 of /).waitFor();
  assert.equal(await page.locator(`[data-id="${first}"]`).count(), 0);
  await page.getByTestId("first-part").click();
  await page.locator(`[data-id="${first}"]`).waitFor();
  assert.deepEqual(troubles, []);
  await close();
});

test("the waterfall has the axis of the timeline above, and goes to what it draws", async () => {
  const { page, troubles, close } = await openView(`${orders}&view=waterfall`, "fall-bar");
  const axis = await page.locator(".fall-axis > div").boundingBox();
  const timeline = await page.getByTestId("timeline").boundingBox();
  assert.ok(Math.abs(axis.x - timeline.x) <= 1 && Math.abs(axis.width - timeline.width) <= 1);
  // The call that began 900 ms after the first stands at that place of the six seconds.
  const bars = await page
    .locator(".fall-whole")
    .evaluateAll((all) => all.map((bar) => Number(bar.getAttribute("x"))));
  const wanted = (0.9 / 6) * axis.width;
  assert.ok(
    bars.some((x) => Math.abs(x - wanted) < 3),
    `${wanted}: ${bars}`,
  );
  assert.match(await page.locator(".fall-axis").textContent(), /10:01:03/);
  assert.ok((await page.locator(".fall-text").count()) >= 20, "bars are named");
  const whole = `?whisperer=cases&from=${kIso(kCasesStart)}&to=${kIso(kCasesStart + 3_600e6)}`;
  await page.goto(`${spider.url}/${whole}&view=waterfall`);
  await page.getByTestId("fall-zoom").click();
  await page.waitForURL((url) => {
    const [from, to] = ["from", "to"].map((name) => Date.parse(url.searchParams.get(name)));
    return to - from < 100_000;
  });
  assert.deepEqual(troubles, []);
  await close();
});

test("statistics by period are a table, which can be saved", async () => {
  const { page, troubles, close } = await openView(`${shop}&view=statistics`, "periods");
  assert.equal(await page.getByRole("table", { name: /by period/ }).isVisible(), false);
  await page.getByLabel("Periods", { exact: true }).selectOption("15m");
  await page.waitForURL(/period=15m/);
  const table = page.getByRole("table", { name: "Count by period" });
  await table.waitFor();
  await until("four quarters", async () => (await table.locator("tbody tr").count()) === 4);
  const numbers = (await table.locator("tbody td:nth-of-type(1)").allTextContents()).map((text) =>
    Number(text.replaceAll(",", "")),
  );
  const { total } = await spider.api(
    `statistics${shop.replace("&whisperer", "&group_by=host&whisperer")}&bucket=15m`,
  );
  assert.deepEqual(
    numbers,
    total.periods.map(({ communications }) => communications),
  );
  await page.getByLabel("Figure of the periods").selectOption("errors");
  await page.getByRole("table", { name: "Errors by period" }).waitFor();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByTestId("periods-csv").click(),
  ]);
  assert.equal(file.suggestedFilename(), "statistics.csv");
  assert.deepEqual(troubles, []);
  await close();
});
