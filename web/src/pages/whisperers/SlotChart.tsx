// SlotChart: bars over time, stacked by series. The table beside the charts says the same in
// numbers, so the picture is one image to a screen reader.

import type { MouseEvent } from "react";
import type { Counts } from "../../api/types";
import { classes, formatShort } from "../../base/format";
import { formatClock } from "../../base/time";
import { type Chart, niceTop, type Slot, valuesOf } from "../../state/whispererQuality";

const kHeight = 84; // units of the drawing; it is stretched to its box

export interface SlotChartProps {
  readonly chart: Chart;
  readonly slots: readonly Slot[];
  readonly total: Counts;
  readonly pointed: number | null;
  readonly onPoint: (slot: number | null) => void;
}

// One path for all bars of a series: far fewer elements than bars.
function bars(stacks: readonly (readonly number[])[], layer: number, top: number): string {
  let path = "";
  stacks.forEach((values, x) => {
    const value = values[layer] ?? 0;
    if (value <= 0) return;
    const below = values.slice(0, layer).reduce((sum, v) => sum + v, 0);
    const y = kHeight - ((below + value) / top) * kHeight;
    const height = Math.max((value / top) * kHeight, 1); // what is there is seen
    const [from, tall] = [Math.min(y, kHeight - height).toFixed(2), height.toFixed(2)];
    path += `M${x + 0.08} ${from}h.84v${tall}h-.84z`;
  });
  return path;
}

function said(value: number, { unit, rate, say }: Chart): string {
  if (say !== undefined) return say(value);
  const small = value > 0 && value < 10 && !Number.isInteger(value);
  const text = small ? String(Number(value.toPrecision(2))) : formatShort(Math.round(value));
  const full = unit === "bit" ? `${text}${value >= 1_000 ? "" : " "}bit` : text;
  return rate ? `${full} / s` : full;
}

export function SlotChart({ chart, slots, total, pointed, onPoint }: SlotChartProps) {
  const stacks = slots.map((slot) => valuesOf(chart, slot));
  const highest = Math.max(0, ...stacks.map((values) => values.reduce((sum, v) => sum + v, 0)));
  const top = niceTop(highest);
  const some = chart.series.filter(({ counter }) => (total[counter] ?? 0) > 0);
  const at = pointed === null ? undefined : stacks[pointed];
  const now = at?.reduce((sum, value) => sum + value, 0);
  const point = (event: MouseEvent<SVGSVGElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const slot = Math.floor(((event.clientX - box.left) / box.width) * slots.length);
    onPoint(slot >= 0 && slot < slots.length ? slot : null);
  };
  const first = slots[0]?.range;
  const last = slots.at(-1)?.range;
  const whole = (counter: string): string =>
    chart.say === undefined ? formatShort(total[counter] ?? 0) : chart.say(total[counter] ?? 0);
  const sums = some.map(({ counter, name }) => `${name} ${whole(counter)}`);
  return (
    <figure className="slot-chart" data-testid={`chart-${chart.key}`}>
      <figcaption>
        <h3>{chart.title}</h3>
        <span className="slot-value">
          {some.length === 0 ? "" : said(now ?? highest, chart)}
          {now === undefined && some.length > 0 && <span className="faint"> at most</span>}
        </span>
      </figcaption>
      {some.length === 0 && <p className="slot-none">{chart.none}</p>}
      {some.length > 0 && (
        <>
          <svg
            viewBox={`0 0 ${slots.length} ${kHeight}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={`${chart.title}: at most ${said(highest, chart)}; ${sums.join(", ")}`}
            onMouseMove={point}
          >
            {pointed !== null && (
              <rect className="slot-cursor" x={pointed} y={0} width={1} height={kHeight} />
            )}
            {chart.series.map(({ counter, color }, layer) => (
              <path key={counter} d={bars(stacks, layer, top)} style={{ fill: color }} />
            ))}
          </svg>
          <div className="slot-axis" aria-hidden="true">
            <span>{first !== undefined && formatClock(first.from, "minute")}</span>
            <span>{said(top, chart)} full height</span>
            <span>{last !== undefined && formatClock(last.to, "minute")}</span>
          </div>
        </>
      )}
      {some.length > 0 && (
        <ul className={classes("slot-legend", chart.series.length === 1 && "is-single")}>
          {some.map(({ counter, name, color }) => (
            <li key={counter} title={`${name}: ${(total[counter] ?? 0).toLocaleString("en-US")}`}>
              <i className="swatch" style={{ background: color }} />
              {name} <b>{whole(counter)}</b>
              {chart.times === 8 && " bytes"}
            </li>
          ))}
        </ul>
      )}
    </figure>
  );
}
