import { describe, expect, it } from "vitest";
import { piecesOf } from "../../../src/base/spans";

const spans = [
  { kind: "field", offset: 0, length: 6 },
  { kind: "comparison", offset: 6, length: 1 },
  { kind: "value", offset: 7, length: 3 },
];
const shown = (...args: Parameters<typeof piecesOf<string>>) =>
  piecesOf<string>(...args).map(
    ({ kind, text, wrong }) => `${kind ?? ""}${wrong ? "!" : ""}=${text}`,
  );

describe("the colours of a text", () => {
  it("are those of its parts, blanks between them have none", () => {
    expect(shown("status:5xx x", "status:5xx x", spans, null)).toEqual([
      "field=status",
      "comparison=:",
      "value=5xx",
      "= x",
    ]);
  });

  it("stay where the text has not changed since it was understood", () => {
    expect(shown("status:50", "status:5xx", spans, null)).toEqual([
      "field=status",
      "comparison=:",
      "=50",
    ]);
  });

  it("show what is wrong, within a part and over several", () => {
    expect(shown("status:5xx", "status:5xx", spans, { offset: 4, length: 4 })).toEqual([
      "field=stat",
      "field!=us",
      "comparison!=:",
      "value!=5",
      "value=xx",
    ]);
    expect(shown("status:5xy", "status:5xx", spans, { offset: 0, length: 6 }).join()).not.toMatch(
      "!",
    );
  });

  it("never lose or double a letter", () => {
    for (const text of ["", "a", "status:5xx", "status:5xx and more", "x"])
      expect(
        piecesOf(text, "status:5xx", spans, { offset: 2, length: 0 })
          .map((piece) => piece.text)
          .join(""),
      ).toBe(text);
  });
});
