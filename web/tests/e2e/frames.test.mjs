// How smooth the timeline is, measured by the page and printed; and what happens to the answers
// that nobody waits for any more. SPIDER_BIG_STORE names a folder with a large store; without it an
// imported hour has to do.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, openPage, shot } from "../support/browser.mjs";
import { writeShop } from "../support/shop.mjs";
import { sleep, Spider, temporaryFolder } from "../support/spider.mjs";

const kBig = process.env["SPIDER_BIG_STORE"];
let spider, browser, temporary, stored;

before(async () => {
  if (kBig !== undefined) {
    spider = await Spider.start({
      whisperers: [{ name: "big", type: "UPLOAD" }],
      store: kBig,
    });
  } else {
    temporary = temporaryFolder("captures");
    const file = join(temporary.folder, "shop.pcap");
    writeShop(file, { perMinute: 300 });
    spider = await Spider.start({
      whisperers: [{ name: "shop", type: "UPLOAD" }],
      imports: [{ file, whisperer: "shop" }],
    });
  }
  const status = await spider.api("status?time=us");
  stored = { from: status.store.first_us, to: status.store.last_us };
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await spider?.stop();
  temporary?.remove();
});

const kIso = (us) => new Date(us / 1_000).toISOString();

async function open() {
  const opened = await openPage(browser, { width: 1_280, height: 720, motion: true });
  await opened.page.goto(`${spider.url}/?from=${kIso(stored.from)}&to=${kIso(stored.to)}`);
  await opened.page.getByTestId("row").first().waitFor();
  return opened;
}

async function meter(page) {
  await page.keyboard.press("Control+k");
  await page.getByTestId("palette-input").fill("frame times");
  await page.keyboard.press("Enter");
}

const figures = (page) =>
  page.getByTestId("frames").evaluate((output) => JSON.parse(output.dataset.figures));

test("panning and zooming are smooth with all that is stored behind them", async () => {
  const { page, troubles, close } = await open();
  const { communications } = await spider.api("timeline?buckets=1&split=none");
  const box = await page.getByTestId("timeline").boundingBox();
  const y = box.y + box.height * 0.5;
  const axis = box.y + box.height - 22;
  await page.mouse.move(box.x + box.width * 0.5, y);
  for (let n = 0; n < 6; n += 1) await page.mouse.wheel(0, -200);
  await page.waitForTimeout(700);

  const measured = async (what, act) => {
    await meter(page);
    await act();
    await page.waitForTimeout(300);
    const found = await figures(page);
    await meter(page);
    const { frames, medianMs, p95Ms, worstMs, drawP95Ms } = found;
    console.log(
      `${what}, ${communications} communications: ${frames} frames, from frame to frame ` +
        `${medianMs.toFixed(1)} ms median, ${p95Ms.toFixed(1)} ms p95, ${worstMs.toFixed(1)} ms ` +
        `worst; drawing ${drawP95Ms.toFixed(2)} ms p95`,
    );
    return found;
  };

  const pan = await measured("panning", async () => {
    await page.mouse.move(box.x + box.width * 0.5, axis);
    await page.mouse.down();
    for (let n = 0; n < 240; n += 1) {
      const share = 0.5 + 0.4 * Math.sin(n / 20);
      await page.mouse.move(box.x + box.width * share, axis);
    }
    await page.mouse.up();
  });
  const zoom = await measured("zooming", async () => {
    await page.mouse.move(box.x + box.width * 0.6, y);
    for (let n = 0; n < 160; n += 1) await page.mouse.wheel(0, n % 80 < 40 ? -40 : 40);
  });
  for (const found of [pan, zoom]) {
    assert.ok(found.frames > 30, `${found.frames} frames`);
    // A display shows 60 frames a second; whatever else the machine does may cost one now and then.
    assert.ok(found.medianMs < 25, `${found.medianMs} ms from frame to frame`);
    assert.ok(found.drawP95Ms < 16, `${found.drawP95Ms} ms for drawing`);
  }
  assert.deepEqual(troubles, []);
  await close();
});

test("old bars stay until new ones come, and outdated questions are given up", async () => {
  const { page, troubles, close } = await open();
  const asked = new Map();
  page.on("request", (request) => {
    if (request.url().includes("/timeline?")) asked.set(request.url(), "waiting");
  });
  page.on("requestfailed", (request) => {
    if (asked.has(request.url())) asked.set(request.url(), request.failure().errorText);
  });
  page.on("requestfinished", (request) => {
    if (asked.has(request.url())) asked.set(request.url(), "answered");
  });
  let slow = true;
  await page.route("**/api/v1/timeline?*", async (route) => {
    if (slow) await sleep(2_500);
    await route.continue().catch(() => undefined); // given up meanwhile
  });
  // How many of the columns of the middle have a bar in them.
  const painted = () =>
    page.getByTestId("timeline").evaluate((canvas) => {
      const context = canvas.getContext("2d");
      const y = Math.round(canvas.height * 0.68);
      const { data } = context.getImageData(0, y, canvas.width, 1);
      const ground = getComputedStyle(document.querySelector(".overview")).backgroundColor;
      const plain = ground.match(/\d+/g).map(Number);
      let count = 0;
      for (let x = Math.round(canvas.width * 0.3); x < canvas.width * 0.7; x += 1) {
        const [r, g, b, a] = data.slice(x * 4, x * 4 + 4);
        if (a > 0 && Math.abs(r - plain[0]) + Math.abs(g - plain[1]) + Math.abs(b - plain[2]) > 60)
          count += 1;
      }
      return count;
    });
  const box = await page.getByTestId("timeline").boundingBox();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 50);
  const before = await painted();
  assert.ok(before > 50, `${before} painted columns at first`);
  for (let n = 0; n < 12; n += 1) {
    await page.mouse.wheel(0, -240);
    await page.waitForTimeout(100);
  }
  await page.locator(".timeline.is-busy").waitFor();
  assert.ok((await painted()) > 50, "the old bars are there while the new ones are asked for");
  const aborted = () => [...asked.values()].filter((how) => /ABORTED/.test(how)).length;
  assert.ok(aborted() >= 3, `${aborted()} of ${asked.size} questions were given up`);
  slow = false;
  await page.locator(".timeline:not(.is-busy)").waitFor();
  assert.ok((await painted()) > 50, "the new bars are there");
  console.log(`zooming in twelve steps: ${asked.size} questions, ${aborted()} given up`);
  await shot(page, "refined-light");
  const real = troubles.filter((trouble) => !/ERR_ABORTED|Failed to load/.test(trouble));
  assert.deepEqual(real, []);
  await close();
});
