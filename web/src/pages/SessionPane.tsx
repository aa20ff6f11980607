// SessionPane: one TCP session by itself: what was found in it, or why nothing was, then what the
// details of a communication show of it.

import { useCallback, useEffect, useRef } from "react";
import type { Session } from "../api/types";
import { formatDuration, plural } from "../base/format";
import { useSession } from "../state/data";
import { endName } from "../state/hostName";
import type { Place } from "../state/place";
import { whyNothing } from "../state/sessions";
import { HostName } from "../widgets/HostName";
import { Icon } from "../widgets/Icon";
import { CloseButton, FullButton } from "./DetailPane";
import { kSessionClose } from "./reasons";
import { SessionView } from "./SessionTab";

export interface SessionPaneProps {
  readonly id: string;
  readonly place: Place;
  readonly onPlace: (part: Partial<Place>) => void;
  readonly onCommunications: (session: string) => void;
  readonly onClose: () => void;
}

function Ends({ session }: { session: Session }) {
  return (
    <>
      <HostName host={endName(session, "client")} /> →{" "}
      <b>
        <HostName host={endName(session, "server")} />
      </b>
    </>
  );
}

interface FoundProps {
  readonly session: Session;
  readonly onCommunications: (session: string) => void;
}

function Found({ session, onCommunications }: FoundProps) {
  const why = whyNothing(session);
  if (why === null)
    return (
      <p className="session-found">
        {plural(session.communications, "HTTP communication")} found in it.{" "}
        <button
          type="button"
          className="link"
          data-testid="to-communications"
          onClick={() => onCommunications(session.id)}
        >
          {session.communications === 1 ? "Show it in the list" : "Show them in the list"}
        </button>
      </p>
    );
  return (
    <div className="mark is-plain session-found" data-testid="why-nothing">
      <Icon name="info" />
      <span>
        No HTTP communication was found in it. {why.text}
        {session.parse_log.length > 0 && " Its parse log, below, has what the parser noted."}
      </span>
    </div>
  );
}

export function SessionPane({ id, place, onPlace, onCommunications, onClose }: SessionPaneProps) {
  const { full, packet } = place;
  const session = useSession(id).data?.session ?? null;
  const onPacket = useCallback((number: number | null) => onPlace({ packet: number }), [onPlace]);
  const box = useRef<HTMLElement>(null);
  // What had the keys in the list is no longer in sight.
  useEffect(() => {
    const { activeElement } = document;
    const inside = activeElement !== null && box.current?.contains(activeElement) === true;
    if (full && !inside) box.current?.focus({ preventScroll: true });
  }, [full]);
  return (
    <section
      className="detail"
      aria-label="TCP session"
      data-testid="session-pane"
      tabIndex={-1}
      ref={box}
    >
      <h2 className="visually-hidden">TCP session</h2>
      <header className="detail-head">
        <div className="detail-title">
          <b>TCP session</b>
          {session !== null && (
            <span className="reason">{kSessionClose[session.close] ?? session.close}</span>
          )}
          <span className="spacer" />
          {session !== null && (
            <span className="number">{formatDuration(session.duration_us)}</span>
          )}
          <FullButton full={full} onFull={(on) => onPlace({ full: on })} />
          <CloseButton onClose={onClose} />
        </div>
        <div className="detail-uri" data-testid="session-ends">
          {session === null ? <span className="faint">{id}</span> : <Ends session={session} />}
        </div>
      </header>
      <div className="detail-body" tabIndex={0}>
        {session !== null && <Found session={session} onCommunications={onCommunications} />}
        <SessionView key={id} id={id} packet={packet} onPacket={onPacket} own={null} />
      </div>
    </section>
  );
}
