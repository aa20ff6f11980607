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

// In no configuration any more: what it was told to do is not known, only what it captured.
export const isOnlyStored = ({ settings }: Pick<Whisperer, "settings">): boolean =>
  settings.length === 0;

// Where its packets come from; "" when that is not known any more.
export function sourceOf(whisperer: Whisperer): string {
  if (isOnlyStored(whisperer)) return "";
  const { type, config } = whisperer;
  const where = { INTERFACE: config["interface"], FILE: config["path"], UPLOAD: "imports" }[type];
  return String(where ?? "");
}

// "INTERFACE · lan0"
export function withSource(lead: string, whisperer: Whisperer): string {
  return [lead, sourceOf(whisperer)].filter((part) => part !== "").join(" · ");
}
