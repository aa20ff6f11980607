// BodyView: one body, as pretty JSON, text, image or bytes, and for download. The bytes come from
// the server as data; nothing in them is ever interpreted as a document.

import { useEffect, useMemo, useState } from "react";
import { getBytes } from "../api/client";
import type { Message } from "../api/types";
import { formatBytes } from "../base/format";
import { prettyJson } from "../base/json";
import {
  decodeText,
  isJson,
  isSafeImage,
  isTextual,
  looksTextual,
  parseMediaType,
} from "../base/media";
import { Failure } from "./Failure";
import { Icon } from "./Icon";
import { Skeleton } from "./states";
import { Tabs } from "./Tabs";
import { HexView, JsonView, TextView } from "./text_views";

export interface BodySource {
  readonly message: Message;
  readonly raw: string | null; // addresses, when they exist
  readonly decoded: string | null;
}

type View = "pretty" | "text" | "image" | "hex";

const kAskFirst = 24_000_000; // larger bodies wait for a click
const kPrettyMax = 12_000_000;

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

function ImageView({ bytes, type }: { bytes: Uint8Array; type: string }) {
  const [url, setUrl] = useState<string | null>(null);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes as BlobPart], { type }));
    setUrl(made);
    setBroken(false);
    return () => URL.revokeObjectURL(made);
  }, [bytes, type]);
  return (
    <div className="image-view" data-testid="body-image">
      {broken ? (
        <span className="chip is-warn">Not a picture that can be decoded; see its bytes.</span>
      ) : (
        url !== null && <img src={url} alt="Captured body" onError={() => setBroken(true)} />
      )}
    </div>
  );
}

function viewsFor(type: string, bytes: Uint8Array, pretty: boolean): View[] {
  const views: View[] = [];
  if (isSafeImage(type)) views.push("image");
  if (pretty) views.push("pretty");
  if (isTextual(type) || looksTextual(bytes)) views.push("text");
  views.push("hex");
  return views;
}

const kLabels: Record<View, string> = {
  pretty: "Pretty",
  text: "Text",
  image: "Image",
  hex: "Hex",
};

function Content({ bytes, message }: { bytes: Uint8Array; message: Message }) {
  const media = useMemo(() => parseMediaType(message.content_type), [message.content_type]);
  const text = useMemo(() => decodeText(bytes, media.charset), [bytes, media.charset]);
  const pretty = useMemo(() => {
    const worth = isJson(media.type) || (media.type === "" && /^\s*[[{]/.test(text.slice(0, 64)));
    return worth && bytes.length <= kPrettyMax ? prettyJson(text) : null;
  }, [bytes.length, media.type, text]);
  const views = viewsFor(media.type, bytes, pretty !== null);
  const [wish, setWish] = useState<View | null>(null);
  const view = wish !== null && views.includes(wish) ? wish : (views[0] ?? "hex");
  return (
    <Tabs
      small
      label="How to show the body"
      tabs={views.map((key) => ({ key, label: kLabels[key] }))}
      chosen={view}
      onChoose={setWish}
    >
      <div className="body-view">
        {view === "pretty" && pretty !== null && <JsonView lines={pretty} />}
        {view === "text" && <TextView text={text} />}
        {view === "image" && <ImageView bytes={bytes} type={media.type} />}
        {view === "hex" && <HexView bytes={bytes} />}
      </div>
    </Tabs>
  );
}

export function BodyView({ source }: { source: BodySource }) {
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
      <Content bytes={loaded.bytes} message={message} />
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
