// The commands of the explorer, with what they need from it.

import { type MutableRefObject } from "react";
import type { TimeRange } from "../base/time";
import { kFacetsShown, kQualityShown, usePreference } from "../state/preferences";
import { kSplitNames, kSplits } from "../state/stack";
import { setTheme } from "../state/theme";
import type { TimeHistory } from "../state/timeMoves";
import type { PageState } from "../state/url";
import { openWhisperers } from "../state/whispererPlace";
import { useZone } from "../state/zone";
import type { TimelineHandle } from "../timeline/Timeline";
import type { Command } from "./commands";

export type PageDialog = "time" | "keys" | "palette";

export interface CommandContext {
  readonly state: PageState;
  readonly change: (part: Partial<PageState>) => void;
  readonly history: TimeHistory;
  readonly handle: MutableRefObject<TimelineHandle | null>;
  readonly stored: TimeRange | null;
  readonly shown: TimeRange;
  readonly onFollow: (span: number | null, view: TimeRange) => void;
  readonly onOpen: (id: string | null, step: boolean) => void;
  readonly show: (dialog: PageDialog) => void;
  readonly metered: boolean;
  readonly onMeter: (on: boolean) => void;
}

export function usePageCommands(context: CommandContext): Command[] {
  const { state, change, history, handle, stored, shown, onFollow, onOpen, show } = context;
  const [zone, setZone] = useZone();
  const [quality, setQuality] = usePreference(kQualityShown);
  const [facets, setFacets] = usePreference(kFacetsShown);
  const live = state.follow !== null;
  const time = (
    id: string,
    label: string,
    more: Omit<Command, "id" | "label" | "group">,
  ): Command => ({
    id,
    label,
    group: "Time",
    ...more,
  });
  const page = (
    id: string,
    label: string,
    more: Omit<Command, "id" | "label" | "group">,
  ): Command => ({
    id,
    label,
    group: "Page",
    ...more,
  });
  return [
    time("time", "Go to a time", { keys: ["t"], perform: () => show("time") }),
    time("undo", "Undo the last move of time", {
      keys: ["Mod+z", "["],
      off: !history.canUndo,
      perform: history.undo,
    }),
    time("redo", "Redo the move of time", {
      keys: ["Mod+Shift+z", "Mod+y", "]"],
      off: !history.canRedo,
      perform: history.redo,
    }),
    time("live", live ? "Stop being live" : "Follow what is captured now", {
      keys: ["l"],
      perform: () => onFollow(live ? null : 0, shown),
    }),
    time("all", "Show all that is stored", {
      keys: ["a"],
      off: stored === null,
      perform: () => change({ window: stored, follow: null, selection: null }),
    }),
    time("zoom-selection", "Zoom to the selection", {
      keys: ["z"],
      off: state.selection === null,
      perform: () => handle.current?.perform("toSelection"),
    }),
    time("back-to-selection", "Jump back to the selection", {
      keys: ["j"],
      off: state.selection === null,
      perform: () => handle.current?.perform("showSelection"),
    }),
    time("drop-selection", "Drop the selection", {
      off: state.selection === null,
      perform: () => change({ selection: null }),
    }),
    time("timeline", "Put the keys into the timeline", {
      keys: ["g"],
      perform: () => handle.current?.focus(),
    }),
    time("zone", zone === "utc" ? "Write times in the local zone" : "Write times in UTC", {
      keys: ["u"],
      perform: () => setZone(zone === "utc" ? "local" : "utc"),
    }),
    ...kSplits.map((split) =>
      time(`stack-${split}`, `Stack the bars by ${kSplitNames[split].toLowerCase()}`, {
        off: state.stack === split,
        perform: () => change({ stack: split }),
      }),
    ),
    time("quality", quality ? "Hide the quality line" : "Show the quality line", {
      keys: ["q"],
      perform: () => setQuality(!quality),
    }),
    page("filter", "Search", {
      keys: ["/"],
      perform: () => document.querySelector<HTMLInputElement>('input[name="q"]')?.focus(),
    }),
    page(
      "facets",
      facets ? "Hide the values beside the list" : "Show the values of what is shown",
      {
        keys: ["v"],
        perform: () => setFacets(!facets),
      },
    ),
    page("clear-filter", "Take every filter away", {
      off: state.q === "",
      perform: () => change({ q: "" }),
    }),
    page("order", state.order === "newest" ? "Oldest first" : "Newest first", {
      perform: () => change({ order: state.order === "newest" ? "oldest" : "newest" }),
    }),
    page("list", "Put the keys into the list", {
      keys: ["i"],
      perform: () => document.querySelector<HTMLElement>('[data-testid="list"]')?.focus(),
    }),
    page("whisperers", "Whisperers: what is captured, settings, quality", {
      keys: ["w"],
      perform: () => openWhisperers(),
    }),
    page("close", "Close the details", {
      keys: ["Escape"],
      off: state.open === null,
      perform: () => onOpen(null, true),
    }),
    ...(["light", "dark", "system"] as const).map((theme) =>
      page(`theme-${theme}`, `Colours: ${theme === "system" ? "as the system" : theme}`, {
        perform: () => setTheme(theme),
      }),
    ),
    page("frames", context.metered ? "Hide frame times" : "Show frame times", {
      perform: () => context.onMeter(!context.metered),
    }),
    page("palette", "Find a command", { keys: ["Mod+k"], perform: () => show("palette") }),
    page("keys", "Show this map of the keys", { keys: ["?"], perform: () => show("keys") }),
  ];
}
