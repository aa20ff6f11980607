// Explorer: the page. Its state is the address; this composes the parts and turns what they report
// into changes of the address.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { CommunicationList } from "../api/types";
import { micros, range, sameRange, type TimeRange } from "../base/time";
import {
  isListening,
  silentSince,
  type Scope,
  storedRange,
  useFreshness,
  useStatus,
  useSummary,
  useWhisperers,
} from "../state/data";
import { filterQuery, kNotWhole } from "../state/filter";
import { kDetailShare, usePreference } from "../state/preferences";
import { kFollowDefault, scopeOf } from "../state/scope";
import { layersOf, type LayerFilter } from "../state/stack";
import { useTimeMoves, type TimePlace } from "../state/timeMoves";
import { isFiltered, kNoFilter, type Filter } from "../state/url";
import { usePageState } from "../state/usePageState";
import { useZone } from "../state/zone";
import { bucketFor, commonStep } from "../timeline/ladder";
import type { TimelineHandle } from "../timeline/Timeline";
import { CompletenessBadge } from "../widgets/CompletenessBadge";
import { Failure, FailureBanner } from "../widgets/Failure";
import { FrameMeter } from "../widgets/FrameMeter";
import { Icon, Logo } from "../widgets/Icon";
import { Splitter } from "../widgets/Splitter";
import { Skeleton } from "../widgets/states";
import { ThemeSwitch } from "../widgets/ThemeSwitch";
import { CommandPalette, KeyboardMap } from "./CommandDialogs";
import { useCommandKeys } from "./commands";
import { DetailPane } from "./DetailPane";
import { EmptyList } from "./EmptyList";
import { FilterRow } from "./FilterRow";
import { ListPane } from "./ListPane";
import { Overview } from "./Overview";
import { type PageDialog, usePageCommands } from "./pageCommands";
import { StatusButton } from "./StatusPanel";
import { TimeBox } from "./TimeBox";

const kNarrow = 640; // as in page.css

function usePageWidth(): number {
  const [width, setWidth] = useState(window.innerWidth);
  useEffect(() => {
    const measure = (): void => setWidth(window.innerWidth);
    window.addEventListener("resize", measure);
    return () => window.removeEventListener("resize", measure);
  }, []);
  return width;
}

// Exact when the range is whole buckets of some step, which drawn and settled ranges are.
function summaryBucket({ from, to }: TimeRange): number {
  const step = commonStep(from, to);
  const fine = bucketFor(to - from, 4_000, 1);
  return step !== null && step >= fine ? step : bucketFor(to - from, 1_000, 1);
}

export function Explorer() {
  const [state, change] = usePageState();
  const status = useStatus();
  const whispererQuery = useWhisperers(state.follow !== null);
  const whisperers = useMemo(() => whispererQuery.data?.items ?? [], [whispererQuery.data]);
  useFreshness(status.data);
  const silent = silentSince(status);
  const width = usePageWidth();
  const [moving, setMoving] = useState<TimeRange | null>(null);
  const [dialog, setDialog] = useState<PageDialog | null>(null);
  const [metered, setMetered] = useState(false);
  const [first, setFirst] = useState<CommunicationList | undefined>(undefined);
  const [detailShare, setDetailShare] = usePreference(kDetailShare);

  const scope = scopeOf(state, status.data, whisperers);
  const { selection } = state;
  const filter = useMemo(() => filterQuery(state.filter), [state.filter]);
  const listScope = selection === null ? scope : { range: selection, follow: null };
  const names = whisperers.map(({ name }) => name).join("\n");
  const layers = useMemo(() => layersOf(state.stack, names.split("\n")), [state.stack, names]);
  const known = status.data !== undefined && whispererQuery.data !== undefined;
  const summary = useSummary(listScope, summaryBucket, filter, known, state.stack, layers);
  const pageIsEmpty = status.data?.store.first_us === null;
  const stored = status.data === undefined ? null : storedRange(status.data);
  const blank = first?.items.length === 0;
  // Never a range that moves with the clock: each drawing would ask anew, and draw again.
  const everywhere: Scope = { range: stored ?? range(0, 0), follow: null };
  const elsewhere = useSummary(everywhere, summaryBucket, filter, blank && stored !== null);

  const handle = useRef<TimelineHandle | null>(null);
  const place = useMemo<TimePlace>(
    () => ({ window: state.window, follow: state.follow, selection }),
    [state.window, state.follow, selection],
  );
  const goTo = useCallback((to: TimePlace) => change(to), [change]);
  const history = useTimeMoves(place, goTo);
  useZone(); // all times are written anew when the clock changes

  const onMove = useCallback(
    (view: TimeRange, settled: boolean) => {
      setMoving(settled ? null : view);
      if (settled) change((s) => (sameRange(s.window, view) ? {} : { window: view, follow: null }));
    },
    [change],
  );
  const onFollow = useCallback(
    (span: number | null, view: TimeRange) => {
      if (span === null) change({ follow: null, window: view });
      else
        change(
          { follow: span === 0 ? kFollowDefault : span, window: null, selection: null },
          span === 0 ? "push" : "replace",
        );
    },
    [change],
  );
  const onSelect = useCallback(
    (next: TimeRange | null, view: TimeRange) =>
      change({ selection: next, window: view, follow: null }),
    [change],
  );
  const onAll = (): void => {
    if (stored !== null) change({ window: stored, follow: null, selection: null });
  };
  const onFilter = useCallback(
    (part: Partial<Filter>) => change((s) => ({ filter: { ...s.filter, ...part } })),
    [change],
  );
  const onLayer = useCallback(
    (layer: LayerFilter, on: boolean) => onFilter({ [layer.key]: on ? layer.value : "" }),
    [onFilter],
  );
  const onOpen = useCallback(
    (id: string | null, step: boolean) =>
      change(
        (s) => ({ open: id, tab: id === null ? "summary" : s.tab }),
        step ? "push" : "replace",
      ),
    [change],
  );

  const commands = usePageCommands({
    state,
    change,
    history,
    handle,
    stored,
    shown: scope.range,
    onFollow,
    onOpen,
    show: setDialog,
    metered,
    onMeter: setMetered,
  });
  useCommandKeys(commands, dialog === null || dialog === "time");

  if (status.data === undefined && status.error !== null) {
    return <Failure error={status.error} retry={() => void status.refetch()} />;
  }
  if (!known) return <Skeleton rows={14} />;
  const view = moving ?? scope.range;
  const live = scope.follow !== null;
  return (
    <div className="app">
      <header className="topbar">
        <h1 className="visually-hidden">Spider: HTTP communications</h1>
        <a className="brand" href="./" aria-label="Spider, start page">
          <Logo />
          <span className="brand-name">Spider</span>
        </a>
        <TimeBox
          range={view}
          selection={selection}
          follow={scope.follow}
          silent={silent !== null}
          narrow={width < kNarrow}
          open={dialog === "time"}
          onOpen={(on) => setDialog(on ? "time" : null)}
          onGo={(window) => change({ window, follow: null, selection: null })}
          onLive={(span) => change({ follow: span, window: null, selection: null })}
        />
        <span className="spacer" />
        {!pageIsEmpty && silent === null && (
          <CompletenessBadge
            completeness={first?.completeness}
            onPartial={() => onFilter({ state: kNotWhole })}
          />
        )}
        <StatusButton status={status.data} whisperers={whisperers} silent={silent} />
        <button
          type="button"
          className="button is-bare is-icon wide-only"
          aria-label="Keyboard map"
          title="Keyboard map (?)"
          data-testid="keys"
          onClick={() => setDialog("keys")}
        >
          <Icon name="keyboard" />
        </button>
        <ThemeSwitch />
      </header>
      <div>
        {status.error !== null && <FailureBanner error={status.error} />}
        {status.data?.pipeline.trouble != null && (
          <div className="banner" role="alert">
            <strong>Nothing is stored at present</strong>
            <span>{status.data.pipeline.trouble.detail}</span>
          </div>
        )}
        <Overview
          scope={scope}
          view={view}
          selection={selection}
          newest={stored === null ? null : micros(status.data?.store.last_us ?? stored.to)}
          width={width - 28}
          filter={filter}
          plainFilter={state.filter}
          stack={state.stack}
          layers={layers}
          history={history}
          handle={handle}
          silent={silent !== null}
          summary={summary}
          onMove={onMove}
          onFollow={onFollow}
          onSelect={onSelect}
          onAll={onAll}
          onLayer={onLayer}
          onStack={(stack) => change({ stack })}
        />
      </div>
      <FilterRow filter={state.filter} whisperers={whisperers} onChange={onFilter} />
      <main className="workspace">
        <ListPane
          scope={listScope}
          filter={filter}
          order={state.order}
          open={state.open}
          total={summary?.total ?? null}
          what={
            selection === null
              ? live
                ? "in the last minutes"
                : "in the window"
              : "in the selection"
          }
          onOrder={(order) => change({ order })}
          onOpen={onOpen}
          onList={setFirst}
          empty={
            <EmptyList
              status={status.data}
              whisperers={whisperers}
              silent={silent !== null}
              filtered={isFiltered(state.filter)}
              selected={selection !== null}
              elsewhere={elsewhere?.total ?? null}
              onClearFilter={() => onFilter(kNoFilter)}
              onClearSelection={() => change({ selection: null })}
              onAll={onAll}
            />
          }
        />
        {state.open !== null && (
          <>
            <Splitter value={detailShare} onChange={setDetailShare} low={0.25} high={0.75} />
            <div className="detail-pane" style={{ width: `${detailShare * 100}%` }}>
              <DetailPane
                id={state.open}
                tab={state.tab}
                onTab={(tab) => change({ tab }, "replace")}
                onFilter={onFilter}
                onClose={() => onOpen(null, true)}
              />
            </div>
          </>
        )}
      </main>
      {metered && <FrameMeter />}
      {dialog === "keys" && <KeyboardMap commands={commands} onClose={() => setDialog(null)} />}
      {dialog === "palette" && (
        <CommandPalette commands={commands} onClose={() => setDialog(null)} />
      )}
      {whisperers.some(isListening) && live && silent === null && (
        <span className="visually-hidden" role="status">
          Live
        </span>
      )}
    </div>
  );
}
