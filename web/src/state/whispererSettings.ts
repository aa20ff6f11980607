// The settings of a whisperer as one edits them: what is typed, what it means, where a value comes
// from, and configurations as JSON. Pure.

import type { SettingChanges, SettingValue } from "../api/whisperers";
import type { Whisperer } from "../api/types";

export type Setting = Whisperer["settings"][number];

// What is typed but not saved, by setting; as text where the setting is a number or a text.
export type Draft = Readonly<Record<string, string | boolean>>;

export const kGroups = ["capture", "parsing", "retention"] as const;
export type Group = (typeof kGroups)[number];

export const kGroupNames: Readonly<Record<Group, string>> = {
  capture: "Capture",
  parsing: "Parsing and keeping",
  retention: "Retention",
};

export function valueText(value: SettingValue | null): string {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "string") return value === "" ? "empty" : value;
  return String(value);
}

// What the form shows of a setting: the draft, or what is in force.
export function shownOf(setting: Setting, draft: Draft): string | boolean {
  const drafted = draft[setting.name];
  if (drafted !== undefined) return drafted;
  return typeof setting.value === "boolean" ? setting.value : String(setting.value);
}

// What is below a change on the page: what the file says, or else the default.
export function belowOf({ file_value: file, default_value: standard }: Setting): SettingValue {
  return file ?? standard;
}

// Why what is typed cannot be, as far as the page can tell; the server tells the rest.
export function troubleOf(setting: Setting, shown: string | boolean): string | null {
  if (typeof setting.value !== "number" || typeof shown === "boolean") return null;
  const text = shown.trim();
  if (!/^-?\d+$/.test(text)) return "A whole number is needed.";
  const { min, max } = setting;
  const value = Number(text);
  const [low, high] = [min ?? -Infinity, max ?? Infinity].map(Number);
  if (value >= (low ?? -Infinity) && value <= (high ?? Infinity)) return null;
  if (min != null && max != null) return `From ${min} to ${max}.`;
  return min != null && value < Number(min) ? `At least ${min}.` : `At most ${max}.`;
}

function meant(setting: Setting, shown: string | boolean): SettingValue {
  return typeof setting.value === "number" && typeof shown === "string" ? Number(shown) : shown;
}

// The draft as changes; what is as it was is none.
export function changesOf(settings: readonly Setting[], draft: Draft): SettingChanges {
  const changes: Record<string, SettingValue | null> = {};
  for (const setting of settings) {
    const shown = draft[setting.name];
    if (shown === undefined || setting.group === "identity") continue;
    const value = meant(setting, shown);
    if (value === setting.value) continue;
    changes[setting.name] = value === belowOf(setting) ? null : value;
  }
  return changes;
}

// The draft with one value typed; typing back what is in force takes it out.
export function typed(setting: Setting, draft: Draft, shown: string | boolean): Draft {
  const { [setting.name]: _gone, ...rest } = draft;
  const now = typeof setting.value === "boolean" ? setting.value : String(setting.value);
  return shown === now ? rest : { ...rest, [setting.name]: shown };
}

// What this kind of whisperer does not read, the server refuses.
const kOnlyOf: Readonly<Record<string, readonly Whisperer["type"][]>> = {
  interface: ["INTERFACE"],
  buffer_mib: ["INTERFACE"],
  promiscuous: ["INTERFACE"],
  direction: ["INTERFACE"],
  threads: ["INTERFACE"],
  snaplen: ["INTERFACE"],
  exclude_spider: ["INTERFACE"],
  path: ["FILE"],
  keep_communications: ["INTERFACE", "FILE"],
  keep_bodies: ["INTERFACE", "FILE"],
  keep_sessions: ["INTERFACE", "FILE"],
  keep_packets: ["INTERFACE", "FILE"],
  keep_quality: ["INTERFACE", "FILE"],
  max_size: ["INTERFACE", "FILE"],
};

export function concerns(setting: string, type: Whisperer["type"]): boolean {
  return kOnlyOf[setting]?.includes(type) ?? true;
}

// --- configurations as JSON ----------------------------------------------------------------------

export type Configuration = Readonly<Record<string, SettingValue>>;

// Name, type, and whatever is not the default: what POST takes, and makes the same again.
export function configurationOf({ name, type, settings }: Whisperer): Configuration {
  const out: Record<string, SettingValue> = { name, type };
  for (const setting of settings) {
    if (setting.group !== "identity" && setting.value !== setting.default_value)
      out[setting.name] = setting.value;
  }
  return out;
}

export function configurationJson(whisperer: Whisperer): string {
  return `${JSON.stringify(configurationOf(whisperer), null, 2)}\n`;
}

export class ConfigurationError extends Error {}

const kJsonMax = 100_000;

export function parseConfiguration(text: string): Configuration {
  if (text.length > kJsonMax) throw new ConfigurationError("This is too long for a configuration.");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ConfigurationError(`This is not JSON: ${(error as Error).message}.`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new ConfigurationError('A configuration is an object: {"name": …, "type": …}.');
  for (const [name, entry] of Object.entries(value)) {
    if (!["string", "number", "boolean"].includes(typeof entry))
      throw new ConfigurationError(`${name} must be a text, a number, true or false.`);
  }
  return value as Configuration;
}

// The configuration as a draft over what is in force, with what it does not name at its default;
// `unknown` are names that this Spider has no setting for.
export function draftOf(
  settings: readonly Setting[],
  configuration: Configuration,
): { draft: Draft; unknown: string[] } {
  let draft: Draft = {};
  const known = new Set(["name", "type", ...settings.map(({ name }) => name)]);
  for (const setting of settings) {
    if (setting.group === "identity") continue;
    const value = configuration[setting.name] ?? setting.default_value;
    draft = typed(setting, draft, typeof value === "boolean" ? value : String(value));
  }
  return { draft, unknown: Object.keys(configuration).filter((name) => !known.has(name)) };
}

// "shop" -> "shop-2", when there is a shop.
export function freeName(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  const stem = name.replace(/-\d+$/, "");
  for (let n = 2; ; n += 1) if (!taken.includes(`${stem}-${n}`)) return `${stem}-${n}`;
}
