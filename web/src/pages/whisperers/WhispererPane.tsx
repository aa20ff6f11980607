// WhispererPane: one whisperer: what it does, why not, what passes it now, and its parts.

import { useQuery } from "@tanstack/react-query";
import type { Whisperer } from "../../api/types";
import { askKeptData } from "../../api/whisperers";
import { classes, formatBytes, formatCount, formatShare, formatShort } from "../../base/format";
import { formatDateTime, micros } from "../../base/time";
import { useWhispererForm } from "../../state/useWhispererForm";
import { changeWhispererPlace, type Part, type WhispererPlace } from "../../state/whispererPlace";
import { useRates } from "../../state/whispererRates";
import { Icon } from "../../widgets/Icon";
import { Notice } from "../../widgets/states";
import { Tabs } from "../../widgets/Tabs";
import { booksOf } from "../StatusPanel";
import { isOnlyStored, shownState, withSource } from "../whispererStates";
import { DashboardView } from "./DashboardView";
import { KeptDataView } from "./KeptDataView";
import { QualityView } from "./QualityView";
import { SettingsForm } from "./SettingsForm";
import { UploadsView } from "./UploadsView";
import { WhispererActions } from "./WhispererActions";

export interface WhispererPaneProps {
  readonly whisperer: Whisperer;
  readonly at: number; // when its answer came, milliseconds
  readonly silent: boolean; // Spider does not answer at present
  readonly place: WhispererPlace;
  readonly onCopy: () => void;
  readonly onRemoved: () => void;
}

function Fact({
  label,
  value,
  help,
  bad,
}: Record<"label" | "value" | "help", string> & {
  bad?: boolean;
}) {
  return (
    <div className={classes(bad === true && "is-bad")} title={help}>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function perSecond(value: number, unit = ""): string {
  const text = value > 0 && value < 10 ? value.toFixed(1) : formatShort(Math.round(value));
  return `${text}${unit} / s`;
}

// What passes now: the difference of its last two answers.
function Now({ whisperer, at, silent }: Pick<WhispererPaneProps, "whisperer" | "at" | "silent">) {
  const rates = useRates(whisperer, at);
  const { ring } = whisperer;
  const books = booksOf(whisperer.books);
  const rate = (value: number | undefined, unit = ""): string =>
    value === undefined || silent ? "—" : perSecond(value, unit);
  const full = ring.bytes === 0 ? 0 : ring.bytes_filled / ring.bytes;
  return (
    <dl className="facts-now" data-testid="now">
      <Fact label="Packets" value={rate(rates?.packets)} help="Received, at present" />
      <Fact
        label="Traffic"
        value={rate(rates?.bits, rates !== null && rates.bits >= 1_000 ? "bit" : " bit")}
        help="Bits received, as on the wire, at present"
      />
      <Fact
        label="Communications"
        value={rate(rates?.communications)}
        help="Communications that ended, at present"
      />
      <Fact
        label="Lost"
        value={formatCount(books.lost)}
        bad={books.lost > 0}
        help={`Packets lost since the process started, of ${formatCount(books.received)} received`}
      />
      <div title="Packets waiting between capture and rebuilding, at present">
        <dt>Ring</dt>
        <dd>
          {ring.bytes === 0 ? "—" : formatShare(ring.bytes_filled, ring.bytes)}
          {ring.bytes > 0 && (
            <span
              className={classes("ring-meter", full > 0.75 && "is-bad")}
              role="meter"
              aria-label="Fill of the ring"
              aria-valuemin={0}
              aria-valuemax={ring.bytes}
              aria-valuenow={ring.bytes_filled}
              aria-valuetext={`${formatBytes(ring.bytes_filled)} of ${formatBytes(ring.bytes)}`}
            >
              <i style={{ width: `${Math.min(100, full * 100)}%` }} />
            </span>
          )}
        </dd>
      </div>
    </dl>
  );
}

// One that is in no configuration any more: whether something of it is left is asked for.
function OnlyStored({ name, onCopy }: { name: string; onCopy: () => void }) {
  const { data } = useQuery({
    queryKey: ["kept", name],
    queryFn: ({ signal }) => askKeptData(name, signal),
    refetchInterval: 30_000,
  });
  const empty = data?.kinds.every(({ oldest_us }) => oldest_us === null);
  const left =
    empty === undefined
      ? ""
      : empty
        ? " Nothing is stored of it any more."
        : " Its data is kept and can be looked at.";
  return (
    <Notice
      icon="empty"
      title={
        empty === true ? "Nothing of it is left but its name" : "It is not configured any more"
      }
      testId="only-stored"
      actions={
        <button type="button" className="button" onClick={onCopy}>
          Make it again
        </button>
      }
    >
      <p>It is in no configuration any more.{left}</p>
    </Notice>
  );
}

const kUploads: { key: Part; label: string } = { key: "uploads", label: "Uploads" };
const kTabs: readonly { key: Part; label: string }[] = [
  { key: "settings", label: "Settings" },
  { key: "data", label: "Kept data" },
  { key: "quality", label: "Quality" },
  { key: "dashboard", label: "Dashboard" },
];

export function WhispererPane(props: WhispererPaneProps) {
  const { whisperer, at, silent, place } = props;
  const known = !isOnlyStored(whisperer);
  const form = useWhispererForm(whisperer);
  // Other types have no uploads to show.
  const part = place.part === "uploads" && whisperer.type !== "UPLOAD" ? "settings" : place.part;
  const { label, tone, rests } = shownState(whisperer);
  const wrong = whisperer.state === "wrong_configuration";
  return (
    <>
      <div className="whisperer-title">
        <button
          type="button"
          className="button is-bare is-icon narrow-only"
          aria-label="All whisperers"
          onClick={() => changeWhispererPlace({ name: null })}
        >
          <Icon name="back" />
        </button>
        <h2>{whisperer.name}</h2>
        <span className={classes("chip", wrong && "is-bad", !silent && tone.split(" ")[0])}>
          <i className={`dot ${silent ? "" : tone}`} />
          <span data-testid="state">{silent ? `last known: ${label}` : label}</span>
        </span>
        <span className="faint">
          {withSource(whisperer.type, whisperer)}
          {whisperer.since_us !== null &&
            !rests &&
            ` · since ${formatDateTime(micros(whisperer.since_us), "second")}`}
        </span>
      </div>
      {known && whisperer.reason !== null && whisperer.reason !== "" && (
        <div className={classes("whisperer-reason", wrong && "is-bad")} data-testid="reason">
          <Icon name={wrong ? "warning" : "info"} />
          <span>{whisperer.reason}</span>
        </div>
      )}
      {!rests && <Now whisperer={whisperer} at={at} silent={silent} />}
      {known && (
        <WhispererActions
          whisperer={whisperer}
          form={form}
          silent={silent}
          onCopy={props.onCopy}
          onImported={() => changeWhispererPlace({ part: "settings" }, "replace")}
          onRemoved={props.onRemoved}
        />
      )}
      <Tabs
        label="Parts of the whisperer"
        tabs={whisperer.type === "UPLOAD" ? [kUploads, ...kTabs] : kTabs}
        chosen={part}
        onChoose={(part) => changeWhispererPlace({ part }, "replace")}
      >
        {part === "settings" && !known && (
          <OnlyStored name={whisperer.name} onCopy={props.onCopy} />
        )}
        {part === "settings" && known && (
          <SettingsForm whisperer={whisperer} form={form} silent={silent} />
        )}
        {part === "uploads" && <UploadsView name={whisperer.name} silent={silent} />}
        {part === "data" && <KeptDataView name={whisperer.name} silent={silent} />}
        {part === "quality" && <QualityView name={whisperer.name} place={place} />}
        {part === "dashboard" && <DashboardView name={whisperer.name} place={place} />}
      </Tabs>
    </>
  );
}
