// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { range } from "../../../src/base/time";
import { kNothingRemoved as removals } from "../../../src/base/removals";
import { summary, tipPlace } from "../../../src/timeline/Timeline";

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

describe("the name of the timeline", () => {
  const window = range(0, 60_000_000);
  it("has the counts of the legend, and says of what they are", () => {
    const counted = [
      { label: "2xx success", count: 2_320 },
      { label: "3xx redirect", count: 0 },
      { label: "5xx server error", count: 20 },
    ];
    const name = summary({ window, selection: null, counted, removals });
    expect(name).toMatch(/^Timeline .*\. 2xx success: 2,320, 5xx server error: 20\.$/);
    const chosen = summary({ window, selection: range(0, 1_000_000), counted, removals });
    expect(chosen).toMatch(/Selected: .*\. 2xx success: 2,320,/);
  });

  it("tells nothing that is not known yet from nothing that is there", () => {
    expect(summary({ window, selection: null, counted: null, removals })).toMatch(
      /Not counted yet\.$/,
    );
    expect(summary({ window, selection: null, counted: [], removals })).toMatch(
      /Nothing captured\.$/,
    );
  });
});
