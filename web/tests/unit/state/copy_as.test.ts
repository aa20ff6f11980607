// The commands run through a real shell against a real server: what arrives is what was captured.

import { execFile } from "node:child_process";
import { createServer, type Server } from "node:net";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asCurl, asFetch, asHarEntry, kCopyMax } from "../../../src/state/copyAs";
import { detail, message } from "../support/detail";

let server: Server;
let port = 0;
let got: Buffer[] = [];
const folder = mkdtempSync(join(tmpdir(), "spider-curl-"));

// Answers when the length that was announced has come; keeps every byte.
beforeAll(async () => {
  server = createServer((socket) => {
    let bytes = Buffer.alloc(0);
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      bytes = Buffer.concat([bytes, data]);
      const end = bytes.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(bytes.toString("latin1"))?.[1] ?? 0);
      if (bytes.length < end + 4 + length) return;
      got.push(bytes);
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  port = (server.address() as { port: number }).port;
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

function run(command: string, args: string[]): Promise<string> {
  return new Promise((done, fail) => {
    const env = { PATH: process.env["PATH"] ?? "", HOME: folder };
    execFile(command, args, { cwd: folder, env, timeout: 15_000 }, (error, out, err) => {
      if (error === null) done(out);
      else fail(new Error(`${error.message}\n${err}`));
    });
  });
}

const wire = (bytes: Uint8Array | string): string =>
  Buffer.from(bytes as string).toString("latin1");

interface Case {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: Uint8Array;
}

function requestOf({ method = "GET", path = "/", headers = [], body }: Case) {
  const host = `127.0.0.1:${port}`;
  const all = [["Host", host] as const, ...headers];
  return detail({
    method,
    path,
    host,
    server_ip: "127.0.0.1",
    server_port: port,
    request: message({
      start_line: `${method} ${path} HTTP/1.1`,
      headers: all.map(([name, value]) => ({ name, value })),
      body_bytes: body?.length ?? 0,
      saved_body_bytes: body?.length ?? 0,
    }),
  });
}

interface Arrived {
  readonly line: string;
  readonly headers: string[];
  readonly body: Buffer;
}

function arrived(): Arrived {
  expect(got.length).toBe(1);
  const bytes = got[0] ?? Buffer.alloc(0);
  const end = bytes.indexOf("\r\n\r\n");
  const [line = "", ...headers] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  return { line, headers, body: bytes.subarray(end + 4) };
}

async function sent(value: Case, shell = "sh"): Promise<Arrived> {
  got = [];
  const script = join(folder, "..", `${folder.split("/").pop()}.sh`);
  const text = asCurl(requestOf(value), value.body ?? null);
  writeFileSync(script, text.replace("curl ", "curl --silent --show-error --max-time 10 "));
  await run(shell, [script]);
  rmSync(script);
  return arrived();
}

const kNasty =
  `it's "quoted" $HOME \`id\` $(touch owned) \\ \\n !! ` + "%s %% # ; & | > < * ? ~ {a,b} [x]";

describe("a request copied as curl", () => {
  it("sends method, target, headers and body as they were captured", async () => {
    const value: Case = {
      method: "PUT",
      path: "/a/../b//c?x=[1-3]&y={a,b}&z=$HOME'`id`%20",
      headers: [
        ["X-Nasty", kNasty],
        ["x-lower", "kept"],
        ["X-Twice", "1"],
        ["X-Twice", "2"],
        ["X-Empty", ""],
        ["X-Unicode", wire("grüße 🕷")],
        ["@file", "@/etc/passwd"],
        ["X-Latin", "caf\u00e9"],
        ["Content-Type", "text/plain"],
      ],
      body: Buffer.from(`@/etc/passwd\nline "two" 'three' ${kNasty}\n\n\tünï 🕷\n`),
    };
    for (const shell of ["sh", "bash"]) {
      const { line, headers, body } = await sent(value, shell);
      expect(line).toBe(`PUT ${value.path} HTTP/1.1`);
      const wanted = [["Host", `127.0.0.1:${port}`] as const, ...(value.headers ?? [])]
        .filter(([name]) => name !== "@file") // no valid name
        .map(([name, text]) => `${name}: ${text}`.trim());
      const plain = headers.map((text) => text.trim());
      expect([...plain].sort()).toEqual(
        [...wanted, `Content-Length: ${value.body?.length ?? 0}`].sort(),
      );
      expect(body.equals(Buffer.from(value.body ?? []))).toBe(true);
    }
    expect(readdirSync(folder)).toEqual([]); // nothing was touched
  });

  it("sends any bytes as a body, NUL, line ends and all", async () => {
    const bytes = Uint8Array.from({ length: 1_024 }, (_, n) => (n * 37 + (n >> 8)) & 0xff);
    for (const body of [bytes, Buffer.from("-n\r\n"), Buffer.from("%d\\0\r"), Buffer.alloc(3)]) {
      const answer = await sent({ method: "POST", path: "/up", body });
      expect(answer.line).toBe("POST /up HTTP/1.1");
      expect(answer.body.equals(Buffer.from(body))).toBe(true);
      expect(answer.headers.some((text) => /^content-type/i.test(text))).toBe(false);
    }
  });

  it("sends a large text that no single word can hold", async () => {
    const body = Buffer.from(`${"it's ünï\n".repeat(30_000)}`);
    const answer = await sent({ method: "POST", body });
    expect(answer.body.equals(body)).toBe(true);
  });

  it("sends targets that are no plain path", async () => {
    for (const path of [
      "*",
      "/a b",
      "/ü"
        .split("")
        .map((c) => wire(c))
        .join(""),
      "/#f",
      "/a\\b",
    ]) {
      const answer = await sent({ method: "OPTIONS", path });
      expect(answer.line).toBe(`OPTIONS ${path} HTTP/1.1`);
    }
  });

  it("says what it leaves out", () => {
    const value = requestOf({ headers: [["bad name", "x"]] });
    expect(asCurl(value, null)).toMatch(/^# left out, no valid header name: "bad name"\n/);
    const huge = new Uint8Array(kCopyMax + 1);
    const unsaved = requestOf({ method: "POST", body: huge });
    expect(asCurl(unsaved, null)).toMatch(/^# the body was not saved\n/);
    expect(asCurl(unsaved, huge)).toMatch(/^# the body is too large/);
    expect(asCurl(detail({ request: null }), null)).toMatch(/^# the request was not captured/);
  });

  it("cannot leave its comment with a line end from the wire", () => {
    const value = requestOf({ headers: [["x\ntouch owned\n", "y"]] });
    const lines = asCurl(value, null).split("\n");
    expect(lines.filter((line) => line.startsWith("touch"))).toEqual([]);
  });
});

describe("a request copied as fetch", () => {
  it("runs and sends the same, text or bytes", async () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, n) => n & 0xff);
    for (const body of [Buffer.from(`"\u2028 </script> \${x} ' \\ 🕷\n`), bytes]) {
      got = [];
      const headers: Case["headers"] = [
        ["X-Nasty", `${kNasty}\u00e9`],
        ["Content-Type", "application/x-odd"],
      ];
      const value = requestOf({ method: "PATCH", path: "/f?a='\"", headers, body });
      await run(process.execPath, ["--input-type=module", "-e", asFetch(value, body)]);
      const answer = arrived();
      expect(answer.line).toMatch(/^PATCH \/f\?a=(?:'|%27)%22 HTTP\/1\.1$/);
      expect(answer.headers).toContainEqual(expect.stringMatching(/^x-nasty: /i));
      const nasty = answer.headers.find((text) => /^x-nasty/i.test(text)) ?? "";
      expect(nasty.slice("x-nasty: ".length)).toBe(`${kNasty}\u00e9`);
      expect(answer.body.equals(Buffer.from(body))).toBe(true);
    }
  });
});

describe("a HAR entry", () => {
  it("has the fields that HAR 1.2 asks for, binary bodies as base64", () => {
    const value = requestOf({ method: "POST", path: "/x?a=1", body: Buffer.from([0, 255]) });
    const text = asHarEntry(value, {
      request: Uint8Array.from([0, 255]),
      response: Buffer.from('{"ü":1}'),
    });
    const entry = JSON.parse(text) as Record<string, Record<string, unknown>>;
    expect(entry["request"]).toMatchObject({
      method: "POST",
      url: `http://127.0.0.1:${port}/x?a=1`,
      queryString: [{ name: "a", value: "1" }],
      postData: { text: "AP8=", encoding: "base64" },
    });
    expect(entry["response"]?.["content"]).toMatchObject({ size: 8, text: '{"ü":1}' });
    expect(entry["timings"]).toMatchObject({ send: 0.01, wait: 1.5, receive: 0.49 });
    expect(entry["startedDateTime"]).toBe("2026-03-10T12:00:00.000000Z");
  });
});
