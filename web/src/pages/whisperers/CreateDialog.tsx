// CreateDialog: a new whisperer, empty, as a copy, or from a configuration as JSON.

import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { type Problem, problemOf, wordsOf } from "../../api/problem";
import type { Whisperer } from "../../api/types";
import { createWhisperer, tryCreate } from "../../api/whisperers";
import { reasonsOf, type Reasons, useTakeWhisperer } from "../../state/useWhispererForm";
import type { Configuration } from "../../state/whispererSettings";
import { Choice } from "../../widgets/Choice";
import { Dialog } from "../../widgets/Dialog";
import { Icon } from "../../widgets/Icon";

type Type = Whisperer["type"];

export interface CreateDialogProps {
  readonly title: string;
  readonly start: Configuration;
  readonly taken: readonly string[];
  readonly onClose: () => void;
  readonly onMade: (whisperer: Whisperer) => void;
}

interface Field {
  readonly name: string;
  readonly label: string;
  readonly help: string;
  readonly of: readonly Type[];
}

const kFields: readonly Field[] = [
  {
    name: "interface",
    label: "Interface",
    help: "The network interface to listen to, or any for all.",
    of: ["INTERFACE"],
  },
  {
    name: "path",
    label: "Path",
    help: "What to read: a file, a folder that is watched, or - for standard input.",
    of: ["FILE"],
  },
  {
    name: "filter",
    label: "Filter",
    help: "BPF as in tcpdump, for example tcp port 80; empty for everything.",
    of: ["INTERFACE", "FILE", "UPLOAD"],
  },
];

const kTypeHelp: Record<Type, string> = {
  INTERFACE: "Captures live what passes a network interface.",
  FILE: "Reads capture files from a place on Spider’s machine.",
  UPLOAD: "Takes capture files that are imported.",
};

const kCheckAfterMs = 350;

const textOf = (values: Configuration, name: string): string => String(values[name] ?? "");

// What POST gets: what concerns the type, without what is empty.
export function bodyOf(values: Configuration): Configuration {
  const type = values["type"] as Type;
  const hidden = kFields.filter(({ of }) => !of.includes(type)).map(({ name }) => name);
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => value !== "" && !hidden.includes(name)),
  );
}

export function CreateDialog({ title, start, taken, onClose, onMade }: CreateDialogProps) {
  const id = useId();
  const box = useRef<HTMLFormElement>(null);
  const cancel = useRef<() => void>(() => undefined); // the check that is under way
  const [values, setValues] = useState<Configuration>(start);
  const [told, setTold] = useState<Reasons>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const take = useTakeWhisperer();
  const type = values["type"] as Type;
  const name = textOf(values, "name");
  const own: Record<string, string> = taken.includes(name)
    ? { name: "There is a whisperer of this name." }
    : {};
  const reasons: Reasons = { ...told, ...own };
  const shown = kFields.filter(({ of }) => of.includes(type));
  const more = Object.entries(bodyOf(values)).filter(
    ([key]) => key !== "name" && key !== "type" && !shown.some((field) => field.name === key),
  );
  const elsewhere = Object.entries(reasons).filter(
    ([key]) => key !== "name" && !shown.some((field) => field.name === key),
  );

  // A moment after the last key, the server says what it would refuse.
  useEffect(() => {
    setTold({});
    setProblem(null);
    if (name === "" || taken.includes(name)) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      tryCreate(bodyOf(values), abort.signal).catch((error: unknown) => {
        if (!abort.signal.aborted) setTold(reasonsOf(error));
      });
    }, kCheckAfterMs);
    cancel.current = () => {
      clearTimeout(timer);
      abort.abort();
    };
    return cancel.current;
  }, [values]);

  const set = (key: string, value: string): void => setValues((now) => ({ ...now, [key]: value }));

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    cancel.current();
    setProblem(null);
    if (name === "") setTold({ name: "It needs a name." });
    else if (Object.keys(own).length === 0) {
      setBusy(true);
      try {
        const made = await createWhisperer(bodyOf(values));
        take(made);
        onMade(made);
        return;
      } catch (error) {
        setTold(reasonsOf(error));
        if (Object.keys(reasonsOf(error)).length === 0) setProblem(problemOf(error));
      } finally {
        setBusy(false);
      }
    }
    setTimeout(() => box.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  };

  const field = (key: string, label: string, help: string, first = false) => (
    <div className="create-field">
      <label htmlFor={`${id}-${key}`}>{label}</label>
      <input
        id={`${id}-${key}`}
        type="text"
        spellCheck={false}
        autoComplete="off"
        autoFocus={first}
        value={textOf(values, key)}
        aria-invalid={reasons[key] !== undefined}
        aria-describedby={`${id}-${key}-help ${id}-${key}-reason`}
        data-testid={`new-${key}`}
        onChange={(event) => set(key, event.target.value)}
      />
      <p id={`${id}-${key}-help`} className="faint">
        {help}
      </p>
      <p id={`${id}-${key}-reason`} className="setting-reason" role="alert">
        {reasons[key] !== undefined && (
          <>
            <Icon name="warning" />
            <span>{reasons[key]}</span>
          </>
        )}
      </p>
    </div>
  );

  return (
    <Dialog label={title} className="create" onClose={onClose}>
      <div className="dialog-head">
        <h2>{title}</h2>
        <button
          type="button"
          className="button is-bare is-icon"
          aria-label="Close"
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </div>
      <form ref={box} className="create-form" onSubmit={(event) => void submit(event)}>
        {field("name", "Name", "Letters, digits, - and _.", true)}
        <Choice
          label="Type"
          value={type}
          options={[
            ["INTERFACE", "INTERFACE"],
            ["UPLOAD", "UPLOAD"],
            ["FILE", "FILE"],
          ]}
          onChange={(next) => set("type", next)}
        />
        <p className="faint">{kTypeHelp[type]}</p>
        {shown.map(({ name: key, label, help }) => (
          <div key={key}>{field(key, label, help)}</div>
        ))}
        {more.length > 0 && (
          <p className="faint" data-testid="new-more">
            Also set: {more.map(([key, value]) => `${key} = ${String(value)}`).join(", ")}.
          </p>
        )}
        {elsewhere.map(([key, reason]) => (
          <p key={key} className="setting-reason" role="alert">
            <Icon name="warning" />
            <span>
              <b>{key}</b>: {reason}
            </span>
          </p>
        ))}
        {problem !== null && (
          <p className="settings-from is-bad" role="alert">
            <Icon name="warning" />
            <span>{wordsOf(problem)}</span>
          </p>
        )}
        <div className="create-foot">
          <span className="faint">Everything else can be set when it is there.</span>
          <span className="spacer" />
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button is-main" disabled={busy} data-testid="create">
            Create
          </button>
        </div>
      </form>
    </Dialog>
  );
}
