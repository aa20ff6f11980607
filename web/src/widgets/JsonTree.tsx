// JsonTree: a JSON body of any size with folding and path copy. The text is read in a worker into
// flat tables (base/json_table.ts); only the rows in view are made, each from its own bytes.

import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import {
  foldFrom,
  type JsonFault,
  type JsonResult,
  type JsonTable,
  keyText,
  kArray,
  kNoKey,
  kNumber,
  kObject,
  kString,
  pathOf,
  readJson,
  textAt,
  visibleRows,
} from "../base/json_table";
import { plural } from "../base/format";
import { BigList, type BigListHandle } from "./BigList";
import { CopyButton } from "./CopyButton";

const kBesidePage = 200_000; // bytes from which a worker reads
const kOpenRows = 4_000; // more rows than this begin with only their upper levels open
const kTextMax = 1_500;
const kPreview = 90;

// Null while it is read.
export function useJson(bytes: Uint8Array | null, several: boolean): JsonResult | null {
  const [answer, setAnswer] = useState<{ of: Uint8Array; result: JsonResult } | null>(null);
  useEffect(() => {
    if (bytes === null) return undefined;
    if (bytes.length < kBesidePage || typeof Worker === "undefined") {
      setAnswer({ of: bytes, result: readJson(bytes, several) });
      return undefined;
    }
    const worker = new Worker(new URL("../base/json_worker.ts", import.meta.url), {
      type: "module",
    });
    worker.onmessage = (event: MessageEvent<JsonResult>) => {
      setAnswer({ of: bytes, result: event.data });
      worker.terminate();
    };
    worker.onerror = () => {
      // A worker that cannot be started is no reason to show nothing.
      setAnswer({ of: bytes, result: readJson(bytes, several) });
      worker.terminate();
    };
    worker.postMessage({ bytes, several });
    return () => worker.terminate();
  }, [bytes, several]);
  return answer !== null && answer.of === bytes ? answer.result : null;
}

function startFolds(table: JsonTable): Uint8Array {
  if (table.count <= kOpenRows) return new Uint8Array(table.count);
  // The deepest level at which the document still fits.
  let best = 2; // what is in view is all that is made
  const atDepth: number[] = [];
  for (let row = 0; row < table.count; row += 1) {
    const depth = table.depth[row] ?? 0;
    if (depth < 8) atDepth[depth] = (atDepth[depth] ?? 0) + 1;
  }
  let sum = 0;
  for (let depth = 0; depth < 8; depth += 1) {
    sum += atDepth[depth] ?? 0;
    if (sum <= kOpenRows) best = Math.max(best, depth);
  }
  return foldFrom(table, best);
}

const kKinds = ["", "", "", "string", "number", "word"] as const;

interface RowProps {
  readonly bytes: Uint8Array;
  readonly table: JsonTable;
  readonly row: number;
}

function Preview({ bytes, table, row }: RowProps) {
  const start = (table.start[row] ?? 0) + 1;
  const end = (table.end[row] ?? 1) - 1;
  const text = textAt(bytes, start, Math.min(end, start + kPreview * 2)).replace(/\s+/g, " ");
  const cut = text.length > kPreview || end > start + kPreview * 2;
  const array = table.kind[row] === kArray;
  const inside = table.children[row] ?? 0;
  return (
    <>
      {array ? "[" : "{"}
      <span className="json-preview">
        {text.trim().slice(0, kPreview)}
        {cut ? "…" : ""}
      </span>
      {array ? "]" : "}"}
      <span className="json-count">{plural(inside, array ? "item" : "key")}</span>
    </>
  );
}

function Value({ bytes, table, row }: RowProps) {
  const start = table.start[row] ?? 0;
  const end = table.end[row] ?? 0;
  const long = end - start > kTextMax;
  return (
    <span className={`json-${kKinds[table.kind[row] ?? 0] ?? ""}`}>
      {textAt(bytes, start, long ? start + kTextMax : end)}
      {long && <span className="json-count">… {plural(end - start, "byte")} in all</span>}
    </span>
  );
}

interface TreeProps {
  readonly bytes: Uint8Array;
  readonly table: JsonTable;
}

export function JsonTree({ bytes, table }: TreeProps) {
  const [folded, setFolded] = useState(() => startFolds(table));
  const rows = useMemo(() => visibleRows(table, folded), [table, folded]);
  const [active, setActive] = useState(0); // a row of the table
  const list = useRef<BigListHandle>(null);
  const id = useId();
  const inside = (row: number): number => table.children[row] ?? 0;

  const fold = (row: number, on: boolean): void => {
    if (inside(row) === 0) return;
    const next = folded.slice();
    next[row] = on ? 1 : 0;
    setFolded(next);
  };
  const placeOf = (row: number): number => {
    // Rows are in the order of the text, closing brackets between them: look from the row's own
    // number downwards is not possible, a bisection over opening rows is.
    let [low, high] = [0, rows.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const value = rows[middle] ?? 0;
      // A closing bracket stands behind all that is inside its container.
      const order = value & 1 ? (table.next[value >> 1] ?? 0) - 0.5 : value >> 1;
      if (order === row) return middle;
      if (order < row) low = middle + 1;
      else high = middle - 1;
    }
    return 0;
  };
  const go = (place: number): void => {
    const at = Math.min(rows.length - 1, Math.max(0, place));
    setActive((rows[at] ?? 0) >> 1);
    list.current?.reveal(at);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const place = placeOf(active);
    const step = (by: number): void => {
      const way = Math.sign(by);
      const closing = (at: number): boolean => ((rows[at] ?? 0) & 1) === 1;
      let at = Math.min(rows.length - 1, Math.max(0, place + by));
      // Closing brackets are no stops.
      while (closing(at) && at + way >= 0 && at + way < rows.length) at += way;
      while (closing(at)) at -= way;
      go(at);
    };
    const open = inside(active) > 0 && folded[active] === 0;
    const parent = table.parent[active] ?? kNoKey;
    const act: Partial<Record<string, () => void>> = {
      ArrowDown: () => step(1),
      ArrowUp: () => step(-1),
      PageDown: () => step(list.current?.page() ?? 1),
      PageUp: () => step(-(list.current?.page() ?? 1)),
      Home: () => go(0),
      End: () => step(rows.length - 1 - place),
      ArrowRight: () => (open ? step(1) : fold(active, false)),
      ArrowLeft: () =>
        open ? fold(active, true) : parent === kNoKey ? undefined : go(placeOf(parent)),
      Enter: () => fold(active, open),
    };
    const chosen = act[event.key];
    if (chosen === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    chosen();
  };

  const render = (index: number) => {
    const value = rows[index] ?? 0;
    const row = value >> 1;
    const closing = (value & 1) === 1;
    const depth = Math.min(table.depth[row] ?? 0, 60);
    const kind = table.kind[row];
    const container = kind === kObject || kind === kArray;
    const last = (table.next[row] ?? 0) === lastInParent(table, row);
    const comma = (table.parent[row] ?? kNoKey) === kNoKey || last ? "" : ",";
    if (closing) {
      return (
        <span className="json-row" style={{ paddingLeft: `${depth * 2 + 2}ch` }}>
          {kind === kArray ? "]" : "}"}
          {comma}
        </span>
      );
    }
    const key = keyText(bytes, table, row);
    const foldable = container && inside(row) > 0;
    const shut = folded[row] === 1;
    return (
      <span
        className={`json-row${row === active ? " is-active" : ""}`}
        id={`${id}-${row}`}
        role="treeitem"
        aria-level={(table.depth[row] ?? 0) + 1}
        aria-expanded={foldable ? !shut : undefined}
        aria-selected={row === active}
        style={{ paddingLeft: `${depth * 2 + 2}ch` }}
        onClick={() => setActive(row)}
        onDoubleClick={() => fold(row, !shut)}
      >
        {foldable && (
          <span
            className={`json-fold${shut ? "" : " is-open"}`}
            aria-hidden="true"
            data-testid="json-fold"
            onClick={() => fold(row, !shut)}
          >
            ›
          </span>
        )}
        {key !== null && (
          <>
            <span className="json-key">{key.slice(0, kTextMax)}</span>
            {": "}
          </>
        )}
        {!container && <Value bytes={bytes} table={table} row={row} />}
        {container && !foldable && (kind === kArray ? "[]" : "{}")}
        {foldable && shut && <Preview bytes={bytes} table={table} row={row} />}
        {foldable && !shut && (kind === kArray ? "[" : "{")}
        {(!foldable || shut) && comma}
      </span>
    );
  };
  const scalar = table.kind[active] === kString || table.kind[active] === kNumber;
  return (
    <div className="json-tree" data-testid="json-tree">
      <BigList
        count={rows.length}
        render={render}
        label="Body as JSON"
        role="tree"
        testId="body-text"
        active={`${id}-${active}`}
        onKeyDown={onKeyDown}
        handle={list}
      />
      <div className="json-foot">
        <output className="json-path" aria-label="Path" data-testid="json-path">
          {pathOf(bytes, table, active)}
        </output>
        <CopyButton
          label="Copy path"
          testId="copy-path"
          text={() => pathOf(bytes, table, active)}
        />
        <CopyButton
          label={scalar ? "Copy value" : "Copy JSON"}
          testId="copy-value"
          text={() => textAt(bytes, table.start[active] ?? 0, table.end[active] ?? 0)}
        />
        <button
          type="button"
          className="button is-bare is-small"
          onClick={() => setFolded(new Uint8Array(table.count))}
        >
          Open all
        </button>
        <button
          type="button"
          className="button is-bare is-small"
          onClick={() => {
            setFolded(foldFrom(table, 1));
            go(0);
          }}
        >
          Fold all
        </button>
      </div>
    </div>
  );
}

function lastInParent(table: JsonTable, row: number): number {
  const parent = table.parent[row] ?? kNoKey;
  return parent === kNoKey ? table.count : (table.next[parent] ?? table.count);
}

export function faultText({ at, what }: JsonFault): string {
  return `Not JSON: ${what} at byte ${at}.`;
}
