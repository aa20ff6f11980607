import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { wireText } from "../../../src/api/types";

const web = resolve(__dirname, "..", "..", "..");

describe("types of the API", () => {
  it("are fresh: made from docs/api.yaml as it is now", () => {
    const folder = mkdtempSync(join(tmpdir(), "spider-types-"));
    try {
      const made = join(folder, "schema.d.ts");
      const tool = join(web, "node_modules", "openapi-typescript", "bin", "cli.js");
      execFileSync(process.execPath, [tool, join(web, "..", "docs", "api.yaml"), "-o", made]);
      const kept = readFileSync(join(web, "src", "api", "generated", "schema.d.ts"), "utf8");
      expect(kept, "run `npm run types` in web/").toBe(readFileSync(made, "utf8"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("text from the wire", () => {
  it("is read as UTF-8 when it is", () => {
    expect(wireText("/caf\u00c3\u00a9")).toBe("/café");
    expect(wireText("plain")).toBe("plain");
  });

  it("stays as it came when it is not", () => {
    expect(wireText("/caf\u00e9")).toBe("/caf\u00e9");
    expect(wireText("\u20ac")).toBe("€");
  });
});
