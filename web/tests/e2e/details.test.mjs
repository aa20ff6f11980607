// The details of a communication in a browser: a body of 20 MB, a captured page that would like to
// run and to fetch, copies that go to the clipboard, packets, the address that holds all of it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, openPage, shot } from "../support/browser.mjs";
import { kCasesStart, writeCases } from "../support/cases.mjs";
import { Spider, temporaryFolder } from "../support/spider.mjs";

const kAxe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let spider, browser, temporary, ids;

before(async () => {
  temporary = temporaryFolder("cases");
  const file = join(temporary.folder, "cases.pcap");
  writeCases(file);
  spider = await Spider.start({
    whisperers: [{ name: "cases", type: "UPLOAD", save_packets: true, body_max_bytes: 40_000_000 }],
    imports: [{ file, whisperer: "cases" }],
  });
  const { items } = await spider.api("http-communications?whisperer=cases&limit=100&sort=start");
  ids = new Map(items.map((item) => [item.path.split("?")[0], item.id]));
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await spider?.stop();
  temporary?.remove();
});

async function open(path, rest, options) {
  const opened = await openPage(browser, options);
  await opened.page.goto(`${spider.url}/?open=${ids.get(path)}${rest}`);
  await opened.page.getByTestId("detail").waitFor();
  return opened;
}

async function faults(page) {
  await page.evaluate(kAxe);
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join("\n")}`);
}

test("a JSON body of 20 MB opens without a stop of the page, folds, names its paths", async () => {
  const { page, troubles, close } = await open("/big.json", "&tab=summary");
  // The longest time in which the page answered nothing, by a timer of its own.
  await page.evaluate(() => {
    window.__longest = 0;
    let last = performance.now();
    setInterval(() => {
      const now = performance.now();
      window.__longest = Math.max(window.__longest, now - last);
      last = now;
    }, 5);
  });
  const start = Date.now();
  await page.getByRole("tab", { name: /Response/ }).click();
  await page.getByTestId("json-tree").waitFor({ timeout: 60_000 });
  const shown = Date.now() - start;
  const longest = await page.evaluate(() => window.__longest);
  console.log(
    `20 MB of JSON: shown after ${shown} ms, the page stopped for ${Math.round(longest)} ms`,
  );
  assert.ok(longest < 1_500, `the page stopped for ${longest} ms`);
  const tree = page.getByTestId("body-text");
  await tree.getByText("87696").waitFor();
  await page.evaluate(() => (window.__longest = 0));
  await page.getByRole("button", { name: "Open all" }).click();
  await tree.focus();
  await page.keyboard.press("End");
  await page.waitForFunction(() =>
    document.querySelector('[data-testid="json-path"]').textContent.endsWith("[87695].text"),
  );
  await tree.getByText('"Item 87695').waitFor();
  const opening = await page.evaluate(() => window.__longest);
  console.log(`all of it opened, its end in sight: stopped for ${Math.round(opening)} ms`);
  assert.ok(opening < 1_500, `the page stopped for ${opening} ms`);
  await page.keyboard.press("ArrowLeft");
  assert.equal(await page.getByTestId("json-path").textContent(), "$.items[87695]");
  await page.keyboard.press("ArrowLeft");
  await tree.getByText("6 keys").waitFor();
  await shot(page, "json-20mb-light");
  assert.deepEqual(troubles, []);
  await close();
});

test("a captured page is shown without running, loading or leading anywhere", async () => {
  const { page, troubles, close } = await open("/account", "&tab=response&body=browser");
  const asked = [];
  const answered = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("response", (response) => answered.push(response.url()));
  const frame = page.frameLocator('[data-testid="preview"]');
  await frame.locator("#said").waitFor();
  const look = (selector, name) =>
    frame.locator(selector).evaluate((element, key) => getComputedStyle(element)[key], name);
  assert.equal(await look("#said", "color"), "rgb(180, 20, 60)"); // its own style sheet
  assert.equal(await look(".card", "color"), "rgb(10, 90, 60)"); // its own style
  assert.equal(await frame.locator("img[src^='data:image/png']").count(), 1);
  assert.equal(await frame.locator("script, iframe, object, video, [onload], [href]").count(), 0);
  await frame.getByText("try again").click();
  await frame.getByText("home").click();
  await frame.getByRole("button", { name: "Send" }).click();
  await page.waitForTimeout(400);
  assert.deepEqual(
    asked.filter((url) => /leak/.test(url)),
    [],
  );
  // Even what gets past the copying is refused by the frame itself.
  const refused = await page.evaluate(async () => {
    const { contentDocument: inner } = document.querySelector('[data-testid="preview"]');
    const blocked = [];
    inner.addEventListener("securitypolicyviolation", (event) =>
      blocked.push(`${event.effectiveDirective} ${event.blockedURI}`),
    );
    const script = inner.createElement("script");
    script.textContent = "window.top.__owned = 30";
    const picture = inner.createElement("img");
    picture.src = "/api/v1/status?leak-forced";
    const handler = inner.createElement("div");
    handler.setAttribute("onclick", "window.top.__owned = 31");
    const away = inner.createElement("a");
    away.href = "javascript:void(window.top.__owned = 32)";
    const sheet = inner.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = "/leak-forced.css";
    const deeper = inner.createElement("iframe");
    deeper.src = "/leak-forced-frame";
    inner.body.append(script, picture, handler, away, sheet, deeper);
    inner.head.append(sheet);
    handler.click();
    away.click();
    await new Promise((done) => setTimeout(done, 500));
    return blocked;
  });
  assert.ok(
    refused.some((text) => /^img-src /.test(text)),
    refused.join(),
  );
  assert.ok(
    refused.some((text) => /^style-src/.test(text)),
    refused.join(),
  );
  await page.waitForTimeout(400);
  assert.equal(await page.evaluate(() => window.__owned), undefined);
  assert.deepEqual(
    answered.filter((url) => /leak/.test(url)),
    [],
  );
  assert.equal(page.frames().length <= 3, true);
  const forced = /Refused|violates|Blocked script|sandboxed/;
  assert.deepEqual(
    troubles.filter((text) => !forced.test(text)),
    [],
  );
  await shot(page, "preview-light");
  await close();
});

test("showing a captured page makes the console say nothing", async () => {
  const { page, troubles, close } = await open("/account", "&tab=response&body=browser");
  await page.frameLocator('[data-testid="preview"]').locator("#said").waitFor();
  await page.waitForTimeout(300);
  assert.deepEqual(troubles, []);
  await close();
});

test("copied as curl, a request can be sent again word for word", async () => {
  const { page, troubles, close } = await open("/odd/'quotes'", "&tab=request");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByTestId("copy-menu").click();
  await page.getByTestId("copy-curl").click();
  await page.getByTestId("copy-curl").getByText("Copied").waitFor();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(text, /^curl /);
  assert.match(text, /--request 'PUT'/);
  // The shell itself says which words it sees.
  const words = execFileSync("sh", ["-c", `curl() { printf '%s\\0' "$@"; }\n${text}`])
    .toString()
    .split("\0");
  assert.ok(words.includes('X-Odd: it\'s "$HOME" `id` \\ !!'));
  assert.ok(words.includes('line one\nit\'s "two" $HOME `id` \\n\n\tünï 🕷\n'));
  await page.getByTestId("copy-har").click();
  await page.getByTestId("copy-har").getByText("Copied").waitFor();
  const har = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  assert.equal(har.request.method, "PUT");
  assert.match(har.request.postData.text, /^line one\n/);
  assert.match(har.response.content.text, /^<svg /);
  assert.deepEqual(troubles, []);
  await close();
});

test("credentials, cookies and the query are tables, the secret waits to be asked", async () => {
  const { page, troubles, close } = await open("/account", "&tab=request");
  assert.doesNotMatch(await page.getByTestId("detail").textContent(), /s3cret/);
  await page.getByTestId("basic").getByRole("button", { name: "Show" }).click();
  assert.equal(await page.getByTestId("secret").textContent(), "s3cret:word");
  assert.match(await page.getByTestId("pairs").first().textContent(), /qkühler kasten/);
  await shot(page, "headers-light");
  assert.deepEqual(await faults(page), []);
  assert.deepEqual(troubles, []);
  await close();
});

test("forms, parts, XML, pictures of drawings and broken JSON are each shown as such", async () => {
  const { page, troubles, close } = await open("/token/check", "&tab=request");
  await page.getByRole("tab", { name: "Form" }).waitFor();
  assert.match(await page.getByTestId("pairs").last().textContent(), /piñata🕷/u);
  assert.match(await page.getByTestId("jwt").textContent(), /subada/);
  await page.getByRole("tab", { name: /Response/ }).click();
  await page.getByTestId("body-text").getByText("deep").waitFor();
  await page.goto(`${spider.url}/?open=${ids.get("/photos")}&tab=request&body=parts`);
  await page.getByTestId("part").nth(2).waitFor();
  await page.getByTestId("part").nth(2).locator("img").waitFor();
  await shot(page, "parts-light");
  await page.goto(`${spider.url}/?open=${ids.get("/odd/'quotes'")}&tab=response&body=image`);
  await page.getByTestId("body-image").locator("img").waitFor();
  assert.equal(await page.evaluate(() => window.__owned), undefined);
  await page.goto(`${spider.url}/?open=${ids.get("/binary")}&tab=response`);
  await page.getByText("Not JSON: no value at byte 17.").waitFor();
  assert.deepEqual(troubles, []);
  await close();
});

for (const scheme of ["light", "dark"]) {
  test(`timing and packets tell what was sent again and what never came (${scheme})`, async () => {
    const { page, troubles, close } = await open("/lossy.bin", "", { scheme, height: 1_400 });
    const timing = page.getByTestId("timing");
    await timing.locator(".frieze-track .frieze-tick.is-gap").first().waitFor();
    assert.equal(await timing.locator(".frieze-track .frieze-tick.is-again").count(), 3);
    assert.equal(await timing.locator(".frieze-track .frieze-tick.is-gap").count(), 1);
    // What is noted behind a track does not make it shorter than its axis.
    const tracks = await timing
      .locator(".frieze-track, .frieze-axis")
      .evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().width)));
    assert.equal(new Set(tracks).size, 1, tracks.join());
    await shot(page, `timing-${scheme}`);
    assert.deepEqual(await faults(page), []);
    await page.getByRole("tab", { name: "TCP session" }).click();
    await page.getByTestId("seq-plot").waitFor();
    assert.equal(await page.locator(".seq-hole").count(), 1);
    assert.deepEqual(await page.getByTestId("packet-heads").locator("span").allTextContents(), [
      ...["No.", "Time", "From", "Flags", "Sequence", "Payload", "What"],
    ]);
    const cells = (n) =>
      page.getByTestId("packets").getByRole("option").nth(n).locator(":scope > span");
    assert.deepEqual((await cells(0).allTextContents()).slice(3), ["SYN", "0", "0", "opens"]);
    assert.equal((await cells(2).allTextContents())[4], "1");
    const tone = (part) =>
      part.evaluate((one) => getComputedStyle(one, "::before").backgroundColor);
    const drawn = (side) =>
      page
        .locator(`.seq-plot.is-${side} .seq-step.is-new`)
        .first()
        .evaluate((one) => {
          return getComputedStyle(one).stroke;
        });
    for (const side of ["client", "server"])
      assert.equal(await tone(page.getByText(`new from the ${side}`)), await drawn(side));
    const row = page.getByTestId("packets").getByRole("option").filter({ hasText: "sent again" });
    await row.first().click();
    await page.waitForURL(/packet=\d+/);
    await page.getByTestId("packet-bytes").waitFor();
    const marked = page.locator(".packet-hex-bytes .is-marked");
    await page.getByTestId("layer").filter({ hasText: "TCP" }).hover();
    assert.equal(await marked.count(), 20);
    await page.getByText("Sequence number").hover();
    assert.equal(await marked.count(), 4);
    const url = page.url();
    await page.reload();
    await page.getByTestId("packet-bytes").waitFor();
    assert.equal(page.url(), url);
    await page.locator(".seq-box").focus();
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction((old) => window.location.href !== old, url);
    await shot(page, `packets-${scheme}`);
    assert.deepEqual(await faults(page), []);
    assert.deepEqual(troubles, []);
    await close();
  });
}

test("a body with a hole says so, marks it in place, and blames nobody", async () => {
  const { page, troubles, close } = await open("/lossy.json", "&tab=response");
  const { response } = await spider.api(`http-communications/${ids.get("/lossy.json")}`);
  const [{ offset, length }] = response.holes;
  assert.deepEqual([response.holes.length, length, response.missing_bytes], [1, 1_448, 1_448]);
  const told = `1,448 bytes were never captured at byte ${offset.toLocaleString("en-US")}`;
  assert.match(
    await page.getByTestId("body-loss").textContent(),
    /1\.45 kB of this body were never captured, in the middle/,
  );
  await page.getByText(`Cannot be read as JSON: ${told}.`).waitFor();
  assert.equal(await page.getByText(/Not JSON/).count(), 0);
  assert.equal(await page.getByRole("tab", { name: "Pretty" }).count(), 0);
  const body = page.getByTestId("body-text");
  assert.equal(await body.getByTestId("hole").textContent(), told);
  // One line: one number.
  const numbers = await body.locator(".code-number").allTextContents();
  assert.deepEqual(numbers.filter(Boolean), ["1"]);
  await shot(page, "hole-light");
  assert.deepEqual(await faults(page), []);
  await page.getByRole("tab", { name: "Hex" }).click();
  await body.evaluate(
    (box, row) => {
      box.scrollTop = row * 18 - 40;
    },
    Math.floor(offset / 16),
  );
  const lines = body.locator(".code-line");
  await lines.filter({ hasText: told }).waitFor();
  const rows = await lines.allTextContents();
  const hole = rows.findIndex((text) => text.includes(told));
  assert.ok(hole > 0, rows.join("\n"));
  const hex = (at) => (Math.floor(at / 16) * 16).toString(16).padStart(8, "0");
  assert.ok(rows[hole - 1].startsWith(hex(offset - 1)), rows[hole - 1]);
  assert.ok(rows[hole + 1].startsWith(hex(offset + length)), rows[hole + 1]);
  const waiting = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download without 1.45 kB" }).click();
  assert.match((await waiting).suggestedFilename(), /-response-1448-bytes-missing\.txt$/);
  assert.deepEqual(troubles, []);
  await close();
});

test("the times of the capture are those of the page", async () => {
  const { page, close } = await open("/lossy.bin", "", { zone: "UTC" });
  const start = new Date((kCasesStart + 16e6) / 1_000).toISOString().slice(11, 19);
  assert.match(await page.getByTestId("facts").textContent(), new RegExp(start));
  await close();
});
