// SessionsView: the TCP sessions of the range, whatever they carried, the newest first as in the
// list of communications: each is the way to its packets, and says why nothing was found in it.

import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { clamp, classes, formatCount, plural } from "../../base/format";
import { formatDateTime, micros, nowMicros } from "../../base/time";
import { silentSince, useStatus, useWhisperers } from "../../state/data";
import { byTime } from "../../state/rows";
import { type SessionKind, sessionFilter } from "../../state/sessions";
import { useSessionRows } from "../../state/useRows";
import { useZone } from "../../state/zone";
import { Choice } from "../../widgets/Choice";
import { Failure } from "../../widgets/Failure";
import { Icon } from "../../widgets/Icon";
import { Skeleton } from "../../widgets/states";
import { datesFor } from "../columns";
import { ListRail } from "../ListRail";
import { NotSavedNote } from "../NotSavedNote";
import { useAnchor } from "../useAnchor";
import { useGridPages } from "../useGridPages";
import { useGridScroll } from "../useGridScroll";
import { EmptySessions } from "./EmptySessions";
import type { ViewProps } from "./props";
import { layoutFor, minimumOf } from "./sessionColumns";
import { SessionRow } from "./SessionRow";
import "../../styles/sessions.css";

const kOneLine = 28;
const kTwoLines = 46;

const kKinds: readonly (readonly [SessionKind, string])[] = [
  ["any", "All"],
  ["none", "Without communications"],
  ["some", "With communications"],
];

// What of the question is not asked of sessions, in so many words.
function LeftOut({ terms, onAsk }: { terms: readonly string[]; onAsk: () => void }) {
  if (terms.length === 0) return null;
  return (
    <p className="sessions-note" role="status" data-testid="left-out">
      <Icon name="filter" />
      <span>
        Not applied here, as TCP sessions have nothing of it:{" "}
        {terms.map((term, at) => (
          <span key={term}>
            {at > 0 && ", "}
            <code>{term}</code>
          </span>
        ))}
        .{" "}
        <button type="button" className="link" onClick={onAsk}>
          Take it away
        </button>
      </span>
    </p>
  );
}

export default function SessionsView(props: ViewProps) {
  const { scope, q, what, place, open, onOpen, onPlace, onAsk, onOrder } = props;
  const order = byTime(props.order) ? props.order : "newest";
  const [zone] = useZone();
  const status = useStatus();
  const whisperers = useWhisperers(scope.follow !== null).data?.items ?? [];
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string | null>(null);
  const {
    query: filter,
    asked,
    left,
  } = useMemo(() => sessionFilter(q, place.found), [q, place.found]);
  const question = JSON.stringify([scope.follow ?? scope.range, filter, order]);
  const [anchor, goTo] = useAnchor(question, scope, open, order);
  // It moves with what comes while one is at its top and reads no record.
  const [downAt, setDownAt] = useState("");
  const [readAs, setReadAs] = useState("");
  const readNow = `${question} ${anchor}`;
  const moving = downAt !== question && open === null && anchor === "top";
  const still = !moving && readAs === readNow;
  const source = useSessionRows(scope, filter, order, anchor, still, true);
  const { query, run, settled, top, read } = source;
  const { items } = run;
  const isRead = settled && items.length > 0 && !query.isFetching;
  useEffect(() => {
    if (isRead) setReadAs(readNow);
  }, [isRead, readNow]);

  const ends = [items[0], items[items.length - 1]].filter((one) => one !== undefined);
  const starts = ends.map((one) => micros(one.start_us));
  const dates = datesFor(scope.range, starts, nowMicros());
  const [stackedNow, setStackedNow] = useState(false);
  const rowHeight = stackedNow ? kTwoLines : kOneLine;
  const view = useGridScroll(box, run, rowHeight);
  const { columns, stacked, template } = useMemo(
    () => layoutFor(view.width, dates),
    [view.width, dates],
  );
  if (stacked !== stackedNow) setStackedNow(stacked);

  useGridPages(view, source, anchor, goTo);
  const [from, to] = view.drawn;

  const current = open ?? active;
  const placeOf = (id: string | null): number => items.findIndex((item) => item.id === id);
  const at = placeOf(current);
  // Keys may come faster than rows are drawn: the next one goes on from here.
  const cursor = useRef(current);
  cursor.current = current;
  const go = (wanted: number): void => {
    const index = clamp(wanted, 0, items.length - 1);
    const item = items[index];
    if (item === undefined) return;
    cursor.current = item.id;
    setActive(item.id);
    if (open !== null) onOpen(item.id);
    view.show(run.first + index);
  };
  const enter = useRef((_index: number): void => undefined);
  enter.current = (index) => {
    const item = items[index];
    if (item === undefined) return;
    setActive(item.id);
    onOpen(item.id, true);
  };
  // The same for all time: a page that comes draws no row anew.
  const onRow = useCallback((index: number) => enter.current(index), []);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget || event.altKey || event.ctrlKey || event.metaKey)
      return;
    const page = Math.max(1, Math.floor(view.viewRows) - 1);
    const now = placeOf(cursor.current);
    // Without a row to go on from: the first one that is in view.
    const here = now >= 0 ? now : Math.ceil(view.top) - run.first - 1;
    const moves: Record<string, number> = {
      ArrowDown: here + 1,
      ArrowUp: Math.max(0, here - 1),
      PageDown: here + page,
      PageUp: Math.max(0, here - page),
    };
    const target = moves[event.key];
    if (target !== undefined) go(target);
    else if (event.key === "Home") run.atTop ? go(0) : goTo("top");
    else if (event.key === "End") run.atEnd ? go(items.length - 1) : goTo("end");
    else if (event.key === "Enter") enter.current(now >= 0 ? now : here + 1);
    else if (event.key === "Escape" && open !== null) onOpen(null, true);
    else return;
    event.preventDefault();
  };
  const onRead = (): void => {
    setDownAt("");
    if (anchor !== "top") goTo("top");
    else view.jump(0);
    void read();
  };

  const blank = items.length === 0;
  const trouble = query.error ?? (blank ? query.failureReason : null);
  const whole = run.atTop && run.atEnd;
  const room = Math.max(1, items.length - view.viewRows);
  const notSaved = top?.not_saved ?? [];
  const rows = [];
  for (let number = from; number < to; number += 1) {
    const index = number - run.first;
    const item = items[index];
    if (item === undefined) continue;
    rows.push(
      <SessionRow
        key={item.id}
        item={item}
        columns={columns}
        dates={dates}
        index={index}
        rank={run.atTop ? index : null}
        top={number * rowHeight}
        current={item.id === current}
        zone={zone}
        onRow={onRow}
      />,
    );
  }
  const style = {
    "--columns": template,
    "--grid-min": stacked ? "0" : `${minimumOf(columns)}px`,
  };
  return (
    <section className="view sessions-view" aria-label="TCP sessions" data-testid="sessions-view">
      <div className="view-tools">
        <Choice
          label="Which sessions"
          value={place.found}
          options={kKinds}
          onChange={(found) => onPlace({ found }, "push")}
        />
      </div>
      <LeftOut terms={left} onAsk={() => onAsk(asked.join(" AND "))} />
      {!blank &&
        notSaved.map((one) => (
          <p key={one.whisperer} className="sessions-note" data-testid="sessions-unsaved">
            <Icon name="info" />
            <span>
              <NotSavedNote one={one} />
            </span>
          </p>
        ))}
      <div className="list-body">
        <div
          className={classes("grid session-grid", stacked && "is-stacked")}
          ref={box}
          {...(blank
            ? { role: "group" }
            : {
                role: "grid",
                "aria-rowcount": whole ? items.length + 1 : -1,
                "aria-activedescendant": at < 0 ? undefined : `row-${current}`,
              })}
          aria-label="TCP sessions"
          aria-busy={query.isFetching}
          tabIndex={0}
          data-testid="list"
          data-still={still}
          style={style as React.CSSProperties}
          onKeyDown={onKeyDown}
          onScroll={() => {
            view.onScroll();
            setDownAt((box.current?.scrollTop ?? 0) > rowHeight * 3 ? question : "");
          }}
        >
          <div className="grid-head" role="row" aria-rowindex={1} hidden={blank}>
            {columns.map(({ key, label, right, help }) => (
              <div
                key={key}
                role="columnheader"
                className={classes(`is-${key}`, right && "is-right")}
                title={help}
                aria-sort={
                  key !== "time" ? undefined : order === "newest" ? "descending" : "ascending"
                }
              >
                {key === "time" ? (
                  <button
                    type="button"
                    data-testid="order"
                    title="Click to sort"
                    onClick={() => onOrder(order === "newest" ? "oldest" : "newest")}
                  >
                    {label}
                    <Icon name={order === "newest" ? "down" : "up"} />
                  </button>
                ) : (
                  label
                )}
              </div>
            ))}
          </div>
          {!blank && (
            <div className="grid-space" style={{ height: view.space }}>
              {rows}
            </div>
          )}
          {blank && trouble === null && (query.isPending || query.hasNextPage) && (
            <Skeleton rows={12} />
          )}
          {blank && trouble !== null && (
            <Failure error={trouble} retry={() => void query.refetch()} />
          )}
          {blank && query.isSuccess && !query.hasNextPage && typeof anchor === "string" && (
            <EmptySessions
              status={status.data}
              whisperers={whisperers}
              silent={silentSince(status) !== null}
              asked={scope.range}
              filtered={asked.length > 0}
              kind={place.found}
              notSaved={notSaved}
              onClearFilter={() => onAsk("")}
              onAllKinds={() => onPlace({ found: "any" }, "push")}
              onWindow={props.onWindow}
            />
          )}
        </div>
        {!blank && items.length > view.viewRows && (
          <ListRail
            at={clamp((view.top - run.first) / room, 0, 1)}
            share={view.viewRows / items.length}
            hint={(rank) => {
              const item = items[Math.min(items.length - 1, Math.round(rank * room))];
              return item === undefined ? "" : formatDateTime(micros(item.start_us), "second");
            }}
            onGo={(rank) => view.jump(run.first + rank * room)}
          />
        )}
        {!blank && query.isPlaceholderData && <div className="list-busy" />}
      </div>
      <footer className="list-foot">
        <span className="number" data-testid="count">
          {!blank &&
            (whole
              ? `${plural(items.length, "TCP session")} ${what}`
              : `${formatCount(items.length)} TCP sessions loaded ${what}; more come on scrolling`)}
        </span>
        {!blank && (
          <span className="faint wide-only">
            A session is listed when its connection has ended.
          </span>
        )}
        <span className="spacer" />
        {!blank && !moving && (
          <button
            type="button"
            className="button is-small is-bare"
            title="The list stands still while you read; this reads it again, from its top"
            data-testid="read-again"
            onClick={onRead}
          >
            Read again
          </button>
        )}
      </footer>
    </section>
  );
}
