// The list over twenty thousand communications: the rail, sorting, columns, picking.

import assert from "node:assert/strict";
import { test } from "node:test";
import { shot } from "../support/browser.mjs";
import { writeShop } from "../support/shop.mjs";
import { kIso, setStage, windowOf } from "../support/stage.mjs";

const { spider, written, open } = await setStage({
  shop: (file) => writeShop(file, { perMinute: 340 }),
});
const { shop } = written;
const hour = () => windowOf(shop);
const param = (page, name) => new URL(page.url()).searchParams.get(name);

const column = (page, name) =>
  page.getByTestId("row").evaluateAll(
    (rows, name) =>
      rows
        .map((row) => ({
          at: Number(row.ariaRowIndex),
          text: row.querySelector(name)?.textContent,
        }))
        .sort((a, b) => a.at - b.at),
    name,
  );

async function dragThumb(page, share) {
  const thumb = await page.getByTestId("thumb").boundingBox();
  const rail = await page.getByTestId("rail").boundingBox();
  const x = thumb.x + thumb.width / 2;
  await page.mouse.move(x, thumb.y + 4);
  await page.mouse.down();
  await page.mouse.move(x, rail.y + 4 + (rail.height - thumb.height) * share, { steps: 6 });
  await page.getByTestId("rail-hint").waitFor();
  const hint = await page.getByTestId("rail-hint").textContent();
  await page.mouse.up();
  return hint;
}

test("the rail goes to the middle of all rows, from where one scrolls both ways", async () => {
  const { page, troubles, close } = await open(hour());
  const hint = await dragThumb(page, 0.5);
  assert.match(hint, /row 1\d[, ]?\d{3}$|row \d{1,2}[, ]\d{3}$/);
  await page.getByTestId("place").waitFor();
  const half = Number((await page.getByTestId("place").textContent()).replace(/\D/g, ""));
  assert.ok(Math.abs(half - shop.total / 2) < shop.total / 20, `row ${half} of ${shop.total}`);
  // What is shown is what the server has there.
  const [{ at, text }] = (await column(page, ".is-time")).filter((row) => row.at > half);
  assert.ok(at > 0 && text.length > 5);
  await page.mouse.move(400, 600);
  const starts = async () => (await column(page, ".is-time")).map((row) => row.text);
  const before = await starts();
  for (let n = 0; n < 12; n += 1) await page.mouse.wheel(0, -1_500);
  await page.waitForFunction(
    (last) => !document.querySelector('[data-testid="list"]').textContent.includes(last),
    before[0],
  );
  const above = await starts();
  assert.ok(above[0] > before[0], `${above[0]} is later than ${before[0]}`);
  assert.deepEqual([...above].sort().reverse(), above, "newest first, nothing out of its place");
  assert.deepEqual(troubles, []);
  await close();
});

test("End and Home go to the very ends of the whole list", async () => {
  const { page, troubles, close } = await open(hour());
  const first = (await column(page, ".is-time"))[0].text;
  await page.getByTestId("list").focus();
  await page.keyboard.press("End");
  const oldest = await spider.api(
    `http-communications?from=${kIso(shop.start)}&to=${kIso(shop.end)}&sort=start&limit=1`,
  );
  await page.locator(`#row-${oldest.items[0].id}`).waitFor();
  const thumb = await page.getByTestId("thumb").boundingBox();
  const rail = await page.getByTestId("rail").boundingBox();
  assert.ok(Math.abs(thumb.y + thumb.height - rail.y - rail.height) < 6, "the thumb is at the end");
  await page.getByTestId("list").focus();
  await page.keyboard.press("Home");
  await page.waitForFunction(
    (text) => document.querySelector('[data-testid="row"] .is-time')?.textContent === text,
    first,
  );
  assert.deepEqual(troubles, []);
  await close();
});

test("a head sorts the whole range by the server, and the address says so", async () => {
  const { page, troubles, close } = await open(hour());
  await page.getByTestId("head-duration").click();
  await page.waitForURL(/order=-duration/);
  const wanted = await spider.api(
    `http-communications?from=${kIso(shop.start)}&to=${kIso(shop.end)}` +
      "&sort=-duration&limit=3&time=us",
  );
  await page.locator(`#row-${wanted.items[0].id}`).waitFor();
  const shown = await page
    .getByTestId("row")
    .evaluateAll((rows) => rows.slice(0, 3).map((row) => row.id.slice(4)));
  assert.deepEqual(
    shown,
    wanted.items.map(({ id }) => id),
  );
  await shot(page, "grid-sorted-light");
  await page.reload();
  await page.locator(`#row-${wanted.items[0].id}`).waitFor();
  await page.getByTestId("head-duration").click();
  await page.waitForURL(/order=duration/);
  await page.getByTestId("head-duration").click();
  await page.waitForURL((url) => !url.search.includes("order"));
  assert.deepEqual(troubles, []);
  await close();
});

test("columns are chosen, moved and made wider, and stay so", async () => {
  const { page, troubles, close } = await open(hour());
  const heads = () => page.getByRole("columnheader").allTextContents();
  await page.getByTestId("columns").click();
  await page.getByRole("checkbox", { name: "Whisperer" }).check();
  await page.getByRole("checkbox", { name: "Client" }).uncheck();
  await page.getByRole("button", { name: "Duration further left" }).click();
  await shot(page, "grid-columns-light");
  await page.keyboard.press("Escape");
  const edge = await page.getByTestId("edge-host").boundingBox();
  await page.mouse.move(edge.x + 4, edge.y + 8);
  await page.mouse.down();
  await page.mouse.move(edge.x + 64, edge.y + 8, { steps: 4 });
  await page.mouse.up();
  const width = async () =>
    (await page.locator('[role="columnheader"].is-host').boundingBox()).width;
  const wide = await width();
  assert.ok(Math.abs(wide - 210) < 8, `${wide} pixels`);
  const shown = await heads();
  assert.ok(shown.includes("Whisperer") && !shown.includes("Client"));
  assert.ok(shown.indexOf("Duration") < shown.indexOf("Path"), shown.join());
  await page.reload();
  await page.getByTestId("row").first().waitFor();
  assert.deepEqual(await heads(), shown);
  assert.equal(await width(), wide);
  await page.getByTestId("head-status").focus();
  await page.keyboard.press("Alt+ArrowLeft");
  assert.equal((await heads()).indexOf("Status"), shown.indexOf("Status") - 1);
  await page.getByTestId("columns").click();
  await page.getByTestId("columns-reset").click();
  assert.ok((await heads()).includes("Client"));
  assert.deepEqual(troubles, []);
  await close();
});

test("rows are picked by mouse and keys, and stay picked while one searches on", async () => {
  const { page, troubles, close } = await open(hour());
  const count = () => page.getByTestId("tray-count").textContent();
  const row = (index) => page.getByTestId("row").nth(index);
  await row(2).click({ modifiers: ["Control"] });
  await row(5).click({ modifiers: ["Shift"] });
  assert.equal(await count(), "4 selected");
  await row(3).click({ modifiers: ["Control"] });
  await row(8).hover();
  await row(8).getByTestId("check").click();
  assert.equal(await count(), "4 selected");
  assert.equal(param(page, "open"), null, "picking opens nothing");
  await page.getByTestId("list").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+ArrowDown");
  assert.equal(await count(), "7 selected");
  await page.keyboard.press("Space");
  assert.equal(await count(), "6 selected");
  assert.equal(await page.locator('.grid-row[aria-selected="true"]').count(), 6);
  await shot(page, "grid-picked-light");
  await page.goto(`${spider.url}/${hour()}&status=5xx`);
  await row(0).click({ modifiers: ["Control"] });
  assert.equal(await count(), "7 selected");
  await page.getByTestId("tray-open").click();
  assert.equal(await page.locator(".tray-row").count(), 7);
  await shot(page, "grid-tray-light");
  await page.getByRole("button", { name: "Let go" }).first().click();
  assert.equal(await count(), "6 selected");
  await page.getByTestId("tray-clear").click();
  await page.getByTestId("tray").waitFor({ state: "detached" });
  assert.deepEqual(troubles, []);
  await close();
});

test("a link to a communication far down shows it in the list", async () => {
  const { items } = await spider.api(
    `http-communications?from=${kIso(shop.start + 1_200e6)}&to=${kIso(shop.end)}` +
      "&sort=start&limit=1",
  );
  const { page, troubles, close } = await open(`${hour()}&open=${items[0].id}`);
  await page.locator(`#row-${items[0].id}.is-current`).waitFor();
  assert.deepEqual(troubles, []);
  await close();
});

test("pictures of the list, dark and narrow", async () => {
  for (const [name, options] of [
    ["grid-dark", { scheme: "dark", width: 1_280, height: 720 }],
    ["grid-light", { width: 1_280, height: 720 }],
    ["grid-narrow-dark", { scheme: "dark", width: 420, height: 800 }],
  ]) {
    const { page, troubles, close } = await open(hour(), options);
    for (const index of [1, 2])
      await page
        .getByTestId("row")
        .nth(index)
        .click({ modifiers: ["Control"] });
    await shot(page, name);
    assert.deepEqual(troubles, []);
    await close();
  }
});
