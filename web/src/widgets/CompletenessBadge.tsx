// CompletenessBadge: how complete the data of the shown range is, in one word and on hover in full.
// The books are kept by whole minutes: where the range is shorter than those it touches, that is
// said; and what was not captured is not called complete: where nobody listened to some of the
// range, it is said of which part the word is.

import type { Completeness } from "../api/types";
import { formatBytes, formatCount, formatShare, plural } from "../base/format";
import { formatRange, micros, range, type TimeRange } from "../base/time";
import {
  coverageOf,
  coverageWords,
  gapWords,
  minutesOf,
  nothingCaptured,
  shareAsked,
} from "../state/coverage";
import { lossName } from "../state/quality";
import { kNothingRemoved, type Removals, removedIn, removedWords } from "../base/removals";
import { Icon } from "./Icon";

const kHolesTold = 3;

function holesOf(c: Completeness): string[] {
  const holes = c.holes ?? [];
  const told = holes.slice(0, kHolesTold).map((hole) => {
    const part = range(micros(hole.from_us), micros(hole.to_us));
    return `${hole.whisperer} did not capture: ${formatRange(part)}.`;
  });
  const more = holes.length - told.length;
  return more > 0 ? [...told, `And ${plural(more, "more hole")} of this kind.`] : told;
}

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
    ...gapWords(c),
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
  readonly covered: string | null; // from when to when, where that is not all of the range
}

export function judge(c: Completeness, asked?: TimeRange): Verdict {
  const { packets, bytes, communications } = c;
  if (nothingCaptured(c)) return { tone: "none", text: "Not captured", covered: null };
  const coverage = coverageOf(c);
  const words = coverageWords(coverage, asked ?? range(micros(c.from_us), micros(c.to_us)));
  const less = coverage.gaps.length > 0 || (c.holes ?? []).length > 0;
  // What is said of all of the range is said of what was captured alone.
  const meanwhile = (tone: Verdict["tone"], text: string): Verdict => ({
    tone,
    text: less ? `${text} while captured` : text,
    covered: words === null ? null : `: ${words}`,
  });
  const beside = (tone: Verdict["tone"], text: string): Verdict => ({
    tone,
    text,
    covered: words === null ? null : `, captured ${words}`,
  });
  if (packets.seen === 0) return beside("none", "nothing seen");
  const sent = bytes.delivered + bytes.missing;
  const ofPackets = 1 - packets.lost / packets.seen;
  const ofBytes = sent === 0 ? 1 : bytes.delivered / sent;
  const share = Math.min(ofPackets, ofBytes);
  const { partial, unstored } = communications;
  if (packets.lost === 0 && bytes.missing === 0) {
    if (unstored > 0) return beside("bad", `${formatCount(unstored)} not stored`);
    return partial === 0
      ? meanwhile("good", "Complete")
      : beside("warn", `${formatCount(partial)} partial`);
  }
  const text =
    ofPackets <= ofBytes
      ? formatShare(packets.seen - packets.lost, packets.seen)
      : formatShare(bytes.delivered, sent);
  return meanwhile(share < 0.99 ? "bad" : "warn", `${text} complete`);
}

// What is gone is not called complete, whatever was counted of it.
export function withRemoved(verdict: Verdict, asked: TimeRange, removals: Removals): Verdict {
  if (removedIn(removals, asked).length === 0) return verdict;
  if (removals.whole !== null && asked.to <= removals.whole)
    return { tone: "none", text: "Removed", covered: null };
  const { tone, text } = verdict;
  return { tone: tone === "good" ? "none" : tone, text: `${text}, partly removed`, covered: null };
}

// Of what waits in memory nobody knows yet whether it will be kept.
const kNotStoring: Verdict = { tone: "bad", text: "Nothing is stored at present", covered: null };

// Minutes by which the count is this much longer than the range are named beside the word.
const kShort = 0.9;

export function CompletenessBadge({
  completeness,
  asked,
  removals = kNothingRemoved,
  trouble = null,
  onPartial,
}: {
  completeness: Completeness | undefined;
  asked?: TimeRange; // that it is of
  removals?: Removals;
  trouble?: string | null; // why nothing is stored at present
  onPartial?: () => void; // shows the communications that are not whole
}) {
  if (completeness === undefined) return null;
  const seen = trouble === null ? judge(completeness, asked) : kNotStoring;
  const { tone, text, covered } = asked === undefined ? seen : withRemoved(seen, asked, removals);
  const minutes =
    asked !== undefined && tone !== "none" && shareAsked(completeness, asked) < kShort
      ? minutesOf(completeness, asked)
      : null;
  const counted = describeCompleteness(completeness, asked, removals);
  const told = trouble === null ? counted : `${trouble}\n${counted}`;
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
        {covered !== null && (
          <span className="wide-only" data-testid="covered">
            {covered}
          </span>
        )}
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
