// MessageTab: one side of the exchange: start line, headers in order and original case, body.

import { memo } from "react";
import { wireText, type CommunicationDetail, type Header, type Message } from "../api/types";
import { classes } from "../base/format";
import { BodyView, DownloadLink } from "../widgets/BodyView";
import { Icon } from "../widgets/Icon";
import { Notice } from "../widgets/states";
import { bodyReason } from "./reasons";

function Headers({ headers, label }: { headers: readonly Header[]; label: string }) {
  return (
    <dl className="headers" aria-label={label} data-testid="headers">
      {headers.map((header, index) => (
        <div key={index}>
          <dt>
            {wireText(header.name)}
            {header.no_colon === true ? "" : ":"}
          </dt>
          <dd>
            {wireText(header.value)}
            {header.folded === true && <span className="chip"> folded</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface MessageTabProps {
  readonly side: "request" | "response";
  readonly detail: CommunicationDetail;
}

function linkOf(detail: CommunicationDetail, name: string): string | null {
  return detail._links[name]?.href ?? null;
}

function Body({ side, detail, message }: MessageTabProps & { message: Message }) {
  const reason = bodyReason(side, message, detail.whisperer);
  const raw = linkOf(detail, `${side}_body`);
  const decoded = linkOf(detail, `${side}_body_decoded`);
  const readable = reason === null && (raw !== null || decoded !== null);
  return (
    <div className={classes("message-body", readable && "is-open")}>
      <div className="message-body-head">
        <h3>Body</h3>
        <span className="faint">{wireText(message.content_type ?? "")}</span>
        <span className="spacer" />
        {readable && <DownloadLink url={decoded ?? raw ?? ""} label="Download" />}
        {readable && decoded !== null && raw !== null && message.content_encoding !== null && (
          <DownloadLink url={raw} label={`As sent (${message.content_encoding})`} />
        )}
      </div>
      {readable ? (
        <BodyView source={{ message, raw, decoded }} />
      ) : (
        <div className="mark is-plain" data-testid="no-body">
          <Icon name="info" />
          <span>{reason ?? "The body can no longer be read."}</span>
        </div>
      )}
    </div>
  );
}

export const MessageTab = memo(function MessageTab({ side, detail }: MessageTabProps) {
  const message = detail[side];
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
  return (
    <div className="message">
      <div className="message-head" tabIndex={0} role="group" aria-label="Start line and headers">
        <div className="start-line">{wireText(message.start_line)}</div>
        <Headers headers={message.headers} label={`${side} headers`} />
        {message.trailers.length > 0 && (
          <>
            <h3 className="trailers">Trailers</h3>
            <Headers headers={message.trailers} label={`${side} trailers`} />
          </>
        )}
      </div>
      <Body side={side} detail={detail} message={message} />
    </div>
  );
});
