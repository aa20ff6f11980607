import { describe, expect, it } from "vitest";
import {
  kDay,
  kHour,
  kMinute,
  kSecond,
  micros,
  parseTime,
  range,
  setClock,
} from "../../../src/base/time";
import { countScale, pointerLabel, ticksFor, tickStep } from "../../../src/timeline/ticks";

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

describe("the axis of months and years", () => {
  const labels = (from: string, to: string, width = 1_000): string[] =>
    ticksFor(range(at(from), at(to)), width).map((tick) => tick.label);

  it("marks the first of months at local midnight, whatever their lengths", () => {
    const ticks = ticksFor(range(at("2025-12-20T00:00:00Z"), at("2026-07-10T00:00:00Z")), 1_000);
    expect(ticks.map((tick) => tick.label)).toEqual([
      "Jan 2026",
      "1 Feb",
      "1 Mar",
      "1 Apr",
      "1 May",
      "1 Jun",
      "1 Jul",
    ]);
    expect(ticks[2]?.time).toBe(at("2026-02-28T23:00:00Z"));
    expect(ticks[3]?.time).toBe(at("2026-03-31T22:00:00Z")); // summer time by then
    expect(ticks.map((tick) => tick.major)).toEqual([true, ...Array(6).fill(false)]);
  });

  it("marks quarters of a year, and whole years of many", () => {
    expect(labels("2025-01-15T00:00:00Z", "2026-12-15T00:00:00Z")).toEqual([
      "1 Apr",
      "1 Jul",
      "1 Oct",
      "Jan 2026",
      "1 Apr",
      "1 Jul",
      "1 Oct",
    ]);
    expect(labels("2016-06-01T00:00:00Z", "2026-06-01T00:00:00Z", 700)).toEqual([
      "2018",
      "2020",
      "2022",
      "2024",
      "2026",
    ]);
  });

  it("is of the clock of the page", () => {
    setClock("utc");
    const ticks = ticksFor(range(at("2026-02-15T00:00:00Z"), at("2026-08-15T00:00:00Z")), 1_000);
    expect(ticks[0]?.time).toBe(at("2026-03-01T00:00:00Z"));
    const days = ticksFor(range(at("2026-03-10T00:00:00Z"), at("2026-03-13T00:00:00Z")), 500);
    expect(days.map((tick) => tick.label)).toEqual(["Tue 10 Mar", "Wed 11 Mar", "Thu 12 Mar"]);
    setClock("local");
  });

  it("says the day at the pointer where a clock time would not tell it", () => {
    const t = micros(at("2026-03-10T12:34:56Z"));
    expect(pointerLabel(t, kHour)).toMatch(/^13:34:56/);
    expect(pointerLabel(t, 3 * kDay)).toMatch(/^10 Mar 13:34/);
    expect(pointerLabel(t, 90 * kDay)).toBe("10 Mar");
    expect(pointerLabel(t, 900 * kDay)).toBe("10 Mar 2026");
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
