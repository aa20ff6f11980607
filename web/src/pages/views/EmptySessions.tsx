// EmptySessions: what the list of TCP sessions says when it has no row: why, and the next step.

import type { NotSaved, Status, Whisperer } from "../../api/types";
import { formatRange, micros, range, type TimeRange } from "../../base/time";
import { isListening } from "../../state/data";
import type { SessionKind } from "../../state/sessions";
import { Notice } from "../../widgets/states";
import { NothingStored } from "../EmptyList";
import { NotSavedNote } from "../NotSavedNote";

export interface EmptySessionsProps {
  readonly status: Status | undefined;
  readonly whisperers: readonly Whisperer[];
  readonly silent: boolean; // Spider does not answer
  readonly asked: TimeRange;
  readonly filtered: boolean;
  readonly kind: SessionKind;
  readonly notSaved: readonly NotSaved[];
  readonly onClearFilter: () => void;
  readonly onAllKinds: () => void;
  readonly onWindow: (window: TimeRange) => void;
}

const kKinds: Readonly<Record<SessionKind, string>> = {
  any: "",
  none: " without communications",
  some: " with communications",
};

export function EmptySessions(props: EmptySessionsProps) {
  const { status, whisperers, kind, filtered, asked, notSaved } = props;
  const { sessions_first_us: first = null, sessions_last_us: last = null } = status?.store ?? {};
  const nothing = status !== undefined && first === null && status.store.first_us === null;
  const listening = whisperers.some(isListening);
  if (nothing && listening && !props.silent && notSaved.length === 0)
    return (
      <Notice icon="pulse" title="No TCP session is stored yet" testId="empty-listening">
        <p>A session is listed here when its connection has ended, whatever it carried.</p>
      </Notice>
    );
  if (nothing && notSaved.length === 0)
    return <NothingStored whisperers={whisperers} silent={props.silent} />;
  const all = first === null || last === null ? null : range(micros(first), micros(last + 1));
  const whole = all === null || (asked.from <= all.from && all.to <= asked.to);
  return (
    <Notice
      icon={filtered || kind !== "any" ? "filter" : "empty"}
      title={`No TCP session${kKinds[kind]} here`}
      testId="empty-sessions"
      actions={
        <>
          {kind !== "any" && (
            <button type="button" className="button" onClick={props.onAllKinds}>
              All TCP sessions
            </button>
          )}
          {filtered && (
            <button type="button" className="button" onClick={props.onClearFilter}>
              Clear the filter
            </button>
          )}
          {all !== null && !whole && (
            <button
              type="button"
              className="button is-on"
              data-testid="go-there"
              onClick={() => props.onWindow(all)}
            >
              Go there
            </button>
          )}
        </>
      }
    >
      {notSaved.map((one) => (
        <p key={one.whisperer} data-testid="sessions-unsaved">
          <NotSavedNote one={one} />
        </p>
      ))}
      <p>
        None{kKinds[kind]} touches this range of time
        {filtered && " and has what the filter asks"}.
        {all === null
          ? " None is stored at all."
          : whole
            ? ""
            : ` TCP sessions are stored from ${formatRange(all).replace(" – ", " to ")}.`}
      </p>
      {listening && (
        <p>A session is listed when its connection has ended; those that are open are not here.</p>
      )}
    </Notice>
  );
}
