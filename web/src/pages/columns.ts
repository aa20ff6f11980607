// The columns of the list, and which of them fit.

export type ColumnKey =
  | "time"
  | "method"
  | "status"
  | "host"
  | "path"
  | "duration"
  | "request"
  | "response"
  | "client"
  | "server"
  | "state";

export interface Column {
  readonly key: ColumnKey;
  readonly label: string;
  readonly width: number; // pixels; the path takes what is left
  readonly right?: boolean;
  readonly from: number; // shown when the list is at least this wide
  readonly help?: string;
}

const kColumns: readonly Column[] = [
  { key: "time", label: "Time", width: 96, from: 0 },
  { key: "method", label: "Method", width: 58, from: 0 },
  { key: "status", label: "Status", width: 46, from: 0 },
  { key: "host", label: "Host", width: 150, from: 560 },
  { key: "path", label: "Path", width: 180, from: 0 },
  { key: "duration", label: "Duration", width: 74, from: 0, right: true },
  { key: "request", label: "Request", width: 62, from: 860, right: true, help: "Size of the request's body" },
  { key: "response", label: "Response", width: 66, from: 680, right: true, help: "Size of the response's body" },
  { key: "client", label: "Client", width: 138, from: 1_000 },
  { key: "server", label: "Server", width: 138, from: 1_000 },
  { key: "state", label: "State", width: 84, from: 760 },
];

const kWideTime = 142; // with the date

export function columnsFor(width: number, withDate: boolean): Column[] {
  return kColumns
    .filter((column) => width >= column.from)
    .map((column) => (column.key === "time" && withDate ? { ...column, width: kWideTime } : column));
}

export function gridTemplate(columns: readonly Column[]): string {
  return columns
    .map(({ key, width }) => (key === "path" ? `minmax(${width}px, 1fr)` : `${width}px`))
    .join(" ");
}

export function gridMinimum(columns: readonly Column[]): number {
  return columns.reduce((sum, column) => sum + column.width + 10, 18);
}
