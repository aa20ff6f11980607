// Bytes as a hex dump: offset, sixteen bytes, their ASCII. Where bytes are missing a row of its own
// says so, and the offsets go on behind it.

import { type Gap, type Run, runsOf } from "./holes";

export const kHexRow = 16;

export interface HexRow {
  readonly offset: string;
  readonly hex: string;
  readonly text: string;
}

interface Stretch {
  readonly row: number; // its first
  readonly run: Run | null;
  readonly gap: Gap | null;
}

export interface HexLayout {
  readonly rows: number;
  readonly stretches: readonly Stretch[];
}

export function hexLayout(length: number, gaps: readonly Gap[] = []): HexLayout {
  const stretches: Stretch[] = [];
  let row = 0;
  runsOf(length, gaps).forEach((run, index) => {
    if (run.to > run.from) {
      stretches.push({ row, run, gap: null });
      const end = run.offset + run.to - run.from;
      row += Math.ceil(end / kHexRow) - Math.floor(run.offset / kHexRow);
    }
    const gap = gaps[index];
    if (gap !== undefined) {
      stretches.push({ row, run: null, gap });
      row += 1;
    }
  });
  return { rows: row, stretches };
}

function stretchOf({ stretches }: HexLayout, row: number): Stretch | undefined {
  let [low, high] = [0, stretches.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((stretches[middle]?.row ?? 0) <= row) low = middle;
    else high = middle - 1;
  }
  return stretches[low];
}

// A row of bytes, or the hole that stands in its place.
export function hexRow(bytes: Uint8Array, layout: HexLayout, row: number): HexRow | Gap {
  const stretch = stretchOf(layout, row);
  if (stretch === undefined || stretch.run === null)
    return stretch?.gap ?? { offset: "", hex: "", text: "" };
  const { run } = stretch;
  // Rows lie on multiples of sixteen; the first of a run may begin within one.
  const start = (Math.floor(run.offset / kHexRow) + row - stretch.row) * kHexRow;
  let hex = "";
  let text = "";
  for (let index = 0; index < kHexRow; index += 1) {
    const at = start + index - run.offset + run.from;
    const byte = at >= run.from && at < run.to ? bytes[at] : undefined;
    if (index === kHexRow / 2) hex += " ";
    hex += byte === undefined ? "   " : `${byte.toString(16).padStart(2, "0")} `;
    if (byte !== undefined) text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·";
    else if (at < run.from) text += " ";
  }
  return { offset: start.toString(16).padStart(8, "0"), hex: hex.trimEnd().padEnd(48), text };
}
