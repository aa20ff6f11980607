import { describe, expect, it } from "vitest";
import { kDay, kHour, kMillisecond, kMinute, kSecond } from "../../../src/base/time";
import {
  bucketAtLeast,
  bucketFor,
  kCoarsest,
  commonStep,
  kLadder,
  snapStep,
} from "../../../src/timeline/ladder";
import { kSpanMax } from "../../../src/timeline/scale";

describe("the ladder of buckets", () => {
  it("runs from 1 ms to some years, growing", () => {
    expect(kLadder[0]).toBe(kMillisecond);
    expect(kLadder[kLadder.length - 1]).toBe(kCoarsest);
    expect([...kLadder].sort((a, b) => a - b)).toEqual(kLadder);
  });

  it("has only steps that divide a day or are whole weeks, so buckets start at round times", () => {
    for (const step of kLadder) expect(step > kDay ? step % (7 * kDay) : kDay % step).toBe(0);
  });

  it("has no step above one second that is not whole seconds", () => {
    for (const step of kLadder.filter((s) => s >= kSecond)) expect(step % kSecond).toBe(0);
  });

  it("never gives bars finer than asked, and never coarser than one step", () => {
    for (let span = kMillisecond; span < 200 * kDay; span *= 1.37) {
      const bucket = bucketFor(span, 1_000, 4);
      expect((bucket / span) * 1_000).toBeGreaterThanOrEqual(4);
      const below = kLadder[kLadder.indexOf(bucket) - 1];
      if (below !== undefined) expect((below / span) * 1_000).toBeLessThan(4);
    }
  });

  it("counts all the time that there may be in bars that can be seen", () => {
    expect(bucketFor(140 * 365 * kDay, 1_412, 4)).toBe(364 * kDay);
    expect(bucketFor(kSpanMax, 250, 4)).toBe(kCoarsest);
    for (let span = kDay; span < kSpanMax; span *= 1.37)
      expect(span / bucketFor(span, 1_000, 1)).toBeLessThanOrEqual(1_000);
  });

  it("uses its coarsest step beyond its end", () => {
    expect(bucketFor(kSpanMax, 10, 4)).toBe(kCoarsest);
  });

  it("respects the floor of tracks kept per minute", () => {
    expect(bucketAtLeast(10 * kSecond, 1_000, 2, kMinute)).toBe(kMinute);
    expect(bucketAtLeast(1_000 * kHour, 1_000, 2, kMinute)).toBe(2 * kHour);
  });

  it("snaps to less than a pixel, and to nothing below a millisecond", () => {
    for (let span = kSecond; span < 400 * kDay; span *= 1.9) {
      const step = snapStep(span, 1_200);
      expect(step).toBeLessThanOrEqual(Math.max(1, span / 1_200));
    }
    expect(snapStep(100 * kMillisecond, 1_200)).toBe(1);
  });

  it("finds the coarsest step that a range is made of", () => {
    expect(commonStep(0, 2 * kHour)).toBe(2 * kHour);
    expect(commonStep(kHour, kHour + 90 * kSecond)).toBe(30 * kSecond);
    expect(commonStep(kMillisecond, 7 * kMillisecond)).toBe(kMillisecond);
    expect(commonStep(1, kSecond)).toBeNull();
  });
});
