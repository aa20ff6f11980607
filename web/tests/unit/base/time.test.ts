import { afterEach, describe, expect, it, vi } from "vitest";
import {
  formatDateTime,
  formatRange,
  formatRangeShort,
  kDay,
  kSecond,
  micros,
  noteClock,
  nowMicros,
  parseTime,
  precisionFor,
  range,
  setClock,
  toIso,
  zoneName,
  zoneOffset,
} from "../../../src/base/time";

describe("now", () => {
  it("is what Spider's clock says, as far as an answer can tell it", () => {
    const at = (ms: number): number => {
      vi.setSystemTime(ms);
      return nowMicros() / 1_000;
    };
    vi.useFakeTimers();
    noteClock(micros(1_000_000_100_000), 1_000_000_000, 1_000_000_020);
    expect(at(1_000_000_020)).toBe(1_000_000_020); // 90 ms off: the same clock
    noteClock(micros(1_000_030_000_000), 999_990_000, 1_000_070_000);
    expect(at(1_000_000_020)).toBe(1_000_000_020); // as slow an answer tells nothing
    noteClock(micros(1_000_030_010_000), 1_000_000_000, 1_000_000_020);
    expect(at(1_000_000_020)).toBe(1_000_030_020);
    noteClock(micros(1_000_031_100_000), 1_000_001_000, 1_000_001_020);
    expect(at(1_000_001_020)).toBe(1_000_031_020); // still 30 s
    noteClock(micros(1_000_002_010_000), 1_000_002_000, 1_000_002_020);
    expect(at(1_000_002_020)).toBe(1_000_002_020); // somebody put it right
    vi.useRealTimers();
  });
});

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
    const noon = Date.UTC(2026, 10, 23, 12) * 1_000;
    for (const text of ["2026-11-23T12:00:00", "2026-11-23T12:00", "2026-11-23T12:00:00Z"]) {
      expect(parseTime(text)).toBe(noon); // without a zone it is UTC
    }
    expect(parseTime("2026-11-23")).toBe(noon - 12 * 3_600_000_000);
    for (const none of ["2026-02-30", "2026-11-31T00:00:00Z", "2026-11-23T12:00.5"]) {
      expect(parseTime(none)).toBeNull();
    }
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

describe("the clock of the page", () => {
  afterEach(() => setClock("local"));
  const t = micros(1_700_000_000_123_456); // 2023-11-14 22:13:20 UTC

  it("is UTC when told so, whatever the machine's zone is", () => {
    setClock("utc");
    expect(formatDateTime(t, "micro")).toBe("2023-11-14 22:13:20.123456");
    expect(zoneOffset(t)).toBe(0);
    expect(zoneName(t)).toBe("UTC");
  });

  it("is the machine's otherwise", () => {
    const hours = new Date(1_700_000_000_000).getHours();
    expect(formatDateTime(t, "second")).toContain(` ${String(hours).padStart(2, "0")}:`);
    expect(zoneOffset(t)).toBe(-new Date(1_700_000_000_000).getTimezoneOffset() * 60e6);
  });

  it("leaves out of a short range what is as it is now", () => {
    setClock("utc");
    const ten = range(t, t + 600 * kSecond);
    expect(formatRangeShort(ten, t)).toBe("22:13:20 – 22:23:20");
    expect(formatRangeShort(ten, micros(t + kDay))).toBe("11-14 22:13:20 – 22:23:20");
    expect(formatRangeShort(ten, micros(t + 400 * kDay))).toBe(formatRange(ten));
  });
});
