import { describe, expect, it } from "vitest";
import type { Communication } from "../../../src/api/types";
import { diagramOf, timeScale } from "../../../src/state/sequence";
import { mostAtOnce, waterfallOf } from "../../../src/state/waterfall";
import { detail } from "../support/detail";

let next = 0;

function call(from: string, to: string, start: number, end: number, part = {}): Communication {
  const [ip = "", port = "80"] = to.split(":");
  next += 1;
  return detail({
    id: `c${next}`,
    client_ip: from,
    server_ip: ip,
    server_port: Number(port),
    host: null,
    start_us: start,
    end_us: end,
    duration_us: end - start,
    response_us: 1,
    ...part,
  });
}

const shown = { merged: false, hidden: [] };
const lanes = (items: Communication[], options = shown) =>
  diagramOf(items, options).lanes.map(({ name, replicas }) => `${name}×${replicas}`);

describe("lanes", () => {
  it("are machines, by the name that they are asked for, callers before whom they call", () => {
    const items = [
      call("1.1.1.1", "2.2.2.2", 0, 100, { host: "shop.example" }),
      call("2.2.2.2", "3.3.3.3", 10, 50, { host: "Stock" }),
      call("2.2.2.2", "4.4.4.4", 60, 70),
    ];
    expect(lanes(items)).toEqual(["1.1.1.1×1", "shop.example×1", "stock×1", "4.4.4.4×1"]);
  });

  it("of a machine that serves on several ports are its ports", () => {
    const items = [
      call("127.0.0.1", "127.0.0.1:8081", 0, 10, { host: "a" }),
      call("127.0.0.1", "127.0.0.1:8082", 20, 30, { host: "b" }),
    ];
    expect(lanes(items)).toEqual(["127.0.0.1×1", "a×1", "b×1"]);
  });

  it("of one name are one when replicas are merged, a gateway of that name stays apart", () => {
    const items = [
      call("1.1.1.1", "9.9.9.9", 0, 100, { host: "shop", path: "/x" }),
      call("9.9.9.9", "2.2.2.2", 10, 90, { host: "shop", path: "/x" }),
      call("1.1.1.1", "9.9.9.9", 200, 300, { host: "shop", path: "/y" }),
      call("9.9.9.9", "2.2.2.3", 210, 290, { host: "shop", path: "/y" }),
    ];
    const diagram = diagramOf(items, { merged: true, hidden: [] });
    expect(diagram.lanes.map(({ name, replicas, gateway }) => [name, replicas, gateway])).toEqual([
      ["1.1.1.1", 1, false],
      ["shop", 1, true],
      ["shop", 2, false],
    ]);
  });

  it("that are hidden leave the calls that went through them, and say how many went along", () => {
    const items = [
      call("1.1.1.1", "9.9.9.9", 0, 100, { path: "/x" }),
      call("9.9.9.9", "2.2.2.2", 10, 90, { path: "/x" }),
      call("9.9.9.9", "2.2.2.2", 500, 600, { path: "/alone" }),
    ];
    const diagram = diagramOf(items, { merged: false, hidden: ["9.9.9.9"] });
    expect(diagram.calls.map(({ from, to }) => [from, to])).toEqual([["1.1.1.1", "2.2.2.2"]]);
    expect(diagram.lanes.map(({ key }) => key)).toEqual(["1.1.1.1", "2.2.2.2"]);
    expect(diagram.left).toBe(2);
  });
});

describe("nesting", () => {
  it("is told when a call began and ended at a host while that host was answering another", () => {
    const outer = call("1.1.1.1", "2.2.2.2", 0, 100);
    const inner = call("2.2.2.2", "3.3.3.3", 10, 90);
    const deep = call("3.3.3.3", "4.4.4.4", 20, 30);
    const late = call("2.2.2.2", "3.3.3.3", 95, 105); // ends after
    const other = call("5.5.5.5", "3.3.3.3", 40, 50); // elsewhere
    const found = new Map(
      diagramOf([late, deep, inner, other, outer], shown).calls.map((c) => [c.id, c.inside]),
    );
    expect(found.get(inner.id)).toBe(outer.id);
    expect(found.get(deep.id)).toBe(inner.id);
    expect([outer, late, other].map(({ id }) => found.get(id))).toEqual([null, null, null]);
  });

  it("is of the innermost of several", () => {
    const wide = call("1.1.1.1", "2.2.2.2", 0, 100);
    const tight = call("1.1.1.1", "2.2.2.2", 5, 60);
    const inner = call("2.2.2.2", "3.3.3.3", 10, 20);
    const calls = diagramOf([wide, tight, inner], shown).calls;
    expect(calls.find(({ id }) => id === inner.id)?.inside).toBe(tight.id);
    expect(calls.map(({ depth }) => depth)).toEqual([0, 1, 0]);
  });
});

describe("time", () => {
  const calls = diagramOf(
    [call("1", "2", 0, 10), call("1", "2", 1_000_000, 1_000_020)],
    shown,
  ).calls;

  it("keeps the order of all instants, whatever the scale", () => {
    for (const scale of ["linear", "log", "steps"] as const) {
      const y = timeScale(calls, scale);
      const all = [0, 9, 10, 1_000_000, 1_000_019, 1_000_020].map(y);
      for (let n = 1; n < all.length; n += 1) expect(all[n]).toBeGreaterThan(all[n - 1] ?? 0);
    }
  });

  it("has lengths in linear and none in steps", () => {
    const linear = timeScale(calls, "linear");
    expect(linear(1_000_000) - linear(10)).toBeGreaterThan(50 * (linear(9) - linear(0)));
    const steps = timeScale(calls, "steps");
    expect(steps(1_000_000) - steps(10)).toBe(steps(9) - steps(0));
  });
});

describe("the waterfall", () => {
  it("gives each pair as many rows as it had calls at once", () => {
    const fall = waterfallOf([
      call("1.1.1.1", "2.2.2.2", 0, 10),
      call("1.1.1.1", "2.2.2.2", 5, 15),
      call("1.1.1.1", "2.2.2.2", 10, 20), // the first row is free again
      call("1.1.1.1", "3.3.3.3", 0, 100),
    ]);
    expect(fall.groups.map(({ rows, bars }) => [rows, bars.map(({ row }) => row)])).toEqual([
      [2, [0, 1, 0]],
      [1, [0]],
    ]);
    expect(fall.most).toBe(3);
    expect([fall.start, fall.end]).toEqual([0, 100]);
  });

  it("calls each end by the latest name, a server by its Host header, addresses at hand", () => {
    const client_name = "old";
    const { groups } = waterfallOf([
      call("1.1.1.1", "2.2.2.2", 0, 10, { client_name, server_name: "a" }),
      call("1.1.1.1", "2.2.2.2", 5, 15, { client_name: "new", server_name: "b" }),
      call("1.1.1.1", "2.2.2.2", 9, 19),
      call("1.1.1.2", "3.3.3.3", 0, 100, { client_name: "new", host: "shop", server_name: "c" }),
    ]);
    expect(groups.map(({ client, server }) => [client.shown, server.shown])).toEqual([
      ["new (1.1.1.1)", "b:80"],
      ["new (1.1.1.2)", "shop"],
    ]);
    expect(groups.map(({ server }) => [server.address, server.about])).toEqual([
      ["2.2.2.2:80", "b:80 is 2.2.2.2:80"],
      ["3.3.3.3:80", "Host header: shop\nc:80 is 3.3.3.3:80"],
    ]);
    expect(groups[0]?.client.about).toBe("new is 1.1.1.1");
  });

  it("calls a server by its name where the Host header is but an address", () => {
    const shown = (server_name: string | undefined, ...hosts: string[]): string[] => {
      const named = server_name === undefined ? {} : { server_name };
      const calls = hosts.map((host, n) =>
        call("1.1.1.1", "2.2.2.2", n, n + 1, { host, ...named }),
      );
      return waterfallOf(calls).groups.map(({ server }) => server.shown);
    };
    expect(shown("db", "2.2.2.2:8080")).toEqual(["db:80"]);
    expect(shown("db", "[2001:db8::1]", "2.2.2.2")).toEqual(["db:80"]);
    expect(shown(undefined, "2.2.2.2:8080")).toEqual(["2.2.2.2:8080"]); // as it was sent
    expect(shown("db", "2.2.2.2", "shop")).toEqual(["shop +1"]);
    const [group] = waterfallOf([
      call("1.1.1.1", "2.2.2.2", 0, 1, { host: "2.2.2.2", server_name: "db" }),
    ]).groups;
    const { lanes } = diagramOf(
      [call("1.1.1.1", "2.2.2.2", 0, 1, { host: "2.2.2.2:80", server_name: "db" })],
      { merged: false, hidden: [] },
    );
    expect(lanes.map(({ name }) => name)).toEqual(["1.1.1.1", "db"]);
    expect(group?.server.about).toBe("db:80 is 2.2.2.2:80\nHost header: 2.2.2.2");
  });

  it("counts no overlap where one ends as the next begins", () => {
    expect(
      mostAtOnce([
        { start: 0, end: 5 },
        { start: 5, end: 9 },
      ]),
    ).toBe(1);
    expect(
      mostAtOnce([
        { start: 0, end: 0 },
        { start: 0, end: 0 },
      ]),
    ).toBe(2);
    expect(mostAtOnce([])).toBe(0);
  });
});
