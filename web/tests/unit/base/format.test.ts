import { describe, expect, it } from "vitest";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatShare,
  formatShort,
  plural,
} from "../../../src/base/format";
import { kDay, kHour, kMinute, kSecond } from "../../../src/base/time";

describe("numbers for people", () => {
  it("says durations in the unit that fits", () => {
    expect(formatDuration(0)).toBe("0 µs");
    expect(formatDuration(999)).toBe("999 µs");
    expect(formatDuration(1_500)).toBe("1.5 ms");
    expect(formatDuration(999_499)).toBe("999 ms");
    expect(formatDuration(999_600)).toBe("1 s");
    expect(formatDuration(2.345 * kSecond)).toBe("2.35 s");
    expect(formatDuration(59.996 * kSecond)).toBe("1 min");
    expect(formatDuration(90 * kSecond)).toBe("1 min 30 s");
    expect(formatDuration(3 * kHour + 12 * kMinute)).toBe("3 h 12 min");
    expect(formatDuration(2 * kDay + 5 * kHour)).toBe("2 d 5 h");
    expect(formatDuration(-1_500)).toBe("−1.5 ms");
  });

  it("says sizes in decimal units", () => {
    expect(formatBytes(0)).toBe("0 B");
    expect(formatBytes(999)).toBe("999 B");
    expect(formatBytes(1_000)).toBe("1 kB");
    expect(formatBytes(1_234_567)).toBe("1.23 MB");
    expect(formatBytes(5e9)).toBe("5 GB");
    expect(formatBytes(999_999)).toBe("1 MB");
  });

  it("groups counts and shortens them for axes", () => {
    expect(formatCount(1234567)).toBe("1,234,567");
    expect(formatShort(999)).toBe("999");
    expect(formatShort(12_300)).toBe("12.3 k");
    expect(formatShort(999_700)).toBe("1 M");
    expect(plural(1, "gap")).toBe("1 gap");
    expect(plural(2, "gap")).toBe("2 gaps");
  });

  it("never rounds a loss away", () => {
    expect(formatShare(10, 10)).toBe("100 %");
    expect(formatShare(1_999_992, 2_000_000)).toBe("99.9996 %");
    expect(formatShare(999_999_999, 1_000_000_000)).not.toBe("100 %");
    expect(formatShare(1, 3)).toBe("33.3 %");
    expect(formatShare(0, 3)).toBe("0 %");
    expect(formatShare(0, 0)).toBe("100 %");
  });
});
