// What is stored while the list is open: told as a number, shown by a click, each once, also when
// the server was killed and started again meanwhile.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, openPage, shot } from "../support/browser.mjs";
import { CaptureWriter, request, response } from "../support/capture.mjs";
import { Spider, temporaryFolder, until } from "../support/spider.mjs";

const kStart = Date.UTC(2026, 2, 3, 9) * 1_000; // microseconds
const kSpan = 600e6;
const iso = (us) => new Date(us / 1_000).toISOString();
const kWindow = `?from=${iso(kStart)}&to=${iso(kStart + kSpan)}`;

let browser, temporary;
const spiders = [];

before(async () => {
  temporary = temporaryFolder("news");
  browser = await launch();
});

after(async () => {
  await browser?.close();
  for (const spider of spiders) await spider.stop();
  temporary?.remove();
});

// `count` requests of one client, a second apart from minute `minute` on; every tenth fails.
function captured(name, count, minute) {
  const writer = new CaptureWriter();
  for (let n = 0; n < count; n += 1) {
    const at = kStart + minute * 60e6 + n * 1e6;
    const status = n % 10 === 9 ? 500 : 200;
    writer.session({
      client: `10.1.${minute}.${1 + (n % 200)}`,
      server: "10.9.0.1",
      exchanges: [
        {
          at,
          request: request("GET", `/${name}/${n}`, "news.test"),
          response: response(status, { "Content-Type": "text/plain" }, `${name} ${n}`),
        },
      ],
    });
  }
  const path = join(temporary.folder, `${name}-${count}.pcap`);
  writer.write(path);
  return path;
}

async function started() {
  const imports = [{ file: captured("first", 40, 1), whisperer: "files" }];
  const spider = await Spider.start({ whisperers: [{ name: "files", type: "UPLOAD" }], imports });
  spiders.push(spider);
  return spider;
}

async function opened(spider, search = "", options = {}) {
  const all = await openPage(browser, options);
  await all.page.goto(`${spider.url}/${kWindow}${search}`);
  await all.page.getByTestId("row").first().waitFor();
  await all.page.locator('[data-testid="list"][data-still="true"]').waitFor();
  return all;
}

const firstRow = (page) => page.getByTestId("row").first().textContent();
const news = (page, text) => page.getByTestId("news").filter({ hasText: text }).waitFor();

// The ids of all rows, as one meets them from the top to the end.
async function allRows(page) {
  const found = [];
  const list = page.getByTestId("list");
  await list.evaluate((box) => {
    box.scrollTop = 0;
  });
  for (;;) {
    const ids = await page.getByTestId("row").evaluateAll((rows) => {
      const sorted = rows.map((row) => [row.getBoundingClientRect().top, row.id.slice(4)]);
      return sorted.sort((a, b) => a[0] - b[0]).map(([, id]) => id);
    });
    assert.equal(new Set(ids).size, ids.length, "no row twice at once");
    for (const id of ids) if (!found.includes(id)) found.push(id);
    const moved = await list.evaluate(async (box) => {
      const before = box.scrollTop;
      box.scrollTop += box.clientHeight / 2;
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      return box.scrollTop > before;
    });
    if (!moved) return found;
  }
}

async function stored(spider, query = "") {
  const range = `from=${iso(kStart)}&to=${iso(kStart + kSpan)}`;
  const { items } = await spider.api(`http-communications?${range}&limit=1000${query}`);
  return items.map(({ id }) => id);
}

test("what comes in meanwhile is told as a number, and a click shows it, each once", async () => {
  const spider = await started();
  const { page, troubles, close } = await opened(spider);
  const before = await firstRow(page);
  spider.import(captured("second", 120, 4), "files");
  await news(page, /^↑ 120 new$/);
  assert.equal(await firstRow(page), before, "the list has not jumped");
  await shot(page, "news-light");
  await page.emulateMedia({ colorScheme: "dark" });
  await shot(page, "news-dark");
  spider.import(captured("third", 7, 2), "files");
  await news(page, /^↑ 127 new$/);
  await page.getByTestId("news").click();
  await page.getByTestId("row").filter({ hasText: "/second/119" }).waitFor();
  await page.getByTestId("news").waitFor({ state: "detached" });
  assert.deepEqual(await allRows(page), await stored(spider));
  await page.getByTestId("count").filter({ hasText: "167 communications" }).waitFor();
  assert.deepEqual(troubles, []);
  await close();
});

test("only what answers the question is told", async () => {
  const spider = await started();
  const { page, troubles, close } = await opened(spider, "&q=status:5xx");
  assert.equal(await page.getByTestId("row").count(), 4);
  spider.import(captured("second", 60, 4), "files");
  await news(page, /^↑ 6 new$/);
  await page.getByTestId("news").click();
  await page.getByTestId("news").waitFor({ state: "detached" });
  assert.deepEqual(await allRows(page), await stored(spider, "&q=status:5xx"));
  assert.deepEqual(troubles, []);
  await close();
});

test("a server that is killed and started again loses nothing and repeats nothing", async () => {
  const spider = await started();
  const { page, close } = await opened(spider);
  spider.import(captured("second", 30, 4), "files");
  await news(page, /^↑ 30 new$/);
  await spider.kill();
  const lost = page.getByTestId("line");
  await lost.filter({ hasText: /trying again in \d+ s/ }).waitFor();
  // Beside what is picked, and in half the room, each word of it can be read and reached.
  await page.getByTestId("list").focus();
  for (let n = 0; n < 4; n += 1) {
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
  }
  await page.keyboard.press("Enter");
  await page.getByTestId("tray-clear").waitFor();
  const pane = await page.locator(".list-pane").boundingBox();
  const clear = await page.getByTestId("tray-clear").boundingBox();
  assert.ok(clear.x + clear.width <= pane.x + pane.width, "Clear is not cut off");
  for (const part of [".line-lost", "[data-testid=count]", ".tray"]) {
    const { height } = await page.locator(`.list-foot ${part}`).boundingBox();
    assert.ok(height < 34, `${part} on one line: ${height}`);
  }
  await shot(page, "line-lost-light");
  await page.keyboard.press("Escape");
  await page.getByTestId("tray-clear").click();
  // Stored while nobody serves.
  spider.import(captured("third", 50, 6), "files");
  await spider.again();
  await until(
    "the page listens again",
    async () => {
      if ((await lost.count()) === 0) return true;
      await lost
        .getByRole("button")
        .click({ timeout: 1_000 })
        .catch(() => undefined);
      return false;
    },
    30_000,
  );
  await news(page, /^↑ 80 new$/);
  spider.import(captured("fourth", 5, 2), "files");
  await news(page, /^↑ 85 new$/);
  await page.getByTestId("news").click();
  await page.getByTestId("row").filter({ hasText: "/third/49" }).waitFor();
  await page.getByTestId("news").waitFor({ state: "detached" });
  assert.deepEqual(await allRows(page), await stored(spider));
  await close();
});
