// FrameMeter: how smooth the page is, measured by the page: the time from frame to frame over the
// last seconds, and what drawing the timeline took of it. Only there when asked for.

import { useEffect, useState } from "react";
import { type FrameFigures, figuresOf, watchFrames } from "../base/frames";

const kMeans =
  "From frame to frame: half take at most, 95 of 100 at most, the longest; drawing, 95 of 100";
const kFramesMax = 600;
const kTellEveryMs = 250;

export function FrameMeter() {
  const [figures, setFigures] = useState<FrameFigures | null>(null);
  useEffect(() => {
    const intervals: number[] = [];
    const work: number[] = [];
    const keep = (list: number[], value: number): void => {
      list.push(value);
      if (list.length > kFramesMax) list.shift();
    };
    let last = 0;
    let told = 0;
    let handle = 0;
    const frame = (now: number): void => {
      if (last > 0) keep(intervals, now - last);
      last = now;
      if (now - told > kTellEveryMs) {
        told = now;
        setFigures(figuresOf(intervals, work));
      }
      handle = requestAnimationFrame(frame);
    };
    handle = requestAnimationFrame(frame);
    watchFrames((ms) => keep(work, ms));
    return () => {
      cancelAnimationFrame(handle);
      watchFrames(null);
    };
  }, []);
  if (figures === null) return null;
  const { frames, medianMs, p95Ms, worstMs, drawP95Ms } = figures;
  const text =
    `${frames} frames · ${medianMs.toFixed(1)} / ${p95Ms.toFixed(1)} / ${worstMs.toFixed(0)} ms` +
    ` · draw ${drawP95Ms.toFixed(1)} ms`;
  return (
    <output
      className="frame-meter"
      data-testid="frames"
      data-figures={JSON.stringify(figures)}
      title={kMeans}
    >
      {text}
    </output>
  );
}
