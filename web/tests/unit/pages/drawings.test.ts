import { describe, expect, it } from "vitest";
import { heightOf, labelled, scaleFor, ticksOf } from "../../../src/pages/views/SequenceParts";
import { barLabel } from "../../../src/pages/views/WaterfallView";
import type { Call } from "../../../src/state/sequence";
import { roundSteps } from "../../../src/widgets/TimingFrieze";

const call = (id: string, start: number, end: number, from = "a", to = "b"): Call =>
  ({ id, from, to, start, end, answer: end, inside: null, depth: 0, one: {} }) as unknown as Call;
const x = (lane: string): number => ({ a: 0, b: 200, c: 400 })[lane] ?? 0;

describe("the texts of a sequence", () => {
  // Three that come within a millisecond, and one long after.
  const crowded = [
    call("1", 0, 10),
    call("2", 200, 400),
    call("3", 500, 900),
    call("4", 4e9, 4e9 + 9),
  ];

  it("choose steps where linear would leave some out, and then name every call", () => {
    expect(scaleFor(crowded, x)).toBe("steps");
    expect(labelled(crowded, x, heightOf(crowded, "linear")).names.size).toBeLessThan(4);
    const { names, answers } = labelled(crowded, x, heightOf(crowded, "steps"));
    expect([names.size, answers.size]).toEqual([4, 4]);
  });

  it("stay true to time where there is room", () => {
    const even = [0, 1, 2, 3].map((n) => call(`${n}`, n * 1_000, n * 1_000 + 500));
    expect(scaleFor(even, x)).toBe("linear");
    expect(scaleFor([], x)).toBe("linear");
  });

  it("are not struck through by the line of another call, unless that is elsewhere", () => {
    const at = (time: number): number => time;
    const [one, near] = [call("1", 100, 300), call("2", 92, 200)];
    expect(labelled([one, near], x, at).names).toEqual(new Set(["2"]));
    const beside = call("2", 92, 200, "b", "c");
    expect(labelled([one, beside], x, at).names).toEqual(new Set(["1", "2"]));
  });
});

describe("the text of a bar in the waterfall", () => {
  it("stands in it, behind it, or is cut, and is left out where it would tell nothing", () => {
    expect(barLabel("/api/orders", 300, 20)).toEqual({ text: "/api/orders", inside: true });
    expect(barLabel("/api/orders", 10, 300)).toEqual({ text: "/api/orders", inside: false });
    const cut = barLabel("/api/products/1234/reviews", 5, 80).text;
    expect(cut).toMatch(/^\/api\/p.*…$/);
    expect(cut.length * 6).toBeLessThan(80);
    expect(barLabel("/api/orders", 10, 20).text).toBe("");
    expect(barLabel("", 300, 300).text).toBe("");
  });
});

it("the times of a sequence tell each call from the next, after eight minutes, too", () => {
  const calls = [0, 481_000_000, 481_200_000, 483_000_000, 483_300_000].map((start, n) =>
    call(`${n}`, start, start + 1_000),
  );
  const texts = ticksOf(calls, (time) => calls.findIndex(({ start }) => start === time) * 40);
  expect(texts.slice(1).map(({ text }) => text)).toEqual([
    "+8:01.0",
    "+8:01.2",
    "+8:03.0",
    "+8:03.3",
  ]);
});

it("the axis of a timing has round steps", () => {
  expect(roundSteps(3_370)).toEqual([0, 1_000, 2_000, 3_000]);
  expect(roundSteps(843)).toEqual([0, 200, 400, 600, 800]);
  expect(roundSteps(1)).toEqual([0, 1]);
  for (let whole = 1; whole < 1e9; whole = Math.ceil(whole * 1.7)) {
    expect(roundSteps(whole).length, `${whole}`).toBeGreaterThanOrEqual(2);
    expect(roundSteps(whole).length, `${whole}`).toBeLessThanOrEqual(6);
  }
});
