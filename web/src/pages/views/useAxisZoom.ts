// useAxisZoom: wheel and drag on the axis of a drawing. While they go on, what is seen is this
// hook's, drawn once a frame; when they rest it is told once, for the address. Nothing is asked of
// the server.

import { type MouseEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { cancelFrame, scheduleFrame } from "../../base/frames";
import { clamp } from "../../base/format";
import { sameRange, spanOf, type TimeRange } from "../../base/time";
import { panned, within, zoomed } from "../../state/axisZoom";

const kRestMs = 250;
const kSlop = 4; // pixels: less is a click
const kStep = 0.5; // of a key or button

interface Drag {
  readonly pointer: number;
  readonly x: number;
  readonly view: TimeRange;
  moved: boolean;
}

export interface AxisZoom {
  readonly view: TimeRange;
  readonly isWhole: boolean;
  readonly by: (factor: number, anchor?: number) => void; // around the middle without an anchor
  readonly pan: (share: number) => void; // of what is seen
  readonly reset: () => void;
  readonly dragProps: {
    readonly onPointerDown: (event: PointerEvent<HTMLElement>) => void;
    readonly onPointerMove: (event: PointerEvent<HTMLElement>) => void;
    readonly onPointerUp: (event: PointerEvent<HTMLElement>) => void;
    readonly onPointerCancel: (event: PointerEvent<HTMLElement>) => void;
    readonly onClickCapture: (event: MouseEvent) => void;
  };
}

// `axis` is as wide as what is seen; the wheel zooms on it, and with Ctrl on all of `box`.
export function useAxisZoom(
  whole: TimeRange,
  kept: TimeRange | null,
  axis: HTMLElement | null,
  box: HTMLElement | null,
  onKeep: (zoom: TimeRange | null) => void,
): AxisZoom {
  const [moving, setMoving] = useState<{ zoom: TimeRange | null } | null>(null);
  const zoom = moving === null ? within(whole, kept) : within(whole, moving.zoom);
  const view = zoom ?? whole;
  // What the next event goes on from; frames may come later than events.
  const latest = useRef({ whole, view, onKeep });
  const pending = useRef<{ zoom: TimeRange | null } | null>(null);
  if (pending.current === null) latest.current = { whole, view, onKeep };
  else latest.current = { ...latest.current, whole, onKeep };
  const drag = useRef<Drag | null>(null);
  const clicked = useRef(false); // a drag ends with a click that nobody meant
  const rest = useRef<ReturnType<typeof setTimeout>>();
  const draw = useRef(() => setMoving(pending.current)).current;

  const settle = (): void => {
    clearTimeout(rest.current);
    const told = pending.current;
    pending.current = null;
    cancelFrame(draw);
    if (told !== null) latest.current.onKeep(told.zoom);
    setMoving(null);
  };
  const move = (next: TimeRange | null, done: boolean): void => {
    pending.current = { zoom: next };
    latest.current = { ...latest.current, view: next ?? latest.current.whole };
    clearTimeout(rest.current);
    if (done) return settle();
    scheduleFrame(draw);
    if (drag.current === null) rest.current = setTimeout(settle, kRestMs);
  };
  const onWheel = useRef((_: WheelEvent): void => undefined);
  onWheel.current = (event) => {
    const { deltaX, deltaY, deltaMode, ctrlKey, shiftKey } = event;
    const onAxis = axis?.contains(event.target as Node) === true;
    const sideways = shiftKey || Math.abs(deltaX) > Math.abs(deltaY);
    if (axis === null || !(onAxis || ctrlKey || sideways)) return;
    event.preventDefault();
    const unit = deltaMode === 1 ? 16 : deltaMode === 2 ? 200 : 1;
    const { left, width } = axis.getBoundingClientRect();
    const { whole: all, view: now } = latest.current;
    if (sideways) {
      const delta = (deltaX === 0 ? deltaY : deltaX) * unit;
      move(panned(all, now, (delta / Math.max(1, width)) * spanOf(now)), false);
    } else {
      const share = clamp((event.clientX - left) / Math.max(1, width), 0, 1);
      const factor = Math.exp(clamp(deltaY * unit, -240, 240) * 0.0022);
      move(zoomed(all, now, now.from + share * spanOf(now), factor), false);
    }
  };
  useEffect(() => {
    if (box === null) return undefined;
    const listen = (event: WheelEvent): void => onWheel.current(event);
    box.addEventListener("wheel", listen, { passive: false });
    return () => box.removeEventListener("wheel", listen);
  }, [box]);
  useEffect(
    () => () => {
      clearTimeout(rest.current);
      cancelFrame(draw);
    },
    [draw],
  );
  const onPointerUp = (event: PointerEvent<HTMLElement>): void => {
    const { current } = drag;
    drag.current = null;
    clicked.current = current?.moved === true && event.type === "pointerup";
    if (current?.moved === true) settle();
  };
  return {
    view,
    isWhole: zoom === null || sameRange(zoom, whole),
    by: (factor, anchor) => {
      const { whole: all, view: now } = latest.current;
      move(zoomed(all, now, anchor ?? (now.from + now.to) / 2, factor), true);
    },
    pan: (share) => {
      const { whole: all, view: now } = latest.current;
      move(panned(all, now, share * spanOf(now)), true);
    },
    reset: () => move(null, true),
    dragProps: {
      onPointerDown: (event) => {
        clicked.current = false;
        // Names are text, to be marked and copied.
        const isText = (event.target as Element).closest("h3") !== null;
        if (event.button !== 0 || isText) return;
        const { view: now } = latest.current;
        drag.current = { pointer: event.pointerId, x: event.clientX, view: now, moved: false };
      },
      onPointerMove: (event) => {
        const { current } = drag;
        if (current === null || axis === null) return;
        const by = current.x - event.clientX;
        if (!current.moved) {
          if (Math.abs(by) < kSlop) return;
          current.moved = true;
          event.currentTarget.setPointerCapture(current.pointer);
        }
        const share = by / Math.max(1, axis.clientWidth);
        move(panned(latest.current.whole, current.view, share * spanOf(current.view)), false);
      },
      onPointerUp,
      onPointerCancel: onPointerUp,
      onClickCapture: (event) => {
        if (clicked.current) event.stopPropagation();
        clicked.current = false;
      },
    },
  };
}

export const kZoomIn = kStep;
export const kZoomOut = 1 / kStep;
