import { describe, expect, it } from "vitest";
import {
  chosenColumns,
  columnsFor,
  formatChoice,
  gridMinimum,
  isStacked,
  kWidthMin,
  moved,
  parseChoice,
  resized,
  stackedColumns,
  toggled,
} from "../../../src/pages/columns";
import { nextOrder } from "../../../src/pages/ListHead";

describe("the columns of the list", () => {
  it("never need more room than there is, down to a narrow pane", () => {
    for (let width = 600; width < 2_000; width += 7) {
      expect(gridMinimum(columnsFor(width, true))).toBeLessThanOrEqual(width);
    }
  });

  it("always keep time, method, status, path and duration", () => {
    const keys = columnsFor(100, false).map((column) => column.key);
    expect(keys).toEqual(["time", "method", "status", "path", "duration"]);
  });

  it("are all there on a wide screen", () => {
    expect(columnsFor(1_400, true).length).toBe(11);
  });

  it("go over two lines, with host and path, where one line has no room", () => {
    expect(isStacked(400, true)).toBe(true);
    expect(isStacked(600, true)).toBe(false);
    const keys = stackedColumns(true).map((column) => column.key);
    expect(keys).toEqual(["time", "method", "status", "duration", "host", "path"]);
  });
});

describe("columns that somebody chose", () => {
  const choice = parseChoice("path,time=120,method");

  it("are kept as they were, and what is none is left out", () => {
    expect(formatChoice(choice)).toBe("path,time=120,method");
    expect(formatChoice(parseChoice("time=9,cheese,time,method=abc"))).toBe("time,method");
    expect(chosenColumns(choice, true).map(({ width }) => width)).toEqual([170, 120, 58]);
  });

  it("move before another one, or to the end", () => {
    expect(formatChoice(moved(choice, "method", "path"))).toBe("method,path,time=120");
    expect(formatChoice(moved(choice, "path", null))).toBe("time=120,method,path");
  });

  it("come back to their usual place, and the last one stays", () => {
    expect(formatChoice(toggled(parseChoice("time,path"), "status"))).toBe("time,status,path");
    expect(formatChoice(toggled(parseChoice("time"), "time"))).toBe("time");
  });

  it("are never narrower than can be read", () => {
    expect(resized(choice, "time", 2)[1]?.width).toBe(kWidthMin);
    expect(resized(choice, "time", null)[1]?.width).toBe(null);
  });

  it("sort by the greatest, the smallest, and by time again", () => {
    expect(nextOrder("duration", "newest")).toBe("-duration");
    expect(nextOrder("duration", "-duration")).toBe("duration");
    expect(nextOrder("duration", "duration")).toBe("newest");
    expect(nextOrder("start", "-duration")).toBe("newest");
  });
});
