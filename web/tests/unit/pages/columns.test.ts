import { describe, expect, it } from "vitest";
import { columnsFor, gridMinimum, isStacked, stackedColumns } from "../../../src/pages/columns";

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
