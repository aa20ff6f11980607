// CellAsk: over the cell that one points at, or that the keys are in, what can be asked of its
// value. One for the whole list: rows need not know of it.

import type { ReactNode } from "react";
import { Ask } from "../widgets/Ask";

export interface CellPlace {
  readonly id: string; // of the row
  readonly term: string;
  readonly top: number; // in the space of the rows, pixels
  readonly right: number; // end of the cell
  readonly height: number;
}

// The cell under the pointer, or null where nothing can be asked.
export function placeOf(
  target: EventTarget,
  space: HTMLElement,
  termOf: (id: string, column: string) => string | null,
): CellPlace | null {
  const cell = (target as HTMLElement).closest<HTMLElement>('[role="gridcell"]');
  const row = cell?.closest<HTMLElement>('[role="row"]');
  if (cell === null || row === null || row === undefined) return null;
  const id = row.id.slice("row-".length);
  const term = termOf(id, cell.dataset["column"] ?? "");
  if (term === null) return null;
  const box = cell.getBoundingClientRect();
  const around = space.getBoundingClientRect();
  const right = Math.min(box.right - around.left + 4, around.width);
  return { id, term, top: box.top - around.top, right, height: box.height };
}

export function CellAsk({ place }: { place: CellPlace | null }): ReactNode {
  if (place === null) return null;
  const middle = place.top + place.height / 2;
  return (
    <div className="cell-ask" style={{ top: middle, left: place.right }} data-testid="cell-ask">
      <Ask term={place.term} keys={false} />
    </div>
  );
}
