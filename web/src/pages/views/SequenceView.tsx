// SequenceView: who called whom, when, in which order. Lanes are hosts; arrows are requests and
// responses; what stands inside another call stands indented on its lane. Hover ties both ends.

import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { formatDuration, plural } from "../../base/format";
import { pngOf, save, svgText } from "../../base/picture";
import { formatClock, micros } from "../../base/time";
import type { Scale } from "../../state/place";
import { diagramOf, type Lane } from "../../state/sequence";
import { useBounded } from "../../state/viewData";
import { Choice } from "../../widgets/Choice";
import { Failure } from "../../widgets/Failure";
import { Icon } from "../../widgets/Icon";
import { Popover } from "../../widgets/Popover";
import { Skeleton } from "../../widgets/states";
import type { ViewProps } from "./props";
import {
  answerText,
  callText,
  cut,
  Drawn,
  heightOf,
  labelled,
  scaleFor,
  Texts,
  ticksOf,
} from "./SequenceParts";
import { NothingToDraw, SourceNote } from "./Source";
import "../../styles/sequence.css";

const kLeft = 92; // for the clock
const kHead = 46;
const kScaleNames: readonly (readonly [Scale, string])[] = [
  ["linear", "Linear"],
  ["log", "Log"],
  ["steps", "Steps"],
];

function LanesMenu({
  lanes,
  place,
  onPlace,
}: Pick<ViewProps, "place" | "onPlace"> & { lanes: readonly Lane[] }) {
  const gateways = lanes.filter((lane) => lane.gateway).map(({ key }) => key);
  const set = (hidden: readonly string[]): void => onPlace({ hidden: [...new Set(hidden)] });
  return (
    <Popover
      label="Lanes"
      button={
        <>
          Lanes{place.hidden.length > 0 && ` (${place.hidden.length} hidden)`}
          <Icon name="down" />
        </>
      }
      buttonClass="button is-small"
      panelClass="lanes-menu"
      testid="lanes"
    >
      <label>
        <input
          type="checkbox"
          checked={place.merged}
          onChange={(event) => onPlace({ merged: event.target.checked, hidden: [] })}
        />
        Replicas of a name in one lane
      </label>
      {gateways.length > 0 && (
        <label title="They pass the same request on while they answer it">
          <input
            type="checkbox"
            checked={gateways.every((key) => place.hidden.includes(key))}
            onChange={(event) =>
              set(
                event.target.checked
                  ? [...place.hidden, ...gateways]
                  : place.hidden.filter((key) => !gateways.includes(key)),
              )
            }
          />
          Hide gateways ({gateways.length})
        </label>
      )}
      <h3>Shown</h3>
      {lanes.map((lane) => (
        <label key={lane.key}>
          <input
            type="checkbox"
            checked={!place.hidden.includes(lane.key)}
            onChange={(event) =>
              set(
                event.target.checked
                  ? place.hidden.filter((key) => key !== lane.key)
                  : [...place.hidden, lane.key],
              )
            }
          />
          {lane.name} <span className="faint">{lane.aside}</span>
        </label>
      ))}
    </Popover>
  );
}

export default function SequenceView(props: ViewProps) {
  const { scope, filter, place, open, onPlace, onOpen } = props;
  const query = useBounded(scope, filter, place.ids, place.slice);
  const data = query.data;
  const drawing = useRef<SVGSVGElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(900);
  const [hovered, setHovered] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (element === null || typeof ResizeObserver === "undefined") return undefined;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [data === undefined || data.items.length === 0]);

  const all = useMemo(
    () => diagramOf(data?.items ?? [], { merged: place.merged, hidden: [] }),
    [data, place.merged],
  );
  const diagram = useMemo(
    () => diagramOf(data?.items ?? [], { merged: place.merged, hidden: place.hidden }),
    [data, place.merged, place.hidden],
  );
  const { lanes, calls } = diagram;
  const step = Math.max(140, (width - kLeft - 40) / Math.max(1, lanes.length));
  const whole = Math.max(width, kLeft + 40 + step * lanes.length) - 2;
  const x = useMemo(() => {
    const places = new Map(lanes.map((lane, index) => [lane.key, kLeft + step * (index + 0.5)]));
    return (key: string): number => places.get(key) ?? kLeft;
  }, [lanes, step]);
  // What it would be by itself is told whatever is chosen.
  const auto = useMemo(() => scaleFor(calls, x), [calls, x]);
  const shown = place.scale === "auto" ? auto : place.scale;
  const y = useMemo(() => heightOf(calls, shown), [calls, shown]);
  const height = calls.reduce((low, call) => Math.max(low, y(call.end)), 60) + 40;
  const texts = useMemo(() => labelled(calls, x, y), [calls, x, y]);
  const byId = useMemo(() => new Map(calls.map((call) => [call.id, call])), [calls]);
  const tied = useMemo(() => {
    const found = new Set<string>();
    const own = hovered ?? open;
    if (own === null) return found;
    for (let at = byId.get(own)?.inside ?? null; at !== null; at = byId.get(at)?.inside ?? null)
      found.add(at);
    for (const call of calls) if (call.inside === own) found.add(call.id);
    return found;
  }, [byId, calls, hovered, open]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const at = calls.findIndex(({ id }) => id === (hovered ?? open));
    if (by !== 0) {
      event.preventDefault();
      event.stopPropagation();
      const next = calls[Math.min(calls.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
      if (next === undefined) return;
      setHovered(next.id);
      box.current
        ?.querySelector(`[data-id="${next.id}"]`)
        ?.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      onOpen(calls[at]?.id ?? null);
    }
  };
  const text = (): string =>
    drawing.current === null
      ? ""
      : svgText(
          drawing.current,
          getComputedStyle(document.documentElement).getPropertyValue("--surface").trim(),
        );
  const asPng = async (): Promise<void> => {
    try {
      save(await pngOf(text(), whole, kHead + height), "sequence.png");
      setFailed(false);
    } catch {
      setFailed(true);
    }
  };
  if (query.error !== null && data === undefined)
    return <Failure error={query.error} retry={() => void query.refetch()} />;
  const told = hovered === null ? undefined : byId.get(hovered);
  const outer = told?.inside == null ? undefined : byId.get(told.inside);
  const ticks = ticksOf(calls, y);
  return (
    <section className="view sequence" aria-label="Sequence diagram" data-testid="sequence">
      <h2 className="visually-hidden">Sequence diagram</h2>
      <div className="view-tools">
        <Choice
          label="How time runs"
          value={place.scale}
          options={[["auto", `Auto: ${auto}`], ...kScaleNames]}
          onChange={(scale) => onPlace({ scale })}
        />
        <LanesMenu lanes={all.lanes} place={place} onPlace={onPlace} />
        <SourceNote {...props} data={data} />
        <span className="spacer" />
        {failed && <span className="chip is-warn">The picture is too large; take the SVG.</span>}
        <button
          type="button"
          className="button is-bare is-small"
          data-testid="save-svg"
          onClick={() => save(new Blob([text()], { type: "image/svg+xml" }), "sequence.svg")}
        >
          <Icon name="download" />
          SVG
        </button>
        <button
          type="button"
          className="button is-bare is-small"
          data-testid="save-png"
          onClick={() => void asPng()}
        >
          <Icon name="download" />
          PNG
        </button>
      </div>
      {data === undefined ? (
        <Skeleton rows={10} />
      ) : data.items.length === 0 ? (
        <NothingToDraw />
      ) : (
        <div
          className="view-scroll"
          ref={box}
          tabIndex={0}
          role="group"
          aria-label="Calls. Arrow up and down walk, Enter opens"
          onKeyDown={onKeyDown}
        >
          {/* The same heads as in the drawing, which stay in sight. */}
          <div className="seq-heads" aria-hidden="true" style={{ width: whole, height: kHead }}>
            {lanes.map((lane) => (
              <div
                key={lane.key}
                className="seq-head"
                title={`${lane.name} ${lane.aside}`}
                style={{ left: x(lane.key) - step / 2 + 6, width: step - 12 }}
              >
                <b>{`${lane.name}${lane.replicas > 1 ? ` ×${lane.replicas}` : ""}`}</b>
                {lane.aside !== "" && (
                  <span>{`${lane.gateway ? "gateway · " : ""}${lane.aside}`}</span>
                )}
              </div>
            ))}
          </div>
          <svg
            ref={drawing}
            style={{ marginTop: -kHead }}
            className="seq-drawing"
            viewBox={`0 0 ${whole} ${kHead + height}`}
            width={whole}
            height={kHead + height}
            role="img"
            aria-label={`${plural(calls.length, "call")} between ${plural(lanes.length, "lane")}`}
          >
            <defs>
              <marker
                id="seq-head"
                viewBox="0 0 8 8"
                refX="7.5"
                refY="4"
                markerWidth="7"
                markerHeight="7"
                orient="auto-start-reverse"
              >
                <path d="M0 0.500 8 4 0 7.500z" fill="context-stroke" />
              </marker>
              <marker
                id="seq-back"
                viewBox="0 0 8 8"
                refX="7"
                refY="4"
                markerWidth="8"
                markerHeight="8"
                orient="auto-start-reverse"
              >
                <path d="M1 1 7 4 1 7" fill="none" stroke="context-stroke" />
              </marker>
            </defs>
            <g transform={`translate(0 ${kHead})`}>
              {ticks.map((tick) => (
                <text
                  key={tick.y}
                  className="seq-clock"
                  x={kLeft - 8}
                  y={tick.y + 4}
                  textAnchor="end"
                >
                  {tick.text}
                </text>
              ))}
              {lanes.map((lane) => (
                <line
                  key={lane.key}
                  className="seq-line"
                  x1={x(lane.key)}
                  x2={x(lane.key)}
                  y1={0}
                  y2={height - 12}
                />
              ))}
              {calls.map((call) => (
                <Drawn
                  key={call.id}
                  call={call}
                  x={x}
                  y={y}
                  lit={call.id === hovered ? "own" : tied.has(call.id) ? "tied" : null}
                  chosen={call.id === open}
                  onOpen={() => onOpen(call.id)}
                  onHover={(on) => setHovered(on ? call.id : null)}
                />
              ))}
              {/* Over all lines, so that none goes through a text. */}
              {calls.map((call) => (
                <Texts
                  key={call.id}
                  call={call}
                  x={x}
                  y={y}
                  step={step}
                  named={texts.names.has(call.id)}
                  answered={texts.answers.has(call.id)}
                />
              ))}
            </g>
            {lanes.map((lane) => (
              <g key={lane.key} className="seq-lane" transform={`translate(${x(lane.key)} 0)`}>
                <title>{`${lane.name} ${lane.aside}`}</title>
                <rect x={-step / 2 + 6} y={4} width={step - 12} height={kHead - 8} rx="7" />
                <text className="seq-lane-name" y={lane.aside === "" ? 28 : 21} textAnchor="middle">
                  {cut(`${lane.name}${lane.replicas > 1 ? ` ×${lane.replicas}` : ""}`, step - 24)}
                </text>
                {lane.aside !== "" && (
                  <text className="seq-lane-aside" y={35} textAnchor="middle">
                    {cut(`${lane.gateway ? "gateway · " : ""}${lane.aside}`, step - 20)}
                  </text>
                )}
              </g>
            ))}
          </svg>
        </div>
      )}
      <p className="view-foot" aria-live="polite" data-testid="seq-foot">
        {told === undefined ? (
          <>
            {place.scale === "auto" &&
              shown === "steps" &&
              "Steps, as texts would stand on each other in linear. "}
            {diagram.left > 0 && `${plural(diagram.left, "call")} of hidden lanes not drawn. `}
            Nesting tells that one call stood open on a host while another began and ended there,
            not that it caused it.
          </>
        ) : (
          <>
            {`${formatClock(micros(told.start), "micro")} ${callText(told)} → ${answerText(told)}`}
            {` after ${formatDuration(told.end - told.start)}`}
            {outer !== undefined && `, while ${callText(outer)} stood open on the same host`}
          </>
        )}
      </p>
    </section>
  );
}
