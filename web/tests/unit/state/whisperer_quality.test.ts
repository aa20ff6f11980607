import { afterEach, describe, expect, it } from "vitest";
import type { QualityItem } from "../../../src/api/types";
import { kHour, kMinute, micros, setClock, toIso } from "../../../src/base/time";
import {
  formatWhispererPlace,
  kWhispererStart,
  parseWhispererPlace,
  spanAround,
  spanBeside,
} from "../../../src/state/whispererPlace";
import {
  causesOf,
  kCharts,
  kStages,
  lostOf,
  niceTop,
  rowsOf,
  slotsOf,
  totalOf,
  valuesOf,
} from "../../../src/state/whispererQuality";
import { ratesBetween } from "../../../src/state/whispererRates";
import { kLossNames } from "../../../src/state/quality";

const at = (iso: string) => micros(Date.parse(iso) * 1_000);
const item = (iso: string, counters: Record<string, number>): QualityItem =>
  ({ start_us: at(iso), counters }) as unknown as QualityItem;

afterEach(() => setClock("local")); // Europe/Berlin, as setup.ts says

describe("the address of a whisperer", () => {
  it("comes back as it was written", () => {
    const place = {
      name: "a b&c",
      part: "quality",
      span: "hour",
      from: at("2026-03-10T13:00:00Z"),
    } as const;
    expect(parseWhispererPlace(formatWhispererPlace(place))).toEqual(place);
    expect(formatWhispererPlace(kWhispererStart)).toBe("?page=whisperers");
  });

  it("is not that of the communications, and says nothing wrongly", () => {
    expect(parseWhispererPlace("?whisperer=shop")).toBeNull();
    expect(parseWhispererPlace("?page=whisperers&part=no&from=x")).toEqual(kWhispererStart);
  });
});

describe("a day of the page's clock", () => {
  it("is as long as the clock makes it", () => {
    const short = spanAround("day", at("2026-03-29T12:00:00Z"));
    expect(toIso(short.from)).toBe("2026-03-28T23:00:00Z");
    expect(short.to - short.from).toBe(23 * kHour);
    expect(toIso(spanBeside("day", short, 1).to)).toBe("2026-03-30T22:00:00Z");
    expect(toIso(spanBeside("day", short, -1).from)).toBe("2026-03-27T23:00:00Z");
    setClock("utc");
    expect(toIso(spanAround("day", short.from).from)).toBe("2026-03-28T00:00:00Z");
  });
});

describe("slots and rows", () => {
  const day = spanAround("day", at("2026-03-10T12:00:00Z"));
  const slots = slotsOf(
    [
      item("2026-03-10T13:00:00Z", { packets_received: 60, ring_dropped: 1 }),
      item("2026-03-10T13:10:00Z", { packets_received: 40, kernel_dropped: 2 }),
      item("2026-03-10T22:50:00Z", { packets_received: 5 }),
    ],
    day,
    10 * kMinute,
  );

  it("cover the day, and keep what is not booked apart from zero", () => {
    expect(slots.length).toBe(144);
    expect(slots.filter(({ counts }) => counts !== null).length).toBe(3);
    expect(slots[0]?.range.from).toBe(day.from);
    expect(slots.at(-1)?.range.to).toBe(day.to);
  });

  it("lose no count on the way to hours and to the whole", () => {
    const rows = rowsOf(slots, kHour);
    expect(rows.map(({ counts }) => counts?.["packets_received"])).toEqual([100, 5]);
    expect(toIso(rows[0]?.range.from ?? micros(0))).toBe("2026-03-10T13:00:00Z");
    expect(totalOf(slots)["packets_received"]).toBe(105);
    expect(lostOf(totalOf(slots))).toBe(3);
  });

  it("are drawn per second where the chart says so", () => {
    const slot = slots[14 * 6];
    const packets = kCharts.find(({ key }) => key === "packets");
    const lost = kCharts.find(({ key }) => key === "lost");
    if (slot === undefined || packets === undefined || lost === undefined) throw new Error("gone");
    expect(valuesOf(packets, slot)).toEqual([0.1]);
    expect(valuesOf(lost, slot)[kStages.indexOf("ring_dropped")]).toBe(1);
  });

  it("name every cause of loss that the quality line names", () => {
    const known = Object.keys(kLossNames).filter(
      (name) => !["snaplen_cut", "unstored"].includes(name),
    );
    expect([...kStages].sort()).toEqual(known.sort());
    expect(causesOf({ ring_dropped: 1_200, partial_gap: 3, snaplen_cut: 0 })).toEqual([
      "dropped, ring full 1,200",
      "bytes missing inside 3",
    ]);
  });
});

describe("the top of a chart", () => {
  it("is a round number not below what is drawn", () => {
    expect([0, 1, 1.2, 4.9, 51, 1_000].map(niceTop)).toEqual([1, 1, 2, 5, 100, 1_000]);
  });
});

describe("what passes now", () => {
  const books = (packets: number, dropped: number) => ({
    packets_received: packets,
    bytes_received: packets * 100,
    communications_complete: packets / 10,
    ring_dropped: dropped,
  });

  it("is the difference of two answers over their time", () => {
    const rates = ratesBetween(
      { at: 1_000, books: books(0, 0) },
      { at: 3_000, books: books(200, 4) },
    );
    expect(rates).toEqual({ packets: 100, bits: 80_000, communications: 10, lost: 2 });
  });

  it("is not known from one answer, nor over a restart", () => {
    const one = { at: 1_000, books: books(50, 0) };
    expect(ratesBetween(one, one)).toBeNull();
    expect(ratesBetween(one, { at: 3_000, books: books(10, 0) })).toBeNull();
  });
});
