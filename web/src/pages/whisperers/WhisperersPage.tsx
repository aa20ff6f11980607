// WhisperersPage: the whisperers as resources: a list beside what one of them is, does and did.

import { useEffect, useMemo, useState } from "react";
import type { Whisperer } from "../../api/types";
import { classes } from "../../base/format";
import { formatDateTime, micros } from "../../base/time";
import { useStatus, useWhisperers } from "../../state/data";
import { setTheme } from "../../state/theme";
import { useZone } from "../../state/zone";
import {
  changeWhispererPlace,
  communicationsAddress,
  formatWhispererPlace,
  type WhispererPlace,
} from "../../state/whispererPlace";
import { type Configuration, configurationOf, freeName } from "../../state/whispererSettings";
import { visit } from "../../state/usePageState";
import { Failure, FailureBanner } from "../../widgets/Failure";
import { Icon, Logo } from "../../widgets/Icon";
import { Notice, Skeleton } from "../../widgets/states";
import { ThemeSwitch } from "../../widgets/ThemeSwitch";
import { UnstoredBanner } from "../../widgets/UnstoredBanner";
import { CommandPalette, KeyboardMap } from "../CommandDialogs";
import { type Command, useCommandKeys } from "../commands";
import { shownState, withSource } from "../whispererStates";
import { CreateDialog } from "./CreateDialog";
import { FileNotes } from "./FileNotes";
import { JsonPick } from "./JsonPick";
import { WhispererPane } from "./WhispererPane";
import "../../styles/whisperers.css";
import "../../styles/whisperer_form.css";

interface Making {
  readonly title: string;
  readonly start: Configuration;
}

const kNew: Making = {
  title: "New whisperer",
  start: { name: "", type: "INTERFACE", interface: "any" },
};

// A real link that stays in this page when it is simply clicked.
function go(event: React.MouseEvent, perform: () => void): void {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  perform();
}

function since({ since_us: at }: Whisperer): string {
  return at === null ? "" : `since ${formatDateTime(micros(at), "second")}`;
}

function Item({
  whisperer,
  chosen,
  place,
  silent,
}: {
  whisperer: Whisperer;
  chosen: boolean;
  place: WhispererPlace;
  silent: boolean;
}) {
  const { label, tone, rests } = shownState(whisperer);
  const there = { ...place, name: whisperer.name, from: null };
  return (
    <li>
      <a
        className={classes("whisperer-item", chosen && "is-chosen")}
        href={formatWhispererPlace(there)}
        aria-current={chosen ? "page" : undefined}
        data-testid="whisperer-item"
        onClick={(event) => go(event, () => changeWhispererPlace(there))}
      >
        <i className={`dot ${silent ? "" : tone}`} />
        <span className="whisperer-item-text">
          <strong>{whisperer.name}</strong>
          <span>{withSource(whisperer.type, whisperer)}</span>
          <span className={classes(whisperer.state === "wrong_configuration" && "is-bad")}>
            {silent ? `last known: ${label}` : label} {rests ? "" : since(whisperer)}
          </span>
        </span>
      </a>
    </li>
  );
}

function usePageTitle(title: string): void {
  useEffect(() => {
    const before = document.title;
    document.title = title;
    return () => {
      document.title = before;
    };
  }, [title]);
}

export default function WhisperersPage({ place }: { place: WhispererPlace }) {
  const query = useWhisperers(true);
  const status = useStatus();
  const [dialog, setDialog] = useState<"keys" | "palette" | null>(null);
  const [making, setMaking] = useState<Making | null>(null);
  const [note, setNote] = useState("");
  const [zone, setZone] = useZone();
  const items = query.data?.items ?? [];
  const chosen = place.name === null ? items[0] : items.find(({ name }) => name === place.name);
  usePageTitle(`${chosen === undefined ? "" : `${chosen.name} · `}Whisperers · Spider`);
  const back = (): void => visit(communicationsAddress());
  const step = (by: number): void => {
    const at = items.findIndex((item) => item === chosen);
    const next = items[(at + by + items.length) % items.length];
    if (next !== undefined) changeWhispererPlace({ name: next.name, from: null });
  };
  // One that is only in the store leaves its name free.
  const taken = items.filter(({ settings }) => settings.length > 0).map(({ name }) => name);
  const copy = (whisperer: Whisperer | undefined): void => {
    if (whisperer === undefined) return;
    const start = configurationOf(whisperer);
    const name = freeName(whisperer.name, taken);
    const title = name === whisperer.name ? "New whisperer" : `Copy of ${whisperer.name}`;
    setMaking({ title, start: { ...start, name } });
  };
  const onPick = (start: Configuration): void => {
    const type = ["INTERFACE", "FILE", "UPLOAD"].find((known) => known === start["type"]);
    const name = freeName(String(start["name"] ?? ""), taken);
    setNote("");
    setMaking({
      title: "Whisperer of a configuration",
      start: { ...start, name, type: type ?? "INTERFACE" },
    });
  };
  const onRemoved = (): void => void query.refetch();
  const commands = useMemo<Command[]>(() => {
    const page = (id: string, label: string, more: Omit<Command, "id" | "label" | "group">) => ({
      id,
      label,
      group: "Whisperers",
      ...more,
    });
    return [
      page("back", "Back to the communications", { keys: ["Escape"], perform: back }),
      page("next", "Next whisperer", { keys: ["j"], perform: () => step(1) }),
      page("previous", "Previous whisperer", { keys: ["k"], perform: () => step(-1) }),
      page("settings", "Its settings", {
        keys: ["s"],
        perform: () => changeWhispererPlace({ part: "settings" }),
      }),
      page("new", "New whisperer", { keys: ["n"], perform: () => setMaking(kNew) }),
      page("copy", "Copy it under a new name", {
        off: chosen === undefined,
        perform: () => copy(chosen),
      }),
      page("quality", "Its quality over a day", {
        keys: ["q"],
        perform: () => changeWhispererPlace({ part: "quality" }),
      }),
      page("zone", zone === "utc" ? "Write times in the local zone" : "Write times in UTC", {
        keys: ["u"],
        perform: () => setZone(zone === "utc" ? "local" : "utc"),
      }),
      ...(["light", "dark", "system"] as const).map((theme) =>
        page(`theme-${theme}`, `Colours: ${theme === "system" ? "as the system" : theme}`, {
          perform: () => setTheme(theme),
        }),
      ),
      page("palette", "Find a command", { keys: ["Mod+k"], perform: () => setDialog("palette") }),
      page("keys", "Show this map of the keys", { keys: ["?"], perform: () => setDialog("keys") }),
    ];
  }, [items, chosen, zone]);
  useCommandKeys(commands, dialog === null && making === null);
  const silent = query.error !== null;
  return (
    <div className={classes("whisperers-page", place.name !== null && "has-choice")}>
      <header className="topbar">
        <a
          className="brand"
          href="./"
          aria-label="Spider, start page"
          onClick={(event) => go(event, () => visit(""))}
        >
          <Logo />
          <span className="brand-name">Spider</span>
        </a>
        <a
          className="button is-bare"
          href={communicationsAddress() === "" ? "./" : communicationsAddress()}
          data-testid="back"
          onClick={(event) => go(event, back)}
        >
          <Icon name="back" />
          Communications
        </a>
        <h1 className="visually-hidden">Spider: whisperers</h1>
        <span className="spacer" />
        <span role="status" className="topbar-note" data-testid="page-note">
          {note}
        </span>
        <JsonPick
          label="New from JSON"
          tight
          title="Make a whisperer of a configuration as JSON"
          testid="import-new"
          onPick={onPick}
          onTrouble={setNote}
        />
        <button
          type="button"
          className="button is-main"
          data-testid="new-whisperer"
          onClick={() => setMaking(kNew)}
        >
          <Icon name="plus" />
          New
        </button>
        <ThemeSwitch />
      </header>
      {silent && query.data !== undefined && <FailureBanner error={query.error} />}
      <UnstoredBanner status={status.data} />
      <FileNotes />
      {query.data === undefined && silent && (
        <Failure error={query.error} retry={() => void query.refetch()} />
      )}
      {query.data === undefined && !silent && <Skeleton rows={8} />}
      {query.data !== undefined && (
        <main className="whisperers-main">
          <nav className="whisperers-list" aria-label="Whisperers">
            <h2>Whisperers</h2>
            <ul>
              {items.map((item) => (
                <Item
                  key={item.name}
                  whisperer={item}
                  chosen={item === chosen}
                  place={place}
                  silent={silent}
                />
              ))}
            </ul>
            {items.length === 0 && <p className="faint">There is none yet.</p>}
            {items.length > 0 && (
              <p className="faint narrow-only" data-testid="choose">
                Choose one to see its settings and what it captured.
              </p>
            )}
          </nav>
          <div className="whisperer-pane">
            {chosen !== undefined && (
              <WhispererPane
                key={chosen.name}
                whisperer={chosen}
                at={query.dataUpdatedAt}
                silent={silent}
                place={place}
                onCopy={() => copy(chosen)}
                onRemoved={onRemoved}
              />
            )}
            {chosen === undefined && (
              <Notice
                icon="empty"
                title={
                  place.name === null ? "No whisperer" : `No whisperer is called ${place.name}`
                }
                testId="no-whisperer"
              >
                <p>A whisperer is a named capture: of an interface, of files, or of imports.</p>
              </Notice>
            )}
          </div>
        </main>
      )}
      {making !== null && (
        <CreateDialog
          {...making}
          taken={taken}
          onClose={() => setMaking(null)}
          onMade={({ name }) => {
            setMaking(null);
            changeWhispererPlace({ name, part: "settings", from: null });
          }}
        />
      )}
      {dialog === "keys" && <KeyboardMap commands={commands} onClose={() => setDialog(null)} />}
      {dialog === "palette" && (
        <CommandPalette commands={commands} onClose={() => setDialog(null)} />
      )}
    </div>
  );
}
