// Bodies as text, as coloured lines and as bytes. Only the lines in view exist in the page, so a
// body of many megabytes opens as fast as a small one. Everything captured becomes text nodes.

import { useMemo, type ReactNode } from "react";
import { hexLayout, hexRow } from "../base/hex";
import { type Gap, gapText } from "../base/holes";
import { kLineMax, textRows } from "../base/text_rows";
import type { Line } from "../base/tokens";
import { BigList } from "./BigList";

// 0: a place for a number, and none.
function Number({ value, highest }: { value: number; highest: number }) {
  const gutter = String(highest).length;
  return (
    <span className="code-number" style={{ minWidth: `calc(${gutter + 1}ch + 10px)` }}>
      {value === 0 ? "" : value}
    </span>
  );
}

function HoleMark({ gap }: { gap: Gap }) {
  return (
    <span className="code-hole" data-testid="hole">
      {gapText(gap)}
    </span>
  );
}

const kNoGaps: readonly Gap[] = [];

interface TextProps {
  readonly runs: readonly string[]; // before, between and behind the gaps
  readonly gaps?: readonly Gap[];
  readonly label?: string;
}

export function TextView({ runs, gaps = kNoGaps, label = "Body as text" }: TextProps) {
  const rows = useMemo(() => textRows(runs, gaps), [runs, gaps]);
  const render = (index: number): ReactNode => {
    const gap = rows.holes.get(index);
    return (
      <>
        <Number value={rows.numbers[index] ?? 0} highest={rows.last} />
        {gap === undefined ? <span>{rows.texts[index]}</span> : <HoleMark gap={gap} />}
      </>
    );
  };
  return <BigList count={rows.texts.length} label={label} testId="body-text" render={render} />;
}

export function LinesView({ lines, label }: { lines: readonly Line[]; label: string }) {
  const render = (index: number): ReactNode => (
    <>
      <Number value={index + 1} highest={lines.length} />
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

export function HexView({ bytes, gaps = kNoGaps }: { bytes: Uint8Array; gaps?: readonly Gap[] }) {
  const layout = useMemo(() => hexLayout(bytes.length, gaps), [bytes, gaps]);
  const render = (index: number): ReactNode => {
    const row = hexRow(bytes, layout, index);
    if ("at" in row) {
      return (
        <>
          <span className="code-number">{"".padEnd(8)}</span>
          <HoleMark gap={row} />
        </>
      );
    }
    return (
      <>
        <span className="code-number">{row.offset}</span>
        <span>{row.hex}</span>
        <span className="hex-text">{row.text}</span>
      </>
    );
  };
  return <BigList count={layout.rows} label="Body as bytes" testId="body-text" render={render} />;
}
