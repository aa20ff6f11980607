// ListPane: the communications of the range, as many as there are. Rows are drawn only where one
// looks, pages are fetched as one comes near their end.

import { useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
} from "react";
import type { FilterQuery } from "../api/questions";
import type { Communication, CommunicationList } from "../api/types";
import { clamp, classes, formatCount, plural } from "../base/format";
import { formatDate, kDay, spanOf } from "../base/time";
import { useList, type Scope } from "../state/data";
import type { Order } from "../state/url";
import { useZone } from "../state/zone";
import { Failure } from "../widgets/Failure";
import { Icon } from "../widgets/Icon";
import { Skeleton } from "../widgets/states";
import {
  columnsFor,
  gridMinimum,
  gridTemplate,
  isStacked,
  stackedColumns,
  stackedTemplate,
} from "./columns";
import { Row } from "./Row";

const kOneLine = 28;
const kTwoLines = 46;
const kHeadHeight = 30;

export interface ListPaneProps {
  readonly scope: Scope;
  readonly filter: FilterQuery;
  readonly order: Order;
  readonly open: string | null;
  readonly total: number | null;
  readonly what: string; // "in the selection"
  readonly empty: ReactNode;
  readonly onOrder: (order: Order) => void;
  readonly onOpen: (id: string | null, step: boolean) => void;
  readonly onList: (list: CommunicationList | undefined) => void;
}

// 95 of 100 rows are not longer than this: the bar behind durations stays readable beside outliers.
function longestUsual(items: readonly Communication[]): number {
  const durations = items.slice(0, 400).map((item) => item.duration_us);
  durations.sort((a, b) => a - b);
  return durations[Math.floor(durations.length * 0.95)] ?? 1;
}

export function ListPane(props: ListPaneProps) {
  const { scope, filter, order, open, onOpen, onList } = props;
  const newestFirst = order === "newest";
  const [zone] = useZone();
  const list = useList(scope, filter, newestFirst, true);
  const client = useQueryClient();
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(1_200);
  const [active, setActive] = useState<string | null>(null);
  const [away, setAway] = useState(false); // scrolled down while live
  const items = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const first = list.data?.pages[0];
  useEffect(() => onList(first), [first, onList]);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => observer.disconnect();
  }, []);

  const oldest = items[items.length - 1];
  const withDate =
    spanOf(scope.range) > kDay ||
    (oldest !== undefined && formatDate(oldest.start_us as never) !== formatDate(scope.range.to));
  const stacked = isStacked(width, withDate);
  const rowHeight = stacked ? kTwoLines : kOneLine;
  const columns = useMemo(
    () => (stacked ? stackedColumns(withDate) : columnsFor(width, withDate)),
    [stacked, width, withDate],
  );
  const longest = useMemo(() => longestUsual(items), [items]);

  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 14,
    scrollPaddingStart: kHeadHeight,
    getItemKey: (index) => items[index]?.id ?? index,
  });
  useLayoutEffect(() => rows.measure(), [rows, rowHeight]);
  const visible = rows.getVirtualItems();
  const lastIndex = visible[visible.length - 1]?.index ?? -1;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && lastIndex >= items.length - 60) void fetchNextPage();
  }, [lastIndex, items.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

  // While live and at the top, only the first page is kept: it is read again every second.
  const trim = useCallback(() => {
    client.setQueriesData<InfiniteData<CommunicationList>>({ queryKey: ["list"] }, (data) =>
      data === undefined || data.pages.length <= 1
        ? data
        : { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) },
    );
  }, [client]);
  const live = scope.follow !== null && newestFirst;
  const onScroll = (): void => {
    const down = (box.current?.scrollTop ?? 0) > rowHeight * 3;
    if (down !== away) setAway(down);
  };
  const toTop = (): void => {
    trim();
    box.current?.scrollTo({ top: 0 });
    void client.invalidateQueries({ queryKey: ["list"] });
  };

  const current = open ?? active;
  const at = current === null ? -1 : items.findIndex((item) => item.id === current);
  const go = (index: number): void => {
    const item = items[clamp(index, 0, items.length - 1)];
    if (item === undefined) return;
    setActive(item.id);
    if (open !== null) onOpen(item.id, false);
    rows.scrollToIndex(clamp(index, 0, items.length - 1));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 300) / rowHeight) - 2);
    const moves: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: Math.max(0, at - 1),
      PageDown: at + page,
      PageUp: Math.max(0, at - page),
      Home: 0,
      End: items.length - 1,
    };
    const target = moves[event.key];
    if (target !== undefined) go(target);
    else if (event.key === "Enter" && current !== null) onOpen(current, true);
    else if (event.key === "Escape" && open !== null) onOpen(null, true);
    else return;
    event.preventDefault();
  };
  const openRow = useCallback(
    (index: number) => {
      const item = items[index];
      if (item === undefined) return;
      setActive(item.id);
      onOpen(item.id, true);
    },
    [items, onOpen],
  );

  const style = {
    "--columns": stacked ? stackedTemplate(columns) : gridTemplate(columns),
    "--grid-min": stacked ? "0" : `${gridMinimum(columns)}px`,
  };
  const blank = items.length === 0;
  return (
    <section className="list-pane" aria-label="Communications">
      <div
        className={classes("grid", stacked && "is-stacked")}
        ref={box}
        {...(blank
          ? { role: "group" }
          : {
              role: "grid",
              "aria-rowcount": props.total ?? -1,
              "aria-activedescendant": at >= 0 ? `row-${current}` : undefined,
            })}
        aria-label="HTTP communications"
        aria-busy={list.isFetching}
        tabIndex={0}
        data-testid="list"
        style={style as React.CSSProperties}
        onKeyDown={onKeyDown}
        onScroll={onScroll}
      >
        <div className="grid-head" role="row" aria-rowindex={1} hidden={blank}>
          {columns.map((column) => (
            <div
              key={column.key}
              role="columnheader"
              className={classes(`is-${column.key}`, column.right === true && "is-right")}
              title={column.help}
              aria-sort={
                column.key === "time" ? (newestFirst ? "descending" : "ascending") : undefined
              }
            >
              {column.key === "time" ? (
                <button
                  type="button"
                  title="Newest or oldest first"
                  data-testid="order"
                  onClick={() => props.onOrder(newestFirst ? "oldest" : "newest")}
                >
                  Time <Icon name={newestFirst ? "down" : "up"} />
                </button>
              ) : (
                column.label
              )}
            </div>
          ))}
        </div>
        {!blank && (
          <div className="grid-space" style={{ height: rows.getTotalSize() }}>
            {visible.map((row) => {
              const item = items[row.index];
              return item === undefined ? null : (
                <Row
                  key={row.key}
                  item={item}
                  index={row.index}
                  columns={columns}
                  withDate={withDate}
                  top={row.start}
                  selected={item.id === current}
                  longest={longest}
                  zone={zone}
                  onOpen={openRow}
                />
              );
            })}
          </div>
        )}
        {blank && list.isPending && <Skeleton rows={12} />}
        {blank && list.error !== null && (
          <Failure error={list.error} retry={() => void list.refetch()} />
        )}
        {blank && list.isSuccess && props.empty}
      </div>
      {live && away && (
        <button type="button" className="new-rows" onClick={toTop}>
          ↑ newest
        </button>
      )}
      <ListFoot
        loaded={items.length}
        total={list.isError ? null : props.total}
        what={props.what}
        more={hasNextPage || !list.isSuccess}
      />
    </section>
  );
}

function ListFoot(props: { loaded: number; total: number | null; what: string; more: boolean }) {
  // When everything is loaded it is counted here; the sum of a range that is no whole number of
  // buckets may hold a neighbour.
  const total = props.more ? props.total : props.loaded;
  return (
    <footer className="list-foot">
      <span className="number" data-testid="count">
        {total !== null && `${plural(total, "communication")} ${props.what}`}
        {total === null && props.loaded > 0 && `${formatCount(props.loaded)} loaded ${props.what}`}
      </span>
      <span className="spacer" />
      <span className="wide-only">
        <kbd>↑</kbd> <kbd>↓</kbd> move · <kbd>Enter</kbd> open · <kbd>Esc</kbd> close
      </span>
    </footer>
  );
}
