// SettingsForm: the settings of a whisperer in their groups, with what was changed on the page, and
// saving. Saved changes are in force at once.

import { wordsOf } from "../../api/problem";
import { type FormEvent, useEffect, useRef } from "react";
import type { Whisperer } from "../../api/types";
import { classes, plural } from "../../base/format";
import { kGroupNames, kGroups, shownOf, concerns } from "../../state/whispererSettings";
import type { WhispererForm } from "../../state/useWhispererForm";
import { useWhispererPlace } from "../../state/whispererPlace";
import { Icon } from "../../widgets/Icon";
import { SettingRow } from "./SettingRow";

export interface SettingsFormProps {
  readonly whisperer: Whisperer;
  readonly form: WhispererForm;
  readonly silent: boolean;
}

// Which settings differ from the file, and the way back.
function Changed({ whisperer, form }: SettingsFormProps) {
  const changed = whisperer.settings.filter(
    ({ origin, group }) => origin === "page" && group !== "identity",
  );
  if (whisperer.origin === "page") {
    return (
      <p className="settings-from">
        <Icon name="info" />
        <span>Made on this page; the file does not know it.</span>
      </p>
    );
  }
  if (changed.length === 0) {
    return (
      <p className="settings-from" data-testid="as-in-file">
        <Icon name="check" />
        <span>Every setting is as the file says, or at its default.</span>
      </p>
    );
  }
  return (
    <p className="settings-from is-changed" data-testid="differs">
      <Icon name="info" />
      <span>
        {plural(changed.length, "setting is", "settings are")} changed on this page and differ
        {changed.length === 1 ? "s" : ""} from the file:{" "}
        {changed.map(({ name }) => name).join(", ")}.
      </span>
      <button
        type="button"
        className="button"
        disabled={form.busy}
        data-testid="file-wins"
        onClick={form.fileWins}
      >
        <Icon name="undo" />
        The file wins
      </button>
    </p>
  );
}

export function SettingsForm(props: SettingsFormProps) {
  const { whisperer, form, silent } = props;
  const box = useRef<HTMLFormElement>(null);
  const wanted = useWhispererPlace()?.setting;
  useEffect(() => {
    if (wanted === undefined) return;
    const controls = box.current?.querySelectorAll<HTMLElement>("[data-testid]") ?? [];
    const control = [...controls].find(({ dataset }) => dataset["testid"] === `set-${wanted}`);
    control?.focus();
    control?.scrollIntoView?.({ block: "center" });
  }, [wanted, whisperer.name]);
  const wrong = Object.keys(form.reasons).length;
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const saved = wrong === 0 && (await form.save());
    // To what has to be mended.
    if (!saved)
      setTimeout(() => box.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  };
  return (
    <form ref={box} className="settings" data-testid="settings" onSubmit={(e) => void save(e)}>
      <Changed {...props} />
      {kGroups.map((group) => {
        const shown = whisperer.settings.filter(
          (setting) =>
            setting.group === group &&
            (concerns(setting.name, whisperer.type) ||
              setting.origin === "page" ||
              form.draft[setting.name] !== undefined),
        );
        return (
          shown.length > 0 && (
            <fieldset key={group} className="settings-group">
              <legend>{kGroupNames[group]}</legend>
              {shown.map((setting) => (
                <SettingRow
                  key={setting.name}
                  setting={setting}
                  shown={shownOf(setting, form.draft)}
                  typed={form.draft[setting.name] !== undefined}
                  reason={form.reasons[setting.name]}
                  busy={form.busy}
                  onType={(value) => form.type(setting, value)}
                  onRevert={() => form.asInFile(setting)}
                />
              ))}
            </fieldset>
          )
        );
      })}
      {form.problem !== null && (
        <p className="settings-from is-bad" role="alert" data-testid="save-problem">
          <Icon name="warning" />
          <span>{wordsOf(form.problem)}</span>
        </p>
      )}
      <div
        className={classes("settings-bar", form.changed === 0 && "is-idle")}
        role="group"
        aria-label="Saving"
      >
        <span role="status" data-testid="said">
          {form.changed > 0
            ? `${plural(form.changed, "change")} not saved${
                wrong > 0 ? `; ${plural(wrong, "value")} cannot be` : ""
              }`
            : form.said}
        </span>
        {form.changed === 0 && form.undo !== null && (
          <button
            type="button"
            className="button is-small"
            data-testid="undo-change"
            onClick={form.undo}
          >
            Undo
          </button>
        )}
        <span className="spacer" />
        <button
          type="button"
          className="button"
          disabled={form.changed === 0 || form.busy}
          onClick={form.discard}
        >
          Discard
        </button>
        <button
          type="submit"
          className="button is-main"
          disabled={form.changed === 0 || form.busy || silent}
          data-testid="save"
        >
          Save
        </button>
      </div>
    </form>
  );
}
