import { describe, expect, it } from "vitest";
import { kStartPlace } from "../../../src/state/place";
import { misreadOf } from "../../../src/state/misread";
import { formatUrl, kStart } from "../../../src/state/url";
import { kFilterKeys } from "../../../src/state/filter";
import { range } from "../../../src/base/time";

const said = (search: string): string[] => misreadOf(search).map((one) => one.said);

describe("what is not understood in the address", () => {
  it("is told with its reason and what is done instead", () => {
    expect(misreadOf("?from=foo&to=2026-03-10T14:00:00Z")).toEqual([
      { said: "from=foo", why: expect.stringMatching(/^is no time: ISO/), window: true, used: "" },
    ]);
    const [order] = misreadOf("?order=sideways");
    expect(order).toMatchObject({ window: false, used: "the newest come first" });
    expect(order?.why).toMatch(/^is none of newest, oldest/);
  });

  it("is also what is understood and yet no window", () => {
    expect(said("?from=20&to=10")).toEqual(["from=20&to=10"]);
    expect(said("?from=2026-03-10T14:00:00Z")).toEqual(["from=2026-03-10T14:00:00Z"]);
    expect(said("?to=10")).toEqual(["to=10"]);
    expect(said("?live=-3")).toEqual(["live=-3"]);
    expect(said("?select=5~")).toEqual(["select=5~"]);
  });

  it("is what the page has no name for, cut when it is long, and not too many", () => {
    expect(said("?colour=blue")).toEqual(["colour=blue"]);
    expect(said(`?${"x".repeat(500)}=1`)[0]?.length).toBeLessThan(70);
    expect(said(Array.from({ length: 50 }, (_, n) => `&x${n}=1`).join("")).length).toBe(8);
  });

  it("is nothing of what the page itself writes, of older links, and of the other page", () => {
    const full = formatUrl({
      ...kStart,
      window: range(1_700_000_000_123_456, 1_700_000_060_000_000),
      selection: range(1_700_000_001_000_000, 1_700_000_002_000_000),
      q: "status:500",
      stack: "method",
      order: "-duration",
      open: "1-2-3",
      tab: "response",
      clock: "utc",
      place: {
        ...kStartPlace,
        view: "waterfall",
        ids: ["1-2-3", "4-5-6"],
        letters: "BA",
        slice: { before: 500, cursor: "a1-2-3-0" },
        zoom: range(1_700_000_001_000_000, 1_700_000_002_000_000),
        group: "path",
        sort: "p99",
        period: "1d",
        scale: "log",
        merged: true,
        hidden: ["a"],
        body: "hex",
        packet: 3,
        full: true,
      },
    });
    expect(misreadOf(full)).toEqual([]);
    expect(misreadOf("?live=300")).toEqual([]);
    expect(misreadOf(`?${kFilterKeys.map((key) => `${key}=x`).join("&")}`)).toEqual([]);
    expect(misreadOf("?page=whisperers&from=foo")).toEqual([]);
    expect(misreadOf("")).toEqual([]);
  });
});
