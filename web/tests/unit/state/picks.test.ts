// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from "vitest";
import type { Communication } from "../../../src/api/types";
import {
  clearPicks,
  currentPicks,
  forgetPicks,
  kPicksMax,
  pick,
  unpick,
} from "../../../src/state/picks";

const item = (id: string): Communication => ({ id, start_us: 1, method: "GET" }) as Communication;

describe("what is picked", () => {
  beforeEach(() => clearPicks());

  it("stays over a reload of the tab", () => {
    pick([item("a"), item("b")], true);
    pick([item("a")], false);
    forgetPicks();
    expect([...currentPicks().keys()]).toEqual(["b"]);
    expect(currentPicks().get("b")?.method).toBe("GET");
  });

  it("is bounded, and says so when something found no room", () => {
    const many = Array.from({ length: kPicksMax + 1 }, (_, index) => item(`${index}`));
    expect(pick(many, true)).toBe(false);
    expect(currentPicks().size).toBe(kPicksMax);
    expect(pick([item("0")], true)).toBe(true);
    unpick(["0"]);
    expect(pick([item("x")], true)).toBe(true);
  });

  it("is not broken by what another page stored under its name", () => {
    window.sessionStorage.setItem("spider.picks", '{"id":[1]}');
    forgetPicks();
    expect(currentPicks().size).toBe(0);
  });
});
