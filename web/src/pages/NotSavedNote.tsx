// NotSavedNote: why something is not there and since when, with the way to the setting.

import type { NotSaved } from "../api/types";
import { notSavedWords } from "../state/notSaved";
import { openWhisperers } from "../state/whispererPlace";

export function SettingsLink({ whisperer }: { whisperer: string }) {
  return (
    <button
      type="button"
      className="link"
      data-testid="to-settings"
      onClick={() => openWhisperers({ name: whisperer, part: "settings" })}
    >
      Settings
    </button>
  );
}

export function NotSavedNote({ one }: { one: NotSaved }) {
  return (
    <>
      {notSavedWords(one)} <SettingsLink whisperer={one.whisperer} />
    </>
  );
}
