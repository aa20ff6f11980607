// Figures of the page over a large store: frames while one pans, zooms and scrolls, and how long
// the values beside the list and the offers of completion take. Prints what docs/performance.md
// has:
//
//   SPIDER_BIN=build/release/spider SPIDER_BIG_STORE=FOLDER node web/scripts/figures.mjs
//
// FOLDER is a store as bench/seed_store makes it; it is opened for writing, so give it a copy.

import { launch, openPage } from "../tests/support/browser.mjs";
import { Spider } from "../tests/support/spider.mjs";

const store = process.env["SPIDER_BIG_STORE"];
if (store === undefined) throw new Error("SPIDER_BIG_STORE names no store");

const spider = await Spider.start({ whisperers: [{ name: "big", type: "UPLOAD" }], store });
const browser = await launch();
const iso = (us) => new Date(us / 1_000).toISOString();
const at = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

function told(what, values, unit = "ms") {
  const sorted = [...values].sort((a, b) => a - b);
  const [median, p95, worst] = [at(sorted, 0.5), at(sorted, 0.95), sorted[sorted.length - 1]];
  console.log(
    `${what}: ${sorted.length} measured, ${median.toFixed(1)} ${unit} median, ` +
      `${p95.toFixed(1)} p95, ${worst.toFixed(1)} worst`,
  );
}

// From frame to frame, as the page itself sees it, while `act` goes on.
async function frames(page, what, act) {
  await page.evaluate(() => {
    const times = [];
    const seen = { times, on: true };
    window.framesSeen = seen;
    const next = (time) => {
      times.push(time);
      if (seen.on) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
  await act();
  const times = await page.evaluate(() => {
    window.framesSeen.on = false;
    return window.framesSeen.times;
  });
  const deltas = times.slice(1).map((time, index) => time - times[index]);
  told(`${what}, from frame to frame`, deltas);
  const late = deltas.filter((delta) => delta > 34).length;
  console.log(`  ${late} of ${deltas.length} frames came two or more too late`);
}

async function moves(page, what) {
  const box = await page.getByTestId("timeline").boundingBox();
  const [y, axis] = [box.y + box.height * 0.5, box.y + box.height - 22];
  await page.mouse.move(box.x + box.width * 0.5, y);
  for (let n = 0; n < 6; n += 1) await page.mouse.wheel(0, -200);
  await page.waitForTimeout(1_000);
  await frames(page, `panning, ${what}`, async () => {
    await page.mouse.move(box.x + box.width * 0.5, axis);
    await page.mouse.down();
    for (let n = 0; n < 240; n += 1)
      await page.mouse.move(box.x + box.width * (0.5 + 0.4 * Math.sin(n / 20)), axis);
    await page.mouse.up();
  });
  await frames(page, `zooming, ${what}`, async () => {
    await page.mouse.move(box.x + box.width * 0.6, y);
    for (let n = 0; n < 160; n += 1) await page.mouse.wheel(0, n % 80 < 40 ? -40 : 40);
  });
}

// How long the server takes to answer what the page asks, as the page's own fetch sees it.
async function answers(page, what, addresses) {
  const times = await page.evaluate(async (list) => {
    const out = [];
    for (const address of list) {
      const begin = performance.now();
      const answer = await fetch(address);
      await answer.text();
      if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
      out.push(performance.now() - begin);
    }
    return out;
  }, addresses);
  told(what, times);
}

// As the page asks: paths by themselves.
const kFacets = "status,method,host,response_type,state,whisperer,identity,client_ip,server_ip";

try {
  const { store: held } = await spider.api("status?time=us");
  const { communications } = await spider.api("timeline?buckets=1&split=none");
  console.log(`${communications} communications`);
  const { page, close } = await openPage(browser, { width: 1_280, height: 720, motion: true });
  const begin = Date.now();
  await page.goto(`${spider.url}/?from=${iso(held.first_us)}&to=${iso(held.last_us)}`);
  await page.getByTestId("row").first().waitFor();
  console.log(`first row on the screen after ${Date.now() - begin} ms`);
  const paint = await page.evaluate(
    () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
  );
  console.log(`first paint of something to read after ${paint?.toFixed(0)} ms`);
  await page.waitForTimeout(1_500);
  await moves(page, "bars by status");
  await page.waitForTimeout(1_000);
  await frames(page, "scrolling the list", async () => {
    const list = await page.getByTestId("list").boundingBox();
    await page.mouse.move(list.x + list.width / 2, list.y + list.height / 2);
    for (let n = 0; n < 200; n += 1) await page.mouse.wheel(0, 240);
  });
  await page.goto(
    `${spider.url}/?from=${iso(held.first_us)}&to=${iso(held.last_us)}&stack=template`,
  );
  await page.getByTestId("row").first().waitFor();
  await page.waitForTimeout(5_000);
  await moves(page, "bars by template");
  const span = held.last_us - held.first_us;
  const windows = Array.from({ length: 5 }, (_, n) => {
    const from = Math.round(held.first_us + (span * n) / 6);
    return `from=${from}&to=${Math.round(from + span / 100)}`;
  });
  const facets = (w) => `/api/v1/facets?${w}&fields=${kFacets}&time=us`;
  const paths = (w) => `/api/v1/facets?${w}&fields=path&time=us`;
  await answers(page, "nine fields' values of a hundredth of the time", windows.map(facets));
  await answers(page, "paths of a hundredth of the time", windows.map(paths));
  const all = `from=${held.first_us}&to=${held.last_us + 1}`;
  await answers(page, "nine fields' values of all", Array(5).fill(facets(all)));
  await answers(page, "paths of all", Array(3).fill(paths(all)));
  const bars = `/api/v1/timeline?${all}&bucket=10m&split=host&time=us`;
  await answers(page, "bars by host of all", Array(5).fill(bars));
  const typed = ["ho", "host:", "host:a", "status:", "method:", "path:/", "uri:"];
  const complete = typed.map((q) => `/api/v1/complete?q=${encodeURIComponent(q)}&${all}`);
  await answers(page, "completion", [...complete, ...complete]);
  await close();
} finally {
  await browser.close();
  await spider.stop();
}
