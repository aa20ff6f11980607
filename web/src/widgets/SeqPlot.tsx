// SeqPlot: sequence numbers over time, both directions of a session: each packet's bytes as a
// stroke, what was sent again and what never came in their own colours, the acknowledgements as a
// line. Hover names a packet, a click opens it, arrows walk.

import { type KeyboardEvent, type MouseEvent, useEffect, useMemo, useRef, useState } from "react";
import { formatBytes, formatCount, formatDuration, plural } from "../base/format";
import { kActNames, type Step, type Story } from "../base/tcp_story";

export interface SeqPlotProps {
  readonly story: Story;
  readonly chosen: number | null;
  readonly onChoose: (packet: number) => void;
}

const kHeight = 130;
const kLeft = 58;
const kRight = 10;
const kTop = 8;
const kName = 18; // above the plot, for its name
const kDrawnMax = 6_000;

interface Scale {
  readonly x: (time: number) => number;
  readonly y: (seq: number) => number;
  readonly low: number;
  readonly high: number;
}

const colourOf = (step: Step): string =>
  step.act === "again" || step.act === "partly" || step.act === "alive"
    ? "is-again"
    : step.act === "filled"
      ? "is-late"
      : step.act === "reset"
        ? "is-reset"
        : "is-new";

export function stepText(step: Step): string {
  const { payload } = step;
  const size = payload > 0 ? `, ${formatBytes(payload)} from ${formatCount(step.seq)}` : "";
  const act = kActNames[step.act] === "" ? "" : `, ${kActNames[step.act]}`;
  return `Packet ${step.number} from the ${step.fromClient ? "client" : "server"}${size}${act}`;
}

function Direction(props: {
  story: Story;
  fromClient: boolean;
  x: (time: number) => number;
  width: number;
  chosen: number | null;
  hovered: number | null;
}) {
  const { story, fromClient, x, width } = props;
  const own = useMemo(
    () => story.steps.filter((step) => step.fromClient === fromClient),
    [story, fromClient],
  );
  const scale = useMemo<Scale>(() => {
    let low = Infinity;
    let high = -Infinity;
    for (const step of own) {
      low = Math.min(low, step.seq);
      high = Math.max(high, step.end);
    }
    if (low > high) [low, high] = [0, 1];
    const span = Math.max(1, high - low);
    const y = (seq: number): number => kTop + (1 - (seq - low) / span) * (kHeight - 2 * kTop);
    return { x, y, low, high };
  }, [own, x]);
  const acks = useMemo(() => {
    const points: string[] = [];
    let last = -Infinity;
    for (const step of story.steps) {
      if (step.fromClient === fromClient || step.ack === null || step.ack <= last) continue;
      if (step.ack > scale.high || step.ack < scale.low) continue;
      const [px, py] = [scale.x(step.time), scale.y(step.ack)];
      points.push(points.length === 0 ? `M${px} ${py}` : `H${px}V${py}`);
      last = step.ack;
    }
    return points.join("");
  }, [fromClient, scale, story.steps]);
  const every = Math.max(1, Math.ceil(own.length / kDrawnMax));
  const drawn = own.filter((step, index) => index % every === 0 || colourOf(step) !== "is-new");
  const holes = story.holes.filter((hole) => hole.fromClient === fromClient && hole.until === null);
  const name = fromClient ? "client" : "server";
  return (
    <svg
      className={`seq-plot is-${name}`}
      width={width}
      height={kHeight + kName}
      viewBox={`0 ${-kName} ${width} ${kHeight + kName}`}
      role="img"
      aria-label={
        `Sequence numbers from the ${name}: ${plural(own.length, "packet")}, ` +
        `${formatBytes(Math.max(0, scale.high - scale.low))}, ${plural(holes.length, "gap")}`
      }
    >
      <text className="seq-name" x={kLeft + 3} y={-4}>
        from the {name}
      </text>
      <line className="seq-axis" x1={kLeft} x2={kLeft} y1={kTop} y2={kHeight - kTop} />
      <line
        className="seq-axis"
        x1={kLeft}
        x2={width - kRight}
        y1={kHeight - kTop + 3}
        y2={kHeight - kTop + 3}
      />
      <text className="seq-label" x={kLeft - 6} y={kTop + 8} textAnchor="end">
        {formatBytes(Math.max(0, scale.high))}
      </text>
      <text className="seq-label" x={kLeft - 6} y={kHeight - kTop} textAnchor="end">
        {formatBytes(Math.max(0, scale.low))}
      </text>
      {holes.map((hole) => (
        <rect
          key={`${hole.from}`}
          className="seq-hole"
          x={kLeft}
          width={Math.max(0, width - kRight - kLeft)}
          y={scale.y(hole.to)}
          height={Math.max(2, scale.y(hole.from) - scale.y(hole.to))}
        >
          <title>{`${formatBytes(hole.to - hole.from)} never captured`}</title>
        </rect>
      ))}
      <path className="seq-acks" d={acks} />
      {drawn.map((step) => (
        <line
          key={step.number}
          className={`seq-step ${colourOf(step)}`}
          x1={x(step.time)}
          x2={x(step.time)}
          y1={Math.min(scale.y(step.end), scale.y(step.seq) - 3)}
          y2={scale.y(step.seq)}
        />
      ))}
      {own
        .filter((step) => step.number === props.chosen || step.number === props.hovered)
        .map((step) => (
          <g
            key={step.number}
            className={step.number === props.chosen ? "seq-chosen" : "seq-hover"}
          >
            <line x1={x(step.time)} x2={x(step.time)} y1={kTop} y2={kHeight - kTop} />
            <circle cx={x(step.time)} cy={(scale.y(step.end) + scale.y(step.seq)) / 2} r="4" />
          </g>
        ))}
    </svg>
  );
}

export function SeqPlot({ story, chosen, onChoose }: SeqPlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(560);
  const [hovered, setHovered] = useState<number | null>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null || typeof ResizeObserver === "undefined") return undefined;
    const observer = new ResizeObserver(() => setWidth(Math.max(200, element.clientWidth)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const { steps } = story;
  const start = steps[0]?.time ?? 0;
  const end = steps.reduce((high, step) => Math.max(high, step.time), start + 1);
  const x = useMemo(
    () =>
      (time: number): number =>
        kLeft + 3 + ((time - start) / (end - start)) * (width - kLeft - kRight - 6),
    [end, start, width],
  );
  const nearest = (event: MouseEvent): Step | null => {
    const rect = box.current?.getBoundingClientRect();
    if (rect === undefined) return null;
    const px = event.clientX - rect.left;
    const fromClient = event.clientY - rect.top < kHeight + kName;
    let best: Step | null = null;
    for (const step of steps) {
      if (step.fromClient !== fromClient) continue;
      if (best === null || Math.abs(x(step.time) - px) < Math.abs(x(best.time) - px)) best = step;
    }
    return best;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const at = steps.findIndex((step) => step.number === chosen);
    const next = steps[Math.min(steps.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    if (next !== undefined) onChoose(next.number);
  };
  const told = steps.find((step) => step.number === (hovered ?? chosen));
  return (
    <div className="seq" data-testid="seq-plot">
      <div
        ref={box}
        className="seq-box"
        tabIndex={0}
        role="group"
        aria-label="Sequence numbers over time. Arrows walk from packet to packet"
        onKeyDown={onKeyDown}
        onMouseMove={(event) => setHovered(nearest(event)?.number ?? null)}
        onMouseLeave={() => setHovered(null)}
        onClick={(event) => {
          const step = nearest(event);
          if (step !== null) onChoose(step.number);
        }}
      >
        {[true, false].map((fromClient) => (
          <Direction
            key={String(fromClient)}
            story={story}
            fromClient={fromClient}
            x={x}
            width={width}
            chosen={chosen}
            hovered={hovered}
          />
        ))}
      </div>
      <p className="seq-told" aria-live="polite">
        {told === undefined
          ? `${formatDuration(end - start)} from left to right`
          : `${stepText(told)}, after ${formatDuration(told.time - start)}`}
      </p>
      <p className="seq-legend">
        <span className="is-new">new from the client</span>
        <span className="is-new is-server">new from the server</span>
        <span className="is-again">sent again</span>
        <span className="is-late">late</span>
        <span className="is-reset">reset</span>
        <span className="is-hole">never captured</span>
        <span className="is-ack">acknowledged</span>
      </p>
    </div>
  );
}
