import { describe, expect, it } from "vitest";
import { filterQuery, kNotWhole, narrowed, patternOf, textOf } from "../../../src/state/filter";
import { layersOf } from "../../../src/state/stack";

describe("what older links asked for", () => {
  it("is asked in the one language", () => {
    expect(textOf({ host: " shop " })).toBe("host:*shop*");
    expect(textOf({ host: "shop.*" })).toBe("host:shop.*");
    expect(textOf({ host: "a.example, b.example" })).toBe("host:a.example,b.example");
    expect(textOf({ slower: "250" })).toBe("duration:>=250ms");
    expect(textOf({ slower: "1,5 s" })).toBe("duration:>=1.5s");
    expect(textOf({ method: "get, post", status: "5xx" })).toBe("method:GET,POST AND status:5xx");
    expect(textOf({ uri: "/A b" })).toBe('uri:"/A b"');
    expect(textOf({ identity: "alice", correlation: "a=b" })).toBe(
      'identity:alice AND correlation:"a=b"',
    );
    expect(textOf({ whisperer: "my one", identity_kind: "jwt" })).toBe(
      'whisperer:"my one" AND identity.kind:jwt',
    );
    expect(textOf({})).toBe("");
  });

  it("takes the place of what was asked of that field", () => {
    expect(narrowed("x state:complete", { state: kNotWhole })).toBe(
      "x AND state:partial,no_response,no_request",
    );
  });
});

it("a clicked value is asked for as it was captured", () => {
  expect(patternOf("a, b,c")).toBe("a* b*c");
  expect(patternOf("caf\u00c3\u00a9")).toBe("caf\u00e9");
  expect(patternOf("x\u00ff\u00fey")).toBe("x*y");
});

it("a layer of the timeline is a question, where one says exactly that", () => {
  const terms = layersOf("status_class", []).map(({ term }) => term);
  expect(terms).toContain("status:5xx");
  expect(terms).toContain("status:<100,>=600");
  expect(layersOf("none", []).map(({ term }) => term)).toEqual([null]);
});

it("the server is asked with the text itself", () => {
  expect(filterQuery("  a OR b ")).toEqual({ q: "a OR b" });
});
