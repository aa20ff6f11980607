// An imported hour: wheel, selection, filter, details, keyboard, address, and captured text that
// tries to run.

import assert from "node:assert/strict";
import { test } from "node:test";
import { shot } from "../support/browser.mjs";
import { kShopStart, writeHostile, writeShop } from "../support/shop.mjs";
import { kIso, setStage, windowOf } from "../support/stage.mjs";

const { spider, written, open } = await setStage({
  shop: (file) => writeShop(file, { perMinute: 60 }),
  evil: (file) => writeHostile(file, { start: kShopStart - 7_200e6 }),
});
const { shop } = written;
const hour = () => windowOf(shop);

async function drag(page, from, to) {
  const box = await page.getByTestId("timeline").boundingBox();
  const y = box.y + box.height * 0.4;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to, y + 4, { steps: 8 });
  await page.mouse.up();
}

const param = (page, name) => new URL(page.url()).searchParams.get(name);
const spanOf = ({ searchParams }) =>
  Date.parse(searchParams.get("to")) - Date.parse(searchParams.get("from"));
const span = (page) => spanOf(new URL(page.url()));
const changed = (page, url) => page.waitForURL((next) => next.href !== url, { timeout: 60_000 });

test("without a window in the address all that is stored is shown", async () => {
  const { page, troubles, close } = await open("");
  const count = await page.getByTestId("count").textContent();
  assert.equal(Number(count.replace(/\D/g, "")), shop.total + 3);
  assert.deepEqual(troubles, []);
  await close();
});

test("the wheel zooms at the pointer, back and forward walk through the windows", async () => {
  const { page, troubles, close } = await open(hour());
  const box = await page.getByTestId("timeline").boundingBox();
  const start = page.url();
  await page.mouse.move(box.x + box.width * 0.75, box.y + 60);
  for (let n = 0; n < 5; n += 1) await page.mouse.wheel(0, -240);
  // On a busy machine the five turns may be two gestures, hence two steps of the history.
  await page.waitForURL((url) => spanOf(url) < 3_600_000 / 4, { timeout: 60_000 });
  const zoomed = page.url();
  // Three quarters of the hour stay under the pointer.
  const at = Date.parse(param(page, "from")) + span(page) * 0.75;
  const wanted = shop.start / 1_000 + 3_600_000 * 0.75;
  assert.ok(Math.abs(at - wanted) < 3_000, `${at - wanted} ms beside`);
  let steps = 0;
  for (; page.url() !== start && steps < 5; steps += 1) await page.goBack();
  assert.equal(page.url(), start);
  for (; steps > 0; steps -= 1) await page.goForward();
  assert.equal(page.url(), zoomed);
  assert.deepEqual(troubles, []);
  await close();
});

test("a drawn selection narrows the list, a double click zooms in, a reload keeps it", async () => {
  const { page, troubles, close } = await open(hour());
  await drag(page, 0.68, 0.76);
  await page.waitForURL(/select=/);
  await page.getByTestId("count").getByText("in the selection").waitFor();
  const [from, to] = param(page, "select").split("~");
  const query = `http-communications?from=${from}&to=${to}&limit=10000`;
  const { count } = await spider.api(query);
  await page.waitForFunction(
    (wanted) => {
      const text = document.querySelector('[data-testid="count"]')?.textContent ?? "";
      return Number(text.replace(/\D/g, "")) === wanted;
    },
    count,
    { timeout: 60_000 },
  );
  await shot(page, "selection-light");
  const selected = page.url();
  const box = await page.getByTestId("timeline").boundingBox();
  await page.mouse.dblclick(box.x + box.width * 0.72, box.y + 50);
  await changed(page, selected);
  assert.ok(span(page) < (Date.parse(to) - Date.parse(from)) * 1.3);
  const url = page.url();
  await page.reload();
  await page.getByTestId("row").first().waitFor();
  assert.equal(page.url(), url);
  await page.getByTestId("count").getByText("in the selection").waitFor();
  assert.deepEqual(troubles, []);
  await close();
});

test("filters ask the server and are in the address", async () => {
  const { page, troubles, close } = await open(hour());
  await page.getByTestId("search").fill("status:5xx uri:/v1/pay");
  await page.waitForURL(/q=status:5xx/);
  const query = `from=${kIso(shop.start)}&to=${kIso(shop.end)}&status=5xx&uri=/v1/pay&limit=1000`;
  const { count } = await spider.api(`http-communications?${query}`);
  assert.ok(count > 0);
  await page
    .waitForFunction(
      (wanted) => document.querySelectorAll(".grid-row.is-5xx").length === wanted,
      Math.min(count, 20),
      { timeout: 60_000 },
    )
    .catch(() => undefined);
  const texts = await page.getByTestId("row").allTextContents();
  assert.ok(
    texts.every((text) => text.includes("/v1/payments") && /50\d/.test(text)),
    texts[0],
  );
  await shot(page, "filtered-light");
  await page.getByTestId("clear-filter").click();
  await page.waitForURL((url) => !url.search.includes("q="));
  await page.getByTestId("search").fill("host:auth.int*");
  await page.waitForURL(/q=host/);
  await page.waitForFunction(() =>
    [...document.querySelectorAll('[data-testid="row"]')].every((row) =>
      row.textContent.includes("auth.internal"),
    ),
  );
  await page.getByTestId("search").fill("uri:/nothing-like-this");
  await page.getByTestId("empty-range").waitFor();
  await shot(page, "no-match-light");
  assert.deepEqual(troubles, []);
  await close();
});

test("the keyboard walks the list and opens details", async () => {
  const { page, troubles, close } = await open(`${hour()}&order=oldest`);
  await page.getByTestId("list").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByTestId("detail").waitFor();
  const first = param(page, "open");
  await page.keyboard.press("ArrowDown");
  await page.waitForFunction((id) => !window.location.search.includes(id), first);
  await page.keyboard.press("Escape");
  await page.getByTestId("detail").waitFor({ state: "detached" });
  await page.getByTestId("timeline").focus();
  const before = page.url();
  await page.keyboard.press("+");
  await changed(page, before);
  assert.ok(span(page) < 3_600_000 * 0.6);
  assert.deepEqual(troubles, []);
  await close();
});

test("endless scroll reaches the oldest communication", async () => {
  const { page, troubles, close } = await open(hour());
  const list = page.getByTestId("list");
  await page.waitForFunction(
    async (total) => {
      const grid = document.querySelector('[data-testid="list"]');
      grid.scrollTop = grid.scrollHeight;
      const last = [...document.querySelectorAll('[data-testid="row"]')].at(-1);
      return Number(last?.getAttribute("aria-rowindex")) === total + 1;
    },
    shop.total,
    { timeout: 60_000, polling: 60 },
  );
  assert.ok((await page.getByTestId("row").count()) < 100, "only what is seen is in the page");
  await list.evaluate((grid) => grid.scrollTo(0, 0));
  assert.deepEqual(troubles, []);
  await close();
});

test("details show timing, headers, JSON, a picture, bytes, and the session", async () => {
  const { page, troubles, close } = await open(`${hour()}&uri=/img/&status=200`);
  await page.getByTestId("row").first().click();
  await page.getByTestId("timing").waitFor();
  assert.match(await page.getByTestId("facts").textContent(), /Server10\.20\.0\.12:80/);
  await shot(page, "summary-light");
  await page.getByRole("tab", { name: /Response/ }).click();
  const image = page.getByTestId("body-image").locator("img");
  await image.waitFor();
  assert.equal(await image.evaluate((img) => img.decode().then(() => img.naturalWidth)), 160);
  await shot(page, "image-light");
  await page.getByRole("tab", { name: "Hex" }).click();
  await page.getByTestId("body-text").getByText("89 50 4e 47 0d 0a 1a 0a").waitFor();
  await shot(page, "hex-light");
  await page.getByRole("tab", { name: "TCP session" }).click();
  await page.getByTestId("session").waitFor();
  assert.match(await page.getByTestId("no-packets").textContent(), /save_packets/);
  await shot(page, "session-light");
  assert.match(page.url(), /tab=session/);
  assert.deepEqual(troubles, []);
  await close();
});

test("what is missing is said in words", async () => {
  const { page, troubles, close } = await open(`${hour()}&uri=format=json`, { scheme: "dark" });
  await page.getByTestId("row").first().click();
  const marks = await page.getByTestId("marks").textContent();
  assert.match(marks, /1\.45 kB of the response were sent but never captured/);
  assert.match(await page.getByTestId("row").first().textContent(), /partial/);
  await shot(page, "partial-dark");
  assert.notEqual(await page.getByTestId("completeness").getAttribute("data-tone"), "good");
  await page.goto(`${spider.url}/${hour()}&status=none`);
  await page.getByTestId("row").first().click();
  await page.getByText("No response to this request was captured.").waitFor();
  assert.deepEqual(troubles, []);
  await close();
});

test("a click on what is partial lists just as many communications", async () => {
  const { page, troubles, close } = await open(hour());
  const chip = page.getByTestId("completeness");
  const said = /([\d,]+) partial\./.exec(await chip.getAttribute("title"));
  const wanted = Number(said[1].replaceAll(",", ""));
  assert.ok(wanted > 0 && wanted < shop.total, `${wanted} of ${shop.total}`);
  await chip.click();
  await page.waitForURL(/q=state:/);
  await page.waitForFunction(
    (count) => {
      const text = document.querySelector('[data-testid="count"]')?.textContent ?? "";
      return Number(text.replace(/\D/g, "")) === count;
    },
    wanted,
    { timeout: 60_000 },
  );
  const query = `from=${kIso(shop.start)}&to=${kIso(shop.end)}&limit=10000`;
  const { items } = await spider.api(`http-communications?${query}`);
  assert.equal(items.filter(({ state }) => state !== "complete").length, wanted);
  assert.deepEqual(troubles, []);
  await close();
});

test("the quality line tells on hover what was lost", async () => {
  const { page, troubles, close } = await open(hour());
  const box = await page.getByTestId("timeline").boundingBox();
  await page.mouse.move(box.x + box.width * (50.3 / 60), box.y + box.height - 7);
  const tip = page.locator(".timeline-tip");
  await tip.waitFor();
  const text = await tip.textContent();
  assert.match(text, /packets seen/);
  assert.match(text, /never captured1\.45 kB/);
  await shot(page, "quality-light");
  assert.deepEqual(troubles, []);
  await close();
});

test("captured text that would like to run is only shown", async () => {
  const { page, troubles, close } = await open("?whisperer=evil");
  const rows = await page.getByTestId("row").allTextContents();
  assert.ok(rows.some((text) => text.includes("<script>window.__owned=1</script>")));
  for (const part of ["/search", "/picture.svg", "/picture.png"]) {
    await page.getByTestId("row").filter({ hasText: part }).click();
    await page.getByRole("tab", { name: /Request/ }).click();
    await page.getByTestId("headers").first().waitFor();
    await page.getByRole("tab", { name: /Response/ }).click();
    await page.getByRole("tab", { name: "Hex" }).waitFor();
    const text = page.getByRole("tab", { name: "Text" });
    if ((await text.count()) > 0) await text.click();
    await page.getByTestId("body-text").getByText("window.__owned").first().waitFor();
    if (part === "/search") await shot(page, "hostile-light");
  }
  assert.equal(await page.evaluate(() => window.__owned), undefined);
  assert.equal(await page.locator("main script, main svg[onload], main [onerror]").count(), 0);
  const expected = troubles.filter((trouble) => !/blob:/.test(trouble));
  assert.deepEqual(expected, []);
  // Bodies opened as pages of their own do not run either.
  const { items } = await spider.api("http-communications?whisperer=evil");
  for (const { id } of items) {
    await page
      .goto(`${spider.url}/api/v1/http-communications/${id}/response/body`)
      .catch((error) => {
        assert.match(error.message, /Download is starting/);
      });
    assert.equal(await page.evaluate(() => window.__owned), undefined);
  }
  await close();
});

test("pictures of the page, light, dark and narrow", async () => {
  for (const scheme of ["light", "dark"]) {
    const { page, troubles, close } = await open(hour(), { scheme });
    await shot(page, `hour-${scheme}`);
    await drag(page, 0.69, 0.745);
    await page.locator('[data-testid="row"].is-5xx').first().click();
    await page.getByTestId("timing").waitFor();
    await shot(page, `detail-${scheme}`);
    await page.setViewportSize({ width: 1_280, height: 720 });
    await page.waitForTimeout(150);
    await shot(page, `laptop-${scheme}`);
    await page.setViewportSize({ width: 800, height: 720 });
    await page.waitForTimeout(150);
    await shot(page, `narrow-detail-${scheme}`);
    await page.getByTestId("close-detail").click();
    await page.waitForTimeout(150);
    const wide = await page.evaluate(
      () => document.documentElement.scrollWidth > window.innerWidth,
    );
    assert.equal(wide, false, "nothing sticks out at 800 pixels");
    await shot(page, `narrow-${scheme}`);
    assert.deepEqual(troubles, []);
    await close();
  }
});

test("at 400 pixels host, path, duration, window and legend can all be read", async () => {
  const { page, troubles, close } = await open(hour(), { width: 400, height: 800 });
  const row = page.getByTestId("row").first();
  for (const part of [".is-host", ".is-path", ".is-duration", ".is-status", ".is-time"]) {
    const box = await row.locator(part).boundingBox();
    assert.ok(box !== null && box.width > 30 && box.x + box.width <= 400, `${part} is in sight`);
  }
  const cut = (selector) =>
    page
      .locator(selector)
      .evaluateAll((found) =>
        found
          .filter(
            (element) =>
              element.scrollWidth > element.clientWidth + 1 ||
              element.getBoundingClientRect().right > window.innerWidth,
          )
          .map((element) => element.textContent),
      );
  assert.deepEqual(await cut(".topbar-range strong"), []);
  assert.deepEqual(await cut(".legend, .legend > li, .legend button"), []);
  const tops = await page
    .locator(".filters > *")
    .evaluateAll((found) =>
      found.map((element) => Math.round(element.getBoundingClientRect().top)),
    );
  assert.ok(new Set(tops).size <= 2, `rows of filters at ${tops}`);
  assert.equal(
    await page.getByTestId("list").evaluate((x) => x.scrollWidth > x.clientWidth),
    false,
  );
  await drag(page, 0.3, 0.6);
  await page.getByTestId("zoom-selection").waitFor();
  assert.deepEqual(await cut(".overview-head, .overview-moves, .overview-moves > *"), []);
  await page.getByTestId("time").click();
  assert.deepEqual(await cut(".popover.is-left, .time-editor, .time-presets"), []);
  assert.equal(
    await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth),
    false,
  );
  await shot(page, "phone-time-light");
  await page.keyboard.press("Escape");
  await shot(page, "phone-light");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.getByTestId("search").fill("status:5xx");
  await page.waitForURL(/q=status:5xx/);
  await page.getByTestId("row").first().waitFor();
  await shot(page, "phone-dark");
  assert.deepEqual(troubles, []);
  await close();
});

test("the switch goes from the system's colours to light and dark, and is remembered", async () => {
  const { page, close } = await open(hour(), { scheme: "dark" });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.getByTestId("theme").click();
  assert.notEqual(await ground(), dark);
  await page.reload();
  await page.getByTestId("row").first().waitFor();
  assert.notEqual(await ground(), dark);
  await page.getByTestId("theme").click();
  assert.equal(await ground(), dark);
  await close();
});
