// Bytes as a hex dump: offset, sixteen bytes, their ASCII.

export const kHexRow = 16;

export interface HexRow {
  readonly offset: string;
  readonly hex: string;
  readonly text: string;
}

export function hexRow(bytes: Uint8Array, row: number): HexRow {
  const start = row * kHexRow;
  const part = bytes.subarray(start, start + kHexRow);
  let hex = "";
  let text = "";
  for (let index = 0; index < kHexRow; index += 1) {
    const byte = part[index];
    if (index === kHexRow / 2) hex += " ";
    hex += byte === undefined ? "   " : `${byte.toString(16).padStart(2, "0")} `;
    if (byte !== undefined) text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·";
  }
  return { offset: start.toString(16).padStart(8, "0"), hex: hex.trimEnd().padEnd(48), text };
}

export function hexRows(bytes: Uint8Array): number {
  return Math.ceil(bytes.length / kHexRow);
}
