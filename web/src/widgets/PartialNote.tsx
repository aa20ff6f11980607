// PartialNote: says that an answer ran out of time while it read headers or bodies, and since when
// it is exact.

import type { Partial } from "../api/types";
import { formatDateTime, micros } from "../base/time";

export function PartialNote({ partial, what }: { partial: Partial | undefined; what: string }) {
  if (partial === undefined) return null;
  return (
    <p className="partial-note" role="status" title={partial.detail} data-testid="partial">
      {what} only what begins after {formatDateTime(micros(partial.reached_us), "second")}: reading
      further takes longer than {partial.budget_ms / 1_000} s. Select less time to see all of it.
    </p>
  );
}
