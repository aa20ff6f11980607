import { describe, expect, it } from "vitest";
import { intersects, kDay, kHour, kSecond, range, spanOf } from "../../../src/base/time";
import {
  between,
  kSpanMax,
  kSpanMin,
  padded,
  panBy,
  toTime,
  toX,
  zoomAt,
} from "../../../src/timeline/scale";

const view = range(1_700_000_000_000_000, 1_700_000_000_000_000 + kHour);
const scale = { view, width: 1_200 };

describe("the time scale", () => {
  it("maps the window onto the width and back", () => {
    expect(toX(scale, view.from)).toBe(0);
    expect(toX(scale, view.to)).toBe(1_200);
    for (const x of [0, 1, 333.25, 1_199]) expect(toX(scale, toTime(scale, x))).toBeCloseTo(x, 3);
  });

  it("keeps what is under the pointer in place while zooming", () => {
    for (const factor of [0.01, 0.5, 0.9, 1.1, 3]) {
      const anchor = toTime(scale, 777);
      const zoomed = zoomAt(view, anchor, factor);
      expect(toX({ view: zoomed, width: 1_200 }, anchor)).toBeCloseTo(777, 2);
      expect(spanOf(zoomed)).toBeCloseTo(kHour * factor, -1);
    }
  });

  it("stops at the thinnest and the widest window", () => {
    expect(spanOf(zoomAt(view, view.from, 1e-12))).toBe(kSpanMin);
    expect(spanOf(zoomAt(view, view.from, 1e12))).toBe(kSpanMax);
  });

  it("zooms out of and into a hundred years without a jump", () => {
    const all = range(10 * kSecond, 136 * 365 * kDay);
    const middle = (all.from + all.to) / 2;
    expect(spanOf(zoomAt(all, middle, 0.9)) / spanOf(all)).toBeCloseTo(0.9, 6);
    expect(spanOf(panBy(all, 0))).toBe(spanOf(all));
  });

  it("does not leave the times that a number holds exactly", () => {
    expect(panBy(view, -1e18).from).toBe(0);
    const late = panBy(view, 1e18);
    expect(Number.isSafeInteger(late.to)).toBe(true);
    expect(spanOf(late)).toBe(kHour);
  });

  it("pans without changing the span", () => {
    const moved = panBy(view, -kDay);
    expect(moved.from).toBe(view.from - kDay);
    expect(spanOf(moved)).toBe(kHour);
  });

  it("pads a range on both sides, an instant to the thinnest window", () => {
    const wide = padded(view, 0.05);
    expect(wide.from).toBe(view.from - kHour * 0.05);
    expect(wide.to).toBe(view.to + kHour * 0.05);
    const instant = padded(range(view.from, view.from), 0);
    expect(spanOf(instant)).toBe(kSpanMin);
    expect(instant.from).toBeLessThan(view.from);
  });

  it("knows which ranges touch: ends are not inside", () => {
    expect(intersects(range(0, 10), range(10, 20))).toBe(false);
    expect(intersects(range(0, 11), range(10, 20))).toBe(true);
  });

  it("glides from one window to another", () => {
    expect(between(range(0, 10), range(10, 40), 0.5)).toEqual(range(5, 25));
  });
});
