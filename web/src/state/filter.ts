// From what is typed into the filter row to what the server is asked. Pure.

import type { FilterQuery } from "../api/questions";
import type { Filter } from "./url";

// What the server takes for a status: 404, 5xx, >=400, 500-503, none; several with commas.
const kStatus = String.raw`\s*(none|\d{3}|\dxx|[<>]=?\s*\d{1,3}|\d{3}-\d{3})\s*`;
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

export function filterQuery(filter: Filter): FilterQuery {
  return {
    method: filter.method.trim().toUpperCase(),
    status: filter.status.trim(),
    host: hostPattern(filter.host),
    uri: filter.uri,
    min_duration: durationOf(filter.slower),
    whisperer: filter.whisperer,
  };
}
