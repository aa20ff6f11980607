// Commands: everything the page can be told to do, as records that feed the keys, the map of the
// keys and the palette. A command is written down once.

import { useEffect, useRef } from "react";
import { isWriting, matchesKey } from "../base/keys";
import { kTimelineKeys } from "../timeline/keys";

export interface Command {
  readonly id: string;
  readonly label: string;
  readonly group: string;
  readonly keys?: readonly string[];
  readonly off?: boolean; // not possible at present
  readonly perform: () => void;
}

// What a list of keys shows that belongs to a part of the page and needs the focus there.
export interface KeyGroup {
  readonly title: string;
  readonly rows: readonly { readonly label: string; readonly keys: readonly string[] }[];
}

export const kFocusKeys: readonly KeyGroup[] = [
  { title: "Timeline, when it has the focus", rows: kTimelineKeys },
  {
    title: "Timeline, with the mouse",
    rows: [
      { label: "Zoom at the pointer", keys: ["Wheel"] },
      { label: "Move the window", keys: ["Shift+Wheel", "Shift+Drag"] },
      { label: "Move the window by its axis", keys: ["Drag"] },
      { label: "Select; move or resize by edge or middle", keys: ["Drag"] },
      { label: "Zoom to the selection, or in", keys: ["Double click"] },
    ],
  },
  {
    title: "List, when it has the focus",
    rows: [
      { label: "Next and previous", keys: ["ArrowDown", "ArrowUp"] },
      { label: "A page on and back", keys: ["PageDown", "PageUp"] },
      { label: "The very first and last", keys: ["Home", "End"] },
      { label: "Go to a cell", keys: ["ArrowLeft", "ArrowRight"] },
      { label: "Only its value; not its value", keys: ["F", "Shift+F"] },
      { label: "Pick the row", keys: ["Space"] },
      { label: "Pick on and back", keys: ["Shift+ArrowDown", "Shift+ArrowUp"] },
      { label: "Pick all that are loaded", keys: ["Mod+A"] },
      { label: "Open the details", keys: ["Enter"] },
      { label: "Close the details", keys: ["Escape"] },
    ],
  },
];

export function useCommandKeys(commands: readonly Command[], on: boolean): void {
  const latest = useRef(commands);
  latest.current = commands;
  useEffect(() => {
    if (!on) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented) return;
      const writing = isWriting(event.target);
      const command = latest.current.find(
        ({ keys = [], off }) =>
          off !== true &&
          keys.some(
            // Undo and redo belong to the text that is being written, Mod+K to the page.
            (key) => matchesKey(event, key) && (!writing || key === "Mod+k"),
          ),
      );
      if (command === undefined) return;
      event.preventDefault();
      command.perform();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [on]);
}

// Every word of the question is in the label or the group, in any order; beginnings of words first.
export function findCommands(commands: readonly Command[], question: string): Command[] {
  const words = question.toLowerCase().split(/\s+/).filter(Boolean);
  const score = (command: Command): number => {
    const text = `${command.label} ${command.group}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) return -1;
    return words.filter((word) => new RegExp(`(^|\\W)${escaped(word)}`).test(text)).length;
  };
  return commands
    .filter((command) => command.off !== true)
    .map((command) => ({ command, score: score(command) }))
    .filter((found) => found.score >= 0)
    .sort((a, b) => b.score - a.score)
    .map((found) => found.command);
}

function escaped(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
