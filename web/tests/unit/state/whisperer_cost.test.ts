import { describe, expect, it } from "vitest";
import type { ObservationList } from "../../../src/api/types";
import { kMinute, range } from "../../../src/base/time";
import { costCharts, costSlots, costTotals, sumOf } from "../../../src/state/whispererCost";

const kStart = 1_763_733_600_000_000; // a whole hour
const gauge = (max: number) => ({ mean: max / 2, max });
const item = (minute: number, part: object) => ({
  start_us: kStart + minute * kMinute,
  end_us: kStart + (minute + 1) * kMinute,
  looks: 60,
  threads: [],
  flows: gauge(0),
  flow_bytes: gauge(0),
  parse_bytes: gauge(0),
  ring_bytes: gauge(0),
  ring_capacity: 0,
  codes: [],
  resident_bytes: gauge(0),
  store_bytes: gauge(0),
  ...part,
});
const code = (name: string, records: number, notes: number) => ({ name, records, notes });

describe("what Spider costs", () => {
  const answer = {
    items: [
      item(1, {
        threads: [{ name: "cap-lan", cpu_us: 6_000_000 }],
        ring_bytes: gauge(25),
        ring_capacity: 100,
        codes: [code("memory_full", 0, 3), code("header_folded", 2, 0)],
      }),
      item(2, { flow_bytes: gauge(4_096), codes: [code("memory_full", 0, 1)] }),
    ],
    shared: [item(1, { threads: [{ name: "shard-0", cpu_us: 30_000_000 }] })],
  } as unknown as ObservationList;
  const slots = costSlots(answer, range(kStart, kStart + 5 * kMinute), kMinute);
  const totals = costTotals(slots);

  it("has a slot for each minute, and none is made up", () => {
    expect(slots).toHaveLength(5);
    expect(slots.map(({ counts }) => counts !== null)).toEqual([false, true, true, false, false]);
  });

  it("tells processor time in percent, its own apart from what is shared", () => {
    expect(sumOf(slots[1]?.counts ?? null, "own:")).toBeCloseTo(10);
    expect(sumOf(slots[1]?.counts ?? null, "shared:")).toBeCloseTo(50);
    expect(sumOf(slots[2]?.counts ?? null, "own:")).toBe(0);
  });

  it("adds codes up, and keeps the highest of what is a fill", () => {
    expect(totals["code:memory_full"]).toBe(4);
    expect(totals["ring"]).toBe(25);
    expect(totals["flow_bytes"]).toBe(4_096);
    const codes = costCharts(totals).find(({ key }) => key === "codes");
    expect(codes?.series.map(({ name }) => name)).toEqual(["memory_full", "header_folded"]);
  });
});
