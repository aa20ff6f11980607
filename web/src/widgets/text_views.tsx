// Bodies as text, as coloured lines and as bytes. Only the lines in view exist in the page, so a
// body of many megabytes opens as fast as a small one. Everything captured becomes text nodes.

import { useMemo, type ReactNode } from "react";
import { hexRow, hexRows } from "../base/hex";
import type { Line } from "../base/tokens";
import { BigList } from "./BigList";

export const kLineMax = 4_000; // characters shown of one line; a minified file is one of megabytes

// A long line is folded into several shown ones, so nothing is hidden and nothing is endless.
function foldLines(text: string): string[] {
  const lines: string[] = [];
  for (const line of text.split(/\r\n|\n|\r/)) {
    for (let at = 0; at < Math.max(1, line.length); at += kLineMax) {
      lines.push(line.slice(at, at + kLineMax));
    }
  }
  return lines;
}

function Number({ index, count }: { index: number; count: number }) {
  const gutter = String(count).length;
  return (
    <span className="code-number" style={{ minWidth: `${gutter + 1}ch` }}>
      {index + 1}
    </span>
  );
}

export function TextView({ text, label = "Body as text" }: { text: string; label?: string }) {
  const lines = useMemo(() => foldLines(text), [text]);
  const render = (index: number): ReactNode => (
    <>
      <Number index={index} count={lines.length} />
      <span>{lines[index]}</span>
    </>
  );
  return <BigList count={lines.length} label={label} testId="body-text" render={render} />;
}

export function LinesView({ lines, label }: { lines: readonly Line[]; label: string }) {
  const render = (index: number): ReactNode => (
    <>
      <Number index={index} count={lines.length} />
      <span>
        {lines[index]?.map((token, at) =>
          token.kind === "mark" ? (
            token.text
          ) : (
            <span key={at} className={`json-${token.kind}`}>
              {token.text.length > kLineMax ? `${token.text.slice(0, kLineMax)}…` : token.text}
            </span>
          ),
        )}
      </span>
    </>
  );
  return <BigList count={lines.length} label={label} testId="body-text" render={render} />;
}

export function HexView({ bytes }: { bytes: Uint8Array }) {
  const render = (index: number): ReactNode => {
    const row = hexRow(bytes, index);
    return (
      <>
        <span className="code-number">{row.offset}</span>
        <span>{row.hex}</span>
        <span className="hex-text">{row.text}</span>
      </>
    );
  };
  return (
    <BigList count={hexRows(bytes)} label="Body as bytes" testId="body-text" render={render} />
  );
}
