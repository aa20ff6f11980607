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

export const kAskWidth = 52; // pixels of its two buttons, as in values.css

// Where the buttons end: at the free end of the cell, within its row, and never under the pointer,
// which is about to click on the row. Numbers stand at the right, so their free end is the left.
// Where a cell is too narrow for both, they lie over the free end of the one beside it: values of
// text begin at the left, so that is the one before.
export function askRight(
  cell: { readonly left: number; readonly right: number },
  numbers: boolean,
  pointer: number,
): number {
  const right = numbers ? Math.min(cell.right, cell.left + kAskWidth) : cell.right;
  if (pointer < right - kAskWidth - 6 || pointer > right + 6) return right;
  const before = pointer - 8;
  const least = numbers ? cell.left : 0;
  return before - kAskWidth >= least ? before : pointer + 8 + kAskWidth;
}

// The cell under the pointer, or null where nothing can be asked.
export function placeOf(
  target: EventTarget,
  pointer: number, // clientX
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
  const end = askRight(box, cell.classList.contains("is-right"), pointer);
  const right = Math.min(end - around.left, around.width);
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
