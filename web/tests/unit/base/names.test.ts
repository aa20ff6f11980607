import { describe, expect, it } from "vitest";
import { nameAtProblem, namesAmongWords } from "../../../src/base/names";

// "server:shop.test" as the server tells its parts.
const parts = (...kinds: [string, string][]) => {
  let offset = 0;
  return kinds.map(([kind, text]) => {
    const token = { kind, offset, length: text.length };
    offset += text.length + (text === ":" || kind === "field" ? 0 : 1);
    return token;
  });
};

describe("a name where an address is wanted", () => {
  const mended = (field: string, value: string) => {
    const tokens = parts(["word", "a"], ["field", field], ["comparison", ":"], ["value", value]);
    tokens[3] = { kind: "value", offset: 3 + field.length, length: value.length };
    const problem = { offset: 3 + field.length, length: value.length };
    return nameAtProblem(`a ${field}:${value} b`, tokens, problem);
  };

  it("is asked for with the field of names", () => {
    expect(mended("server", "shop.test")).toEqual({
      name: "shop.test",
      term: "server.name:shop.test",
      q: "a server.name:shop.test b",
    });
    expect(mended("client.ip", "web-1")?.term).toBe("client.name:web-1");
    expect(mended("ip", "db")?.q).toBe("a name:db b");
  });

  it("is nothing that cannot be one, nor of another field", () => {
    expect(mended("server", "10.0.0.")).toBeNull();
    expect(mended("server", "300.1.1.1")).toBeNull();
    expect(mended("server.port", "shop.test")).toBeNull();
    expect(nameAtProblem("statsu:5", [], { offset: 0, length: 6 })).toBeNull();
  });
});

describe("words that could be names", () => {
  it("are the free ones", () => {
    const q = "shop.test status:500 12 /path";
    const tokens = [
      { kind: "word", offset: 0, length: 9 },
      { kind: "field", offset: 10, length: 6 },
      { kind: "comparison", offset: 16, length: 1 },
      { kind: "value", offset: 17, length: 3 },
      { kind: "word", offset: 21, length: 2 },
      { kind: "word", offset: 24, length: 5 },
    ];
    expect(namesAmongWords(q, tokens)).toEqual([
      { name: "shop.test", term: "name:shop.test", q: "name:shop.test status:500 12 /path" },
    ]);
  });
});
