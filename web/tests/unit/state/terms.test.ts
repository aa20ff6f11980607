import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import {
  fieldOf,
  hasTerm,
  joinTerms,
  notTerm,
  onlyTerm,
  patternText,
  soleValue,
  splitTerms,
  toggleTerm,
  valueText,
  withoutTerm,
} from "../../../src/state/terms";

const kCases = resolve(__dirname, "../../../../tests/filter_cases.json");
const cases = JSON.parse(readFileSync(kCases, "utf8")) as { normal: { normal: string }[] };

describe("a question taken apart", () => {
  it("is itself again, for every usual form that the server writes", () => {
    let apart = 0;
    for (const { normal } of cases.normal) {
      const terms = splitTerms(normal);
      if (terms === null) continue;
      apart += terms.length > 1 ? 1 : 0;
      expect(joinTerms(terms)).toBe(normal);
    }
    expect(apart).toBeGreaterThan(3);
  });

  it("keeps quotes, brackets and NOT together", () => {
    expect(splitTerms('uri:"/a b" and NOT (x OR y)  "free AND word"')).toEqual([
      'uri:"/a b"',
      "NOT (x OR y)",
      '"free AND word"',
    ]);
  });

  it("is left alone where it is no list of things that all must hold", () => {
    for (const q of ["a OR b", "status: 500", '"open', "(a", "a)", "NOT", "host:a , b"])
      expect(splitTerms(q), q).toBe(null);
  });
});

describe("a click on a value", () => {
  it("replaces what was asked of that field, and nothing else", () => {
    const q = 'status:5xx AND NOT status:503 AND uri:"/a" word';
    expect(onlyTerm(q, "status:404")).toBe('uri:"/a" AND word AND status:404');
    expect(onlyTerm("", "status:404")).toBe("status:404");
    expect(onlyTerm("a OR status:1xx", "status:404")).toBe("(a OR status:1xx) AND status:404");
  });

  it("leaves a value out, once, and not beside itself", () => {
    expect(notTerm("status:404 x", "status:404")).toBe("x AND NOT status:404");
    const twice = notTerm(notTerm("x", "status:404"), "status:404");
    expect(twice).toBe("x AND NOT status:404");
    expect(notTerm(twice, "status:500")).toBe("x AND NOT status:404 AND NOT status:500");
  });

  it("a second time takes it back", () => {
    const q = toggleTerm("x", "method:GET");
    expect(hasTerm(q, "method:GET")).toBe(true);
    expect(toggleTerm(q, "method:GET")).toBe("x");
    expect(withoutTerm("a OR b", "a")).toBe("a OR b");
  });
});

describe("a captured value as text", () => {
  it("means itself whatever is in it", () => {
    expect(valueText("/api/a-b_c.d")).toBe("/api/a-b_c.d");
    expect(valueText("a,b")).toBe('"a,b"');
    expect(valueText("1..2")).toBe('"1..2"');
    expect(valueText('say "x\\y"')).toBe('"say \\"x\\\\y\\""');
    expect(valueText("OR")).toBe('"OR"');
    expect(valueText("-x")).toBe('"-x"');
    expect(valueText("a*")).toBe('"a*"');
    expect(valueText("caf\u00c3\u00a9")).toBe('"caf\u00e9"');
    expect(valueText("\u00ff\u0001")).toBe('"\\xff\\x01"');
    expect(valueText("")).toBe('""');
  });

  it("as a pattern keeps its stars", () => {
    expect(patternText("*shop*")).toBe("*shop*");
    expect(patternText("alice (x)*")).toBe("alice*x*");
  });
});

it("the field of a term, and its one value, can be told", () => {
  expect(fieldOf("NOT header.x-a:1")).toBe("");
  expect(fieldOf("NOT identity.kind:jwt")).toBe("identity.kind");
  expect(fieldOf("duration>=5ms")).toBe("duration");
  expect(fieldOf("http://x")).toBe("http");
  expect(soleValue('a whisperer:"my one"', "whisperer")).toBe("my one");
  expect(soleValue("whisperer:a,b", "whisperer")).toBe(null);
  expect(soleValue("NOT whisperer:a", "whisperer")).toBe(null);
  expect(soleValue("whisperer:a OR b", "whisperer")).toBe(null);
});
