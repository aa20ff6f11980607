import { describe, expect, it } from "vitest";
import { range } from "../../../src/base/time";
import { hitTest, isStrip, kEdgeReach, layoutFor } from "../../../src/timeline/hit";

const layout = layoutFor(1_000, 200, true);
const scale = { view: range(0, 1_000_000), width: 1_000 };
const selection = range(200_000, 400_000);
const y = 50;

describe("what the pointer is on", () => {
  it("is the plot, the axis or the quality line, from top to bottom", () => {
    expect(hitTest(layout, scale, null, 500, y).kind).toBe("plot");
    expect(hitTest(layout, scale, null, 500, layout.plotBottom + 3).kind).toBe("axis");
    expect(hitTest(layout, scale, null, 500, layout.qualityTop + 1).kind).toBe("quality");
  });

  it("is never the quality line when that is hidden", () => {
    const hidden = layoutFor(1_000, 200, false);
    for (let at = 0; at < 200; at += 1) {
      expect(hitTest(hidden, scale, null, 500, at).kind).not.toBe("quality");
    }
  });

  it("is bars alone in a strip, where an axis would leave them no room", () => {
    const strip = layoutFor(1_000, 28, true);
    expect([isStrip(strip), isStrip(layout)]).toEqual([true, false]);
    expect(strip.plotBottom - strip.plotTop).toBeGreaterThan(20);
    expect(hitTest(strip, scale, null, 500, 23).kind).toBe("plot");
    expect(hitTest(strip, scale, null, 500, 26).kind).toBe("quality");
    expect(hitTest(layoutFor(1_000, 28, false), scale, null, 500, 27).kind).toBe("plot");
  });

  it("is a thin line of each whisperer in a strip, below bars that can still be seen", () => {
    const strip = layoutFor(1_000, 28, true, 3);
    expect(strip.statesBottom - strip.statesTop).toBe(3 * strip.stateHeight);
    expect(strip.statesBottom).toBe(28);
    expect(strip.qualityBottom).toBeLessThan(strip.statesTop);
    expect(strip.plotBottom - strip.plotTop).toBeGreaterThan(11);
    expect(hitTest(strip, scale, null, 10, 27.5)).toEqual({ kind: "state", strip: 2 });
    expect(hitTest(strip, scale, null, 10, strip.statesTop)).toEqual({ kind: "state", strip: 0 });
    expect(hitTest(strip, scale, null, 10, strip.qualityTop + 1).kind).toBe("quality");
    const none = layoutFor(1_000, 28, true, 0);
    expect(hitTest(none, scale, null, 10, 27.9).kind).toBe("quality");
  });

  it("is an edge within reach, the nearer one", () => {
    expect(hitTest(layout, scale, selection, 200 + kEdgeReach, y)).toEqual({
      kind: "edge",
      side: "from",
    });
    expect(hitTest(layout, scale, selection, 400 - 1, y)).toEqual({ kind: "edge", side: "to" });
    expect(hitTest(layout, scale, selection, 300, y).kind).toBe("selection");
    expect(hitTest(layout, scale, selection, 500, y).kind).toBe("plot");
  });

  it("can still tell both edges of a selection of no width", () => {
    const thin = range(300_000, 300_000);
    expect(hitTest(layout, scale, thin, 297, y)).toEqual({ kind: "edge", side: "from" });
    expect(hitTest(layout, scale, thin, 303, y)).toEqual({ kind: "edge", side: "to" });
  });

  it("finds the strips of whisperers, one below the other, and no strip when none is shown", () => {
    const two = layoutFor(1_000, 200, true, 2);
    expect(two.statesBottom - two.statesTop).toBe(10);
    expect(two.qualityBottom).toBeLessThanOrEqual(two.statesTop);
    expect(hitTest(two, scale, null, 10, two.statesTop)).toEqual({ kind: "state", strip: 0 });
    expect(hitTest(two, scale, null, 10, 199)).toEqual({ kind: "state", strip: 1 });
    expect(hitTest(layout, scale, null, 10, 199).kind).toBe("quality");
  });
});
