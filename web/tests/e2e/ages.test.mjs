// A window over many years: an old capture and a young one in one store.

import assert from "node:assert/strict";
import { test } from "node:test";
import { shot } from "../support/browser.mjs";
import { kShopStart, writeShop } from "../support/shop.mjs";
import { setStage, windowOf } from "../support/stage.mjs";

const kOld = Date.UTC(2004, 10, 19, 22, 0, 0) * 1_000;

const { written, open } = await setStage({
  old: (file) => writeShop(file, { start: kOld, perMinute: 30 }),
  young: (file) => writeShop(file, { start: kShopStart, perMinute: 30 }),
});
const total = written.old.total + written.young.total;

const times = (page) =>
  page.getByTestId("row").evaluateAll((rows) =>
    rows
      .map((row) => [Number(row.ariaRowIndex), row.querySelector(".is-time").textContent])
      .sort((a, b) => a[0] - b[0])
      .map(([, text]) => text),
  );

test("rows of another year say which, and at the end the last row is the last one", async () => {
  const { page, troubles, close } = await open("");
  assert.match((await times(page))[0], /^2026-\d\d-\d\d \d\d:/);
  await page.keyboard.press("i");
  await page.keyboard.press("End");
  await page.getByTestId("place").waitFor();
  const all = await page.getByTestId("count").textContent();
  assert.equal(Number(all.replace(/\D/g, "")), total);
  const rows = (number) => number.toLocaleString("en-US");
  assert.match(await page.getByTestId("place").textContent(), new RegExp(`to ${rows(total)}$`));
  const last = page.locator(`[data-testid="row"][aria-rowindex="${total + 1}"]`);
  assert.match(await last.locator(".is-time").textContent(), /^2004-11-\d\d /);
  const thumb = await page.getByTestId("thumb").boundingBox();
  const rail = await page.getByTestId("rail").boundingBox();
  assert.ok(Math.abs(thumb.y + thumb.height - rail.y - rail.height) < 2, "the thumb is at the end");
  await shot(page, "list-many-years");
  assert.deepEqual(troubles, []);
  await close();
});

test("the timeline is called by the numbers of its legend", async () => {
  // Calls that last longer than a bar is wide, and reach beyond the window.
  const start = kShopStart + 42 * 60e6;
  const { page, troubles, close } = await open(windowOf({ start, end: start + 30e6 }));
  const legend = await page.locator(".legend button").allTextContents();
  const counts = legend.map((text) => /[\d,]+$/.exec(text)?.[0]).filter(Boolean);
  assert.ok(counts.length > 1, legend.join());
  const name = await page.getByTestId("timeline").getAttribute("aria-label");
  for (const count of counts) assert.match(name, new RegExp(`: ${count}(, |[.]$)`), name);
  assert.deepEqual(troubles, []);
  await close();
});

test("Enter opens the first row in view when the keys were only put into the list", async () => {
  const { page, troubles, close } = await open("");
  await page.keyboard.press("i");
  await page.keyboard.press("Enter");
  await page.getByTestId("detail").waitFor();
  const first = page.locator('[data-testid="row"][aria-rowindex="2"]');
  assert.equal(await first.getAttribute("aria-current"), "true");
  assert.deepEqual(troubles, []);
  await close();
});
