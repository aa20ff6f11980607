// What there is to tell of a place of the timeline. Pure, but for the clock.

import { nowMicros } from "../base/time";
import type { Target } from "./hit";
import type { Hover, TimelineModel } from "./model";
import { barAt, qualityAt, stateAt } from "./tracks";

// Null when nothing is drawn there. `x` in pixels, `t` the time at it.
export function hoverOf(model: TimelineModel, hit: Target, x: number, t: number): Hover | null {
  if (hit.kind === "axis") return null;
  if (hit.kind === "quality") {
    const cell = qualityAt(model.quality, t);
    return cell === null ? null : { kind: "quality", x, cell };
  }
  if (hit.kind === "state") {
    const cell = t > nowMicros() ? null : stateAt(model.states[hit.strip], t);
    return cell === null ? null : { kind: "state", x, cell };
  }
  const bar = barAt(model.frame, t);
  if (bar === null || bar.total === 0) return null;
  return { kind: "bar", x, bucket: model.frame.bucket, bar };
}
