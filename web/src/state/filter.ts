// From what is typed into the filter row to what the server is asked. Pure.

import { wireText } from "../api/types";
import type { FilterQuery } from "../api/questions";
import type { Filter } from "./url";

// What the server takes for a status: 404, 5xx, >=400, 500-503, none; several with commas. Numbers
// and classes are those of HTTP; comparisons and spans go further.
const kStatus = String.raw`\s*(none|[1-5]\d\d|[1-5]xx|[<>]=?\s*\d{1,3}|\d{3}-\d{3})\s*`;
export const kStatusForm = new RegExp(`^${kStatus}(,${kStatus})*$`, "i");
export const kDurationForm = /^\s*\d+([.,]\d+)?\s*(us|ms|s|m|h)?\s*$/;

// "api" means any host with it inside; who writes a star or a list means exactly that.
function hostPattern(text: string): string {
  const host = text.trim();
  return host === "" || /[*,]/.test(host) ? host : `*${host}*`;
}

// Bare numbers are milliseconds; "2s" and the like go as they are.
function durationOf(text: string): string {
  const value = text.trim().replace(",", ".").replace(/\s+/g, "");
  if (/^\d+(\.\d+)?$/.test(value)) return String(Math.round(Number(value) * 1_000));
  const match = /^(\d+)\.(\d+)(ms|s)$/.exec(value);
  if (match === null) return value;
  const unit = match[3] === "s" ? 1_000_000 : 1_000;
  return String(Math.round(Number(`${match[1]}.${match[2]}`) * unit));
}

// The filters that a click sets, in the order in which they are shown.
export const kMeaningKeys = [
  "origin",
  "via",
  "identity",
  "identity_kind",
  "claim",
  "correlation",
  "location",
] as const;
export type MeaningKey = (typeof kMeaningKeys)[number];

// A captured value as a pattern that finds it. A comma would begin a second pattern, and bytes that
// are no UTF-8 cannot be written into an address: a star stands for either.
export function patternOf(wire: string): string {
  const text = wireText(wire);
  const readable = text === wire ? text.replace(/[\u0080-\u00ff]+/g, "*") : text;
  return readable.replaceAll(",", "*");
}

// What the completeness chip counts as partial.
export const kNotWhole = "partial,no_response,no_request";

export function filterQuery(filter: Filter): FilterQuery {
  return {
    method: filter.method.trim().toUpperCase(),
    status: filter.status.trim(),
    state: filter.state,
    host: hostPattern(filter.host),
    uri: filter.uri,
    min_duration: durationOf(filter.slower),
    whisperer: filter.whisperer,
    ...Object.fromEntries(kMeaningKeys.map((key) => [key, filter[key]])),
  };
}
