// The commands of the explorer, with what they need from it.

import { type MutableRefObject } from "react";
import type { TimeRange } from "../base/time";
import { kViews } from "../state/place";
import { kQualityShown, usePreference } from "../state/preferences";
import { kSplitNames, kSplits } from "../state/stack";
import { setTheme } from "../state/theme";
import type { TimeHistory } from "../state/timeMoves";
import type { PageState } from "../state/url";
import { useTimelineRoom } from "../state/room";
import { openWhisperers } from "../state/whispererPlace";
import { useZone } from "../state/zone";
import type { TimelineHandle } from "../timeline/Timeline";
import type { Command } from "./commands";
import { kViewNames } from "./ViewBar";

const kFramesMax = 60;

// What the command opens may first have to be drawn: the list has the menu, another view has none.
function pressWhenThere(selector: string, frames = kFramesMax): void {
  const button = document.querySelector<HTMLElement>(selector);
  if (button !== null) {
    button.focus();
    button.click();
  } else if (frames > 0) {
    requestAnimationFrame(() => pressWhenThere(selector, frames - 1));
  }
}

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
  readonly uploads: string | null; // a whisperer that takes files
  readonly show: (dialog: PageDialog) => void;
  readonly metered: boolean;
  readonly onMeter: (on: boolean) => void;
  readonly facets: boolean; // the values of what is shown are there
  readonly onFacets: (on: boolean) => void;
}

export function usePageCommands(context: CommandContext): Command[] {
  const { state, change, history, handle, stored, shown, onFollow, onOpen, show } = context;
  const [zone, setZone] = useZone();
  const [quality, setQuality] = usePreference(kQualityShown);
  const { facets, onFacets } = context;
  const room = useTimelineRoom();
  const live = state.follow !== null;
  const { place } = state;
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
    time("fold", room.folded ? "Unfold the timeline" : "Fold the timeline to a strip", {
      keys: ["h"],
      perform: () => room.setFolded(!room.folded),
    }),
    time("height", "Timeline as high as usual", {
      perform: () => {
        room.setHeight(null);
        room.setFolded(false);
      },
    }),
    ...kViews.map((view, index) => ({
      id: `view-${view}`,
      label: `View: ${kViewNames[view]}`,
      group: "Views",
      keys: [String(index + 1)],
      off: place.view === view,
      perform: () => change({ place: { ...place, view } }),
    })),
    page("filter", "Search", {
      keys: ["/"],
      perform: () => document.querySelector<HTMLInputElement>('input[name="q"]')?.focus(),
    }),
    page(
      "facets",
      facets ? "Hide the values of what is shown" : "Show the values of what is shown",
      {
        keys: ["v"],
        perform: () => onFacets(!facets),
      },
    ),
    page("export", "Export what is shown: HAR, NDJSON, CSV, pcapng", {
      perform: () => {
        if (place.view !== "list") change({ place: { ...place, view: "list" } });
        pressWhenThere('[data-testid="export"], [data-testid="tray-export"]');
      },
    }),
    page("uploads", "Uploads: files that were given to a whisperer", {
      off: context.uploads === null,
      perform: () => openWhisperers({ name: context.uploads, part: "uploads" }),
    }),
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
    page("full", place.full ? "Details beside the list" : "Details over the list", {
      keys: ["m"],
      off: state.open === null,
      perform: () => change({ place: { ...place, full: !place.full } }),
    }),
    page("close", place.full ? "Back to the list beside the details" : "Close the details", {
      keys: ["Escape"],
      off: state.open === null,
      perform: () => {
        if (place.full) change({ place: { ...place, full: false } });
        else onOpen(null, true);
      },
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
