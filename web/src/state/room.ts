// How the height of the page is shared: how high the timeline is, and whether it is folded to a
// strip. Remembered by the browser; without a choice it goes by what there is.

import { useSyncExternalStore } from "react";
import { clamp } from "../base/format";
import { type Fold, kTimelineFold, kTimelineHeight, usePreference } from "./preferences";

export const kPlotMin = 64; // pixels: axis and quality line, and bars that can still be told apart
const kPlotShare = 0.6; // of the page, at most
const kLow = 520; // as in narrow.css: a laptop at 200 %

// What the plot takes without a choice.
export function plotHeight(page: number): number {
  if (page <= kLow) return 88;
  if (page <= 640) return 104;
  if (page <= 800) return 112;
  return Math.round(clamp(page * 0.22, 132, 220));
}

export const plotMax = (page: number): number => Math.max(kPlotMin, Math.round(page * kPlotShare));

export const isFolded = (fold: Fold, page: number): boolean =>
  fold === "folded" || (fold === "auto" && page <= kLow);

function subscribe(listener: () => void): () => void {
  window.addEventListener("resize", listener);
  return () => window.removeEventListener("resize", listener);
}

export interface TimelineRoom {
  readonly folded: boolean;
  readonly height: number; // of the plot while it is not folded, pixels
  readonly most: number;
  readonly setHeight: (height: number | null) => void; // null: as without a choice
  readonly setFolded: (on: boolean) => void;
}

export function useTimelineRoom(): TimelineRoom {
  const page = useSyncExternalStore(subscribe, () => window.innerHeight);
  const [fold, setFold] = usePreference(kTimelineFold);
  const [stored, setStored] = usePreference(kTimelineHeight);
  const most = plotMax(page);
  return {
    folded: isFolded(fold, page),
    height: clamp(stored === 0 ? plotHeight(page) : stored, kPlotMin, most),
    most,
    setHeight: (height) =>
      setStored(height === null ? 0 : Math.round(clamp(height, kPlotMin, most))),
    setFolded: (on) => setFold(on ? "folded" : "open"),
  };
}
