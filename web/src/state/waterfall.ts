// Communications as bars on one axis, grouped by who talks to whom; within a group they are packed
// into as many rows as were under way at once. Pure.

import { type Communication, wireText } from "../api/types";
import { type End, type EndName, endName, isAddress, machineName, toldApart } from "./hostName";

export interface Bar {
  readonly one: Communication;
  readonly row: number;
  readonly start: number;
  readonly end: number;
  readonly wait: number; // from here on it was waited for
  readonly answer: number; // from here on it was answered; the end when it never was
}

export interface BarGroup {
  readonly key: string;
  readonly client: EndName;
  readonly server: EndName; // by its Host headers, where it has some
  readonly bars: readonly Bar[];
  readonly rows: number; // most under way at once
}

export interface Waterfall {
  readonly groups: readonly BarGroup[];
  readonly start: number;
  readonly end: number;
  readonly most: number; // under way at once, all groups together
}

function barOf(one: Communication): Omit<Bar, "row"> {
  const start = one.start_us;
  const end = Math.max(start, one.end_us);
  const wait = Math.min(end, start + Math.max(0, one.request_us ?? 0));
  const answer =
    one.response_us === null ? end : Math.max(wait, end - Math.max(0, one.response_us));
  return { one, start, end, wait, answer };
}

// Half-open intervals, but what begins at the instant where another ends does not overlap it.
export function mostAtOnce(bars: readonly { start: number; end: number }[]): number {
  const edges = bars
    .flatMap(({ start, end }) => [
      [start, 1],
      [Math.max(end, start + 1), -1],
    ])
    .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0));
  let now = 0;
  let most = 0;
  for (const [, by = 0] of edges) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}

// The latest name that was known, as the whole group is called.
function endOf(bars: readonly Omit<Bar, "row">[], end: End): EndName {
  const read = end === "client" ? machineName : endName;
  const names = bars.map(({ one }) => read(one, end));
  const none: EndName = { shown: "", address: "", name: null, about: "" };
  return names.findLast(({ name }) => name !== null) ?? names[0] ?? none;
}

function serverOf(bars: readonly Omit<Bar, "row">[]): EndName {
  const server = endOf(bars, "server");
  const hosts = new Set(bars.map(({ one }) => wireText(one.host ?? "")).filter((h) => h !== ""));
  const host = [...hosts].find((one) => !isAddress(one)) ?? [...hosts][0];
  if (host === undefined) return server;
  // A Host header that is an address says less than the name of that address.
  if (server.name !== null && isAddress(host))
    return { ...server, about: `${server.about}\nHost header: ${[...hosts].join(", ")}` };
  const shown = `${host}${hosts.size > 1 ? ` +${hosts.size - 1}` : ""}`;
  return { ...server, shown, about: `Host header: ${shown}\n${server.about}` };
}

export function waterfallOf(items: readonly Communication[]): Waterfall {
  const found = new Map<string, Omit<Bar, "row">[]>();
  const sorted = [...items].sort((a, b) => a.start_us - b.start_us || a.end_us - b.end_us);
  for (const one of sorted) {
    const key = `${one.client_ip} ${endName(one, "server").address}`;
    const list = found.get(key) ?? [];
    list.push(barOf(one));
    found.set(key, list);
  }
  const groups = [...found].map(([key, bars]): BarGroup => {
    const free: number[] = []; // when each row is free again
    const placed = bars.map((bar) => {
      let row = free.findIndex((time) => time <= bar.start);
      if (row < 0) row = free.length;
      free[row] = Math.max(bar.end, bar.start + 1);
      return { ...bar, row };
    });
    return {
      key,
      client: endOf(bars, "client"),
      server: serverOf(bars), // its address is always shown beside it
      bars: placed,
      rows: free.length,
    };
  });
  const all = groups.flatMap(({ bars }) => bars);
  const clients = toldApart(groups.map(({ client }) => client));
  return {
    groups: groups.map((group, n) => ({ ...group, client: clients[n] ?? group.client })),
    start: all.reduce((low, { start }) => Math.min(low, start), Infinity),
    end: all.reduce((high, { end }) => Math.max(high, end), -Infinity),
    most: mostAtOnce(all),
  };
}

export interface StepPoint {
  readonly time: number;
  readonly count: number;
}

// How many were under way, from each change to the next.
export function concurrency(bars: readonly { start: number; end: number }[]): StepPoint[] {
  const changes = new Map<number, number>();
  const change = (time: number, by: number): void => {
    changes.set(time, (changes.get(time) ?? 0) + by);
  };
  for (const { start, end } of bars) {
    change(start, 1);
    change(Math.max(end, start + 1), -1);
  }
  let count = 0;
  return [...changes]
    .sort((a, b) => a[0] - b[0])
    .map(([time, by]) => {
      count += by;
      return { time, count };
    });
}
