import { describe, expect, it } from "vitest";
import { isSessionId, sessionFilter, whyNothing } from "../../../src/state/sessions";
import { formatUrl, kStart, parseUrl } from "../../../src/state/url";
import { session } from "../support/session";

describe("what of a question is asked of TCP sessions", () => {
  it("is what sessions have, too; the rest is named", () => {
    const q = "status:5xx AND server.port:443 NOT client_ip:10.0.0.0/8 login duration:>2s";
    expect(sessionFilter(q, "any")).toEqual({
      query: {
        q: "server.port:443 AND NOT client_ip:10.0.0.0/8 AND duration:>2s",
        communications: undefined,
      },
      asked: ["server.port:443", "NOT client_ip:10.0.0.0/8", "duration:>2s"],
      left: ["status:5xx", "login"],
    });
  });
  it("keeps several values of one field together", () => {
    const q = "port:(80 OR 443) AND whisperer:lan,wan";
    expect(sessionFilter(q, "any").query["q"]).toBe(q);
  });
  it("leaves out whole what cannot be taken apart", () => {
    const q = "port:80 OR status:200";
    expect(sessionFilter(q, "none")).toEqual({
      query: { q: undefined, communications: "none" },
      asked: [],
      left: [q],
    });
  });
  it("is nothing where nothing is asked", () => {
    expect(sessionFilter(" ", "some")).toEqual({
      query: { q: undefined, communications: "some" },
      asked: [],
      left: [],
    });
  });
});

describe("why nothing was found in a session", () => {
  const none = session({ communications: 0, decoder: null });
  it("is said of none in which something was", () => {
    expect(whyNothing(session({ communications: 2 }))).toBeNull();
  });
  it("is no more than the record proves", () => {
    expect(whyNothing(none)?.short).toBe("not recognised as HTTP/1");
    expect(whyNothing(none)?.text).toMatch(/^In 240 B of payload no HTTP\/1 was recognised\./);
    expect(whyNothing({ ...none, decoder: "http1" })?.text).toMatch(/recognised as http1, but no/);
    const tls = whyNothing({ ...none, codes: ["overlap_conflict", "begins_as_tls"] });
    expect(tls?.short).toBe("TLS, not read");
    expect(tls?.text).toMatch(/^Its first bytes are those of TLS, which is not read: 240 B/);
    const silent = { ...none, client_bytes: 0, server_bytes: 0 };
    expect(whyNothing(silent)?.text).toBe(
      "No byte of payload was captured: there was nothing to read.",
    );
  });
  it("names what is missing of it", () => {
    const text = whyNothing({ ...none, missing_bytes: 3_000, mid_stream: true })?.text;
    expect(text).toMatch(/3 kB of it were sent but never captured\. Its beginning was not/);
  });
});

describe("the id of what is open", () => {
  it("tells a session from a communication", () => {
    expect(isSessionId("1-18ea9bba2505db97-15")).toBe(true);
    expect(isSessionId("1-18ea9bba2505db97-15-0")).toBe(false);
    expect(isSessionId("")).toBe(false);
  });
});

describe("the address of a list of sessions", () => {
  it("holds which are listed and what is open", () => {
    const state = parseUrl("?view=sessions&found=none&open=1-a-2");
    expect([state.place.view, state.place.found, state.open]).toEqual([
      "sessions",
      "none",
      "1-a-2",
    ]);
    expect(formatUrl(state)).toBe("?open=1-a-2&view=sessions&found=none");
    expect(parseUrl("?found=many").place.found).toBe(kStart.place.found);
  });
});
