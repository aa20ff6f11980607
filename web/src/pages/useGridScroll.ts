// The scrolled box of the list: how wide and high it is, which rows are in view, and moves to a
// row. Row numbers are those of state/rows.ts; a row is `height` pixels from its number on.

import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";
import type { Listed, RowRun } from "../state/rows";

export const kHeadHeight = 30;
const kAir = 12; // rows drawn beyond each end of the view
const kBeyond = 30; // rows that may be scrolled beyond what is loaded

export interface GridScroll {
  readonly width: number;
  readonly viewRows: number; // that fit, not rounded
  readonly top: number; // number of the first row in view, not rounded
  readonly drawn: readonly [number, number]; // from, to; numbers
  readonly space: number; // pixels
  readonly onScroll: () => void;
  readonly show: (number: number) => void; // as little as needed
  readonly jump: (number: number) => void; // to the top of the view
}

export function useGridScroll(
  box: RefObject<HTMLDivElement>,
  run: RowRun<Listed>,
  height: number,
): GridScroll {
  const [size, setSize] = useState({ width: 1_200, height: 600 });
  const [scroll, setScroll] = useState(0);
  const latest = useRef({ run, height });
  latest.current = { run, height };

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const measure = (): void =>
      setSize({ width: element.clientWidth, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [box]);

  const onScroll = useCallback((): void => {
    const element = box.current;
    if (element === null) return;
    const { run: now, height: row } = latest.current;
    const least = now.atTop ? 0 : (now.first - kBeyond) * row;
    if (element.scrollTop < least) element.scrollTop = least;
    setScroll(element.scrollTop);
  }, [box]);

  // The pixels of a row change with its height: the first row in view stays it.
  const before = useRef(height);
  useEffect(() => {
    if (before.current === height) return;
    box.current?.scrollTo({ top: ((box.current?.scrollTop ?? 0) / before.current) * height });
    before.current = height;
  }, [box, height]);

  const jump = useCallback(
    (number: number): void => {
      const element = box.current;
      if (element === null) return;
      element.scrollTop = number * latest.current.height;
      setScroll(element.scrollTop);
    },
    [box],
  );
  const show = useCallback(
    (number: number): void => {
      const element = box.current;
      if (element === null) return;
      const row = latest.current.height;
      const low = (number + 1) * row - (element.clientHeight - kHeadHeight);
      if (element.scrollTop > number * row) element.scrollTop = number * row;
      else if (element.scrollTop < low) element.scrollTop = low;
      setScroll(element.scrollTop);
    },
    [box],
  );

  const viewRows = Math.max(1, (size.height - kHeadHeight) / height);
  const top = scroll / height;
  const end = run.first + run.items.length;
  const from = Math.max(run.first, Math.floor(top) - kAir);
  const to = Math.min(end, Math.ceil(top + viewRows) + kAir);
  return {
    width: size.width,
    viewRows,
    top,
    drawn: [from, Math.max(from, to)],
    space: (end + (run.atEnd ? 0 : kBeyond)) * height,
    onScroll,
    show,
    jump,
  };
}
