// ViewBar: which view of the communications, or of the TCP sessions, is shown. The list is there at
// once, the others are loaded when they are opened, or once the page rests.

import { useEffect, useRef } from "react";
import type { Part } from "../state/parts";
import { kViews, type View } from "../state/place";
import { Icon, type IconName } from "../widgets/Icon";
import { LatePart } from "./LatePart";
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

type OtherName = Exclude<View, "list">;

const kParts: Readonly<Record<OtherName, Part<ViewProps>>> = {
  statistics: { name: "statistics", load: () => import("./views/StatisticsView") },
  sequence: { name: "sequence", load: () => import("./views/SequenceView") },
  waterfall: { name: "waterfall", load: () => import("./views/WaterfallView") },
  compare: { name: "compare", load: () => import("./views/CompareView") },
  sessions: { name: "sessions", load: () => import("./views/SessionsView") },
};

export const kViewParts = Object.values(kParts);

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

export function OtherView({ view, ...props }: ViewProps & { view: OtherName }) {
  return <LatePart key={view} part={kParts[view]} props={props} />;
}
