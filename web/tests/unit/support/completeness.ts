// The books of a range, in which so much was seen, lost, missing and partial.

import type { Completeness } from "../../../src/api/types";

export function completeness(
  seen: number,
  lost: number,
  missing: number,
  partial: number,
): Completeness {
  const time = { from: "", from_us: 0, to: "", to_us: 1 };
  const lost_by: Record<string, number> = lost > 0 ? { ring_dropped: lost } : {};
  return {
    ...time,
    packets: { seen, received: seen, filtered: 2, lost, lost_by },
    bytes: { payload: 1_000_000, delivered: 1_000_000, missing, refused: 0 },
    communications: { complete: 10, partial, unstored: 0 },
    ratio: 1,
  };
}
