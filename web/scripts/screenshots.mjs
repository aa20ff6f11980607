// Makes the pictures of the documents from the real binary, every view in light and dark: `npm run
// screenshots`, with SPIDER_BIN naming the binary; with names as arguments, only those. The data is
// invented (tests/support), the page is not.

import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { launch, openPage } from "../tests/support/browser.mjs";
import { kCasesStart, writeCases } from "../tests/support/cases.mjs";
import { kShopStart, writeShop } from "../tests/support/shop.mjs";
import { kRoot, Spider, temporaryFolder } from "../tests/support/spider.mjs";

const kBytesMax = 300_000;
const images = join(kRoot, "docs", "images");
mkdirSync(images, { recursive: true });

const temporary = temporaryFolder("pictures");
const file = (name) => join(temporary.folder, `${name}.pcap`);
const shop = writeShop(file("shop"), { perMinute: 340 });
writeCases(file("cases"), { json: 2_000_000 });
const spider = await Spider.start({
  whisperers: [
    { name: "shop", type: "UPLOAD" },
    { name: "cases", type: "UPLOAD", save_packets: true, body_max_bytes: 40_000_000 },
  ],
  imports: ["shop", "cases"].map((name) => ({ file: file(name), whisperer: name })),
});
const { items } = await spider.api("http-communications?whisperer=cases&limit=100&sort=start");
const idOf = (path) => items.find((item) => item.path.startsWith(path)).id;
const profiles = items.filter(({ path }) => path === "/api/profile").map(({ id }) => id);
const browser = await launch();

const iso = (us) => new Date(us / 1_000).toISOString();
const minute = (n) => iso(kShopStart + n * 60e6);
const hour = `?from=${iso(shop.start)}&to=${iso(shop.end)}`;
const outage = `${hour}&select=${minute(41)}~${minute(45)}`;
const cases = `?whisperer=cases&from=${iso(kCasesStart)}&to=${iso(kCasesStart + 22e6)}`;
const orders = `?whisperer=cases&from=${iso(kCasesStart + 60e6)}&to=${iso(kCasesStart + 66e6)}`;

// Each: address, and what has to be there; `act` does what a visitor does before looking.
const kPictures = {
  search: {
    search: `${hour}&whisperer=shop`,
    ready: "row",
    act: async (page) => {
      await page.getByTestId("search").fill("");
      await page.getByTestId("search").pressSequentially("status:>=500 host:");
      await page
        .getByRole("option", { name: /internal/ })
        .first()
        .waitFor();
    },
  },
  timeline: {
    search: `${outage}&whisperer=shop`,
    ready: "row",
    act: async (page) => {
      await page.locator('[data-testid="row"].is-5xx').first().click();
      await page.getByTestId("timing").waitFor();
      await page.getByRole("tab", { name: /Response/ }).click();
      await page.getByTestId("body-text").waitFor();
    },
  },
  timing: { search: `${cases}&open=${idOf("/lossy")}`, ready: "timing" },
  headers: { search: `${cases}&open=${idOf("/account")}&tab=request`, ready: "basic" },
  json: { search: `${cases}&open=${idOf("/big")}&tab=response`, ready: "json-tree" },
  preview: {
    search: `${cases}&open=${idOf("/account")}&tab=response&body=browser`,
    ready: "preview",
  },
  packets: {
    search: `${cases}&open=${idOf("/lossy")}&tab=session`,
    ready: "seq-plot",
    act: async (page) => {
      const again = page.getByTestId("packets").getByRole("option").filter({ hasText: "again" });
      await again.first().click();
      await page.getByTestId("packet-bytes").waitFor();
      await page.locator(".seq").evaluate((element) => element.scrollIntoView());
    },
  },
  statistics: {
    search: `${hour}&whisperer=shop&view=statistics&group=host,method`,
    ready: "totals",
  },
  sequence: { search: `${orders}&view=sequence&scale=log`, ready: "seq-call" },
  waterfall: {
    search: `?whisperer=shop&from=${minute(41)}&to=${minute(41.5)}&view=waterfall`,
    ready: "fall-bar",
  },
  sessions: {
    search: `?whisperer=cases&from=${iso(kCasesStart)}&to=${iso(kCasesStart + 66e6)}&view=sessions`,
    ready: "session-row",
    act: async (page) => {
      await page.getByTestId("session-row").nth(2).click();
      await page.getByTestId("session-pane").waitFor();
    },
  },
  compare: {
    search: `?whisperer=cases&view=compare&ids=${profiles.join(",")}`,
    ready: "json-diff",
  },
  templates: { search: `${hour}&whisperer=shop&stack=template&facets=1`, ready: "row" },
  live: { search: "?live=60", ready: "live" },
  settings: { search: "?page=whisperers&name=cases", ready: "settings" },
  quality: {
    search: `?page=whisperers&name=shop&part=quality&from=${iso(shop.start)}&span=hour`,
    ready: "quality-row",
  },
  uploads: { search: "?page=whisperers&name=shop&part=uploads", ready: "upload-row" },
  kept: { search: "?page=whisperers&name=shop&part=data", ready: "kept" },
  nothing: {
    search: `${hour}&whisperer=shop&q=${encodeURIComponent("status:418")}`,
    ready: "empty-range",
  },
  mistake: { search: `${hour}&q=${encodeURIComponent("status:>>500")}`, ready: "failure" },
  keys: {
    search: `${hour}&whisperer=shop`,
    ready: "row",
    act: async (page) => {
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
    },
  },
  laptop: { search: `${hour}&whisperer=shop`, ready: "row", width: 1_280, height: 720 },
  narrow: { search: `${hour}&whisperer=shop`, ready: "row", width: 640, height: 360, scale: 2 },
};

async function picture(name, { search, ready, act, ...size }, scheme) {
  const options = { width: 1_360, height: 820, ...size, scheme };
  const { page, close } = await openPage(browser, options);
  await page.goto(`${spider.url}/${search}`);
  await page.getByTestId(ready).first().waitFor();
  await act?.(page);
  await page.mouse.move(5, 300);
  await page.waitForTimeout(500);
  const file = `${name}${scheme === "dark" ? "-dark" : ""}.png`;
  const path = join(images, file);
  await page.screenshot({ path });
  await close();
  const { size: bytes } = statSync(path);
  console.log(`docs/images/${file}: ${bytes} bytes`);
  if (bytes > kBytesMax) throw new Error(`${file} is larger than ${kBytesMax} bytes`);
}

const wanted = process.argv.slice(2);
try {
  for (const [name, what] of Object.entries(kPictures)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    for (const scheme of ["light", "dark"]) await picture(name, what, scheme);
  }
} finally {
  await browser.close();
  await spider.stop();
  temporary.remove();
}
