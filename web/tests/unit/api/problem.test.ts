import { afterEach, describe, expect, it, vi } from "vitest";
import { address, getJson, within } from "../../../src/api/client";
import { ApiError, parseProblem, problemOf, wordsOf } from "../../../src/api/problem";

afterEach(() => vi.unstubAllGlobals());

describe("problems", () => {
  it("are told by the server's document", () => {
    const body = JSON.stringify({
      title: "Bad range",
      detail: "from is after to",
      hint: "Swap them.",
      code: "API-QUERY-002",
    });
    expect(parseProblem(400, "Bad Request", body)).toEqual({
      title: "Bad range",
      detail: "from is after to",
      hint: "Swap them.",
      status: 400,
      code: "API-QUERY-002",
    });
  });

  it("are clear when the body is no document", () => {
    for (const body of ["", "<html>", "[1]", "null", '"x"', '{"title":7}']) {
      expect(parseProblem(502, "Bad Gateway", body).title).toBe(
        "The server answered 502 Bad Gateway",
      );
    }
  });

  it("say once that there is no such record", () => {
    const body = {
      title: "Not Found",
      detail: "There is no record rubbish.",
      hint: "There is no such record.",
      code: "STORE-READ-002",
    };
    const problem = parseProblem(404, "Not Found", JSON.stringify(body));
    expect(wordsOf(problem)).toBe("There is no record rubbish.");
  });

  it("reach the caller as ApiError", async () => {
    const answer = new Response('{"title":"No such communication"}', { status: 404 });
    vi.stubGlobal("fetch", () => Promise.resolve(answer));
    const error = await getJson("x").catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ApiError);
    expect(problemOf(error).title).toBe("No such communication");
  });

  it("say when nobody answers", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    const error = await getJson("x").catch((e: unknown) => e);
    expect(problemOf(error).status).toBe(0);
    expect(JSON.stringify(problemOf(error))).not.toContain("fetch");
  });

  it("take one who hangs for one who does not answer", async () => {
    vi.stubGlobal("fetch", (_: string, init: RequestInit) => {
      return new Promise((_done, fail) => {
        init.signal?.addEventListener("abort", () => fail(init.signal?.reason as Error));
      });
    });
    const error = await within(20, undefined, (signal) => getJson("x", {}, signal)).catch(
      (e: unknown) => e,
    );
    expect(problemOf(error).title).toBe("Spider does not answer");
  });

  it("do not arise from a cancelled request", async () => {
    const abort = new AbortController();
    vi.stubGlobal("fetch", (_: string, init: RequestInit) => {
      abort.abort();
      return Promise.reject(init.signal?.reason as Error);
    });
    const error = await getJson("x", {}, abort.signal).catch((e: unknown) => e);
    expect(error).not.toBeInstanceOf(ApiError);
  });
});

describe("addresses", () => {
  it("leave out what is not asked and escape what is", () => {
    expect(address("timeline", { a: 1, b: "", c: undefined, d: "x&y=é" })).toBe(
      "api/v1/timeline?a=1&d=x%26y%3D%C3%A9",
    );
  });
});
