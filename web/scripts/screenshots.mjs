// Makes the pictures of the documents from the real binary: `npm run screenshots`, with SPIDER_BIN
// naming the binary. The data is invented (tests/support/shop.mjs), the page is not.

import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { launch, openPage } from "../tests/support/browser.mjs";
import { kShopStart, writeShop } from "../tests/support/shop.mjs";
import { kRoot, Spider, temporaryFolder } from "../tests/support/spider.mjs";

const kBytesMax = 300_000;
const images = join(kRoot, "docs", "images");
mkdirSync(images, { recursive: true });

const temporary = temporaryFolder("pictures");
const capture = join(temporary.folder, "shop.pcap");
const shop = writeShop(capture, { perMinute: 340 });
const spider = await Spider.start({
  whisperers: [{ name: "shop", type: "UPLOAD" }],
  imports: [{ file: capture, whisperer: "shop" }],
});
const browser = await launch();

const iso = (us) => new Date(us / 1_000).toISOString();

async function picture(name, scheme) {
  const { page, close } = await openPage(browser, { width: 1_360, height: 820, scheme });
  const select = `${iso(kShopStart + 41 * 60e6)}~${iso(kShopStart + 45 * 60e6)}`;
  const search = `?from=${iso(shop.start)}&to=${iso(shop.end)}&select=${select}`;
  await page.goto(`${spider.url}/${search}`);
  await page.getByTestId("row").first().waitFor();
  await page.locator('[data-testid="row"].is-5xx').first().click();
  await page.getByTestId("timing").waitFor();
  await page.getByRole("tab", { name: /Response/ }).click();
  await page.getByTestId("body-text").waitFor();
  await page.mouse.move(5, 300);
  await page.waitForTimeout(500);
  const path = join(images, name);
  await page.screenshot({ path });
  await close();
  const { size } = statSync(path);
  console.log(`docs/images/${name}: ${size} bytes`);
  if (size > kBytesMax) throw new Error(`${name} is larger than ${kBytesMax} bytes`);
}

try {
  await picture("timeline.png", "light");
  await picture("timeline-dark.png", "dark");
} finally {
  await browser.close();
  await spider.stop();
  temporary.remove();
}
