// WaterfallView: every communication as a bar on one axis, grouped by its two ends, in the colour
// of its status. A group is as high as it had calls under way at once.

import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { wireText } from "../../api/types";
import { classes, formatCount, formatDuration, plural } from "../../base/format";
import { formatClock, micros } from "../../base/time";
import { useBounded } from "../../state/viewData";
import { type Bar, type BarGroup, concurrency, waterfallOf } from "../../state/waterfall";
import { Failure } from "../../widgets/Failure";
import { Skeleton } from "../../widgets/states";
import { kStateNames, statusClass } from "../../widgets/status";
import type { ViewProps } from "./props";
import { NothingToDraw, SourceNote } from "./Source";
import "../../styles/waterfall.css";

const kRow = 15;
const kTrace = 16; // height of the line of concurrency
const kLeast = 3; // pixels of a bar that lasts nothing
const kTicks = [0, 0.25, 0.5, 0.75, 1];

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
  lit: boolean;
  chosen: boolean;
  onOpen: () => void;
  onHover: (on: boolean) => void;
}) {
  const { bar, axis } = props;
  const x = place(axis, bar.start);
  const width = Math.max(kLeast, place(axis, bar.end) - x);
  const y = props.top + bar.row * kRow + 2;
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
    </g>
  );
}

function Trace({ group, axis }: { group: BarGroup; axis: Axis }) {
  const points = useMemo(() => concurrency(group.bars), [group]);
  const unit = (kTrace - 4) / Math.max(1, group.rows);
  let d = "";
  for (const { time, count } of points) {
    const x = place(axis, time).toFixed(1);
    d += `${d === "" ? `M${x} ${kTrace - 1}` : ""}H${x}V${(kTrace - 1 - count * unit).toFixed(1)}`;
  }
  return <path className="fall-trace" d={`${d}V${kTrace - 1}Z`} />;
}

export default function WaterfallView(props: ViewProps) {
  const { scope, filter, open, onOpen } = props;
  const query = useBounded(scope, filter, props.place.ids);
  const data = query.data;
  const fall = useMemo(() => waterfallOf(data?.items ?? []), [data]);
  const box = useRef<HTMLDivElement>(null);
  const [outer, setOuter] = useState(1_000);
  const [hovered, setHovered] = useState<string | null>(null);
  const empty = data === undefined || data.items.length === 0;
  useEffect(() => {
    const element = box.current;
    if (element === null || typeof ResizeObserver === "undefined") return undefined;
    const observer = new ResizeObserver(() => setOuter(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [empty]);
  const label = outer < 640 ? 0 : Math.min(300, outer * 0.28);
  const axis: Axis = {
    start: fall.start,
    span: Math.max(1, fall.end - fall.start),
    width: Math.max(120, outer - label - 28),
  };
  const bars = useMemo(() => fall.groups.flatMap((group) => group.bars), [fall]);
  const told = bars.find(({ one }) => one.id === (hovered ?? open));
  const onKeyDown = (event: KeyboardEvent): void => {
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
          ref={box}
          tabIndex={0}
          role="group"
          aria-label="Bars. Arrows walk, Enter opens"
          onKeyDown={onKeyDown}
        >
          <div className="fall-axis" aria-hidden="true" style={{ paddingLeft: label + 14 }}>
            <div style={{ width: axis.width }}>
              {kTicks.map((at) => (
                <span
                  key={at}
                  style={{ left: `${at * 100}%` }}
                  className={at === 1 ? "is-last" : ""}
                >
                  {at === 0
                    ? formatClock(micros(fall.start), "milli")
                    : `+${formatDuration(axis.span * at)}`}
                </span>
              ))}
            </div>
          </div>
          {fall.groups.map((group) => (
            <div key={group.key} className="fall-group">
              <h3 className="fall-name" style={label === 0 ? undefined : { width: label }}>
                <span className="fall-ends" title={`${group.client} → ${group.server}`}>
                  {group.client} → <b>{group.server}</b>
                </span>
                <span className="faint">
                  {group.address} · {plural(group.bars.length, "call")}
                  {group.rows > 1 && `, up to ${formatCount(group.rows)} at once`}
                </span>
              </h3>
              <svg
                width={axis.width}
                height={topOf(group) + group.rows * kRow + 2}
                role="img"
                aria-label={
                  `${plural(group.bars.length, "call")} from ${group.client} to ${group.server}, ` +
                  `at most ${group.rows} at once`
                }
              >
                {kTicks.map((at) => (
                  <line
                    key={at}
                    className="fall-grid"
                    x1={at * axis.width}
                    x2={at * axis.width}
                    y1={0}
                    y2={topOf(group) + group.rows * kRow + 2}
                  />
                ))}
                {group.rows > 1 && <Trace group={group} axis={axis} />}
                {group.bars.map((bar) => (
                  <BarShape
                    key={bar.one.id}
                    bar={bar}
                    axis={axis}
                    top={topOf(group)}
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
