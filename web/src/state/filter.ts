// What is asked for, from the parameters that addresses had before there was one language, and from
// what a click asks for, to a text of that language. Pure.

import { wireText } from "../api/types";
import type { FilterQuery } from "../api/questions";
import { fieldTerm, joinTerms, onlyTerm, patternText, valueText } from "./terms";

// Parameters of older addresses, which are also what parts of the page ask for by name.
export interface Filter {
  readonly method: string;
  readonly status: string; // "5xx" or "404"
  readonly state: string; // "partial", or several with commas
  readonly host: string;
  readonly uri: string; // part of it
  readonly slower: string; // milliseconds at least
  readonly whisperer: string;
  // What the heads mean.
  readonly origin: string;
  readonly via: string;
  readonly identity: string;
  readonly identity_kind: string;
  readonly claim: string; // name=value
  readonly correlation: string; // name=value
  readonly location: string;
}

export const kFilterKeys = [
  "method",
  "status",
  "state",
  "host",
  "uri",
  "slower",
  "whisperer",
  "origin",
  "via",
  "identity",
  "identity_kind",
  "claim",
  "correlation",
  "location",
] as const satisfies readonly (keyof Filter)[];

// The filters that a click on a meaning sets, in the order in which they are shown.
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

const listed = (field: string, text: string): string =>
  fieldTerm(field, text.replace(/\s+/g, "").replace(/,+/g, ","));

// "api" meant any host with it inside; who wrote a star or a list meant exactly that.
function hostTerm(text: string): string {
  const host = text.trim();
  return /[*,]/.test(host) ? listed("host", host) : fieldTerm("host", patternText(`*${host}*`));
}

// Bare numbers are milliseconds; "2s" and the like go as they are.
function durationTerm(text: string): string {
  const value = text.trim().replace(",", ".").replace(/\s+/g, "");
  return `duration:>=${/^[\d.]+$/.test(value) ? `${value}ms` : value}`;
}

function termOf(key: keyof Filter, value: string): string {
  switch (key) {
    case "method":
      return listed("method", value.toUpperCase());
    case "status":
    case "state":
      return listed(key, value);
    case "host":
      return hostTerm(value);
    case "uri":
      return fieldTerm("uri", valueText(value));
    case "slower":
      return durationTerm(value);
    case "whisperer":
      return fieldTerm("whisperer", valueText(value));
    case "via":
      return fieldTerm("via", patternText(value.replace(/^\*+|\*+$/g, "") || "*"));
    case "identity_kind":
      return fieldTerm("identity.kind", value);
    default:
      return fieldTerm(key, patternText(value));
  }
}

// One term per part that is set.
export function termsOf(part: Partial<Filter>): string[] {
  return kFilterKeys.flatMap((key) => {
    const value = part[key]?.trim() ?? "";
    return value === "" ? [] : [termOf(key, value)];
  });
}

export function textOf(part: Partial<Filter>): string {
  return joinTerms(termsOf(part));
}

// `q` with each part of the filter instead of what it asked of that field before.
export function narrowed(q: string, part: Partial<Filter>): string {
  return termsOf(part).reduce(onlyTerm, q);
}

export function filterQuery(q: string): FilterQuery {
  return { q: q.trim() };
}
