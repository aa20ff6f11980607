import { describe, expect, it } from "vitest";
import type { StateList, Whisperer } from "../../../src/api/types";
import { micros, range } from "../../../src/base/time";
import { periodsInWords, rowOf, stripsOf } from "../../../src/state/whispererPeriods";
import { stateAt } from "../../../src/timeline/tracks";

const kStart = 1_763_733_720_000_000;
const answer = {
  whisperer: "lan",
  known_since: null,
  known_since_us: kStart,
  count: 3,
  items: [
    { state: "starting", reason: null, from_us: kStart, until_us: kStart + 1e6, end: "seen" },
    {
      state: "capturing",
      reason: null,
      from_us: kStart + 1e6,
      until_us: kStart + 9e6,
      end: "unseen",
    },
    {
      state: "wrong_configuration",
      reason: "There is no interface eth9.",
      from_us: kStart + 20e6,
      until_us: null,
      end: "lasts",
    },
  ],
  _links: {},
} as unknown as StateList;

describe("states over time", () => {
  const row = rowOf(answer);

  it("are found at an instant; between two processes there is none", () => {
    expect(stateAt(row, kStart + 5e5)?.state).toBe("starting");
    expect(stateAt(row, kStart + 1e6)?.state).toBe("capturing");
    expect(stateAt(row, kStart + 15e6)).toBeNull();
    expect(stateAt(row, kStart + 1e12)?.state).toBe("wrong_configuration");
    expect(stateAt(undefined, kStart)).toBeNull();
  });

  it("say in words what the strip shows: state, since, until, reason", () => {
    const words = periodsInWords(row, range(kStart, kStart + 30e6));
    expect(words).toHaveLength(3);
    expect(words[1]).toMatch(/lan: capturing, since .* until .*its end was not seen/);
    expect(words[2]).toMatch(/cannot capture.*it lasts, because There is no interface eth9\./);
    expect(periodsInWords(row, range(kStart + 10e6, kStart + 15e6))).toEqual([]);
  });

  it("do not last when Spider does not answer: known is what it said last", () => {
    const answered = rowOf(answer, micros(kStart + 25e6));
    const words = periodsInWords(answered, range(kStart, kStart + 30e6));
    expect(words[2]).toMatch(/until .*, when Spider last answered/);
    expect(stateAt(answered, kStart + 26e6)).toBeNull();
  });

  it("have a strip for what captures by itself, for the one that is asked for, for a few", () => {
    const made = (name: string, type: string) => ({ name, type }) as Whisperer;
    const all = ["a", "b", "c", "d", "e"].map((name) => made(name, "INTERFACE"));
    expect(stripsOf([made("upload", "UPLOAD"), ...all], "").map(({ name }) => name)).toEqual([
      "a",
      "b",
      "c",
      "d",
    ]);
    expect(stripsOf(all, "e").map(({ name }) => name)).toEqual(["e"]);
  });
});
