import { describe, expect, it } from "vitest";
import { outerLayerText } from "../../../src/pages/SessionTab";

describe("what lies around a session", () => {
  it("is told with its number, its addresses, or its name alone", () => {
    expect(outerLayerText({ kind: "vlan", number: 0 })).toBe("vlan 0");
    expect(outerLayerText({ kind: "ipv4", from_ip: "192.0.2.1", to_ip: "192.0.2.2" })).toBe(
      "ipv4 192.0.2.1 → 192.0.2.2",
    );
    expect(outerLayerText({ kind: "gre" })).toBe("gre");
  });
});
