import { describe, expect, it } from "vitest";
import { askRight, kAskWidth } from "../../../src/pages/CellAsk";
import { columnsFor } from "../../../src/pages/columns";

const cell = { left: 100, right: 250 };

describe("what is asked of a cell", () => {
  it("stands at the end that its text leaves free", () => {
    expect(askRight(cell, false, 110)).toBe(250);
    expect(askRight(cell, true, 240)).toBe(100 + kAskWidth);
    expect(askRight({ left: 100, right: 140 }, true, 300)).toBe(140);
  });

  it("lies over no value of the next column, where its own is narrow", () => {
    for (const width of [40, 64, 90, 150])
      for (let pointer = 100; pointer <= 100 + width; pointer += 1)
        expect(askRight({ left: 100, right: 100 + width }, false, pointer), `${pointer}`) //
          .toBeLessThanOrEqual(100 + width);
  });

  it("is never under the pointer, which would click it instead of the row", () => {
    for (const narrow of [cell, { left: 100, right: 150 }])
      for (const numbers of [false, true])
        for (let pointer = 100; pointer <= narrow.right; pointer += 1) {
          const right = askRight(narrow, numbers, pointer);
          expect(pointer < right - kAskWidth || pointer > right, `${pointer}`).toBe(true);
        }
  });
});

describe("the columns of a laptop", () => {
  it("keep who asked, rather than that all is complete", () => {
    const keys = columnsFor(1_280, "day").map(({ key }) => key);
    expect(keys).toContain("client");
    expect(keys).not.toContain("state");
  });
});
