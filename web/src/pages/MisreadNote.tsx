// MisreadNote: which parts of the address were not understood, and what is shown instead.

import { formatDuration } from "../base/format";
import { formatRange } from "../base/time";
import type { Scope } from "../state/data";
import { forgetMisread, useMisread } from "../state/misread";
import { Icon } from "../widgets/Icon";

function shownInstead({ range, follow }: Scope): string {
  return follow === null
    ? `shown is ${formatRange(range)}`
    : `shown are the last ${formatDuration(follow)}, live`;
}

export function MisreadNote({ scope }: { scope: Scope }) {
  const misread = useMisread();
  if (misread.length === 0) return null;
  return (
    <div className="banner is-warn misread" role="alert" data-testid="misread">
      <strong>Not understood in the address:</strong>
      <ul className="misread-list">
        {misread.map(({ said, why, window, used }, index) => {
          const instead = window ? shownInstead(scope) : used;
          return (
            <li key={index}>
              <code>{said}</code> {why}
              {instead === "" ? "; it is ignored." : `; ${instead}.`}
            </li>
          );
        })}
      </ul>
      <button
        type="button"
        className="button is-small is-icon is-bare"
        aria-label="Close"
        data-testid="misread-close"
        onClick={forgetMisread}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
