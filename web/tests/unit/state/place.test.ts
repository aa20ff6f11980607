import { describe, expect, it } from "vitest";
import { kIdsMax, kStartPlace, type Place } from "../../../src/state/place";
import { formatUrl, kStart, parseUrl } from "../../../src/state/url";

describe("the view in the address", () => {
  it("comes back as it was", () => {
    const place: Place = {
      view: "sequence",
      ids: ["1-a-0", "1-b-0"],
      group: "host,method",
      sort: "p99",
      period: "5m",
      scale: "log",
      merged: true,
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
