// Captures of clocks that were wrong: one before all others, one of a time to come. A live view
// shows neither.

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
