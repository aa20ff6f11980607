// What the sequence diagram is drawn of: one call with its answer, the texts that have room.

import { wireText } from "../../api/types";
import { classes, formatDuration, formatOffsets } from "../../base/format";
import { formatClock, micros } from "../../base/time";
import type { Scale } from "../../state/place";
import { type Call, timeScale } from "../../state/sequence";
import { kStateNames, statusClass } from "../../widgets/status";

const kBar = 9; // width of a call on its lane
const kIndent = 5;

export function cut(text: string, room: number): string {
  const letters = Math.max(3, Math.floor(room / 6.4));
  return text.length <= letters ? text : `${text.slice(0, letters - 1)}…`;
}

export const callText = ({ one }: Call): string =>
  `${wireText(one.method ?? "?")} ${wireText(one.path ?? "request not seen")}`;

export const answerText = ({ one }: Call): string =>
  `${one.status ?? ""}${one.state === "complete" ? "" : ` ${kStateNames[one.state]}`}`.trim();

export interface DrawnProps {
  readonly call: Call;
  readonly x: (lane: string) => number;
  readonly y: (time: number) => number;
  readonly lit: "own" | "tied" | null;
  readonly chosen: boolean;
  readonly onOpen: () => void;
  readonly onHover: (on: boolean) => void;
}

function shapeOf({ call, x, y }: Pick<DrawnProps, "call" | "x" | "y">) {
  const from = x(call.from);
  const to = x(call.to) + Math.min(call.depth, 8) * kIndent;
  const right = to >= from;
  const self = call.from === call.to;
  const edge = right ? to - kBar / 2 : to + kBar / 2;
  const [top, bottom] = [y(call.start), Math.max(y(call.start) + 2, y(call.end))];
  const answer = call.answer === null ? null : bottom;
  return { from, to, right, self, edge, top, bottom, answer };
}

interface TextsProps extends Pick<DrawnProps, "call" | "x" | "y"> {
  readonly named: boolean;
  readonly answered: boolean; // whether its answer has room for its text
  readonly step: number; // pixels from lane to lane
}

export function Texts(props: TextsProps) {
  const { call, step, named, answered } = props;
  if (!named && !answered) return null;
  const { from, to, self, edge, top, answer } = shapeOf(props);
  const room = Math.abs(edge - from) - 16;
  const middle = self ? to + 30 : (from + edge) / 2;
  return (
    <g className={`seq-call is-${statusClass(call.one.status)}`}>
      {named && (
        <text className="seq-text" x={middle} y={top - 4} textAnchor={self ? "start" : "middle"}>
          {cut(callText(call), self ? step : Math.max(room, step - 24))}
        </text>
      )}
      {answered && answer !== null && !self && (
        <text className="seq-text seq-status" x={middle} y={answer - 4} textAnchor="middle">
          {cut(
            `${answerText(call)} · ${formatDuration(call.end - call.start)}`,
            Math.max(room, 80),
          )}
        </text>
      )}
    </g>
  );
}

export function Drawn(props: DrawnProps) {
  const { call } = props;
  const { from, to, right, self, edge, top, bottom, answer } = shapeOf(props);
  const tone = `is-${statusClass(call.one.status)}`;
  const title =
    `${callText(call)}\n${answerText(call)} after ${formatDuration(call.end - call.start)}` +
    (call.inside === null ? "" : "\nBegan and ended while its client was answering another call");
  return (
    <g
      className={classes(
        "seq-call",
        tone,
        props.lit !== null && `is-${props.lit}`,
        props.chosen && "is-chosen",
      )}
      data-testid="seq-call"
      data-id={call.id}
      onClick={props.onOpen}
      onMouseEnter={() => props.onHover(true)}
      onMouseLeave={() => props.onHover(false)}
    >
      <title>{title}</title>
      <rect
        className="seq-active"
        x={to - kBar / 2}
        y={top}
        width={kBar}
        height={bottom - top}
        rx="1.5"
      />
      {self ? (
        <path
          className="seq-arrow"
          d={`M${from} ${top}h26v8h-${22 - kBar / 2}`}
          markerEnd="url(#seq-head)"
        />
      ) : (
        <line
          className="seq-arrow"
          x1={from}
          y1={top}
          x2={edge}
          y2={top}
          markerEnd="url(#seq-head)"
        />
      )}
      {answer !== null && !self && (
        <line
          className="seq-answer"
          x1={edge}
          y1={answer}
          x2={from}
          y2={answer}
          markerEnd="url(#seq-back)"
        />
      )}
      {answer === null && !self && (
        <text className="seq-lost" x={edge + (right ? -8 : 8)} y={bottom} textAnchor="middle">
          ×
        </text>
      )}
      <line className="seq-hit" x1={from} y1={top} x2={edge} y2={top} />
      {answer !== null && <line className="seq-hit" x1={from} y1={answer} x2={edge} y2={answer} />}
    </g>
  );
}

const kAir = 26; // above the first call
const kTextHeight = 12;

export function heightOf(calls: readonly Call[], scale: Scale): (time: number) => number {
  const place = timeScale(calls, scale);
  return (time) => place(time) + kAir;
}

interface Taken {
  readonly left: number;
  readonly right: number;
  readonly y: number;
}

// Texts that would stand on each other, or be struck through by the line of another call, are left
// out; they are in the hover.
export function labelled(
  calls: readonly Call[],
  x: (lane: string) => number,
  y: (time: number) => number,
) {
  const boxOf = (call: Call, time: number): Taken => {
    const [a, b] = [x(call.from), x(call.to)];
    const left = Math.min(a, b);
    return { left, right: Math.max(a, b, left + 60), y: y(time) };
  };
  const lines = calls
    .flatMap((call) => [boxOf(call, call.start), boxOf(call, call.end)])
    .sort((a, b) => a.y - b.y);
  const taken: Taken[] = [];
  const meets = (a: Taken, b: Taken): boolean => a.left < b.right && b.left < a.right;
  const struck = (box: Taken): boolean => {
    // The first line that is not above the text; its own is at the text's foot.
    let [low, high] = [0, lines.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((lines[middle]?.y ?? 0) < box.y - kTextHeight - 2) low = middle + 1;
      else high = middle;
    }
    for (let n = low; n < lines.length; n += 1) {
      const line = lines[n];
      if (line === undefined || line.y > box.y - 2) return false;
      if (meets(line, box)) return true;
    }
    return false;
  };
  const free = (box: Taken): boolean => {
    for (let n = taken.length - 1; n >= 0 && n >= taken.length - 400; n -= 1) {
      const other = taken[n];
      if (other !== undefined && Math.abs(other.y - box.y) < kTextHeight && meets(other, box))
        return false;
    }
    if (struck(box)) return false;
    taken.push(box);
    return true;
  };
  const names = new Set<string>();
  const answers = new Set<string>();
  for (const call of calls) if (free(boxOf(call, call.start))) names.add(call.id);
  for (const call of calls)
    if (call.from !== call.to && free(boxOf(call, call.end))) answers.add(call.id);
  return { names, answers };
}

// True to time as long as every call can be named; else a step for each instant.
export function scaleFor(calls: readonly Call[], x: (lane: string) => number): Scale {
  const { names } = labelled(calls, x, heightOf(calls, "linear"));
  return names.size === calls.length ? "linear" : "steps";
}

export function ticksOf(
  calls: readonly Call[],
  y: (time: number) => number,
): { y: number; text: string }[] {
  const first = calls[0]?.start ?? 0;
  const ticks: { y: number; start: number }[] = [];
  let last = -Infinity;
  for (const { start } of calls) {
    const at = y(start);
    if (at - last < 30) continue;
    last = at;
    ticks.push({ y: at, start });
  }
  const texts = formatOffsets(ticks.map(({ start }) => start - first));
  return ticks.map(({ y: at, start }, index) => ({
    y: at,
    text: index === 0 ? formatClock(micros(start), "milli") : `+${texts[index]}`,
  }));
}
