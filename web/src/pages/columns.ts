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
  readonly help?: string;
}

const kColumns: readonly Column[] = [
  { key: "time", label: "Time", width: 96 },
  { key: "method", label: "Method", width: 58 },
  { key: "status", label: "Status", width: 46 },
  { key: "host", label: "Host", width: 150 },
  { key: "path", label: "Path", width: 190 },
  { key: "duration", label: "Duration", width: 76, right: true },
  { key: "request", label: "Request", width: 62, right: true, help: "Size of the request's body" },
  {
    key: "response",
    label: "Response",
    width: 66,
    right: true,
    help: "Size of the response's body",
  },
  { key: "client", label: "Client", width: 140 },
  { key: "server", label: "Server", width: 140 },
  { key: "state", label: "State", width: 84 },
];

// What goes first when there is no room for all.
const kSpared: readonly ColumnKey[] = ["client", "server", "request", "state", "response", "host"];

export const kColumnGap = 14;
const kSides = 30; // padding and the coloured edge
const kWideTime = 142; // with the date

export function gridMinimum(columns: readonly Column[]): number {
  return columns.reduce(
    (sum, column) => sum + column.width,
    kSides + (columns.length - 1) * kColumnGap,
  );
}

// Too narrow for one line: rows of two, what the exchange was above, where it went below.
export function isStacked(width: number, withDate: boolean): boolean {
  return gridMinimum(columnsFor(width, withDate)) > width;
}

const kStackedKeys: readonly ColumnKey[] = ["time", "method", "status", "duration", "host", "path"];

export function stackedColumns(withDate: boolean): Column[] {
  return kStackedKeys.flatMap((key) =>
    kColumns
      .filter((column) => column.key === key)
      .map((column) => (key === "time" && withDate ? { ...column, width: kWideTime } : column)),
  );
}

// Of the upper line; host and path place themselves below.
export function stackedTemplate(columns: readonly Column[]): string {
  return columns
    .filter(({ key }) => key !== "host" && key !== "path")
    .map(({ key, width }) => (key === "duration" ? "minmax(0, 1fr)" : `${width}px`))
    .join(" ");
}

export function columnsFor(width: number, withDate: boolean): Column[] {
  let columns = kColumns.map((column) =>
    column.key === "time" && withDate ? { ...column, width: kWideTime } : column,
  );
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
