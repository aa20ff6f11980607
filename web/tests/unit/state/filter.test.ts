import { describe, expect, it } from "vitest";
import { filterQuery } from "../../../src/state/filter";
import { kNoFilter } from "../../../src/state/url";

const query = (part: Partial<typeof kNoFilter>) => filterQuery({ ...kNoFilter, ...part });

describe("the filter row", () => {
  it("finds hosts by any part, unless a star or a list says otherwise", () => {
    expect(query({ host: " shop " })["host"]).toBe("*shop*");
    expect(query({ host: "shop.*" })["host"]).toBe("shop.*");
    expect(query({ host: "a.example,b.example" })["host"]).toBe("a.example,b.example");
    expect(query({})["host"]).toBe("");
  });

  it("takes milliseconds, or any unit", () => {
    expect(query({ slower: "250" })["min_duration"]).toBe("250000");
    expect(query({ slower: "0,5" })["min_duration"]).toBe("500");
    expect(query({ slower: "1.5s" })["min_duration"]).toBe("1500000");
    expect(query({ slower: "2 s" })["min_duration"]).toBe("2s");
    expect(query({ slower: "" })["min_duration"]).toBe("");
  });

  it("writes methods as the wire does and leaves paths alone", () => {
    expect(query({ method: "get, post" })["method"]).toBe("GET, POST");
    expect(query({ uri: " /A b" })["uri"]).toBe(" /A b");
  });
});
