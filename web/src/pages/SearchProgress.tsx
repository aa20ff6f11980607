// SearchProgress: how far a search through headers and bodies has looked, what it found, and how to
// stop it or go on.

import { classes, formatCount, plural } from "../base/format";
import { formatDateTime } from "../base/time";
import { type Found, kFoundMax, shareLooked } from "../state/found";
import { Notice } from "../widgets/states";

export interface SearchProgressProps {
  readonly found: Found;
  readonly bodies: boolean;
  readonly onStop: () => void;
  readonly onGoOn: () => void;
}

const percent = (share: number): string => `${Math.floor(share * 100)} %`;

// What was searched of what was read: a body that is not saved was not, nor what was cut of one.
export function readOf(
  { read, bodies: { saved, partial, unsaved, why } }: Found,
  bodies: boolean,
): string {
  if (!bodies) return `headers of ${plural(read, "communication")} read`;
  const had = `${formatCount(saved)} of ${plural(read, "communication")} had a saved body`;
  const searched =
    partial === 0
      ? had
      : `${had}, of which ${formatCount(partial)} could be searched in part only and had nothing ` +
        "in that part (cut by body_max_bytes, or not all captured)";
  if (unsaved === 0) return searched;
  const missing = `${formatCount(unsaved)} had a body that is not saved and was not searched`;
  return `${searched}, ${missing}${why === "" ? "" : `. ${why}`}`;
}

function said(found: Found, bodies: boolean): string {
  const count = `${formatCount(found.items.length)} found`;
  const share = percent(shareLooked(found));
  const back = found.reached === null ? "" : formatDateTime(found.reached, "second");
  const looked =
    back === ""
      ? "it is not known how far it looked"
      : `looked at what begins after ${back}, ${share} of the communications`;
  switch (found.phase) {
    case "running":
      return back === ""
        ? `Reading ${bodies ? "bodies" : "headers"} …`
        : `${share} of the communications, back to ${back} · ${count}`;
    case "stopped":
      return `Stopped: ${count}; ${looked}`;
    case "failed":
      return `Broke off: ${count}; ${looked}`;
    case "full":
      return (
        `The first ${formatCount(kFoundMax)}: ${looked}. ` +
        "Narrow the question or the range to see the rest."
      );
    case "done":
      return `Whole range searched: ${count}; ${readOf(found, bodies)}`;
  }
}

// The list of a search that was stopped before it found anything.
export function NothingYet({ found, onGoOn }: { found: Found; onGoOn: () => void }) {
  return (
    <Notice
      icon="filter"
      title="Nothing found as far as was looked"
      testId="nothing-yet"
      actions={
        <button type="button" className="button is-on" onClick={onGoOn}>
          Go on
        </button>
      }
    >
      <p>
        The search was stopped after {percent(shareLooked(found))} of the communications; the others
        were not looked at.
      </p>
    </Notice>
  );
}

export function SearchProgress({ found, bodies, onStop, onGoOn }: SearchProgressProps) {
  const { phase } = found;
  const text = said(found, bodies);
  return (
    <div className={classes("search-progress", `is-${phase}`)} data-testid="search-progress">
      {phase === "running" && (
        <progress
          max={1}
          value={shareLooked(found)}
          aria-label="Share of the communications that were looked at"
        />
      )}
      <span className="number" role={phase === "running" ? undefined : "status"}>
        {text}
      </span>
      {phase === "running" && (
        <button
          type="button"
          className="button is-small"
          title="Keep what is found"
          data-testid="search-stop"
          onClick={onStop}
        >
          Stop
        </button>
      )}
      {(phase === "stopped" || phase === "failed") && (
        <button
          type="button"
          className="button is-small"
          data-testid="search-go-on"
          onClick={onGoOn}
        >
          Go on
        </button>
      )}
    </div>
  );
}
