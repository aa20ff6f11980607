// The parts of a multipart body (RFC 2046 section 5.1), as views of its bytes. A body that was cut
// still gives the parts that are there. Pure.

import type { Pair } from "./heads";

export interface Part {
  readonly headers: readonly Pair[];
  readonly bytes: Uint8Array;
  readonly closed: boolean; // its delimiter follows
}

const kPartsMax = 1_000;

export function boundaryOf(contentType: string): string | null {
  const match = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))/i.exec(contentType);
  const boundary = match?.[1]?.replace(/\\(.)/g, "$1") ?? match?.[2] ?? "";
  return boundary === "" ? null : boundary;
}

function find(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  const first = wanted[0] ?? 0;
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    let n = 1;
    while (n < wanted.length && bytes[at + n] === wanted[n]) n += 1;
    if (n === wanted.length) return at;
  }
  return -1;
}

const latin1 = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");

function partOf(bytes: Uint8Array, closed: boolean): Part {
  const blank = find(bytes, new Uint8Array([13, 10, 13, 10]), 0);
  const none = bytes[0] === 13 && bytes[1] === 10;
  if (none || blank < 0) return { headers: [], bytes: bytes.subarray(none ? 2 : 0), closed };
  const headers = latin1(bytes.subarray(0, Math.min(blank, 65_536)))
    .replace(/\r\n[ \t]+/g, " ")
    .split("\r\n")
    .map((line) => {
      const at = line.indexOf(":");
      return at < 0
        ? { name: line, value: "" }
        : { name: line.slice(0, at), value: line.slice(at + 1).trim() };
    });
  return { headers, bytes: bytes.subarray(blank + 4), closed };
}

// Null when no delimiter is found.
export function splitMultipart(bytes: Uint8Array, boundary: string): Part[] | null {
  const delimiter = Uint8Array.from(`--${boundary}`, (c) => c.charCodeAt(0) & 0xff);
  const parts: Part[] = [];
  const lineStart = (at: number): boolean =>
    at === 0 || (bytes[at - 1] === 10 && bytes[at - 2] === 13);
  // Behind it: nothing but blanks up to the line's end, or the two dashes of the last one.
  const lineEnd = (from: number): boolean => {
    let at = from;
    if (bytes[at] === 0x2d && bytes[at + 1] === 0x2d) return true;
    while (bytes[at] === 0x20 || bytes[at] === 0x09) at += 1;
    return at >= bytes.length || (bytes[at] === 13 && bytes[at + 1] === 10);
  };
  const next = (from: number): number => {
    let at = find(bytes, delimiter, from);
    while (at >= 0 && !(lineStart(at) && lineEnd(at + delimiter.length)))
      at = find(bytes, delimiter, at + 1);
    return at;
  };
  let at = next(0);
  if (at < 0) return null;
  while (at >= 0 && parts.length < kPartsMax) {
    const behind = at + delimiter.length;
    if (bytes[behind] === 0x2d && bytes[behind + 1] === 0x2d) return parts;
    const line = find(bytes, new Uint8Array([13, 10]), behind);
    if (line < 0) return parts;
    const end = next(line + 2);
    parts.push(partOf(bytes.subarray(line + 2, end < 0 ? undefined : end - 2), end >= 0));
    at = end;
  }
  return parts;
}

export function parameterOf(value: string, name: string): string | null {
  const match = new RegExp(`;\\s*${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;]+))`, "i").exec(
    value,
  );
  return match?.[1]?.replace(/\\(.)/g, "$1") ?? match?.[2] ?? null;
}
