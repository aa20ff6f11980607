// EmptyList: what the list says when it has no row: why, and the next step.

import type { Status, Whisperer } from "../api/types";
import { plural } from "../base/format";
import { formatRange, micros, range } from "../base/time";
import { isListening } from "../state/data";
import { type Removed, removedWords } from "../base/removals";
import { openWhisperers } from "../state/whispererPlace";
import { Notice } from "../widgets/states";
import { NamedWords } from "./NamedWords";
import { PartTerms } from "./PartTerms";

export interface EmptyListProps {
  readonly status: Status | undefined;
  readonly whisperers: readonly Whisperer[];
  readonly silent: boolean; // Spider does not answer
  readonly filtered: boolean;
  readonly selected: boolean;
  readonly whole: boolean; // all that is stored is looked at
  readonly removed?: readonly Removed[]; // of the range that is asked for
  readonly elsewhere: number | null; // what all of the store holds that matches; null: not known
  readonly q?: string; // the question that found nothing
  readonly onAsk?: (q: string) => void;
  readonly onClearFilter: () => void;
  readonly onClearSelection: () => void;
  readonly onThere: () => void;
  readonly onSessions?: (() => void) | undefined; // to the list of TCP sessions
}

export function NothingStored({
  whisperers,
  silent,
}: Pick<EmptyListProps, "whisperers" | "silent">) {
  const listening = whisperers.filter(isListening);
  if (silent) {
    return (
      <Notice icon="empty" title="Nothing had been captured" testId="empty-silent">
        <p>That was so when Spider last answered. What comes next shows when it answers again.</p>
      </Notice>
    );
  }
  if (listening.length > 0) {
    const where = listening.map(({ config }) => String(config["interface"] ?? "")).join(", ");
    return (
      <Notice icon="pulse" title={`Listening on ${where}`} testId="empty-listening">
        <p>No HTTP has passed yet. The first request and its answer appear here within a second.</p>
        <pre>curl http://…</pre>
        <p>Only clear-text HTTP/1 can be read; TLS stays closed.</p>
      </Notice>
    );
  }
  const upload = whisperers.find(({ type }) => type === "UPLOAD")?.name;
  const wrong = whisperers.filter(({ state }) => state === "wrong_configuration");
  if (wrong.length > 0) {
    return (
      <Notice
        icon="warning"
        tone="bad"
        title="Nothing is captured"
        testId="empty-wrong"
        actions={
          <>
            <button
              type="button"
              className="button"
              data-testid="mend"
              onClick={() => openWhisperers({ name: wrong[0]?.name ?? null })}
            >
              Settings of {wrong[0]?.name}
            </button>
            {upload !== undefined && (
              <button
                type="button"
                className="button"
                data-testid="empty-upload"
                onClick={() => openWhisperers({ name: upload, part: "uploads" })}
              >
                Upload files
              </button>
            )}
          </>
        }
      >
        {wrong.map(({ name, reason }) => (
          <p key={name}>
            <b>{name}</b>: {reason ?? "it does not say why"}
          </p>
        ))}
        <p>
          What a setting can mend is mended here, or in spider.toml, which is read again while
          Spider runs. Capture files can be read meanwhile: drop them on the page.
        </p>
      </Notice>
    );
  }
  return (
    <Notice icon="empty" title="Nothing captured yet" testId="empty-store">
      <p>Capture live: name an interface in spider.toml and start spider again.</p>
      <pre>{'[[whisperer]]\nname = "live"\ntype = "INTERFACE"\ninterface = "any"'}</pre>
      <p>Or read a capture file that you have, here on the page or with a command:</p>
      <p>
        <button
          type="button"
          className="button is-main"
          data-testid="empty-upload"
          onClick={() => openWhisperers({ name: upload ?? null, part: "uploads" })}
        >
          Upload files
        </button>{" "}
        or drop them anywhere on the page.
      </p>
      <pre>spider import --config spider.toml --whisperer {upload ?? "NAME"} capture.pcap</pre>
    </Notice>
  );
}

// Something was captured, in which no HTTP was found: what there is of it is one step away.
function OnlySessions({ onSessions }: Pick<EmptyListProps, "onSessions">) {
  return (
    <Notice
      icon="empty"
      title="No HTTP communication is stored"
      testId="empty-sessions-only"
      actions={
        <button
          type="button"
          className="button is-main"
          data-testid="to-sessions"
          onClick={onSessions}
        >
          Show the TCP sessions
        </button>
      }
    >
      <p>TCP sessions are, in which none was found; each of them says why.</p>
      <p>Only clear-text HTTP/1 can be read: HTTP/2, and what TLS carries, stay closed.</p>
    </Notice>
  );
}

// "from 2026-03-10 14:00 to 15:00"
function whereStored({ store }: Status): string {
  if (store.first_us === null || store.last_us === null) return "";
  const all = range(micros(store.first_us), micros(store.last_us));
  return ` from ${formatRange(all).replace(" – ", " to ")}`;
}

const hasSessions = ({ store }: Status): boolean => (store.sessions_first_us ?? null) !== null;

const kRemovedTold = 3;

function whyEmpty({ status, filtered, elsewhere, removed = [] }: EmptyListProps): string {
  // Of what was removed nobody knows what it had been.
  const none = removed.length > 0 ? "No communication that is still stored" : "No communication";
  const touches = removed.length > 0 ? "and touches" : "that touches";
  const here = filtered
    ? `${none} ${touches} this range has all of these properties`
    : `${none} touches this range of time`;
  if (status === undefined || elsewhere === null) return `${here}.`;
  const many = plural(elsewhere, "communication");
  if (!filtered) {
    const are = elsewhere === 1 ? "is" : "are";
    return `${here}; ${many} ${are} stored${whereStored(status)}.`;
  }
  if (elsewhere === 0) return `${here}, and none that is stored${whereStored(status)} has.`;
  const have = elsewhere === 1 ? "has" : "have";
  return `${here}; ${many} ${have} in all that is stored${whereStored(status)}.`;
}

export function EmptyList(props: EmptyListProps) {
  const { status, whisperers, filtered, selected, removed = [] } = props;
  if (status !== undefined && status.store.first_us === null && hasSessions(status))
    return <OnlySessions onSessions={props.onSessions} />;
  if (status !== undefined && status.store.first_us === null)
    return <NothingStored whisperers={whisperers} silent={props.silent} />;
  const plain = filtered ? "Nothing matches the filter here" : "Nothing in this window";
  const gone = filtered ? "Nothing that is left matches the filter here" : "Nothing is left here";
  const what = removed.length > 0 ? gone : plain;
  return (
    <Notice
      icon={filtered ? "filter" : "empty"}
      title={what}
      testId="empty-range"
      actions={
        <>
          {filtered && (
            <button type="button" className="button" onClick={props.onClearFilter}>
              Clear the filter
            </button>
          )}
          {selected && (
            <button type="button" className="button" onClick={props.onClearSelection}>
              Clear the selection
            </button>
          )}
          {removed.slice(0, kRemovedTold).map(({ whisperer }) => (
            <button
              key={whisperer}
              type="button"
              className="button"
              data-testid="to-kept"
              onClick={() => openWhisperers({ name: whisperer, part: "data" })}
            >
              What is kept of {whisperer}
            </button>
          ))}
          {props.elsewhere !== 0 && !props.whole && (
            <button
              type="button"
              className={props.elsewhere === null ? "button" : "button is-on"}
              data-testid="go-there"
              onClick={props.onThere}
            >
              {props.elsewhere === null ? "Show all data" : "Go there"}
            </button>
          )}
          {status !== undefined && hasSessions(status) && props.onSessions !== undefined && (
            <button
              type="button"
              className="button"
              data-testid="to-sessions"
              onClick={props.onSessions}
            >
              TCP sessions
            </button>
          )}
        </>
      }
    >
      {removed.slice(0, kRemovedTold).map((one) => (
        <p key={one.whisperer} data-testid="removed">
          {removedWords(one)}
        </p>
      ))}
      {removed.length > kRemovedTold && (
        <p>And of {plural(removed.length - kRemovedTold, "more whisperer")}.</p>
      )}
      <p>{whyEmpty(props)}</p>
      {props.q !== undefined && props.q !== "" && props.onAsk !== undefined && (
        <>
          <NamedWords q={props.q} onAsk={props.onAsk} />
          {props.elsewhere === 0 && <PartTerms q={props.q} onAsk={props.onAsk} />}
        </>
      )}
    </Notice>
  );
}
