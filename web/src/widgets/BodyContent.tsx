// BodyContent: bytes in every form in which they can be read. Which forms those are follows from
// their declared type; the bytes themselves only decide when nothing is declared.

import { useEffect, useMemo, useState } from "react";
import { formatBytes } from "../base/format";
import { formPairs, type Pair } from "../base/heads";
import { brokenBy, type Gap, type Loss, runsOf } from "../base/holes";
import { prettyMarkup } from "../base/markup";
import {
  decodeText,
  isForm,
  isHtml,
  isJson,
  isSafeImage,
  isTextual,
  isXml,
  looksTextual,
  parseMediaType,
} from "../base/media";
import { boundaryOf, parameterOf, type Part, splitMultipart } from "../base/multipart";
import { faultText, JsonTree, useJson } from "./JsonTree";
import { PairTable } from "./PairTable";
import { PreviewFrame } from "./PreviewFrame";
import { Skeleton } from "./states";
import { Tabs } from "./Tabs";
import { HexView, LinesView, TextView } from "./text_views";

export const kBodyViews = ["pretty", "browser", "parts", "form", "image", "text", "hex"] as const;
export type BodyView = (typeof kBodyViews)[number];

const kMarkupMax = 4_000_000; // characters that are laid out or previewed at once
const kPartsDeep = 3;

const kLabels: Record<BodyView, string> = {
  pretty: "Pretty",
  browser: "As a browser",
  parts: "Parts",
  form: "Form",
  image: "Picture",
  text: "Text",
  hex: "Hex",
};

function ImageView({ bytes, type }: { bytes: Uint8Array; type: string }) {
  const [url, setUrl] = useState<string | null>(null);
  const [size, setSize] = useState<string | null>(null);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes as BlobPart], { type }));
    setUrl(made);
    setBroken(false);
    setSize(null);
    return () => URL.revokeObjectURL(made);
  }, [bytes, type]);
  return (
    <div className="image-view" data-testid="body-image">
      {broken ? (
        <span className="chip is-warn">Not a picture that can be decoded; see its bytes.</span>
      ) : (
        url !== null && (
          <img
            src={url}
            alt="Captured body"
            onError={() => setBroken(true)}
            onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
              setSize(`${naturalWidth} × ${naturalHeight}`)
            }
          />
        )
      )}
      {size !== null && <span className="chip image-size">{size}</span>}
    </div>
  );
}

const kFirstBytes = new Set([0x7b, 0x5b]); // { [

function looksLikeJson(bytes: Uint8Array): boolean {
  let at = 0;
  while (at < 64 && [0x20, 0x09, 0x0a, 0x0d].includes(bytes[at] ?? 0)) at += 1;
  return kFirstBytes.has(bytes[at] ?? 0);
}

// An SVG in an <img> runs no script and fetches nothing; it is still a document, so text first.
function viewsFor(type: string, bytes: Uint8Array, json: boolean, parts: boolean): BodyView[] {
  const views: BodyView[] = [];
  const markup = (isXml(type) || isHtml(type)) && bytes.length <= kMarkupMax;
  if (isSafeImage(type)) views.push("image");
  if (json || markup) views.push("pretty");
  if (isHtml(type) && markup) views.push("browser");
  if (isForm(type)) views.push("form");
  if (parts) views.push("parts");
  if (type === "image/svg+xml") views.push("image");
  if (isTextual(type) || looksTextual(bytes)) views.push("text");
  views.push("hex");
  return views;
}

function bytesOnly(type: string, bytes: Uint8Array): BodyView[] {
  return isTextual(type) || looksTextual(bytes) ? ["text", "hex"] : ["hex"];
}

// What the bytes could be read as if none were missing; null for text and bytes.
function readAs(type: string, bytes: Uint8Array): string | null {
  if (isJson(type) || (type === "" && looksLikeJson(bytes))) return "JSON";
  if (isHtml(type)) return "HTML";
  if (isXml(type)) return "XML";
  if (isForm(type)) return "a form";
  if (type.startsWith("multipart/")) return "parts";
  return isSafeImage(type) ? "a picture" : null;
}

function PartView({ part, depth }: { part: Part; depth: number }) {
  const header = (name: string): string =>
    part.headers.find((pair: Pair) => pair.name.toLowerCase() === name)?.value ?? "";
  const disposition = header("content-disposition");
  const name = parameterOf(disposition, "name");
  const file = parameterOf(disposition, "filename");
  const type = header("content-type");
  return (
    <section className="part" data-testid="part">
      <h4>
        {name ?? "Part"} {file !== null && <span className="chip">{file}</span>}
        <span className="faint">{formatBytes(part.bytes.length)}</span>
        {!part.closed && <span className="chip is-warn">its end is missing</span>}
      </h4>
      <PairTable label="Headers of the part" pairs={part.headers} />
      <div className="part-body">
        <BodyContent
          bytes={part.bytes}
          contentType={type === "" ? "text/plain" : type}
          depth={depth}
        />
      </div>
    </section>
  );
}

function Parts({ bytes, contentType, depth }: ContentProps & { depth: number }) {
  const parts = useMemo(
    () => splitMultipart(bytes, boundaryOf(contentType ?? "") ?? "") ?? [],
    [bytes, contentType],
  );
  return (
    <div className="parts" tabIndex={0} role="region" aria-label="Parts of the body">
      {parts.map((part, index) => (
        <PartView key={index} part={part} depth={depth + 1} />
      ))}
    </div>
  );
}

export interface ContentProps {
  readonly bytes: Uint8Array;
  readonly contentType: string | null;
  readonly wish?: BodyView | null;
  readonly onWish?: (view: BodyView) => void;
  readonly depth?: number;
  readonly loss?: Loss | null; // what is not there of them
}

const kNoGaps: readonly Gap[] = [];

export function BodyContent(props: ContentProps) {
  const { bytes, contentType, wish, onWish, depth = 0, loss = null } = props;
  const media = useMemo(() => parseMediaType(contentType), [contentType]);
  const gaps = loss?.gaps ?? kNoGaps;
  // Bytes with a hole between them are no document: what is made of them nobody sent.
  const broken = loss === null ? null : brokenBy(loss, bytes.length);
  const readable = readAs(media.type, bytes);
  const worth = broken === null && readable === "JSON";
  const several = /ndjson|jsonl|json-seq/.test(media.type);
  // The tables count bytes of UTF-8; another charset is written anew.
  const jsonBytes = useMemo(() => {
    if (!worth) return null;
    const utf8 = ["utf-8", "utf8", "us-ascii", "ascii"].includes(media.charset);
    return utf8 ? bytes : new TextEncoder().encode(decodeText(bytes, media.charset));
  }, [bytes, media.charset, worth]);
  const json = useJson(jsonBytes, several);
  const table = json !== null && "table" in json ? json.table : null;
  const parts =
    broken === null &&
    depth < kPartsDeep &&
    media.type.startsWith("multipart/") &&
    boundaryOf(contentType ?? "") !== null;
  const views =
    broken === null
      ? viewsFor(media.type, bytes, worth && (json === null || table !== null), parts)
      : bytesOnly(media.type, bytes);
  const [own, setOwn] = useState<BodyView | null>(null);
  const wanted = onWish === undefined ? own : (wish ?? null);
  const view = wanted !== null && views.includes(wanted) ? wanted : (views[0] ?? "hex");
  const needsText = ["form", "browser"].includes(view) || (view === "pretty" && !worth);
  const text = useMemo(
    () => (needsText ? decodeText(bytes, media.charset) : ""),
    [bytes, media.charset, needsText],
  );
  // Run by run: a hole may lie within a character.
  const runs = useMemo(
    () =>
      view === "text"
        ? runsOf(bytes.length, gaps).map(({ from, to }) =>
            decodeText(bytes.subarray(from, to), media.charset),
          )
        : [],
    [bytes, gaps, media.charset, view],
  );
  const markup = useMemo(
    () => (view === "pretty" && !worth ? prettyMarkup(text, isHtml(media.type)) : null),
    [media.type, text, view, worth],
  );
  return (
    <Tabs
      small
      label="How to show the body"
      tabs={views.map((key) => ({ key, label: kLabels[key] }))}
      chosen={view}
      onChoose={onWish ?? setOwn}
    >
      <div className="body-view">
        {broken !== null && readable !== null && (
          <p className="body-note" data-testid="hole-fault">
            Cannot be read as {readable}: {broken}.
          </p>
        )}
        {json !== null && "fault" in json && isJson(media.type) && (
          <p className="body-note" data-testid="json-fault">
            {faultText(json.fault)}
          </p>
        )}
        {view === "pretty" && json !== null && "cut" in json && json.cut && (
          <p className="body-note" data-testid="json-cut">
            The text ends in the middle; this is what is there.
          </p>
        )}
        {view === "pretty" && worth && json === null && <Skeleton rows={8} />}
        {view === "pretty" && table !== null && jsonBytes !== null && (
          <JsonTree key={table.count} bytes={jsonBytes} table={table} />
        )}
        {view === "pretty" && markup !== null && (
          <LinesView lines={markup} label={isHtml(media.type) ? "Body as HTML" : "Body as XML"} />
        )}
        {view === "browser" && <PreviewFrame source={text} />}
        {view === "form" && (
          <div className="parts" tabIndex={0} role="region" aria-label="Fields of the form">
            <PairTable label="Fields of the form" pairs={formPairs(text)} />
          </div>
        )}
        {view === "parts" && <Parts bytes={bytes} contentType={contentType} depth={depth} />}
        {view === "text" && <TextView runs={runs} gaps={gaps} />}
        {view === "image" && <ImageView bytes={bytes} type={media.type} />}
        {view === "hex" && <HexView bytes={bytes} gaps={gaps} />}
      </div>
    </Tabs>
  );
}
