// PickTray: what is picked, wherever one has searched on to, and what can be done with it.

import type { Pick } from "../state/picks";
import { plural } from "../base/format";
import { formatClock, micros } from "../base/time";
import { wireText } from "../api/types";
import { Icon } from "../widgets/Icon";
import { Popover } from "../widgets/Popover";
import { StatusCode } from "../widgets/status";

export interface PickTrayProps {
  readonly picks: ReadonlyMap<string, Pick>;
  readonly onOpen: (id: string) => void;
  readonly onCompare: ((ids: readonly string[]) => void) | null;
  readonly onDrop: (id: string) => void;
  readonly onClear: () => void;
  readonly exports: React.ReactNode; // the menu of what they can be written as
}

export const kCompareMax = 8;

export function PickTray({ picks, onOpen, onCompare, onDrop, onClear, exports }: PickTrayProps) {
  if (picks.size === 0) return null;
  const all = [...picks.values()].sort((a, b) => a.start_us - b.start_us);
  const many = picks.size > kCompareMax;
  return (
    <div className="tray" role="region" aria-label="Picked communications" data-testid="tray">
      <Popover
        label="Picked communications"
        button={<span data-testid="tray-count">{picks.size} selected</span>}
        buttonClass="button is-bare is-small tray-count"
        panelClass="tray-list"
        testid="tray-open"
      >
        <h2>{plural(picks.size, "communication")} selected</h2>
        <ul>
          {all.map((one) => (
            <li key={one.id}>
              <button type="button" className="tray-row" onClick={() => onOpen(one.id)}>
                <span className="number faint">{formatClock(micros(one.start_us))}</span>
                <StatusCode status={one.status} />
                <span className="method">{wireText(one.method ?? "—")}</span>
                <span className="path">
                  {wireText(`${one.host ?? ""}${one.path ?? ""}`) || "request not seen"}
                </span>
              </button>
              <button
                type="button"
                className="button is-bare is-icon is-small"
                aria-label="Let go"
                title="Let go"
                onClick={() => onDrop(one.id)}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      </Popover>
      {onCompare !== null && (
        <button
          type="button"
          className="button is-small"
          data-testid="compare"
          disabled={picks.size < 2 || many}
          title={
            picks.size < 2
              ? "Pick one more to compare"
              : many
                ? `At most ${kCompareMax} can be compared`
                : "Compare side by side"
          }
          onClick={() => onCompare(all.map(({ id }) => id))}
        >
          <Icon name="compare" />
          Compare
        </button>
      )}
      {exports}
      <button
        type="button"
        className="button is-bare is-small"
        data-testid="tray-clear"
        onClick={onClear}
      >
        <Icon name="close" />
        Clear
      </button>
    </div>
  );
}
