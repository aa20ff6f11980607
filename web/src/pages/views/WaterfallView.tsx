// WaterfallView: every communication as a bar on one axis, grouped by its two ends, in the colour
// of its status. A group is as high as it had calls under way at once.

import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { wireText } from "../../api/types";
import { clamp, classes, formatCount, formatDuration, plural } from "../../base/format";
import {
  formatClock,
  formatDate,
  formatRange,
  micros,
  range,
  spanOf,
  type TimeRange,
} from "../../base/time";
import { useBounded } from "../../state/viewData";
import { type Bar, type BarGroup, concurrency, waterfallOf } from "../../state/waterfall";
import { padded } from "../../timeline/scale";
import { ticksFor } from "../../timeline/ticks";
import { Failure } from "../../widgets/Failure";
import { HostName } from "../../widgets/HostName";
import { Icon } from "../../widgets/Icon";
import { Skeleton } from "../../widgets/states";
import { kStateNames, statusClass } from "../../widgets/status";
import type { ViewProps } from "./props";
import { NothingToDraw, SourceNote } from "./Source";
import { type AxisZoom, kZoomIn, kZoomOut, useAxisZoom } from "./useAxisZoom";
import "../../styles/waterfall.css";

const kRow = 17;
const kSides = 28; // the same as those of the timeline, under which it stands
const kLetter = 6.1; // pixels, about
const kTextLeast = 34;
const kLittle = 0.4; // of the axis: what is drawn takes less, and can be gone to
const kTrace = 16; // height of the line of concurrency
const kLeast = 3; // pixels of a bar that lasts nothing
const kBeyond = 20; // pixels outside of the axis, where nothing is seen
const kPanShare = 0.25; // of what is seen, by a key
const kKeysHelp =
  "Bars. Arrows walk, Enter opens, + and - zoom, Shift and arrows move, 0 shows all";
const kAxisHelp =
  "Wheel zooms (on the bars with Ctrl), dragging moves, a double click shows the whole axis";

// The line of concurrency says nothing of calls that came one after the other.
const topOf = (group: BarGroup): number => (group.rows > 1 ? kTrace : 0);

interface Axis {
  readonly start: number;
  readonly span: number;
  readonly width: number;
}

const place = (axis: Axis, time: number): number => ((time - axis.start) / axis.span) * axis.width;

const barText = ({ one, start, end }: Bar): string =>
  `${formatClock(micros(start), "milli")} ${wireText(one.method ?? "?")} ` +
  `${wireText(one.host ?? "")}${wireText(one.path ?? "")} → ` +
  `${one.status ?? kStateNames[one.state]}, ${formatDuration(end - start)}`;

function BarShape(props: {
  bar: Bar;
  axis: Axis;
  top: number;
  room: number; // pixels up to the next one in its row
  lit: boolean;
  chosen: boolean;
  onOpen: () => void;
  onHover: (on: boolean) => void;
}) {
  const { bar, axis } = props;
  // What lies outside of the axis is not drawn: numbers of a far zoom are too large for a drawing.
  const x = clamp(place(axis, bar.start), -kBeyond, axis.width + kBeyond);
  const width = Math.max(kLeast, Math.min(axis.width + kBeyond, place(axis, bar.end)) - x);
  const y = props.top + bar.row * kRow + 2;
  const path = wireText(bar.one.path ?? "");
  const left = Math.max(0, x); // of what is seen of it
  const { text, inside } = barLabel(path, Math.min(x + width, axis.width) - left, props.room);
  const inner = (time: number): number => Math.min(x + width, Math.max(x, place(axis, time)));
  return (
    <g
      className={classes(
        "fall-bar",
        `is-${statusClass(bar.one.status)}`,
        props.lit && "is-lit",
        props.chosen && "is-chosen",
      )}
      data-testid="fall-bar"
      data-id={bar.one.id}
      onClick={props.onOpen}
      onMouseEnter={() => props.onHover(true)}
      onMouseLeave={() => props.onHover(false)}
    >
      <title>{barText(bar)}</title>
      <rect className="fall-whole" x={x} y={y} width={width} height={kRow - 4} rx="2" />
      {bar.one.response_us !== null && (
        <rect
          className="fall-answer"
          x={inner(bar.answer)}
          y={y}
          width={Math.max(1.5, x + width - inner(bar.answer))}
          height={kRow - 4}
          rx="2"
        />
      )}
      {text !== "" && (
        <text className="fall-text" x={inside ? left + 4 : x + width + 4} y={y + kRow - 7.5}>
          {text}
        </text>
      )}
    </g>
  );
}

// Where the next bar of the same row begins; found once, as every frame of a zoom asks.
function nextInRow(groups: readonly BarGroup[]): ReadonlyMap<Bar, number> {
  const found = new Map<Bar, number>();
  for (const { bars } of groups) {
    const before = new Map<number, Bar>();
    for (const bar of bars) {
      const last = before.get(bar.row);
      if (last !== undefined) found.set(last, bar.start);
      before.set(bar.row, bar);
    }
  }
  return found;
}

// Up to the next bar of its row, or the end of the axis.
function roomAfter(next: number | undefined, bar: Bar, axis: Axis): number {
  const end = Math.max(place(axis, bar.end), place(axis, bar.start) + kLeast);
  return (next === undefined ? axis.width : Math.min(axis.width, place(axis, next))) - end;
}

// The path, in the bar or behind it, as far as there is room for more than its beginning.
export function barLabel(path: string, width: number, after: number) {
  const inside = width - 8 >= Math.min(after - 8, path.length * kLetter);
  const room = inside ? width - 8 : after - 8;
  const letters = Math.floor(room / kLetter);
  if (path === "" || room < kTextLeast) return { text: "", inside };
  return { text: path.length <= letters ? path : `${path.slice(0, letters - 1)}…`, inside };
}

function Trace({ group, axis }: { group: BarGroup; axis: Axis }) {
  const points = useMemo(() => concurrency(group.bars), [group]);
  const unit = (kTrace - 4) / Math.max(1, group.rows);
  let d = "";
  for (const { time, count } of points) {
    const x = clamp(place(axis, time), -kBeyond, axis.width + kBeyond).toFixed(1);
    d += `${d === "" ? `M${x} ${kTrace - 1}` : ""}H${x}V${(kTrace - 1 - count * unit).toFixed(1)}`;
  }
  return <path className="fall-trace" d={`${d}V${kTrace - 1}Z`} />;
}

function ZoomTools(props: {
  zoom: AxisZoom;
  whole: TimeRange;
  seen: number;
  total: number;
  off: boolean;
}) {
  const { zoom, whole, seen, total, off } = props;
  return (
    <>
      <div className="button-group" role="group" aria-label="Zoom of the axis">
        <button
          type="button"
          className="button is-small is-icon"
          aria-label="Zoom into the axis"
          title="Zoom into the axis (+)"
          disabled={off}
          onClick={() => zoom.by(kZoomIn)}
        >
          <Icon name="zoomIn" />
        </button>
        <button
          type="button"
          className="button is-small is-icon"
          aria-label="Zoom out of the axis"
          title="Zoom out of the axis (−)"
          disabled={off || zoom.isWhole}
          onClick={() => zoom.by(kZoomOut)}
        >
          <Icon name="zoomOut" />
        </button>
        <button
          type="button"
          className="button is-small"
          title="The whole axis (0)"
          data-testid="fall-whole"
          disabled={off || zoom.isWhole}
          onClick={zoom.reset}
        >
          Whole
        </button>
      </div>
      {!off && !zoom.isWhole && (
        <span className="source-more" role="status" data-testid="fall-shown">
          {formatRange(zoom.view)}: {formatDuration(spanOf(zoom.view))} of{" "}
          {formatDuration(spanOf(whole))}, {formatCount(seen)} of {plural(total, "call")}
        </span>
      )}
    </>
  );
}

export default function WaterfallView(props: ViewProps) {
  const { scope, filter, open, onOpen, onWindow } = props;
  const { place: shownPlace } = props;
  const query = useBounded(scope, filter, shownPlace.ids, shownPlace.slice, true);
  const data = query.data;
  const fall = useMemo(() => waterfallOf(data?.items ?? []), [data]);
  const box = useRef<HTMLDivElement | null>(null);
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const [ruler, setRuler] = useState<HTMLElement | null>(null);
  const [outer, setOuter] = useState(1_000);
  const [hovered, setHovered] = useState<string | null>(null);
  const empty = data === undefined || data.items.length === 0;
  useEffect(() => {
    const element = box.current;
    if (element === null || typeof ResizeObserver === "undefined") return undefined;
    const observer = new ResizeObserver(() => setOuter(element.offsetWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [empty]);
  // The window or the selection, so that what is below each other happened at the same time; what
  // was picked may be of any time, and is its own.
  const { from, to } = scope.range;
  const own = shownPlace.ids.length > 0;
  const whole = useMemo(
    () => (own && !empty ? range(fall.start, Math.max(fall.end, fall.start + 1)) : range(from, to)),
    [own, empty, fall, from, to],
  );
  const zoom = useAxisZoom(whole, shownPlace.zoom, ruler, scroller, (part) =>
    props.onPlace({ zoom: part }),
  );
  const axis: Axis = {
    start: zoom.view.from,
    span: Math.max(1, spanOf(zoom.view)),
    width: Math.max(120, outer - kSides),
  };
  const ticks = useMemo(
    () => (empty ? [] : ticksFor(range(axis.start, axis.start + axis.span), axis.width)),
    [empty, axis.start, axis.span, axis.width],
  );
  const ticked = ticks.map((tick) => ({ ...tick, x: place(axis, tick.time) }));
  const little = !own && !empty && fall.end - fall.start < spanOf(whole) * kLittle;
  const bars = useMemo(() => fall.groups.flatMap((group) => group.bars), [fall]);
  const told = bars.find(({ one }) => one.id === (hovered ?? open));
  const room = useMemo(() => nextInRow(fall.groups), [fall]);
  const inView = (bar: Bar): boolean => bar.end >= zoom.view.from && bar.start <= zoom.view.to;
  const seen = zoom.isWhole ? bars.length : bars.filter(inView).length;
  const zoomByKey = (event: KeyboardEvent): boolean => {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    // Around the bar that is looked at, when it is in sight.
    const anchor = told !== undefined && inView(told) ? (told.start + told.end) / 2 : undefined;
    if (event.key === "+" || event.key === "=") zoom.by(kZoomIn, anchor);
    else if (event.key === "-" || event.key === "_") zoom.by(kZoomOut, anchor);
    else if (event.key === "0" || event.key === "Home") zoom.reset();
    else if (event.shiftKey && event.key === "ArrowLeft") zoom.pan(-kPanShare);
    else if (event.shiftKey && event.key === "ArrowRight") zoom.pan(kPanShare);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (zoomByKey(event)) return;
    const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key] ?? 0;
    const at = bars.findIndex(({ one }) => one.id === (hovered ?? open));
    if (by !== 0) {
      event.preventDefault();
      event.stopPropagation();
      const next = bars[Math.min(bars.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
      if (next === undefined) return;
      setHovered(next.one.id);
      box.current
        ?.querySelector(`[data-id="${next.one.id}"]`)
        ?.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      onOpen(bars[at]?.one.id ?? null);
    }
  };
  if (query.error !== null && data === undefined)
    return <Failure error={query.error} retry={() => void query.refetch()} />;
  return (
    <section className="view waterfall" aria-label="Waterfall" data-testid="waterfall">
      <h2 className="visually-hidden">Waterfall</h2>
      <div className="view-tools">
        <SourceNote {...props} data={data} />
        {little && (
          <button
            type="button"
            className="button is-small"
            title="The window becomes the time of what is drawn here"
            data-testid="fall-zoom"
            onClick={() => onWindow(padded(range(fall.start, fall.end), 0.04))}
          >
            <Icon name="zoomIn" />
            Zoom to these
          </button>
        )}
        <ZoomTools zoom={zoom} whole={whole} seen={seen} total={bars.length} off={empty} />
        <span className="spacer" />
        {!empty && (
          <span className="faint">
            {plural(fall.groups.length, "pair")} · at most {formatCount(fall.most)} at once ·{" "}
            {formatDuration(fall.end - fall.start)}
          </span>
        )}
      </div>
      {data === undefined ? (
        <Skeleton rows={10} />
      ) : empty ? (
        <NothingToDraw />
      ) : (
        <div
          className="view-scroll"
          ref={(element) => {
            box.current = element;
            setScroller(element);
          }}
          tabIndex={0}
          role="group"
          aria-label={kKeysHelp}
          onKeyDown={onKeyDown}
          {...zoom.dragProps}
        >
          <div
            className="fall-axis"
            aria-hidden="true"
            data-testid="fall-axis"
            title={kAxisHelp}
            onDoubleClick={zoom.reset}
          >
            <div style={{ width: axis.width }} ref={setRuler}>
              {!ticks.some(({ major }) => major) && <b>{formatDate(micros(axis.start))}</b>}
              {ticked
                .filter(({ x }) => x > (ticks.some(({ major }) => major) ? 30 : 110))
                .filter(({ x }) => x < axis.width - 30)
                .map((tick) => (
                  <span
                    key={tick.time}
                    className={tick.major ? "is-major" : ""}
                    style={{ left: tick.x }}
                  >
                    {tick.label}
                  </span>
                ))}
            </div>
          </div>
          {fall.groups.map((group) => (
            <div key={group.key} className="fall-group">
              <h3 className="fall-name">
                <span className="fall-ends">
                  <HostName host={group.client} /> →{" "}
                  <b>
                    <HostName host={group.server} />
                  </b>
                </span>
                <span className="faint">
                  {group.server.address} · {plural(group.bars.length, "call")}
                  {group.rows > 1 && `, up to ${formatCount(group.rows)} at once`}
                </span>
              </h3>
              <svg
                width={axis.width}
                height={topOf(group) + group.rows * kRow + 2}
                role="img"
                aria-label={
                  `${plural(group.bars.length, "call")} from ${group.client.shown} to ` +
                  `${group.server.shown}, ` +
                  `at most ${group.rows} at once`
                }
              >
                {ticked.map(({ time, x }) => (
                  <line
                    key={time}
                    className="fall-grid"
                    x1={x}
                    x2={x}
                    y1={0}
                    y2={topOf(group) + group.rows * kRow + 2}
                  />
                ))}
                {group.rows > 1 && <Trace group={group} axis={axis} />}
                {group.bars.filter(inView).map((bar) => (
                  <BarShape
                    key={bar.one.id}
                    bar={bar}
                    axis={axis}
                    top={topOf(group)}
                    room={roomAfter(room.get(bar), bar, axis)}
                    lit={bar.one.id === hovered}
                    chosen={bar.one.id === open}
                    onOpen={() => onOpen(bar.one.id)}
                    onHover={(on) => setHovered(on ? bar.one.id : null)}
                  />
                ))}
              </svg>
            </div>
          ))}
        </div>
      )}
      <p className="view-foot" aria-live="polite" data-testid="fall-foot">
        {told === undefined
          ? "The full colour is the response, before it request and wait." +
            (fall.groups.some(({ rows }) => rows > 1)
              ? " The line above calls that overlap: how many were under way."
              : "")
          : barText(told)}
      </p>
    </section>
  );
}
