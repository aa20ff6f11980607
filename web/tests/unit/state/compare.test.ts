import { describe, expect, it } from "vitest";
import {
  bodyDiff,
  type BodyDiff,
  fieldRows,
  headerRows,
  textDiff,
} from "../../../src/state/compare";
import { detail, message } from "../support/detail";

const json = (a: string, b: string): BodyDiff =>
  bodyDiff(
    { bytes: new TextEncoder().encode(a), type: "application/json" },
    { bytes: new TextEncoder().encode(b), type: "application/problem+json" },
  );

const changes = (a: string, b: string): unknown[] => {
  const diff = json(a, b);
  if (diff.kind !== "json") throw new Error(`compared as ${diff.kind}`);
  return diff.changes.map(({ kind, path, before, after }) => [kind, path, before, after]);
};

describe("JSON bodies", () => {
  it("differ where their values do, not where they are only written otherwise", () => {
    expect(json('{"a":1,"b":"\\u00e9"}', ' { "b" : "é" , "a":1 } ')).toEqual({
      kind: "equal",
      note: "the same values, written differently",
    });
    expect(changes('{"a":1,"b":[true],"c":{}}', '{"a":2,"b":[],"d":null}')).toEqual([
      ["changed", "$.a", "1", "2"],
      ["removed", "$.b[0]", "true", null],
      ["removed", "$.c", "{}", null],
      ["added", "$.d", null, "null"],
    ]);
  });

  it("keep numbers apart that a double could not", () => {
    expect(changes("[12345678901234567890]", "[12345678901234567891]")).toEqual([
      ["changed", "$[0]", "12345678901234567890", "12345678901234567891"],
    ]);
  });

  it("find what was put into a list, not that all behind it moved", () => {
    expect(changes('[{"n":1},{"n":2},{"n":3}]', '[{"n":0},{"n":1},{"n":2},{"n":3}]')).toEqual([
      ["added", "$[0]", null, '{"n":0}'],
    ]);
  });

  it("of another kind are changed as a whole", () => {
    expect(changes('{"a":{"b":1}}', '{"a":[1]}')).toEqual([["changed", "$.a", '{"b":1}', "[1]"]]);
  });

  it("need no stack, however deep", () => {
    const deep = (end: string): string => "[".repeat(50_000) + end + "]".repeat(50_000);
    const diff = json(deep("1"), deep("2"));
    expect(diff.kind === "json" && diff.changes.length).toBe(1);
    const longer = json(deep("1"), `${deep("1").slice(0, -1)},2]`);
    expect(longer.kind === "json" && longer.changes.length).toBe(1);
  });
});

describe("other bodies", () => {
  it("are compared by lines, equal ones far from a change left out", () => {
    const lines = Array.from({ length: 30 }, (_, n) => `line ${n}`);
    const other = lines.map((line, n) => (n === 15 ? "changed" : line));
    const diff = textDiff(lines.join("\n"), other.join("\n"));
    expect(diff?.map(({ kind }) => kind)).toEqual([
      "skipped",
      "same",
      "same",
      "same",
      "removed",
      "added",
      "same",
      "same",
      "same",
      "skipped",
    ]);
    expect(diff?.[0]?.text).toBe("12 equal lines");
  });

  it("that are no text are told by the first byte that differs", () => {
    const part = (...bytes: number[]) => ({ bytes: Uint8Array.from(bytes), type: "image/png" });
    expect(bodyDiff(part(0, 1, 2), part(0, 1, 3))).toEqual({
      kind: "bytes",
      note: "3 B, different from byte 2 on",
    });
    expect(bodyDiff(part(0, 1), part(0, 1)).kind).toBe("equal");
    expect(bodyDiff(part(0, 1), part(0, 1, 2))).toMatchObject({
      note: "2 B and 3 B, different from byte 2 on",
    });
  });
});

describe("fields and headers", () => {
  it("tell which rows differ", () => {
    const rows = fieldRows([detail(), detail({ status: 503, host: "shop.example" })]);
    const of = (name: string) => rows.find((row) => row.name === name);
    expect(of("Status")).toEqual({ name: "Status", values: ["200", "503"], differs: true });
    expect(of("Host")?.differs).toBe(false);
  });

  it("go by addresses, which are shown by their names", () => {
    const named = (client_ip: string, server_name: string) =>
      detail({ client_ip, client_name: "web", server_name });
    const rows = fieldRows([named("192.0.2.7", "db"), named("192.0.2.8", "db-1")]);
    const of = (name: string) => {
      const row = rows.find((one) => one.name === name);
      return [row?.differs, row?.values, row?.hosts?.map(({ shown }) => shown)];
    };
    expect(of("Client")).toEqual([
      true,
      ["192.0.2.7", "192.0.2.8"],
      ["web (192.0.2.7)", "web (192.0.2.8)"],
    ]);
    // Renamed meanwhile, and the same machine.
    expect(of("Server")).toEqual([false, ["2001:db8::1", "2001:db8::1"], ["db", "db-1"]]);
  });

  it("of headers go by the name in any case, several values in their order", () => {
    const headers = (...list: [string, string][]) =>
      message({ headers: list.map(([name, value]) => ({ name, value })) });
    expect(
      headerRows([
        headers(["X-A", "1"], ["Set-Cookie", "a"], ["set-cookie", "b"]),
        headers(["x-a", "1"], ["X-B", "2"]),
        null,
      ]),
    ).toEqual([
      { name: "X-A", values: ["1", "1", null], differs: true },
      { name: "Set-Cookie", values: ["a\nb", null, null], differs: true },
      { name: "X-B", values: [null, "2", null], differs: true },
    ]);
  });
});
