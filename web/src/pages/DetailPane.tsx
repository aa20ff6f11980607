// DetailPane: everything about one communication.

import { useCallback, useEffect, useRef } from "react";
import { wireText, type CommunicationDetail } from "../api/types";
import { classes, formatBytes, formatDuration } from "../base/format";
import { useCommunication } from "../state/data";
import { kStartPlace, type Place } from "../state/place";
import type { Filter, Tab } from "../state/url";
import { Failure } from "../widgets/Failure";
import { Icon } from "../widgets/Icon";
import { Skeleton } from "../widgets/states";
import { kStateNames, StatusCode } from "../widgets/status";
import { Tabs } from "../widgets/Tabs";
import { CopyMenu } from "./CopyMenu";
import { MessageTab } from "./MessageTab";
import { noTarget } from "./reasons";
import { SessionTab } from "./SessionTab";
import { SummaryTab } from "./SummaryTab";

export interface DetailPaneProps {
  readonly id: string;
  readonly tab: Tab;
  readonly onTab: (tab: Tab) => void;
  readonly onFilter: (change: Partial<Filter>) => void;
  readonly onClose: () => void;
  readonly place?: Place;
  readonly onPlace?: (part: Partial<Place>) => void;
}

const kNoPlace = (): void => undefined;

interface FullProps {
  readonly full: boolean;
  readonly onFull: (on: boolean) => void;
}

export function FullButton({ full, onFull }: FullProps) {
  return (
    <button
      type="button"
      className="button is-bare is-icon"
      aria-label="Details over the list"
      aria-pressed={full}
      title={full ? "Beside the list again (M, Escape)" : "Over the list, as wide as the page (M)"}
      data-testid="full"
      onClick={() => onFull(!full)}
    >
      <Icon name={full ? "shrink" : "grow"} />
    </button>
  );
}

function reasonPhrase(detail: CommunicationDetail): string {
  const line = detail.response?.start_line ?? "";
  return wireText(line.split(" ").slice(2).join(" ")).trim();
}

interface HeadProps extends FullProps {
  readonly detail: CommunicationDetail;
  readonly onClose: () => void;
}

function Head({ detail, full, onFull, onClose }: HeadProps) {
  return (
    <header className="detail-head">
      <div className="detail-title">
        <StatusCode status={detail.status} />
        <span className="reason">{reasonPhrase(detail)}</span>
        {detail.state !== "complete" && (
          <span className="chip is-warn">{kStateNames[detail.state]}</span>
        )}
        <span className="spacer" />
        <span className="number">
          {detail.state === "no_response" ? "—" : formatDuration(detail.duration_us)}
        </span>
        <CopyMenu detail={detail} />
        <FullButton full={full} onFull={onFull} />
        <CloseButton onClose={onClose} />
      </div>
      <div className="detail-uri" title={wireText(detail.path ?? "")} data-testid="detail-uri">
        <b>{wireText(detail.method ?? "—")}</b>{" "}
        <span className="faint">{wireText(detail.host ?? "")}</span>
        {wireText(detail.path ?? noTarget(detail.codes))}
      </div>
    </header>
  );
}

export function CloseButton({ onClose }: { onClose: () => void }) {
  return (
    <button
      type="button"
      className="button is-bare is-icon is-small"
      aria-label="Close details"
      title="Close (Esc)"
      data-testid="close-detail"
      onClick={onClose}
    >
      <Icon name="close" />
    </button>
  );
}

function sideLabel(name: string, bytes: number | null) {
  return (
    <>
      {name} {bytes !== null && bytes > 0 && <span className="faint">{formatBytes(bytes)}</span>}
    </>
  );
}

export function DetailPane(props: DetailPaneProps) {
  const { id, tab, onTab, onFilter, onClose } = props;
  const { place = kStartPlace, onPlace = kNoPlace } = props;
  const onPacket = useCallback((packet: number | null) => onPlace({ packet }), [onPlace]);
  const onBody = useCallback((body: string) => onPlace({ body }), [onPlace]);
  const box = useRef<HTMLElement>(null);
  const { full } = place;
  // What had the keys in the list is no longer in sight.
  useEffect(() => {
    const { activeElement } = document;
    const inside = activeElement !== null && box.current?.contains(activeElement) === true;
    if (full && !inside) box.current?.focus({ preventScroll: true });
  }, [full]);
  const query = useCommunication(id);
  const trouble = query.error ?? (query.data === undefined ? query.failureReason : null);
  if (trouble !== null) {
    return (
      <div className="detail">
        <header className="detail-head">
          <div className="detail-title">
            <span className="spacer" />
            <CloseButton onClose={onClose} />
          </div>
        </header>
        <Failure error={trouble} retry={() => void query.refetch()} />
      </div>
    );
  }
  if (query.data === undefined) {
    return (
      <div className="detail">
        <Skeleton rows={10} />
      </div>
    );
  }
  const detail = query.data;
  const fixed = tab === "request" || tab === "response";
  const tabs = [
    { key: "summary" as const, label: "Summary" },
    { key: "request" as const, label: sideLabel("Request", detail.request_body_bytes) },
    { key: "response" as const, label: sideLabel("Response", detail.response_body_bytes) },
    { key: "session" as const, label: "TCP session" },
  ];
  return (
    <section className="detail" aria-label="Details" data-testid="detail" tabIndex={-1} ref={box}>
      <h2 className="visually-hidden">Details</h2>
      <Head detail={detail} full={full} onFull={(on) => onPlace({ full: on })} onClose={onClose} />
      <Tabs label="Parts of the communication" tabs={tabs} chosen={tab} onChoose={onTab}>
        <div
          className={classes("detail-body", fixed && "is-fixed")}
          tabIndex={fixed ? undefined : 0} // scrolled by keys, too
        >
          {tab === "summary" && <SummaryTab detail={detail} onFilter={onFilter} />}
          {fixed && (
            <MessageTab
              key={`${id} ${tab}`}
              side={tab}
              detail={detail}
              body={place.body}
              onBody={onBody}
            />
          )}
          {tab === "session" && (
            <SessionTab detail={detail} packet={place.packet} onPacket={onPacket} />
          )}
        </div>
      </Tabs>
    </section>
  );
}
