// What a bar is stacked of. The layers of each way are known before any answer comes, so colours
// and their order never change under the eye; what is in none of them is "other". Pure.

import type { TimelineAnswer } from "../api/types";
import { wireText } from "../api/types";
import { micros, type Micros } from "../base/time";
import { textOf } from "./filter";
import { fieldTerm, hasTerm, valueText } from "./terms";

export const kSplits = [
  "status_class",
  "method",
  "whisperer",
  "host",
  "path",
  "template",
  "none",
] as const;
export type Split = (typeof kSplits)[number];

export const kSplitNames: Readonly<Record<Split, string>> = {
  status_class: "Status",
  method: "Method",
  whisperer: "Whisperer",
  host: "Host",
  path: "Path",
  template: "Template",
  none: "Nothing",
};

// Stacks whose layers are the commonest values of a field, which only the server knows.
const kFieldSplits = ["host", "path", "template"] as const satisfies readonly Split[];
export type FieldSplit = (typeof kFieldSplits)[number];

export function isFieldSplit(split: Split): split is FieldSplit {
  return kFieldSplits.some((known) => known === split);
}

export interface Layer {
  readonly key: string;
  readonly label: string;
  readonly short: string; // where room is scarce
  readonly word: string; // what the label says more
  readonly color: string; // name of a CSS variable
  readonly urgent: boolean; // never thinner than can be seen
  readonly term: string | null; // the question that it stands for; null when none says exactly that
}

const statusLayer = (key: string, short: string, word = "", urgent = false): Layer => ({
  key,
  label: word === "" ? short : `${short} ${word}`,
  short,
  word,
  color: `--status-${key}`,
  urgent,
  term: textOf({ status: key }),
});

// Bottom of the stack first: what people look for ends up on top.
export const kStatusLayers: readonly Layer[] = [
  statusLayer("2xx", "2xx", "success"),
  statusLayer("3xx", "3xx", "redirect"),
  statusLayer("1xx", "1xx", "informational"),
  {
    ...statusLayer("other", "other"),
    color: "--status-1xx",
    term: textOf({ status: "<100,>=600" }),
  },
  statusLayer("4xx", "4xx", "client error", true),
  statusLayer("5xx", "5xx", "server error", true),
  statusLayer("none", "no response", "", true),
];

const kColors = 8; // --layer-1 to --layer-8; "other" is grey

const kOther = "other";
const kNone = "\0none"; // no captured text is called so

const plainLayer = (key: string, label: string, color: string, term: string | null): Layer => ({
  key,
  label,
  short: label,
  word: "",
  color,
  urgent: false,
  term,
});
const kOtherLayer = plainLayer(kOther, "other", "--status-1xx", null);

function namedLayers(key: "method" | "whisperer", names: readonly string[]): readonly Layer[] {
  const layers = names
    .slice(0, kColors)
    .map((name, index) => plainLayer(name, name, layerColor(index), textOf({ [key]: name })));
  return [...layers, kOtherLayer];
}

const layerColor = (place: number): string => `--layer-${place + 1}`;

// Where a name begins to look for its colour: the same everywhere and always (FNV-1a).
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1)
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193) >>> 0;
  return hash;
}

// A colour for each name. A name has its own wherever no earlier one of the list took that.
function colorsByName(names: readonly string[]): string[] {
  const taken = new Set<number>();
  return names.map((name) => {
    let place = hashOf(name) % kColors;
    while (taken.has(place) && taken.size < kColors) place = (place + 1) % kColors;
    taken.add(place);
    return layerColor(place);
  });
}

const kShort = 22;

// Begin and end: paths often begin alike, and hosts end alike.
function shortened(value: string): string {
  const signs = [...value];
  if (signs.length <= kShort) return value;
  const end = Math.ceil(kShort / 2);
  return `${signs.slice(0, kShort - end).join("")}\u2026${signs.slice(-end).join("")}`;
}

// Of the values in their order, of what has none, and of all others.
function fieldLayers(field: FieldSplit, values: readonly string[]): readonly Layer[] {
  const named = values.slice(0, kColors);
  const colors = colorsByName(named);
  return [
    ...named.map((value, index) => ({
      ...plainLayer(value, value, colors[index] ?? "", fieldTerm(field, valueText(value))),
      short: shortened(value),
    })),
    plainLayer(kNone, `no ${field}`, "--status-none", `NOT ${field}:*`),
    { ...kOtherLayer, label: "others", short: "others" },
  ];
}

// The values of an answer by a field, in an order that does not change with their counts. One that
// is no UTF-8, or too long for an address, cannot be asked for: it is counted with the others.
export function valuesOf(answer: TimelineAnswer): readonly string[] {
  return answer.series
    .filter(({ key, kind }) => kind === "value" && key.length <= kValueLengthMax && isText(key))
    .map(({ key }) => wireText(key))
    .sort();
}

const kValueLengthMax = 300;

function isText(wire: string): boolean {
  return !/[^\0-\x7f]/.test(wire) || wireText(wire) !== wire;
}

// Bars whose height is known, and not yet which values they are made of. It goes behind the layers.
export const kPendingLayer: Layer = {
  ...plainLayer("\0pending", "not told apart yet", "--line-2", null),
  short: "counting\u2026",
};

// The bars of an answer without a split, as bars of the layers and of kPendingLayer behind them.
export function pendingBarsOf(answer: TimelineAnswer, layers: readonly Layer[]): PlainBar[] {
  const none = new Array<number>(layers.length).fill(0);
  return answer.buckets.map(({ start_us, total }) => ({
    from: micros(start_us),
    counts: [...none, total],
    total,
  }));
}

// What is asked of a stack by a field: its layers, so that every tile has the same.
export function namedValues(split: Split, layers: readonly Layer[]): readonly string[] {
  if (!isFieldSplit(split)) return [];
  return layers.map(({ key }) => key).filter((key) => key !== kNone && key !== kOther);
}

const kMethods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const kMethodLayers = namedLayers("method", kMethods);
const kPlainLayers: readonly Layer[] = [
  { ...plainLayer("all", "communications", "--layer-1", null), short: "all" },
];

// `names`: of the whisperers, or the values of the field.
export function layersOf(split: Split, names: readonly string[]): readonly Layer[] {
  if (isFieldSplit(split)) return fieldLayers(split, names);
  if (split === "status_class") return kStatusLayers;
  if (split === "method") return kMethodLayers;
  return split === "none" ? kPlainLayers : namedLayers("whisperer", [...names].sort());
}

export interface PlainBar {
  readonly from: Micros;
  readonly counts: readonly number[];
  readonly total: number;
}

// Which layer each series of an answer belongs to.
function placesOf(answer: TimelineAnswer, layers: readonly Layer[]): number[] {
  const other = Math.max(0, layers.map((layer) => layer.color).lastIndexOf(kOtherLayer.color));
  return answer.series.map(({ key, kind }) => {
    if (kind === "others") return other;
    const name = kind === "none" ? kNone : wireText(key);
    const place = layers.findIndex((layer) => layer.key === name);
    return place < 0 ? other : place;
  });
}

export function barsOf(answer: TimelineAnswer, layers: readonly Layer[]): PlainBar[] {
  const places = placesOf(answer, layers);
  return answer.buckets.map((bucket) => {
    const counts = new Array<number>(layers.length).fill(0);
    bucket.counts.forEach((count, index) => {
      const place = places[index];
      if (place !== undefined) counts[place] = (counts[place] ?? 0) + count;
    });
    return { from: micros(bucket.start_us), counts, total: bucket.total };
  });
}

// Distinct communications per layer, in the order of the layers.
export function totalsOf(answer: TimelineAnswer, layers: readonly Layer[]): number[] {
  const counts = new Array<number>(layers.length).fill(0);
  placesOf(answer, layers).forEach((place, index) => {
    counts[place] = (counts[place] ?? 0) + (answer.series[index]?.communications ?? 0);
  });
  return counts;
}

export function isLayerChosen({ term }: Layer, q: string): boolean {
  return term !== null && hasTerm(q, term);
}
