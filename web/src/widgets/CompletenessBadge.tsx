// CompletenessBadge: how complete the data of the shown range is, in one word and on hover in full.
// The books are kept by whole minutes: where the range is shorter than those it touches, that is
// said; and what was not captured is not called complete.

import type { Completeness } from "../api/types";
import { formatBytes, formatCount, formatShare, plural } from "../base/format";
import {
  formatClock,
  formatDate,
  formatDateTime,
  formatRange,
  micros,
  type Micros,
  range,
  spanOf,
  type TimeRange,
} from "../base/time";
import { lossName } from "../state/quality";
import { kNothingRemoved, type Removals, removedIn, removedWords } from "../base/removals";
import { Icon } from "./Icon";

const kHolesTold = 3;

// "12:06 to 12:07", the minutes that were counted; null where they are the range that was asked.
export function minutesOf(c: Completeness, asked: TimeRange | undefined): string | null {
  if (asked === undefined || (c.from_us >= asked.from && c.to_us <= asked.to)) return null;
  const [from, to] = [micros(c.from_us), micros(c.to_us)];
  const clock = (t: Micros): string =>
    formatDate(from) === formatDate(to) ? formatClock(t, "minute") : formatDateTime(t, "minute");
  return `${clock(from)} to ${clock(to)}`;
}

function holesOf(c: Completeness): string[] {
  const holes = c.holes ?? [];
  const told = holes.slice(0, kHolesTold).map((hole) => {
    const part = range(micros(hole.from_us), micros(hole.to_us));
    return `${hole.whisperer} did not capture: ${formatRange(part)}.`;
  });
  const more = holes.length - told.length;
  return more > 0 ? [...told, `And ${plural(more, "more hole")} of this kind.`] : told;
}

const nothingCaptured = (c: Completeness): boolean => c.captured?.length === 0;

export function describeCompleteness(
  c: Completeness,
  asked?: TimeRange,
  removals = kNothingRemoved,
): string {
  const { packets, bytes, communications } = c;
  const minutes = minutesOf(c, asked);
  const removed = asked === undefined ? [] : removedIn(removals, asked);
  const before = [
    ...removed.map(removedWords),
    ...(removed.length === 0 ? [] : ["The counts below are of all that was captured."]),
    ...(nothingCaptured(c) ? ["Nothing was captured in this range."] : []),
    ...holesOf(c),
    ...(minutes === null ? [] : [`Counted by whole minutes: ${minutes}.`]),
  ];
  if (packets.seen === 0)
    return (nothingCaptured(c) ? before : [...before, "No packet was seen in this range."]).join(
      "\n",
    );
  const lines = [
    ...before,
    `${plural(packets.seen, "packet")} seen, ${formatCount(packets.filtered)} left out ` +
      `on purpose, ${formatCount(packets.lost)} lost.`,
    ...Object.entries(packets.lost_by)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `  ${lossName(name)}: ${formatCount(count)}`),
    bytes.missing > 0
      ? `${formatBytes(bytes.missing)} were sent but never captured.`
      : "No byte is known to be missing.",
    `${plural(communications.complete, "whole communication")}, ` +
      `${formatCount(communications.partial)} partial.`,
  ];
  if (communications.unstored > 0)
    lines.push(`${formatCount(communications.unstored)} not stored.`);
  return lines.join("\n");
}

interface Verdict {
  readonly tone: "good" | "warn" | "bad" | "none";
  readonly text: string;
}

export function judge(c: Completeness): Verdict {
  const { packets, bytes, communications } = c;
  if (nothingCaptured(c)) return { tone: "none", text: "Not captured" };
  if (packets.seen === 0) return { tone: "none", text: "nothing seen" };
  const sent = bytes.delivered + bytes.missing;
  const share = Math.min(1 - packets.lost / packets.seen, sent === 0 ? 1 : bytes.delivered / sent);
  if (
    packets.lost === 0 &&
    bytes.missing === 0 &&
    communications.partial + communications.unstored === 0
  ) {
    const holes = (c.holes ?? []).length > 0;
    return { tone: "good", text: holes ? "Complete while captured" : "Complete" };
  }
  if (packets.lost === 0 && bytes.missing === 0) {
    return {
      tone: "warn",
      text: `${formatCount(communications.partial + communications.unstored)} partial`,
    };
  }
  const text =
    packets.lost / packets.seen >= 1 - share
      ? formatShare(packets.seen - packets.lost, packets.seen)
      : formatShare(bytes.delivered, sent);
  return { tone: share < 0.99 ? "bad" : "warn", text: `${text} complete` };
}

// What is gone is not called complete, whatever was counted of it.
export function withRemoved(verdict: Verdict, asked: TimeRange, removals: Removals): Verdict {
  if (removedIn(removals, asked).length === 0) return verdict;
  if (removals.whole !== null && asked.to <= removals.whole)
    return { tone: "none", text: "Removed" };
  const { tone, text } = verdict;
  return { tone: tone === "good" ? "none" : tone, text: `${text}, partly removed` };
}

// Minutes by which the count is this much longer than the range are named beside the word.
const kShort = 0.9;

export function CompletenessBadge({
  completeness,
  asked,
  removals = kNothingRemoved,
  onPartial,
}: {
  completeness: Completeness | undefined;
  asked?: TimeRange; // that it is of
  removals?: Removals;
  onPartial?: () => void; // shows the communications that are not whole
}) {
  if (completeness === undefined) return null;
  const seen = judge(completeness);
  const { tone, text } = asked === undefined ? seen : withRemoved(seen, asked, removals);
  const counted = completeness.to_us - completeness.from_us;
  const minutes =
    asked !== undefined && tone !== "none" && spanOf(asked) < kShort * counted
      ? minutesOf(completeness, asked)
      : null;
  const told = describeCompleteness(completeness, asked, removals);
  const Tag =
    onPartial !== undefined && completeness.communications.partial > 0 ? "button" : "span";
  return (
    <Tag
      type={Tag === "button" ? "button" : undefined}
      onClick={Tag === "button" ? onPartial : undefined}
      className={`chip is-${tone}`}
      title={told}
      data-testid="completeness"
      data-tone={tone}
    >
      <Icon name={tone === "good" ? "check" : tone === "none" ? "info" : "warning"} />
      <span>
        {text}
        {minutes !== null && (
          <span className="wide-only" data-testid="by-minutes">
            , counted by whole minutes: {minutes}
          </span>
        )}
      </span>
      <span className="visually-hidden">: {told}</span>
    </Tag>
  );
}
