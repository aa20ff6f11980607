// Keys as text: "t", "?", "Mod+Shift+z". Mod is Ctrl, and Command on a Mac.

export const kMac = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");

export interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

// Shift is part of what makes a sign such as "?", so it counts only beside Mod and with names.
export function matchesKey(event: Pressed, keys: string): boolean {
  const parts = keys.split("+");
  const key = parts[parts.length - 1] ?? "";
  const mod = parts.includes("Mod");
  const shift = parts.includes("Shift");
  if (event.altKey !== parts.includes("Alt")) return false;
  if ((event.ctrlKey || event.metaKey) !== mod) return false;
  if ((mod || key.length > 1) && event.shiftKey !== shift) return false;
  return event.key.toLowerCase() === key.toLowerCase();
}

const kSigns: Readonly<Record<string, string>> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
  PageUp: "Page ↑",
  PageDown: "Page ↓",
  "-": "−",
  Mod: kMac ? "⌘" : "Ctrl",
};

// For people: "Mod+z" -> ["Ctrl", "Z"].
export function keyNames(keys: string): string[] {
  const parts = keys === "+" ? ["+"] : keys.split("+");
  return parts.map((part) => kSigns[part] ?? (part.length === 1 ? part.toUpperCase() : part));
}

// Letters belong to whoever is being written into.
export function isWriting(target: EventTarget | null): boolean {
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  if (target instanceof HTMLElement && target.isContentEditable) return true;
  return (
    target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type)
  );
}
