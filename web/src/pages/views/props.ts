// What every view is given.

import type { TimeRange } from "../../base/time";
import type { FilterQuery } from "../../api/questions";
import type { Scope } from "../../state/data";
import type { Place } from "../../state/place";

export interface ViewProps {
  readonly scope: Scope;
  readonly filter: FilterQuery;
  readonly place: Place;
  readonly total: number | null; // communications that the filter finds in the range
  readonly open: string | null;
  // "push" makes a step for the back button; without it what was so before is not gone back to.
  readonly onPlace: (part: Partial<Place>, mode?: "push" | "replace") => void;
  readonly onOpen: (id: string | null) => void;
  readonly onWindow: (window: TimeRange) => void;
}
