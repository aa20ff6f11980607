// PartialNote: says that an answer is of a part of the time, and since when it is exact: it ran out
// of time while it read headers or bodies, or the rest is still being counted.

import type { Partial } from "../api/types";
import { formatDateTime, micros } from "../base/time";

export interface PartialNoteProps {
  readonly partial: Partial | undefined;
  readonly what: string;
  readonly going?: boolean; // the rest is on its way
}

export function PartialNote({ partial, what, going = false }: PartialNoteProps) {
  if (partial === undefined) return null;
  if (going)
    return (
      <p className="partial-note" role="status" title={partial.detail} data-testid="partial">
        {what} only what begins after {formatDateTime(micros(partial.reached_us), "second")} so far;
        the rest is being counted.
      </p>
    );
  return (
    <p className="partial-note" role="status" title={partial.detail} data-testid="partial">
      {what} only what begins after {formatDateTime(micros(partial.reached_us), "second")}: reading
      further takes longer than {partial.budget_ms / 1_000} s. Select less time to see all of it.
    </p>
  );
}
