// Overview: the timeline with its legend and the buttons that move it.

import { useMemo, useRef, type MutableRefObject } from "react";
import type { FilterQuery } from "../api/questions";
import { classes, formatCount } from "../base/format";
import { kMinute, range, spanOf, type TimeRange } from "../base/time";
import { kStatusClasses } from "../state/bars";
import { useBars, useQuality, type Scope, type Summary } from "../state/data";
import { useTheme } from "../state/theme";
import { bucketAtLeast, bucketFor } from "../timeline/ladder";
import { tilesFor } from "../timeline/tiles";
import { Timeline, type TimelineHandle } from "../timeline/Timeline";
import { FailureBanner } from "../widgets/Failure";
import { Icon } from "../widgets/Icon";

export interface OverviewProps {
  readonly scope: Scope;
  readonly view: TimeRange; // while it moves, ahead of the scope
  readonly selection: TimeRange | null;
  readonly width: number;
  readonly filter: FilterQuery;
  readonly statusFilter: string;
  readonly whisperer: string;
  readonly silent: boolean; // Spider does not answer: nothing is live
  readonly summary: Summary | null;
  readonly onMove: (view: TimeRange, settled: boolean) => void;
  readonly onFollow: (span: number | null, view: TimeRange) => void;
  readonly onSelect: (selection: TimeRange | null, view: TimeRange) => void;
  readonly onAll: () => void;
  readonly onStatus: (status: string) => void;
}

const kBarPixels = 4;

// A quarter of the view on each side is asked ahead, so that a small pan finds its bars there.
function tilesAround(view: TimeRange, bucket: number, live: boolean) {
  const air = live ? 0 : spanOf(view) / 4;
  return tilesFor(range(view.from - air, view.to + air), bucket);
}

function Legend({
  summary,
  chosen,
  onStatus,
}: {
  summary: Summary | null;
  chosen: string;
  onStatus: (status: string) => void;
}) {
  return (
    <ul className="legend" aria-label="Communications by status">
      {kStatusClasses.map((status, index) => {
        const count = summary?.counts[index] ?? 0;
        if (count === 0 && chosen !== status.filter) return null;
        const on = chosen === status.filter;
        return (
          <li key={status.key}>
            <button
              type="button"
              aria-pressed={on}
              title={on ? "Show every status again" : `Show only: ${status.label}`}
              onClick={() => onStatus(on ? "" : status.filter)}
            >
              <i className="swatch" style={{ background: `var(${status.color})` }} />
              <span>
                {status.short}
                {status.word !== "" && <span className="word"> {status.word}</span>}
              </span>
              <b>{formatCount(count)}</b>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

interface MovesProps {
  readonly handle: MutableRefObject<TimelineHandle | null>;
  readonly live: boolean;
  readonly silent: boolean;
  readonly selected: boolean;
  readonly onAll: () => void;
  readonly onLive: () => void;
}

function Moves({ handle, live, silent, selected, onAll, onLive }: MovesProps) {
  return (
    <>
      {selected && (
        <button
          type="button"
          className="button is-bare is-small"
          data-testid="zoom-selection"
          onClick={() => handle.current?.zoomToSelection()}
        >
          Zoom to selection
        </button>
      )}
      <div className="button-group" role="group" aria-label="Zoom">
        <button
          type="button"
          className="button is-small is-icon"
          aria-label="Zoom in"
          title="Zoom in (+)"
          onClick={() => handle.current?.zoomIn()}
        >
          <Icon name="zoomIn" />
        </button>
        <button
          type="button"
          className="button is-small is-icon"
          aria-label="Zoom out"
          title="Zoom out (−)"
          onClick={() => handle.current?.zoomOut()}
        >
          <Icon name="zoomOut" />
        </button>
        <button
          type="button"
          className="button is-small"
          title="All data (Home)"
          data-testid="all"
          onClick={onAll}
        >
          <Icon name="fit" />
          All
        </button>
      </div>
      <button
        type="button"
        className={classes("button is-small", live && !silent && "is-on")}
        aria-pressed={live}
        title={silent ? "Spider does not answer: nothing is live" : "Follow what is captured now"}
        data-testid="live"
        onClick={onLive}
      >
        <i className={classes("dot", live && !silent && "is-good is-live")} />
        Live
      </button>
    </>
  );
}

export function Overview(props: OverviewProps) {
  const { scope, view, selection, width, filter, summary } = props;
  const live = scope.follow !== null;
  const handle = useRef<TimelineHandle | null>(null);
  const { shown } = useTheme();
  const bucket = bucketFor(spanOf(view), width, kBarPixels);
  const tiles = tilesAround(view, bucket, live);
  const bars = useBars(tiles, view, filter);
  const quality = useQuality(
    view,
    bucketAtLeast(spanOf(view), width, 3, kMinute),
    props.whisperer,
    true,
  );
  const model = useMemo(
    () => ({
      window: scope.range,
      follow: scope.follow,
      selection,
      series: kStatusClasses,
      frame: bars.data,
      quality,
      qualityShown: true,
    }),
    [scope.range.from, scope.range.to, scope.follow, selection, bars.data, quality],
  );
  return (
    <section className="overview" aria-label="Timeline">
      <div className="overview-head">
        <Legend summary={summary} chosen={props.statusFilter} onStatus={props.onStatus} />
        <span className="spacer" />
        <Moves
          handle={handle}
          live={live}
          silent={props.silent}
          selected={selection !== null}
          onAll={props.onAll}
          onLive={() => props.onFollow(live ? null : 0, view)}
        />
      </div>
      <div className="overview-plot">
        {bars.error !== null && !props.silent && <FailureBanner error={bars.error} />}
        <Timeline
          model={model}
          theme={shown}
          busy={bars.busy}
          handle={handle}
          events={{
            move: props.onMove,
            follow: (span) => props.onFollow(span, view),
            select: props.onSelect,
            reset: props.onAll,
          }}
        />
      </div>
    </section>
  );
}
