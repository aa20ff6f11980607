import { expect, it } from "vitest";
import { hexLayout, hexRow } from "../../../src/base/hex";
import { gapsIn } from "../../../src/base/holes";

it("a hex dump shows offset, bytes and printable ASCII only", () => {
  const bytes = new TextEncoder().encode("GET / HTTP/1.1\r\nx");
  const layout = hexLayout(bytes.length);
  expect(layout.rows).toBe(2);
  expect(hexRow(bytes, layout, 0)).toEqual({
    offset: "00000000",
    hex: "47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a",
    text: "GET / HTTP/1.1··",
  });
  expect(hexRow(bytes, layout, 1)).toEqual({ offset: "00000010", hex: "78".padEnd(48), text: "x" });
});

it("offsets go on behind a hole, which has a row of its own", () => {
  const bytes = new TextEncoder().encode("abcdefghijklmnopqrst");
  const gaps = gapsIn([{ offset: 18, length: 1_448 }], bytes.length);
  const layout = hexLayout(bytes.length, gaps);
  const rows = Array.from({ length: layout.rows }, (_, row) => hexRow(bytes, layout, row));
  expect(rows.map((row) => ("at" in row ? `hole ${row.length}` : row.offset))).toEqual([
    "00000000",
    "00000010",
    "hole 1448",
    "000005b0", // 18 + 1,448 = 0x5ba: the tenth place of its row
  ]);
  expect(rows[1]).toMatchObject({ text: "qr" });
  expect(rows[3]).toEqual({
    offset: "000005b0",
    hex: `${" ".repeat(31)}73 74`.padEnd(48),
    text: `${" ".repeat(10)}st`,
  });
});

it("holes within one row, at the beginning and at the end are told in their places", () => {
  const bytes = new TextEncoder().encode("abcd");
  const holes = [
    { offset: 0, length: 2 },
    { offset: 4, length: 1 },
    { offset: 7, length: 9 },
  ];
  const layout = hexLayout(bytes.length, gapsIn(holes, bytes.length));
  const rows = Array.from({ length: layout.rows }, (_, row) => hexRow(bytes, layout, row));
  expect(rows.map((row) => ("at" in row ? row.length : `${row.offset} ${row.text}`))).toEqual([
    2,
    "00000000   ab",
    1,
    "00000000      cd",
    9,
  ]);
});
