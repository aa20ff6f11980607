// MessageTab: one side of the exchange: start line, headers in order and original case, what they
// are made of, body.

import { type KeyboardEvent, memo, useEffect, useRef, useState } from "react";
import { wireText, type CommunicationDetail, type Header, type Message } from "../api/types";
import { classes, formatBinary, formatBytes, plural } from "../base/format";
import { useAsking } from "../state/ask";
import { kHeadFold, usePreference } from "../state/preferences";
import { formatWhispererPlace, kWhispererStart, openWhisperers } from "../state/whispererPlace";
import { Ask } from "../widgets/Ask";
import { type BodyView as Form, kBodyViews } from "../widgets/BodyContent";
import { BodyView, DownloadLink } from "../widgets/BodyView";
import { CopyButton } from "../widgets/CopyButton";
import { Icon } from "../widgets/Icon";
import { Notice } from "../widgets/states";
import { HeaderTables, maskedValue } from "./HeaderTables";
import { headText, RawHead } from "./RawHead";
import { headerTerm, isSecret } from "./headerTerms";
import { SettingsLink } from "./NotSavedNote";
import { bodyReason, bytesUnreadable } from "./reasons";

function Value({ header }: { header: Header }) {
  const [shown, setShown] = useState(false);
  if (!isSecret(header)) return <>{wireText(header.value)}</>;
  return (
    <>
      {shown ? wireText(header.value) : maskedValue(header)}{" "}
      <button
        type="button"
        className="link-button"
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
      >
        {shown ? "hide" : "show"}
      </button>
    </>
  );
}

interface HeadersProps {
  readonly headers: readonly Header[];
  readonly side: "request" | "response";
  readonly label: string;
}

function Headers({ headers, side, label }: HeadersProps) {
  const { only, not } = useAsking();
  const terms = headers.map((header) => headerTerm(side, header));
  // F and Shift+F ask for the line that the keys are in, as in the list.
  const onKeyDown = (event: KeyboardEvent): void => {
    const line = (event.target as HTMLElement).closest<HTMLElement>("[data-line]");
    const term = terms[Number(line?.dataset["line"] ?? -1)];
    if (event.key.toLowerCase() !== "f" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (term === undefined || term === null) return;
    event.shiftKey ? not(term) : only(term);
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <dl className="headers" aria-label={label} data-testid="headers" onKeyDown={onKeyDown}>
      {headers.map((header, index) => (
        <div key={index} className="asks" data-line={index}>
          <dt>
            {wireText(header.name)}
            {header.no_colon === true ? "" : ":"}
          </dt>
          <dd>
            <Value header={header} />
            {header.folded === true && <span className="chip"> folded</span>}
            {terms[index] != null && <Ask term={terms[index]} />}
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface MessageTabProps {
  readonly side: "request" | "response";
  readonly detail: CommunicationDetail;
  readonly body?: string; // how it is shown, as the address says it
  readonly onBody?: (view: Form) => void;
}

function linkOf(detail: CommunicationDetail, name: string): string | null {
  return detail._links[name]?.href ?? null;
}

// A capped body was saved up to the cap that was in force: what is saved is how much it was.
function CapCause({ message, whisperer }: { message: Message; whisperer: string }) {
  const place = { ...kWhispererStart, name: whisperer, setting: "body_max_bytes" };
  const [saved, all] = [message.saved_body_bytes, message.body_bytes];
  return (
    <div className="mark is-plain" role="note" data-testid="body-cap">
      <Icon name="info" />
      <span>
        Only the first {formatBytes(saved)} of {formatBytes(all)} were saved:{" "}
        <a
          href={formatWhispererPlace(place)}
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            openWhisperers(place);
          }}
        >
          body_max_bytes
        </a>{" "}
        of “{whisperer}” was {formatBinary(saved)} when this was captured.
      </span>
    </div>
  );
}

function Body({ side, detail, message, body, onBody }: MessageTabProps & { message: Message }) {
  const reason = bodyReason(side, message, detail);
  const raw = linkOf(detail, `${side}_body`);
  const decoded = linkOf(detail, `${side}_body_decoded`);
  const readable = reason === null && (raw !== null || decoded !== null);
  return (
    <div className={classes("message-body", readable && "is-open")}>
      <div className="message-body-head">
        <h3>Body</h3>
        <span className="faint">{wireText(message.content_type ?? "")}</span>
        <span className="spacer" />
        {readable && (
          <DownloadLink
            url={decoded ?? raw ?? ""}
            label="Download"
            missing={message.missing_bytes}
          />
        )}
        {readable && decoded !== null && raw !== null && message.content_encoding !== null && (
          <DownloadLink
            url={raw}
            label={`As sent (${message.content_encoding})`}
            missing={message.missing_bytes}
          />
        )}
      </div>
      {readable && message.body_state === "capped" && (
        <CapCause message={message} whisperer={detail.whisperer} />
      )}
      {readable ? (
        <BodyView
          source={{ message, raw, decoded }}
          {...(onBody === undefined
            ? {}
            : { wish: kBodyViews.find((view) => view === body) ?? null, onWish: onBody })}
        />
      ) : (
        <div className="mark is-plain" data-testid="no-body">
          <Icon name="info" />
          <span>
            {reason ?? "The body can no longer be read."}{" "}
            {message.body_state === "not_saved" && <SettingsLink whisperer={detail.whisperer} />}
          </span>
        </div>
      )}
    </div>
  );
}

const kLowRoom = 400; // pixels: head and body cannot both be read one above the other
const kWideRoom = 860; // side by side they can

// Where head and body go, by the room there is.
export function messageRoom(width: number, height: number): "beside" | "above" | "folded" {
  if (width >= kWideRoom) return "beside";
  return height > 0 && height < kLowRoom ? "folded" : "above";
}

function useRoom(of: unknown) {
  const box = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState<ReturnType<typeof messageRoom>>("above");
  useEffect(() => {
    const element = box.current;
    if (element === null || typeof ResizeObserver === "undefined") return undefined;
    const measure = (): void => setRoom(messageRoom(element.clientWidth, element.clientHeight));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [of]);
  return { box, room };
}

function FoldButton({ shown, onFold }: { shown: boolean; onFold: (on: boolean) => void }) {
  return (
    <button
      type="button"
      className={classes("button is-bare is-small is-icon head-fold", shown && "is-open")}
      aria-expanded={shown}
      aria-label="Headers"
      title={shown ? "Fold the headers away" : "Show the headers"}
      data-testid="head-fold"
      onClick={() => onFold(shown)}
    >
      <Icon name="chevron" />
    </button>
  );
}

export const MessageTab = memo(function MessageTab(props: MessageTabProps) {
  const { side, detail } = props;
  const message = detail[side];
  const [raw, setRaw] = useState(false);
  const [fold, setFold] = usePreference(kHeadFold);
  const { box, room } = useRoom(message);
  if (message === null && bytesUnreadable(detail.codes) === side)
    return (
      <Notice icon="warning" title={`The ${side} was captured, and could not be read`}>
        <p>
          {side === "response"
            ? "The server answered with bytes that are no HTTP/1 response."
            : "The client sent bytes that are no HTTP/1 request. The response is kept."}{" "}
          Where packets are saved, the bytes are in those of the TCP session.
        </p>
      </Notice>
    );
  if (message === null) {
    const what = side === "response" ? "No response was captured" : "The request was not captured";
    return (
      <Notice icon="empty" title={what}>
        <p>
          {side === "response"
            ? "The connection ended, or the capture did, before an answer came."
            : "The capture began after it was sent, or its bytes were lost. The response is kept."}
        </p>
      </Notice>
    );
  }
  // Without a body there is nothing to make room for; beside it there is room.
  const readable =
    bodyReason(side, message, detail) === null &&
    (linkOf(detail, `${side}_body`) ?? linkOf(detail, `${side}_body_decoded`)) !== null;
  const foldable = readable && room !== "beside";
  const shown = !foldable || fold === "open" || (fold === "auto" && room === "above");
  return (
    <div className={classes("message", readable && room === "beside" && "is-beside")} ref={box}>
      <div
        className={classes("message-head", !shown && "is-folded")}
        tabIndex={0}
        role="group"
        aria-label="Start line and headers"
      >
        <div className="message-tools">
          {foldable && (
            <FoldButton shown={shown} onFold={(on) => setFold(on ? "folded" : "open")} />
          )}
          <button
            type="button"
            className={classes("button is-bare is-small", raw && "is-on")}
            aria-pressed={raw}
            onClick={() => setRaw(!raw)}
          >
            Raw
          </button>
          <CopyButton short label="Copy the head" text={() => headText(message, false)} />
        </div>
        {!shown ? (
          <div className="start-line">
            {wireText(message.start_line)}{" "}
            <span className="faint">{plural(message.headers.length, "header")}</span>
          </div>
        ) : raw ? (
          <RawHead message={message} />
        ) : (
          <>
            <div className="start-line">{wireText(message.start_line)}</div>
            <Headers headers={message.headers} side={side} label={`${side} headers`} />
            <HeaderTables message={message} target={side === "request" ? detail.path : null} />
          </>
        )}
        {shown && message.trailers.length > 0 && (
          <>
            <h3 className="trailers">Trailers</h3>
            <Headers headers={message.trailers} side={side} label={`${side} trailers`} />
          </>
        )}
      </div>
      <Body {...props} message={message} />
    </div>
  );
});
