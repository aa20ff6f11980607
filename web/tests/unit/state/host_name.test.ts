import { describe, expect, it } from "vitest";
import { endName, machineName, nameOf, namesIn, toldApart } from "../../../src/state/hostName";
import { diagramOf } from "../../../src/state/sequence";
import { detail } from "../support/detail";

const base = {
  client_ip: "10.0.0.7",
  client_port: 4001,
  server_ip: "2001:db8::1",
  server_port: 80,
};

describe("the name of an address", () => {
  it("stands in its place, with the address and where it is from beside it", () => {
    const item = { ...base, client_name: "web-1", client_name_source: "dns" as const };
    expect(endName(item, "client")).toEqual({
      shown: "web-1:4001",
      address: "10.0.0.7:4001",
      name: "web-1",
      about: "web-1:4001 is 10.0.0.7:4001, named by a DNS answer that was captured",
    });
  });

  it("is missing where nobody gave one: the address it is", () => {
    const { shown, name, about } = endName(base, "server");
    expect([shown, name, about]).toEqual(["[2001:db8::1]:80", null, "[2001:db8::1]:80"]);
  });

  it("of a machine has no port, neither has its address", () => {
    const item = { ...base, server_name: "db", server_name_source: "etc_hosts" as const };
    expect(machineName(item, "server")).toEqual({
      shown: "db",
      address: "2001:db8::1",
      name: "db",
      about: "db is 2001:db8::1, named by /etc/hosts",
    });
    expect(machineName(item, "client").shown).toBe("10.0.0.7");
  });

  it("has its address beside it where another address has the same name", () => {
    const ends = [
      nameOf({ ip: "10.0.0.1", name: "web" }),
      nameOf({ ip: "10.0.0.2", name: "web" }),
      nameOf({ ip: "10.0.0.3", name: "db" }),
      nameOf({ ip: "10.0.0.3", name: "db" }),
    ];
    expect(toldApart(ends).map(({ shown }) => shown)).toEqual([
      "web (10.0.0.1)",
      "web (10.0.0.2)",
      "db",
      "db",
    ]);
  });

  it("is told over a text of addresses that has it", () => {
    const ends = [
      nameOf({ ip: "10.0.0.1", name: "web", source: "dns" }),
      nameOf({ ip: "10.0.0.10" }),
      nameOf({ ip: "2001:db8::1", name: "db" }),
    ];
    expect(namesIn("10.0.0.1 → 10.0.0.10", ends)).toBe(
      "web is 10.0.0.1, named by a DNS answer that was captured",
    );
    expect(namesIn("2001:db8::1 → 10.0.0.1", ends)?.split("\n")).toHaveLength(2);
    expect(namesIn("10.0.0.10 → 10.0.0.11", ends)).toBeUndefined();
  });

  it("names the lanes that no Host header names, their addresses aside", () => {
    const items = [
      detail({ ...base, host: null, client_name: "web-1", server_name: "db" }),
      detail({
        ...base,
        id: "b",
        client_ip: "10.0.0.8",
        host: "shop",
        server_ip: "10.0.0.9",
        server_name: "x",
      }),
    ];
    const { lanes } = diagramOf(items, { merged: false, hidden: [] });
    expect(lanes.map(({ name, aside }) => [name, aside])).toEqual([
      ["web-1", "10.0.0.7"],
      ["db", "2001:db8::1"],
      ["10.0.0.8", ""],
      ["shop", "10.0.0.9"],
    ]);
  });
});
