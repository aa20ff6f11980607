// What the sequence diagram is drawn of: one call with its answer, the texts that have room.

import { wireText } from "../../api/types";
import { classes, formatDuration } from "../../base/format";
import { formatClock, micros } from "../../base/time";
import type { Call } from "../../state/sequence";
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
  readonly labelled: boolean;
  readonly answered: boolean; // whether its answer has room for its text
  readonly step: number; // pixels from lane to lane
  readonly lit: "own" | "tied" | null;
  readonly chosen: boolean;
  readonly onOpen: () => void;
  readonly onHover: (on: boolean) => void;
}

export function Drawn(props: DrawnProps) {
  const { call, x, y, step } = props;
  const [from, base] = [x(call.from), x(call.to)];
  const to = base + Math.min(call.depth, 8) * kIndent;
  const right = to >= from;
  const self = call.from === call.to;
  const edge = right ? to - kBar / 2 : to + kBar / 2;
  const [top, bottom] = [y(call.start), Math.max(y(call.start) + 2, y(call.end))];
  const answer = call.answer === null ? null : bottom;
  const tone = `is-${statusClass(call.one.status)}`;
  const room = Math.abs(edge - from) - 16;
  const middle = self ? to + 30 : (from + edge) / 2;
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
      {props.labelled && (
        <text className="seq-text" x={middle} y={top - 4} textAnchor={self ? "start" : "middle"}>
          {cut(callText(call), self ? step : Math.max(room, step - 24))}
        </text>
      )}
      {props.answered && answer !== null && !self && (
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

// Texts that would stand on each other are left out; they are in the hover.
export function labelled(
  calls: readonly Call[],
  x: (lane: string) => number,
  y: (time: number) => number,
) {
  const taken: { left: number; right: number; y: number }[] = [];
  const names = new Set<string>();
  const answers = new Set<string>();
  const free = (left: number, right: number, at: number): boolean => {
    for (let n = taken.length - 1; n >= 0 && n >= taken.length - 400; n -= 1) {
      const other = taken[n];
      if (
        other !== undefined &&
        Math.abs(other.y - at) < 12 &&
        other.left < right &&
        left < other.right
      )
        return false;
    }
    taken.push({ left, right, y: at });
    return true;
  };
  for (const call of calls) {
    const [a, b] = [x(call.from), x(call.to)];
    const [left, right] = [Math.min(a, b), Math.max(a, b)];
    if (free(left, Math.max(right, left + 60), y(call.start))) names.add(call.id);
  }
  for (const call of calls) {
    const [a, b] = [x(call.from), x(call.to)];
    if (call.from === call.to) continue;
    const [left, right] = [Math.min(a, b), Math.max(a, b)];
    if (free(left, Math.max(right, left + 60), y(call.end))) answers.add(call.id);
  }
  return { names, answers };
}

export function ticksOf(
  calls: readonly Call[],
  y: (time: number) => number,
): { y: number; text: string }[] {
  const ticks: { y: number; text: string }[] = [];
  const first = calls[0]?.start ?? 0;
  let last = -Infinity;
  for (const { start } of calls) {
    const at = y(start);
    if (at - last < 30) continue;
    last = at;
    const text =
      ticks.length === 0
        ? formatClock(micros(start), "milli")
        : `+${formatDuration(start - first)}`;
    ticks.push({ y: at, text });
  }
  return ticks;
}
