// What every view is given.

import type { TimeRange } from "../../base/time";
import type { FilterQuery } from "../../api/questions";
import type { Scope } from "../../state/data";
import type { Place } from "../../state/place";
import type { Order } from "../../state/url";

export interface ViewProps {
  readonly scope: Scope;
  readonly filter: FilterQuery;
  readonly q: string; // what the filter was made of
  readonly what: string; // "in the selection"
  readonly order: Order;
  readonly place: Place;
  readonly total: number | null; // communications that the filter finds in the range
  readonly open: string | null;
  // "push" makes a step for the back button; without it what was so before is not gone back to.
  readonly onPlace: (part: Partial<Place>, mode?: "push" | "replace") => void;
  // `step`: for the back button.
  readonly onOpen: (id: string | null, step?: boolean) => void;
  readonly onOrder: (order: Order) => void;
  readonly onAsk: (q: string) => void;
  readonly onWindow: (window: TimeRange) => void;
}
