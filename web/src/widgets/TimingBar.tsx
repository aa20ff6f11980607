// TimingBar: where the time of one communication went, as one bar and four numbers.

import { formatDuration } from "../base/format";

export interface TimingPart {
  readonly key: "connect" | "request" | "wait" | "response";
  readonly label: string;
  readonly help: string;
  readonly us: number | null; // null: not seen
}

export function TimingBar({ parts }: { parts: readonly TimingPart[] }) {
  const total = parts.reduce((sum, part) => sum + (part.us ?? 0), 0);
  const share = (us: number | null): string =>
    total === 0 || us === null ? "0" : String(Math.max(us / total, us > 0 ? 0.006 : 0));
  const seen = parts.filter((part) => part.us !== null);
  const spoken = seen.map((part) => `${part.label} ${formatDuration(part.us ?? 0)}`).join(", ");
  return (
    <div className="timing" data-testid="timing">
      <div className="timing-bar" role="img" aria-label={`Timing: ${spoken}`}>
        {seen.map((part) => (
          <i key={part.key} className={`is-${part.key}`} style={{ flexGrow: share(part.us) }} />
        ))}
      </div>
      <dl className="timing-list">
        {parts.map((part) => (
          <div key={part.key} title={part.help}>
            <dt>
              <i className={`swatch is-${part.key}`} />
              {part.label}
            </dt>
            <dd>{part.us === null ? "not seen" : formatDuration(part.us)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
