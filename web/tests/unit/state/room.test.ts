import { describe, expect, it } from "vitest";
import { isFolded, kPlotMin, plotHeight, plotMax } from "../../../src/state/room";
import { messageRoom } from "../../../src/pages/MessageTab";

describe("the height of the timeline", () => {
  it("leaves a laptop more than half of its page for what is below", () => {
    expect(plotHeight(720)).toBeLessThan(120);
    expect(plotHeight(900)).toBe(198);
    expect(plotHeight(2_000)).toBe(220);
    for (const page of [300, 360, 640, 720, 801, 1_080]) {
      expect(plotHeight(page)).toBeGreaterThanOrEqual(kPlotMin);
      expect(plotHeight(page)).toBeLessThanOrEqual(plotMax(page));
    }
  });

  it("is a strip where one chose it, and in a very low window", () => {
    expect(isFolded("auto", 720)).toBe(false);
    expect(isFolded("auto", 360)).toBe(true);
    expect(isFolded("open", 360)).toBe(false);
    expect(isFolded("folded", 1_080)).toBe(true);
  });
});

describe("the room of a message", () => {
  it("puts head and body beside each other, above, or folds the head", () => {
    expect(messageRoom(1_200, 300)).toBe("beside");
    expect(messageRoom(540, 600)).toBe("above");
    expect(messageRoom(540, 300)).toBe("folded");
    expect(messageRoom(0, 0)).toBe("above"); // not measured yet
  });
});
