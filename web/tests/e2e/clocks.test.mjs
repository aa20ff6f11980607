// Captures of clocks that were wrong: one before all others, one of a time to come. A live view
// shows neither, and all that is stored can still be looked at.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, openPage, shot } from "../support/browser.mjs";
import { CaptureWriter, request, response } from "../support/capture.mjs";
import { startNginx } from "../support/nginx.mjs";
import { Spider, temporaryFolder, until } from "../support/spider.mjs";

const kPast = Date.UTC(1970, 0, 1, 0, 0, 10) * 1_000;
const kFuture = Date.UTC(2105, 11, 31, 12, 0, 0) * 1_000;
const kEach = 3;

function write(file, path, start) {
  const writer = new CaptureWriter();
  for (let n = 0; n < kEach; n += 1)
    writer.session({
      client: `10.1.0.${n + 1}`,
      server: "10.2.0.1",
      exchanges: [
        {
          at: start + n * 1e6,
          request: request("GET", `/${path}/${n}`, "shop.example"),
          response: response(200, {}, "hello"),
        },
      ],
    });
  writer.write(file);
}

let temporary, nginx, spider, browser;

before(async () => {
  temporary = temporaryFolder("clocks");
  const imports = [
    ["past", kPast],
    ["future", kFuture],
  ].map(([whisperer, start]) => {
    const file = join(temporary.folder, `${whisperer}.pcap`);
    write(file, whisperer, start);
    return { file, whisperer };
  });
  nginx = await startNginx({ "page.html": "<h1>hello</h1>" });
  const whisperers = [
    { name: "live", type: "INTERFACE", interface: "lo", filter: `tcp port ${nginx.port}` },
    { name: "past", type: "UPLOAD" },
    { name: "future", type: "UPLOAD" },
  ];
  spider = await Spider.start({ whisperers, imports });
  await until("live is capturing", async () => {
    const { items } = await spider.api("whisperers");
    return items.find(({ name }) => name === "live").state === "capturing";
  });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await spider?.stop();
  await nginx?.stop();
  temporary?.remove();
});

function curl(path) {
  const run = spawnSync("curl", ["-sS", "-o", "/dev/null", `${nginx.url}${path}`]);
  assert.equal(run.status, 0, String(run.stderr));
}

const rows = (page) => page.getByTestId("row").allTextContents();

test("what follows the newest shows nothing of a time to come", async () => {
  const { page, troubles, close } = await openPage(browser, { motion: true });
  await page.goto(`${spider.url}/?live=300`);
  await page.getByTestId("overview").waitFor();
  curl("/page.html?n=1");
  await page.getByTestId("row").filter({ hasText: "n=1" }).waitFor();
  curl("/page.html?n=2");
  await page.getByTestId("row").filter({ hasText: "n=2" }).waitFor();
  const texts = await rows(page);
  assert.deepEqual(
    texts.map((text) => /n=\d/.exec(text)?.[0] ?? text),
    ["n=2", "n=1"],
  );
  assert.match(
    await page.getByTestId("count").textContent(),
    /^2 communications in the last 5 min/,
  );
  const word = page.getByTestId("completeness");
  const said = `${await word.textContent()} ${await word.getAttribute("title")}`;
  assert.doesNotMatch(said, /2105|2106|2262/, said);
  await shot(page, "live-beside-the-future");
  assert.deepEqual(troubles, []);
  await close();
});

test("what is imported of a time to come is no news of a live view", async () => {
  const { page, troubles, close } = await openPage(browser, { motion: true });
  await page.goto(`${spider.url}/?live=300&order=oldest`);
  await page.locator('[data-testid="list"][data-still="true"]').waitFor();
  const file = join(temporary.folder, "more.pcap");
  write(file, "later", kFuture + 60e6);
  const upload = await fetch(`${spider.url}/api/v1/imports?whisperer=future&name=more.pcap`, {
    method: "POST",
    headers: { "Content-Type": "application/vnd.tcpdump.pcap" },
    body: readFileSync(file),
  });
  assert.ok(upload.ok, await upload.text());
  await until("they are stored", async () => {
    const { count } = await spider.api("http-communications?q=path:/later/*&limit=10");
    return count === kEach;
  });
  curl("/page.html?n=3");
  const news = page.getByTestId("news");
  await news.waitFor();
  assert.match(await news.textContent(), /\b1 new/);
  await news.click();
  await page.getByTestId("row").filter({ hasText: "n=3" }).waitFor();
  assert.ok((await rows(page)).every((text) => !text.includes("/later/")));
  assert.deepEqual(troubles, []);
  await close();
});

test("all that is stored is counted over a hundred years and more", async () => {
  const { page, troubles, close } = await openPage(browser);
  page.on("response", async (answer) => {
    if (answer.status() >= 400) troubles.push(`${answer.url()}: ${await answer.text()}`);
  });
  await page.goto(`${spider.url}/?live=300`);
  await page.getByTestId("all").click();
  await page.waitForURL(/from=/);
  await page.getByTestId("row").filter({ hasText: "/future/" }).first().waitFor();
  const { count } = await spider.api("http-communications?limit=1000");
  const counted = page.locator(".legend li > button", { hasText: "2xx" }).locator("b");
  await until(
    "the legend counts them all",
    async () => (await counted.textContent()) === String(count),
  );
  const name = await page.getByTestId("timeline").getAttribute("aria-label");
  assert.match(name, new RegExp(`2xx success: ${count}\\b`), name);
  assert.equal(await page.getByRole("alert").count(), 0);
  await shot(page, "all-of-many-years");

  // As well where the values of a field are told apart, and on a small screen.
  const { href } = new URL(page.url());
  await page.setViewportSize({ width: 400, height: 800 });
  await page.goto(`${href}&stack=host`);
  await page.locator(".legend", { hasText: "shop.example" }).waitFor();
  await shot(page, "all-of-many-years-narrow");
  await page.setViewportSize({ width: 1_440, height: 900 });
  await page.goto(href);
  await page.getByTestId("row").first().waitFor();

  // The first zoom stays where the pointer is.
  const times = () => {
    const { searchParams } = new URL(page.url());
    return ["from", "to"].map((key) => Date.parse(searchParams.get(key)));
  };
  const [from, to] = times();
  assert.ok(from <= kPast / 1_000 && to >= kFuture / 1_000, page.url());
  const box = await page.getByTestId("timeline").boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + 40);
  await page.mouse.wheel(0, -100);
  await until("zoomed", () => times()[1] !== to);
  const [closer, end] = times();
  const middle = (from + to) / 2;
  const share = (middle - closer) / (end - closer);
  assert.ok(share > 0.45 && share < 0.55, `${page.url()}: the middle went to ${share}`);
  assert.ok(end - closer > (to - from) / 2, `${page.url()}: from ${to - from} to ${end - closer}`);
  assert.deepEqual(troubles, []);
  await close();
});

// Tiles are shorter: it is the count of the whole that is refused.
test("a count that is refused is said, and no other is shown for it", async () => {
  const { page, close } = await openPage(browser);
  await page.goto(`${spider.url}/?live=1`);
  await page.getByTestId("empty-range").waitFor();
  await page.route("**/api/v1/timeline?*", (route) => {
    const query = new URL(route.request().url()).searchParams;
    const long = (Number(query.get("to")) - Number(query.get("from"))) / 86_400e6 > 48_000;
    if (!long) return route.continue();
    const detail = "bucket: the range has more than 20000 of them.";
    const problem = { title: "A parameter is wrong", status: 400, detail, code: "API-PARAM-001" };
    return route.fulfill({
      status: 400,
      contentType: "application/problem+json",
      body: JSON.stringify(problem),
    });
  });
  await page.getByTestId("all").click();
  await page.getByTestId("row").first().waitFor();
  await page.getByTestId("failure-banner").filter({ hasText: "more than 20000" }).waitFor();
  await shot(page, "count-refused");
  assert.doesNotMatch(await page.getByTestId("count").textContent(), /^0 /);
  await close();
});
