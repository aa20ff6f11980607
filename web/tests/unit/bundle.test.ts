import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const web = resolve(__dirname, "..", "..");
const kScriptMax = 250_000; // bytes, gzipped: what the first view may cost

describe("the built page", () => {
  const out = mkdtempSync(join(tmpdir(), "spider-bundle-"));
  const assets = (ending: string): string[] =>
    readdirSync(join(out, "assets"))
      .filter((name) => name.endsWith(ending))
      .map((name) => join(out, "assets", name));

  beforeAll(() => {
    const vite = join(web, "node_modules", "vite", "bin", "vite.js");
    const args = [vite, "build", "--outDir", out, "--emptyOutDir", "--logLevel", "error"];
    const env = { ...process.env, NODE_ENV: "production" };
    execFileSync(process.execPath, args, { cwd: web, env });
  }, 180_000);

  afterAll(() => rmSync(out, { recursive: true, force: true }));

  // The script of index.html and what it imports before it can run; views come when they are
  // opened.
  const firstView = (): string[] => {
    const html = readFileSync(join(out, "index.html"), "utf8");
    const seen = new Set<string>();
    const add = (name: string): void => {
      if (seen.has(name)) return;
      seen.add(name);
      const text = readFileSync(join(out, "assets", name), "utf8");
      for (const [, other = ""] of text.matchAll(/(?:from|import)"\.\/([\w.-]+\.js)"/g)) add(other);
    };
    for (const [, name = ""] of html.matchAll(/"\.\/assets\/([\w.-]+\.js)"/g)) add(name);
    return [...seen];
  };

  it("has less script in its first view than the budget", () => {
    const bytes = firstView()
      .map((name) => gzipSync(readFileSync(join(out, "assets", name))).length)
      .reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(kScriptMax);
  });

  it("has no inline script or style, and fetches nothing from elsewhere", () => {
    const html = readFileSync(join(out, "index.html"), "utf8");
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
    for (const [, address = ""] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect(address).toMatch(/^\.\//);
      expect(existsSync(join(out, address)), address).toBe(true);
    }
    const css = assets(".css").map((file) => readFileSync(file, "utf8"));
    expect(css.join()).not.toMatch(/url\((?!["']?(?:\.\/)?[\w.-]+\.woff2)/);
  });

  it("never evaluates text as code or markup", () => {
    const sources = readdirSync(join(web, "src"), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => readFileSync(join(web, "src", name), "utf8"))
      .join("\n");
    expect(sources.length).toBeGreaterThan(50_000);
    expect(sources).not.toMatch(
      /dangerouslySetInnerHTML|\.innerHTML|\beval\(|new Function|srcdoc/i,
    );
  });
});
