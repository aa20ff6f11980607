import { describe, expect, it } from "vitest";
import { brokenBy, gapsIn, lossText, runsOf } from "../../../src/base/holes";
import { textRows } from "../../../src/base/text_rows";
import { message } from "../support/detail";

const kTwo = [
  { offset: 5, length: 10 },
  { offset: 20, length: 3 },
];

describe("holes", () => {
  it("have their places among the bytes that were captured", () => {
    expect(gapsIn(kTwo, 100).map(({ at }) => at)).toEqual([5, 10]);
    expect(runsOf(12, gapsIn(kTwo, 12))).toEqual([
      { from: 0, to: 5, offset: 0 },
      { from: 5, to: 10, offset: 15 },
      { from: 10, to: 12, offset: 23 },
    ]);
    // Behind the part that was saved.
    expect(gapsIn(kTwo, 8).map(({ at }) => at)).toEqual([5]);
  });

  it("at the end leave a beginning, all others leave no document", () => {
    expect(brokenBy({ bytes: 3, gaps: gapsIn([{ offset: 9, length: 3 }], 9) }, 9)).toBeNull();
    expect(brokenBy({ bytes: 13, gaps: gapsIn(kTwo, 100) }, 100)).toBe(
      "10 bytes were never captured at byte 5, and more behind",
    );
    expect(brokenBy({ bytes: 3, gaps: null }, 9)).toMatch(/nobody knows where/);
  });

  it("are said with their place, and without one when it was not kept", () => {
    const lossy = message({ missing_bytes: 1_448, holes: [{ offset: 2_822, length: 1_448 }] });
    const whole = { body_bytes: 10_091, saved_body_bytes: 10_091 };
    expect(lossText({ ...lossy, ...whole }, false)).toMatch(
      /^1\.45 kB of this body were never captured, in the middle\. .* has a hole there/,
    );
    expect(lossText({ ...lossy, ...whole, body_bytes: 2_822 }, false)).toMatch(
      /at the end of what was captured/,
    );
    expect(lossText({ ...lossy, ...whole, content_encoding: "gzip" }, true)).toMatch(
      /Behind byte 2,822 of what was sent nothing can be decoded \(gzip\)/,
    );
    expect(lossText({ ...lossy, ...whole, holes: null }, false)).toMatch(/Where is not known/);
    expect(lossText({ ...lossy, ...whole, more_holes: 6 }, false)).toMatch(/in 7 places/);
    expect(lossText(message(), false)).toBeNull();
  });
});

describe("rows of a text", () => {
  it("have the line's number once, however long it is", () => {
    const { numbers, texts } = textRows([`${"x".repeat(10_000)}\nsecond`]);
    expect(numbers).toEqual([1, 0, 0, 2]);
    expect(texts.map(({ length }) => length)).toEqual([4_000, 4_000, 2_000, 6]);
    expect(textRows([""]).numbers).toEqual([1]);
  });

  it("have none behind a hole: how many lines were in it is not known", () => {
    const gaps = gapsIn([{ offset: 3, length: 7 }], 6);
    const { numbers, texts, holes, last } = textRows(["a\nb", "c\nd"], gaps);
    expect(texts).toEqual(["a", "b", "", "c", "d"]);
    expect(numbers).toEqual([1, 2, 0, 0, 0]);
    expect([...holes.keys()]).toEqual([2]);
    expect(last).toBe(2);
  });
});
