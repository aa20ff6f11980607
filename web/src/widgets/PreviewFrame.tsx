// PreviewFrame: an HTML body as a browser shows it, in a frame that can run nothing and fetch
// nothing. Three things see to that, each alone enough: only harmless nodes are made
// (base/capturedPage.ts); the frame is sandboxed, without scripts, forms, popups or navigation; a
// policy in it refuses every load. The frame has this page's origin so that styles can be set as
// objects, which the strict policy of the page does not allow as text.

import { useLayoutEffect, useRef, useState } from "react";
import { plural } from "../base/format";
import { type Copied, copyPage, type LeftOut } from "../base/capturedPage";
import { Icon } from "./Icon";

const kPolicy =
  "default-src 'none'; img-src data:; style-src 'none'; script-src 'none'; base-uri 'none'; " +
  "form-action 'none'; frame-src 'none'; object-src 'none'";

function fill(frame: HTMLIFrameElement, source: string): Copied | null {
  const document = frame.contentDocument;
  if (document === null) return null;
  const head = document.head;
  const policy = document.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = kPolicy;
  const names = document.createElement("meta");
  names.httpEquiv = "x-dns-prefetch-control";
  names.content = "off";
  head.replaceChildren(policy, names);
  const copied = copyPage(source, document);
  const Sheet = (frame.contentWindow as (Window & typeof globalThis) | null)?.CSSStyleSheet;
  if (Sheet !== undefined && "adoptedStyleSheets" in document) {
    const made = [":root { background: #fff; color: #000; color-scheme: light; }"]
      .concat(copied.sheets)
      .map((css) => {
        const sheet = new Sheet();
        sheet.replaceSync(css);
        return sheet;
      });
    document.adoptedStyleSheets = made;
  }
  return copied;
}

function leftText(left: LeftOut): string {
  const parts = [
    left.scripts > 0 ? plural(left.scripts, "script") : "",
    left.sheets > 0 ? plural(left.sheets, "style sheet") : "",
    left.pictures > 0 ? plural(left.pictures, "picture") : "",
    left.others > 0 ? plural(left.others, "frame or medium", "frames and media") : "",
  ].filter((part) => part !== "");
  return parts.length === 0
    ? "Nothing runs in here and nothing is fetched."
    : `Nothing runs in here and nothing is fetched: ${parts.join(", ")} left out.`;
}

export function PreviewFrame({ source }: { source: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [copied, setCopied] = useState<Copied | null>(null);
  useLayoutEffect(() => {
    if (frame.current !== null) setCopied(fill(frame.current, source));
  }, [source]);
  return (
    <div className="preview">
      <p className="preview-note" data-testid="preview-note">
        <Icon name="info" />
        {copied === null ? "This browser does not let the frame be filled." : leftText(copied.left)}
        {copied?.cut === true && " The page is very large: only its beginning is shown."}
      </p>
      <iframe
        ref={frame}
        className="preview-frame"
        sandbox="allow-same-origin"
        referrerPolicy="no-referrer"
        title="The body as a browser shows it"
        data-testid="preview"
      />
    </div>
  );
}
