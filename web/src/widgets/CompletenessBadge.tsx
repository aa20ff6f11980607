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

export function describeCompleteness(c: Completeness, asked?: TimeRange): string {
  const { packets, bytes, communications } = c;
  const minutes = minutesOf(c, asked);
  const before = [
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

// Minutes by which the count is this much longer than the range are named beside the word.
const kShort = 0.9;

export function CompletenessBadge({
  completeness,
  asked,
  onPartial,
}: {
  completeness: Completeness | undefined;
  asked?: TimeRange; // that it is of
  onPartial?: () => void; // shows the communications that are not whole
}) {
  if (completeness === undefined) return null;
  const { tone, text } = judge(completeness);
  const counted = completeness.to_us - completeness.from_us;
  const minutes =
    asked !== undefined && tone !== "none" && spanOf(asked) < kShort * counted
      ? minutesOf(completeness, asked)
      : null;
  const told = describeCompleteness(completeness, asked);
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
