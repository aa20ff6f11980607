// BodyView: one body, fetched when it is looked at, and for download. The bytes come from
// the server as data; nothing in them is ever interpreted as a document.

import { useEffect, useMemo, useState } from "react";
import { getBytes } from "../api/client";
import type { Message } from "../api/types";
import { formatBytes } from "../base/format";
import { gapsIn, type Loss, lossText } from "../base/holes";
import { BodyContent, type BodyView as Form } from "./BodyContent";
import { Failure } from "./Failure";
import { Icon } from "./Icon";
import { Skeleton } from "./states";

export interface BodySource {
  readonly message: Message;
  readonly raw: string | null; // addresses, when they exist
  readonly decoded: string | null;
}

const kAskFirst = 32_000_000; // larger bodies wait for a click

interface Loaded {
  readonly url: string;
  readonly bytes: Uint8Array | null;
  readonly error: unknown;
}

function useBytes(url: string | null): { loaded: Loaded | null; retry: () => void } {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (url === null) return undefined;
    const abort = new AbortController();
    setLoaded(null);
    getBytes(url, abort.signal)
      .then((answer) => setLoaded({ url, bytes: answer.bytes, error: null }))
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setLoaded({ url, bytes: null, error });
      });
    return () => abort.abort();
  }, [url, attempt]);
  return { loaded: loaded?.url === url ? loaded : null, retry: () => setAttempt(attempt + 1) };
}

// What is not there of the bytes that came. Behind a hole no coding is taken off, so what is
// decoded has none inside; unless nobody knows where it is.
function lossOf(message: Message, length: number, decoded: boolean): Loss | null {
  const { missing_bytes: bytes, holes } = message;
  if (bytes === 0 || (decoded && holes !== null)) return null;
  return { bytes, gaps: holes === null ? null : gapsIn(holes, length) };
}

export interface BodyViewProps {
  readonly source: BodySource;
  readonly wish?: Form | null;
  readonly onWish?: (view: Form) => void;
}

export function BodyView({ source, wish, onWish }: BodyViewProps) {
  const { message, raw, decoded } = source;
  const best = decoded ?? raw;
  const large = message.saved_body_bytes > kAskFirst;
  const [wanted, setWanted] = useState(false);
  const [undecodable, setUndecodable] = useState(false);
  const url = undecodable ? raw : best;
  const { loaded, retry } = useBytes(large && !wanted ? null : url);
  const coded = decoded !== null && !undecodable;
  const length = loaded?.bytes?.length ?? 0;
  const loss = useMemo(() => lossOf(message, length, coded), [message, length, coded]);
  const said = lossText(message, coded);
  useEffect(() => {
    setWanted(false);
    setUndecodable(false);
  }, [best]);
  if (url === null) return null;
  if (large && !wanted) {
    return (
      <div className="section">
        <button type="button" className="button" onClick={() => setWanted(true)}>
          Show {formatBytes(message.saved_body_bytes)}
        </button>
      </div>
    );
  }
  if (loaded === null) return <Skeleton rows={6} />;
  if (loaded.bytes === null) {
    // A damaged content coding still leaves the bytes as they were sent.
    const offerRaw = !undecodable && decoded !== null && raw !== null;
    return (
      <>
        <Failure error={loaded.error} retry={retry} />
        {offerRaw && (
          <button type="button" className="button" onClick={() => setUndecodable(true)}>
            Show it as sent
          </button>
        )}
      </>
    );
  }
  return (
    <>
      {said !== null && (
        <div className="mark" role="note" data-testid="body-loss">
          <Icon name="warning" />
          <span>{said}</span>
        </div>
      )}
      <BodyContent
        bytes={loaded.bytes}
        contentType={message.content_type}
        loss={loss}
        {...(onWish === undefined ? {} : { wish: wish ?? null, onWish })}
      />
      <div className="body-foot">
        {undecodable ? "As sent, content coding on. " : ""}
        {formatBytes(loaded.bytes.length)}
        {message.content_encoding !== null && !undecodable
          ? ` decoded from ${formatBytes(message.saved_body_bytes)} of ${message.content_encoding}`
          : ""}
        {message.body_state === "capped"
          ? `, the first part of ${formatBytes(message.body_bytes)}`
          : ""}
        {message.missing_bytes > 0
          ? `; ${formatBytes(message.missing_bytes)} were never captured`
          : ""}
      </div>
    </>
  );
}

interface DownloadProps {
  readonly url: string;
  readonly label: string;
  readonly missing?: number; // bytes that the file will be without
}

export function DownloadLink({ url, label, missing = 0 }: DownloadProps) {
  const address = `${url}${url.includes("?") ? "&" : "?"}download=true`;
  return (
    <a
      className="button is-bare is-small"
      href={address}
      download
      title={missing > 0 ? "Its name tells how many bytes were never captured" : undefined}
    >
      <Icon name={missing > 0 ? "warning" : "download"} />
      {missing > 0 ? `${label} without ${formatBytes(missing)}` : label}
    </a>
  );
}
