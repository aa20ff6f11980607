// Starts the real binary with a folder and a configuration of its own, and stops it again.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const kRoot = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

export function spiderBinary() {
  const path = process.env["SPIDER_BIN"] ?? join(kRoot, "build", "release", "spider");
  if (!existsSync(path)) throw new Error(`no spider at ${path}; set SPIDER_BIN or build it first`);
  return resolve(path);
}

export function freePort() {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

export function temporaryFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `spider-${name}-`));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Asks until `check` says yes; the last answer is in the error when it never does.
export async function until(what, check, timeoutMs = 10_000) {
  const end = Date.now() + timeoutMs;
  let last;
  for (;;) {
    try {
      last = await check();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${timeoutMs} ms (last: ${last})`);
    await sleep(40);
  }
}

function toml(whisperers, store, port) {
  const value = (v) => (typeof v === "string" ? JSON.stringify(v) : String(v));
  const parts = [`[store]\npath = ${value(store)}`, `[api]\nlisten = "127.0.0.1:${port}"`];
  for (const whisperer of whisperers) {
    const rows = Object.entries(whisperer).map(([key, v]) => `${key} = ${value(v)}`);
    parts.push(`[[whisperer]]\n${rows.join("\n")}`);
  }
  return `${parts.join("\n\n")}\n`;
}

export class Spider {
  // With `store`, the folder of a store that is there already; it is left as it is found.
  static async start({ whisperers, imports = [], store = null }) {
    const spider = new Spider();
    await spider.#start(whisperers, imports, store);
    return spider;
  }

  async #start(whisperers, imports, store) {
    this.temporary = temporaryFolder("web");
    const { folder } = this.temporary;
    mkdirSync(folder, { recursive: true });
    this.port = await freePort();
    this.url = `http://127.0.0.1:${this.port}`;
    this.config = join(folder, "spider.toml");
    writeFileSync(this.config, toml(whisperers, store ?? join(folder, "data"), this.port));
    for (const { file, whisperer } of imports) this.import(file, whisperer);
    this.output = "";
    this.process = spawn(spiderBinary(), ["--config", this.config], { cwd: folder });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on("data", (data) => {
        this.output = (this.output + data).slice(-20_000);
      });
    }
    this.process.once("exit", (code) => {
      this.exitCode = code ?? -1;
    });
    const up = async () => {
      if (this.exitCode !== undefined) throw new Error(`spider ended: ${this.output}`);
      return (await fetch(`${this.url}/api/v1/status`)).ok;
    };
    await until("the API answers", up, 20_000).catch((error) => {
      throw new Error(`${error.message}\n${this.output}`);
    });
    const page = await (await fetch(`${this.url}/`)).text();
    if (!page.includes('id="root"')) throw new Error("this spider was built without the page");
  }

  import(file, whisperer) {
    const run = spawnSync(
      spiderBinary(),
      ["import", "--config", this.config, "--whisperer", whisperer, file],
      { encoding: "utf8" },
    );
    if (run.status !== 0)
      throw new Error(`import of ${file}: ${run.status}\n${run.stdout}${run.stderr}`);
    return run.stdout;
  }

  async api(path) {
    const answer = await fetch(`${this.url}/api/v1/${path}`);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async stop() {
    if (this.process !== undefined && this.exitCode === undefined) {
      this.process.kill("SIGTERM");
      await until("spider ends", () => this.exitCode !== undefined, 15_000).catch(() => {
        this.process.kill("SIGKILL");
      });
    }
    this.temporary?.remove();
    return this.exitCode;
  }
}
