// The page without data, and with a server that went away: each state says the next step.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, openPage, shot } from "../support/browser.mjs";
import { writeHostile } from "../support/shop.mjs";
import { Spider, temporaryFolder } from "../support/spider.mjs";

let browser;

before(async () => {
  browser = await launch();
});

after(() => browser?.close());

test("an empty store says how to capture and how to import", async () => {
  const spider = await Spider.start({ whisperers: [{ name: "files", type: "UPLOAD" }] });
  const { page, troubles, close } = await openPage(browser);
  await page.goto(`${spider.url}/`);
  const empty = page.getByTestId("empty-store");
  await empty.waitFor();
  assert.match(await empty.textContent(), /spider import --config spider\.toml --whisperer files/);
  await shot(page, "empty-light");
  await page.emulateMedia({ colorScheme: "dark" });
  await shot(page, "empty-dark");
  assert.deepEqual(troubles, []);
  await close();
  assert.equal(await spider.stop(), 0, "a stopped spider ends well");
});

test("a wrong whisperer is named with its reason, the page works on", async () => {
  const spider = await Spider.start({
    whisperers: [{ name: "dmz", type: "INTERFACE", interface: "nosuch7" }],
  });
  const { page, close } = await openPage(browser);
  await page.goto(`${spider.url}/`);
  await page.getByTestId("whisperers").click();
  assert.match(await page.getByTestId("whisperer").first().textContent(), /nosuch7/);
  await shot(page, "wrong-whisperer-light");
  await page.keyboard.press("Escape");
  await page.getByTestId("mend").click();
  await page.getByTestId("set-interface").waitFor();
  assert.equal(await page.getByTestId("set-interface").inputValue(), "nosuch7");
  await close();
  await spider.stop();
});

test("a server that goes away is said, and what was shown stays", async () => {
  const spider = await Spider.start({ whisperers: [{ name: "files", type: "UPLOAD" }] });
  const { page, close } = await openPage(browser);
  await page.goto(`${spider.url}/`);
  await page.getByTestId("empty-store").waitFor();
  await spider.stop();
  await page.getByTestId("failure-banner").first().waitFor();
  assert.match(await page.getByTestId("failure-banner").first().textContent(), /does not answer/);
  await page.getByTestId("timeline").waitFor();
  await shot(page, "unreachable-light");
  await close();
});

test("while live, an old import is said to be elsewhere, and one click goes there", async () => {
  const { folder, remove } = temporaryFolder("old");
  const file = join(folder, "old.pcap");
  writeHostile(file);
  const spider = await Spider.start({
    whisperers: [
      { name: "live", type: "INTERFACE", interface: "lo", filter: "tcp port 9" },
      { name: "files", type: "UPLOAD" },
    ],
    imports: [{ file, whisperer: "files" }],
  });
  remove();
  const { page, troubles, close } = await openPage(browser);
  await page.goto(`${spider.url}/`);
  const empty = page.getByTestId("empty-range");
  await empty.getByText(/; 3 communications are stored from 2026-03-10 /).waitFor();
  await shot(page, "elsewhere-light");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 400, height: 800 });
  await shot(page, "elsewhere-narrow-dark");
  await empty.getByRole("button", { name: "Go there" }).click();
  await page.getByTestId("row").nth(2).waitFor();
  assert.equal(await page.getByTestId("live").getAttribute("aria-pressed"), "false");
  assert.deepEqual(troubles, []);
  await close();
  await spider.stop();
});

test("while Spider does not answer nothing is called live, and it is again after", async () => {
  const spider = await Spider.start({
    whisperers: [{ name: "live", type: "INTERFACE", interface: "lo", filter: "tcp port 9" }],
  });
  const { page, close } = await openPage(browser);
  await page.goto(`${spider.url}/`);
  await page.getByText("1 capturing").waitFor();
  await page
    .getByText(/live: capturing, since/)
    .first()
    .waitFor({ state: "attached" });
  spider.process.kill("SIGSTOP"); // hangs: its sockets stay open
  try {
    await page.getByText(/^No answer since \d\d:\d\d:\d\d$/).waitFor();
    assert.equal(await page.locator(".dot.is-good, .dot.is-live").count(), 0);
    const said = await page.locator("body").innerText();
    assert.doesNotMatch(said, /Failed to fetch|[0-9] capturing|it lasts|· live/);
    assert.match(said, /live: capturing, since .* until .*, when Spider last answered/);
    assert.equal(await page.getByTestId("failure-banner").count(), 1);
    await shot(page, "silent-light");
    await page.emulateMedia({ colorScheme: "dark" });
    await shot(page, "silent-dark");
    await page.setViewportSize({ width: 400, height: 800 });
    await shot(page, "silent-narrow");
  } finally {
    spider.process.kill("SIGCONT");
  }
  await page.getByText("1 capturing").waitFor();
  await page.getByTestId("failure-banner").waitFor({ state: "detached" });
  await close();
  await spider.stop();
});

test("a view that is opened while Spider is away comes when Spider is back", async () => {
  const spider = await Spider.start({ whisperers: [{ name: "files", type: "UPLOAD" }] });
  const { page, close } = await openPage(browser);
  let away = false;
  // What the page would load by itself while it rests is kept from it, too.
  await page.route(/View-|viewData-|\/api\//, (route) =>
    away || /View/.test(route.request().url()) ? route.abort() : route.fallback(),
  );
  await page.goto(`${spider.url}/`);
  await page.getByTestId("empty-store").waitFor();
  away = true;
  await page.getByTestId("view-sequence").click();
  await page.getByTestId("failure").getByText("Spider does not answer").waitFor();
  await page.getByTestId("timeline").waitFor();
  await page.unroute(/View-|viewData-|\/api\//);
  await page.getByTestId("sequence").waitFor();
  const styles = () =>
    [...document.querySelectorAll("link[rel=stylesheet]")].map(
      ({ sheet }) => sheet.cssRules.length,
    );
  assert.equal((await page.evaluate(styles)).includes(0), false, "each sheet has rules");
  await close();
  await spider.stop();
});

test("a problem of the server is told in its words", async () => {
  const spider = await Spider.start({ whisperers: [{ name: "files", type: "UPLOAD" }] });
  const { page, close } = await openPage(browser);
  await page.goto(`${spider.url}/?open=1-17c2f0a4b6d3e800-2a-0`);
  const failure = page.getByTestId("failure");
  await failure.waitFor();
  const answer = await fetch(`${spider.url}/api/v1/http-communications/1-17c2f0a4b6d3e800-2a-0`);
  const problem = await answer.json();
  assert.equal(answer.status, 404);
  const text = await failure.textContent();
  assert.ok(text.includes("It is not stored") && text.includes(problem.detail), text);
  await shot(page, "problem-light");
  await close();
  await spider.stop();
});

test("the policy of the page allows scripts and styles of its own alone", async () => {
  const spider = await Spider.start({ whisperers: [{ name: "files", type: "UPLOAD" }] });
  const answer = await fetch(`${spider.url}/`);
  const policy = answer.headers.get("content-security-policy") ?? "";
  assert.match(policy, /script-src 'self'/);
  assert.match(policy, /style-src 'self'/);
  assert.doesNotMatch(policy, /unsafe/);
  const { page, troubles, close } = await openPage(browser);
  await page.goto(`${spider.url}/`);
  await page.getByTestId("empty-store").waitFor();
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.__inline = 1";
    document.body.append(script);
    return window.__inline;
  });
  assert.equal(ran, undefined);
  assert.ok(troubles.some((trouble) => /Content Security Policy/.test(trouble)));
  await close();
  await spider.stop();
});
