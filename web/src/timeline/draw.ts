// Paints one frame of the timeline. Everything it needs is an argument; it keeps nothing.

import { formatDuration, formatShort } from "../base/format";
import { intersects, spanOf, type Micros, type TimeRange } from "../base/time";
import type { Removals } from "../base/removals";
import { isStrip, type Layout } from "./hit";
import { type Palette, qualityColor } from "./palette";
import { type TimeScale, toTime, toX } from "./scale";
import { countScale, dayOf, pointerLabel, ticksFor } from "./ticks";
import {
  badness,
  barEdges,
  type BarFrame,
  highestIn,
  type QualityCell,
  type QualityLimits,
  type Series,
  stack,
  type StateCell,
  type StateRow,
  visibleBars,
} from "./tracks";

export interface Scene {
  readonly layout: Layout;
  readonly scale: TimeScale;
  readonly frame: BarFrame;
  readonly series: readonly Series[];
  readonly countMax: number;
  readonly selection: TimeRange | null;
  readonly quality: readonly QualityCell[];
  readonly qualityLimits: QualityLimits;
  readonly states: readonly StateRow[];
  readonly removals: Removals;
  readonly present: Micros; // where a state that lasts ends
  readonly hoverX: number | null;
  readonly hoverBar: number | null; // start of the bar under the pointer
  readonly now: Micros | null; // live: where "now" is
}

type Context = CanvasRenderingContext2D;

export function drawScene(context: Context, scene: Scene, palette: Palette): void {
  const { layout } = scene;
  context.clearRect(0, 0, layout.width, layout.height);
  context.lineWidth = 1;
  const strip = isStrip(layout);
  if (!strip) drawCounts(context, scene, palette);
  drawBars(context, scene, palette);
  drawRemoved(context, scene, palette);
  drawSelection(context, scene, palette);
  if (!strip) {
    drawCountLabels(context, scene, palette);
    drawAxis(context, scene, palette);
  }
  drawQuality(context, scene, palette);
  drawStates(context, scene, palette);
  drawNow(context, scene, palette);
  drawHover(context, scene, palette);
}

function fontOf(palette: Palette, weight = 400): string {
  return `${weight} 11px ${palette.font}`;
}

function horizontal(context: Context, y: number, width: number, color: string): void {
  context.fillStyle = color;
  context.fillRect(0, Math.round(y), width, 1);
}

function drawCounts(context: Context, scene: Scene, palette: Palette): void {
  const { layout } = scene;
  const height = layout.plotBottom - layout.plotTop;
  const { marks } = countScale(highestIn(scene.frame, scene.scale.view));
  for (const mark of marks) {
    const y = layout.plotBottom - (mark / scene.countMax) * height;
    if (y < layout.plotTop + 2) continue;
    horizontal(context, y, layout.width, palette.grid);
  }
}

// Labels go over the bars, on a chip of the background, so that they can always be read.
function drawCountLabels(context: Context, scene: Scene, palette: Palette): void {
  const { layout } = scene;
  const height = layout.plotBottom - layout.plotTop;
  context.font = fontOf(palette);
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const mark of countScale(highestIn(scene.frame, scene.scale.view)).marks) {
    const y = layout.plotBottom - (mark / scene.countMax) * height;
    if (y < layout.plotTop + 2) continue;
    const label = formatShort(mark);
    const width = context.measureText(label).width;
    context.globalAlpha = 0.8;
    context.fillStyle = palette.surface;
    context.fillRect(4, y - 7, width + 8, 14);
    context.globalAlpha = 1;
    context.fillStyle = palette.faint;
    context.fillText(label, 8, y + 0.5);
  }
}

function drawBars(context: Context, scene: Scene, palette: Palette): void {
  const { layout, scale, frame, series } = scene;
  const height = layout.plotBottom - layout.plotTop;
  for (const bar of visibleBars(frame, scale.view)) {
    if (bar.total === 0) continue;
    const edges = barEdges(scale, bar.from, frame.bucket);
    const segments = stack(bar, edges, height, scene.countMax, series);
    context.globalAlpha = scene.hoverBar === null || scene.hoverBar === bar.from ? 1 : 0.78;
    segments.forEach((segment, index) => {
      context.fillStyle = palette.series[segment.series] ?? palette.text;
      const top = layout.plotTop + segment.y;
      if (index === segments.length - 1 && segment.width >= 5 && segment.height >= 2) {
        context.beginPath();
        context.roundRect(segment.x, top, segment.width, segment.height, [1.5, 1.5, 0, 0]);
        context.fill();
      } else {
        context.fillRect(segment.x, top, segment.width, segment.height);
      }
    });
  }
  context.globalAlpha = 1;
}

const kHatch = 6; // pixels from line to line

// What counts what is gone is hatched, and pale where all of it is gone.
function drawRemoved(context: Context, scene: Scene, palette: Palette): void {
  const { layout, scale, removals } = scene;
  const marks = removals.marks.map(({ before }) => toX(scale, before));
  const edge = Math.max(0, ...marks); // hatches go along when the bars are moved
  const right = Math.min(layout.width, edge);
  if (right <= 0) return;
  const height = layout.plotBottom - layout.plotTop;
  context.save();
  context.beginPath();
  context.rect(0, layout.plotTop, right, height);
  context.clip();
  context.fillStyle = context.strokeStyle = palette.surface;
  const pale = removals.whole === null ? 0 : Math.min(right, toX(scale, removals.whole));
  context.globalAlpha = 0.5;
  if (pale > 0) context.fillRect(0, layout.plotTop, pale, height);
  context.globalAlpha = 0.8;
  context.lineWidth = 2;
  context.beginPath();
  for (let x = (edge % kHatch) - height - kHatch; x < right; x += kHatch) {
    context.moveTo(x, layout.plotBottom);
    context.lineTo(x + height, layout.plotTop);
  }
  context.stroke();
  context.restore();
}

// Outside is veiled rather than inside tinted: the colours of what was chosen stay true.
function drawSelection(context: Context, scene: Scene, palette: Palette): void {
  const { layout, scale, selection } = scene;
  if (selection === null) return;
  const left = Math.max(-2, toX(scale, selection.from));
  const right = Math.min(layout.width + 2, toX(scale, selection.to));
  context.fillStyle = palette.veil;
  if (right <= 0 || left >= layout.width) {
    context.fillRect(0, 0, layout.width, layout.plotBottom);
    return;
  }
  context.fillRect(0, 0, Math.max(0, left), layout.plotBottom);
  context.fillRect(right, 0, Math.max(0, layout.width - right), layout.plotBottom);
  context.fillStyle = palette.accentSoft;
  context.fillRect(left, 0, right - left, layout.plotBottom);
  context.fillStyle = palette.accent;
  for (const x of [left, right]) {
    const edge = Math.round(x);
    context.fillRect(edge - 1, 0, 2, layout.plotBottom);
    context.beginPath();
    const grip = Math.min(22, layout.plotBottom);
    context.roundRect(edge - 3, (layout.plotBottom - grip) / 2, 6, grip, 3);
    context.fill();
  }
  if (!isStrip(layout)) drawSelectionLabel(context, scene, palette, left, right, selection);
}

function chip(
  context: Context,
  palette: Palette,
  text: string,
  x: number,
  y: number,
  fill: string,
  ink: string,
  width: number,
): void {
  context.font = fontOf(palette, 600);
  const size = context.measureText(text).width + 14;
  const left = Math.min(width - size - 2, Math.max(2, x - size / 2));
  context.fillStyle = fill;
  context.beginPath();
  context.roundRect(left, y, size, 18, 9);
  context.fill();
  context.fillStyle = ink;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, left + size / 2, y + 9.5);
}

function drawSelectionLabel(
  context: Context,
  scene: Scene,
  palette: Palette,
  left: number,
  right: number,
  selection: TimeRange,
): void {
  const middle = (Math.max(0, left) + Math.min(scene.layout.width, right)) / 2;
  const text = formatDuration(spanOf(selection));
  chip(context, palette, text, middle, 3, palette.accent, palette.onAccent, scene.layout.width);
}

function drawAxis(context: Context, scene: Scene, palette: Palette): void {
  const { layout, scale } = scene;
  horizontal(context, layout.plotBottom, layout.width, palette.axis);
  context.textBaseline = "middle";
  const middle = (layout.plotBottom + layout.axisBottom) / 2 + 1;
  const ticks = ticksFor(scale.view, layout.width);
  let free = 6;
  if (!ticks.some((tick) => tick.major)) {
    context.font = fontOf(palette, 600);
    context.textAlign = "left";
    context.fillStyle = palette.text;
    const day = dayOf(scale.view); // its year, too, where the marks are months
    context.fillText(day, 8, middle);
    free = 8 + context.measureText(day).width + 10;
  }
  context.textAlign = "center";
  for (const tick of ticks) {
    const x = Math.round(toX(scale, tick.time));
    context.fillStyle = palette.axis;
    context.fillRect(x, layout.plotBottom, 1, tick.major ? 7 : 4);
    context.font = fontOf(palette, tick.major ? 600 : 400);
    const half = context.measureText(tick.label).width / 2;
    if (x - half < free || x + half > layout.width - 4) continue;
    context.fillStyle = tick.major ? palette.text : palette.faint;
    context.fillText(tick.label, x, middle);
  }
}

function drawQuality(context: Context, scene: Scene, palette: Palette): void {
  const { layout, scale } = scene;
  const height = layout.qualityBottom - layout.qualityTop;
  if (height <= 0) return;
  context.save();
  context.beginPath();
  context.roundRect(0, layout.qualityTop, layout.width, height, 2);
  context.clip();
  context.fillStyle = palette.unknown;
  context.fillRect(0, layout.qualityTop, layout.width, height);
  for (const cell of scene.quality) {
    if (!intersects(cell.range, scale.view)) continue;
    const left = Math.round(toX(scale, cell.range.from));
    const right = Math.max(left + 2, Math.round(toX(scale, cell.range.to)));
    if (cell.score !== null) {
      context.fillStyle = qualityColor(palette, badness(cell.score, scene.qualityLimits));
      context.fillRect(left, layout.qualityTop, right - left, height);
    } else if (cell.silent === true) {
      // A line where nothing passed: green for "watched", thin for "empty".
      context.fillStyle = palette.good;
      context.fillRect(left, layout.qualityTop + Math.floor(height / 2) - 1, right - left, 2);
    }
  }
  context.restore();
}

function stateColor(palette: Palette, state: StateCell["state"]): string {
  switch (state) {
    case "capturing":
      return palette.good;
    case "starting":
      return palette.poor;
    case "wrong_configuration":
      return palette.bad;
    case "stopped":
    case "not_started":
      return palette.faint;
  }
}

// A strip for each whisperer; where it has no colour, Spider did not run or nothing is known. What
// captures is a thin line, what does not is thick: the ordinary shall not shout.
function drawStates(context: Context, scene: Scene, palette: Palette): void {
  const { layout, scale, states, present } = scene;
  states.forEach(({ cells }, strip) => {
    const top = layout.statesTop + strip * layout.stateHeight;
    const most = layout.stateHeight - 1; // a pixel of air
    for (const cell of cells) {
      const to = Math.min(cell.range.to, present);
      if (to < scale.view.from || cell.range.from >= scale.view.to) continue;
      const left = Math.max(0, Math.round(toX(scale, cell.range.from)));
      const right = Math.max(left + 1, Math.round(toX(scale, to)));
      const thick = cell.state !== "capturing" ? most : isStrip(layout) ? 1 : 2;
      context.fillStyle = stateColor(palette, cell.state);
      context.fillRect(left, top + Math.floor((most - thick) / 2), right - left, thick);
    }
  });
}

function drawNow(context: Context, scene: Scene, palette: Palette): void {
  if (scene.now === null) return;
  const x = Math.round(toX(scene.scale, scene.now));
  if (x < 0 || x > scene.layout.width) return;
  context.fillStyle = palette.bad;
  context.globalAlpha = 0.7;
  context.fillRect(x - 1, 0, 1, scene.layout.plotBottom);
  context.globalAlpha = 1;
}

function drawHover(context: Context, scene: Scene, palette: Palette): void {
  const { layout, scale, hoverX } = scene;
  if (hoverX === null) return;
  context.fillStyle = palette.text;
  context.globalAlpha = 0.35;
  context.fillRect(Math.round(hoverX), 0, 1, layout.plotBottom);
  context.globalAlpha = 1;
  const label = pointerLabel(toTime(scale, hoverX), spanOf(scale.view));
  const y = isStrip(layout) ? 4 : (layout.plotBottom + layout.axisBottom) / 2 - 8;
  chip(context, palette, label, hoverX, y, palette.text, palette.surface, layout.width);
}
