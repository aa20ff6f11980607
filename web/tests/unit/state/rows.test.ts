import { describe, expect, it } from "vitest";
import type { Communication, CommunicationList } from "../../../src/api/types";
import { kSecond, micros } from "../../../src/base/time";
import {
  firstParam,
  kRoomAbove,
  offsetOf,
  type Numbers,
  type PageParam,
  pageOf,
  rankMap,
  runOf,
  sortWord,
  isToCome,
  startOf,
} from "../../../src/state/rows";

const list = (ids: readonly string[], next: string | null, previous: string | null) =>
  ({
    items: ids.map((id) => ({ id }) as Communication),
    next_cursor: next,
    previous_cursor: previous,
  }) as unknown as CommunicationList;

const param = (back: boolean, cursor?: string, startAt?: number): PageParam => ({
  back,
  cursor,
  startAt: startAt === undefined ? undefined : micros(startAt),
});

describe("a page of the list", () => {
  it("that was asked against the order is turned around, with its ends", () => {
    const page = pageOf(list(["c", "b", "a"], "older", "newer"), param(true, "d"));
    expect(page.items.map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect([page.before, page.after]).toEqual(["older", "newer"]);
  });

  it("at the top has nothing before it, at the end nothing after it", () => {
    expect(pageOf(list(["a"], "next", "back"), firstParam("top")).before).toBe(null);
    expect(pageOf(list(["z"], "next", "back"), firstParam("end")).after).toBe(null);
    expect(pageOf(list(["m"], "next", "back"), firstParam(micros(5))).before).toBe("back");
  });

  it("is asked in the other order when it comes before", () => {
    expect([sortWord("newest", false), sortWord("newest", true)]).toEqual(["-start", "start"]);
    expect([sortWord("oldest", false), sortWord("oldest", true)]).toEqual(["start", "-start"]);
    expect(sortWord("-duration", false)).toBe("-duration");
  });
});

describe("the numbers of the rows", () => {
  const middle = pageOf(list(["m", "n"], "after", "before"), param(false, undefined, 9));
  const above = pageOf(list(["l", "k", "j"], null, "m"), param(true, "before"));
  const below = pageOf(list(["o"], null, "o"), param(false, "after"));

  it("stay when pages come before and after, and when some go", () => {
    const numbers: Numbers = new Map();
    const first = runOf([middle], [param(false, undefined, 9)], numbers);
    expect(first.first).toBe(kRoomAbove);
    expect([first.atTop, first.atEnd]).toEqual([false, false]);
    const params = [param(true, "before"), param(false, undefined, 9), param(false, "after")];
    const all = runOf([above, middle, below], params, numbers);
    expect(all.first).toBe(kRoomAbove - 3);
    expect(all.items.map(({ id }) => id).join("")).toBe("jklmno");
    expect([all.atTop, all.atEnd]).toEqual([true, true]);
    const cut = runOf([middle, below], params.slice(1), numbers);
    expect(cut.first).toBe(kRoomAbove);
    expect(cut.atTop).toBe(false);
  });

  it("begin at 0 in a list from its top, also when it is read again", () => {
    const numbers: Numbers = new Map();
    const top = pageOf(list(["a", "b"], "c", "x"), firstParam("top"));
    expect(runOf([top], [firstParam("top")], numbers).first).toBe(0);
    const more = pageOf(list(["0", "a"], "b", "x"), firstParam("top"));
    expect(runOf([more], [firstParam("top")], numbers).first).toBe(0);
  });
});

describe("ranks", () => {
  const bars = [
    { from: micros(0), total: 10 },
    { from: micros(100), total: 0 },
    { from: micros(200), total: 30 },
  ];

  it("share the list out by how many there are, not by time", () => {
    const ranks = rankMap(bars, 100, 40, "oldest");
    expect(ranks?.rankOf(micros(100))).toBe(0.25);
    expect(ranks?.rankOf(micros(199))).toBe(0.25);
    expect(ranks?.rankOf(micros(250))).toBe(0.625);
    expect(ranks?.timeAt(0.625)).toBe(250);
    expect(ranks?.timeAt(0)).toBe(0);
  });

  it("run the other way in a list from the newest, and there and back again", () => {
    const ranks = rankMap(bars, 100, 40, "newest");
    expect(ranks?.rankOf(micros(300))).toBe(0);
    for (const share of [0.1, 0.33, 0.6, 0.9])
      expect(ranks?.rankOf(ranks.timeAt(share))).toBeCloseTo(share, 1);
  });

  it("are of no use to a list by a value, or an empty one", () => {
    expect(rankMap(bars, 100, 40, "-duration")).toBe(null);
    expect(rankMap([{ from: micros(0), total: 0 }], 100, 0, "newest")).toBe(null);
  });
});

describe("a row's place in the whole list", () => {
  const items = [0, 1, 2].map((n) => ({ start_us: 250 - n }) as Communication);
  const run = { first: kRoomAbove, items, atTop: false, atEnd: false };
  // One bar of many seconds: where in it the rows lie is not known.
  const ranks = rankMap([{ from: micros(0), total: 6_353 }], 1_000, 6_353, "newest");

  it("is counted from the end where the list ends, whatever the bars say", () => {
    const last = kRoomAbove + items.length - 1;
    expect(last + offsetOf({ ...run, atEnd: true }, 6_353, ranks) + 1).toBe(6_353);
  });

  it("is counted from the top where it begins, and told by the time between", () => {
    expect(offsetOf({ ...run, first: 7, atTop: true, atEnd: true }, 3, ranks)).toBe(-7);
    expect(kRoomAbove + offsetOf(run, 6_353, ranks)).toBe(Math.round(6_353 * 0.75));
  });
});

it("an id tells when it started", () => {
  expect(startOf("1-17c2f0a4b6d3e800-2a-0")).toBe(Number(0x17c2f0a4b6d3e800n / 1000n));
  expect(startOf("nonsense")).toBe(null);
});

it("tells what is of a time to come from what a clock before this one says is now", () => {
  const id = "1-17c2f0a4b6d3e800-2a-0";
  const start = micros(Number(0x17c2f0a4b6d3e800n / 1000n));
  expect(isToCome(id, start)).toBe(false);
  expect(isToCome(id, micros(start - 50 * kSecond))).toBe(false);
  expect(isToCome(id, micros(start - 61 * kSecond))).toBe(true);
  expect(isToCome("nonsense", start)).toBe(false);
});
