// CompareView: two or more communications side by side: where their time went, what differs in
// their fields, bodies and headers, what says most first. The first is what the others are compared
// with; any of them can be made it.

import { useQueries } from "@tanstack/react-query";
import { Fragment, useMemo, useState } from "react";
import { getBytes } from "../../api/client";
import { type CommunicationDetail, wireText } from "../../api/types";
import { classes, formatDuration, plural } from "../../base/format";
import { lossText } from "../../base/holes";
import { formatClock, micros } from "../../base/time";
import {
  bodyDiff,
  type BodyDiff,
  type CompareRow,
  fieldRows,
  headerRows,
  kAside,
  kCompareBytes,
} from "../../state/compare";
import { machineName } from "../../state/hostName";
import { kComparedMax, lettersOf, relettered } from "../../state/place";
import { usePicks } from "../../state/picks";
import { useDetails } from "../../state/viewData";
import { HostName } from "../../widgets/HostName";
import { Icon } from "../../widgets/Icon";
import { Notice, Skeleton } from "../../widgets/states";
import { StatusCode } from "../../widgets/status";
import { maskedValue } from "../HeaderTables";
import { isSecret } from "../headerTerms";
import { bodyReason } from "../reasons";
import type { ViewProps } from "./props";
import "../../styles/compare.css";

type Sides = readonly [string, string]; // what the two are called

// A letter alone does not tell which of two was earlier.
const sideName = ({ letter, start_us }: Compared): string =>
  `${letter}, ${formatClock(micros(start_us), "milli")}`;

type Compared = CommunicationDetail & { readonly letter: string };

function Rows(props: { rows: readonly CompareRow[]; all: boolean; columns: number }) {
  const shown = props.rows.filter((row) => props.all || row.differs);
  const equal = props.rows.length - shown.length;
  return (
    <>
      {shown.map((row) => (
        <tr key={row.name} className={row.differs ? "is-different" : ""}>
          <th scope="row">{row.name}</th>
          {row.values.map((value, index) => (
            <td
              key={index}
              className={classes(
                value === null && "is-none",
                index > 0 && value !== row.values[0] && "is-other",
              )}
            >
              {row.hosts?.[index] === undefined ? (
                (value ?? "not there")
              ) : (
                <HostName host={row.hosts[index]} />
              )}
            </td>
          ))}
        </tr>
      ))}
      {equal > 0 && (
        <tr className="compare-equal">
          <th scope="row" colSpan={props.columns + 1}>
            {shown.length === 0 ? "No difference: " : ""}
            {plural(equal, "row")} equal
          </th>
        </tr>
      )}
    </>
  );
}

function Timings({ details }: { details: readonly Compared[] }) {
  const parts = (d: CommunicationDetail) =>
    [
      ["connect", d.connect_us],
      ["request", d.request_us],
      ["wait", d.wait_us],
      ["response", d.response_us],
    ] as const;
  const whole = (d: CommunicationDetail): number =>
    parts(d).reduce((sum, [, us]) => sum + Math.max(0, us ?? 0), 0);
  const most = Math.max(1, ...details.map(whole));
  return (
    <div className="compare-timings timing" data-testid="compare-timings">
      {details.map((detail) => (
        <div key={detail.id} className="compare-timing">
          <b>{detail.letter}</b>
          <div className="compare-bar" aria-hidden="true">
            {parts(detail).map(([key, us]) => (
              <i
                key={key}
                className={`is-${key}`}
                style={{ width: `${(Math.max(0, us ?? 0) / most) * 100}%` }}
              />
            ))}
          </div>
          <span className="number">
            {parts(detail)
              .map(([key, us]) => `${key} ${us === null ? "not seen" : formatDuration(us)}`)
              .join(" · ")}
          </span>
        </div>
      ))}
    </div>
  );
}

interface Loaded {
  readonly bytes: Uint8Array | null;
  readonly note: string | null; // why there is nothing to compare, or not all
}

function useBodies(details: readonly CommunicationDetail[], side: "request" | "response") {
  return useQueries({
    queries: details.map((detail) => ({
      queryKey: ["body", detail.id, side] as const,
      queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Loaded> => {
        const message = detail[side];
        if (message === null) return { bytes: null, note: `The ${side} was not captured.` };
        const reason = bodyReason(side, message, detail);
        if (reason !== null) return { bytes: null, note: reason };
        const link = detail._links[`${side}_body_decoded`] ?? detail._links[`${side}_body`];
        if (link === undefined) return { bytes: null, note: "The body can no longer be read." };
        if (message.saved_body_bytes > 4 * kCompareBytes)
          return { bytes: null, note: "The body is too large to be compared here." };
        const decoded = detail._links[`${side}_body_decoded`] !== undefined;
        const { bytes } = await getBytes(link.href, signal);
        return { bytes, note: lossText(message, decoded) };
      },
      staleTime: Infinity,
    })),
  });
}

function DiffView({ diff, sides }: { diff: BodyDiff; sides: Sides }) {
  if (diff.kind === "equal") return <p className="faint">Equal: {diff.note}.</p>;
  if (diff.kind === "bytes") return <p>{diff.note}.</p>;
  if (diff.kind === "json") {
    return (
      <table className="compare-json" data-testid="json-diff">
        <thead>
          <tr>
            <th scope="col">Path</th>
            <th scope="col">{sides[0]}</th>
            <th scope="col">{sides[1]}</th>
          </tr>
        </thead>
        <tbody>
          {diff.changes.map((change, index) => (
            <tr key={index} className={`is-${change.kind}`}>
              <th scope="row">
                <span className="visually-hidden">
                  {change.before === null
                    ? `only in ${sides[1]}`
                    : change.after === null
                      ? `only in ${sides[0]}`
                      : "different"}
                  {": "}
                </span>
                {change.path}
              </th>
              <td className={change.before === null ? "is-none" : "is-removed"}>
                {change.before ?? "not there"}
              </td>
              <td className={change.after === null ? "is-none" : "is-added"}>
                {change.after ?? "not there"}
              </td>
            </tr>
          ))}
          {diff.more && (
            <tr>
              <th scope="row">…</th>
              <td colSpan={2}>There are more; the first {diff.changes.length} are shown.</td>
            </tr>
          )}
        </tbody>
      </table>
    );
  }
  return (
    <>
      <p className="faint">
        − {sides[0]} · + {sides[1]}
      </p>
      <pre className="compare-text" data-testid="text-diff" tabIndex={0}>
        {diff.lines.slice(0, 4_000).map((line, index) => (
          <span key={index} className={`is-${line.kind}`}>
            {line.kind === "added"
              ? "+ "
              : line.kind === "removed"
                ? "− "
                : line.kind === "same"
                  ? "  "
                  : "⋯ "}
            {line.text.slice(0, 2_000)}
            {"\n"}
          </span>
        ))}
      </pre>
    </>
  );
}

function Bodies({ details, side }: { details: readonly Compared[]; side: "request" | "response" }) {
  const answers = useBodies(details, side);
  const stamp = answers.map((answer) => answer.dataUpdatedAt).join();
  const diffs = useMemo(() => {
    const first = answers[0]?.data;
    return answers.slice(1).map((answer, index) => {
      const other = answer.data;
      if (first?.bytes == null || other?.bytes == null) return null;
      return bodyDiff(
        { bytes: first.bytes, type: details[0]?.[side]?.content_type ?? null },
        { bytes: other.bytes, type: details[index + 1]?.[side]?.content_type ?? null },
      );
    });
    // The stamp tells whether any body came.
  }, [stamp, details, side]);
  if (answers.some((answer) => answer.isPending)) return <Skeleton rows={3} />;
  const nothing = details.every((detail) => (detail[side]?.body_bytes ?? 0) === 0);
  const [reference] = details;
  if (nothing || reference === undefined) return <p className="faint">None has one.</p>;
  return (
    <>
      {diffs.map((diff, index) => {
        const other = details[index + 1];
        if (other === undefined) return null;
        const notes = [answers[0], answers[index + 1]]
          .map(
            (answer, n) =>
              [(n === 0 ? reference : other).letter, answer?.data?.note ?? null] as const,
          )
          .filter(([, note]) => note !== null);
        const failed = [answers[0], answers[index + 1]].some((answer) => answer?.error != null);
        return (
          <div key={other.id} className="compare-diff">
            <h3>
              {reference.letter} and {other.letter}
            </h3>
            {diff !== null && (
              <DiffView diff={diff} sides={[sideName(reference), sideName(other)]} />
            )}
            {notes.map(([name, note]) => (
              <p key={name} className="faint">
                {name}: {note}
              </p>
            ))}
            {failed && <p>A body could not be read; see it in the details.</p>}
          </div>
        );
      })}
    </>
  );
}

// Secrets are compared, and not shown.
function masked(detail: CommunicationDetail, side: "request" | "response") {
  const message = detail[side];
  if (message === null) return null;
  const headers = message.headers.map((header) =>
    isSecret(header)
      ? { ...header, value: `${maskedValue(header)} (${fingerprint(header.value)})` }
      : header,
  );
  return { ...message, headers };
}

// Tells two secrets apart without telling them.
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1)
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193);
  return (hash >>> 0).toString(16).padStart(8, "0").slice(0, 4);
}

function Nothing({ open, place, onPlace }: Pick<ViewProps, "open" | "place" | "onPlace">) {
  const { ids } = place;
  const picks = usePicks();
  const addable = open !== null && !ids.includes(open);
  return (
    <Notice
      icon="compare"
      title="Compare two or more communications"
      testId="compare-nothing"
      actions={
        picks.size > 1 ? (
          <button
            type="button"
            className="button"
            onClick={() => onPlace({ ids: [...picks.keys()], letters: "" })}
          >
            Compare the {picks.size} picked
          </button>
        ) : addable ? (
          <button
            type="button"
            className="button"
            onClick={() => onPlace(relettered(place, [...ids, open]))}
          >
            {ids.length === 0 ? "Begin with the open one" : "Compare with the open one"}
          </button>
        ) : undefined
      }
    >
      <p>
        {ids.length === 0
          ? "Open a communication in the list and begin with it, or pick several there."
          : "One is chosen. Open another in the list and come back."}
      </p>
    </Notice>
  );
}

function SectionHead({ title, columns }: { title: string; columns: number }) {
  return (
    <tr className="compare-section">
      <th scope="rowgroup" colSpan={columns + 1}>
        {title}
      </th>
    </tr>
  );
}

export default function CompareView({ place, open, onPlace, onOpen }: ViewProps) {
  const ids = place.ids.slice(0, kComparedMax);
  const answers = useDetails(ids);
  const [all, setAll] = useState(false);
  const letters = lettersOf(place);
  const details = useMemo(
    () =>
      answers.flatMap(({ detail }, at): Compared[] =>
        detail === null ? [] : [{ ...detail, letter: letters[at] ?? "" }],
      ),
    [answers, letters.join("")],
  );
  const waiting = answers.some(({ detail, error }) => detail === null && error === null);
  const gone = answers.filter(({ error }) => error !== null);
  const fields = useMemo(() => fieldRows(details), [details]);
  const requests = useMemo(() => headerRows(details.map((d) => masked(d, "request"))), [details]);
  const responses = useMemo(() => headerRows(details.map((d) => masked(d, "response"))), [details]);
  const [main, aside] = [false, true].map((last) =>
    fields.filter(({ name }) => kAside.has(name) === last),
  );
  const refer = (id: string): void =>
    onPlace(relettered(place, [id, ...place.ids.filter((other) => other !== id)]));
  const drop = (id: string): void =>
    onPlace(
      relettered(
        place,
        place.ids.filter((other) => other !== id),
      ),
    );
  return (
    <section className="view compare" aria-label="Compare" data-testid="compare-view">
      <h2 className="visually-hidden">Compare</h2>
      <div className="view-tools">
        <label>
          <input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} />
          {" Show what is equal, too"}
        </label>
        {place.ids.length > kComparedMax && (
          <span className="source-more">
            The first {kComparedMax} of {place.ids.length}
          </span>
        )}
        {gone.length > 0 && (
          <span className="source-more">
            {plural(gone.length, "communication")} can no longer be read
          </span>
        )}
        <span className="spacer" />
        {open !== null && !place.ids.includes(open) && place.ids.length > 0 && (
          <button
            type="button"
            className="button is-small"
            onClick={() => onPlace(relettered(place, [...place.ids, open]))}
          >
            Add the open one
          </button>
        )}
      </div>
      {waiting ? (
        <Skeleton rows={10} />
      ) : details.length < 2 ? (
        <Nothing open={open} place={place} onPlace={onPlace} />
      ) : (
        <div className="view-scroll" tabIndex={0} role="region" aria-label="Differences">
          <table className="compare-table">
            <thead>
              <tr>
                <th scope="col">
                  <span className="visually-hidden">Field</span>
                </th>
                {details.map((detail, index) => (
                  <th key={detail.id} scope="col">
                    <div className="compare-head">
                      <b>{detail.letter}</b>
                      <button
                        type="button"
                        className="compare-open"
                        onClick={() => onOpen(detail.id)}
                      >
                        <StatusCode status={detail.status} /> {wireText(detail.method ?? "—")}{" "}
                        {wireText(detail.path ?? "")}
                      </button>
                      {index === 0 ? (
                        <span className="chip" title="What the others are compared with">
                          reference
                        </span>
                      ) : (
                        <button
                          type="button"
                          className="button is-bare is-small"
                          aria-label={`Compare with ${detail.letter}`}
                          title="Make this one what the others are compared with"
                          data-testid="refer"
                          onClick={() => refer(detail.id)}
                        >
                          Compare with this
                        </button>
                      )}
                      <button
                        type="button"
                        className="button is-bare is-icon is-small"
                        aria-label={`Leave ${detail.letter} out`}
                        title="Leave out"
                        onClick={() => drop(detail.id)}
                      >
                        <Icon name="close" />
                      </button>
                    </div>
                    <span className="faint">
                      {formatClock(micros(detail.start_us), "milli")} ·{" "}
                      {detail.host === null ? (
                        <HostName host={machineName(detail, "server")} />
                      ) : (
                        wireText(detail.host)
                      )}
                    </span>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              <SectionHead title="Timing" columns={details.length} />
              <tr>
                <td colSpan={details.length + 1} className="compare-wide">
                  <Timings details={details} />
                </td>
              </tr>
              <SectionHead title="Fields" columns={details.length} />
              <Rows rows={main ?? []} all={all} columns={details.length} />
              {(["response", "request"] as const).map((side) => (
                <Fragment key={side}>
                  <SectionHead
                    title={side === "request" ? "Request body" : "Response body"}
                    columns={details.length}
                  />
                  <tr>
                    <td colSpan={details.length + 1} className="compare-wide">
                      <div className="compare-body" data-testid={`compare-${side}`}>
                        <Bodies details={details} side={side} />
                      </div>
                    </td>
                  </tr>
                </Fragment>
              ))}
              <SectionHead title="Request headers" columns={details.length} />
              <Rows rows={requests} all={all} columns={details.length} />
              <SectionHead title="Response headers" columns={details.length} />
              <Rows rows={responses} all={all} columns={details.length} />
              <SectionHead title="When and over which connection" columns={details.length} />
              <Rows rows={aside ?? []} all={all} columns={details.length} />
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
