import { describe, expect, it } from "vitest";
import { filterQuery, kDurationForm, kStatusForm, patternOf } from "../../../src/state/filter";
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

  it("asks for a clicked value as it was captured", () => {
    expect(query({ identity: "alice", correlation: "a=b" })).toMatchObject({
      identity: "alice",
      correlation: "a=b",
      origin: "",
    });
    expect(patternOf("a, b,c")).toBe("a* b*c");
    expect(patternOf("caf\u00c3\u00a9")).toBe("caf\u00e9");
    expect(patternOf("x\u00ff\u00fey")).toBe("x*y");
  });

  it("knows statuses and durations that the server takes", () => {
    for (const good of [
      "404",
      "5xx",
      ">=400",
      "< 400",
      "500-503",
      "none",
      "404, 5xx,none",
      "<100,>=600",
    ]) {
      expect(kStatusForm.test(good), good).toBe(true);
    }
    for (const wrong of ["4", "40", "abc", "404,", "5x", "=404", "0", "600", "999", "6xx", "9xx"]) {
      expect(kStatusForm.test(wrong), wrong).toBe(false);
    }
    expect(kDurationForm.test("250")).toBe(true);
    expect(kDurationForm.test("1,5 s")).toBe(true);
    expect(kDurationForm.test("fast")).toBe(false);
  });
});
