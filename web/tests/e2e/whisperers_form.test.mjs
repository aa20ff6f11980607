// Whisperers made, mended, stopped, started and changed on the page of the real binary, and the
// file winning again.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, openPage, shot } from "../support/browser.mjs";
import { Spider, temporaryFolder, until } from "../support/spider.mjs";

const kAxe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const temporary = temporaryFolder("forms");
let browser, spider;

before(async () => {
  spider = await Spider.start({
    whisperers: [
      { name: "live", type: "INTERFACE", interface: "lo", filter: "tcp port 9" },
      { name: "files", type: "UPLOAD" },
    ],
  });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await spider?.stop();
  temporary.remove();
});

const address = (name) => `${spider.url}/?page=whisperers&name=${name}`;
const stateOf = async (name) => (await spider.api(`whisperers/${name}`)).state;
const settingOf = async (whisperer, name) =>
  (await spider.api(`whisperers/${whisperer}`)).settings.find((entry) => entry.name === name);
// A problem that is asked for is in the console of the browser; nothing else may be.
const unexpected = (troubles) => troubles.filter((trouble) => !/status of 422/.test(trouble));

async function faults(page) {
  await page.evaluate(kAxe);
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`));
}

test("a whisperer with a wrong filter is not made until the filter is mended", async () => {
  const { page, troubles, close } = await openPage(browser);
  await page.goto(address("live"));
  await page.getByTestId("settings").waitFor();
  await page.keyboard.press("n");
  await page.getByTestId("new-name").fill("edge");
  await page.getByTestId("new-interface").fill("lo");
  await page.getByTestId("new-filter").fill("tcp prot 80");
  await page.getByTestId("create").click();
  const filter = page.getByTestId("new-filter");
  await page.locator('[data-testid="new-filter"][aria-invalid="true"]').waitFor();
  assert.equal((await fetch(`${spider.url}/api/v1/whisperers/edge`)).status, 404);
  await shot(page, "whisperer-new-wrong");
  assert.deepEqual(await faults(page), []);
  await filter.fill("tcp port 9");
  await page.getByTestId("create").click();
  await page.getByRole("heading", { name: "edge" }).waitFor();
  await until("edge captures", async () => (await stateOf("edge")) === "capturing", 20_000);
  await page.getByTestId("state").getByText("capturing").waitFor();
  assert.match(page.url(), /name=edge/);
  await page.getByTestId("remove").click();
  await page.getByTestId("remove-yes").click();
  await page.getByTestId("only-stored").waitFor();
  assert.equal((await spider.api("whisperers/edge")).settings.length, 0);
  await shot(page, "whisperer-only-stored");
  assert.deepEqual(unexpected(troubles), []);
  await close();
});

test("it is stopped and started, and others do not notice", async () => {
  const { page, troubles, close } = await openPage(browser);
  await page.goto(address("live"));
  await page.getByTestId("state").getByText("capturing").waitFor();
  await page.getByTestId("stop").click();
  await page.getByTestId("state").getByText("stopped").waitFor();
  await until("it stops", async () => (await stateOf("live")) === "stopped", 20_000);
  await shot(page, "whisperer-stopped");
  await page.getByTestId("start").click();
  await page.getByTestId("state").getByText("capturing").waitFor();
  assert.equal((await spider.api("whisperers/live")).stopped_by_hand, false);
  assert.deepEqual(troubles, []);
  await close();
});

test("a change is marked beside what the file says, and the file can win again", async () => {
  const { page, troubles, close } = await openPage(browser);
  await page.goto(address("live"));
  await page.getByTestId("as-in-file").waitFor();
  await page.getByTestId("set-filter").fill("tcp prot 9");
  await page.locator('[data-testid="set-filter"][aria-invalid="true"]').waitFor();
  await page.getByTestId("set-snaplen").fill("12");
  await page.locator('[data-testid="set-snaplen"][aria-invalid="true"]').waitFor();
  assert.equal(await page.getByTestId("set-filter").getAttribute("aria-invalid"), "true");
  await shot(page, "whisperer-wrong-values");
  assert.deepEqual(await faults(page), []);
  assert.equal((await settingOf("live", "filter")).value, "tcp port 9");
  await page.getByTestId("set-filter").fill("tcp port 10");
  await page.getByTestId("set-snaplen").fill("128");
  await page.getByTestId("set-save_bodies").uncheck();
  await page.getByTestId("save").click();
  await page.getByTestId("differs").waitFor();
  assert.equal(await page.getByTestId("origin-filter").textContent(), "changed here");
  assert.match(await page.getByTestId("file-filter").textContent(), /The file says\s*tcp port 9/);
  assert.deepEqual(
    [await settingOf("live", "filter"), await settingOf("live", "snaplen")].map((s) => s.value),
    ["tcp port 10", 128],
  );
  await shot(page, "whisperer-changed");
  assert.deepEqual(await faults(page), []);
  await page.reload();
  await page.getByTestId("differs").waitFor();
  await page.getByTestId("revert-filter").click();
  await page.getByTestId("revert-filter").waitFor({ state: "detached" });
  assert.equal((await settingOf("live", "filter")).value, "tcp port 9");
  assert.equal((await settingOf("live", "snaplen")).value, 128);
  await page.getByTestId("file-wins").click();
  await page.getByTestId("as-in-file").waitFor();
  assert.equal((await settingOf("live", "snaplen")).origin, "default");
  assert.equal((await settingOf("live", "save_bodies")).value, true);
  assert.deepEqual(unexpected(troubles), []);
  await close();
});

test("an exported configuration makes the same whisperer under another name", async () => {
  const { page, troubles, close } = await openPage(browser);
  await page.goto(address("live"));
  await page.getByTestId("as-in-file").waitFor();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByTestId("export-json").click(),
  ]);
  assert.equal(download.suggestedFilename(), "live.json");
  const text = readFileSync(await download.path(), "utf8");
  const there = { name: "live", type: "INTERFACE", interface: "lo", filter: "tcp port 9" };
  assert.deepEqual(JSON.parse(text), there);
  const file = join(temporary.folder, "other.json");
  writeFileSync(file, JSON.stringify({ ...there, snaplen: 96 }));
  await page.getByTestId("import-new").setInputFiles(file);
  assert.equal(await page.getByTestId("new-name").inputValue(), "live-2");
  assert.match(await page.getByTestId("new-more").textContent(), /snaplen = 96/);
  await page.getByTestId("create").click();
  await page.getByRole("heading", { name: "live-2" }).waitFor();
  assert.equal((await settingOf("live-2", "snaplen")).value, 96);
  await shot(page, "whisperer-of-the-page");
  assert.deepEqual(unexpected(troubles), []);
  await close();
});

for (const scheme of ["light", "dark"]) {
  test(`axe finds no fault with the page in ${scheme} colours, wide and narrow`, async () => {
    for (const [width, height] of [
      [1_280, 720],
      [640, 360],
      [400, 800],
    ]) {
      const { page, troubles, close } = await openPage(browser, { width, height, scheme });
      await page.goto(address("live"));
      await page.getByTestId("settings").waitFor();
      assert.deepEqual(await faults(page), []);
      const over = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(over <= width, `${over} pixels wide in ${width}`);
      await shot(page, `whisperer-settings-${scheme}-${width}`);
      await page.getByRole("tab", { name: "Quality" }).click();
      await page
        .getByTestId(/^quality/)
        .first()
        .waitFor();
      assert.deepEqual(await faults(page), []);
      assert.deepEqual(troubles, []);
      await close();
    }
  });
}
