// ListPane: the communications of the range, as many as there are. Rows are drawn only where one
// looks, pages are fetched as one comes near the ends of what is loaded, and the rail goes
// anywhere.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { KeyboardEvent, ReactNode } from "react";
import type { FilterQuery } from "../api/questions";
import type { Communication, CommunicationList } from "../api/types";
import { clamp, classes, formatCount, plural } from "../base/format";
import { formatDateTime, micros, nowMicros } from "../base/time";
import { type Scope, scopeNow, type Summary } from "../state/data";
import { kPicksMax, usePicks } from "../state/picks";
import { kColumnChoice, usePreference } from "../state/preferences";
import { byTime, isToCome, offsetOf, rankMap } from "../state/rows";
import { type Order, orderName } from "../state/url";
import { useAsking } from "../state/ask";
import type { Reading } from "../state/search";
import { useFound } from "../state/useFound";
import { useRows } from "../state/useRows";
import { useZone } from "../state/zone";
import { Failure } from "../widgets/Failure";
import { PartialNote } from "../widgets/PartialNote";
import { Skeleton } from "../widgets/states";
import { ColumnMenu } from "./ColumnMenu";
import {
  choiceOf,
  chosenColumns,
  columnsFor,
  datesFor,
  formatChoice,
  gridMinimum,
  gridTemplate,
  isStacked,
  moved,
  parseChoice,
  resized,
  stackedColumns,
  stackedTemplate,
  toggled,
  type ColumnChoice,
  type ColumnKey,
} from "./columns";
import { ListHead } from "./ListHead";
import { ListRail } from "./ListRail";
import { CellAsk } from "./CellAsk";
import { cellTerm } from "./cellTerms";
import { LineNote, NewsPill } from "./NewsPill";
import { Row, type RowClick } from "./Row";
import { NothingYet, SearchProgress } from "./SearchProgress";
import { useAnchor } from "./useAnchor";
import { useGridPages } from "./useGridPages";
import { useGridScroll } from "./useGridScroll";
import { useNews } from "./useNews";
import { usePicking } from "./usePicking";
import { usePointed } from "./usePointed";

const kOneLine = 28;
const kTwoLines = 46;
const kRailRestMs = 140;

export interface ListPaneProps {
  readonly scope: Scope;
  readonly filter: FilterQuery;
  readonly order: Order;
  readonly reading: Reading | null; // what the filter takes to answer
  readonly open: string | null;
  readonly summary: Summary | null;
  readonly what: string; // "in the selection"
  readonly empty: ReactNode;
  readonly facets: ReactNode; // shows the values beside the list
  readonly exports: ReactNode;
  readonly tray: ReactNode; // what can be done with the picked ones
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
  const { scope, filter, order, reading, open, summary, onOpen, onList } = props;
  const [zone] = useZone();
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string | null>(null);
  const [notice, setNotice] = useState("");
  const live = scope.follow !== null && order === "newest";
  const question = JSON.stringify([scope.follow ?? scope.range, filter, order]);
  const [anchor, goTo] = useAnchor(question, scope, open, order);
  // A list that follows the newest moves while one is at its top and reads no record. Every other
  // one stands still once it was read, and tells what came since.
  const [downAt, setDownAt] = useState("");
  const moving = live && downAt !== question && open === null;
  const [readAs, setReadAs] = useState("");
  const readNow = `${question} ${anchor}`;
  const still = !moving && readAs === readNow;
  // What reads headers or bodies is searched for, row by row; the rest is a list with pages.
  const searching = reading === "headers" || reading === "bodies";
  const rowsOf = useRows(scope, filter, order, anchor, still, reading === "columns");
  const finding = useFound(scope, filter, order, searching);
  const source = searching ? finding.source : rowsOf;
  const { query, run, settled, top } = source;
  const { items } = run;
  const isFresh = !rowsOf.query.isFetching && !rowsOf.query.isStale;
  const isRead = !searching && settled && items.length > 0 && isFresh;
  useEffect(() => {
    if (isRead) setReadAs(readNow);
  }, [isRead, readNow]);
  const asked = useMemo(
    () => ({
      ...filter,
      from: scopeNow(scope).from,
      to: scope.follow === null ? scope.range.to : undefined,
    }),
    [question],
  );
  const news = useNews({
    query: asked,
    cursor: !searching && settled && top !== undefined ? top.live_cursor : null,
    items,
    moving: moving && !searching,
    isNews: (id) => scope.follow === null || !isToCome(id, nowMicros()),
    read: rowsOf.read,
  });
  useEffect(() => onList(top), [top, onList]);
  const picks = usePicks();

  const ends = [items[0], items[items.length - 1]].filter((one) => one !== undefined);
  const starts = ends.map((one) => micros(one.start_us));
  const dates = datesFor(scope.range, starts, nowMicros());
  const [stored, setStored] = usePreference(kColumnChoice);
  const choice = useMemo(() => parseChoice(stored), [stored]);
  const [stackedNow, setStackedNow] = useState(false);
  const rowHeight = stackedNow ? kTwoLines : kOneLine;
  const view = useGridScroll(box, run, rowHeight);
  const stacked = isStacked(view.width, dates);
  if (stacked !== stackedNow) setStackedNow(stacked);
  const usual = useMemo(() => columnsFor(view.width, dates), [view.width, dates]);
  const columns = useMemo(() => {
    if (stacked) return stackedColumns(dates);
    return choice.length === 0 ? usual : chosenColumns(choice, dates);
  }, [stacked, dates, choice, usual]);
  const change = (next: (now: readonly ColumnChoice[]) => ColumnChoice[]): void =>
    setStored(formatChoice(next(choice.length === 0 ? choiceOf(usual) : choice)));
  const longest = useMemo(() => longestUsual(items), [items]);

  useGridPages(view, source, anchor, goTo);
  const [from, to] = view.drawn;
  const end = run.first + items.length;

  const onScroll = (): void => {
    view.onScroll();
    const down = (box.current?.scrollTop ?? 0) > rowHeight * 3;
    if (live) setDownAt(down ? question : "");
  };

  const total = summary?.total ?? null;
  const ranks = useMemo(
    () => (summary === null ? null : rankMap(summary.bars, summary.bucket, summary.total, order)),
    [summary, order],
  );
  const whole = run.atTop && run.atEnd;
  const count = whole ? items.length : Math.max(total ?? 0, items.length);
  const offset = useMemo(() => offsetOf(run, count, ranks), [run, count, ranks]);
  const rank = clamp((view.top + offset) / Math.max(1, count - view.viewRows), 0, 1);
  const rest = useRef<ReturnType<typeof setTimeout>>();
  const onRail = (wanted: number, done: boolean): void => {
    clearTimeout(rest.current);
    const number = wanted * Math.max(0, count - view.viewRows) - offset;
    if (number >= run.first && number <= end - (run.atEnd ? 0 : view.viewRows)) view.jump(number);
    else if (wanted === 0) goTo("top");
    else if (wanted === 1 && byTime(order)) goTo("end");
    else if (ranks !== null) {
      const time = ranks.timeAt(wanted);
      if (done) goTo(time);
      else rest.current = setTimeout(() => goTo(time), kRailRestMs);
    } else view.jump(clamp(number, run.first, end));
  };
  useEffect(() => () => clearTimeout(rest.current), []);
  const railHint = (wanted: number): string => {
    const row = `row ${formatCount(Math.min(count, Math.round(wanted * count) + 1))}`;
    return ranks === null ? row : `${formatDateTime(ranks.timeAt(wanted), "second")} · ${row}`;
  };

  const picking = usePicking(items, () =>
    setNotice(
      `At most ${formatCount(kPicksMax)} can be selected, as many as a link can name. ` +
        "For more, filter, and export what the window shows.",
    ),
  );
  const asking = useAsking();
  const [column, setColumn] = useState<ColumnKey | null>(null); // the cell that the keys are in
  const { pointed, point, leave } = usePointed((id, key) => {
    const item = items.find((one) => one.id === id);
    return item === undefined ? null : cellTerm(item, key as ColumnKey);
  });
  const current = open ?? active;
  const at = current === null ? -1 : items.findIndex((item) => item.id === current);
  const go = (wanted: number, extend: boolean): void => {
    const index = clamp(wanted, 0, items.length - 1);
    const item = items[index];
    if (item === undefined) return;
    if (extend) {
      if (at >= 0 && picks.size === 0) picking.mark(at);
      picking.rangeTo(index);
    } else picking.mark(index);
    setActive(item.id);
    if (open !== null) onOpen(item.id, false);
    view.show(run.first + index);
  };
  const enter = (item: Communication | undefined): void => {
    if (item === undefined) return;
    setActive(item.id);
    onOpen(item.id, true);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return;
    const page = Math.max(1, Math.floor(view.viewRows) - 1);
    // Without a row to go on from: the first one that is in view.
    const here = at >= 0 ? at : Math.ceil(view.top) - run.first - 1;
    const moves: Record<string, number> = {
      ArrowDown: here + 1,
      ArrowUp: Math.max(0, here - 1),
      PageDown: here + page,
      PageUp: Math.max(0, here - page),
    };
    const target = moves[event.key];
    const mod = event.ctrlKey || event.metaKey;
    if (event.altKey) return;
    const side = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    const cell = columns.findIndex(({ key }) => key === column);
    const term = at >= 0 && column !== null ? cellTerm(items[at] as Communication, column) : null;
    if (side !== 0 && !mod)
      setColumn(columns[clamp(cell + side, 0, columns.length - 1)]?.key ?? null);
    else if (event.key.toLowerCase() === "f" && !mod && term !== null)
      event.shiftKey ? asking.not(term) : asking.only(term);
    else if (target !== undefined) go(target, event.shiftKey);
    else if (event.key === "Home") run.atTop ? go(0, event.shiftKey) : goTo("top");
    else if (event.key === "End")
      run.atEnd || !byTime(order) ? go(items.length - 1, event.shiftKey) : goTo("end");
    else if (event.key === " " && at >= 0) picking.toggle(at);
    else if (mod && event.key.toLowerCase() === "a") picking.all();
    else if (event.key === "Enter") enter(items[at >= 0 ? at : here + 1]);
    else if (event.key === "Escape" && open !== null) onOpen(null, true);
    else return;
    event.preventDefault();
  };
  const click = useRef((_index: number, _click: RowClick): void => undefined);
  click.current = (index, { check, mod, shift }) => {
    const item = items[index];
    if (item === undefined) return;
    setActive(item.id);
    setNotice("");
    if (shift) picking.rangeTo(index);
    else if (mod || check) picking.toggle(index);
    else {
      picking.mark(index);
      onOpen(item.id, true);
    }
  };
  // The same for all time: a page that comes draws no row anew.
  const onRow = useCallback((index: number, how: RowClick) => click.current(index, how), []);

  const style = {
    "--columns": stacked ? stackedTemplate(columns) : gridTemplate(columns),
    "--grid-min": stacked ? "0" : `${gridMinimum(columns)}px`,
  };
  const blank = items.length === 0;
  const trouble = query.error ?? (blank ? query.failureReason : null);
  const rows = [];
  for (let number = from; number < to; number += 1) {
    const item = items[number - run.first];
    if (item === undefined) continue;
    rows.push(
      <Row
        key={item.id}
        item={item}
        index={number - run.first}
        rank={number + offset}
        columns={columns}
        dates={dates}
        top={number * rowHeight}
        current={item.id === current}
        picked={picks.has(item.id)}
        cursor={item.id === current ? column : null}
        longest={longest}
        zone={zone}
        onRow={onRow}
      />,
    );
  }
  return (
    <section className="list-pane" aria-label="Communications">
      {finding.found !== null && (
        <SearchProgress
          found={finding.found}
          bodies={reading === "bodies"}
          onStop={finding.stop}
          onGoOn={finding.goOn}
        />
      )}
      <div className="list-body">
        <div
          className={classes("grid", stacked && "is-stacked", picks.size > 0 && "is-picking")}
          ref={box}
          {...(blank
            ? { role: "group" }
            : {
                role: "grid",
                "aria-multiselectable": true,
                "aria-rowcount": total ?? -1,
                "aria-activedescendant":
                  at < 0 ? undefined : `${column === null ? "row" : "cell"}-${current}`,
              })}
          aria-label="HTTP communications"
          aria-busy={query.isFetching}
          tabIndex={0}
          data-testid="list"
          data-still={still}
          style={style as React.CSSProperties}
          onKeyDown={onKeyDown}
          onScroll={onScroll}
        >
          <ListHead
            columns={columns}
            order={order}
            fixed={stacked}
            hidden={blank}
            onOrder={props.onOrder}
            onResize={(key, width) => change((now) => resized(now, key, width))}
            onMove={(key, before) => change((now) => moved(now, key, before))}
          />
          {!blank && (
            <div
              className="grid-space"
              style={{ height: view.space }}
              onMouseOver={point}
              onMouseLeave={leave}
            >
              {rows}
              <CellAsk place={pointed} />
            </div>
          )}
          {blank && finding.found?.phase === "stopped" && (
            <NothingYet found={finding.found} onGoOn={finding.goOn} />
          )}
          {blank && trouble === null && (query.isPending || query.hasNextPage) && (
            <Skeleton rows={12} />
          )}
          {blank && trouble !== null && (
            <Failure error={trouble} retry={() => void query.refetch()} />
          )}
          {blank && query.isSuccess && !query.hasNextPage && (
            <PartialNote partial={top?.partial} what="Looked at is" />
          )}
          {blank &&
            query.isSuccess &&
            !query.hasNextPage &&
            typeof anchor === "string" &&
            props.empty}
        </div>
        {!blank && count > view.viewRows && (
          <ListRail at={rank} share={view.viewRows / count} hint={railHint} onGo={onRail} />
        )}
        {!blank && query.isPlaceholderData && <div className="list-busy" />}
      </div>
      {!moving && (
        <NewsPill
          news={news}
          below={live && open === null}
          onTake={() => {
            setDownAt("");
            if (order === "newest" && anchor !== "top") {
              rowsOf.forgetOthers();
              return goTo("top");
            }
            if (order === "newest") view.jump(0);
            news.take();
          }}
        />
      )}
      <ListFoot
        loaded={items.length}
        total={query.isError ? null : total}
        what={props.what}
        whole={whole && query.isSuccess}
        place={run.atTop || blank || total === null ? null : Math.round(view.top) + offset + 1}
        last={run.atEnd ? Math.min(count, Math.floor(view.top + view.viewRows) + offset) : null}
        notice={notice}
        line={<LineNote line={news.line} retry={news.retry} />}
        sorted={byTime(order) ? null : order}
        tray={props.tray}
      >
        {props.facets}
        {!stacked && (
          <ColumnMenu
            shown={columns}
            changed={stored !== ""}
            onToggle={(key) => change((now) => toggled(now, key))}
            onMove={(key, before) => change((now) => moved(now, key, before))}
            onReset={() => setStored("")}
          />
        )}
        {!blank && props.exports}
      </ListFoot>
    </section>
  );
}

function ListFoot(props: {
  loaded: number;
  total: number | null;
  what: string;
  whole: boolean; // everything is loaded
  place: number | null; // which row is in view, when its run does not begin at the top
  last: number | null; // the last one in view, where that is counted from the end
  notice: string;
  line: ReactNode; // what became of the line of news
  sorted: Order | null; // by a value, which has no rail to go anywhere by
  tray: ReactNode;
  children: ReactNode;
}) {
  // When everything is loaded it is counted here; the sum of a range that is no whole number of
  // buckets may hold a neighbour.
  const total = props.whole ? props.loaded : props.total;
  return (
    <footer className="list-foot">
      <span className="list-tools">{props.children}</span>
      <span className="number" data-testid="count">
        {total !== null && `${plural(total, "communication")} ${props.what}`}
        {total === null && props.loaded > 0 && `${formatCount(props.loaded)} loaded ${props.what}`}
      </span>
      {props.sorted !== null && !props.whole && props.loaded > 0 && (
        <span className="faint wide-only" data-testid="sort-note">
          all of them sorted by {orderName(props.sorted)}; the first {formatCount(props.loaded)} are
          here, more come as you scroll
        </span>
      )}
      {props.place !== null && (
        <span className="number wide-only" data-testid="place">
          {props.last === null
            ? `about row ${formatCount(props.place)}`
            : `rows ${formatCount(props.place)} to ${formatCount(props.last)}`}
        </span>
      )}
      {props.notice !== "" && <span role="status">{props.notice}</span>}
      {props.line}
      <span className="spacer" />
      {props.tray}
    </footer>
  );
}
