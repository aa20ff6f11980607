import { expect, it } from "vitest";
import { hexRow, hexRows } from "../../../src/base/hex";

it("a hex dump shows offset, bytes and printable ASCII only", () => {
  const bytes = new TextEncoder().encode("GET / HTTP/1.1\r\nx");
  expect(hexRows(bytes)).toBe(2);
  expect(hexRow(bytes, 0).text).toBe("GET / HTTP/1.1··");
  expect(hexRow(bytes, 0).hex).toBe("47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a");
  expect(hexRow(bytes, 1)).toEqual({ offset: "00000010", hex: "78".padEnd(48), text: "x" });
});
