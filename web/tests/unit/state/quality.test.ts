import { describe, expect, it } from "vitest";
import type { QualityItem } from "../../../src/api/types";
import { qualityCells } from "../../../src/state/quality";

function minute(seen: number, listening_ms: number): QualityItem {
  return {
    whisperer: "live",
    start_us: 0,
    end_us: 60_000_000,
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

  it("does not name the only whisperer there is", () => {
    const [cell] = qualityCells([lossy("a", 3, 0)]);
    expect(cell?.lines.some((line) => line.label.startsWith("at "))).toBe(false);
  });
});
