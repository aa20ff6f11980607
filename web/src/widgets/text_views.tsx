// Bodies as text, as JSON and as bytes. Only the lines in view exist in the page, so a body of
// many megabytes opens as fast as a small one. Everything captured becomes text nodes.

import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, type ReactNode } from "react";
import { hexRow, hexRows } from "../base/hex";
import type { Line } from "../base/json";

const kLineHeight = 18;
const kLineMax = 4_000; // characters shown of one line; a minified file is one line of megabytes

interface LinesProps {
  readonly count: number;
  readonly render: (index: number) => ReactNode;
  readonly numbered: boolean;
  readonly label: string;
}

function Lines({ count, render, numbered, label }: LinesProps) {
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => kLineHeight,
    overscan: 20,
  });
  const gutter = String(count).length;
  return (
    <div
      className="code"
      ref={box}
      tabIndex={0}
      role="region"
      aria-label={label}
      data-testid="body-text"
    >
      <div className="code-space" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((row) => (
          <div
            className="code-line"
            key={row.key}
            style={{ transform: `translateY(${row.start}px)` }}
          >
            {numbered && (
              <span className="code-number" style={{ minWidth: `${gutter + 1}ch` }}>
                {row.index + 1}
              </span>
            )}
            {render(row.index)}
          </div>
        ))}
      </div>
    </div>
  );
}

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

export function TextView({ text }: { text: string }) {
  const lines = useMemo(() => foldLines(text), [text]);
  return (
    <Lines
      count={lines.length}
      numbered
      label="Body as text"
      render={(i) => <span>{lines[i]}</span>}
    />
  );
}

export function JsonView({ lines }: { lines: readonly Line[] }) {
  const render = (index: number): ReactNode => (
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
  );
  return <Lines count={lines.length} numbered label="Body as JSON" render={render} />;
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
  return <Lines count={hexRows(bytes)} numbered={false} label="Body as bytes" render={render} />;
}
