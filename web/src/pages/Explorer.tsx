// Explorer: the page. Its state is the address; this composes the parts and turns what they report
// into changes of the address.

import { useCallback, useMemo, useRef, useState } from "react";
import type { CommunicationList, Status } from "../api/types";
import { classes } from "../base/format";
import { removedIn } from "../base/removals";
import { micros, range, sameRange, type TimeRange } from "../base/time";
import { type Asking, AskingContext } from "../state/ask";
import {
  isListening,
  silentSince,
  type Scope,
  storedRange,
  useFreshness,
  useStackValues,
  useStatus,
  useQuickSummary,
  useSummary,
  useWhisperers,
} from "../state/data";
import { filterQuery, kNotWhole, narrowed } from "../state/filter";
import { clearPicks, unpick, usePicks } from "../state/picks";
import type { Place } from "../state/place";
import { kDetailShare, kFacetsShown, usePreference } from "../state/preferences";
import { useRemovals } from "../state/removed";
import { kFollowDefault, scopeOf, whereOf } from "../state/scope";
import { isSessionId } from "../state/sessions";
import { isFieldSplit, layersOf } from "../state/stack";
import { rangeOfFound } from "../state/there";
import { useTimeMoves, type TimePlace } from "../state/timeMoves";
import { notTerm, onlyTerm, soleValue, toggleTerm, withoutTerm } from "../state/terms";
import { useReading } from "../state/search";
import type { Filter } from "../state/url";
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
import { UnstoredBanner } from "../widgets/UnstoredBanner";
import { CommandPalette, KeyboardMap } from "./CommandDialogs";
import { useCommandKeys } from "./commands";
import { DetailPane } from "./DetailPane";
import { EmptyList } from "./EmptyList";
import { ExportMenu } from "./ExportMenu";
import { ExportNotes } from "./ExportNotes";
import { FacetPane } from "./FacetPane";
import { ListPane } from "./ListPane";
import { MisreadNote } from "./MisreadNote";
import { NoRights, NoRightsBanner, refusalOf } from "./NoRights";
import { Overview } from "./Overview";
import { PickTray } from "./PickTray";
import { type PageDialog, usePageCommands } from "./pageCommands";
import { SearchBox } from "./SearchBox";
import { SessionPane } from "./SessionPane";
import { StatusButton } from "./StatusPanel";
import { TimeBox } from "./TimeBox";
import { usePageWidth } from "./usePageWidth";
import { usePageWheel } from "./usePageWheel";
import { OtherView, ViewBar } from "./ViewBar";

const kNarrow = 640; // as in page.css
const kFacetsWidth = 1_000; // as in narrow.css: below, the list needs the room

// Exact when the range is whole buckets of some step, which drawn and settled ranges are.
function summaryBucket({ from, to }: TimeRange): number {
  const step = commonStep(from, to);
  const fine = bucketFor(to - from, 4_000, 1);
  return step !== null && step >= fine ? step : bucketFor(to - from, 1_000, 1);
}

function holds({ from, to }: TimeRange, { store }: Status): boolean {
  return from <= (store.first_us ?? 0) && (store.last_us ?? Infinity) <= to;
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
  const [facetsBeside, setFacetsBeside] = usePreference(kFacetsShown);
  const [facetsOver, setFacetsOver] = useState(false);
  const picks = usePicks();
  // Where they do not fit beside the list they lie over it, for as long as they are needed.
  const narrow = width < kFacetsWidth;
  const facets = narrow ? facetsOver : facetsBeside;
  const setFacets = narrow ? setFacetsOver : setFacetsBeside;

  const scope = scopeOf(state, status.data, whisperers);
  const { selection } = state;
  const filter = useMemo(() => filterQuery(state.q), [state.q]);
  const listScope = selection === null ? scope : { range: selection, follow: null };
  const names = whisperers.map(({ name }) => name).join("\n");
  const known = status.data !== undefined && whispererQuery.data !== undefined;
  const values = useStackValues(scope, filter, state.stack, known);
  const layerNames = isFieldSplit(state.stack) ? (values ?? []).join("\n") : names;
  const layers = useMemo(
    () => layersOf(state.stack, layerNames === "" ? [] : layerNames.split("\n")),
    [state.stack, layerNames],
  );
  const reading = useReading(state.q);
  const layered = known && values !== null;
  const { summary, error: uncounted } = useQuickSummary(
    listScope,
    summaryBucket,
    filter,
    known,
    layered,
    state.stack,
    layers,
  );
  const pageIsEmpty = status.data?.store.first_us === null;
  const stored = status.data === undefined ? null : storedRange(status.data);
  const blank = first?.items.length === 0;
  const asked = soleValue(state.q, "whisperer");
  const removals = useRemovals(
    whisperers.map(({ name }) => name).filter((name) => asked === null || name === asked),
    blank,
  );
  // Never a range that moves with the clock: each drawing would ask anew, and draw again.
  const everywhere: Scope = { range: stored ?? range(0, 0), follow: null };
  const asks = blank && stored !== null;
  const { summary: elsewhere } = useSummary(everywhere, summaryBucket, filter, asks);

  const handle = useRef<TimelineHandle | null>(null);
  const [workspace, setWorkspace] = useState<HTMLElement | null>(null);
  usePageWheel(workspace);
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
  // To what was said to be elsewhere: where that is, not to all there is.
  const onThere = (): void => {
    rangeOfFound(everywhere.range, filter, elsewhere).then(
      (window) => (window === null ? onAll() : change({ window, follow: null, selection: null })),
      onAll,
    );
  };
  const onFilter = useCallback(
    (part: Partial<Filter>) => change((s) => ({ q: narrowed(s.q, part) })),
    [change],
  );
  const onAsk = useCallback(
    (q: string, step: boolean) => change({ q }, step ? "push" : "replace"),
    [change],
  );
  const asking = useMemo<Asking>(
    () => ({
      only: (term) => change((s) => ({ q: onlyTerm(s.q, term) })),
      not: (term) => change((s) => ({ q: notTerm(s.q, term) })),
      drop: (term) => change((s) => ({ q: withoutTerm(s.q, term) })),
    }),
    [change],
  );
  const onLayer = useCallback(
    (term: string) => change((s) => ({ q: toggleTerm(s.q, term) })),
    [change],
  );
  const onOpen = useCallback(
    (id: string | null, step: boolean) =>
      change(
        (s) =>
          id === null
            ? { open: null, tab: "summary", place: { ...s.place, full: false } }
            : { open: id, ...(isSessionId(id) && { place: { ...s.place, packet: null } }) },
        step ? "push" : "replace",
      ),
    [change],
  );

  const onPlace = useCallback(
    (part: Partial<Place>, mode: "push" | "replace" = "replace") =>
      change((s) => ({ place: { ...s.place, ...part } }), mode),
    [change],
  );

  // The window stays: what of it lies elsewhere is said in the list.
  const onCommunications = (session: string): void =>
    change((s) => ({
      q: `session:${session}`,
      open: null,
      place: { ...s.place, view: "list", full: false, packet: null },
    }));

  const onCompare = useCallback(
    (ids: readonly string[]) =>
      change((s) => ({ place: { ...s.place, view: "compare" as const, ids, letters: "" } })),
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
    uploads: whisperers.find(({ type }) => type === "UPLOAD")?.name ?? null,
    show: setDialog,
    metered,
    onMeter: setMetered,
    facets,
    onFacets: setFacets,
  });
  useCommandKeys(commands, dialog === null || dialog === "time");

  const retry = (): void => void status.refetch();
  if (status.data === undefined && refusalOf(status.error) !== null)
    return <NoRights error={status.error} retry={retry} />;
  if (status.data === undefined && status.error !== null) {
    return <Failure error={status.error} retry={retry} />;
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
        {stored !== null && silent === null && (
          <CompletenessBadge
            completeness={first?.completeness ?? summary?.completeness}
            asked={listScope.range}
            removals={removals}
            trouble={status.data?.pipeline.trouble?.detail ?? null}
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
      <AskingContext.Provider value={asking}>
        <div>
          <NoRightsBanner error={status.error} />
          <MisreadNote scope={scope} />
          {status.error !== null && refusalOf(status.error) === null && (
            <FailureBanner error={status.error} />
          )}
          <UnstoredBanner status={status.data} />
          <Overview
            scope={scope}
            view={view}
            selection={selection}
            newest={stored === null ? null : micros(status.data?.store.last_us ?? stored.to)}
            width={width - 28}
            filter={filter}
            q={state.q}
            stack={state.stack}
            layers={layers}
            layered={layered}
            history={history}
            handle={handle}
            silent={silent !== null}
            answered={silent}
            summary={summary}
            uncounted={uncounted}
            whisperers={whisperers}
            removals={removals}
            onMove={onMove}
            onFollow={onFollow}
            onSelect={onSelect}
            onAll={onAll}
            onLayer={onLayer}
            onStack={(stack) => change({ stack })}
          />
        </div>
        <SearchBox q={state.q} range={listScope.range} onAsk={onAsk} />
        <main
          ref={setWorkspace}
          className={classes("workspace", state.open !== null && state.place.full && "is-full")}
        >
          {facets && !pageIsEmpty && (
            <FacetPane
              over={narrow}
              scope={listScope}
              filter={filter}
              q={state.q}
              onClose={() => setFacets(false)}
            />
          )}
          <div className="view-pane">
            <ViewBar
              view={state.place.view}
              onView={(view) => change((s) => ({ place: { ...s.place, view } }))}
            />
            {state.place.view !== "list" && (
              <OtherView
                view={state.place.view}
                scope={listScope}
                filter={filter}
                q={state.q}
                what={whereOf(listScope, selection !== null)}
                order={state.order}
                place={state.place}
                total={summary?.total ?? null}
                open={state.open}
                onPlace={onPlace}
                onOpen={(id, step = false) => onOpen(id, step)}
                onOrder={(order) => change({ order })}
                onAsk={(q) => onAsk(q, true)}
                onWindow={(window) => change({ window, follow: null, selection: null })}
              />
            )}
            {state.place.view === "list" && (
              <ListPane
                scope={listScope}
                filter={filter}
                order={state.order}
                reading={reading}
                open={state.open}
                summary={reading === "columns" ? summary : null}
                what={whereOf(listScope, selection !== null)}
                facets={
                  !pageIsEmpty ? (
                    <button
                      type="button"
                      className={classes("button is-small is-bare", facets && "is-on")}
                      aria-pressed={facets}
                      title="The commonest values of what is shown (V)"
                      data-testid="facets-button"
                      onClick={() => setFacets(!facets)}
                    >
                      <Icon name="panel" />
                      Values
                    </button>
                  ) : null
                }
                exports={
                  <ExportMenu
                    what={selection === null ? "what the window shows" : "what is in the selection"}
                    count={reading === "columns" ? (summary?.total ?? null) : null}
                    query={{ from: listScope.range.from, to: listScope.range.to, ...filter }}
                    testid="export"
                  />
                }
                tray={
                  <PickTray
                    picks={picks}
                    onOpen={(id) => onOpen(id, true)}
                    onCompare={onCompare}
                    onDrop={(id) => unpick([id])}
                    onClear={clearPicks}
                    exports={
                      <ExportMenu
                        what={`${picks.size} selected`}
                        count={picks.size}
                        query={{ ids: [...picks.keys()].join(",") }}
                        testid="tray-export"
                        button="Export selected"
                      />
                    }
                  />
                }
                onOrder={(order) => change({ order })}
                onOpen={onOpen}
                onList={setFirst}
                empty={
                  <EmptyList
                    status={status.data}
                    whisperers={whisperers}
                    silent={silent !== null}
                    filtered={state.q !== ""}
                    selected={selection !== null}
                    whole={holds(listScope.range, status.data)}
                    removed={removedIn(removals, listScope.range)}
                    elsewhere={elsewhere?.total ?? null}
                    q={state.q}
                    onAsk={(q) => onAsk(q, true)}
                    onClearFilter={() => onAsk("", true)}
                    onClearSelection={() => change({ selection: null })}
                    onThere={onThere}
                    onSessions={() => onPlace({ view: "sessions" }, "push")}
                  />
                }
              />
            )}
            <ExportNotes />
          </div>
          {state.open !== null && (
            <>
              <Splitter value={detailShare} onChange={setDetailShare} low={0.25} high={0.75} />
              <div className="detail-pane" style={{ width: `${detailShare * 100}%` }}>
                {isSessionId(state.open) ? (
                  <SessionPane
                    id={state.open}
                    place={state.place}
                    onPlace={onPlace}
                    onCommunications={onCommunications}
                    onClose={() => onOpen(null, true)}
                  />
                ) : (
                  <DetailPane
                    id={state.open}
                    tab={state.tab}
                    onTab={(tab) => change({ tab }, "replace")}
                    onFilter={onFilter}
                    onClose={() => onOpen(null, true)}
                    place={state.place}
                    onPlace={onPlace}
                  />
                )}
              </div>
            </>
          )}
        </main>
      </AskingContext.Provider>
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
