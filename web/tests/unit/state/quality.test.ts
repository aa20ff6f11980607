import { describe, expect, it } from "vitest";
import type { QualityItem } from "../../../src/api/types";
import { qualityCells } from "../../../src/state/bars";

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
