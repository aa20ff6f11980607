import { describe, expect, it } from "vitest";
import {
  chosenColumns,
  columnsFor,
  datesFor,
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
import { kDay, kHour, micros, range } from "../../../src/base/time";
import { nextOrder } from "../../../src/pages/ListHead";

describe("the columns of the list", () => {
  it("never need more room than there is, down to a narrow pane", () => {
    for (let width = 600; width < 2_000; width += 7) {
      expect(gridMinimum(columnsFor(width, "day"))).toBeLessThanOrEqual(width);
    }
  });

  it("always keep time, method, status, path and duration", () => {
    const keys = columnsFor(100, "none").map((column) => column.key);
    expect(keys).toEqual(["time", "method", "status", "path", "duration"]);
  });

  it("are all there on a wide screen", () => {
    expect(columnsFor(1_400, "day").length).toBe(11);
  });

  it("go over two lines, with host and path, where one line has no room", () => {
    expect(isStacked(400, "day")).toBe(true);
    expect(isStacked(600, "day")).toBe(false);
    const keys = stackedColumns("day").map((column) => column.key);
    expect(keys).toEqual(["time", "method", "status", "duration", "host", "path"]);
  });
});

describe("columns that somebody chose", () => {
  const choice = parseChoice("path,time=120,method");

  it("are kept as they were, and what is none is left out", () => {
    expect(formatChoice(choice)).toBe("path,time=120,method");
    expect(formatChoice(parseChoice("time=9,cheese,time,method=abc"))).toBe("time,method");
    expect(chosenColumns(choice, "day").map(({ width }) => width)).toEqual([170, 120, 58]);
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

describe("the dates beside the clock", () => {
  const at = (text: string) => micros(Date.parse(text) * 1_000);
  const now = at("2026-11-22T12:00:00Z");
  const to = at("2026-03-10T15:00:00Z");

  it("are left out within a day, and without a year within the present one", () => {
    expect(datesFor(range(to - kHour, to), [micros(to - 5)], now)).toBe("none");
    expect(datesFor(range(to - 3 * kDay, to), [micros(to - 5)], now)).toBe("day");
  });

  it("have a year as soon as one of them is not of this one", () => {
    const old = at("2004-11-19T23:29:20Z");
    expect(datesFor(range(old - kDay, to), [to, old], now)).toBe("year");
    expect(datesFor(range(old - kDay, old + kDay), [old], now)).toBe("year");
    // Rows that reach out of a window of one day, and came from the year before.
    const turn = at("2026-01-01T12:00:00Z");
    expect(datesFor(range(turn - kHour, turn), [turn, micros(turn - kDay)], now)).toBe("year");
  });

  it("have room in their column", () => {
    const [none, day, year] = (["none", "day", "year"] as const).map(
      (dates) => columnsFor(2_000, dates)[0]?.width ?? 0,
    );
    expect(none).toBeLessThan(day ?? 0);
    expect(day).toBeLessThan(year ?? 0);
  });
});
