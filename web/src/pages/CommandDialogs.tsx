// The map of the keys and the command palette.

import { useId, useState, type KeyboardEvent } from "react";
import { classes } from "../base/format";
import { Dialog } from "../widgets/Dialog";
import { Icon } from "../widgets/Icon";
import { Keys } from "../widgets/Keys";
import { type Command, findCommands, kFocusKeys, type KeyGroup } from "./commands";

function groupsOf(commands: readonly Command[]): KeyGroup[] {
  const groups = [...new Set(commands.map((command) => command.group))];
  return groups.map((title) => ({
    title,
    rows: commands
      .filter((command) => command.group === title && command.keys !== undefined)
      .map(({ label, keys = [] }) => ({ label, keys })),
  }));
}

export function KeyboardMap({
  commands,
  onClose,
}: {
  commands: readonly Command[];
  onClose: () => void;
}) {
  const groups = [...groupsOf(commands), ...kFocusKeys].filter((group) => group.rows.length > 0);
  return (
    <Dialog label="Keyboard map" className="keyboard-map" onClose={onClose}>
      <div className="dialog-head">
        <h2>Keyboard</h2>
        <button
          type="button"
          className="button is-bare is-icon"
          aria-label="Close"
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </div>
      <div className="keyboard-groups" tabIndex={0} role="group" aria-label="Keys">
        <div className="keyboard-columns">
          {groups.map((group) => (
            <section key={group.title}>
              <h3>{group.title}</h3>
              <dl>
                {group.rows.map((row) => (
                  <div key={row.label}>
                    <dt>{row.label}</dt>
                    <dd>
                      {row.keys.map((key) => (
                        <Keys key={key} keys={key} />
                      ))}
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
      </div>
    </Dialog>
  );
}

export function CommandPalette({
  commands,
  onClose,
}: {
  commands: readonly Command[];
  onClose: () => void;
}) {
  const id = useId();
  const [question, setQuestion] = useState("");
  const [at, setAt] = useState(0);
  const found = findCommands(commands, question);
  const chosen = found[Math.min(at, found.length - 1)];
  const run = (command: Command | undefined): void => {
    if (command === undefined) return;
    onClose();
    command.perform();
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) {
      const next = (Math.min(at, found.length - 1) + step + found.length) % found.length;
      setAt(next);
      document.getElementById(`${id}-${found[next]?.id}`)?.scrollIntoView?.({ block: "nearest" });
    } else if (event.key === "Enter") {
      run(chosen);
    } else {
      return;
    }
    event.preventDefault();
  };
  return (
    <Dialog label="Commands" className="palette" onClose={onClose}>
      <input
        type="text"
        role="combobox"
        aria-label="Command"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={chosen === undefined ? undefined : `${id}-${chosen.id}`}
        placeholder="What should happen?"
        spellCheck={false}
        autoComplete="off"
        autoFocus
        value={question}
        data-testid="palette-input"
        onChange={(event) => {
          setQuestion(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <ul id={`${id}-list`} role="listbox" aria-label="Commands">
        {found.map((command) => (
          <li
            key={command.id}
            id={`${id}-${command.id}`}
            role="option"
            aria-selected={command === chosen}
            className={classes(command === chosen && "is-chosen")}
            onClick={() => run(command)}
          >
            <span>{command.label}</span>
            <span className="palette-group">{command.group}</span>
            {command.keys?.[0] !== undefined && <Keys keys={command.keys[0]} />}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="palette-none">No command is called that.</p>}
    </Dialog>
  );
}
