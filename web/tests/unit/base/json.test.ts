import { describe, expect, it } from "vitest";
import { prettyJson } from "../../../src/base/json";

const text = (source: string): string | null =>
  prettyJson(source)
    ?.map((line) => line.map((token) => token.text).join(""))
    .join("\n") ?? null;

describe("pretty JSON", () => {
  it("indents like everyone does", () => {
    const value = { a: [1, { b: null }], c: "x,y:{}", d: {}, e: [] };
    expect(text(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
  });

  it("keeps digits, order and duplicate keys as they were sent", () => {
    expect(text('{"b":1.000,"a":12345678901234567890,"b":1e400}')).toBe(
      '{\n  "b": 1.000,\n  "a": 12345678901234567890,\n  "b": 1e400\n}',
    );
  });

  it("tells keys from strings", () => {
    const kinds = prettyJson('{"k":"v"}')
      ?.flat()
      .map((token) => token.kind);
    expect(kinds).toContain("key");
    expect(kinds).toContain("string");
  });

  it("says no to what is not JSON", () => {
    for (const wrong of ["", "{", "<html>", "{a:1}", '{"a":1} x'])
      expect(prettyJson(wrong)).toBeNull();
  });

  it("survives nesting deeper than any indentation", () => {
    const deep = "[".repeat(3_000) + "]".repeat(3_000);
    expect(prettyJson(deep)?.length).toBeGreaterThan(3_000);
  });
});
