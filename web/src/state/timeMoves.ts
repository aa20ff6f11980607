// Undo and redo of the moves of time: which window, live or not, which part is selected. The steps
// of the browser's history hold everything that was done; these hold only where one looked.

import { useCallback, useRef } from "react";
import { sameRange, type TimeRange } from "../base/time";

export interface TimePlace {
  readonly window: TimeRange | null;
  readonly follow: number | null;
  readonly selection: TimeRange | null;
}

export interface TimeMoves {
  readonly past: readonly TimePlace[]; // the latest last
  readonly now: TimePlace;
  readonly future: readonly TimePlace[]; // the next first
}

const kStepsMax = 200;

function samePlace(a: TimePlace, b: TimePlace): boolean {
  return (
    sameRange(a.window, b.window) && a.follow === b.follow && sameRange(a.selection, b.selection)
  );
}

// Turning the wheel while live tells many spans on the way to one: they are one step.
function isOnTheWay(a: TimePlace, b: TimePlace): boolean {
  return a.follow !== null && b.follow !== null;
}

export function moved(moves: TimeMoves, next: TimePlace): TimeMoves {
  if (samePlace(moves.now, next)) return moves;
  const past = isOnTheWay(moves.now, next) ? moves.past : [...moves.past, moves.now];
  return { past: past.slice(-kStepsMax), now: next, future: [] };
}

export function undone({ past, now, future }: TimeMoves): TimeMoves | null {
  const last = past[past.length - 1];
  return last === undefined
    ? null
    : { past: past.slice(0, -1), now: last, future: [now, ...future] };
}

export function redone({ past, now, future }: TimeMoves): TimeMoves | null {
  const [next, ...rest] = future;
  return next === undefined ? null : { past: [...past, now], now: next, future: rest };
}

export interface TimeHistory {
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly undo: () => void;
  readonly redo: () => void;
}

// `place` is what the address says now; `go` writes another one there.
export function useTimeMoves(place: TimePlace, go: (place: TimePlace) => void): TimeHistory {
  const moves = useRef<TimeMoves | null>(null);
  moves.current = moved(moves.current ?? { past: [], now: place, future: [] }, place);
  const step = useCallback(
    (make: (moves: TimeMoves) => TimeMoves | null) => {
      const next = moves.current === null ? null : make(moves.current);
      if (next === null) return;
      moves.current = next;
      go(next.now);
    },
    [go],
  );
  const undo = useCallback(() => step(undone), [step]);
  const redo = useCallback(() => step(redone), [step]);
  const { past, future } = moves.current;
  return { canUndo: past.length > 0, canRedo: future.length > 0, undo, redo };
}
