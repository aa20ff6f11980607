import { describe, expect, it } from "vitest";
import type { QualityItem } from "../../../src/api/types";
import { qualityCells } from "../../../src/state/quality";

function minute(seen: number, listening_ms: number): QualityItem {
  return {
    whisperer: "live",
    start_us: 0,
    end_us: 60_000_000,
    captured: [{ from_us: 0, to_us: 60_000_000 }],
    completeness: {
      packets: { seen, lost: 0, lost_by: {} },
      bytes: { missing: 0, delivered: 0 },
      communications: { complete: 0, partial: 0, unstored: 0 },
    },
    counters: { listening_ms },
  } as unknown as QualityItem;
}

describe("a minute without packets", () => {
  it("that was listened to is no minute without capture", () => {
    const [cell] = qualityCells([minute(0, 60_000)]);
    expect(cell?.silent).toBe(true);
    expect(cell?.lines).toEqual([{ label: "listening, no packet passed", value: "1 min" }]);
    expect(qualityCells([minute(0, 0)])[0]?.silent).toBe(false);
    expect(qualityCells([minute(5, 60_000)])[0]?.silent).toBe(false);
  });
});

describe("a minute with losses", () => {
  const lossy = (whisperer: string, lost: number, missing: number): QualityItem =>
    ({
      ...minute(100, 60_000),
      whisperer,
      completeness: {
        packets: { seen: 100, lost, lost_by: lost > 0 ? { ring_dropped: lost } : {} },
        bytes: { missing, delivered: 10_000 },
        communications: { complete: 5, partial: 2, unstored: 0 },
      },
    }) as unknown as QualityItem;

  it("says which whisperer lost what, and how many communications are partial", () => {
    const [cell] = qualityCells([lossy("a", 3, 0), lossy("b", 0, 1_500), lossy("c", 0, 0)]);
    const lines = new Map(cell?.lines.map((line) => [line.label, line.value]));
    expect(lines.get("at a")).toBe("3 packets");
    expect(lines.get("at b")).toBe("1.5 kB");
    expect(lines.has("at c")).toBe(false);
    expect(lines.get("· dropped, ring full")).toBe("3");
    expect(lines.get("communications partial")).toBe("6");
  });

  it("names the only whisperer there is", () => {
    const [cell] = qualityCells([lossy("a", 3, 0)]);
    const line = cell?.lines.find(({ label }) => label === "at a");
    expect(line?.value).toBe("3 packets");
  });

  it("says first what the colour is made of", () => {
    const [bytes] = qualityCells([lossy("a", 0, 1_450)]);
    expect(bytes?.lines[0]).toEqual({ label: "bytes captured", value: "87.3 %", bad: true });
    const [packets] = qualityCells([lossy("a", 20, 1_450)]);
    expect(packets?.lines[0]).toEqual({ label: "packets kept", value: "80.0 %", bad: true });
    expect(packets?.score).toBeCloseTo(0.8);
    expect(qualityCells([minute(5, 60_000)])[0]?.lines[0]?.bad).toBe(false);
  });
});

describe("a minute with an outage", () => {
  const s = 1_000_000;
  const part = (from: number, to: number) => ({ from_us: from * s, to_us: to * s });

  it("is painted only where something was captured", () => {
    const item = { ...minute(90, 53_000), captured: [part(0, 33), part(40, 60)] };
    const cells = qualityCells([item]);
    expect(cells.map(({ range: r }) => [r.from / s, r.to / s])).toEqual([
      [0, 33],
      [40, 60],
    ]);
    for (const cell of cells) {
      expect(cell.counted).toEqual({ from: 0, to: 60 * s });
      expect(cell.score).toBe(1);
    }
    const other = { ...minute(5, 60_000), whisperer: "b", captured: [part(30, 45)] };
    const [both, ...more] = qualityCells([item, other]);
    expect(both?.range).toEqual({ from: 0, to: 60 * s });
    expect(more).toEqual([]);
  });
});
