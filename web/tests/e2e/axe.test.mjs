// Accessibility of every view, by axe-core: WCAG 2.2 A and AA and best practices, light and dark.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { writeShop } from "../support/shop.mjs";
import { kIso, setStage, windowOf } from "../support/stage.mjs";

const kAxe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const { spider, written, open } = await setStage({
  shop: (file) => writeShop(file, { perMinute: 20 }),
});
const { shop } = written;

// The policy of the page lets no script in, which is right: the browser's debugger brings it.
async function faults(page) {
  await page.evaluate(kAxe);
  const { violations, passes } = await page.evaluate(() =>
    window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      resultTypes: ["violations", "passes"],
    }),
  );
  assert.ok(passes.length > 15, `axe looked at ${passes.length} rules`);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help} at ${node.target.join(" ")} (${node.failureSummary})`),
  );
}

const kViews = {
  "the page": async () => undefined,
  "a selection and details": async (page) => {
    await page.getByTestId("row").first().click();
    await page.getByTestId("timing").waitFor();
  },
  "the response": async (page) => {
    await page.getByRole("tab", { name: /Response/ }).click();
    // In a low window they are folded; unfolded there is more to look at.
    const fold = page.getByTestId("head-fold");
    await fold.or(page.getByTestId("headers").first()).first().waitFor();
    if ((await fold.getAttribute("aria-expanded", { timeout: 2_000 }).catch(() => "")) === "false")
      await fold.click();
    await page.getByTestId("headers").first().waitFor();
  },
  "the session": async (page) => {
    await page.getByRole("tab", { name: "TCP session" }).click();
    await page.getByTestId("session").waitFor();
  },
  "the menu of the timeline": async (page) => {
    await page.getByTestId("timeline-menu").click();
  },
  "the time in words": async (page) => {
    await page.keyboard.press("Escape");
    await page.getByTestId("time").click();
    await page.getByTestId("time-input").fill("half past tea");
  },
  "the whisperers": async (page) => {
    await page.keyboard.press("Escape");
    await page.getByTestId("whisperers").click();
  },
  "the map of the keys": async (page) => {
    await page.keyboard.press("Escape");
    await page.getByTestId("keys").click();
  },
  "the command palette": async (page) => {
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await page.getByTestId("palette-input").fill("stack");
  },
  "the search box, what it offers and what is wrong": async (page) => {
    await page.keyboard.press("Escape");
    await page.getByTestId("search").fill("statsu:5xx ho");
    await page.getByTestId("search-problem").waitFor();
  },
  "the offers of completion": async (page) => {
    await page.getByTestId("search").fill("");
    await page.getByTestId("search").pressSequentially("host:");
    await page
      .getByRole("option", { name: /internal/ })
      .first()
      .waitFor();
  },
  "the values beside the list": async (page) => {
    await page.keyboard.press("Escape");
    await page.goto(`${spider.url}/${windowOf(shop)}`);
    await page.getByTestId("row").first().waitFor();
    await page.getByTestId("facets-button").click();
    await page.locator(".facet-value").first().waitFor();
  },
  "a search through headers": async (page) => {
    await page.goto(`${spider.url}/${windowOf(shop)}&q=header.host:*`);
    await page.getByTestId("search-progress").waitFor();
    await page.getByTestId("row").first().waitFor();
  },
  "no match": async (page) => {
    await page.keyboard.press("Escape");
    await page.goto(`${spider.url}/?uri=nothing-like-this`);
    await page.getByTestId("empty-range").waitFor();
  },
};

for (const scheme of ["light", "dark"]) {
  for (const [width, height] of [
    [1_280, 720],
    [400, 800],
  ]) {
    test(`axe finds no fault in ${scheme} colours at ${width} pixels`, async () => {
      const select = `${kIso(shop.start + 600e6)}~${kIso(shop.end - 600e6)}`;
      const search = `${windowOf(shop)}&select=${select}`;
      const { page, troubles, close } = await open(search, { width, height, scheme });
      const found = [];
      const small = width < 640;
      for (const [view, go] of Object.entries(kViews)) {
        // In a narrow window the details cover the page, and its buttons with it.
        const covered = ["the menu of the timeline", "the time in words", "the whisperers"];
        if (
          small &&
          (covered.includes(view) || /map of|search box|offers of|values beside/.test(view))
        )
          continue;
        await go(page);
        for (const fault of await faults(page)) found.push(`${view}: ${fault}`);
      }
      assert.deepEqual(found, []);
      assert.deepEqual(troubles, []);
      await close();
    });
  }
}
