// TimingFrieze: where the time of one communication went: each part at its place on one axis, its
// packets as ticks when they were saved, with what was sent again and what never came.

import { formatBytes, formatDuration } from "../base/format";
import type { Story } from "../base/tcp_story";

export interface TimingPart {
  readonly key: "connect" | "request" | "wait" | "response";
  readonly label: string;
  readonly help: string;
  readonly us: number | null; // null: not seen
  readonly from: number | null; // microseconds since 1970; null: no place on the axis
  readonly missing?: number; // bytes of it that were never captured
  readonly again?: number; // bytes of it that were sent again
}

export interface TimingFriezeProps {
  readonly parts: readonly TimingPart[];
  readonly story: Story | null;
}

interface Tick {
  readonly at: number;
  readonly kind: "plain" | "again" | "late" | "gap";
  readonly title: string;
}

const kTicksMax = 400;
const kLeast = 0.004; // of the axis: what lasts nothing is still seen

function ticksOf(story: Story | null, fromClient: boolean, from: number, to: number): Tick[] {
  if (story === null) return [];
  const ticks: Tick[] = [];
  for (const step of story.steps) {
    if (step.fromClient !== fromClient || step.time < from || step.time > to) continue;
    if (step.payload === 0) continue;
    const again = step.act === "again" || step.act === "partly";
    const kind = again ? "again" : step.act === "filled" ? "late" : "plain";
    const what = again ? ", sent again" : step.act === "filled" ? ", late" : "";
    ticks.push({
      at: step.time,
      kind,
      title: `Packet ${step.number}: ${formatBytes(step.payload)}${what}`,
    });
  }
  for (const hole of story.holes) {
    if (hole.fromClient !== fromClient || hole.until !== null) continue;
    if (hole.time < from || hole.time > to) continue;
    const title = `${formatBytes(hole.to - hole.from)} never captured before this packet`;
    ticks.push({ at: hole.time, kind: "gap", title });
  }
  // What is not plain is never thinned out.
  const odd = ticks.filter((tick) => tick.kind !== "plain");
  const plain = ticks.filter((tick) => tick.kind === "plain");
  const every = Math.max(1, Math.ceil(plain.length / kTicksMax));
  return plain.filter((_, index) => index % every === 0).concat(odd.slice(0, kTicksMax));
}

const kAxisSteps = 5; // at most

// From zero, in steps of one, two or five of some power of ten.
export function roundSteps(whole: number): number[] {
  const finest = whole / kAxisSteps;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, finest)));
  const step = power * ([1, 2, 5].find((n) => n * power >= finest) ?? 10);
  const steps: number[] = [];
  for (let us = 0; us <= whole; us += step) steps.push(us);
  return steps;
}

const kSide: Partial<Record<TimingPart["key"], boolean>> = { request: true, response: false };

export function TimingFrieze({ parts, story }: TimingFriezeProps) {
  const placed = parts.filter((part) => part.us !== null && part.from !== null);
  const start = Math.min(...placed.map((part) => part.from ?? 0));
  const end = Math.max(...placed.map((part) => (part.from ?? 0) + Math.max(0, part.us ?? 0)));
  const whole = Math.max(1, end - start);
  const share = (us: number): string => `${(us / whole) * 100}%`;
  const spoken = parts
    .filter((part) => part.us !== null)
    .map((part) => `${part.label} ${formatDuration(part.us ?? 0)}`)
    .join(", ");
  return (
    <div className="timing" data-testid="timing">
      <p className="visually-hidden">Timing: {spoken}</p>
      <div className="frieze-grid">
        <dl className="frieze">
          {parts.map((part) => {
            const from = part.from ?? start;
            const us = Math.max(0, part.us ?? 0);
            const side = kSide[part.key];
            const ticks =
              side === undefined || part.us === null ? [] : ticksOf(story, side, from, from + us);
            return (
              <div key={part.key} className="frieze-row" title={part.help}>
                <dt>
                  <i className={`swatch is-${part.key}`} />
                  {part.label}
                </dt>
                <dd className="frieze-value">
                  {part.us === null ? "not seen" : formatDuration(part.us)}
                </dd>
                <dd className="frieze-track" aria-hidden="true">
                  {part.us !== null && part.from !== null && (
                    <i
                      className={
                        `frieze-bar is-${part.key}` +
                        ((part.missing ?? 0) > 0 && story === null ? " is-holed" : "")
                      }
                      style={{
                        left: share(from - start),
                        width: `max(2px, ${share(Math.max(us, whole * kLeast))})`,
                      }}
                    />
                  )}
                  {ticks.map((tick, index) => (
                    <i
                      key={index}
                      className={`frieze-tick is-${tick.kind}`}
                      style={{ left: share(tick.at - start) }}
                      title={tick.title}
                    />
                  ))}
                </dd>
                <dd className="frieze-notes">
                  {(part.missing ?? 0) > 0 && (
                    <span className="chip is-warn">{formatBytes(part.missing ?? 0)} missing</span>
                  )}
                  {(part.again ?? 0) > 0 && (
                    <span className="chip is-plain">{formatBytes(part.again ?? 0)} sent again</span>
                  )}
                </dd>
              </div>
            );
          })}
        </dl>
        <div className="frieze-axis" aria-hidden="true">
          {roundSteps(whole).map((us) => (
            <span key={us} style={{ left: share(us) }}>
              {us === 0 ? "0" : formatDuration(us)}
            </span>
          ))}
        </div>
      </div>
      {story !== null && story.steps.length > 0 && (
        <p className="frieze-legend">
          <span>
            <i className="frieze-tick is-plain" /> packet
          </span>
          <span>
            <i className="frieze-tick is-again" /> sent again
          </span>
          <span>
            <i className="frieze-tick is-late" /> late
          </span>
          <span>
            <i className="frieze-tick is-gap" /> never captured
          </span>
        </p>
      )}
    </div>
  );
}
