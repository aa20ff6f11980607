// How the height of the page is shared: the timeline is dragged and folded, the details go over
// the list, and nothing is printed over anything, down to a laptop at 200 %.

import assert from "node:assert/strict";
import { test } from "node:test";
import { shot } from "../support/browser.mjs";
import { kCasesStart, writeCases } from "../support/cases.mjs";
import { until } from "../support/spider.mjs";
import { kIso, setStage } from "../support/stage.mjs";

const { spider, open } = await setStage({ cases: (file) => writeCases(file, { json: 0 }) });
const { items } = await spider.api("http-communications?limit=100&sort=start");
const json = items.find(({ path }) => path === "/api/profile").id;
const hour = `?from=${kIso(kCasesStart)}&to=${kIso(kCasesStart + 3_600e6)}`;

const plotHeight = async (page) => (await page.getByTestId("plot").boundingBox()).height;
const param = (page, name) => new URL(page.url()).searchParams.get(name);
const noMotion = (page, what, height) =>
  until(what, async () => Math.abs((await plotHeight(page)) - height) < 2);

test("the timeline is as high as one drags it, by mouse and by keys, and stays so", async () => {
  const { page, troubles, close } = await open(hour, { width: 1_280, height: 720 });
  const list = () => page.getByTestId("list").boundingBox();
  const start = await plotHeight(page);
  const { y } = await list();
  const handle = await page.getByTestId("row-splitter").boundingBox();
  await page.mouse.move(600, handle.y + handle.height / 2);
  await page.mouse.down();
  await page.mouse.move(600, handle.y + 64, { steps: 4 });
  await page.mouse.up();
  await until("it is higher", async () => (await plotHeight(page)) > start + 50);
  assert.ok((await list()).y > y + 50, "the list went down with it");
  const dragged = await plotHeight(page);
  await page.getByTestId("row-splitter").focus();
  await page.keyboard.press("ArrowUp");
  await noMotion(page, "a step lower", dragged - 12);
  await page.reload();
  await page.getByTestId("row").first().waitFor();
  await noMotion(page, "as it was left", dragged - 12);
  await page.getByTestId("row-splitter").press("Home");
  await noMotion(page, "as low as it goes", 64);
  await page.getByTestId("row-splitter").dblclick();
  await noMotion(page, "the usual height", start);
  assert.deepEqual(troubles, []);
  await close();
});

test("folded it is a strip, by button, key and command, and stays so", async () => {
  const { page, troubles, close } = await open(hour, { width: 1_280, height: 720 });
  const start = await plotHeight(page);
  const { height } = await page.getByTestId("list").boundingBox();
  await page.getByTestId("fold-timeline").click();
  await noMotion(page, "a strip", 28);
  assert.equal(await page.getByTestId("fold-timeline").getAttribute("aria-pressed"), "true");
  assert.ok((await page.getByTestId("list").boundingBox()).height > height + 100);
  await shot(page, "folded-light");
  await page.reload();
  await page.getByTestId("row").first().waitFor();
  await noMotion(page, "still a strip", 28);
  await page.keyboard.press("h");
  await noMotion(page, "unfolded by its key", start);
  await page.keyboard.press("Control+k");
  await page.getByTestId("palette-input").fill("fold timeline strip");
  await page.keyboard.press("Enter");
  await noMotion(page, "folded by its command", 28);
  assert.deepEqual(troubles, []);
  await close();
});

test("details go over the list and back, and the list is where it was", async () => {
  const { page, troubles, close } = await open(`${hour}&open=${json}&tab=response`, {
    width: 1_280,
    height: 720,
  });
  const width = async () => (await page.getByTestId("detail").boundingBox()).width;
  await page.getByTestId("json-tree").waitFor();
  assert.ok((await width()) < 700);
  await page.getByTestId("full").click();
  await page.waitForURL(/full=1/);
  assert.equal(await width(), 1_280);
  assert.equal(await page.getByTestId("row").first().isVisible(), false);
  // Head and body stand beside each other: the body has the whole height.
  const head = await page.getByTestId("headers").boundingBox();
  const body = await page.getByTestId("body-text").boundingBox();
  assert.ok(body.x > head.x + head.width && body.height > 220, `${body.x} ${body.height}`);
  await page.reload();
  await page.getByTestId("json-tree").waitFor();
  assert.equal(await width(), 1_280, "a link shows another person the same");
  await page.keyboard.press("Escape");
  await page.waitForURL((url) => !url.searchParams.has("full"));
  assert.equal(param(page, "open"), json, "the first Escape leaves them open");
  assert.ok(await page.getByTestId("row").first().isVisible());
  await page.keyboard.press("m");
  await page.waitForURL(/full=1/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.getByTestId("detail").waitFor({ state: "detached" });
  assert.deepEqual(troubles, []);
  await close();
});

for (const [width, height] of [
  [1_280, 720],
  [640, 360],
  [1_440, 900],
  [390, 700],
]) {
  test(`nothing is printed over a JSON body at ${width} x ${height}`, async () => {
    const { page, troubles, close } = await open(hour, { width, height });
    await page.goto(`${spider.url}/${hour}&open=${json}&tab=response`);
    await page.getByTestId("json-path").waitFor();
    const boxes = [];
    for (const part of [".body-text, [data-testid=body-text]", ".json-foot", ".body-foot"])
      boxes.push(await page.locator(part).first().boundingBox());
    const [text, path, size] = boxes;
    assert.ok(text.height >= 36, `the body is ${text.height} high`);
    assert.ok(text.y + text.height <= path.y + 1, "the text ends where the path begins");
    assert.ok(path.y + path.height <= size.y + 1, "the path ends where the size begins");
    assert.ok(size.y + size.height <= height + 1, "all of it is in sight");
    await shot(page, `json-${width}x${height}-light`);
    assert.deepEqual(troubles, []);
    await close();
  });
}

test("headers fold where there is no room for them, and unfold", async () => {
  const { page, troubles, close } = await open(`${hour}&open=${json}&tab=response`, {
    width: 1_280,
    height: 720,
  });
  await page.getByTestId("json-tree").waitFor();
  const fold = page.getByTestId("head-fold");
  await page.getByText(/^\d headers$/).waitFor();
  const low = (await page.getByTestId("body-text").boundingBox()).height;
  await fold.click();
  await page.getByTestId("headers").first().waitFor();
  assert.equal(await fold.getAttribute("aria-expanded"), "true");
  assert.ok((await page.getByTestId("body-text").boundingBox()).height < low);
  assert.deepEqual(troubles, []);
  await close();
});

test("at 200 % the wheel brings the foot of the list into sight, then its rows", async () => {
  const { page, troubles, close } = await open(hour, { width: 640, height: 360 });
  const inSight = (testId) =>
    page.getByTestId(testId).evaluate((element) => {
      const { top, bottom } = element.getBoundingClientRect();
      const middle = element.getBoundingClientRect().left + 4;
      const hit = document.elementFromPoint(middle, (top + bottom) / 2);
      return bottom <= window.innerHeight + 1 && element.contains(hit);
    });
  assert.ok(await inSight("export"), "Export is there from the start");
  assert.ok(await inSight("count"));
  const scrolled = () => page.evaluate(() => document.documentElement.scrollTop);
  const rows = () => page.getByTestId("list").evaluate((element) => element.scrollTop);
  await page.mouse.move(300, 250);
  await page.mouse.wheel(0, 100);
  await until("the page scrolls first", async () => (await scrolled()) > 0);
  assert.equal(await rows(), 0);
  await until("then the rows", async () => {
    await page.mouse.wheel(0, 200);
    return (await rows()) > 0;
  });
  assert.ok(await inSight("export"));
  assert.deepEqual(troubles, []);
  await close();
});
