// The columns of the list of TCP sessions, and which of them fit. Pure.

import { type Dates, kColumnGap, kTimeWidths } from "../columns";

export type SessionColumnKey =
  | "time"
  | "client"
  | "server"
  | "ends"
  | "close"
  | "duration"
  | "found"
  | "packets"
  | "sent"
  | "received"
  | "missing"
  | "again"
  | "whisperer";

export interface SessionColumn {
  readonly key: SessionColumnKey;
  readonly label: string;
  readonly width: number; // pixels; what was found takes what is left
  readonly right?: boolean;
  readonly help?: string;
}

const kColumns: readonly SessionColumn[] = [
  { key: "time", label: "Time", width: 96 },
  { key: "client", label: "Client", width: 136 },
  { key: "server", label: "Server", width: 136 },
  {
    key: "found",
    label: "Found in it",
    width: 172,
    help: "HTTP communications, or why there is none",
  },
  { key: "close", label: "Ended", width: 92, help: "How the connection ended" },
  { key: "duration", label: "Duration", width: 78, right: true },
  {
    key: "packets",
    label: "Packets",
    width: 82,
    right: true,
    help: "From the client / the server",
  },
  {
    key: "sent",
    label: "Client sent",
    width: 78,
    right: true,
    help: "Payload sent by the client, once each",
  },
  {
    key: "received",
    label: "Server sent",
    width: 78,
    right: true,
    help: "Payload sent by the server, once each",
  },
  {
    key: "missing",
    label: "Missing",
    width: 76,
    right: true,
    help: "Bytes that were sent but never captured",
  },
  {
    key: "again",
    label: "Again",
    width: 54,
    right: true,
    help: "Retransmissions: packets that brought nothing new",
  },
  { key: "whisperer", label: "Whisperer", width: 90 },
];

// What goes first when there is no room for all.
const kSpared: readonly SessionColumnKey[] = [
  "whisperer",
  "again",
  "packets",
  "missing",
  "sent",
  "received",
  "close",
];

const kSides = 28; // padding and the edge
const kFirst: readonly SessionColumnKey[] = ["time", "found", "duration"];

export const minimumOf = (columns: readonly SessionColumn[]): number =>
  columns.reduce((sum, { width }) => sum + width, kSides + (columns.length - 1) * kColumnGap);

export interface SessionLayout {
  readonly columns: readonly SessionColumn[];
  readonly stacked: boolean; // two lines a row: who with whom goes below
  readonly template: string;
}

export function layoutFor(width: number, dates: Dates): SessionLayout {
  const all = kColumns.map((column) =>
    column.key === "time" ? { ...column, width: kTimeWidths[dates] } : column,
  );
  let columns = all;
  for (const spared of kSpared) {
    if (minimumOf(columns) <= width) break;
    columns = columns.filter(({ key }) => key !== spared);
  }
  const stacked = minimumOf(columns) > width;
  if (stacked) columns = all.filter(({ key }) => kFirst.includes(key));
  const template = columns
    .map(({ key, width: own }) =>
      key === "found" ? `minmax(${stacked ? 0 : own}px, 1fr)` : `${own}px`,
    )
    .join(" ");
  const ends: SessionColumn = { key: "ends", label: "Client → server", width: 0 };
  return { columns: stacked ? [...columns, ends] : columns, stacked, template };
}
