import { describe, expect, it } from "vitest";
import { range } from "../../../src/base/time";
import {
  kIdsMax,
  kStartPlace,
  lettersOf,
  parseSlice,
  type Place,
  relettered,
} from "../../../src/state/place";
import { formatUrl, kStart, parseUrl, settled } from "../../../src/state/url";

describe("the view in the address", () => {
  it("comes back as it was", () => {
    const place: Place = {
      view: "sequence",
      ids: ["1-a-0", "1-b-0"],
      letters: "BA",
      slice: { before: 500, cursor: "a189b1c3e7d2f0000-2a-0-1" },
      zoom: range(1_700_000_000_123_456, 1_700_000_000_200_000),
      group: "host,method",
      sort: "p99",
      period: "5m",
      scale: "log",
      merged: true,
      found: "none",
      hidden: ["10.0.0.1", "[::1]:80"],
      body: "hex",
      packet: 17,
      full: true,
    };
    const url = formatUrl({ ...kStart, place });
    expect(parseUrl(url).place).toEqual(place);
    expect(url).toContain("ids=1-a-0,1-b-0");
  });

  it("is not in it when it is the list", () => {
    expect(formatUrl(kStart)).toBe("");
    expect(parseUrl("").place).toEqual(kStartPlace);
  });

  it("that says nonsense is as if it said nothing, and never asks for too much", () => {
    const ids = Array.from({ length: 2_000 }, (_, n) => `i${n}`).join();
    const place = parseUrl(`?view=x&scale=y&packet=-1&ids=${ids}`).place;
    expect(place).toMatchObject({ view: "list", scale: "auto", period: "auto", packet: null });
    expect(place.ids.length).toBe(kIdsMax);
  });
});

describe("the letters of what is compared", () => {
  const three = { ids: ["x", "y", "z"], letters: "" };
  const named = (place: { ids: readonly string[]; letters: string }): string =>
    lettersOf(place)
      .map((letter, at) => `${letter}${place.ids[at]}`)
      .join(" ");

  it("stay with their calls, whichever comes first", () => {
    expect(named(three)).toBe("Ax By Cz");
    const turned = relettered(three, ["z", "x", "y"]);
    expect(named(turned)).toBe("Cz Ax By");
    expect(named(relettered(turned, ["x", "y", "z"]))).toBe("Ax By Cz");
    expect(relettered(turned, ["x", "y", "z"]).letters).toBe("");
  });

  it("are not another's when one is left out or comes", () => {
    const two = relettered(three, ["y", "z"]);
    expect(named(two)).toBe("By Cz");
    expect(named(relettered(two, ["y", "z", "new"]))).toBe("By Cz Dnew");
  });

  it("are anew where the address says nonsense", () => {
    for (const letters of ["AA1", "AAB", "AB", "abc"])
      expect(named({ ids: three.ids, letters })).toBe("Ax By Cz");
  });

  it("are those of the first eight, of whom the next one joins", () => {
    const ids = Array.from({ length: 10 }, (_, n) => `i${n}`);
    const without = relettered({ ids, letters: "" }, ids.slice(1));
    expect(lettersOf(without).join("")).toBe("BCDEFGHI");
  });
});

describe("a slice or a zoom", () => {
  const place = { ...kStartPlace, view: "waterfall" as const, zoom: range(5, 9) };
  const state = {
    ...kStart,
    window: range(0, 100),
    place: { ...place, slice: { before: 500, cursor: "a1-2-3-0" } },
  };

  it("is of its question, and gone with another one", () => {
    expect(settled(state, { ...state, open: "1-a-0" }).place).toEqual(state.place);
    for (const next of [
      { ...state, q: "status:500" },
      { ...state, window: range(0, 50) },
      { ...state, place: { ...state.place, view: "list" as const } },
    ])
      expect(settled(state, next).place).toMatchObject({ slice: null, zoom: null });
    const gone = { ...state, q: "x", place: { ...state.place, zoom: range(6, 7) } };
    expect(settled(state, gone).place).toMatchObject({ slice: null, zoom: range(6, 7) });
  });

  it("is nothing when the address says nonsense", () => {
    for (const text of [null, "", "500", "0.a1", "x.a1", "5.", "5.a b", "-5.a1"])
      expect(parseSlice(text)).toBeNull();
  });
});
