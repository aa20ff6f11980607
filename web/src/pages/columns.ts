// The columns of the list, and which of them fit.

import { formatDate, kDay, type Micros, spanOf, type TimeRange } from "../base/time";

export type ColumnKey =
  | "time"
  | "method"
  | "status"
  | "host"
  | "path"
  | "template"
  | "duration"
  | "request"
  | "response"
  | "client"
  | "server"
  | "state"
  | "whisperer"
  | "upload"
  | "type"
  | "wait"
  | "identity";

export interface Column {
  readonly key: ColumnKey;
  readonly label: string;
  readonly width: number; // pixels; the path takes what is left
  readonly right?: boolean;
  readonly help?: string;
  readonly sort?: "start" | "duration" | "status" | "request_bytes" | "response_bytes";
}

export const kColumns: readonly Column[] = [
  { key: "time", label: "Time", width: 96, sort: "start" },
  { key: "method", label: "Method", width: 58 },
  { key: "status", label: "Status", width: 52, sort: "status" },
  { key: "host", label: "Host", width: 150 },
  { key: "path", label: "Path", width: 170 },
  { key: "duration", label: "Duration", width: 78, right: true, sort: "duration" },
  {
    key: "request",
    label: "Request",
    width: 70,
    right: true,
    help: "Size of the request's body",
    sort: "request_bytes",
  },
  {
    key: "response",
    label: "Response",
    width: 76,
    right: true,
    help: "Size of the response's body",
    sort: "response_bytes",
  },
  { key: "client", label: "Client", width: 140 },
  { key: "server", label: "Server", width: 140 },
  { key: "state", label: "State", width: 84 },
  { key: "wait", label: "Wait", width: 70, right: true, help: "End of the request to first byte" },
  { key: "type", label: "Type", width: 130, help: "Media type of the response" },
  {
    key: "template",
    label: "Template",
    width: 190,
    help: "The path with its numbers, ids and dates replaced",
  },
  { key: "identity", label: "Identity", width: 110, help: "Who asked, as the headers say" },
  { key: "whisperer", label: "Whisperer", width: 90 },
  { key: "upload", label: "Upload", width: 60, help: "The upload that it was read from" },
];
// Only for who asks for them.
const kExtra: ReadonlySet<ColumnKey> = new Set([
  "wait",
  "type",
  "template",
  "identity",
  "whisperer",
  "upload",
]);

// What goes first when there is no room for all. The state is in the path, too, where it says more
// than that all is there.
const kSpared: readonly ColumnKey[] = ["state", "server", "request", "client", "response", "host"];

export const kColumnGap = 14;
const kSides = 44; // padding, the box that picks and the coloured edge

// What times of the list say beside the clock.
export type Dates = "none" | "day" | "year";
export const kTimeWidths: Readonly<Record<Dates, number>> = { none: 96, day: 142, year: 178 };

// No more than tells them apart: the year only where one is not the present one.
export function datesFor(r: TimeRange, rows: readonly Micros[], now: Micros): Dates {
  const [last] = rows.slice(-1);
  const oneDay = last === undefined || formatDate(last) === formatDate(r.to);
  if (spanOf(r) <= kDay && oneDay) return "none";
  const year = formatDate(now).slice(0, 5);
  return [r.from, r.to, ...rows].every((t) => formatDate(t).startsWith(year)) ? "day" : "year";
}

const dated = (column: Column, dates: Dates): Column =>
  column.key === "time" ? { ...column, width: kTimeWidths[dates] } : column;

export function gridMinimum(columns: readonly Column[]): number {
  return columns.reduce(
    (sum, column) => sum + column.width,
    kSides + (columns.length - 1) * kColumnGap,
  );
}

// Too narrow for one line: rows of two, what the exchange was above, where it went below.
export function isStacked(width: number, dates: Dates): boolean {
  return gridMinimum(columnsFor(width, dates)) > width;
}

const kStackedKeys: readonly ColumnKey[] = ["time", "method", "status", "duration", "host", "path"];

export function stackedColumns(dates: Dates): Column[] {
  return kStackedKeys.flatMap((key) =>
    kColumns.filter((column) => column.key === key).map((column) => dated(column, dates)),
  );
}

// Of the upper line; host and path place themselves below.
export function stackedTemplate(columns: readonly Column[]): string {
  return columns
    .filter(({ key }) => key !== "host" && key !== "path")
    .map(({ key, width }) => (key === "duration" ? "minmax(0, 1fr)" : `${width}px`))
    .join(" ");
}

export function columnsFor(width: number, dates: Dates): Column[] {
  let columns = kColumns
    .filter((column) => !kExtra.has(column.key))
    .map((column) => dated(column, dates));
  for (const spared of kSpared) {
    if (gridMinimum(columns) <= width) break;
    columns = columns.filter((column) => column.key !== spared);
  }
  return columns;
}

export function gridTemplate(columns: readonly Column[]): string {
  return columns
    .map(({ key, width }) => (key === "path" ? `minmax(${width}px, 1fr)` : `${width}px`))
    .join(" ");
}

// What somebody made of the columns: which, in which order, how wide. Empty: as many of the usual
// ones as fit.
export interface ColumnChoice {
  readonly key: ColumnKey;
  readonly width: number | null; // null: its own
}

export const kWidthMin = 36;
export const kWidthMax = 900;

// "time,method=80,path": what is stored; what is not a column is as if it were not there.
export function parseChoice(text: string): ColumnChoice[] {
  const seen = new Set<string>();
  return text.split(",").flatMap((part) => {
    const [key = "", width] = part.split("=");
    const column = kColumns.find((known) => known.key === key);
    if (column === undefined || seen.has(key)) return [];
    seen.add(key);
    const pixels = Number(width);
    const wide = width !== undefined && pixels >= kWidthMin && pixels <= kWidthMax;
    return [{ key: column.key, width: wide ? Math.round(pixels) : null }];
  });
}

export function formatChoice(choice: readonly ColumnChoice[]): string {
  return choice.map(({ key, width }) => (width === null ? key : `${key}=${width}`)).join(",");
}

export function chosenColumns(choice: readonly ColumnChoice[], dates: Dates): Column[] {
  return choice.flatMap(({ key, width }) => {
    const column = kColumns.find((known) => known.key === key);
    if (column === undefined) return [];
    return [{ ...column, width: width ?? dated(column, dates).width }];
  });
}

export const choiceOf = (columns: readonly Column[]): ColumnChoice[] =>
  columns.map(({ key }) => ({ key, width: null }));

export function resized(
  choice: readonly ColumnChoice[],
  key: ColumnKey,
  width: number | null,
): ColumnChoice[] {
  const pixels = width === null ? null : Math.min(kWidthMax, Math.max(kWidthMin, width));
  return choice.map((column) => (column.key === key ? { key, width: pixels } : column));
}

// `key` before `other`, or to the end.
export function moved(
  choice: readonly ColumnChoice[],
  key: ColumnKey,
  other: ColumnKey | null,
): ColumnChoice[] {
  const mine = choice.find((column) => column.key === key);
  if (mine === undefined || key === other) return [...choice];
  const rest = choice.filter((column) => column.key !== key);
  const at = other === null ? -1 : rest.findIndex((column) => column.key === other);
  rest.splice(at < 0 ? rest.length : at, 0, mine);
  return rest;
}

// In or out; a column that comes back takes its usual place.
export function toggled(choice: readonly ColumnChoice[], key: ColumnKey): ColumnChoice[] {
  if (choice.some((column) => column.key === key))
    return choice.length === 1 ? [...choice] : choice.filter((column) => column.key !== key);
  const rank = (wanted: ColumnKey): number => kColumns.findIndex((known) => known.key === wanted);
  const next = choice.find((column) => rank(column.key) > rank(key));
  return moved([...choice, { key, width: null }], key, next?.key ?? null);
}
