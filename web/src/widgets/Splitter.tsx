// Splitters: the handle between list and details, and the one under what has a height. Drag them,
// or focus them and use the arrow keys.

import { useRef, type PointerEvent } from "react";
import { clamp } from "../base/format";

export interface SplitterProps {
  readonly value: number; // share of the right side, 0..1
  readonly onChange: (value: number) => void;
  readonly low: number;
  readonly high: number;
}

export function Splitter({ value, onChange, low, high }: SplitterProps) {
  const dragging = useRef(false);
  const set = (next: number): void => onChange(clamp(next, low, high));
  const move = (event: PointerEvent<HTMLDivElement>): void => {
    const parent = event.currentTarget.parentElement;
    if (!dragging.current || parent === null) return;
    const box = parent.getBoundingClientRect();
    set((box.right - event.clientX) / box.width);
  };
  return (
    <div
      className="splitter"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the details"
      aria-valuenow={Math.round(value * 100)}
      aria-valuemin={Math.round(low * 100)}
      aria-valuemax={Math.round(high * 100)}
      tabIndex={0}
      onPointerDown={(event) => {
        dragging.current = true;
        event.currentTarget.setPointerCapture(event.pointerId);
        event.preventDefault();
      }}
      onPointerMove={move}
      onPointerUp={() => {
        dragging.current = false;
      }}
      onKeyDown={(event) => {
        if (event.key === "ArrowLeft") set(value + 0.03);
        else if (event.key === "ArrowRight") set(value - 0.03);
        else return;
        event.preventDefault();
      }}
    />
  );
}

export interface RowSplitterProps {
  readonly label: string;
  readonly value: number; // pixels of what is above
  readonly low: number;
  readonly high: number;
  readonly onChange: (value: number | null) => void; // null: the usual height again
}

const kRowStep = 12;

export function RowSplitter({ label, value, low, high, onChange }: RowSplitterProps) {
  const grab = useRef<{ y: number; value: number } | null>(null);
  const set = (next: number): void => onChange(clamp(next, low, high));
  const release = (): void => {
    grab.current = null;
  };
  return (
    <div
      className="row-splitter"
      role="separator"
      aria-orientation="horizontal"
      aria-label={label}
      title={`${label}: drag, or arrow keys; a double click gives the usual one`}
      aria-valuenow={Math.round(value)}
      aria-valuemin={low}
      aria-valuemax={high}
      tabIndex={0}
      data-testid="row-splitter"
      onPointerDown={(event) => {
        grab.current = { y: event.clientY, value };
        event.currentTarget.setPointerCapture?.(event.pointerId);
      }}
      onPointerMove={({ clientY }) => {
        if (grab.current !== null) set(grab.current.value + clientY - grab.current.y);
      }}
      onPointerUp={release}
      onPointerCancel={release}
      onDoubleClick={() => onChange(null)}
      onKeyDown={(event) => {
        if (event.key === "ArrowUp") set(value - kRowStep);
        else if (event.key === "ArrowDown") set(value + kRowStep);
        else if (event.key === "Home") set(low);
        else if (event.key === "End") set(high);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    />
  );
}
