// ExportNotes: the files that are on their way, below the list: how far each is, why one did not
// come, and a way to stop it.

import { stopExport } from "../api/exports";
import { wordsOf } from "../api/problem";
import type { ExportState } from "../api/types";
import { formatBytes, formatCount, plural } from "../base/format";
import { type Followed, forgetExport, isOnItsWay, useExports } from "../state/exports";
import { Icon } from "../widgets/Icon";

function progressOf({ communications, communications_total: total, bytes }: ExportState): string {
  const of = total === null ? "" : ` of ${formatCount(total)}`;
  return `${formatCount(communications)}${of} written, ${formatBytes(bytes)}`;
}

function said(state: ExportState | null): string {
  switch (state?.state) {
    case undefined:
    case "unknown":
      return "is asked for";
    case "running":
      return progressOf(state);
    case "complete":
      return (
        `saved by the browser: ${plural(state.communications, "communication")}, ` +
        formatBytes(state.bytes)
      );
    case "stopped":
      return `stopped: ${progressOf(state)}; the file is not whole`;
    case "failed":
      return state.problem === null ? "failed" : wordsOf({ hint: "", ...state.problem });
  }
}

function Note({ one }: { one: Followed }) {
  const { state, word, what } = one;
  const running = isOnItsWay(state);
  const failed = state?.state === "failed" || state?.state === "stopped";
  return (
    <li className={failed ? "is-bad" : ""} data-testid="export-note">
      <Icon name={failed ? "warning" : "download"} />
      <b>{what}</b>
      <span role={failed ? "alert" : "status"}>{said(state)}</span>
      {state?.state === "running" && state.communications_total !== null && (
        <progress
          aria-label={`${what} written`}
          max={Math.max(1, state.communications_total)}
          value={state.communications}
        />
      )}
      <button
        type="button"
        className="button is-small is-bare"
        data-testid={running ? "export-stop" : "export-close"}
        onClick={() =>
          running ? void stopExport(word).catch(() => undefined) : forgetExport(word)
        }
      >
        {running ? "Stop" : "Close"}
      </button>
    </li>
  );
}

export function ExportNotes() {
  const exports = useExports();
  if (exports.length === 0) return null;
  return (
    <ul className="export-notes" aria-label="Files on their way">
      {exports.map((one) => (
        <Note key={one.word} one={one} />
      ))}
    </ul>
  );
}
