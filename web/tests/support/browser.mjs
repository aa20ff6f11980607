// Debian's Chromium, driven by playwright-core. Every page is watched: a script error, a refused
// resource or a request that leaves loopback fails the test that opened it.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { kRoot } from "./spider.mjs";

export const kShots = join(kRoot, "build", "screenshots");

export async function launch() {
  return chromium.launch({
    executablePath: process.env["SPIDER_CHROMIUM"] ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

// SPIDER_E2E_SLOW_MS=500 holds each question back for up to half a second: what a test reads before
// the answer is there is seen on a quick machine, too.
const kSlowMs = Number(process.env["SPIDER_E2E_SLOW_MS"] ?? 0);

export async function openPage(browser, options = {}) {
  const { width = 1_440, height = 900, scheme = "light", scale = 1 } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    deviceScaleFactor: scale,
    locale: "en-GB",
    timezoneId: options.zone ?? "Europe/Berlin",
    reducedMotion: options.motion === true ? "no-preference" : "reduce",
  });
  context.setDefaultTimeout(15_000);
  if (kSlowMs > 0)
    await context.route("**/api/v1/**", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * kSlowMs));
      await route.continue().catch(() => undefined); // cancelled meanwhile
    });
  const page = await context.newPage();
  const troubles = [];
  page.on("pageerror", (error) => troubles.push(`script error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") troubles.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    const local = url.hostname === "127.0.0.1" || ["blob:", "data:"].includes(url.protocol);
    if (!local) troubles.push(`left loopback: ${request.url()}`);
  });
  return { page, troubles, close: () => context.close() };
}

export async function shot(page, name) {
  mkdirSync(kShots, { recursive: true });
  await page.screenshot({ path: join(kShots, `${name}.png`) });
}
