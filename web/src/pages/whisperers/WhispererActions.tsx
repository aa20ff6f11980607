// WhispererActions: start, stop, copy, export, import, remove.

import { useState } from "react";
import { type Problem, problemOf, wordsOf } from "../../api/problem";
import type { Whisperer } from "../../api/types";
import { removeWhisperer, startWhisperer, stopWhisperer } from "../../api/whisperers";
import { useTakeWhisperer, type WhispererForm } from "../../state/useWhispererForm";
import { configurationJson, draftOf, type Configuration } from "../../state/whispererSettings";
import { Icon } from "../../widgets/Icon";
import { JsonPick } from "./JsonPick";

export interface WhispererActionsProps {
  readonly whisperer: Whisperer;
  readonly form: WhispererForm;
  readonly silent: boolean;
  readonly onCopy: () => void;
  readonly onImported: () => void;
  readonly onRemoved: () => void;
}

// The page's policy lets a blob be downloaded.
function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}

export function WhispererActions(props: WhispererActionsProps) {
  const { whisperer, form, silent } = props;
  const { name } = whisperer;
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const [asked, setAsked] = useState(false); // whether to remove it
  const [note, setNote] = useState("");
  const take = useTakeWhisperer();
  const stopped = whisperer.stopped_by_hand;
  const perform = async (act: () => Promise<Whisperer>): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      take(await act());
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  const remove = async (): Promise<void> => {
    setBusy(true);
    try {
      await removeWhisperer(name);
      props.onRemoved();
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };
  const onImport = (configuration: Configuration): void => {
    const { draft, unknown } = draftOf(whisperer.settings, configuration);
    form.load(draft);
    const type = configuration["type"];
    const said = [
      Object.keys(draft).length === 0 ? "It says what is in force." : "Read; look, and save.",
      unknown.length > 0 ? `Not known here: ${unknown.join(", ")}.` : "",
      type !== undefined && type !== whisperer.type ? `Its type is ${String(type)}.` : "",
    ];
    setNote(said.filter(Boolean).join(" "));
    props.onImported();
  };
  return (
    <>
      <div className="whisperer-actions">
        {(whisperer.type !== "UPLOAD" || stopped) && (
          <button
            type="button"
            className={stopped ? "button is-main" : "button"}
            disabled={busy || silent}
            data-testid={stopped ? "start" : "stop"}
            onClick={() => void perform(() => (stopped ? startWhisperer : stopWhisperer)(name))}
          >
            <Icon name={stopped ? "pulse" : "stop"} />
            {stopped ? "Start" : "Stop"}
          </button>
        )}
        <button type="button" className="button" data-testid="copy" onClick={props.onCopy}>
          <Icon name="copy" />
          Copy
        </button>
        <button
          type="button"
          className="button"
          data-testid="export-json"
          onClick={() => download(`${name}.json`, configurationJson(whisperer))}
        >
          <Icon name="download" />
          Export
        </button>
        <JsonPick
          label="Fill from JSON"
          title="Type into these settings what a configuration as JSON says; nothing is saved yet"
          testid="import-json"
          onPick={onImport}
          onTrouble={setNote}
        />
        {whisperer.origin === "page" && !asked && (
          <button
            type="button"
            className="button is-bare"
            data-testid="remove"
            onClick={() => setAsked(true)}
          >
            Remove
          </button>
        )}
        {asked && (
          <span className="whisperer-ask" role="group" aria-label={`Remove ${name}?`}>
            Remove it? What it captured is kept.
            <button
              type="button"
              className="button is-bad"
              disabled={busy || silent}
              data-testid="remove-yes"
              onClick={() => void remove()}
            >
              Remove
            </button>
            <button type="button" className="button" autoFocus onClick={() => setAsked(false)}>
              Keep
            </button>
          </span>
        )}
        <span role="status" className="faint" data-testid="note">
          {note}
        </span>
      </div>
      {problem !== null && (
        <p className="settings-from is-bad" role="alert" data-testid="action-problem">
          <Icon name="warning" />
          <span>{wordsOf(problem)}</span>
        </p>
      )}
    </>
  );
}
