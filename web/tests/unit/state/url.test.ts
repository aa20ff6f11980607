import { describe, expect, it } from "vitest";
import { kSecond, range } from "../../../src/base/time";
import { formatUrl, kStart, parseUrl } from "../../../src/state/url";

describe("the address of the page", () => {
  it("holds window, filter, selection and what is open", () => {
    const state = {
      ...kStart,
      window: range(1_700_000_000_123_456, 1_700_000_060_000_000),
      selection: range(1_700_000_001_000_000, 1_700_000_002_000_000),
      q: 'method:POST AND uri:"/a?b=c&d=é #~+%"',
      stack: "method" as const,
      order: "oldest" as const,
      open: "1-17c2f0a4b6d3e800-2a-0",
      tab: "response" as const,
      clock: "utc" as const,
    };
    expect(parseUrl(formatUrl(state))).toEqual(state);
  });

  it("opens nothing where it names nothing", () => {
    expect(parseUrl("?open=").open).toBeNull();
  });

  it("is empty for a fresh page", () => {
    expect(formatUrl(kStart)).toBe("");
    expect(parseUrl("")).toEqual(kStart);
  });

  it("keeps times readable", () => {
    const state = { ...kStart, window: range(1_700_000_000_000_000, 1_700_000_001_500_000) };
    expect(formatUrl(state)).toBe("?from=2023-11-14T22:13:20Z&to=2023-11-14T22:13:21.5Z");
  });

  it("says live instead of a window", () => {
    const state = { ...kStart, follow: 300 * kSecond, window: range(1, 2) };
    expect(formatUrl(state)).toBe("?live=300");
    expect(parseUrl("?live=300").follow).toBe(300 * kSecond);
  });

  it("ignores what makes no sense", () => {
    const state = parseUrl(
      "?from=x&to=2023-11-14T22:13:20Z&live=-3&select=1~&order=sideways&stack=luck&clock=x",
    );
    expect(state).toEqual(kStart);
    expect(parseUrl("?from=20&to=10").window).toBeNull();
  });

  it("of an older kind asks the same in the one language", () => {
    expect(parseUrl("?status=5xx&slower=250").q).toBe("status:5xx AND duration:>=250ms");
    expect(parseUrl("?q=login&method=get").q).toBe("login AND method:GET");
    expect(formatUrl(parseUrl("?host=shop"))).toBe("?q=host:*shop*");
  });
});
