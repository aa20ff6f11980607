// ListHead: the heads of the columns. A click sorts; a drag, or Alt with the arrows, moves; the
// edge, or Shift with the arrows, makes wider and narrower.

import { useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { classes } from "../base/format";
import type { Order } from "../state/url";
import { Icon } from "../widgets/Icon";
import type { Column, ColumnKey } from "./columns";

export interface ListHeadProps {
  readonly columns: readonly Column[];
  readonly order: Order;
  readonly fixed: boolean; // rows of two lines: their places are given
  readonly hidden: boolean;
  readonly onOrder: (order: Order) => void;
  readonly onResize: (key: ColumnKey, width: number | null) => void;
  readonly onMove: (key: ColumnKey, before: ColumnKey | null) => void;
}

const kStep = 10; // pixels per key press

// The greatest first, then the smallest, then back to the newest.
export function nextOrder(sort: NonNullable<Column["sort"]>, order: Order): Order {
  if (sort === "start") return order === "newest" ? "oldest" : "newest";
  if (order === `-${sort}`) return sort;
  return order === sort ? "newest" : `-${sort}`;
}

function sorting({ sort }: Column, order: Order): "ascending" | "descending" | undefined {
  if (sort === "start" && (order === "newest" || order === "oldest"))
    return order === "newest" ? "descending" : "ascending";
  if (order === sort) return "ascending";
  return order === `-${sort}` ? "descending" : undefined;
}

export function ListHead(props: ListHeadProps) {
  const { columns, order, fixed, onMove, onResize } = props;
  const [dragged, setDragged] = useState<ColumnKey | null>(null);
  const [over, setOver] = useState<ColumnKey | null>(null);
  const keys = columns.map((column) => column.key);

  const onKey = (event: KeyboardEvent, column: Column): void => {
    const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    if (step === 0 || fixed || (!event.altKey && !event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.shiftKey) onResize(column.key, column.width + step * kStep);
    else {
      const at = keys.indexOf(column.key);
      if (step < 0 && at > 0) onMove(column.key, keys[at - 1] ?? null);
      else if (step > 0 && at < keys.length - 1) onMove(column.key, keys[at + 2] ?? null);
    }
  };
  const drop = (before: ColumnKey): void => {
    if (dragged !== null && dragged !== before) {
      const right = keys.indexOf(dragged) < keys.indexOf(before);
      onMove(dragged, right ? (keys[keys.indexOf(before) + 1] ?? null) : before);
    }
    setDragged(null);
    setOver(null);
  };
  return (
    <div className="grid-head" role="row" aria-rowindex={1} hidden={props.hidden}>
      {columns.map((column) => {
        const way = sorting(column, order);
        const title = [column.help, column.sort && "Click to sort"].filter(Boolean).join(". ");
        return (
          <div
            key={column.key}
            role="columnheader"
            className={classes(
              `is-${column.key}`,
              column.right === true && "is-right",
              over === column.key && dragged !== null && "is-target",
              dragged === column.key && "is-dragged",
            )}
            title={title === "" ? undefined : title}
            aria-sort={way}
            draggable={!fixed}
            onDragStart={(event) => {
              event.dataTransfer.effectAllowed = "move";
              event.dataTransfer.setData("text/plain", column.label);
              setDragged(column.key);
            }}
            onDragOver={(event) => {
              if (dragged === null) return;
              event.preventDefault();
              setOver(column.key);
            }}
            onDrop={(event) => {
              event.preventDefault();
              drop(column.key);
            }}
            onDragEnd={() => {
              setDragged(null);
              setOver(null);
            }}
          >
            <button
              type="button"
              className={column.sort === undefined ? "is-still" : undefined}
              data-testid={column.key === "time" ? "order" : `head-${column.key}`}
              onKeyDown={(event) => onKey(event, column)}
              onClick={() => {
                if (column.sort !== undefined) props.onOrder(nextOrder(column.sort, order));
              }}
            >
              {column.label}
              {way !== undefined && <Icon name={way === "descending" ? "down" : "up"} />}
            </button>
            {!fixed && <Edge column={column} onResize={onResize} />}
          </div>
        );
      })}
    </div>
  );
}

function Edge({ column, onResize }: { column: Column; onResize: ListHeadProps["onResize"] }) {
  const from = useRef<{ x: number; width: number } | null>(null);
  const onDown = (event: PointerEvent<HTMLElement>): void => {
    event.preventDefault();
    const cell = event.currentTarget.parentElement;
    from.current = { x: event.clientX, width: cell?.clientWidth ?? column.width };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onMove = (event: PointerEvent<HTMLElement>): void => {
    if (from.current === null) return;
    onResize(column.key, from.current.width + event.clientX - from.current.x);
  };
  return (
    <span
      className="grid-edge"
      data-testid={`edge-${column.key}`}
      draggable
      onDragStart={(event) => {
        event.preventDefault();
        event.stopPropagation();
      }}
      onPointerDown={onDown}
      onPointerMove={onMove}
      onPointerUp={() => (from.current = null)}
      onPointerCancel={() => (from.current = null)}
      onDoubleClick={() => onResize(column.key, null)}
    />
  );
}
