import { describe, expect, it } from "vitest";
import { range, spanOf } from "../../../src/base/time";
import { kZoomLeast, panned, within, zoomed } from "../../../src/state/axisZoom";

const whole = range(1_000_000, 2_000_000);

describe("the zoom of an axis", () => {
  it("keeps what is under the pointer where it is", () => {
    const view = zoomed(whole, whole, 1_250_000, 0.5)!;
    expect(spanOf(view)).toBe(500_000);
    expect((1_250_000 - view.from) / spanOf(view)).toBeCloseTo(0.25);
    const closer = zoomed(whole, view, 1_250_000, 0.1)!;
    expect((1_250_000 - closer.from) / spanOf(closer)).toBeCloseTo(0.25);
  });

  it("never leaves the whole, and is none when it is the whole", () => {
    expect(zoomed(whole, range(1_100_000, 1_200_000), 1_150_000, 100)).toBeNull();
    const edge = zoomed(whole, range(1_000_000, 1_100_000), 1_100_000, 4)!;
    expect(edge).toEqual(range(1_000_000, 1_400_000));
    expect(panned(whole, edge, -5_000)).toEqual(edge);
    expect(panned(whole, edge, 9e9)).toEqual(range(1_600_000, 2_000_000));
    expect(panned(whole, whole, 5_000)).toBeNull();
  });

  it("ends at the finest mark of an axis", () => {
    const view = zoomed(whole, whole, 1_500_000, 1e-9)!;
    expect(spanOf(view)).toBe(kZoomLeast);
  });

  it("of an address is what of it there is", () => {
    expect(within(whole, null)).toBeNull();
    expect(within(whole, range(0, 500_000))).toBeNull();
    expect(within(whole, range(0, 5_000_000))).toBeNull();
    expect(within(whole, range(500_000, 1_300_000))).toEqual(range(1_000_000, 1_300_000));
    expect(within(whole, range(1_900_000, 3_000_000))).toEqual(range(1_900_000, 2_000_000));
  });
});
