// Which time the page looks at, from what the address says and what there is. Pure.

import type { Status, Whisperer } from "../api/types";
import { formatDuration } from "../base/format";
import { kMinute, kSecond, type Micros, nowMicros, range, type TimeRange } from "../base/time";
import { isListening, type Scope, storedRange } from "./data";
import type { PageState } from "./url";

export const kFollowDefault = 5 * kMinute;

// "in the last 5 min"
export function whereOf({ follow }: Scope, selected: boolean): string {
  if (selected) return "in the selection";
  if (follow === null) return "in the window";
  return `in the last ${formatDuration(Math.max(1, Math.round(follow / kSecond)) * kSecond)}`;
}

const last = (span: number, now: Micros): TimeRange => range(now - span, now + kSecond);

// Without a window in the address: live when something is being captured, else all there is.
export function scopeOf(
  state: PageState,
  status: Status | undefined,
  whisperers: readonly Whisperer[],
  now: Micros = nowMicros(),
): Scope {
  if (state.follow !== null) return { range: last(state.follow, now), follow: state.follow };
  if (state.window !== null) return { range: state.window, follow: null };
  if (whisperers.some(isListening))
    return { range: last(kFollowDefault, now), follow: kFollowDefault };
  const stored = status === undefined ? null : storedRange(status);
  return { range: stored ?? last(kFollowDefault, now), follow: null };
}
