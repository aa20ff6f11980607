import { describe, expect, it } from "vitest";
import {
  claimTime,
  cookiePairs,
  formPairs,
  queryPairs,
  readCredentials,
  setCookie,
} from "../../../src/base/heads";

const jwt = (header: unknown, claims: unknown, end = "sig"): string =>
  [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .concat(end)
    .join(".");

describe("credentials", () => {
  it("are user and secret, split at the first colon only", () => {
    const value = `Basic ${Buffer.from("ada:a:b").toString("base64")}`;
    expect(readCredentials(value)).toEqual({ kind: "basic", user: "ada", secret: "a:b" });
  });

  it("are read as UTF-8, else byte by byte", () => {
    const basic = (bytes: Buffer): string => `basic ${bytes.toString("base64")}`;
    expect(readCredentials(basic(Buffer.from("ä:ö")))).toMatchObject({ user: "ä" });
    expect(readCredentials(basic(Buffer.from([0xe4, 0x3a, 0x31])))).toMatchObject({ user: "ä" });
  });

  it("are a token's claims as they stand, unsigned ones told", () => {
    const read = readCredentials(`Bearer ${jwt({ alg: "none" }, { sub: "x", n: 1, o: {} }, "")}`);
    expect(read).toEqual({
      kind: "jwt",
      header: [{ name: "alg", value: "none" }],
      claims: [
        { name: "sub", value: "x" },
        { name: "n", value: "1" },
        { name: "o", value: "{}" },
      ],
      signed: false,
    });
  });

  it("are never guessed from what cannot be decoded", () => {
    expect(readCredentials("Basic !!!")).toEqual({ kind: "other", scheme: "Basic" });
    expect(readCredentials("Basic YWRh")).toEqual({ kind: "other", scheme: "Basic" }); // no colon
    expect(readCredentials("Bearer abc.def.ghi")).toEqual({ kind: "other", scheme: "Bearer" });
    expect(readCredentials(`Bearer ${jwt([1], {})}`)).toEqual({ kind: "other", scheme: "Bearer" });
    expect(readCredentials("<script>")).toBeNull();
  });

  it("have times only in the claims that are times", () => {
    expect(claimTime({ name: "exp", value: "1773223200" })).toBe(1_773_223_200_000_000);
    expect(claimTime({ name: "exp", value: "tomorrow" })).toBeNull();
    expect(claimTime({ name: "sub", value: "1773223200" })).toBeNull();
  });
});

describe("pairs", () => {
  it("of a query keep order and repetitions, and broken codes as they are", () => {
    expect(queryPairs("/a?x=1&x=2&=3&y&z=%zz%C3%A9+%FF&#q=1")).toEqual([
      { name: "x", value: "1" },
      { name: "x", value: "2" },
      { name: "", value: "3" },
      { name: "y", value: "" },
      { name: "z", value: "%zzé %FF" },
    ]);
    expect(queryPairs("/a")).toEqual([]);
  });

  it("of a form are decoded, a plus is a blank", () => {
    expect(formPairs("a+b=c%2Bd")).toEqual([{ name: "a b", value: "c+d" }]);
  });

  it("of cookies are trimmed and may have no name", () => {
    expect(cookiePairs("a=1; b==2=;c")).toEqual([
      { name: "a", value: "1" },
      { name: "b", value: "=2=" },
      { name: "", value: "c" },
    ]);
    expect(setCookie("sid=9; Path=/; HttpOnly").attributes).toEqual([
      { name: "Path", value: "/" },
      { name: "HttpOnly", value: "" },
    ]);
  });
});
