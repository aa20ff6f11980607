import { describe, expect, it } from "vitest";
import { kDay, kHour, kMinute, kSecond, parseTime, range } from "../../../src/base/time";
import { countScale, ticksFor, tickStep } from "../../../src/timeline/ticks";

const at = (text: string): number => parseTime(text) ?? Number.NaN;

describe("the axis in local time", () => {
  it("puts marks on round local times", () => {
    const from = at("2026-03-10T12:03:21Z");
    const ticks = ticksFor(range(from, from + kHour), 1_000);
    expect(ticks.map((tick) => tick.label)).toEqual([
      "13:10",
      "13:20",
      "13:30",
      "13:40",
      "13:50",
      "14:00",
    ]);
  });

  it("says the day at local midnight, not at midnight of UTC", () => {
    const from = at("2026-03-10T20:00:00Z");
    const ticks = ticksFor(range(from, from + 8 * kHour), 1_000);
    const major = ticks.filter((tick) => tick.major);
    expect(major.map((tick) => tick.time)).toEqual([at("2026-03-10T23:00:00Z")]);
    expect(major[0]?.label).toContain("11 Mar");
  });

  it("stays on local midnights across the change to summer time", () => {
    const from = at("2026-03-27T12:00:00Z");
    const ticks = ticksFor(range(from, from + 5 * kDay), 600);
    expect(ticks.every((tick) => tick.major)).toBe(true);
    expect(ticks.map((tick) => tick.time)).toContain(at("2026-03-28T23:00:00Z"));
    expect(ticks.map((tick) => tick.time)).toContain(at("2026-03-29T22:00:00Z"));
  });

  it("keeps labels at least as far apart as asked", () => {
    for (let span = kSecond / 100; span < 900 * kDay; span *= 1.7) {
      expect((tickStep(span, 1_000, 110) / span) * 1_000).toBeGreaterThanOrEqual(110);
    }
  });

  it("shows seconds and their parts only when they differ", () => {
    const from = at("2026-03-10T12:00:00Z");
    expect(ticksFor(range(from, from + 10 * kMinute), 1_000)[1]?.label).toMatch(/^\d\d:\d\d$/);
    expect(ticksFor(range(from, from + 10 * kSecond), 1_000)[1]?.label).toMatch(/^\d\d:\d\d:\d\d$/);
    expect(ticksFor(range(from, from + kSecond), 1_000)[1]?.label).toMatch(/\.\d{3}$/);
  });
});

describe("the count scale", () => {
  it("uses round whole counts", () => {
    expect(countScale(1).marks).toEqual([1]);
    expect(countScale(7).marks).toEqual([5]);
    expect(countScale(970).marks).toEqual([500]);
    expect(countScale(2_400).marks).toEqual([1_000, 2_000]);
  });

  it("leaves air above the highest bar and survives no bar at all", () => {
    expect(countScale(100).max).toBeGreaterThan(100);
    expect(countScale(0)).toEqual({ max: 1, marks: [] });
  });
});
