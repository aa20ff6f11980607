// BodyView: one body, fetched when it is looked at, and for download. The bytes come from
// the server as data; nothing in them is ever interpreted as a document.

import { useEffect, useState } from "react";
import { getBytes } from "../api/client";
import type { Message } from "../api/types";
import { formatBytes } from "../base/format";
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
      <BodyContent
        bytes={loaded.bytes}
        contentType={message.content_type}
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
      </div>
    </>
  );
}

export function DownloadLink({ url, label }: { url: string; label: string }) {
  const address = `${url}${url.includes("?") ? "&" : "?"}download=true`;
  return (
    <a className="button is-bare is-small" href={address} download>
      <Icon name="download" />
      {label}
    </a>
  );
}
