import { describe, expect, it } from "vitest";
import { range } from "../../../src/base/time";
import {
  moved,
  redone,
  type TimeMoves,
  type TimePlace,
  undone,
} from "../../../src/state/timeMoves";

const window = (from: number, to: number): TimePlace => ({
  window: range(from, to),
  follow: null,
  selection: null,
});
const live = (follow: number): TimePlace => ({ window: null, follow, selection: null });
const [a, b, c] = [window(0, 10), window(0, 20), window(5, 9)];
const after = (...places: TimePlace[]): TimeMoves =>
  places.reduce<TimeMoves>((moves, place) => moved(moves, place), {
    past: [],
    now: a,
    future: [],
  });

describe("undo and redo of time moves", () => {
  it("walk back and forth over the same places", () => {
    const once = undone(after(b, c));
    expect(once?.now).toEqual(b);
    const twice = undone(once ?? after());
    expect(twice?.now).toEqual(a);
    expect(undone(twice ?? after())).toBeNull();
    expect(redone(twice ?? after())?.now).toEqual(b);
    expect(redone(redone(twice ?? after()) ?? after())?.now).toEqual(c);
    expect(redone(after(b, c))).toBeNull();
  });

  it("forget what was undone when one goes elsewhere", () => {
    const elsewhere = moved(undone(after(b)) ?? after(), c);
    expect(redone(elsewhere)).toBeNull();
    expect(undone(elsewhere)?.now).toEqual(a);
  });

  it("count no move when nothing moved", () => {
    expect(after(window(0, 10)).past).toEqual([]);
    const selected = { ...a, selection: range(2, 3) };
    expect(after(selected, { ...a, selection: range(2, 3) }).past).toEqual([a]);
  });

  it("take the many spans of a wheel turned while live as one step", () => {
    expect(undone(after(live(60), live(70), live(90)))?.now).toEqual(a);
  });
});
