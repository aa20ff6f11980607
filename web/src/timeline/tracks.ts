// What is drawn: stacked bars and the quality line, laid out as plain rectangles. Pure.

import type { Micros, TimeRange } from "../base/time";
import { type TimeScale, toX } from "./scale";

// A layer of the stack, bottom first.
export interface Series {
  readonly key: string;
  readonly label: string;
  readonly color: string; // name of a CSS variable
  readonly urgent?: boolean; // never thinner than can be seen
}

export interface Bar {
  readonly from: Micros;
  readonly counts: readonly number[]; // one per series
  readonly total: number;
}

// One answer's worth of bars: all of one width, ordered by time.
export interface BarFrame {
  readonly bucket: number;
  readonly bars: readonly Bar[];
}

export interface QualityCell {
  readonly range: TimeRange; // in which something listened
  readonly counted: TimeRange; // whole minutes, which the rest is about
  readonly silent?: boolean; // listened to, nothing passed
  readonly score: number | null; // 1: nothing lost, 0: everything; null: nothing was seen
  readonly lines: readonly QualityLine[];
}

// A state of a whisperer; one that lasts ends far in the future.
export interface StateCell {
  readonly range: TimeRange;
  readonly state: "not_started" | "starting" | "capturing" | "stopped" | "wrong_configuration";
  readonly label: string;
  readonly lines: readonly QualityLine[];
}

// The strip of one whisperer.
export interface StateRow {
  readonly name: string;
  readonly cells: readonly StateCell[];
}

// One row of the quality line's tooltip.
export interface QualityLine {
  readonly label: string;
  readonly value: string;
  readonly bad?: boolean;
}

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Segment extends Rect {
  readonly series: number;
}

export const kNoBars: BarFrame = { bucket: 1, bars: [] };

// Bars are ordered: the first that may touch `t` is found by halving.
export function firstBarAfter(frame: BarFrame, t: number): number {
  let low = 0;
  let high = frame.bars.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const bar = frame.bars[middle];
    if (bar !== undefined && bar.from + frame.bucket <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function barAt(frame: BarFrame, t: number): Bar | null {
  const bar = frame.bars[firstBarAfter(frame, t)];
  return bar !== undefined && bar.from <= t ? bar : null;
}

export function visibleBars(frame: BarFrame, view: TimeRange): readonly Bar[] {
  const first = firstBarAfter(frame, view.from);
  let last = first;
  while (last < frame.bars.length && (frame.bars[last]?.from ?? Infinity) < view.to) last += 1;
  return frame.bars.slice(first, last);
}

export function highestIn(frame: BarFrame, view: TimeRange): number {
  return visibleBars(frame, view).reduce((high, bar) => Math.max(high, bar.total), 0);
}

// Left and right pixel of a bucket, snapped so that neighbours neither overlap nor leave seams of
// changing width; wide bars keep one pixel of air.
export function barEdges(scale: TimeScale, from: number, bucket: number): [number, number] {
  const left = Math.round(toX(scale, from));
  const right = Math.max(left + 1, Math.round(toX(scale, from + bucket)));
  return right - left >= 4 ? [left, right - 1] : [left, right];
}

// Stacks one bar from the bottom up. A count above zero is never invisible: an error among ten
// thousand good answers is what people look for, so urgent layers get `pixelsMin` and the
// others at least a hair. What that takes too much is taken from the thickest layer.
export function stack(
  bar: Bar,
  edges: readonly [number, number],
  height: number,
  countMax: number,
  series: readonly Series[],
  pixelsMin = 2,
): Segment[] {
  const [left, right] = edges;
  const thickness = series.map((layer, index) => {
    const count = bar.counts[index] ?? 0;
    if (count <= 0) return 0;
    return Math.max((count / countMax) * height, layer.urgent === true ? pixelsMin : 0.75);
  });
  const excess = thickness.reduce((sum, thick) => sum + thick, 0) - height;
  if (excess > 0) {
    const thickest = thickness.indexOf(Math.max(...thickness));
    thickness[thickest] = Math.max(1, (thickness[thickest] ?? 0) - excess);
  }
  const segments: Segment[] = [];
  let y = height;
  thickness.forEach((thick, index) => {
    if (thick <= 0) return;
    y -= thick;
    segments.push({ series: index, x: left, y, width: right - left, height: thick });
  });
  return segments;
}

// Merges tiles into one frame; they arrive in any order and may repeat at their seams.
export function mergeFrames(bucket: number, parts: readonly (readonly Bar[])[]): BarFrame {
  const seen = new Map<number, Bar>();
  for (const part of parts) for (const bar of part) seen.set(bar.from, bar);
  return { bucket, bars: [...seen.values()].sort((a, b) => a.from - b.from) };
}

export function qualityAt(cells: readonly QualityCell[], t: number): QualityCell | null {
  return cells.find((cell) => cell.range.from <= t && t < cell.range.to) ?? null;
}

// Of two that touch, the later one: a change is what one points at.
export function stateAt(row: StateRow | undefined, t: number): StateCell | null {
  return row?.cells.findLast((cell) => cell.range.from <= t && t <= cell.range.to) ?? null;
}

// The lost shares from which the line is amber and red.
export interface QualityLimits {
  readonly amber: number;
  readonly red: number;
}

export const kQualityLimits: QualityLimits = { amber: 1e-3, red: 5e-2 };
const kTrace = 1e-7; // loses colour below

// 0 at "all good", 0.5 at amber, 1 at red. Losses that matter are tiny, so the colour runs over the
// logarithm of the lost share; nothing that lost anything is quite as green as what lost nothing.
export function badness(score: number, limits: QualityLimits = kQualityLimits): number {
  const lost = 1 - score;
  if (lost <= 0) return 0;
  const { amber, red } = limits;
  if (lost >= red) return 1;
  if (lost >= amber) return 0.5 + (0.5 * Math.log(lost / amber)) / Math.log(red / amber);
  if (lost <= kTrace) return 0.05;
  return Math.max(0.05, (0.5 * Math.log(lost / kTrace)) / Math.log(amber / kTrace));
}
