// Overview: the timeline with its legend and the buttons that move it.

import { useMemo, type MutableRefObject } from "react";
import { isFilterProblem } from "../api/problem";
import type { FilterQuery } from "../api/questions";
import type { Whisperer } from "../api/types";
import { classes, formatCount } from "../base/format";
import { intersects, kMinute, type Micros, range, spanOf, type TimeRange } from "../base/time";
import { useAsking } from "../state/ask";
import { useBars, useQuality, type Scope, type Summary } from "../state/data";
import {
  kQualityAmber,
  kQualityRed,
  kQualityShown,
  kStatesShown,
  usePreference,
} from "../state/preferences";
import { type Removals, removedIn } from "../base/removals";
import { isLayerChosen, kPendingLayer, type Layer, type Split } from "../state/stack";
import { kPlotMin, useTimelineRoom } from "../state/room";
import { useTheme } from "../state/theme";
import type { TimeHistory } from "../state/timeMoves";
import { soleValue } from "../state/terms";
import { periodsInWords, type StateRow, stripsOf, useStateRows } from "../state/whispererPeriods";
import { useZone } from "../state/zone";
import { kStripHeight } from "../timeline/hit";
import { bucketAtLeast, bucketFor } from "../timeline/ladder";
import { tilesFor } from "../timeline/tiles";
import type { TimelineModel } from "../timeline/model";
import { Timeline, type TimelineHandle } from "../timeline/Timeline";
import { FailureBanner } from "../widgets/Failure";
import { Icon, type IconName } from "../widgets/Icon";
import { PartialNote } from "../widgets/PartialNote";
import { RowSplitter } from "../widgets/Splitter";
import { TimelineMenu } from "./TimelineMenu";

export interface OverviewProps {
  readonly scope: Scope;
  readonly view: TimeRange; // while it moves, ahead of the scope
  readonly selection: TimeRange | null;
  readonly newest: Micros | null; // the end of what is stored
  readonly width: number;
  readonly filter: FilterQuery;
  readonly q: string; // the same as text
  readonly stack: Split;
  readonly layers: readonly Layer[];
  readonly layered: boolean; // the layers are known
  readonly history: TimeHistory;
  readonly handle: MutableRefObject<TimelineHandle | null>;
  readonly silent: boolean; // Spider does not answer: nothing is live
  readonly answered: Micros | null; // for the last time, when it does not
  readonly summary: Summary | null;
  readonly uncounted: unknown; // why there is no summary
  readonly whisperers: readonly Whisperer[];
  readonly removals: Removals;
  readonly onMove: (view: TimeRange, settled: boolean) => void;
  readonly onFollow: (span: number | null, view: TimeRange) => void;
  readonly onSelect: (selection: TimeRange | null, view: TimeRange) => void;
  readonly onAll: () => void;
  readonly onLayer: (term: string) => void;
  readonly onStack: (stack: Split) => void;
}

const kBarPixels = 4;

// A quarter of the view on each side is asked ahead, so that a small pan finds its bars there.
function tilesAround(view: TimeRange, bucket: number, live: boolean) {
  const air = live ? 0 : spanOf(view) / 4;
  return tilesFor(range(view.from - air, view.to + air), bucket);
}

// Something is drawn in view that is gone.
function barsRemoved(
  bars: readonly { readonly from: Micros; readonly total: number }[],
  view: TimeRange,
  removals: Removals,
): boolean {
  return bars.some(
    (bar) =>
      bar.total > 0 &&
      bar.from >= view.from &&
      bar.from < view.to &&
      removedIn(removals, bar).length > 0,
  );
}

// What the legend shows, for who hears it.
function countedOf(summary: Summary | null): TimelineModel["counted"] {
  if (summary === null || summary.counts.length === 0) return null;
  return summary.layers.map(({ label }, index) => ({ label, count: summary.counts[index] ?? 0 }));
}

function legendTitle({ label, term }: Layer, on: boolean): string {
  if (term === null) return label;
  return on ? "Show all again" : `Show only: ${label} (Shift: all but this)`;
}

export function Legend({
  layers,
  summary,
  filter,
  pending = false,
  removed = false,
  silence,
  onLayer,
}: {
  layers: readonly Layer[];
  summary: Summary | null;
  filter: string;
  pending?: boolean; // some bars are not told apart yet
  removed?: boolean; // of what some bars count, nothing or not all is there
  silence: boolean; // the quality line is thin somewhere in view
  onLayer: (term: string) => void;
}) {
  const { not } = useAsking();
  return (
    <ul className="legend" aria-label="Communications by layer">
      {(summary !== null && summary.counts.length > 0 ? summary.layers : layers).map(
        (layer, index) => {
          const count = summary?.counts[index] ?? 0;
          const on = isLayerChosen(layer, filter);
          if (count === 0 && !on) return null;
          const { term } = layer;
          return (
            <li key={layer.key} className="asks">
              <button
                type="button"
                aria-pressed={on}
                disabled={term === null}
                title={legendTitle(layer, on)}
                onClick={({ shiftKey }) => {
                  if (term === null) return;
                  if (shiftKey) not(term);
                  else onLayer(term);
                }}
              >
                <i className="swatch" style={{ background: `var(${layer.color})` }} />
                <span className="legend-name">
                  {layer.short}
                  {layer.word !== "" && <span className="word"> {layer.word}</span>}
                </span>
                <b>{formatCount(count)}</b>
              </button>
              {term !== null && !on && (
                <span className="ask legend-not">
                  <button
                    type="button"
                    tabIndex={-1}
                    aria-label={`Not ${term}`}
                    title={`All but this: NOT ${term}`}
                    onClick={() => not(term)}
                  >
                    <Icon name="minus" />
                  </button>
                </span>
              )}
            </li>
          );
        },
      )}
      {pending && (
        <li className="legend-key" role="status" data-testid="legend-pending">
          <i className="swatch" style={{ background: `var(${kPendingLayer.color})` }} />
          {kPendingLayer.label}
        </li>
      )}
      {removed && (
        <li className="legend-key" data-testid="legend-removed" title={kRemovedMeans}>
          <i className="swatch is-hatched" />
          removed
        </li>
      )}
      {silence && (
        <li className="legend-key" data-testid="legend-silence" title={kSilenceMeans}>
          <i className="swatch is-line" />
          listened, no packets
        </li>
      )}
    </ul>
  );
}

const kRemovedMeans =
  "Hatched bars count what was removed since, by retention or by hand: the counts are still " +
  "there, the communications are not, or not all.";
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

// A move of the timeline that is known by its picture.
function MoveButton(props: {
  icon: IconName;
  label: string;
  keys: string;
  testid?: string;
  disabled?: boolean;
  onClick: () => void;
}) {
  return (
    <button
      type="button"
      className="button is-small is-icon"
      aria-label={props.label}
      title={`${props.label} (${props.keys})`}
      data-testid={props.testid}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
    </button>
  );
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
        <MoveButton
          icon="undo"
          label="Undo the last move of time"
          keys="Ctrl+Z"
          testid="undo"
          disabled={!history.canUndo}
          onClick={history.undo}
        />
        <MoveButton
          icon="redo"
          label="Redo the move of time"
          keys="Ctrl+Shift+Z"
          testid="redo"
          disabled={!history.canRedo}
          onClick={history.redo}
        />
      </div>
      <div className="button-group" role="group" aria-label="Zoom">
        <MoveButton
          icon="zoomIn"
          label="Zoom in"
          keys="+"
          onClick={() => handle.current?.perform("zoomIn")}
        />
        <MoveButton
          icon="zoomOut"
          label="Zoom out"
          keys="−"
          onClick={() => handle.current?.perform("zoomOut")}
        />
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

const kWordsMax = 50;

// The strips for whoever does not see them.
function StatesInWords({ rows, view }: { rows: readonly StateRow[]; view: TimeRange }) {
  const words = rows.flatMap((row) => periodsInWords(row, view));
  if (words.length === 0) return null;
  const more = words.length - kWordsMax;
  return (
    <ul className="visually-hidden" aria-label="States of whisperers" data-testid="states-in-words">
      {words.slice(-kWordsMax).map((text, index) => (
        <li key={index}>{text}</li>
      ))}
      {more > 0 && <li>and {more} before</li>}
    </ul>
  );
}

export function Overview(props: OverviewProps) {
  const { scope, view, selection, width, filter, layers, summary } = props;
  const live = scope.follow !== null;
  const { handle } = props;
  const { shown } = useTheme();
  const [zone] = useZone();
  const [qualityShown] = usePreference(kQualityShown);
  const [statesShown] = usePreference(kStatesShown);
  const [amber] = usePreference(kQualityAmber);
  const [red] = usePreference(kQualityRed);
  const room = useTimelineRoom();
  const bucket = bucketFor(spanOf(view), width, kBarPixels);
  const tiles = tilesAround(view, bucket, live);
  const bars = useBars(tiles, view, filter, props.stack, layers, props.layered);
  const trouble = bars.error ?? props.uncounted;
  const quality = useQuality(
    view,
    bucketAtLeast(spanOf(view), width, 3, kMinute),
    soleValue(props.q, "whisperer") ?? "",
    qualityShown,
  );
  const only = soleValue(props.q, "whisperer") ?? "";
  const strips = useMemo(() => stripsOf(props.whisperers, only), [props.whisperers, only]);
  const states = useStateRows(view, strips, statesShown, props.answered);
  const low = kPlotMin + states.length * kStripHeight;
  const plot = Math.max(room.height, low);
  const counted = useMemo(() => countedOf(summary), [summary]);
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
      states,
      counted,
      removals: props.removals,
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
      states,
      counted,
      props.removals,
    ],
  );
  return (
    <section
      className={classes("overview", room.folded && "is-folded")}
      aria-label="Timeline"
      data-testid="overview"
    >
      <div className="overview-head">
        <Legend
          layers={layers}
          summary={summary}
          filter={props.q}
          pending={bars.data.layers.includes(kPendingLayer)}
          removed={barsRemoved(bars.data.bars, view, props.removals)}
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
          <button
            type="button"
            className="button is-small is-icon"
            aria-label="Fold the timeline to a strip"
            aria-pressed={room.folded}
            title={room.folded ? "Unfold the timeline (H)" : "Fold the timeline to a strip (H)"}
            data-testid="fold-timeline"
            onClick={() => room.setFolded(!room.folded)}
          >
            <Icon name={room.folded ? "unfold" : "fold"} />
          </button>
        </div>
      </div>
      <div
        className="overview-plot"
        style={room.folded ? undefined : { height: plot }}
        data-testid="plot"
      >
        {trouble !== null && !isFilterProblem(trouble) && !props.silent && (
          <FailureBanner error={trouble} />
        )}
        <PartialNote partial={bars.data.partial} what="The bars show" />
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
        <StatesInWords rows={states} view={view} />
      </div>
      {!room.folded && (
        <RowSplitter
          label="Height of the timeline"
          value={plot}
          low={low}
          high={room.most}
          onChange={room.setHeight}
        />
      )}
    </section>
  );
}
