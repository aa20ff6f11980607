import { describe, expect, it } from "vitest";
import { layoutFor, minimumOf } from "../../../src/pages/views/sessionColumns";

const keys = (width: number): string[] =>
  layoutFor(width, "none").columns.map(({ key }) => key as string);

describe("the columns of the TCP sessions", () => {
  it("are all there on a wide page", () => {
    expect(keys(1_440).slice(0, 6)).toEqual([
      "time",
      "client",
      "server",
      "found",
      "close",
      "duration",
    ]);
    expect(keys(1_440).at(-1)).toBe("whisperer");
  });
  it("never need more room than there is", () => {
    for (let width = 320; width < 1_600; width += 7) {
      const { columns, stacked } = layoutFor(width, "year");
      if (!stacked) expect(minimumOf(columns)).toBeLessThanOrEqual(width);
    }
  });
  it("say who spoke with whom, and why nothing was found, however narrow", () => {
    expect(keys(900)).toEqual(expect.arrayContaining(["client", "server", "found", "received"]));
    expect(layoutFor(400, "none").stacked).toBe(true);
    expect(keys(400)).toEqual(["time", "found", "duration", "ends"]);
  });
});
