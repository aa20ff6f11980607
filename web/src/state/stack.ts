// What a bar is stacked of. The layers of each way are known before any answer comes, so colours
// and their order never change under the eye; what is in none of them is "other". Pure.

import type { TimelineAnswer } from "../api/types";
import { wireText } from "../api/types";
import { micros, type Micros } from "../base/time";
import type { Filter } from "./url";

export const kSplits = ["status_class", "method", "whisperer", "none"] as const;
export type Split = (typeof kSplits)[number];

export const kSplitNames: Readonly<Record<Split, string>> = {
  status_class: "Status",
  method: "Method",
  whisperer: "Whisperer",
  none: "Nothing",
};

// The filter that a layer stands for; null when no filter says exactly that.
export interface LayerFilter {
  readonly key: "status" | "method" | "whisperer";
  readonly value: string;
}

export interface Layer {
  readonly key: string;
  readonly label: string;
  readonly short: string; // where room is scarce
  readonly word: string; // what the label says more
  readonly color: string; // name of a CSS variable
  readonly urgent: boolean; // never thinner than can be seen
  readonly filter: LayerFilter | null;
}

const statusLayer = (key: string, short: string, word = "", urgent = false): Layer => ({
  key,
  label: word === "" ? short : `${short} ${word}`,
  short,
  word,
  color: `--status-${key}`,
  urgent,
  filter: { key: "status", value: key },
});

// Bottom of the stack first: what people look for ends up on top.
export const kStatusLayers: readonly Layer[] = [
  statusLayer("2xx", "2xx", "success"),
  statusLayer("3xx", "3xx", "redirect"),
  statusLayer("1xx", "1xx", "interim"),
  {
    ...statusLayer("other", "other"),
    color: "--status-1xx",
    filter: { key: "status", value: "<100,>=600" },
  },
  statusLayer("none", "no response", "", true),
  statusLayer("4xx", "4xx", "client error", true),
  statusLayer("5xx", "5xx", "server error", true),
];

const kColors = 7; // --layer-1 to --layer-7; "other" is grey

function namedLayers(key: "method" | "whisperer", names: readonly string[]): readonly Layer[] {
  const layers = names.slice(0, kColors).map((name, index) => ({
    key: name,
    label: name,
    short: name,
    word: "",
    color: `--layer-${index + 1}`,
    urgent: false,
    filter: { key, value: name },
  }));
  const other = { label: "other", short: "other", word: "", urgent: false, filter: null };
  return [...layers, { ...other, key: kOther, color: "--status-1xx" }];
}

const kOther = "other";
const kMethods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const kMethodLayers = namedLayers("method", kMethods);
const kPlainLayers: readonly Layer[] = [
  {
    key: "all",
    label: "communications",
    short: "all",
    word: "",
    color: "--layer-1",
    urgent: false,
    filter: null,
  },
];

export function layersOf(split: Split, whisperers: readonly string[]): readonly Layer[] {
  if (split === "status_class") return kStatusLayers;
  if (split === "method") return kMethodLayers;
  return split === "none" ? kPlainLayers : namedLayers("whisperer", [...whisperers].sort());
}

export interface PlainBar {
  readonly from: Micros;
  readonly counts: readonly number[];
  readonly total: number;
}

// Which layer each series of an answer belongs to.
function placesOf(answer: TimelineAnswer, layers: readonly Layer[]): number[] {
  const other = Math.max(0, layers.map((layer) => layer.label).lastIndexOf(kOther));
  return answer.series.map(({ key }) => {
    const place = layers.findIndex((layer) => layer.key === wireText(key));
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

export function isLayerChosen(layer: Layer, filter: Filter): boolean {
  return layer.filter !== null && filter[layer.filter.key] === layer.filter.value;
}
