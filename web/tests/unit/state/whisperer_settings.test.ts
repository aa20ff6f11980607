import { describe, expect, it } from "vitest";
import type { Whisperer } from "../../../src/api/types";
import {
  changesOf,
  ConfigurationError,
  concerns,
  configurationJson,
  draftOf,
  freeName,
  parseConfiguration,
  type Setting,
  troubleOf,
  typed,
} from "../../../src/state/whispererSettings";

const setting = (part: Partial<Setting>): Setting => ({
  name: "filter",
  group: "capture",
  value: "",
  default_value: "",
  file_value: "",
  origin: "default",
  help: "",
  ...part,
});

const kFilter = setting({ value: "tcp port 81", file_value: "tcp port 80", origin: "page" });
const kSnaplen = setting({
  name: "snaplen",
  value: 262_144,
  default_value: 262_144,
  file_value: 262_144,
  min: 64,
  max: 262_144,
});
const kBodies = setting({
  name: "save_bodies",
  group: "parsing",
  value: true,
  default_value: true,
  file_value: true,
});
const kAll = [kFilter, kSnaplen, kBodies];

describe("what is typed", () => {
  it("is no change when it is what is in force", () => {
    const there = typed(kSnaplen, {}, "96");
    expect(there).toEqual({ snaplen: "96" });
    expect(typed(kSnaplen, there, "262144")).toEqual({});
  });

  it("has the type of the setting, and is null where it says what the file says", () => {
    const draft = { filter: "tcp port 80", snaplen: " 96 ", save_bodies: false };
    expect(changesOf(kAll, draft)).toEqual({ filter: null, snaplen: 96, save_bodies: false });
    expect(changesOf(kAll, { filter: "tcp port 81", snaplen: "262144" })).toEqual({});
  });

  it("is held against the limits, both ends in", () => {
    expect(troubleOf(kSnaplen, "64")).toBeNull();
    expect(troubleOf(kSnaplen, "262144")).toBeNull();
    for (const bad of ["63", "262145"]) expect(troubleOf(kSnaplen, bad)).toBe("From 64 to 262144.");
    for (const bad of ["", "x", "9.5", "1e3"])
      expect(troubleOf(kSnaplen, bad)).toBe("A whole number is needed.");
    expect(troubleOf(kFilter, "anything")).toBeNull();
  });
});

describe("a configuration as JSON", () => {
  const whisperer = { name: "live", type: "INTERFACE", settings: kAll } as unknown as Whisperer;

  it("says what is not the default, and makes the same again", () => {
    const json = configurationJson(whisperer);
    expect(JSON.parse(json)).toEqual({ name: "live", type: "INTERFACE", filter: "tcp port 81" });
    expect(
      draftOf(kAll.concat(setting({ name: "name", group: "identity" })), {
        ...parseConfiguration(json),
      }).draft,
    ).toEqual({});
  });

  it("is a draft with what it does not name at its default, and names what is not known", () => {
    const { draft, unknown } = draftOf(kAll, { snaplen: 128, speed: 3 });
    expect(draft).toEqual({ filter: "", snaplen: "128" });
    expect(unknown).toEqual(["speed"]);
  });

  it("is refused with a reason when it is none", () => {
    for (const [text, why] of [
      ["{", /not JSON/],
      ["[1]", /object/],
      ["null", /object/],
      ['{"filter":{"a":1}}', /filter must be/],
      [`"${"x".repeat(200_000)}"`, /too long/],
    ] as const) {
      expect(() => parseConfiguration(text)).toThrow(ConfigurationError);
      expect(() => parseConfiguration(text)).toThrow(why);
    }
  });
});

describe("the name of a copy", () => {
  it("is free", () => {
    expect(freeName("a", ["b"])).toBe("a");
    expect(freeName("a", ["a", "a-2"])).toBe("a-3");
    expect(freeName("a-2", ["a", "a-2"])).toBe("a-3");
  });
});

describe("what a type of whisperer reads", () => {
  it("is all that its form offers: the server refuses the rest", () => {
    const live = ["interface", "buffer_mib", "promiscuous", "direction", "threads", "snaplen"];
    for (const name of [...live, "exclude_spider"]) {
      expect(concerns(name, "INTERFACE")).toBe(true);
      expect(concerns(name, "FILE")).toBe(false);
      expect(concerns(name, "UPLOAD")).toBe(false);
    }
    for (const name of ["keep_communications", "keep_quality", "max_size"]) {
      expect(concerns(name, "FILE")).toBe(true);
      expect(concerns(name, "UPLOAD")).toBe(false);
    }
    expect(concerns("path", "INTERFACE")).toBe(false);
    for (const name of ["filter", "skip_empty_packets", "body_max_bytes"])
      expect(concerns(name, "UPLOAD")).toBe(true);
  });
});
