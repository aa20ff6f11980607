// Makes the picture of the quality line after a spike, light and dark, from the store that
// `SPIKE_STORE=FOLDER tests/system/run.py test_spike` left in that folder:
//
//     SPIDER_BIN=build/release/spider SPIKE_STORE=FOLDER node web/scripts/spike_picture.mjs

import { cpSync } from "node:fs";
import { join } from "node:path";
import { launch, openPage } from "../tests/support/browser.mjs";
import { kRoot, Spider, temporaryFolder } from "../tests/support/spider.mjs";

const given = process.env["SPIKE_STORE"];
if (given === undefined) throw new Error("SPIKE_STORE names the folder of the store");

const temporary = temporaryFolder("spike");
const store = join(temporary.folder, "data");
cpSync(given, store, { recursive: true });
const spider = await Spider.start({ whisperers: [], store });
const browser = await launch();
try {
  const { items } = await spider.api("quality?bucket=1m&whisperer=wire");
  const iso = (us) => new Date(us / 1_000).toISOString();
  const from = items[0].start_us;
  const last = items[items.length - 1].end_us;
  for (const scheme of ["light", "dark"]) {
    const { page, close } = await openPage(browser, { width: 1_360, height: 620, scheme });
    await page.goto(`${spider.url}/?whisperer=wire&from=${iso(from)}&to=${iso(last)}`);
    await page.getByTestId("row").first().waitFor();
    await page.mouse.move(5, 300);
    await page.waitForTimeout(500);
    const file = `quality-spike-${scheme}.png`;
    await page.screenshot({ path: join(kRoot, "docs", "images", file) });
    console.log(`docs/images/${file}`);
    await close();
  }
} finally {
  await browser.close();
  await spider.stop();
  temporary.remove();
}
