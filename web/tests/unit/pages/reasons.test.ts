import { describe, expect, it } from "vitest";
import { bodyReason, endFact, noTarget, reasonsOf, whoEnded } from "../../../src/pages/reasons";
import { detail, message } from "../support/detail";

describe("reasons in words", () => {
  it("are none for a whole communication", () => {
    expect(reasonsOf(detail())).toEqual([]);
  });

  it("exist for every state that is not whole", () => {
    for (const state of ["partial", "no_response", "no_request"] as const) {
      expect(reasonsOf(detail({ state })).length).toBeGreaterThan(0);
    }
  });

  it("say once that there was no response, and keep what else is odd", () => {
    const code = (name: string) => ({ name, help: name, severity: "info" }) as never;
    const oddities = [code("response_not_seen"), code("other")];
    expect(reasonsOf(detail({ state: "no_response", oddities })).map(({ text }) => text)).toEqual([
      "No response to this request was captured.",
      "other (other)",
    ]);
  });

  it("call bytes that were captured and no HTTP not missing", () => {
    const code = { name: "response_unreadable", help: "no HTTP", severity: "oddity" } as never;
    const odd = detail({ state: "no_response", codes: ["response_unreadable"], oddities: [code] });
    expect(reasonsOf(odd).map(({ text }) => text)).toEqual(["no HTTP (response_unreadable)"]);
  });

  it("tell who ended the connection, where that is known", () => {
    expect(whoEnded(["response_not_seen", "client_reset"])).toBe("client reset");
    expect(whoEnded(["message_cut", "server_closed"])).toBe("server closed");
    expect(whoEnded(["response_not_seen", "end_not_seen"])).toBeNull();
    const gone = { codes: ["response_not_seen", "client_closed"], ended_after_us: 3_000_000 };
    expect(endFact(gone)).toBe("3 s after its last byte, by the client (FIN)");
    const before = { codes: ["message_cut", "server_reset"], ended_after_us: -20_000 };
    expect(endFact(before)).toBe("20 ms before its last byte, by the server (RST)");
    const older = { codes: ["client_reset"], ended_after_us: null };
    expect(endFact(older)).toBe("by the client (RST)");
    expect(endFact({ codes: [], ended_after_us: null })).toBeNull();
    expect(noTarget(["request_unreadable"])).toBe("request not readable");
    expect(noTarget(["request_not_seen"])).toBe("request not seen");
  });

  it("tell a known hole from one of unknown length", () => {
    const known = detail({ response: message({ flags: ["gap"], missing_bytes: 10 }) });
    const unknown = detail({ response: message({ flags: ["gap"] }) });
    expect(reasonsOf(known)[0]?.text).toContain("10 B");
    expect(reasonsOf(unknown)[0]?.text).toContain("unknown length");
  });

  it("explain a body that cannot be read, and only then", () => {
    expect(bodyReason("response", message(), detail())).toBeNull();
    expect(bodyReason("response", message({ body_state: "capped" }), detail())).toBeNull();
    const nothing = message({ body_state: "capped", saved_body_bytes: 0 });
    expect(bodyReason("response", nothing, detail())).toContain("body_max_bytes");
    expect(bodyReason("request", message({ body_state: "none" }), detail())).toContain("no body");
    const lost = { body_state: "none", body_bytes: 0, missing_bytes: 99 } as const;
    const holes = [{ offset: 0, length: 99 }];
    expect(bodyReason("response", message({ ...lost, holes }), detail())).toBe(
      "No byte of the response's body was captured; 99 B were sent.",
    );
    expect(bodyReason("response", message({ ...lost, holes: null }), detail())).toMatch(
      /whether the response had one is not known/,
    );
  });
});
