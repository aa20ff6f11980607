// What a whisperer does, in words and in colour.

import type { Whisperer } from "../api/types";

// "wrong_configuration" is also a right that is missing or an interface that is not there: the
// reason beside it says which.
const kStates: Record<Whisperer["state"], { label: string; tone: string }> = {
  capturing: { label: "capturing", tone: "is-good is-live" },
  starting: { label: "starting", tone: "is-warn" },
  not_started: { label: "not started", tone: "" },
  stopped: { label: "stopped", tone: "" },
  wrong_configuration: { label: "cannot capture", tone: "is-bad" },
};

interface StateShown {
  readonly label: string;
  readonly tone: string;
  readonly rests: boolean; // it waits to be given something: there is no "since", and no rates
}

export function shownState({ type, state }: Pick<Whisperer, "type" | "state">): StateShown {
  if (type === "UPLOAD" && state === "not_started")
    return { label: "takes files", tone: "", rests: true };
  return { ...kStates[state], rests: false };
}

// Where its packets come from.
export function sourceOf({ type, config }: Whisperer): string {
  const where = { INTERFACE: config["interface"], FILE: config["path"], UPLOAD: "imports" }[type];
  return String(where ?? "");
}
