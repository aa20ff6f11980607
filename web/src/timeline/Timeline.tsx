// Timeline: the canvas, its tooltip and what a screen reader hears. It draws what it is given and
// reports what the user does; it never fetches.

import {
  memo,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  type Ref,
} from "react";
import { classes, formatCount, formatDuration, plural } from "../base/format";
import {
  formatClock,
  formatDateTime,
  formatRange,
  kDay,
  kSecond,
  micros,
  type TimeRange,
  type Zone,
} from "../base/time";
import { type Removals, removedIn, removedWords } from "../base/removals";
import { TimelineController } from "./controller";
import type { Hover, TimelineEvents, TimelineModel } from "./model";
import { kTimelineKeys, type TimelineAction } from "./keys";
import type { Series } from "./tracks";
import "./timeline.css";

export interface TimelineHandle {
  perform(action: TimelineAction): void;
  focus(): void;
}

export interface TimelineProps {
  readonly model: TimelineModel;
  readonly events: Omit<TimelineEvents, "hover" | "outside">;
  readonly theme: string; // repaint when it changes
  readonly zone: Zone; // and when the clock does
  readonly busy: boolean;
  readonly handle?: Ref<TimelineHandle>;
}

export function BarTooltip({
  hover,
  series,
  removals,
}: {
  hover: Extract<Hover, { kind: "bar" }>;
  series: readonly Series[];
  removals: Removals;
}) {
  const { bar, bucket } = hover;
  const precision = bucket >= kDay ? "minute" : bucket >= kSecond ? "second" : "milli";
  const last = micros(bar.from + bucket);
  const end = bucket >= kDay ? formatDateTime(last, precision) : formatClock(last, precision);
  return (
    <>
      <div className="tip-time">
        {formatDateTime(bar.from, precision)} – {end}
        <span className="tip-faint"> {formatDuration(bucket)}</span>
      </div>
      <div className="tip-total">{plural(bar.total, "communication")}</div>
      <dl className="tip-rows">
        {series.map((layer, index) => {
          const count = bar.counts[index] ?? 0;
          if (count === 0) return null;
          return (
            <div key={layer.key}>
              <dt>
                <i className="swatch" style={{ background: `var(${layer.color})` }} />
                {layer.label}
              </dt>
              <dd>{formatCount(count)}</dd>
            </div>
          );
        })}
      </dl>
      {removedIn(removals, bar).map((one) => (
        <div key={one.whisperer} className="tip-removed">
          {removedWords(one)}
        </div>
      ))}
    </>
  );
}

function StateTooltip({ hover }: { hover: Extract<Hover, { kind: "state" }> }) {
  return (
    <>
      <div className="tip-time">{hover.cell.label}</div>
      <dl className="tip-rows">
        {hover.cell.lines.map((line) => (
          <div key={line.label} className={classes(line.bad && "tip-bad")}>
            <dt>{line.label}</dt>
            <dd className="tip-text">{line.value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

// What is told is counted by whole minutes, also where less of them was captured.
function QualityTooltip({ hover }: { hover: Extract<Hover, { kind: "quality" }> }) {
  const { range: captured, counted } = hover.cell;
  const less = captured.from > counted.from || captured.to < counted.to;
  return (
    <>
      <div className="tip-time">{formatRange(counted)}</div>
      <div className="tip-faint">counted by whole minutes</div>
      <dl className="tip-rows">
        {less && (
          <div>
            <dt>captured</dt>
            <dd>{formatRangeOfDay(captured)}</dd>
          </div>
        )}
        {hover.cell.lines.map((line) => (
          <div key={line.label} className={classes(line.bad && "tip-bad")}>
            <dt>{line.label}</dt>
            <dd>{line.value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

// The day stands in the head of the tooltip.
const formatRangeOfDay = ({ from, to }: TimeRange): string =>
  `${formatClock(from, "second")} – ${formatClock(to, "second")}`;

const kTipWidth = 260;
const kTipAir = 14;

// Beside the pointer, on the side where there is room; over it where there is none on either.
export function tipPlace(x: number, width: number): { left: number } | { right: number } {
  if (x + kTipAir + kTipWidth <= width) return { left: x + kTipAir };
  if (x - kTipAir - kTipWidth >= 0) return { right: width - x + kTipAir };
  return { left: Math.max(0, Math.min(x - kTipWidth / 2, width - kTipWidth)) };
}

// A sum of bars would count what lasts over several of them more than once: what is said are the
// counts of the legend.
export function summary({
  window,
  selection,
  counted,
  removals,
}: Pick<TimelineModel, "window" | "selection" | "counted" | "removals">): string {
  const parts = (counted ?? [])
    .filter(({ count }) => count > 0)
    .map(({ label, count }) => `${label}: ${formatCount(count)}`);
  const chosen = selection === null ? "" : ` Selected: ${formatRange(selection)}.`;
  const nothing = counted === null ? "Not counted yet" : "Nothing captured";
  const removed = removedIn(removals, selection ?? window).map((one) => ` ${removedWords(one)}`);
  const told = parts.join(", ") || nothing;
  return `Timeline ${formatRange(window)}.${chosen} ${told}.${removed.join("")}`;
}

export const Timeline = memo(function Timeline({
  model,
  events,
  theme,
  zone,
  busy,
  handle,
}: TimelineProps) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const controller = useRef<TimelineController | null>(null);
  const latest = useRef(events);
  latest.current = events;
  const [hover, setHover] = useState<Hover | null>(null);
  const [outside, setOutside] = useState<"before" | "after" | null>(null);

  useLayoutEffect(() => {
    if (canvas.current === null || box.current === null) return;
    const timeline = new TimelineController(
      canvas.current,
      {
        move: (view, settled) => latest.current.move(view, settled),
        follow: (span) => latest.current.follow(span),
        select: (selection, view) => latest.current.select(selection, view),
        reset: () => latest.current.reset(),
        hover: setHover,
        outside: setOutside,
      },
      model,
    );
    controller.current = timeline;
    const element = box.current;
    const measure = (): void => timeline.setSize(element.clientWidth, element.clientHeight);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      observer.disconnect();
      timeline.destroy();
      controller.current = null;
    };
    // The controller is made once; later models reach it below.
  }, []);

  useEffect(() => controller.current?.setModel(model), [model]);
  useEffect(() => controller.current?.refreshPalette(), [theme, zone, model.series]);
  useImperativeHandle(handle, () => ({
    perform: (action) => controller.current?.perform(action),
    focus: () => canvas.current?.focus(),
  }));

  const width = box.current?.clientWidth ?? 0;
  return (
    <div className={classes("timeline", busy && "is-busy")} ref={box}>
      <canvas
        ref={canvas}
        className="timeline-canvas"
        tabIndex={0}
        role="application"
        aria-roledescription="timeline"
        aria-label={summary(model)}
        aria-keyshortcuts={kTimelineKeys.flatMap(({ keys }) => keys).join(" ")}
        data-testid="timeline"
      />
      {outside !== null && (
        <button
          type="button"
          className={`pill timeline-back is-${outside}`}
          title="Jump back to the selection (J)"
          data-testid="back-to-selection"
          onClick={() => controller.current?.showSelection()}
        >
          {outside === "before" ? "◀ Selection" : "Selection ▶"}
        </button>
      )}
      {hover !== null && (
        <div
          className={classes("timeline-tip", hover.kind !== "bar" && "is-low")}
          style={tipPlace(hover.x, width)}
          role="presentation"
        >
          {hover.kind === "bar" ? (
            <BarTooltip hover={hover} series={model.series} removals={model.removals} />
          ) : hover.kind === "quality" ? (
            <QualityTooltip hover={hover} />
          ) : (
            <StateTooltip hover={hover} />
          )}
        </div>
      )}
    </div>
  );
});
