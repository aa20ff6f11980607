// JSON text of any size as flat tables over its bytes: one row per value, in the order of the text.
// Nothing is evaluated or re-encoded: numbers keep their digits, keys their order, duplicates stay.
// Strict as RFC 8259; nesting of any depth needs no stack. Pure; runs in a worker for large bodies.

export const kObject = 1;
export const kArray = 2;
export const kString = 3;
export const kNumber = 4;
export const kWord = 5; // true, false, null

export const kNoKey = 0xffff_ffff;

export interface JsonTable {
  readonly count: number;
  readonly kind: Uint8Array;
  readonly start: Uint32Array; // the value's bytes
  readonly end: Uint32Array;
  readonly key: Uint32Array; // where its key's opening quote is, or kNoKey
  readonly next: Uint32Array; // the row behind all that is inside this one
  readonly parent: Uint32Array; // kNoKey for what stands at the top
  readonly children: Uint32Array;
  readonly depth: Uint16Array; // stops counting at 65535
}

export interface JsonFault {
  readonly at: number; // byte
  readonly what: string;
}

// `cut`: the text ends in the middle, and what is there is told.
export type JsonResult =
  { readonly table: JsonTable; readonly cut: boolean } | { readonly fault: JsonFault };

const kSpace = new Uint8Array(256);
for (const byte of [0x20, 0x09, 0x0a, 0x0d]) kSpace[byte] = 1;
const kPlain = new Uint8Array(256).fill(1); // inside a string, needs no look
kPlain.fill(0, 0, 0x20);
kPlain[0x22] = 0;
kPlain[0x5c] = 0;
const kEscapes = new Set([...'"\\/bfnrt'].map((c) => c.charCodeAt(0)));

const isDigit = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= 0x30 && byte <= 0x39;
const isHex = (byte: number | undefined): boolean =>
  isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);

class Fault extends Error {
  constructor(
    readonly at: number,
    readonly what: string,
    readonly byEnd = false, // more bytes might have mended it
  ) {
    super(what);
  }
}

// The byte behind a string that begins at `at`.
export function stringEnd(bytes: Uint8Array, at: number): number {
  let here = at + 1;
  for (;;) {
    while (kPlain[bytes[here] ?? 0] === 1) here += 1;
    const byte = bytes[here];
    if (byte === 0x22) return here + 1;
    if (byte === undefined) throw new Fault(at, "a string that does not end", true);
    if (byte !== 0x5c) throw new Fault(here, "a control character in a string");
    const escaped = bytes[here + 1];
    if (escaped === 0x75) {
      for (let n = 2; n < 6; n += 1)
        if (!isHex(bytes[here + n]))
          throw new Fault(here, "a \\u without four hex digits", here + n >= bytes.length);
      here += 6;
    } else if (escaped !== undefined && kEscapes.has(escaped)) {
      here += 2;
    } else {
      throw new Fault(here, "an unknown escape", escaped === undefined);
    }
  }
}

function numberEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  const digits = (): void => {
    if (!isDigit(bytes[at])) throw new Fault(at, "a number without digits", at >= bytes.length);
    while (isDigit(bytes[at])) at += 1;
  };
  if (bytes[at] === 0x2d) at += 1;
  if (bytes[at] === 0x30) {
    at += 1;
    if (isDigit(bytes[at])) throw new Fault(at, "a number with a leading zero");
  } else {
    digits();
  }
  if (bytes[at] === 0x2e) {
    at += 1;
    digits();
  }
  if (((bytes[at] ?? 0) | 0x20) === 0x65) {
    at += 1;
    if (bytes[at] === 0x2b || bytes[at] === 0x2d) at += 1;
    digits();
  }
  return at;
}

const kWords = ["true", "false", "null"].map((word) => [...word].map((c) => c.charCodeAt(0)));

function wordEnd(bytes: Uint8Array, at: number): number {
  const word = kWords.find((codes) => codes[0] === bytes[at]);
  const differs = (code: number, n: number): boolean => bytes[at + n] !== code;
  if (word === undefined || word.some(differs)) {
    const begins = word?.every((code, n) => at + n >= bytes.length || bytes[at + n] === code);
    throw new Fault(at, "no value", at >= bytes.length || begins === true);
  }
  return at + word.length;
}

class Builder {
  count = 0;
  kind: Uint8Array;
  start: Uint32Array;
  end: Uint32Array;
  key: Uint32Array;
  next: Uint32Array;
  parent: Uint32Array;
  children: Uint32Array;
  depth: Uint16Array;

  constructor(private room: number) {
    this.kind = new Uint8Array(room);
    this.start = new Uint32Array(room);
    this.end = new Uint32Array(room);
    this.key = new Uint32Array(room);
    this.next = new Uint32Array(room);
    this.parent = new Uint32Array(room);
    this.children = new Uint32Array(room);
    this.depth = new Uint16Array(room);
  }

  #grow(): void {
    this.room *= 2;
    const wider = (old: Uint32Array): Uint32Array => {
      const fresh = new Uint32Array(this.room);
      fresh.set(old);
      return fresh;
    };
    const kind = new Uint8Array(this.room);
    kind.set(this.kind);
    this.kind = kind;
    const depth = new Uint16Array(this.room);
    depth.set(this.depth);
    this.depth = depth;
    this.start = wider(this.start);
    this.end = wider(this.end);
    this.key = wider(this.key);
    this.next = wider(this.next);
    this.parent = wider(this.parent);
    this.children = wider(this.children);
  }

  add(kind: number, start: number, key: number, parent: number): number {
    if (this.count === this.room) this.#grow();
    const row = this.count;
    this.count += 1;
    this.kind[row] = kind;
    this.start[row] = start;
    this.key[row] = key;
    this.parent[row] = parent;
    this.next[row] = row + 1;
    if (parent !== kNoKey) {
      this.children[parent] = (this.children[parent] ?? 0) + 1;
      this.depth[row] = Math.min((this.depth[parent] ?? 0) + 1, 0xffff);
    }
    return row;
  }

  table(): JsonTable {
    const n = this.count;
    return {
      count: n,
      kind: this.kind.slice(0, n),
      start: this.start.slice(0, n),
      end: this.end.slice(0, n),
      key: this.key.slice(0, n),
      next: this.next.slice(0, n),
      parent: this.parent.slice(0, n),
      children: this.children.slice(0, n),
      depth: this.depth.slice(0, n),
    };
  }
}

function scan(bytes: Uint8Array, several: boolean, rows: Builder): void {
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  let open = kNoKey; // the container that is being filled
  const blank = (): void => {
    while (at < bytes.length && kSpace[bytes[at] ?? 0] === 1) at += 1;
  };
  // Ends every container that ends here; says whether another value has to follow.
  const closeAll = (): boolean => {
    for (;;) {
      blank();
      if (open === kNoKey) return several && at < bytes.length;
      const closing = rows.kind[open] === kObject ? 0x7d : 0x5d;
      if (bytes[at] === 0x2c) {
        at += 1;
        return true;
      }
      if (bytes[at] !== closing)
        throw new Fault(at, "neither a comma nor the end of its container", at >= bytes.length);
      at += 1;
      rows.end[open] = at;
      rows.next[open] = rows.count;
      open = rows.parent[open] ?? kNoKey;
    }
  };
  for (let more = true; more;) {
    blank();
    let key = kNoKey;
    if (open !== kNoKey && rows.kind[open] === kObject) {
      if (bytes[at] !== 0x22) throw new Fault(at, "no key", at >= bytes.length);
      key = at;
      at = stringEnd(bytes, at);
      blank();
      if (bytes[at] !== 0x3a) throw new Fault(at, "no colon behind a key", at >= bytes.length);
      at += 1;
      blank();
    }
    const byte = bytes[at];
    if (byte === 0x7b || byte === 0x5b) {
      const row = rows.add(byte === 0x7b ? kObject : kArray, at, key, open);
      at += 1;
      blank();
      const empty = bytes[at] === (byte === 0x7b ? 0x7d : 0x5d);
      if (!empty) {
        open = row;
        continue;
      }
      at += 1;
      rows.end[row] = at;
    } else {
      const string = byte === 0x22;
      const number = byte === 0x2d || isDigit(byte);
      const kind = string ? kString : number ? kNumber : kWord;
      const row = rows.add(kind, at, key, open);
      at = string ? stringEnd(bytes, at) : number ? numberEnd(bytes, at) : wordEnd(bytes, at);
      rows.end[row] = at;
    }
    more = closeAll();
  }
  if (at < bytes.length) throw new Fault(at, "something behind the end");
}

// `several`: values one after the other, as in application/x-ndjson.
export function readJson(bytes: Uint8Array, several = false): JsonResult {
  const rows = new Builder(Math.max(16, bytes.length >> 4));
  try {
    scan(bytes, several, rows);
    return { table: rows.table(), cut: false };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (!error.byEnd || rows.count === 0) return { fault: { at: error.at, what: error.what } };
    for (let row = 0; row < rows.count; row += 1) {
      if ((rows.end[row] ?? 0) !== 0) continue;
      rows.end[row] = bytes.length; // what is still open ends with the text
      if (rows.kind[row] === kObject || rows.kind[row] === kArray) rows.next[row] = rows.count;
    }
    return { table: rows.table(), cut: true };
  }
}

const utf8 = new TextDecoder("utf-8");

export function textAt(bytes: Uint8Array, from: number, to: number): string {
  return utf8.decode(bytes.subarray(from, to));
}

// The key as it is written, with its quotes and escapes.
export function keyText(bytes: Uint8Array, table: JsonTable, row: number): string | null {
  const at = table.key[row] ?? kNoKey;
  return at === kNoKey ? null : textAt(bytes, at, stringEnd(bytes, at));
}

export function indexInParent(table: JsonTable, row: number): number {
  const parent = table.parent[row] ?? kNoKey;
  let index = 0;
  for (let at = parent === kNoKey ? 0 : parent + 1; at < row; at = table.next[at] ?? row)
    index += 1;
  return index;
}

// "$.items[3].price", keys that are no plain words as $["…"] in the key's own JSON text.
export function pathOf(bytes: Uint8Array, table: JsonTable, row: number): string {
  const steps: string[] = [];
  for (let at = row; ;) {
    const parent = table.parent[at] ?? kNoKey;
    if (parent === kNoKey) break;
    const key = keyText(bytes, table, at);
    if (key === null) steps.push(`[${indexInParent(table, at)}]`);
    else if (/^"[A-Za-z_$][\w$]*"$/.test(key)) steps.push(`.${key.slice(1, -1)}`);
    else steps.push(`[${key}]`);
    at = parent;
  }
  return `$${steps.reverse().join("")}`;
}

// What is shown, as row * 2, and row * 2 + 1 for the closing bracket of an open container.
export function visibleRows(table: JsonTable, folded: Uint8Array): Uint32Array {
  let shown = new Uint32Array(Math.max(16, Math.min(table.count * 2, 1 << 16)));
  let length = 0;
  const put = (value: number): void => {
    if (length === shown.length) {
      const wider = new Uint32Array(shown.length * 2);
      wider.set(shown);
      shown = wider;
    }
    shown[length] = value;
    length += 1;
  };
  const open: number[] = [];
  for (let row = 0; row < table.count;) {
    for (let top = open[open.length - 1]; top !== undefined && table.next[top] === row;) {
      put(top * 2 + 1);
      open.pop();
      top = open[open.length - 1];
    }
    put(row * 2);
    const inside = (table.children[row] ?? 0) > 0;
    if (inside && folded[row] === 1) {
      row = table.next[row] ?? table.count;
    } else {
      if (inside) open.push(row);
      row += 1;
    }
  }
  while (open.length > 0) put((open.pop() ?? 0) * 2 + 1);
  return shown.subarray(0, length);
}

// Everything from this depth on.
export function foldFrom(table: JsonTable, depth: number): Uint8Array {
  const folded = new Uint8Array(table.count);
  for (let row = 0; row < table.count; row += 1)
    if ((table.depth[row] ?? 0) >= depth && (table.children[row] ?? 0) > 0) folded[row] = 1;
  return folded;
}
