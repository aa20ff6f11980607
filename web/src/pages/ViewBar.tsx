// ViewBar: which view of the communications is shown. The list is there at once, the others are
// loaded when they are opened.

import { lazy, Suspense } from "react";
import { kViews, type View } from "../state/place";
import { Icon, type IconName } from "../widgets/Icon";
import { Skeleton } from "../widgets/states";
import type { ViewProps } from "./views/props";

export const kViewNames: Readonly<Record<View, string>> = {
  list: "List",
  statistics: "Statistics",
  sequence: "Sequence",
  waterfall: "Waterfall",
  compare: "Compare",
};

const kIcons: Readonly<Record<View, IconName>> = {
  list: "list",
  statistics: "chart",
  sequence: "sequence",
  waterfall: "waterfall",
  compare: "compare",
};

const StatisticsView = lazy(() => import("./views/StatisticsView"));
const SequenceView = lazy(() => import("./views/SequenceView"));
const WaterfallView = lazy(() => import("./views/WaterfallView"));
const CompareView = lazy(() => import("./views/CompareView"));

export interface ViewBarProps {
  readonly view: View;
  readonly onView: (view: View) => void;
}

export function ViewBar({ view, onView }: ViewBarProps) {
  return (
    <nav className="view-bar" aria-label="Views" data-testid="views">
      {kViews.map((key) => (
        <button
          key={key}
          type="button"
          className="view-choice"
          aria-current={key === view ? "page" : undefined}
          data-testid={`view-${key}`}
          onClick={() => onView(key)}
        >
          <Icon name={kIcons[key]} />
          <span>{kViewNames[key]}</span>
        </button>
      ))}
    </nav>
  );
}

export function OtherView({ view, ...props }: ViewProps & { view: Exclude<View, "list"> }) {
  return (
    <Suspense fallback={<Skeleton rows={8} />}>
      {view === "statistics" && <StatisticsView {...props} />}
      {view === "sequence" && <SequenceView {...props} />}
      {view === "waterfall" && <WaterfallView {...props} />}
      {view === "compare" && <CompareView {...props} />}
    </Suspense>
  );
}
