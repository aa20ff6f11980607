// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { tipPlace } from "../../../src/timeline/Timeline";

describe("the tooltip of the timeline", () => {
  it("is beside the pointer and never outside the timeline, however narrow that is", () => {
    for (const width of [300, 372, 640, 1_252]) {
      for (let x = 0; x <= width; x += 4) {
        const place = tipPlace(x, width);
        const left = "left" in place ? place.left : width - place.right - 260;
        expect(left, `${x} of ${width}`).toBeGreaterThanOrEqual(0);
        expect(left + 260, `${x} of ${width}`).toBeLessThanOrEqual(width);
      }
    }
    expect(tipPlace(100, 1_252)).toEqual({ left: 114 });
    expect(tipPlace(1_200, 1_252)).toEqual({ right: 66 });
  });
});
