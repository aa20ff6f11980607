// Splitter: the handle between list and detail. Drag it, or focus it and use the arrow keys.

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
