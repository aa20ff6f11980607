// What the timeline is given to draw, and what it tells about what the user does.

import type { Removals } from "../base/removals";
import type { Micros, TimeRange } from "../base/time";
import type {
  Bar,
  BarFrame,
  QualityCell,
  QualityLimits,
  Series,
  StateCell,
  StateRow,
} from "./tracks";

// How many communications of a layer the selection has, else the window; each is counted once.
export interface Counted {
  readonly label: string;
  readonly count: number;
}

export interface TimelineModel {
  readonly window: TimeRange;
  readonly follow: number | null; // live: the window is the last `follow` microseconds
  readonly selection: TimeRange | null;
  readonly newest: Micros | null; // the end of what is stored
  readonly series: readonly Series[];
  readonly frame: BarFrame;
  readonly quality: readonly QualityCell[];
  readonly qualityShown: boolean;
  readonly qualityLimits: QualityLimits;
  readonly states: readonly StateRow[]; // a strip each
  readonly counted: readonly Counted[] | null; // null: not known yet
  readonly removals: Removals; // counts may still be there of what was removed
}

export type Hover =
  | { readonly kind: "bar"; readonly x: number; readonly bucket: number; readonly bar: Bar }
  | { readonly kind: "quality"; readonly x: number; readonly cell: QualityCell }
  | { readonly kind: "state"; readonly x: number; readonly cell: StateCell };

export interface TimelineEvents {
  // While a gesture lasts `settled` is false; the last call of a gesture says true.
  move(view: TimeRange, settled: boolean): void;
  follow(span: number): void; // live stays on, with another span
  select(selection: TimeRange | null, view: TimeRange): void;
  reset(): void;
  hover(hover: Hover | null): void;
  outside(side: "before" | "after" | null): void; // where the selection is when it is not in sight
}
