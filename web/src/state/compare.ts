// What is different between communications: fields, headers, bodies. JSON is compared by its
// values, text by its lines, all else by its bytes. Pure.

import { diffArrays, diffLines } from "diff";
import { type CommunicationDetail, type Message, wireText } from "../api/types";
import { formatBytes, formatDuration } from "../base/format";
import {
  type JsonTable,
  keyText,
  kArray,
  kObject,
  pathOf,
  readJson,
  textAt,
} from "../base/json_table";
import { decodeText, isJson, isTextual, looksTextual, parseMediaType } from "../base/media";
import { formatDateTime, micros } from "../base/time";
import { type End, type EndName, machineName, toldApart } from "./hostName";

export interface CompareRow {
  readonly name: string;
  readonly values: readonly (string | null)[]; // null: not there
  readonly differs: boolean;
  readonly hosts?: readonly EndName[]; // what stands for the values, which are addresses
}

function rowOf(name: string, values: readonly (string | null)[]): CompareRow {
  return { name, values, differs: values.some((value) => value !== values[0]) };
}

const duration = (us: number | null): string | null => (us === null ? null : formatDuration(us));

// One side alone has no duration from the question to the answer.
const kNoDuration: ReadonlySet<string> = new Set(["no_response", "no_request"]);

type Read = (detail: CommunicationDetail) => string | number | null;

const kFields: readonly (readonly [name: string, read: Read, end?: End])[] = [
  ["Method", (d) => d.method],
  ["Host", (d) => d.host],
  ["Path", (d) => d.path],
  ["Status", (d) => d.status],
  ["State", (d) => d.state],
  ["Start", (d) => formatDateTime(micros(d.start_us), "micro")],
  ["Duration", (d) => duration(kNoDuration.has(d.state) ? null : d.duration_us)],
  ["Connect", (d) => duration(d.connect_us)],
  ["Request sent in", (d) => duration(d.request_us)],
  ["Wait", (d) => duration(d.wait_us)],
  ["Response sent in", (d) => duration(d.response_us)],
  ["Connection ended after", (d) => duration(d.ended_after_us)],
  ["Client", (d) => d.client_ip, "client"],
  ["Client port", (d) => d.client_port],
  ["Server", (d) => d.server_ip, "server"],
  ["Server port", (d) => d.server_port],
  ["HTTP version", (d) => d.http_version],
  [
    "Request body",
    (d) => (d.request_body_bytes === null ? null : formatBytes(d.request_body_bytes)),
  ],
  [
    "Response body",
    (d) => (d.response_body_bytes === null ? null : formatBytes(d.response_body_bytes)),
  ],
  ["Response type", (d) => d.response_type],
  ["Encoding", (d) => d.response_encoding],
  ["Missing bytes", (d) => d.missing_bytes],
  ["Bytes sent again", (d) => d.retransmitted_bytes],
  ["Oddities", (d) => d.codes.join(", ")],
  ["Identity", (d) => d.meaning?.identity ?? null],
  ["Origin", (d) => d.meaning?.origin ?? null],
  ["Whisperer", (d) => d.whisperer],
  ["Upload", (d) => d.upload],
  ["Session", (d) => d.session_id],
  ["Place in its session", (d) => d.ordinal + 1],
];

// Any two calls differ in these, and it says nothing of why one went otherwise.
export const kAside: ReadonlySet<string> = new Set([
  "Start",
  "Client port",
  "Session",
  "Place in its session",
]);

export function fieldRows(details: readonly CommunicationDetail[]): CompareRow[] {
  return kFields.map(([name, read, end]) => {
    const row = rowOf(
      name,
      details.map((detail) => {
        const value = read(detail);
        return value === null ? null : wireText(String(value));
      }),
    );
    if (end === undefined) return row;
    return { ...row, hosts: toldApart(details.map((detail) => machineName(detail, end))) };
  });
}

// Names without regard to case, as HTTP has them; several of one name are one row with their lines.
export function headerRows(messages: readonly (Message | null)[]): CompareRow[] {
  const names = new Map<string, string>();
  for (const message of messages)
    for (const header of message?.headers ?? []) {
      const key = header.name.toLowerCase();
      if (!names.has(key)) names.set(key, header.name);
    }
  return [...names].map(([key, name]) =>
    rowOf(
      wireText(name),
      messages.map((message) => {
        const values = (message?.headers ?? [])
          .filter((header) => header.name.toLowerCase() === key)
          .map((header) => wireText(header.value));
        return values.length === 0 ? null : values.join("\n");
      }),
    ),
  );
}

export interface Change {
  readonly path: string;
  readonly kind: "added" | "removed" | "changed";
  readonly before: string | null; // as JSON text, cut
  readonly after: string | null;
}

export interface DiffLine {
  readonly kind: "same" | "added" | "removed" | "skipped";
  readonly text: string;
}

export type BodyDiff =
  | { readonly kind: "equal"; readonly note: string }
  | { readonly kind: "json"; readonly changes: readonly Change[]; readonly more: boolean }
  | { readonly kind: "text"; readonly lines: readonly DiffLine[] }
  | { readonly kind: "bytes"; readonly note: string };

export const kCompareBytes = 4_000_000; // larger bodies are compared by their bytes alone
const kChangesMax = 2_000;
const kValueMax = 300;
const kAlignMax = 3_000;
const kContext = 3;
const kDeep = 500;
const kPatienceMs = 1_500;

interface Side {
  readonly bytes: Uint8Array;
  readonly table: JsonTable;
}

function valueText({ bytes, table }: Side, row: number): string {
  const [from, to] = [table.start[row] ?? 0, table.end[row] ?? 0];
  const text = textAt(bytes, from, Math.min(to, from + kValueMax * 2)).replace(/\s+/g, " ");
  return text.length > kValueMax || to - from > kValueMax * 2
    ? `${text.slice(0, kValueMax)}…`
    : text;
}

function childRows(table: JsonTable, row: number): number[] {
  const rows: number[] = [];
  const end = table.next[row] ?? row + 1;
  for (let at = row + 1; at < end; at = table.next[at] ?? end) rows.push(at);
  return rows;
}

function unescaped(key: string): string {
  try {
    return String(JSON.parse(key));
  } catch {
    return key;
  }
}

// A scalar as it is written, strings by what they mean; containers without blanks, keys in order.
function canonical(side: Side, row: number, deep = 0): string {
  const { bytes, table } = side;
  const kind = table.kind[row];
  // What is nested deeper than any stack is taken as it is written.
  if ((kind !== kObject && kind !== kArray) || deep > kDeep) {
    const text = textAt(bytes, table.start[row] ?? 0, table.end[row] ?? 0);
    return text.startsWith('"') ? JSON.stringify(unescaped(text)) : text;
  }
  const parts = childRows(table, row).map((child) => {
    const key = keyText(bytes, table, child);
    const value = canonical(side, child, deep + 1);
    return key === null ? value : `${JSON.stringify(unescaped(key))}:${value}`;
  });
  if (kind === kObject) parts.sort();
  return kind === kObject ? `{${parts.join(",")}}` : `[${parts.join(",")}]`;
}

type Pairing = readonly (readonly [number | null, number | null])[];

// Elements that are equal stand for each other; what is between them is paired in order.
function pairElements(
  a: Side,
  b: Side,
  left: readonly number[],
  right: readonly number[],
): Pairing {
  const inOrder = (
    xs: readonly number[],
    ys: readonly number[],
  ): [number | null, number | null][] =>
    Array.from({ length: Math.max(xs.length, ys.length) }, (_, n) => [
      xs[n] ?? null,
      ys[n] ?? null,
    ]);
  if (left.length === right.length || left.length + right.length > kAlignMax)
    return inOrder(left, right);
  const parts = diffArrays(
    left.map((row) => canonical(a, row)),
    right.map((row) => canonical(b, row)),
    { timeout: kPatienceMs },
  );
  if (parts === undefined) return inOrder(left, right);
  const pairs: [number | null, number | null][] = [];
  let [i, j] = [0, 0];
  let [gone, come]: [number[], number[]] = [[], []];
  const flush = (): void => {
    pairs.push(...inOrder(gone, come));
    [gone, come] = [[], []];
  };
  for (const part of parts) {
    const n = part.value.length;
    if (part.removed) gone.push(...left.slice(i, (i += n)));
    else if (part.added) come.push(...right.slice(j, (j += n)));
    else {
      flush();
      pairs.push(...inOrder(left.slice(i, (i += n)), right.slice(j, (j += n))));
    }
  }
  flush();
  return pairs;
}

// Keys that come twice are paired in their order.
function pairKeys(a: Side, b: Side, left: readonly number[], right: readonly number[]): Pairing {
  const rest = new Map<string, number[]>();
  for (const row of right) {
    const key = unescaped(keyText(b.bytes, b.table, row) ?? "");
    rest.set(key, [...(rest.get(key) ?? []), row]);
  }
  const pairs: [number | null, number | null][] = left.map((row) => {
    const key = unescaped(keyText(a.bytes, a.table, row) ?? "");
    return [row, rest.get(key)?.shift() ?? null];
  });
  for (const rows of rest.values()) for (const row of rows) pairs.push([null, row]);
  return pairs;
}

export function jsonChanges(a: Side, b: Side): { changes: Change[]; more: boolean } {
  const changes: Change[] = [];
  const stack: [number | null, number | null][] = [[0, 0]];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const [x, y] = top;
    if (changes.length >= kChangesMax) return { changes, more: true };
    if (x === null || y === null) {
      const path = x === null ? pathOf(b.bytes, b.table, y ?? 0) : pathOf(a.bytes, a.table, x);
      changes.push({
        path,
        kind: x === null ? "added" : "removed",
        before: x === null ? null : valueText(a, x),
        after: y === null ? null : valueText(b, y),
      });
      continue;
    }
    const kind = a.table.kind[x];
    if (kind === b.table.kind[y] && (kind === kObject || kind === kArray)) {
      const [left, right] = [childRows(a.table, x), childRows(b.table, y)];
      const pairs = kind === kArray ? pairElements(a, b, left, right) : pairKeys(a, b, left, right);
      for (let n = pairs.length - 1; n >= 0; n -= 1) {
        const [l = null, r = null] = pairs[n] ?? [];
        stack.push([l, r]);
      }
      continue;
    }
    const scalar = kind !== kObject && kind !== kArray && kind === b.table.kind[y];
    if (scalar && canonical(a, x) === canonical(b, y)) continue;
    changes.push({
      path: pathOf(b.bytes, b.table, y),
      kind: "changed",
      before: valueText(a, x),
      after: valueText(b, y),
    });
  }
  return { changes, more: false };
}

// Lines that are the same on both sides are left out but for some around a change.
function shortened(lines: DiffLine[]): DiffLine[] {
  const near = new Uint8Array(lines.length);
  lines.forEach(({ kind }, at) => {
    if (kind === "same") return;
    for (let n = Math.max(0, at - kContext); n <= Math.min(lines.length - 1, at + kContext); n += 1)
      near[n] = 1;
  });
  const shown: DiffLine[] = [];
  let skipped = 0;
  const tell = (): void => {
    if (skipped > 0) shown.push({ kind: "skipped", text: `${skipped} equal lines` });
    skipped = 0;
  };
  lines.forEach((line, at) => {
    if (near[at] === 0) {
      skipped += 1;
      return;
    }
    tell();
    shown.push(line);
  });
  tell();
  return shown;
}

export function textDiff(before: string, after: string): DiffLine[] | null {
  const parts = diffLines(before, after, { timeout: kPatienceMs, stripTrailingCr: false });
  if (parts === undefined) return null;
  const lines: DiffLine[] = [];
  for (const part of parts) {
    const kind = part.added ? "added" : part.removed ? "removed" : "same";
    const texts = part.value.split("\n");
    if (texts[texts.length - 1] === "") texts.pop();
    for (const text of texts) lines.push({ kind, text });
  }
  return shortened(lines);
}

function bytesDiff(a: Uint8Array, b: Uint8Array): BodyDiff {
  const least = Math.min(a.length, b.length);
  let at = 0;
  while (at < least && a[at] === b[at]) at += 1;
  if (at === least && a.length === b.length)
    return { kind: "equal", note: `the same ${formatBytes(a.length)}` };
  const sizes =
    a.length === b.length
      ? formatBytes(a.length)
      : `${formatBytes(a.length)} and ${formatBytes(b.length)}`;
  return { kind: "bytes", note: `${sizes}, different from byte ${at} on` };
}

export interface BodyPart {
  readonly bytes: Uint8Array;
  readonly type: string | null;
}

export function bodyDiff(a: BodyPart, b: BodyPart): BodyDiff {
  const plain = bytesDiff(a.bytes, b.bytes);
  if (plain.kind === "equal" || Math.max(a.bytes.length, b.bytes.length) > kCompareBytes)
    return plain;
  const [left, right] = [parseMediaType(a.type), parseMediaType(b.type)];
  const worth = (type: string): boolean => isJson(type) || type === "";
  if (worth(left.type) && worth(right.type)) {
    const utf8 = (part: BodyPart, charset: string): Uint8Array =>
      charset === "utf-8" ? part.bytes : new TextEncoder().encode(decodeText(part.bytes, charset));
    const [x, y] = [utf8(a, left.charset), utf8(b, right.charset)];
    const [first, second] = [readJson(x, true), readJson(y, true)];
    if ("table" in first && "table" in second && !first.cut && !second.cut) {
      const one = (table: JsonTable): boolean => table.next[0] === table.count;
      if (one(first.table) && one(second.table)) {
        const found = jsonChanges(
          { bytes: x, table: first.table },
          { bytes: y, table: second.table },
        );
        if (found.changes.length === 0)
          return { kind: "equal", note: "the same values, written differently" };
        return { kind: "json", ...found };
      }
    }
  }
  const textual = (part: BodyPart, type: string): boolean =>
    isTextual(type) || looksTextual(part.bytes);
  if (textual(a, left.type) && textual(b, right.type)) {
    const lines = textDiff(decodeText(a.bytes, left.charset), decodeText(b.bytes, right.charset));
    if (lines !== null) return { kind: "text", lines };
  }
  return plain;
}
