// The views beside the list, and two journeys: the one failing login of the hour, and what differs
// between a call that went well and one that did not.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, openPage, shot } from "../support/browser.mjs";
import { CaptureWriter, request, response } from "../support/capture.mjs";
import { kCasesStart, writeCases } from "../support/cases.mjs";
import { kShopStart, writeShop } from "../support/shop.mjs";
import { Spider, temporaryFolder } from "../support/spider.mjs";

const kAxe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const kLogins = 240;
const kLoginStart = kShopStart + 86_400e6;
let spider, browser, temporary, shop, ids;

// An hour of logins that all go well, but for one.
function writeLogins(path) {
  const capture = new CaptureWriter();
  for (let n = 0; n < kLogins; n += 1) {
    const failed = n === 171;
    capture.session({
      client: `10.40.1.${(n % 200) + 1}`,
      server: "10.40.0.2",
      exchanges: [
        {
          at: kLoginStart + n * 15e6,
          request: request(
            "POST",
            "/login",
            "id.example",
            { "Content-Type": "application/json", "X-Client": `app-${n % 5}` },
            JSON.stringify({ user: `user${n}@example.org` }),
          ),
          wait: 20_000,
          response: failed
            ? response(
                401,
                { "Content-Type": "application/json", "X-Reason": "clock skew of 312 s" },
                '{"error":"assertion_expired"}',
              )
            : response(200, { "Content-Type": "application/json" }, '{"ok":true}'),
        },
        {
          at: kLoginStart + n * 15e6 + 60_000,
          request: request("GET", `/me?n=${n}`, "id.example"),
          wait: 4_000,
          response: response(n % 40 === 7 ? 404 : 200, {}, "{}"),
        },
      ],
    });
  }
  capture.write(path);
}

before(async () => {
  temporary = temporaryFolder("views");
  const file = (name) => join(temporary.folder, `${name}.pcap`);
  shop = writeShop(file("shop"), { perMinute: 60 });
  writeCases(file("cases"), { json: 0 });
  writeLogins(file("logins"));
  const names = ["shop", "cases", "logins"];
  spider = await Spider.start({
    whisperers: names.map((name) => ({ name, type: "UPLOAD" })),
    imports: names.map((name) => ({ file: file(name), whisperer: name })),
  });
  const { items } = await spider.api("http-communications?whisperer=cases&limit=100&sort=start");
  ids = items.filter(({ path }) => path === "/api/profile").map(({ id }) => id);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await spider?.stop();
  temporary?.remove();
});

const iso = (us) => new Date(us / 1_000).toISOString();
const orders = () =>
  `?whisperer=cases&from=${iso(kCasesStart + 60e6)}&to=${iso(kCasesStart + 66e6)}`;
const hour = () => `?whisperer=shop&from=${iso(shop.start)}&to=${iso(shop.end)}`;

async function open(search, testId, options) {
  const opened = await openPage(browser, options);
  await opened.page.goto(`${spider.url}/${search}`);
  await opened.page.getByTestId(testId).waitFor();
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

test("the one failing login of the hour is found, with the header that explains it", async () => {
  const { page, troubles, close } = await open(
    `?whisperer=logins&from=${iso(kLoginStart)}&to=${iso(kLoginStart + 3_600e6)}`,
    "views",
  );
  const start = Date.now();
  await page.getByTestId("view-statistics").click();
  await page.getByTestId("totals").waitFor();
  await page.getByLabel("Group by").selectOption("path");
  await page.getByLabel("and by").selectOption("status");
  // by its value, not by its text: 240 requests and 1 error read "2401" as well
  const failed = page.getByRole("button", { name: "401", exact: true });
  const row = page.getByRole("row").filter({ hasText: "/login" }).filter({ has: failed });
  await row.waitFor();
  assert.match(await row.textContent(), /4011/); // the status, and one of it
  await failed.click();
  await page.waitForURL(/status[=:]401/);
  await page.getByTestId("view-list").click();
  await page.getByTestId("row").first().waitFor();
  assert.equal(await page.getByTestId("row").count(), 1);
  await page.getByTestId("row").first().click();
  await page.getByRole("tab", { name: /Response/ }).click();
  await page.getByText("clock skew of 312 s").waitFor();
  console.log(`the one failing login: ${Date.now() - start} ms, 7 actions`);
  assert.deepEqual(troubles, []);
  await close();
});

test("statistics are those of the server, sorted, and each value is a filter", async () => {
  const { page, troubles, close } = await open(`${hour()}&view=statistics&group=host`, "totals");
  const { groups, total } = await spider.api(
    `statistics${hour()}&group_by=host&sort=-p99&limit=100`,
  );
  await page.getByRole("button", { name: "p99" }).click();
  await page.waitForURL(/sort=-p99/);
  const shown = () => page.locator(".stat-table tbody tr td:first-child").allTextContents();
  await page.waitForFunction(
    (first) => document.querySelector(".stat-table tbody td")?.textContent === first,
    groups[0].key.host,
  );
  assert.deepEqual(
    await shown(),
    groups.map(({ key }) => key.host),
  );
  const totals = await page.getByTestId("totals").textContent();
  assert.ok(totals.includes(total.communications.toLocaleString("en-US")), totals);
  const bars = await page.locator(".stat-table tbody tr").first().locator(".spark-all").count();
  assert.ok(bars > 10, `${bars} periods`);
  await page.getByRole("button", { name: "pay.internal:8083" }).click();
  await page.waitForURL(/pay\.internal/);
  await page.waitForFunction(
    () => document.querySelectorAll(".stat-table:not(.is-periods) tbody tr").length === 1,
  );
  const url = page.url();
  await page.reload();
  await page.getByTestId("totals").waitFor();
  assert.equal(page.url(), url);
  assert.deepEqual(troubles, []);
  await close();
});

test("each value that statistics group by is a filter for exactly itself", async () => {
  const fields =
    "host method status status_class state target path template whisperer client_ip client_port " +
    "server_ip server_port http_minor request_type response_type response_encoding origin via " +
    "identity identity_kind location";
  for (const field of fields.split(" ")) {
    const { groups } = await spider.api(`statistics${hour()}&group_by=${field}&limit=6`);
    for (const { key, filters, communications } of groups) {
      const q = encodeURIComponent(filters[field]);
      const { total } = await spider.api(`statistics${hour()}&q=${q}`);
      const what = `${field}: ${key[field]}: ${filters[field]}`;
      assert.equal(total.communications, communications, what);
    }
  }
  for (const field of ["client_ip", "response_type"]) {
    const { groups } = await spider.api(`statistics${hour()}&group_by=${field}`);
    const { page, troubles, close } = await open(
      `${hour()}&view=statistics&group=${field}`,
      "totals",
    );
    await page.getByRole("button", { name: groups[0].key[field], exact: true }).click();
    await page.waitForURL((url) => url.searchParams.get("q").endsWith(groups[0].filters[field]));
    await page.waitForFunction(
      (count) => document.querySelector('[data-testid="totals"]')?.textContent.includes(count),
      groups[0].communications.toLocaleString("en-US"),
    );
    assert.deepEqual(troubles, []);
    await close();
  }
});

test("what has no answer has no duration in statistics", async () => {
  const { groups } = await spider.api(`statistics${hour()}&group_by=status&q=status:none`);
  assert.equal(groups.length, 1);
  assert.equal(groups[0].duration, null);
  const { page, troubles, close } = await open(
    `${hour()}&view=statistics&group=status&q=status:none`,
    "totals",
  );
  const text = await page.getByTestId("totals").textContent();
  assert.match(text, /p50— p99— max —/);
  await shot(page, "statistics-unanswered-light");
  assert.deepEqual(troubles, []);
  await close();
});

test("the sequence ties calls in calls, hides gateways, merges replicas, can be kept", async () => {
  const { page, troubles, close } = await open(`${orders()}&view=sequence&scale=steps`, "sequence");
  await page.getByTestId("seq-call").first().waitFor();
  assert.equal(await page.getByTestId("seq-call").count(), 24);
  assert.equal(await page.locator(".seq-lane").count(), 6);
  await page.getByTestId("seq-call").nth(2).locator(".seq-active").hover();
  assert.match(
    await page.getByTestId("seq-foot").textContent(),
    /while POST \/api\/orders stood open on the same host/,
  );
  assert.equal(await page.locator(".seq-call.is-tied").count(), 2);
  await page.getByTestId("lanes").click();
  await page.getByLabel("Replicas of a name in one lane").check();
  await page.waitForFunction(() => document.querySelectorAll(".seq-lane").length === 5);
  await page.getByLabel(/Hide gateways/).check();
  await page.waitForFunction(() => document.querySelectorAll(".seq-lane").length === 4);
  assert.equal(await page.getByTestId("seq-call").count(), 18);
  await page.keyboard.press("Escape");
  assert.match(
    await page.getByTestId("seq-foot").textContent(),
    /6 calls of hidden lanes not drawn/,
  );
  const saved = async (button) => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByTestId(button).click(),
    ]);
    return readFileSync(await download.path());
  };
  const svg = (await saved("save-svg")).toString();
  assert.match(svg, /<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  assert.doesNotMatch(svg, /var\(|class=/);
  assert.match(svg, /POST \/api\/orders/);
  const drawn = await page.evaluate(async (text) => {
    const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
    return [parsed.querySelector("parsererror") === null, parsed.querySelectorAll("line").length];
  }, svg);
  assert.equal(drawn[0], true);
  assert.ok(drawn[1] > 18 * 3);
  const png = await saved("save-png");
  assert.equal(png.subarray(1, 4).toString(), "PNG");
  assert.ok(png.readUInt32BE(16) > 1_000 && png.length > 5_000);
  await page.getByTestId("seq-call").first().locator(".seq-active").click();
  await page.getByTestId("detail").waitFor();
  await page.getByRole("group", { name: /^Calls/ }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.locator(".seq-call.is-chosen").nth(0).waitFor();
  assert.deepEqual(troubles, []);
  await close();
});

test("a drawing of too many says so", async () => {
  const { page, troubles, close } = await open(`${hour()}&view=sequence`, "sequence");
  await page.getByTestId("seq-call").first().waitFor();
  assert.match(
    await page.getByTestId("source").textContent(),
    /^The first 500 of [\d,]+: Next 500/,
  );
  assert.equal(await page.getByTestId("seq-call").count(), 500);
  assert.deepEqual(troubles, []);
  await close();
});

test("the waterfall shows what was under way at once, and opens it", async () => {
  const { page, troubles, close } = await open(`${orders()}&view=waterfall`, "waterfall");
  await page.getByTestId("fall-bar").first().waitFor();
  assert.equal(await page.getByTestId("fall-bar").count(), 24);
  assert.equal(await page.locator(".fall-bar.is-5xx").count(), 3);
  await page.locator(".fall-bar.is-5xx").last().hover();
  assert.match(await page.getByTestId("fall-foot").textContent(), /50[23], /);
  await page.locator(".fall-bar.is-5xx").last().click();
  await page.getByTestId("detail").waitFor();
  await page.waitForURL(/open=/);
  assert.deepEqual(troubles, []);
  await close();
});

test("two calls compared tell which field, header and value made the difference", async () => {
  const { page, troubles, close } = await open(
    `?whisperer=cases&view=compare&ids=${ids.join(",")}`,
    "json-diff",
  );
  const rows = await page.locator(".compare-table tr.is-different").allTextContents();
  assert.ok(
    rows.some((row) => row === "Status200403"),
    rows.join("\n"),
  );
  assert.ok(
    rows.some((row) => row === "X-Denynot thererbac"),
    rows.join("\n"),
  );
  assert.ok(
    rows.some((row) => row === "X-Request-IDa1b2"),
    rows.join("\n"),
  );
  const changes = await page.locator("[data-testid=json-diff] tbody tr").allTextContents();
  // Which is which is said by letter and time, not as if one came of the other.
  assert.deepEqual(
    changes.map((text) => text.replace(/, \d\d:\d\d:\d\d\.\d{3}/, "")),
    [
      'only in A: $.roles[1]"editor"not there',
      'only in A: $.since"2025-01-01"not there',
      'only in B: $.reasonnot there"role editor was taken away"',
    ],
  );
  const heads = await page.locator("[data-testid=json-diff] thead th").allTextContents();
  assert.match(heads.join(), /^Path,A, [\d:.]+,B, [\d:.]+$/);
  // What any two differ in comes last, the bodies before the headers.
  const sections = await page.locator(".compare-section").allTextContents();
  assert.deepEqual(sections, [
    "Timing",
    "Fields",
    "Response body",
    "Request body",
    "Request headers",
    "Response headers",
    "When and over which connection",
  ]);
  assert.ok(rows.findIndex((row) => row.startsWith("Start")) > rows.indexOf("Status200403"));
  assert.equal(await page.locator(".compare-timing").count(), 2);
  await page.getByTestId("refer").click();
  await page.waitForURL((url) => url.searchParams.get("ids") === [...ids].reverse().join());
  await page.locator(".compare-table tr", { hasText: /^Status403200$/ }).waitFor();
  // Who is what is the same as before, only what the other is compared with is another.
  const letters = () => page.locator(".compare-head b").allTextContents();
  assert.deepEqual(await letters(), ["B", "A"]);
  assert.deepEqual(await page.locator(".compare-timing > b").allTextContents(), ["B", "A"]);
  assert.match(await page.getByTestId("compare-response").textContent(), /B and A/);
  await page.reload();
  await page.getByTestId("json-diff").waitFor();
  assert.deepEqual(await letters(), ["B", "A"]);
  await page.getByTestId("refer").click();
  await page.waitForURL((url) => url.searchParams.get("ids") === ids.join());
  assert.deepEqual(await letters(), ["A", "B"]);
  await page.locator(".compare-table tr", { hasText: /^Status200403$/ }).waitFor();
  await page.getByLabel("Show what is equal, too").check();
  assert.ok((await page.locator(".compare-table tbody tr").count()) > rows.length + 10);
  await page.getByRole("button", { name: "Leave A out" }).click();
  await page.getByTestId("compare-nothing").waitFor();
  assert.deepEqual(troubles, []);
  await close();
});

test("timings that are compared have one scale, however long their words are", async () => {
  const list = (sort) => spider.api(`http-communications?whisperer=shop&limit=2&sort=${sort}`);
  const found = [...(await list("duration")).items, ...(await list("-duration")).items];
  const four = found.map(({ id }) => id);
  const { page, troubles, close } = await open(
    `?whisperer=cases&view=compare&ids=${four.join(",")}`,
    "compare-timings",
  );
  await page.locator(".compare-timing").nth(3).waitFor();
  const words = await page.locator(".compare-timing .number").allTextContents();
  assert.ok(new Set(words.map((text) => text.length)).size > 1, words.join("\n"));
  const bars = await page
    .locator(".compare-bar")
    .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().width));
  assert.equal(new Set(bars).size, 1, bars.join());
  await shot(page, "compare-timings");
  assert.deepEqual(troubles, []);
  await close();
});

test("every view has its empty state, with the next step", async () => {
  for (const view of ["statistics", "sequence", "waterfall", "compare"]) {
    const { page, troubles, close } = await open(
      `?whisperer=cases&uri=/nowhere&view=${view}`,
      "views",
    );
    await page.locator(".view .notice").waitFor();
    assert.deepEqual(await faults(page), [], view);
    assert.deepEqual(troubles, []);
    await close();
  }
});

for (const scheme of ["light", "dark"]) {
  test(`axe finds no fault in a view, nothing sticks out of narrow ones (${scheme})`, async () => {
    const searches = {
      statistics: `${hour()}&view=statistics&group=host,method`,
      sequence: `${orders()}&view=sequence&scale=log`,
      waterfall: `${orders()}&view=waterfall`,
      compare: `?whisperer=cases&view=compare&ids=${ids.join(",")}`,
      sessions: `${hour()}&view=sessions&q=status:200`,
    };
    const ready = {
      statistics: "totals",
      sequence: "seq-call",
      waterfall: "fall-bar",
      compare: "json-diff",
      sessions: "session-row",
    };
    for (const [view, search] of Object.entries(searches)) {
      const { page, troubles, close } = await openPage(browser, { scheme, width: 1_400 });
      await page.goto(`${spider.url}/${search}`);
      await page.getByTestId(ready[view]).first().waitFor();
      await shot(page, `${view}-${scheme}`);
      assert.deepEqual(await faults(page), [], view);
      for (const width of [800, 400]) {
        await page.setViewportSize({ width, height: 800 });
        await page.waitForTimeout(150);
        assert.equal(
          await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth),
          false,
          `${view} at ${width}`,
        );
      }
      await shot(page, `${view}-narrow-${scheme}`);
      assert.deepEqual(await faults(page), [], `${view}, narrow`);
      assert.deepEqual(troubles, []);
      await close();
    }
  });
}
