// Overview: the timeline with its legend and the buttons that move it.

import { useMemo, type MutableRefObject } from "react";
import type { FilterQuery } from "../api/questions";
import { classes, formatCount } from "../base/format";
import { kMinute, type Micros, range, spanOf, type TimeRange } from "../base/time";
import { useBars, useQuality, type Scope, type Summary } from "../state/data";
import { kQualityAmber, kQualityRed, kQualityShown, usePreference } from "../state/preferences";
import { isLayerChosen, type Layer, type LayerFilter, type Split } from "../state/stack";
import { useTheme } from "../state/theme";
import type { TimeHistory } from "../state/timeMoves";
import type { Filter } from "../state/url";
import { useZone } from "../state/zone";
import { bucketAtLeast, bucketFor } from "../timeline/ladder";
import { intersects } from "../timeline/scale";
import { tilesFor } from "../timeline/tiles";
import { Timeline, type TimelineHandle } from "../timeline/Timeline";
import { FailureBanner } from "../widgets/Failure";
import { Icon } from "../widgets/Icon";
import { TimelineMenu } from "./TimelineMenu";

export interface OverviewProps {
  readonly scope: Scope;
  readonly view: TimeRange; // while it moves, ahead of the scope
  readonly selection: TimeRange | null;
  readonly newest: Micros | null; // the end of what is stored
  readonly width: number;
  readonly filter: FilterQuery;
  readonly plainFilter: Filter;
  readonly stack: Split;
  readonly layers: readonly Layer[];
  readonly history: TimeHistory;
  readonly handle: MutableRefObject<TimelineHandle | null>;
  readonly silent: boolean; // Spider does not answer: nothing is live
  readonly summary: Summary | null;
  readonly onMove: (view: TimeRange, settled: boolean) => void;
  readonly onFollow: (span: number | null, view: TimeRange) => void;
  readonly onSelect: (selection: TimeRange | null, view: TimeRange) => void;
  readonly onAll: () => void;
  readonly onLayer: (filter: LayerFilter, on: boolean) => void;
  readonly onStack: (stack: Split) => void;
}

const kBarPixels = 4;

// A quarter of the view on each side is asked ahead, so that a small pan finds its bars there.
function tilesAround(view: TimeRange, bucket: number, live: boolean) {
  const air = live ? 0 : spanOf(view) / 4;
  return tilesFor(range(view.from - air, view.to + air), bucket);
}

export function Legend({
  layers,
  summary,
  filter,
  silence,
  onLayer,
}: {
  layers: readonly Layer[];
  summary: Summary | null;
  filter: Filter;
  silence: boolean; // the quality line is thin somewhere in view
  onLayer: (filter: LayerFilter, on: boolean) => void;
}) {
  return (
    <ul className="legend" aria-label="Communications by layer">
      {layers.map((layer, index) => {
        const count = summary?.counts[index] ?? 0;
        const on = isLayerChosen(layer, filter);
        if (count === 0 && !on) return null;
        const { filter: means } = layer;
        return (
          <li key={layer.key}>
            <button
              type="button"
              aria-pressed={on}
              disabled={means === null}
              title={on ? "Show all again" : means === null ? "" : `Show only: ${layer.label}`}
              onClick={() => means !== null && onLayer(means, !on)}
            >
              <i className="swatch" style={{ background: `var(${layer.color})` }} />
              <span>
                {layer.short}
                {layer.word !== "" && <span className="word"> {layer.word}</span>}
              </span>
              <b>{formatCount(count)}</b>
            </button>
          </li>
        );
      })}
      {silence && (
        <li className="legend-key" data-testid="legend-silence" title={kSilenceMeans}>
          <i className="swatch is-line" />
          listened, no packets
        </li>
      )}
    </ul>
  );
}

const kSilenceMeans =
  "The thin line at the bottom: it was listened, and no packet passed. Where there is no line, " +
  "nothing listened.";

interface MovesProps {
  readonly handle: MutableRefObject<TimelineHandle | null>;
  readonly history: TimeHistory;
  readonly live: boolean;
  readonly silent: boolean;
  readonly selected: boolean;
  readonly onAll: () => void;
  readonly onLive: () => void;
}

function Moves({ handle, history, live, silent, selected, onAll, onLive }: MovesProps) {
  return (
    <>
      {selected && (
        <button
          type="button"
          className="button is-bare is-small"
          aria-label="Zoom to selection"
          title="Zoom to selection (Z)"
          data-testid="zoom-selection"
          onClick={() => handle.current?.perform("toSelection")}
        >
          <span className="zoom-word">Zoom to selection</span>
          <span className="zoom-short">Selection</span>
        </button>
      )}
      <div className="button-group" role="group" aria-label="Moves of time">
        <button
          type="button"
          className="button is-small is-icon"
          aria-label="Undo the last move of time"
          title="Undo the last move of time (Ctrl+Z)"
          data-testid="undo"
          disabled={!history.canUndo}
          onClick={history.undo}
        >
          <Icon name="undo" />
        </button>
        <button
          type="button"
          className="button is-small is-icon"
          aria-label="Redo the move of time"
          title="Redo the move of time (Ctrl+Shift+Z)"
          data-testid="redo"
          disabled={!history.canRedo}
          onClick={history.redo}
        >
          <Icon name="redo" />
        </button>
      </div>
      <div className="button-group" role="group" aria-label="Zoom">
        <button
          type="button"
          className="button is-small is-icon"
          aria-label="Zoom in"
          title="Zoom in (+)"
          onClick={() => handle.current?.perform("zoomIn")}
        >
          <Icon name="zoomIn" />
        </button>
        <button
          type="button"
          className="button is-small is-icon"
          aria-label="Zoom out"
          title="Zoom out (−)"
          onClick={() => handle.current?.perform("zoomOut")}
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
  const { scope, view, selection, width, filter, layers, summary } = props;
  const live = scope.follow !== null;
  const { handle } = props;
  const { shown } = useTheme();
  const [zone] = useZone();
  const [qualityShown] = usePreference(kQualityShown);
  const [amber] = usePreference(kQualityAmber);
  const [red] = usePreference(kQualityRed);
  const bucket = bucketFor(spanOf(view), width, kBarPixels);
  const tiles = tilesAround(view, bucket, live);
  const bars = useBars(tiles, view, filter, props.stack, layers);
  const quality = useQuality(
    view,
    bucketAtLeast(spanOf(view), width, 3, kMinute),
    props.plainFilter.whisperer,
    qualityShown,
  );
  const model = useMemo(
    () => ({
      window: scope.range,
      follow: scope.follow,
      selection,
      newest: props.newest,
      series: bars.data.layers,
      frame: bars.data,
      quality,
      qualityShown,
      qualityLimits: { amber: amber / 100, red: Math.max(red, amber * 1.01) / 100 },
    }),
    [
      scope.range.from,
      scope.range.to,
      scope.follow,
      selection,
      props.newest,
      bars.data,
      quality,
      qualityShown,
      amber,
      red,
    ],
  );
  return (
    <section className="overview" aria-label="Timeline">
      <div className="overview-head">
        <Legend
          layers={layers}
          summary={summary}
          filter={props.plainFilter}
          silence={quality.some((cell) => cell.silent && intersects(cell.range, view))}
          onLayer={props.onLayer}
        />
        <span className="spacer" />
        <div className="overview-moves">
          <Moves
            handle={handle}
            history={props.history}
            live={live}
            silent={props.silent}
            selected={selection !== null}
            onAll={props.onAll}
            onLive={() => props.onFollow(live ? null : 0, view)}
          />
          <TimelineMenu stack={props.stack} onStack={props.onStack} />
        </div>
      </div>
      <div className="overview-plot">
        {bars.error !== null && !props.silent && <FailureBanner error={bars.error} />}
        <Timeline
          model={model}
          theme={shown}
          zone={zone}
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
