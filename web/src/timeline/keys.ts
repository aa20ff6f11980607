// The keys of the timeline while it has the focus: one table for what they do and for the map that
// shows them. Pure.

export type TimelineAction =
  | "earlier"
  | "later"
  | "pageEarlier"
  | "pageLater"
  | "zoomIn"
  | "zoomOut"
  | "select"
  | "selectionEarlier"
  | "selectionLater"
  | "startEarlier"
  | "startLater"
  | "selectionShorter"
  | "selectionLonger"
  | "toSelection"
  | "showSelection"
  | "clear"
  | "all"
  | "newest";

export interface TimelineKey {
  readonly action: TimelineAction;
  readonly keys: readonly string[]; // as KeyboardEvent.key says, with Shift+ and Alt+ before
  readonly label: string;
}

export const kTimelineKeys: readonly TimelineKey[] = [
  { action: "earlier", keys: ["ArrowLeft"], label: "A tenth earlier" },
  { action: "later", keys: ["ArrowRight"], label: "A tenth later" },
  { action: "pageEarlier", keys: ["Shift+ArrowLeft", "PageUp"], label: "Half a window earlier" },
  { action: "pageLater", keys: ["Shift+ArrowRight", "PageDown"], label: "Half a window later" },
  { action: "zoomIn", keys: ["+", "="], label: "Zoom in" },
  { action: "zoomOut", keys: ["-", "_"], label: "Zoom out" },
  { action: "select", keys: ["s"], label: "Select the middle of the window" },
  { action: "selectionEarlier", keys: ["Alt+ArrowLeft"], label: "Move the selection earlier" },
  { action: "selectionLater", keys: ["Alt+ArrowRight"], label: "Move the selection later" },
  {
    action: "selectionShorter",
    keys: ["Alt+Shift+ArrowLeft"],
    label: "End the selection earlier",
  },
  { action: "selectionLonger", keys: ["Alt+Shift+ArrowRight"], label: "End the selection later" },
  { action: "startEarlier", keys: ["Alt+ArrowDown"], label: "Begin the selection earlier" },
  { action: "startLater", keys: ["Alt+ArrowUp"], label: "Begin the selection later" },
  { action: "toSelection", keys: ["Enter"], label: "Zoom to the selection" },
  { action: "showSelection", keys: ["j"], label: "Jump back to the selection" },
  { action: "clear", keys: ["Escape"], label: "Drop the selection" },
  { action: "all", keys: ["Home", "0"], label: "All that is stored" },
  { action: "newest", keys: ["End"], label: "The newest, at this zoom" },
];

export interface PressedKey {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

export function actionOf(event: PressedKey): TimelineAction | null {
  if (event.ctrlKey || event.metaKey) return null;
  // Shift is part of what makes a sign such as +; it counts only with keys that have names.
  const named = event.key.length > 1;
  const shift = named && event.shiftKey ? "Shift+" : "";
  const alt = event.altKey ? "Alt+" : "";
  const pressed = `${alt}${shift}${named ? event.key : event.key.toLowerCase()}`;
  return kTimelineKeys.find(({ keys }) => keys.includes(pressed))?.action ?? null;
}
