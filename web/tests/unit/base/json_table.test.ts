import { describe, expect, it } from "vitest";
import {
  foldFrom,
  type JsonTable,
  keyText,
  kNoKey,
  pathOf,
  readJson,
  textAt,
  visibleRows,
} from "../../../src/base/json_table";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function tableOf(text: string, several = false): JsonTable {
  const result = readJson(bytesOf(text), several);
  if (!("table" in result)) throw new Error(`${result.fault.what} at ${result.fault.at}`);
  return result.table;
}

const valid = (text: string): boolean => {
  const result = readJson(bytesOf(text));
  return "table" in result && !result.cut;
};

describe("reading JSON into tables", () => {
  it("accepts and refuses what JSON.parse does", () => {
    const texts = [
      '{"a":1}',
      "[]",
      "{}",
      '[1,-2.5e+3,0,-0,0.1,"",true,false,null,{"":[]}]',
      '"\\u00e9\\n\\\\\\/"',
      " [ 1 , 2 ] ",
      "",
      " ",
      "[1,]",
      "[,1]",
      "{a:1}",
      '{"a"1}',
      '{"a":}',
      '{"a":1,}',
      "01",
      "+1",
      "1.",
      ".5",
      "1e",
      "-",
      "truе",
      "nul",
      "nulll",
      '"\t"',
      '"\\x"',
      '"\\u12g4"',
      "[1 2]",
      "[1]]",
      "{}{}",
      "'a'",
      '{"a":1}x',
      "[[[[]]]",
    ];
    for (const text of texts) {
      let wanted = true;
      try {
        JSON.parse(text);
      } catch {
        wanted = false;
      }
      expect(valid(text), text).toBe(wanted);
    }
  });

  it("keeps the digits of numbers, the order of keys and keys that come twice", () => {
    const text = '{"b":12345678901234567890.10,"a":1,"b":2}';
    const table = tableOf(text);
    const bytes = bytesOf(text);
    const rows = [1, 2, 3].map((row) => [
      keyText(bytes, table, row),
      textAt(bytes, table.start[row] ?? 0, table.end[row] ?? 0),
    ]);
    expect(rows).toEqual([
      ['"b"', "12345678901234567890.10"],
      ['"a"', "1"],
      ['"b"', "2"],
    ]);
  });

  it("names every value by its path", () => {
    const text = '{"items":[{"a b":[1,[2,{"x":null}]]},3]}';
    const table = tableOf(text);
    const paths = Array.from({ length: table.count }, (_, row) =>
      pathOf(bytesOf(text), table, row),
    );
    expect(paths).toEqual([
      "$",
      "$.items",
      "$.items[0]",
      '$.items[0]["a b"]',
      '$.items[0]["a b"][0]',
      '$.items[0]["a b"][1]',
      '$.items[0]["a b"][1][0]',
      '$.items[0]["a b"][1][1]',
      '$.items[0]["a b"][1][1].x',
      "$.items[1]",
    ]);
  });

  it("shows opening and closing rows, and hides what is folded", () => {
    const table = tableOf('{"a":[1,2],"b":{}}');
    const open = [...visibleRows(table, new Uint8Array(table.count))];
    // {  "a":[  1  2  ]  "b":{}  }
    expect(open).toEqual([0, 2, 4, 6, 3, 8, 1]);
    expect([...visibleRows(table, foldFrom(table, 1))]).toEqual([0, 2, 8, 1]);
    expect([...visibleRows(table, foldFrom(table, 0))]).toEqual([0]);
  });

  it("needs no stack for a million brackets", () => {
    const deep = 1_000_000;
    const table = tableOf("[".repeat(deep) + "]".repeat(deep));
    expect(table.count).toBe(deep);
    expect(table.depth[deep - 1]).toBe(0xffff);
    expect(visibleRows(table, new Uint8Array(deep)).length).toBe(deep * 2 - 1);
  });

  it("tells what is there of a text that ends in the middle", () => {
    const whole = '{"a":[1,{"b":"text\\u00e9"},true],"c":-1.5e3}';
    for (let end = 1; end < whole.length; end += 1) {
      const result = readJson(bytesOf(whole.slice(0, end)));
      expect("table" in result && result.cut, whole.slice(0, end)).toBe(true);
      if (!("table" in result)) continue;
      for (let row = 0; row < result.table.count; row += 1) {
        expect(result.table.end[row]).toBeLessThanOrEqual(end);
        expect(result.table.next[row]).toBeLessThanOrEqual(result.table.count);
      }
    }
  });

  it("reads one value after the other only when several are expected", () => {
    const table = tableOf('{"a":1}\n{"a":2}\n', true);
    expect([...table.parent].filter((parent) => parent === kNoKey).length).toBe(2);
    expect(valid('{"a":1}\n{"a":2}')).toBe(false);
  });
});
