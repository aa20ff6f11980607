// Starts the real binary with a folder and a configuration of its own, and stops it again.

import { spawn, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
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

// A loopback port that nobody has, below those that connections get for their own end: one of
// these could be taken while the server that was told to listen there starts, or starts anew.
export function freePort() {
  return new Promise((done) => {
    const port = randomInt(20_000, 32_000);
    const server = createServer();
    server.once("error", () => done(freePort()));
    server.listen(port, "127.0.0.1", () => server.close(() => done(port)));
  });
}

export function temporaryFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `spider-${name}-`));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Asks until `check` says yes; the last answer is in the error when it never does.
export async function until(what, check, timeoutMs = 60_000) {
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

// One that a failed test left behind neither keeps its file from ending nor outlives it.
const begun = [];
process.once("exit", () => {
  for (const one of begun) one.kill("SIGKILL");
});

// SPIDER_SEEDED_STORE names a store, as bench/seed_store makes it, that lies below what a test
// imports: what people do is tried where there is much beside it. run.mjs says for which tests.
const kSeeded = process.env["SPIDER_SEEDED_STORE"];

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
    const data = store ?? join(folder, "data");
    if (store === null && kSeeded !== undefined) cpSync(kSeeded, data, { recursive: true });
    writeFileSync(this.config, toml(whisperers, data, this.port));
    for (const { file, whisperer } of imports) this.import(file, whisperer);
    this.output = "";
    await this.again();
  }

  // Starts, or starts anew, with the store and the port that it has.
  async again() {
    this.exitCode = undefined;
    const { folder } = this.temporary;
    this.process = spawn(spiderBinary(), ["--config", this.config], { cwd: folder });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on("data", (data) => {
        this.output = (this.output + data).slice(-20_000);
      });
    }
    this.process.once("exit", (code) => {
      this.exitCode = code ?? -1;
    });
    for (const part of [this.process, this.process.stdout, this.process.stderr]) part.unref();
    begun.push(this.process);
    const up = async () => {
      if (this.exitCode !== undefined) throw new Error(`spider ended: ${this.output}`);
      return (await fetch(`${this.url}/api/v1/status`)).ok;
    };
    await until("the API answers", up, 120_000).catch((error) => {
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

  // As a power cut does.
  async kill() {
    this.process.kill("SIGKILL");
    await until("spider is gone", () => this.exitCode !== undefined);
  }

  async stop() {
    if (this.process !== undefined && this.exitCode === undefined) {
      this.process.kill("SIGTERM");
      await until("spider ends", () => this.exitCode !== undefined, 60_000).catch(() => {
        this.process.kill("SIGKILL");
      });
    }
    this.temporary?.remove();
    return this.exitCode;
  }
}
