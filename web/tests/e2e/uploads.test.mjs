// Uploads on the page, from the real binary: drop a capture, look at its time, purge it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, openPage, shot } from "../support/browser.mjs";
import { writeShop } from "../support/shop.mjs";
import { Spider, temporaryFolder, until } from "../support/spider.mjs";

let browser, spider, file;
const temporary = temporaryFolder("uploads");

before(async () => {
  file = join(temporary.folder, "shop.pcap");
  writeShop(file, { perMinute: 20 });
  spider = await Spider.start({ whisperers: [{ name: "shop", type: "UPLOAD" }] });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await spider?.stop();
  temporary.remove();
});

const kUploads = "?page=whisperers&name=shop&part=uploads";

// As a file that is let go over the page.
async function drop(page, name, on = page.getByTestId("upload-drop")) {
  const bytes = readFileSync(file).toString("base64");
  const transfer = await page.evaluateHandle(
    ([text, as]) => {
      const out = new DataTransfer();
      const data = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      out.items.add(new File([data], as));
      return out;
    },
    [bytes, name],
  );
  await on.dispatchEvent("drop", { dataTransfer: transfer });
}

test("a capture that is dropped beside the place for it is read as well, on any page", async () => {
  const { page, troubles, close } = await openPage(browser, { zone: "UTC" });
  await page.goto(`${spider.url}/`);
  await page.getByTestId("empty-upload").waitFor();
  await drop(page, "anywhere.pcap", page.locator("body"));
  await page.getByTestId("row").first().waitFor();
  assert.match(page.url(), /from=2026-03-10T.*q=whisperer:shop/);
  await page.goBack();
  const row = page.getByTestId("upload-row");
  await row.filter({ hasText: "anywhere.pcap" }).getByTestId("upload-purge").click();
  await row.getByTestId("upload-purge-yes").click();
  await page.getByTestId("uploads-none").waitFor();
  assert.deepEqual(troubles, []);
  await close();
});

test("a capture is dropped, the page goes to its time, and it is purged whole", async () => {
  const { page, troubles, close } = await openPage(browser, { zone: "UTC" });
  await page.goto(`${spider.url}/`);
  await page.getByTestId("empty-upload").click();
  await page.getByTestId("uploads-none").waitFor();
  await drop(page, "dropped.pcap");
  // The communications of its time, by itself.
  await page.getByTestId("row").first().waitFor();
  assert.match(page.url(), /from=2026-03-10T.*q=whisperer:shop/);
  await page.goBack();
  const row = page.getByTestId("upload-row");
  await row.first().waitFor();
  assert.match(await row.first().textContent(), /dropped\.pcap/);
  assert.match(await row.first().textContent(), /complete/);
  // The same once more: it stays, and says so.
  await drop(page, "again.pcap");
  await page.getByTestId("upload-done").waitFor();
  assert.match(await page.getByTestId("upload-done").textContent(), /same file as upload \d+/);
  await row.nth(1).waitFor();
  await page.getByTestId("upload-same").waitFor();
  await shot(page, "uploads");
  // Both have the same times: each is shown alone.
  const { items } = await spider.api("uploads");
  for (const at of [0, 1]) {
    await row.nth(at).getByTestId("upload-time").click();
    await page.getByTestId("row").first().waitFor();
    assert.match(page.url(), new RegExp(`q=upload:${items[at].id}$|q=upload:${items[at].id}&`));
    const shown = await spider.api(`http-communications?limit=1000&q=upload:${items[at].id}`);
    assert.equal(shown.items.length, items[at].communications);
    await page.goBack();
    await row.nth(1).waitFor();
  }
  await row.first().getByTestId("upload-purge").click();
  await row.first().getByTestId("upload-purge-yes").click();
  await until("one is left", async () => (await row.count()) === 1);
  await row.first().getByTestId("upload-time").click();
  await page.getByTestId("row").first().waitFor();
  await page.goBack();
  await row.first().getByTestId("upload-purge").click();
  await row.first().getByTestId("upload-purge-yes").click();
  await page.getByTestId("uploads-none").waitFor();
  assert.equal((await spider.api("http-communications")).items.length, 0);
  assert.deepEqual(troubles, []);
  await close();
});

test("what is no capture is said beside its name, and can be taken away", async () => {
  const { page, close } = await openPage(browser);
  await page.goto(`${spider.url}/${kUploads}`);
  await page.getByTestId("upload-input").setInputFiles({
    name: "page.html",
    mimeType: "text/html",
    buffer: Buffer.from("<html>".repeat(100)),
  });
  const sending = page.getByTestId("sending");
  await until(
    "it failed",
    async () =>
      /page\.html/.test((await sending.textContent()) ?? "") &&
      /byte 0: neither pcap nor pcapng/.test((await sending.textContent()) ?? ""),
  );
  const said = await sending.textContent();
  assert.equal(said.match(/neither pcap nor pcapng/g).length, 1, said);
  assert.doesNotMatch(said, /`|Upload again/);
  await page.getByTestId("sending-stop").click();
  await until("it is away", async () => (await sending.count()) === 0);
  await close();
});
