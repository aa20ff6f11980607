// What a link, a reload and the back button keep of the drawings: the zoom of the waterfall and the
// slice of the sequence; what of an address is not understood is said; the values are there on a
// narrow page, too.

import assert from "node:assert/strict";
import { test } from "node:test";
import { shot } from "../support/browser.mjs";
import { kCasesStart, writeCases } from "../support/cases.mjs";
import { writeShop } from "../support/shop.mjs";
import { until } from "../support/spider.mjs";
import { kIso, setStage, windowOf } from "../support/stage.mjs";

const { spider, written, open } = await setStage({
  shop: (file) => writeShop(file, { perMinute: 60 }),
  cases: (file) => writeCases(file, { json: 0 }),
});
const { shop } = written;
const orders = `?whisperer=cases&from=${kIso(kCasesStart + 60e6)}&to=${kIso(kCasesStart + 66e6)}`;
const hour = `${windowOf(shop)}&q=whisperer:shop`;
const param = (page, name) => new URL(page.url()).searchParams.get(name);

const drawn = async (page, search, testId, options) => {
  const opened = page ?? (await open(hour, options));
  await opened.page.goto(`${spider.url}/${search}`);
  await opened.page.getByTestId(testId).first().waitFor();
  return opened;
};
const zoomOf = (page) => {
  const [from, to] = (param(page, "zoom") ?? "").split("~").map((text) => Date.parse(text));
  return { from, to, span: to - from };
};

test("the waterfall zooms at the pointer, asks nothing, and the address keeps it", async () => {
  const { page, troubles, close } = await drawn(null, `${orders}&view=waterfall`, "fall-bar");
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().includes("/api/v1/http-communications")) asked += 1;
  });
  const axis = await page.getByTestId("fall-axis").boundingBox();
  const bar = () => page.getByTestId("fall-bar").nth(10).boundingBox();
  // At a bar: it stays under the pointer, and is wider.
  const before = await bar();
  const at = before.x + before.width / 2;
  await page.mouse.move(at, axis.y + axis.height / 2);
  for (let n = 0; n < 6; n += 1) await page.mouse.wheel(0, -120);
  await page.waitForURL(/zoom=/);
  const id = await page.getByTestId("fall-bar").first().getAttribute("data-id");
  assert.ok(id !== null);
  const wide = zoomOf(page);
  assert.ok(wide.span > 0 && wide.span < 3_000, `${wide.span} ms of 6 s`);
  const share = (at - axis.x - 14) / (axis.width - 28);
  const time = kCasesStart / 1e3 + 60_000 + share * 6_000;
  assert.ok(Math.abs((time - wide.from) / wide.span - share) < 0.02, "the pointer's time stays");
  assert.match(await page.getByTestId("fall-shown").textContent(), / of 6.* s, \d+ of 24 calls/);
  await shot(page, "waterfall-zoom-light");
  // Reloaded it is the same part.
  const shown = await page.getByTestId("fall-shown").textContent();
  await page.reload();
  await page.getByTestId("fall-shown").waitFor();
  assert.equal(await page.getByTestId("fall-shown").textContent(), shown);
  asked = 0;
  // Dragged: earlier things come into sight, and no call is opened by it.
  const middle = axis.x + axis.width / 2;
  await page.mouse.move(middle, axis.y + 12);
  await page.mouse.down();
  await page.mouse.move(middle + 100, axis.y + 12, { steps: 5 });
  await page.mouse.up();
  await until("it has moved", () => zoomOf(page).from < wide.from);
  assert.ok(Math.abs(zoomOf(page).span - wide.span) < 3, "as wide as before");
  assert.equal(param(page, "open"), null);
  // By keys.
  const box = page.getByRole("group", { name: /^Bars/ });
  await box.focus();
  const dragged = zoomOf(page);
  await page.keyboard.press("+");
  await until("closer", () => zoomOf(page).span < dragged.span * 0.6);
  const closer = zoomOf(page);
  await page.keyboard.press("Shift+ArrowRight");
  await until("later", () => zoomOf(page).from > closer.from);
  await page.keyboard.press("-");
  await until("less close", () => zoomOf(page).span > closer.span * 1.5);
  await page.keyboard.press("0");
  await page.waitForURL((url) => !url.searchParams.has("zoom"));
  await page.mouse.move(at, axis.y + 12);
  await page.mouse.wheel(0, -240);
  await page.waitForURL(/zoom=/);
  await page.getByTestId("fall-axis").dblclick({ position: { x: 300, y: 12 } });
  await page.waitForURL((url) => !url.searchParams.has("zoom"));
  assert.equal(await page.getByTestId("fall-bar").count(), 24);
  assert.equal(asked, 0, "no zoom asks the server anything");
  // Another question is drawn whole.
  await page.mouse.wheel(0, -240);
  await page.waitForURL(/zoom=/);
  await page.getByTestId("view-sequence").click();
  await page.waitForURL((url) => !url.searchParams.has("zoom"));
  assert.deepEqual(troubles, []);
  await close();
});

test("which slice is drawn is in the address: reload and back keep it", async () => {
  for (const [view, call, begin] of [
    ["sequence", "seq-call", /^The first 500 of/],
    ["waterfall", "fall-bar", /^The newest 500 of/],
  ]) {
    const { page, troubles, close } = await drawn(null, `${hour}&view=${view}`, call);
    const first = await page.getByTestId(call).first().getAttribute("data-id");
    await page.getByTestId("next-part").click();
    await page.getByText(/^501 to 1,000 of/).waitFor();
    assert.match(param(page, "slice") ?? "", /^500\./);
    const second = await page.getByTestId(call).first().getAttribute("data-id");
    assert.notEqual(second, first);
    await page.reload();
    await page.getByTestId(call).first().waitFor();
    await page.getByText(/^501 to 1,000 of/).waitFor(); // the count may come after the calls
    assert.equal(await page.getByTestId(call).first().getAttribute("data-id"), second);
    await page.getByTestId("next-part").click();
    await page.getByText(/^1,001 to 1,500 of/).waitFor();
    await page.goBack();
    await page.getByText(/^501 to 1,000 of/).waitFor();
    await page.goBack();
    await page.getByText(begin).waitFor();
    await page.goForward();
    await page.getByTestId("first-part").click();
    await page.getByText(begin).waitFor();
    assert.equal(param(page, "slice"), null);
    assert.deepEqual(troubles, []);
    await close();
  }
});

test("what an address says wrongly is named, with what is shown instead", async () => {
  const { page, troubles, close } = await open(hour);
  await page.goto(`${spider.url}/?from=foo&to=2026-03-10T14:00:00Z&order=sideways`);
  const note = page.getByTestId("misread");
  await note.waitFor();
  const text = await note.textContent();
  assert.match(text, /from=foo is no time.*shown is \d{4}-\d\d-\d\d/);
  assert.match(text, /order=sideways is none of newest.*the newest come first/);
  await shot(page, "misread-light");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 400, height: 800 });
  await shot(page, "misread-narrow-dark");
  assert.equal(
    await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth),
    false,
  );
  await page.setViewportSize({ width: 1_440, height: 900 });
  await page.getByTestId("misread-close").click();
  await note.waitFor({ state: "detached" });
  await page.goto(`${spider.url}/?live=soon`);
  await note.waitFor();
  await page.getByTestId("view-statistics").click();
  await note.waitFor({ state: "detached" });
  await page.goto(`${spider.url}/${hour}`);
  await page.getByTestId("row").first().waitFor();
  assert.equal(await note.count(), 0);
  assert.deepEqual(troubles, []);
  await close();
});

for (const scheme of ["light", "dark"]) {
  test(`the values lie over the list where it is narrow (${scheme})`, async () => {
    const { page, troubles, close } = await open(hour, { width: 600, height: 800, scheme });
    await page.getByTestId("facets-button").click();
    const value = page.locator(".facet-value", { hasText: "POST" });
    await value.waitFor();
    await shot(page, `facets-narrow-${scheme}`);
    const pane = await page.getByTestId("facets").boundingBox();
    assert.ok(pane.x === 0 && pane.width <= 320 && pane.height === 800, JSON.stringify(pane));
    await value.click();
    await page.waitForURL((url) => (url.searchParams.get("q") ?? "").includes("method:POST"));
    assert.ok(await page.getByTestId("facets").isVisible(), "more can be asked for");
    await page.keyboard.press("Escape");
    await page.getByTestId("facets").waitFor({ state: "detached" });
    await page.getByTestId("facets-button").click();
    await page.getByTestId("facets-veil").click({ position: { x: 550, y: 400 } });
    await page.getByTestId("facets").waitFor({ state: "detached" });
    // What was open over the list is not opened beside it.
    await page.setViewportSize({ width: 1_300, height: 800 });
    await page.getByTestId("facets-button").waitFor();
    assert.equal(await page.getByTestId("facets").count(), 0);
    assert.deepEqual(troubles, []);
    await close();
  });
}

test("days of the statistics are those of the page's clock", async () => {
  const { page, troubles, close } = await drawn(
    null,
    `${hour}&view=statistics&group=host&period=1d`,
    "periods",
  );
  const rows = page.locator(".stat-table.is-periods tbody th");
  assert.match(await rows.first().textContent(), /^\d{4}-\d\d-\d\d 00:00/);
  await page.goto(`${spider.url}/${hour}&view=statistics&group=host&period=1d&clock=utc`);
  await until("in UTC", async () =>
    /the clock of the page, UTC/.test(await page.getByTestId("periods").textContent()),
  );
  assert.match(await rows.first().textContent(), /^\d{4}-\d\d-\d\d 00:00/);
  assert.deepEqual(troubles, []);
  await close();
});

test("go there goes to what the filter finds, not to all that is stored", async () => {
  const { page, troubles, close } = await open(hour);
  const q = "whisperer:cases AND path:/api/profile";
  const { items } = await spider.api(
    `http-communications?q=${encodeURIComponent(q)}&limit=100&sort=start`,
  );
  await page.goto(`${spider.url}/${windowOf(shop)}&q=${encodeURIComponent(q)}`);
  await page.getByTestId("go-there").click();
  await page
    .getByTestId("row")
    .nth(items.length - 1)
    .waitFor();
  const ends = items.map(({ end_us: end }) => end / 1e3);
  const [from, to] = ["from", "to"].map((name) => Date.parse(param(page, name)));
  assert.ok(Math.abs(from - items[0].start_us / 1e3) < 2, `${from}`);
  assert.ok(Math.abs(to - Math.max(...ends)) < 2, `${to}`);
  assert.deepEqual(troubles, []);
  await close();
});
