import { describe, expect, it } from "vitest";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatOffsets,
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
    expect(formatDuration(999_600)).toBe("1.00 s");
    expect(formatDuration(2.345 * kSecond)).toBe("2.35 s");
    expect(formatDuration(59.996 * kSecond)).toBe("1 min");
    expect(formatDuration(90 * kSecond)).toBe("1 min 30 s");
    expect(formatDuration(3 * kHour + 12 * kMinute)).toBe("3 h 12 min");
    expect(formatDuration(2 * kDay + 5 * kHour)).toBe("2 d 5 h");
    expect(formatDuration(-1_500)).toBe("−1.5 ms");
  });

  it("says durations in three digits, and in fewer only what is exact", () => {
    const texts = [1_000_618, 1_002_582, kSecond, 4_630, 4_600, 4_601, 9_996, 99_960, 100_300];
    expect(texts.map(formatDuration)).toEqual([
      "1.00 s",
      "1.00 s",
      "1 s",
      "4.63 ms",
      "4.6 ms",
      "4.60 ms",
      "10.0 ms",
      "100 ms",
      "100 ms",
    ]);
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

  it("tells lengths that follow each other apart, in as many digits as that takes", () => {
    const s = kSecond;
    expect(formatOffsets([0, 2 * s, 3 * s])).toEqual(["0 µs", "2 s", "3 s"]);
    const times = [481_000_000, 481_240_000, 483_001_000, 483_404_000, 500 * s];
    expect(formatOffsets(times)).toEqual(["8:01.0", "8:01.2", "8:03.0", "8:03.4", "8:20"]);
    expect(formatOffsets([kHour + 5, kHour + 1_005])).toEqual(["1:00:00.000", "1:00:00.001"]);
    expect(formatOffsets([101_200, 101_400])).toEqual(["101.2 ms", "101.4 ms"]);
    expect(formatOffsets([59.9999 * s, 60 * s, 60.00002 * s])).toEqual([
      "59.9999 s",
      "1:00.00000",
      "1:00.00002",
    ]);
    let us = 0;
    const many = Array.from({ length: 3_000 }, (_, n) => (us += 1 + ((n * 7_919) % 10) ** (n % 8)));
    const texts = formatOffsets(many);
    texts.forEach((text, n) => expect(text, `${many[n]}`).not.toBe(texts[n - 1]));
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
