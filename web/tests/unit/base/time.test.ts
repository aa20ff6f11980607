import { describe, expect, it } from "vitest";
import {
  formatRange,
  kDay,
  kSecond,
  micros,
  parseTime,
  precisionFor,
  range,
  toIso,
} from "../../../src/base/time";

describe("times", () => {
  it("go to ISO text and back without losing a microsecond", () => {
    for (const t of [0, 1, 1_700_000_000_123_456, 1_700_000_000_100_000, 1_700_000_000_000_000]) {
      expect(parseTime(toIso(micros(t)))).toBe(t);
    }
    expect(toIso(micros(1_700_000_000_100_000))).toBe("2023-11-14T22:13:20.1Z");
  });

  it("are read with zones, with nanoseconds cut, and as plain microseconds", () => {
    expect(parseTime("2023-11-14T23:13:20.123456789+01:00")).toBe(1_700_000_000_123_456);
    expect(parseTime("1700000000123456")).toBe(1_700_000_000_123_456);
    for (const wrong of ["", "yesterday", "2023-13-45T00:00:00Z", "12.5", "-4"]) {
      expect(parseTime(wrong)).toBeNull();
    }
  });

  it("say the date once when both ends share it", () => {
    const day = range(
      parseTime("2026-03-10T12:00:00Z") ?? 0,
      parseTime("2026-03-10T12:00:30Z") ?? 0,
    );
    expect(formatRange(day).match(/2026-03-10/g)?.length).toBe(1);
    const week = range(day.from, day.from + 7 * kDay);
    expect(formatRange(week).match(/2026-/g)?.length).toBe(2);
  });

  it("get more precise as the span shrinks", () => {
    expect(precisionFor(kDay)).toBe("minute");
    expect(precisionFor(60 * kSecond)).toBe("second");
    expect(precisionFor(kSecond)).toBe("milli");
    expect(precisionFor(10)).toBe("micro");
  });
});
