// A list of pages in its scrolled box: where it begins, that its true top is its top, and that more
// rows are asked for before one reaches its end.

import { useEffect, useLayoutEffect } from "react";
import type { Anchor, Listed, RowRun } from "../state/rows";
import type { GridScroll } from "./useGridScroll";

const kNear = 60; // rows before an end at which more are asked for

export interface PagedRows {
  readonly run: RowRun<Listed>;
  readonly shownKey: string; // of the list that is shown
  readonly settled: boolean;
  readonly rebase: () => void;
  readonly query: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly isFetching: boolean;
    readonly isError: boolean;
    readonly fetchNextPage: () => unknown;
    readonly fetchPreviousPage: () => unknown;
  };
}

export function useGridPages(
  view: GridScroll,
  { run, shownKey, settled, rebase, query }: PagedRows,
  anchor: Anchor,
  goTo: (anchor: Anchor) => void,
): void {
  const count = run.items.length;
  // A new list begins at its top, or where it was to begin.
  useLayoutEffect(() => {
    view.jump(anchor === "end" && settled ? run.first + count : run.first);
    // Only when another list is shown, or the first of it; pages that come to it move nothing.
  }, [shownKey, count === 0]);
  // The beginning was reached upwards: from here on it is the top.
  useLayoutEffect(() => {
    if (!run.atTop || run.first === 0 || count === 0) return;
    const above = view.top - run.first;
    rebase();
    view.jump(above);
  }, [run.atTop, run.first, count, rebase, view]);
  // A time after which there is nothing more: the end is what was meant.
  useEffect(() => {
    if (settled && count === 0 && typeof anchor === "number") goTo("end");
  }, [settled, count, anchor, goTo]);

  const { hasNextPage, hasPreviousPage, isFetching, isError, fetchNextPage, fetchPreviousPage } =
    query;
  const [from, to] = view.drawn;
  const end = run.first + count;
  useEffect(() => {
    if (isFetching || !settled || isError) return;
    if (hasNextPage && to >= end - kNear) void fetchNextPage();
    else if (hasPreviousPage && from <= run.first + kNear) void fetchPreviousPage();
  }, [from, to, end, run.first, hasNextPage, hasPreviousPage, isFetching, settled]);
}
