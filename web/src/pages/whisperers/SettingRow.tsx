// SettingRow: one setting: its name and help, its value, where that comes from, what the file says,
// and what is wrong with what is typed.

import { useId } from "react";
import { classes } from "../../base/format";
import { belowOf, type Setting, valueText } from "../../state/whispererSettings";
import { Icon } from "../../widgets/Icon";

export interface SettingRowProps {
  readonly setting: Setting;
  readonly shown: string | boolean;
  readonly typed: boolean; // it is not saved
  readonly reason: string | undefined;
  readonly busy: boolean;
  readonly onType: (shown: string | boolean) => void;
  readonly onRevert: () => void;
}

const kLong = new Set(["filter", "path"]);

function Control({ setting, shown, reason, id, onType }: SettingRowProps & { id: string }) {
  const more = {
    id,
    "aria-describedby": `${id}-help ${id}-reason`,
    "aria-invalid": reason !== undefined,
    "data-testid": `set-${setting.name}`,
  };
  if (typeof shown === "boolean") {
    return (
      <input
        {...more}
        type="checkbox"
        role="switch"
        checked={shown}
        onChange={(event) => onType(event.target.checked)}
      />
    );
  }
  if (setting.choices !== undefined && setting.choices.length > 0) {
    return (
      <select {...more} value={shown} onChange={(event) => onType(event.target.value)}>
        {setting.choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    );
  }
  const number = typeof setting.value === "number";
  return (
    <input
      {...more}
      type="text"
      inputMode={number ? "numeric" : "text"}
      className={classes(number && "is-number", kLong.has(setting.name) && "is-long")}
      spellCheck={false}
      autoComplete="off"
      value={shown}
      onChange={(event) => onType(event.target.value)}
    />
  );
}

// Where the value comes from; never by colour alone.
function Origin({ setting, typed }: { setting: Setting; typed: boolean }) {
  const words = { default: "default", file: "from the file", page: "changed here" };
  const tone = setting.origin === "page" && "is-accent";
  return (
    <span className="setting-marks">
      <span className={classes("chip", tone)} data-testid={`origin-${setting.name}`}>
        {words[setting.origin]}
      </span>
      {typed && <span className="chip is-warn">not saved</span>}
    </span>
  );
}

export function SettingRow(props: SettingRowProps) {
  const { setting, reason, busy } = props;
  const id = useId();
  // What the file does not say is told with the default's value: then that is what it is.
  const inFile = setting.file_value !== null && setting.file_value !== setting.default_value;
  const { min, max } = setting;
  const limits = min != null && max != null ? ` From ${min} to ${max}.` : "";
  return (
    <div
      className={classes(
        "setting",
        setting.origin === "page" && "is-changed",
        reason !== undefined && "is-wrong",
      )}
      data-testid={`setting-${setting.name}`}
    >
      <div className="setting-text">
        <label htmlFor={id}>{setting.name}</label>
        <p id={`${id}-help`}>
          {setting.help}
          {limits}
        </p>
      </div>
      <div className="setting-value">
        <div className="setting-control">
          <Control {...props} id={id} />
          <Origin setting={setting} typed={props.typed} />
        </div>
        <p id={`${id}-reason`} className="setting-reason" role="alert">
          {reason !== undefined && (
            <>
              <Icon name="warning" />
              <span>{reason}</span>
            </>
          )}
        </p>
        {setting.origin === "page" && (
          <p className="setting-file" data-testid={`file-${setting.name}`}>
            {inFile ? "The file says" : "Default:"} <code>{valueText(belowOf(setting))}</code>
            <button
              type="button"
              className="button is-small"
              disabled={busy}
              data-testid={`revert-${setting.name}`}
              aria-label={`${setting.name} ${inFile ? "as in the file" : "at its default"}`}
              onClick={props.onRevert}
            >
              <Icon name="undo" />
              {inFile ? "As in the file" : "At its default"}
            </button>
          </p>
        )}
      </div>
    </div>
  );
}
