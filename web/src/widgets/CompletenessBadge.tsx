// CompletenessBadge: how complete the data of the shown range is, in one word and on hover in full.

import type { Completeness } from "../api/types";
import { formatBytes, formatCount, formatShare, plural } from "../base/format";
import { lossName } from "../state/quality";
import { Icon } from "./Icon";

export function describeCompleteness(c: Completeness): string {
  const { packets, bytes, communications } = c;
  if (packets.seen === 0) return "No packet was seen in this range.";
  const lines = [
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
  if (packets.seen === 0) return { tone: "none", text: "nothing seen" };
  const sent = bytes.delivered + bytes.missing;
  const share = Math.min(1 - packets.lost / packets.seen, sent === 0 ? 1 : bytes.delivered / sent);
  if (
    packets.lost === 0 &&
    bytes.missing === 0 &&
    communications.partial + communications.unstored === 0
  ) {
    return { tone: "good", text: "Complete" };
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

export function CompletenessBadge({
  completeness,
  onPartial,
}: {
  completeness: Completeness | undefined;
  onPartial?: () => void; // shows the communications that are not whole
}) {
  if (completeness === undefined) return null;
  const { tone, text } = judge(completeness);
  const Tag =
    onPartial !== undefined && completeness.communications.partial > 0 ? "button" : "span";
  return (
    <Tag
      type={Tag === "button" ? "button" : undefined}
      onClick={Tag === "button" ? onPartial : undefined}
      className={`chip is-${tone}`}
      title={describeCompleteness(completeness)}
      data-testid="completeness"
      data-tone={tone}
    >
      <Icon name={tone === "good" ? "check" : tone === "none" ? "info" : "warning"} />
      {text}
      <span className="visually-hidden">: {describeCompleteness(completeness)}</span>
    </Tag>
  );
}
