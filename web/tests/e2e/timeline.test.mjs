// The timeline over an imported hour: what it is stacked of, undo of time moves, the clock, the
// quality line and its menu.

import assert from "node:assert/strict";
import { test } from "node:test";
import { shot } from "../support/browser.mjs";
import { writeShop } from "../support/shop.mjs";
import { until } from "../support/spider.mjs";
import { kIso, setStage, windowOf } from "../support/stage.mjs";

const { spider, written, open } = await setStage({
  shop: (file) => writeShop(file, { perMinute: 30 }),
});
const { shop } = written;
const hour = () => windowOf(shop);

const legend = (page) =>
  page
    .locator(".legend li > button")
    .evaluateAll((found) =>
      found.map((button) => [
        button.querySelector("span").textContent.trim(),
        Number(button.querySelector("b").textContent.replace(/\D/g, "")),
      ]),
    );

const param = (page, name) => new URL(page.url()).searchParams.get(name);

test("bars are stacked by method or whisperer as well, and the address says so", async () => {
  const { page, troubles, close } = await open(hour());
  await page.getByTestId("timeline-menu").click();
  await page.getByRole("radio", { name: "Method" }).check();
  await page.waitForURL(/stack=method/);
  await page.locator(".legend", { hasText: "GET" }).waitFor();
  const query = `timeline?from=${kIso(shop.start)}&to=${kIso(shop.end)}&bucket=1m&split=method`;
  const { series } = await spider.api(query);
  const wanted = new Map(series.map(({ key, communications }) => [key, communications]));
  const counted = await legend(page);
  assert.ok(counted.length >= 2);
  for (const [name, count] of counted) assert.equal(count, wanted.get(name), name);
  await shot(page, "stack-method-light");
  await page.reload();
  await page.locator(".legend", { hasText: "POST" }).waitFor();
  await page.getByTestId("timeline-menu").click();
  await page.getByRole("radio", { name: "Whisperer" }).check();
  await page.locator(".legend", { hasText: "shop" }).waitFor();
  const { communications } = await spider.api(query);
  assert.deepEqual(await legend(page), [["shop", communications]]);
  assert.deepEqual(troubles, []);
  await close();
});

test("bars are stacked by host, and the legend asks for one or for all but it", async () => {
  const { page, troubles, close } = await open(hour());
  await page.getByTestId("timeline-menu").click();
  await page.getByRole("radio", { name: "Host" }).check();
  await page.waitForURL(/stack=host/);
  await page.locator(".legend", { hasText: "shop.example" }).waitFor();
  await page.keyboard.press("Escape");
  const { facets } = await spider.api(
    `facets?from=${kIso(shop.start)}&to=${kIso(shop.end)}&fields=host&values=200`,
  );
  const wanted = new Map(
    facets[0].values.map(({ label, none, communications }) => [
      none ? "no host" : label,
      communications,
    ]),
  );
  const counted = await legend(page);
  assert.ok(counted.length >= 3, JSON.stringify(counted));
  for (const [name, count] of counted) assert.equal(count, wanted.get(name), name);
  const colors = () =>
    page
      .locator(".legend li")
      .evaluateAll((found) =>
        Object.fromEntries(
          found.map((item) => [
            item.querySelector(".legend-name").textContent.trim(),
            item.querySelector(".swatch").style.background,
          ]),
        ),
      );
  const before = await colors();
  assert.equal(new Set(Object.values(before)).size, counted.length);
  await shot(page, "stack-host-light");
  const name = "cdn.shop.example";
  const count = wanted.get(name);
  await page
    .locator(".legend li > button", { hasText: name })
    .first()
    .click({ modifiers: ["Shift"] });
  await page.waitForURL((url) => url.searchParams.get("q") === `NOT host:${name}`);
  await page.locator(".legend", { hasText: name }).waitFor({ state: "detached" });
  const rest = await colors();
  for (const [host, color] of Object.entries(rest)) assert.equal(color, before[host], host);
  await page.goBack();
  await page.locator(".legend li > button", { hasText: name }).first().click();
  await page.waitForURL((url) => url.searchParams.get("q") === `host:${name}`);
  await page.waitForFunction(() => document.querySelectorAll(".legend li").length === 1);
  assert.deepEqual(await legend(page), [[name, count]]);
  await page.reload(); // the address alone says it all
  await page.locator(".legend", { hasText: name }).waitFor();
  const box = await page.getByTestId("timeline").boundingBox();
  const tip = page.locator(".timeline-tip", { hasText: name });
  for (let share = 0.2; share < 0.8 && (await tip.count()) === 0; share += 0.004)
    await page.mouse.move(box.x + box.width * share, box.y + box.height * 0.6);
  await tip.waitFor();
  assert.deepEqual(troubles, []);
  await close();
});

test("bars are stacked by template; what is not told apart yet is said to be so", async () => {
  const { page, troubles, close } = await open(hour());
  // Answers about named templates are held back until the heights were seen.
  let release;
  const held = new Promise((done) => {
    release = done;
  });
  await page.route(/timeline\?.*split=template.*values=/, async (route) => {
    await held;
    await route.continue();
  });
  await page.getByTestId("timeline-menu").click();
  await page.getByRole("radio", { name: "Template" }).check();
  await page.waitForURL(/stack=template/);
  await page.keyboard.press("Escape");
  await page.getByTestId("legend-pending").waitFor();
  const box = await page.getByTestId("timeline").boundingBox();
  const tip = page.locator(".timeline-tip", { hasText: "not told apart yet" });
  for (let share = 0.2; share < 0.8 && (await tip.count()) === 0; share += 0.004)
    await page.mouse.move(box.x + box.width * share, box.y + box.height * 0.6);
  await tip.waitFor();
  assert.equal(await page.locator(".legend", { hasText: "others" }).count(), 0);
  release();
  await page.locator(".legend", { hasText: "/api/products/{n}" }).waitFor();
  await page.getByTestId("legend-pending").waitFor({ state: "detached" });
  const query = `timeline?from=${kIso(shop.start)}&to=${kIso(shop.end)}&bucket=1m&split=template`;
  const { series } = await spider.api(query);
  const wanted = new Map(series.map(({ key, communications }) => [key, communications]));
  const counted = await legend(page);
  assert.ok(counted.length >= 4, JSON.stringify(counted));
  for (const [name, count] of counted) assert.equal(count, wanted.get(name), name);
  await page.locator(".legend li > button", { hasText: "/img/{n}.png" }).first().click();
  const q = "template:/img/{n}.png";
  await page.waitForURL((url) => url.searchParams.get("q") === q);
  await page.waitForFunction(() => document.querySelectorAll(".legend li").length === 1);
  // The list, the details and the statistics speak of the same field.
  await page.getByTestId("row").first().click();
  const fact = page.getByTestId("facts").locator(".fact", { hasText: "Template" });
  assert.match(await fact.textContent(), /\/img\/\{n\}\.png/);
  await fact.hover();
  await fact.getByTestId("ask-not").click();
  await page.waitForURL((url) => url.searchParams.get("q") === `NOT ${q}`);
  assert.deepEqual(troubles, []);
  await close();
});

test("undo and redo walk the moves of time and leave the filter alone", async () => {
  const { page, troubles, close } = await open(hour());
  assert.ok(await page.getByTestId("undo").isDisabled());
  const from = (url) => Date.parse(new URL(url).searchParams.get("from"));
  const start = from(page.url());
  await page.getByTestId("timeline").focus();
  await page.keyboard.press("+");
  await page.waitForURL((url) => from(url) > start);
  const near = from(page.url());
  await page.getByTestId("search").fill("status:5xx");
  await page.waitForURL(/q=status:5xx/);
  await page.getByTestId("undo").click();
  await page.waitForURL((url) => from(url) === start);
  assert.equal(param(page, "q"), "status:5xx");
  assert.ok(await page.getByTestId("undo").isDisabled());
  await page.getByTestId("redo").click();
  await page.waitForURL((url) => from(url) === near);
  assert.equal(param(page, "q"), "status:5xx");
  assert.deepEqual(troubles, []);
  await close();
});

test("the clock of the page is the machine's or UTC, and stays as chosen", async () => {
  const { page, troubles, close } = await open(hour(), { zone: "Asia/Kolkata" });
  const shown = () => page.getByTestId("range").textContent();
  const row = () => page.getByTestId("row").first().locator(".is-time").textContent();
  assert.match(await shown(), /UTC\+05:30/);
  const [before, rowBefore] = [await shown(), await row()];
  await page.getByTestId("timeline-menu").click();
  await page.getByRole("radio", { name: "UTC", exact: true }).check();
  await page.waitForFunction(
    (text) => document.querySelector('[data-testid="range"]').textContent !== text,
    before,
  );
  const utc = new Date(shop.start / 1_000).toISOString();
  assert.ok((await shown()).startsWith(`${utc.slice(0, 10)} ${utc.slice(11, 16)}`));
  assert.notEqual(await row(), rowBefore);
  await page.reload();
  await page.getByTestId("row").first().waitFor();
  assert.match(await shown(), /UTC$/);
  assert.deepEqual(troubles, []);
  await close();
});

test("a hidden quality line asks nothing, also after a reload", async () => {
  const { page, troubles, close } = await open(hour());
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().includes("/api/v1/quality")) asked += 1;
  });
  await page.reload();
  await page.getByTestId("row").first().waitFor();
  assert.equal(asked, 1);
  const height = async () => (await page.getByTestId("timeline").boundingBox()).height;
  const full = await height();
  await page.getByTestId("timeline-menu").click();
  await shot(page, "timeline-menu-light");
  await page.getByTestId("quality-shown").uncheck();
  await page.reload();
  await page.getByTestId("row").first().waitFor();
  await page.getByTestId("timeline").focus();
  for (let n = 0; n < 4; n += 1) await page.keyboard.press("-");
  await page.waitForTimeout(600);
  assert.equal(asked, 1, "asked although hidden");
  assert.equal(await height(), full, "the page does not jump");
  assert.deepEqual(troubles, []);
  await close();
});

test("a threshold of the settings turns the same minute red", async () => {
  const { page, troubles, close } = await open(hour());
  // The colour of the quality line at the minute in which something was never captured.
  const colour = () =>
    page.getByTestId("timeline").evaluate((canvas) => {
      const ratio = canvas.width / canvas.clientWidth;
      const x = Math.round(canvas.width * (50.5 / 60));
      const y = canvas.height - Math.round(8 * ratio);
      return [...canvas.getContext("2d").getImageData(x, y, 1, 1).data.slice(0, 3)];
    });
  const [, green] = await colour();
  await page.getByTestId("timeline-menu").click();
  await page.getByTestId("quality.amber").fill("0.00001");
  await page.getByTestId("quality.red").fill("0.0001");
  await until("the minute is red", async () => {
    const [redder, less] = await colour();
    return redder > 150 && less < 100 && less < green;
  });
  assert.deepEqual(troubles, []);
  await close();
});

test("at 200 % on a laptop list and timeline can both be used", async () => {
  const { page, troubles, close } = await open(hour(), { width: 640, height: 360, scale: 2 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  assert.equal(wide, false, "nothing sticks out sideways");
  await page.getByTestId("list").scrollIntoViewIfNeeded();
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
  const { height } = await page.getByTestId("list").boundingBox();
  assert.ok(height >= 240, `the list is ${height} pixels high`);
  await shot(page, "zoomed-light");
  assert.deepEqual(troubles, []);
  await close();
});

test("a time in words is where the window goes, and undo comes back", async () => {
  const { page, troubles, close } = await open(hour());
  const before = await page.getByTestId("range").textContent();
  await page.keyboard.press("t");
  await page.getByTestId("time-input").fill("half past tea");
  await page.getByTestId("time-meaning").getByText("“half” is no time.").waitFor();
  const start = shop.start / 1_000;
  const iso = (minutes) => new Date(start + minutes * 60_000).toISOString().slice(0, 19);
  await page.getByTestId("time-input").fill(`${iso(10)}Z to ${iso(15)}Z`);
  await shot(page, "time-input-light");
  await page.keyboard.press("Enter");
  await page.waitForURL(
    (url) =>
      url.searchParams.get("from") === `${iso(10)}Z` &&
      url.searchParams.get("to") === `${iso(15)}Z`,
  );
  await page.getByTestId("time-input").waitFor({ state: "detached" });
  await page.keyboard.press("Control+z");
  await page.waitForFunction(
    (text) => document.querySelector('[data-testid="range"]').textContent === text,
    before,
  );
  assert.deepEqual(troubles, []);
  await close();
});

test("a selection out of sight is a click away, by mouse and by key", async () => {
  const select = `${kIso(shop.start + 600e6)}~${kIso(shop.start + 660e6)}`;
  const { page, troubles, close } = await open(`${hour()}&select=${select}`);
  assert.equal(await page.getByTestId("back-to-selection").count(), 0);
  const away = async () => {
    await page.getByTestId("timeline").focus();
    await page.keyboard.press("+");
    for (let n = 0; n < 3; n += 1) await page.keyboard.press("Shift+ArrowRight");
    await page.getByTestId("back-to-selection").waitFor();
  };
  const holds = (url) =>
    Date.parse(url.searchParams.get("from")) < shop.start / 1_000 + 600e3 &&
    Date.parse(url.searchParams.get("to")) > shop.start / 1_000 + 660e3;
  const span = (url) =>
    Date.parse(new URL(url).searchParams.get("to")) -
    Date.parse(new URL(url).searchParams.get("from"));
  await away();
  const far = span(page.url());
  await shot(page, "selection-away-light");
  await page.getByTestId("back-to-selection").click();
  await page.waitForURL(holds);
  assert.ok(Math.abs(span(page.url()) - far) <= far / 50, "the zoom stays");
  await page.getByTestId("back-to-selection").waitFor({ state: "detached" });
  await away();
  await page.keyboard.press("j");
  await page.waitForURL(holds);
  assert.deepEqual(troubles, []);
  await close();
});

test("the keyboard alone draws a selection, moves it and changes its length", async () => {
  const { page, troubles, close } = await open(hour());
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await page.waitForURL(/select=/);
  const ends = () =>
    new URL(page.url()).searchParams
      .get("select")
      .split("~")
      .map((time) => Date.parse(time));
  const press = async (key) => {
    const url = page.url();
    await page.keyboard.press(key);
    await page.waitForURL((next) => next.href !== url);
    return ends();
  };
  const [from, to] = ends();
  assert.ok(Math.abs(to - from - 1_200e3) < 10e3, `${to - from} ms`);
  const [laterFrom, laterTo] = await press("Alt+ArrowRight");
  assert.ok(laterFrom > from && laterTo - laterFrom === to - from);
  const [sameFrom, longerTo] = await press("Alt+Shift+ArrowRight");
  assert.ok(sameFrom === laterFrom && longerTo > laterTo);
  const [earlierFrom, sameTo] = await press("Alt+ArrowDown");
  assert.ok(earlierFrom < sameFrom && sameTo === longerTo, "the start alone");
  const [backFrom, stillTo] = await press("Alt+ArrowUp");
  assert.ok(backFrom > earlierFrom && stillTo === longerTo);
  const url = page.url();
  await page.keyboard.press("Escape");
  await page.waitForURL((next) => next.href !== url && !next.search.includes("select"));
  assert.deepEqual(troubles, []);
  await close();
});

test("? shows the keys, Ctrl+K finds a command and does it", async () => {
  const { page, troubles, close } = await open(hour());
  await page.keyboard.press("?");
  const map = page.getByRole("dialog", { name: "Keyboard map" });
  await map.waitFor();
  assert.match(await map.textContent(), /Zoom to the selection/);
  await shot(page, "keys-light");
  await page.keyboard.press("u"); // what is behind it does not hear
  assert.match(await page.getByTestId("range").textContent(), /UTC\+/);
  await page.keyboard.press("Escape");
  await map.waitFor({ state: "detached" });
  await page.locator('input[name="q"]').focus();
  await page.keyboard.press("Control+k");
  await page.getByTestId("palette-input").fill("stack method");
  await shot(page, "palette-light");
  await page.keyboard.press("Enter");
  await page.waitForURL(/stack=method/);
  assert.deepEqual(troubles, []);
  await close();
});

test("the pointer is told what is drawn there, also when the wheel moved it", async () => {
  const { page, troubles, close } = await open(hour());
  const box = await page.getByTestId("timeline").boundingBox();
  await page.mouse.move(box.x + box.width * 0.42, box.y + box.height * 0.4);
  const told = page.locator(".tip-time");
  await told.waitFor();
  const before = await told.textContent();
  await page.mouse.wheel(0, -240);
  await until("another bar is told", async () => (await told.textContent()) !== before);
  await page.mouse.wheel(0, 240);
  await page.mouse.wheel(0, 240);
  for (let n = 0; n < 30; n += 1) await page.mouse.wheel(0, 240);
  // Far out the pointer is where nothing was captured, or at a bar that is as wide as a day.
  await until("no quarter of a minute is told", async () => {
    const now = (await told.count()) === 0 ? "" : await told.first().textContent();
    return !/15 s/.test(now);
  });
  assert.deepEqual(troubles, []);
  await close();
});
