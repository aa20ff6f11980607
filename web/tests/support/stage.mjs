// What most browser tests stand on: a spider with captures imported into it, and a browser.

import { join } from "node:path";
import { after } from "node:test";
import { launch, openPage } from "./browser.mjs";
import { Spider, temporaryFolder } from "./spider.mjs";

export const kIso = (us) => new Date(us / 1_000).toISOString();
export const windowOf = ({ start, end }) => `?from=${kIso(start)}&to=${kIso(end)}`;

// Asks the API how many of the communications of this time a question finds.
export const counterOf =
  (spider, { start, end }) =>
  (q) =>
    spider
      .api(
        `http-communications?from=${kIso(start)}&to=${kIso(end)}&limit=10000&q=` +
          encodeURIComponent(q),
      )
      .then(({ count }) => count);

// `captures` names the whisperers, each with what writes its file; what that returns is in
// `written` under the same name. With `store`, a folder that is there already, nothing is imported.
// `settings` are of every whisperer. All of it ends after the last test of the file, or when it
// could not be set up.
export async function setStage(captures, store, settings = {}) {
  const names = Object.keys(captures);
  const temporary = temporaryFolder("captures");
  const written = {};
  let spider, browser;
  const end = async () => {
    await browser?.close();
    await spider?.stop();
    temporary.remove();
  };
  try {
    const imports = [];
    for (const whisperer of store === undefined ? names : []) {
      const file = join(temporary.folder, `${whisperer}.pcap`);
      written[whisperer] = captures[whisperer](file);
      imports.push({ file, whisperer });
    }
    const whisperers = names.map((name) => ({ name, type: "UPLOAD", ...settings }));
    spider = await Spider.start({ whisperers, imports, store });
    browser = await launch();
  } catch (error) {
    await end();
    throw error;
  }
  after(end);
  // Opens the page and waits for its first row.
  const open = async (search, options) => {
    const opened = await openPage(browser, options);
    await opened.page.goto(`${spider.url}/${search}`);
    await opened.page.getByTestId("row").first().waitFor();
    return opened;
  };
  return { spider, written, open };
}
