// TimelineController: the part of the timeline that lives between frames. It owns the view while it
// moves, turns pointers, wheel and keys into moves and selections, and paints when something
// changed. It never fetches and knows no React: the component hands it a model and listens.

import { cancelFrame, scheduleFrame } from "../base/frames";
import { clamp } from "../base/format";
import { intersects, nowMicros, range, sameRange, spanOf, type TimeRange } from "../base/time";
import { drawScene } from "./draw";
import { type Layout, layoutFor, hitTest, type Target } from "./hit";
import { hoverOf } from "./hover";
import { type Palette, readPalette } from "./palette";
import { actionOf, type TimelineAction } from "./keys";
import {
  between,
  centred,
  middleOf,
  panBy,
  snapped,
  type TimeScale,
  toTime,
  zoomAt,
} from "./scale";
import { snapStep } from "./ladder";
import { countScale } from "./ticks";
import type { TimelineEvents, TimelineModel } from "./model";
import { barAt, highestIn, kNoBars } from "./tracks";

type Gesture =
  | { readonly kind: "none" }
  | { readonly kind: "pan"; readonly startX: number; readonly start: TimeRange }
  | {
      readonly kind: "draw";
      readonly anchor: number;
      readonly startX: number;
      readonly moved: boolean;
    }
  | { readonly kind: "resize"; readonly fixed: number }
  | {
      readonly kind: "shift";
      readonly grab: number;
      readonly start: TimeRange;
      readonly moved: boolean;
    };

const kEaseMs = 180;
const kMoveEveryMs = 90;
const kSettleMs = 220;
const kDragSlop = 3;

export class TimelineController {
  private model: TimelineModel;
  private view: TimeRange;
  private settledView: TimeRange;
  private ease: { from: TimeRange; to: TimeRange; start: number } | null = null;
  private gesture: Gesture = { kind: "none" };
  private draft: TimeRange | null | undefined; // selection being drawn; undefined: none is
  private layout: Layout;
  private palette: Palette | null = null;
  private countMax = 1;
  private hoverX: number | null = null;
  private hoverY = 0;
  // What was told at the pointer was drawn in this.
  private toldOf: { view: TimeRange; frame: TimelineModel["frame"] } | null = null;
  private lastMove = 0;
  private settleTimer: ReturnType<typeof setTimeout> | null = null;
  private drawnLive = 0;
  private outside: "before" | "after" | null = null;
  private readonly calm = window.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;
  private readonly frameTask = (now: number): void => this.paint(now);

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly events: TimelineEvents,
    model: TimelineModel,
  ) {
    this.model = model;
    this.view = model.window;
    this.settledView = model.window;
    this.layout = layoutFor(1, 1, model.qualityShown, model.states.length);
    canvas.addEventListener("wheel", this.onWheel, { passive: false });
    canvas.addEventListener("pointerdown", this.onPointerDown);
    canvas.addEventListener("pointermove", this.onPointerMove);
    canvas.addEventListener("pointerup", this.onPointerUp);
    canvas.addEventListener("pointercancel", this.onPointerUp);
    canvas.addEventListener("pointerleave", this.onPointerLeave);
    canvas.addEventListener("dblclick", this.onDoubleClick);
    canvas.addEventListener("keydown", this.onKey);
  }

  destroy(): void {
    cancelFrame(this.frameTask);
    if (this.settleTimer !== null) clearTimeout(this.settleTimer);
    const { canvas } = this;
    canvas.removeEventListener("wheel", this.onWheel);
    canvas.removeEventListener("pointerdown", this.onPointerDown);
    canvas.removeEventListener("pointermove", this.onPointerMove);
    canvas.removeEventListener("pointerup", this.onPointerUp);
    canvas.removeEventListener("pointercancel", this.onPointerUp);
    canvas.removeEventListener("pointerleave", this.onPointerLeave);
    canvas.removeEventListener("dblclick", this.onDoubleClick);
    canvas.removeEventListener("keydown", this.onKey);
  }

  setModel(model: TimelineModel): void {
    const before = this.model;
    this.model = model;
    if (model.frame.bucket !== before.frame.bucket) this.countMax = this.countTarget();
    const told =
      !sameRange(model.window, before.window) && !sameRange(model.window, this.settledView);
    if (told && model.follow === null) this.glideTo(model.window);
    const strips = model.states.length !== before.states.length;
    if (strips || model.qualityShown !== before.qualityShown) this.relayout();
    this.redraw();
  }

  setSize(width: number, height: number): void {
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
    this.layout = layoutFor(width, height, this.model.qualityShown, this.model.states.length);
    this.redraw();
  }

  // Call when the theme may have changed.
  refreshPalette(): void {
    this.palette = null;
    this.redraw();
  }

  private relayout(): void {
    const { width, height } = this.layout;
    this.layout = layoutFor(width, height, this.model.qualityShown, this.model.states.length);
  }

  private get scale(): TimeScale {
    return { view: this.view, width: this.layout.width };
  }

  private get selection(): TimeRange | null {
    return this.draft === undefined ? this.model.selection : this.draft;
  }

  private get snap(): number {
    return snapStep(spanOf(this.view), this.layout.width);
  }

  private countTarget(): number {
    return countScale(highestIn(this.model.frame, this.view)).max;
  }

  private redraw(): void {
    scheduleFrame(this.frameTask);
  }

  // --- frames ---------------------------------------------------------------------------------

  private paint(now: number): void {
    this.stepEase(now);
    this.stepLive();
    this.tellOutside();
    const target = this.countTarget();
    const apart = Math.abs(target - this.countMax) / Math.max(target, this.countMax);
    this.countMax =
      this.calm || apart < 0.004 ? target : this.countMax + (target - this.countMax) * 0.28;
    const context = this.canvas.getContext("2d");
    if (context === null) return;
    this.palette ??= readPalette(this.canvas, this.model.series);
    const ratio = window.devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawScene(
      context,
      {
        layout: this.layout,
        scale: this.scale,
        frame: this.model.frame ?? kNoBars,
        series: this.model.series,
        countMax: this.countMax,
        selection: this.selection,
        quality: this.model.quality,
        qualityLimits: this.model.qualityLimits,
        states: this.model.states,
        removals: this.model.removals,
        present: nowMicros(),
        hoverX: this.hoverX,
        hoverBar: this.hoverBarStart(),
        now: this.model.follow === null ? null : nowMicros(),
      },
      this.palette,
    );
    const { toldOf } = this;
    if (toldOf !== null && (toldOf.view !== this.view || toldOf.frame !== this.model.frame))
      this.tellHover();
    if (this.ease !== null || this.countMax !== target || this.model.follow !== null) this.redraw();
  }

  private stepEase(now: number): void {
    if (this.ease === null) return;
    const share = clamp((now - this.ease.start) / kEaseMs, 0, 1);
    const smooth = 1 - (1 - share) ** 3;
    this.view = between(this.ease.from, this.ease.to, smooth);
    if (share >= 1) {
      this.view = this.ease.to;
      this.ease = null;
    }
  }

  // Follows "now" only as far as a half pixel would show it, so that an idle live page is idle.
  private stepLive(): void {
    const span = this.model.follow;
    if (span === null || this.gesture.kind !== "none" || this.ease !== null) return;
    const now = nowMicros();
    const pixel = span / Math.max(1, this.layout.width);
    if (Math.abs(now - this.drawnLive) < pixel / 2 && spanOf(this.view) === span) return;
    this.drawnLive = now;
    this.view = range(now - span, now);
  }

  private glideTo(target: TimeRange): void {
    this.settledView = target;
    if (this.calm || sameRange(this.view, target)) {
      this.view = target;
      this.ease = null;
    } else {
      this.ease = { from: this.view, to: target, start: performance.now() };
    }
    this.redraw();
  }

  // --- moves ----------------------------------------------------------------------------------

  private moveTo(view: TimeRange, settled: boolean): void {
    this.ease = null;
    this.view = view;
    this.redraw();
    const now = performance.now();
    if (settled) {
      this.settle();
    } else {
      if (now - this.lastMove >= kMoveEveryMs) {
        this.lastMove = now;
        this.events.move(view, false);
      }
      if (this.settleTimer !== null) clearTimeout(this.settleTimer);
      this.settleTimer = setTimeout(() => this.settle(), kSettleMs);
    }
  }

  private settle(): void {
    if (this.settleTimer !== null) clearTimeout(this.settleTimer);
    this.settleTimer = null;
    this.view = snapped(this.view, this.snap);
    this.settledView = this.view;
    this.events.move(this.view, true);
  }

  private jump(to: TimeRange): void {
    const target = snapped(to, snapStep(spanOf(to), this.layout.width));
    this.glideTo(target);
    this.events.move(target, true);
  }

  private zoom(anchor: number, factor: number, smooth: boolean): void {
    if (this.model.follow !== null) {
      const span = spanOf(zoomAt(this.view, this.view.to, factor));
      this.events.follow(span);
      this.view = range(this.view.to - span, this.view.to);
      this.redraw();
      return;
    }
    const from = this.ease?.to ?? this.view;
    if (smooth) this.jump(zoomAt(from, anchor, factor));
    else this.moveTo(zoomAt(this.view, anchor, factor), false);
  }

  zoomByKey(factor: number): void {
    const { from, to } = this.ease?.to ?? this.view;
    const middle = this.selection;
    this.zoom(middle === null ? (from + to) / 2 : (middle.from + middle.to) / 2, factor, true);
  }

  zoomToSelection(): void {
    const { selection } = this;
    if (selection === null) return;
    const air = Math.max(spanOf(selection) * 0.06, 500);
    this.jump(range(selection.from - air, selection.to + air));
  }

  // Back to a selection that is not in sight: at the same zoom when it fits.
  showSelection(): void {
    const { selection } = this;
    if (selection === null) return;
    const span = spanOf(this.ease?.to ?? this.view);
    if (spanOf(selection) > span * 0.9) this.zoomToSelection();
    else this.jump(centred(selection, span));
  }

  private tellOutside(): void {
    const { selection, view } = this;
    const side =
      selection === null || intersects(selection, view)
        ? null
        : selection.to <= view.from
          ? "before"
          : "after";
    if (side === this.outside) return;
    this.outside = side;
    this.events.outside(side);
  }

  // --- pointer --------------------------------------------------------------------------------

  private at(event: MouseEvent): { x: number; y: number } {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  private target(event: MouseEvent): Target {
    const { x, y } = this.at(event);
    return hitTest(this.layout, this.scale, this.selection, x, y);
  }

  private readonly onWheel = (event: WheelEvent): void => {
    // Where the page itself scrolls, in a low window, the wheel is its own until one works here.
    const own = event.ctrlKey || event.shiftKey || document.activeElement === this.canvas;
    const page = document.documentElement;
    if (!own && page.scrollHeight > page.clientHeight + 1) return;
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 200 : 1;
    const { x } = this.at(event);
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      const delta = (event.deltaX === 0 ? event.deltaY : event.deltaX) * unit;
      this.moveTo(panBy(this.view, (delta / this.layout.width) * spanOf(this.view)), false);
    } else {
      const delta = clamp(event.deltaY * unit, -240, 240);
      this.zoom(toTime(this.scale, x), Math.exp(delta * 0.0022), false);
    }
  };

  private readonly onPointerDown = (event: PointerEvent): void => {
    if (event.button > 1) return;
    this.canvas.setPointerCapture?.(event.pointerId);
    this.canvas.focus({ preventScroll: true });
    const { x } = this.at(event);
    const hit = this.target(event);
    const { selection } = this;
    if (event.button === 1 || event.shiftKey || hit.kind === "axis") {
      event.preventDefault();
      this.gesture = { kind: "pan", startX: x, start: this.view };
    } else if (hit.kind === "edge" && selection !== null) {
      this.gesture = { kind: "resize", fixed: hit.side === "from" ? selection.to : selection.from };
    } else if (hit.kind === "selection" && selection !== null) {
      this.gesture = { kind: "shift", grab: toTime(this.scale, x), start: selection, moved: false };
    } else {
      this.gesture = { kind: "draw", anchor: toTime(this.scale, x), startX: x, moved: false };
    }
    this.ease = null;
    this.tellHover();
  };

  private readonly onPointerMove = (event: PointerEvent): void => {
    const { x, y } = this.at(event);
    this.hoverX = clamp(x, 0, this.layout.width);
    this.hoverY = y;
    const t = toTime(this.scale, clamp(x, 0, this.layout.width));
    const { gesture } = this;
    if (gesture.kind === "pan") {
      const delta = ((gesture.startX - x) / this.layout.width) * spanOf(gesture.start);
      this.moveTo(panBy(gesture.start, delta), false);
    } else if (
      gesture.kind === "draw" &&
      (gesture.moved || Math.abs(x - gesture.startX) >= kDragSlop)
    ) {
      this.gesture = { ...gesture, moved: true };
      this.draft = range(gesture.anchor, t);
    } else if (gesture.kind === "resize") {
      this.draft = range(gesture.fixed, t);
    } else if (gesture.kind === "shift" && (gesture.moved || Math.abs(t - gesture.grab) > 0)) {
      this.gesture = { ...gesture, moved: true };
      const delta = t - gesture.grab;
      this.draft = range(gesture.start.from + delta, gesture.start.to + delta);
    } else if (gesture.kind === "none") {
      this.tellHover();
    }
    this.showCursor(event);
    this.redraw();
  };

  private readonly onPointerUp = (event: PointerEvent): void => {
    const { gesture, draft } = this;
    this.gesture = { kind: "none" };
    this.draft = undefined;
    if (gesture.kind === "pan") {
      this.settle();
    } else if (draft !== undefined && draft !== null && spanOf(draft) > 0) {
      this.events.select(snapped(draft, this.snap), this.view);
    } else if (gesture.kind === "draw" && !gesture.moved && event.type === "pointerup") {
      if (this.model.selection !== null) this.events.select(null, this.view);
    }
    this.showCursor(event);
    this.redraw();
  };

  private readonly onPointerLeave = (): void => {
    this.hoverX = null;
    this.tellHover();
    this.redraw();
  };

  private readonly onDoubleClick = (event: MouseEvent): void => {
    const hit = this.target(event);
    if (hit.kind === "selection" || hit.kind === "edge") this.zoomToSelection();
    else this.zoom(toTime(this.scale, this.at(event).x), 0.4, true);
  };

  private showCursor(event: MouseEvent): void {
    const { gesture } = this;
    const hit = this.target(event);
    const panning = gesture.kind === "pan" || gesture.kind === "shift";
    const resizing = gesture.kind === "resize" || hit.kind === "edge";
    const grab = event.shiftKey || hit.kind === "selection" || hit.kind === "axis";
    const cursor = panning ? "grabbing" : resizing ? "ew-resize" : grab ? "grab" : "crosshair";
    const told = hit.kind === "quality" || hit.kind === "state";
    this.canvas.dataset["cursor"] = told ? "help" : cursor;
  }

  private hoverBarStart(): number | null {
    if (this.hoverX === null || this.gesture.kind !== "none") return null;
    if (this.hoverY >= this.layout.plotBottom) return null;
    return barAt(this.model.frame, toTime(this.scale, this.hoverX))?.from ?? null;
  }

  // What is drawn at the pointer, which may have come there while the pointer rested.
  private tellHover(): void {
    const { hoverX: x, hoverY: y } = this;
    if (x === null || this.gesture.kind !== "none") {
      this.toldOf = null;
      this.events.hover(null);
      return;
    }
    this.toldOf = { view: this.view, frame: this.model.frame };
    const hit = hitTest(this.layout, this.scale, this.selection, x, y);
    this.events.hover(hoverOf(this.model, hit, x, toTime(this.scale, x)));
  }

  // --- keys -----------------------------------------------------------------------------------

  private readonly onKey = (event: KeyboardEvent): void => {
    const action = actionOf(event);
    if (action === null) return;
    event.preventDefault();
    this.perform(action);
  };

  perform(action: TimelineAction): void {
    const span = spanOf(this.ease?.to ?? this.view);
    const pan = (delta: number): void => this.jump(panBy(this.ease?.to ?? this.view, delta));
    const actions: Record<TimelineAction, () => void> = {
      earlier: () => pan(-span * 0.1),
      later: () => pan(span * 0.1),
      pageEarlier: () => pan(-span * 0.5),
      pageLater: () => pan(span * 0.5),
      zoomIn: () => this.zoomByKey(0.5),
      zoomOut: () => this.zoomByKey(2),
      select: () => this.reselect(middleOf(this.ease?.to ?? this.view)),
      selectionEarlier: () => this.nudge(-1, -1),
      selectionLater: () => this.nudge(1, 1),
      startEarlier: () => this.nudge(-1, 0),
      startLater: () => this.nudge(1, 0),
      selectionShorter: () => this.nudge(0, -1),
      selectionLonger: () => this.nudge(0, 1),
      toSelection: () => this.zoomToSelection(),
      showSelection: () => this.showSelection(),
      clear: () => this.events.select(null, this.view),
      all: () => this.events.reset(),
      newest: () => this.toNewest(span),
    };
    actions[action]();
  }

  // Moves the ends of the selection by steps of a hundredth of the window.
  private nudge(from: number, to: number): void {
    const { selection } = this;
    if (selection === null) return;
    const step = Math.max(this.snap, spanOf(this.view) / 100);
    const end = selection.to + to * step;
    const begin = selection.from + from * step;
    if (end - begin >= this.snap) this.reselect(range(begin, end));
  }

  private reselect(selection: TimeRange): void {
    this.events.select(snapped(selection, this.snap), this.ease?.to ?? this.view);
  }

  private toNewest(span: number): void {
    const { newest } = this.model;
    if (newest !== null) this.jump(range(newest + span * 0.02 - span, newest + span * 0.02));
  }
}
