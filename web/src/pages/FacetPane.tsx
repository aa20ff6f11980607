// FacetPane: what the communications of the question have in common: the commonest values of some
// fields with their counts. A click asks for only that value, or takes it back.

import { type ReactNode, useEffect, useRef, useState } from "react";
import { classes, formatCount } from "../base/format";
import { useAsking } from "../state/ask";
import type { Scope } from "../state/data";
import type { FilterQuery } from "../api/questions";
import type { Facets } from "../api/types";
import { isAddressField, nameOf, toldApart } from "../state/hostName";
import { useFacets } from "../state/search";
import { hasTerm } from "../state/terms";
import { Ask } from "../widgets/Ask";
import { FailureBanner } from "../widgets/Failure";
import { HostName } from "../widgets/HostName";
import { Icon } from "../widgets/Icon";
import { PartialNote } from "../widgets/PartialNote";
import { Skeleton } from "../widgets/states";

export interface FacetPaneProps {
  readonly scope: Scope;
  readonly filter: FilterQuery;
  readonly q: string;
  readonly over?: boolean; // the list, which has no room beside it
  readonly onClose: () => void;
}

// What people ask about first. Names are those of statistics, which /facets counts by.
const kFields = "status,method,host,response_type,state,whisperer,identity,client_ip,server_ip";
// Far more values than the others have: counted by themselves, so that nobody waits for them.
const kLongFields = "path,template";
const kLongAfter = "host";
const kNames: Readonly<Record<string, string>> = {
  status: "Status",
  method: "Method",
  host: "Host",
  path: "Path",
  template: "Template",
  response_type: "Type",
  state: "State",
  whisperer: "Whisperer",
  identity: "Identity",
  client_ip: "Client",
  server_ip: "Server",
};
const kFew = 5;

export function FacetPane({ scope, filter, q, over = false, onClose }: FacetPaneProps) {
  const { data, error, isPlaceholderData, isFetching } = useFacets(scope, filter, kFields, true);
  const long = useFacets(scope, filter, kLongFields, true);
  const facets = data?.facets.flatMap((facet) =>
    facet.field === kLongAfter ? [facet, ...(long.data?.facets ?? [])] : [facet],
  );
  const close = useRef<HTMLButtonElement>(null);
  // Over the list it has the keys until it is closed; then whoever had them before.
  useEffect(() => {
    if (!over) return undefined;
    const before = document.activeElement;
    close.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, [over]);
  const pane = (
    <aside
      className={classes("facets", over && "is-over")}
      aria-label="Values of what is shown"
      data-testid="facets"
      onKeyDown={(event) => {
        if (!over || event.key !== "Escape") return;
        event.stopPropagation();
        onClose();
      }}
    >
      <div className="facets-head">
        <h2>Values</h2>
        <button
          ref={close}
          type="button"
          className="button is-bare is-icon is-small"
          aria-label="Hide the values"
          title="Hide the values (V)"
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </div>
      {(error ?? long.error) !== null && <FailureBanner error={error ?? long.error} />}
      <PartialNote partial={data?.partial} what="Counted is" going={isFetching} />
      {data === undefined && error === null && <Skeleton rows={10} />}
      <div className={classes("facets-list", isPlaceholderData && "is-old")}>
        {facets
          ?.filter((facet) => facet.values.some((value) => !value.none))
          .map((facet) => (
            <Facet
              key={facet.field}
              facet={facet}
              total={(isLong(facet) ? long.data : data)?.communications ?? 0}
              q={q}
              note={
                isLong(facet) &&
                long.data?.partial?.reached_us !== data?.partial?.reached_us && (
                  <PartialNote
                    partial={long.data?.partial}
                    what="Counted is"
                    going={long.isFetching}
                  />
                )
              }
            />
          ))}
      </div>
    </aside>
  );
  if (!over) return pane;
  return (
    <>
      <div className="facets-veil" data-testid="facets-veil" onClick={onClose} />
      {pane}
    </>
  );
}

type OneFacet = Facets["facets"][number];

const isLong = ({ field }: OneFacet): boolean => kLongFields.split(",").includes(field);

interface FacetProps {
  readonly facet: OneFacet;
  readonly total: number;
  readonly q: string;
  readonly note: ReactNode;
}

function Facet({ facet, total, q, note }: FacetProps) {
  const [open, setOpen] = useState(true);
  const [all, setAll] = useState(false);
  const { only, drop } = useAsking();
  const values = all ? facet.values : facet.values.slice(0, kFew);
  const hidden = facet.values.length - values.length;
  const hosts = isAddressField(facet.field)
    ? toldApart(
        facet.values.map(({ label, name, name_source }) =>
          nameOf({ ip: label, name, source: name_source }),
        ),
      )
    : [];
  return (
    <section className="facet">
      <h3>
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name="chevron" />
          {kNames[facet.field] ?? facet.field}
        </button>
      </h3>
      {open && note}
      {open && (
        <ul>
          {values.map((value, index) => {
            const on = hasTerm(q, value.filter);
            const action = on ? `Take ${value.filter} back` : `Only ${value.filter}`;
            const host = hosts[index];
            return (
              <li key={value.filter} className="asks">
                <button
                  type="button"
                  className="facet-value"
                  aria-pressed={on}
                  title={action}
                  onClick={() => (on ? drop(value.filter) : only(value.filter))}
                >
                  <i
                    aria-hidden="true"
                    style={{ width: `${(value.communications / Math.max(1, total)) * 100}%` }}
                  />
                  <span className={classes("facet-label", value.none && "faint")}>
                    {value.none ? (
                      "none"
                    ) : host === undefined ? (
                      value.label
                    ) : (
                      <HostName host={host} action={action} />
                    )}
                  </span>
                  <span className="number">{formatCount(value.communications)}</span>
                </button>
                <Ask term={value.filter} keys={false} />
              </li>
            );
          })}
          {(hidden > 0 || facet.rest > 0) && (
            <li className="facet-rest">
              {hidden > 0 && (
                <button type="button" className="link" onClick={() => setAll(true)}>
                  {hidden} more
                </button>
              )}
              {facet.rest > 0 && (all || hidden === 0) && (
                <span className="faint">others: {formatCount(facet.rest)}</span>
              )}
            </li>
          )}
        </ul>
      )}
    </section>
  );
}
