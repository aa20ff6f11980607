// ViewBar: which view of the communications, or of the TCP sessions, is shown. The list is there at
// once, the others are loaded when they are opened.

import { lazy, Suspense, useEffect, useRef } from "react";
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
  sessions: "TCP sessions",
};

const kIcons: Readonly<Record<View, IconName>> = {
  list: "list",
  statistics: "chart",
  sequence: "sequence",
  waterfall: "waterfall",
  compare: "compare",
  sessions: "sessions",
};

const StatisticsView = lazy(() => import("./views/StatisticsView"));
const SequenceView = lazy(() => import("./views/SequenceView"));
const WaterfallView = lazy(() => import("./views/WaterfallView"));
const CompareView = lazy(() => import("./views/CompareView"));
const SessionsView = lazy(() => import("./views/SessionsView"));

export interface ViewBarProps {
  readonly view: View;
  readonly onView: (view: View) => void;
}

export function ViewBar({ view, onView }: ViewBarProps) {
  const bar = useRef<HTMLElement>(null);
  // In a narrow page the bar is scrolled: the chosen one is in sight.
  useEffect(() => {
    const chosen = bar.current?.querySelector<HTMLElement>("[aria-current]");
    if (bar.current === null || chosen == null) return;
    const { offsetLeft: left, offsetWidth: width } = chosen;
    const { scrollLeft: from, clientWidth: room } = bar.current;
    if (left < from || left + width > from + room) bar.current.scrollLeft = left + width - room;
  }, [view]);
  return (
    <nav className="view-bar" aria-label="Views" data-testid="views" ref={bar}>
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
      {view === "sessions" && <SessionsView {...props} />}
    </Suspense>
  );
}
