// The cell of the list that one points at, once the pointer rests there: who only clicks on a row
// in passing does not meet what can be asked of it, and rows that pass under the pointer while one
// scrolls are not looked at at all.

import { type MouseEvent, useEffect, useRef, useState } from "react";
import { type CellPlace, placeOf } from "./CellAsk";

const kPointMs = 220;

export interface Pointed {
  readonly pointed: CellPlace | null;
  readonly point: (event: MouseEvent<HTMLElement>) => void;
  readonly leave: () => void;
}

// `termOf`: what can be asked of a row's cell.
export function usePointed(termOf: (id: string, column: string) => string | null): Pointed {
  const [pointed, setPointed] = useState<CellPlace | null>(null);
  const rest = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => () => clearTimeout(rest.current), []);
  const latest = useRef(termOf);
  latest.current = termOf;
  const point = (event: MouseEvent<HTMLElement>): void => {
    const { currentTarget: space, clientX } = event;
    const target = event.target as HTMLElement;
    if (target.closest(".cell-ask") !== null) return;
    const place = (): CellPlace | null =>
      target.isConnected ? placeOf(target, clientX, space, latest.current) : null;
    clearTimeout(rest.current);
    if (pointed !== null) {
      const next = place();
      if (next?.id === pointed.id && next.term === pointed.term) return;
      setPointed(null);
    }
    rest.current = setTimeout(() => setPointed(place()), kPointMs);
  };
  const leave = (): void => {
    clearTimeout(rest.current);
    setPointed(null);
  };
  return { pointed, point, leave };
}
