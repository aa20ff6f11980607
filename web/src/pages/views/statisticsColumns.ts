// What a row of the statistics tells: its fields and its figures. The same for groups, for all of
// them and for their periods.

import type { Statistics } from "../../api/types";
import { formatBytes, formatCount, formatDuration, formatShare } from "../../base/format";
import { type EndName, isAddressField, nameOf, toldApart } from "../../state/hostName";

export type Group = Statistics["groups"][number];
export type Totals = Statistics["total"];
export type Periods = NonNullable<Group["periods"]>;

export const kFields: readonly (readonly [string, string])[] = [
  ["host", "Host"],
  ["path", "Path"],
  ["template", "Template"],
  ["method", "Method"],
  ["status", "Status"],
  ["status_class", "Status class"],
  ["state", "State"],
  ["whisperer", "Whisperer"],
  ["client_ip", "Client"],
  ["server_ip", "Server"],
  ["server_port", "Server port"],
  ["request_type", "Request type"],
  ["response_type", "Response type"],
  ["response_encoding", "Encoding"],
  ["origin", "Origin"],
  ["via", "Via"],
  ["identity", "Identity"],
  ["identity_kind", "Credentials"],
  ["location", "Location"],
  ["target", "Path and query"],
];
export const fieldName = (field: string): string =>
  kFields.find(([key]) => key === field)?.[1] ?? field;

// What stands for the addresses of the groups, in their order; nothing for another field.
export function hostsOf(groups: readonly Group[], field: string): readonly EndName[] {
  if (!isAddressField(field)) return [];
  return toldApart(
    groups.map(({ key, names }) => {
      const told = names?.[field];
      return nameOf({ ip: String(key[field] ?? ""), name: told?.name, source: told?.name_source });
    }),
  );
}

export interface Column {
  readonly key: string; // of `sort`
  readonly label: string;
  readonly help: string;
  readonly text: (row: Totals) => string;
  readonly tone?: (row: Totals) => string;
}

export const duration = (us: number | undefined): string =>
  us === undefined ? "—" : formatDuration(us);

export const kColumns: readonly Column[] = [
  {
    key: "communications",
    label: "Count",
    help: "Communications",
    text: (row) => formatCount(row.communications),
  },
  {
    key: "errors",
    label: "Errors",
    help: "Status 400 and above",
    text: (row) => formatCount(row.errors),
    tone: (row) => (row.errors > 0 ? "is-bad" : ""),
  },
  {
    key: "error_rate",
    label: "Error rate",
    help: "Errors of all communications",
    text: (row) => (row.communications === 0 ? "—" : formatShare(row.errors, row.communications)),
    tone: (row) => ((row.error_rate ?? 0) >= 0.05 ? "is-bad" : ""),
  },
  {
    key: "p50",
    label: "p50",
    help: "Half were not slower",
    text: (row) => duration(row.duration?.p50_us),
  },
  {
    key: "p90",
    label: "p90",
    help: "90 % were not slower",
    text: (row) => duration(row.duration?.p90_us),
  },
  {
    key: "p99",
    label: "p99",
    help: "99 % were not slower",
    text: (row) => duration(row.duration?.p99_us),
  },
  { key: "max", label: "Max", help: "The slowest", text: (row) => duration(row.duration?.max_us) },
  {
    key: "bytes",
    label: "Bytes",
    help: "Both messages as captured, heads and framing with them",
    text: (row) => formatBytes(row.request_bytes + row.response_bytes),
  },
];
