// What the pointer is on. Pure: the component turns the answer into a cursor and an action.

import type { TimeRange } from "../base/time";
import { type TimeScale, toX } from "./scale";

export interface Layout {
  readonly width: number;
  readonly plotTop: number;
  readonly plotBottom: number;
  readonly axisBottom: number;
  readonly qualityTop: number;
  readonly qualityBottom: number;
  readonly statesTop: number; // the strips lie between it and `statesBottom`
  readonly statesBottom: number;
  readonly stateHeight: number; // of one strip, with its air
  readonly height: number;
}

export const kAxisHeight = 22;
export const kQualityHeight = 7;
export const kStripHeight = 5; // with a pixel of air
const kTopAir = 8;
const kBottomAir = 4;
const kStrip = 48; // lower than this there is no axis: the bars, and thin lines
const kThinStrip = 3; // with a pixel of air

export const isStrip = (layout: Layout): boolean => layout.height < kStrip;

export function layoutFor(width: number, height: number, withQuality: boolean, strips = 0): Layout {
  const quality = withQuality ? kQualityHeight : 0;
  if (height < kStrip) {
    const states = height - strips * kThinStrip;
    const low = states - (strips > 0 ? 1 : 0);
    const bars = low - (withQuality ? 4 : 0);
    return {
      width,
      height,
      plotTop: 1,
      plotBottom: bars,
      axisBottom: bars,
      qualityTop: withQuality ? low - 3 : low,
      qualityBottom: low,
      statesTop: states,
      statesBottom: height,
      stateHeight: kThinStrip,
    };
  }
  const statesBottom = height - kBottomAir;
  const statesTop = statesBottom - strips * kStripHeight;
  const bottom = statesTop - (strips > 0 ? 2 : 0);
  const qualityTop = bottom - quality;
  const axisBottom = qualityTop - (withQuality ? 2 : 0);
  return {
    width,
    height,
    plotTop: kTopAir,
    plotBottom: axisBottom - kAxisHeight,
    axisBottom,
    qualityTop,
    qualityBottom: bottom,
    statesTop,
    statesBottom,
    stateHeight: kStripHeight,
  };
}

export type Target =
  | { readonly kind: "plot" }
  | { readonly kind: "selection" }
  | { readonly kind: "edge"; readonly side: "from" | "to" }
  | { readonly kind: "axis" }
  | { readonly kind: "quality" }
  | { readonly kind: "state"; readonly strip: number };

export const kEdgeReach = 5;

export function hitTest(
  layout: Layout,
  scale: TimeScale,
  selection: TimeRange | null,
  x: number,
  y: number,
): Target {
  if (y >= layout.statesTop && layout.statesTop < layout.statesBottom) {
    const strips = Math.round((layout.statesBottom - layout.statesTop) / layout.stateHeight);
    const strip = Math.floor((y - layout.statesTop) / layout.stateHeight);
    return { kind: "state", strip: Math.max(0, Math.min(strip, strips - 1)) };
  }
  if (y >= layout.qualityTop && layout.qualityTop < layout.qualityBottom)
    return { kind: "quality" };
  if (y >= layout.plotBottom) return { kind: "axis" };
  if (selection === null) return { kind: "plot" };
  const left = toX(scale, selection.from);
  const right = toX(scale, selection.to);
  // The nearer edge wins; thin selections are grabbed from outside.
  const toLeft = Math.abs(x - left);
  const toRight = Math.abs(x - right);
  if (Math.min(toLeft, toRight) <= kEdgeReach) {
    const side = toLeft < toRight || (toLeft === toRight && x < left) ? "from" : "to";
    return { kind: "edge", side };
  }
  return x > left && x < right ? { kind: "selection" } : { kind: "plot" };
}
