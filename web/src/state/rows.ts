// The rows of the list as far as they are loaded: one run of pages around the place that is looked
// at, in a space of row numbers that does not move when a page comes before the others or goes.
// Pure; useRows.ts asks for the pages.

import type { Communication, CommunicationList } from "../api/types";
import { kMinute, micros, type Micros } from "../base/time";
import type { Order } from "./url";

export const kPageRows = 200;
export const kPagesHeld = 40; // as many as stay loaded around the place that is looked at
export const kPagesReread = 3; // a list that was scrolled further is not read again from its top

// Where a list begins: at its top or its end, or at a time within.
export type Anchor = "top" | "end" | Micros;

// A question for one page, as it stands in the list of pages.
export interface PageParam {
  readonly back: boolean; // asked against the order, and turned around
  readonly cursor: string | undefined;
  readonly startAt: Micros | undefined;
}

// What lists are of: communications, TCP sessions.
export interface Listed {
  readonly id: string;
  readonly start_us: number;
}

export interface ListAnswer {
  readonly items: readonly Listed[];
  readonly next_cursor: string | null;
  readonly previous_cursor: string | null;
}
type ItemOf<A extends ListAnswer> = A["items"][number];

export interface RowPage<A extends ListAnswer = CommunicationList> {
  readonly items: readonly ItemOf<A>[]; // in the order of the list
  readonly before: string | null; // cursor for what comes before; null: nothing does
  readonly after: string | null;
  readonly answer: A;
}

export function byTime(order: Order): boolean {
  return order === "newest" || order === "oldest";
}

// The server's word for an order, or for its opposite.
export function sortWord(order: Order, back: boolean): string {
  if (!byTime(order)) return order;
  return (order === "newest") !== back ? "-start" : "start";
}

export function firstParam(anchor: Anchor): PageParam {
  return {
    back: anchor === "end",
    cursor: undefined,
    startAt: typeof anchor === "number" ? anchor : undefined,
  };
}

export function pageOf<A extends ListAnswer>(answer: A, param: PageParam): RowPage<A> {
  if (param.back) {
    const after = param.cursor === undefined ? null : answer.previous_cursor;
    return { items: [...answer.items].reverse(), before: answer.next_cursor, after, answer };
  }
  const begins = param.cursor === undefined && param.startAt === undefined;
  const before = begins ? null : answer.previous_cursor;
  return { items: answer.items, before, after: answer.next_cursor, answer };
}

const paramKey = (param: PageParam): string =>
  `${param.back ? "<" : ">"}${param.cursor ?? ""}@${param.startAt ?? ""}`;

// The number of a page's first row, by what was asked. What was numbered once keeps its number.
export type Numbers = Map<string, number>;

export interface RowRun<T extends Listed = Communication> {
  readonly first: number; // number of the first row that is loaded
  readonly items: readonly T[];
  readonly atTop: boolean; // nothing comes before
  readonly atEnd: boolean;
}

// What the list needs of who asks for its rows.
export interface RowsSource {
  readonly run: RowRun;
  readonly shownKey: string; // another one: another list is shown
  readonly settled: boolean; // the shown list is the asked one
  readonly rebase: () => void; // the first row becomes row 0
  readonly top: CommunicationList | undefined; // the first answer
  readonly query: {
    readonly isFetching: boolean;
    readonly isPending: boolean;
    readonly isSuccess: boolean;
    readonly isError: boolean;
    readonly isPlaceholderData: boolean;
    readonly error: unknown;
    readonly failureReason: unknown; // why it has to be asked again
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly fetchNextPage: () => unknown;
    readonly fetchPreviousPage: () => unknown;
    readonly refetch: () => unknown;
  };
}

// Room above a run that begins in the middle, for what is loaded upwards.
export const kRoomAbove = 100_000;

export function runOf<A extends ListAnswer>(
  pages: readonly RowPage<A>[],
  params: readonly PageParam[],
  numbers: Numbers,
): RowRun<ItemOf<A>> {
  const begin = pages[0];
  if (begin === undefined) return { first: 0, items: [], atTop: true, atEnd: true };
  const known = params.findIndex((param) => numbers.has(paramKey(param)));
  const fresh = params[0];
  let at = known < 0 ? -1 : (numbers.get(paramKey(params[known] as PageParam)) ?? 0);
  if (at < 0) {
    const top = fresh !== undefined && !fresh.back && begin.before === null;
    at = top ? 0 : kRoomAbove;
  }
  for (let page = Math.max(0, known); page > 0; page -= 1) at -= pages[page - 1]?.items.length ?? 0;
  const first = at;
  numbers.clear();
  params.forEach((param, index) => {
    numbers.set(paramKey(param), at);
    at += pages[index]?.items.length ?? 0;
  });
  return {
    first,
    items: pages.flatMap((page) => page.items),
    atTop: begin.before === null,
    atEnd: pages[pages.length - 1]?.after == null,
  };
}

// The whole list by rank: how many of it come before a time, from the bars of the summary. Within a
// bar the rows are taken to lie evenly; a communication that lasts over several bars is in each of
// them, so ranks are shares of the sum and not counts.
export interface RankMap {
  readonly total: number;
  readonly rankOf: (time: Micros) => number; // 0 to 1, in the order of the list
  readonly timeAt: (rank: number) => Micros;
}

export interface RankBar {
  readonly from: Micros;
  readonly total: number;
}

export function rankMap(
  bars: readonly RankBar[],
  bucket: number,
  total: number,
  order: Order,
): RankMap | null {
  const filled = bars.filter((bar) => bar.total > 0);
  if (filled.length === 0 || !byTime(order)) return null;
  const sums = [0];
  for (const bar of filled) sums.push((sums[sums.length - 1] ?? 0) + bar.total);
  const all = sums[sums.length - 1] ?? 1;
  const turn = (share: number): number => (order === "newest" ? 1 - share : share);
  // The last bar whose `value` is not beyond `wanted`.
  const find = (wanted: number, value: (index: number) => number): number => {
    let [low, high] = [0, filled.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (value(middle) <= wanted) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const rankOf = (time: Micros): number => {
    const index = find(time, (at) => filled[at]?.from ?? 0);
    const bar = filled[index] as RankBar;
    const within = Math.min(1, Math.max(0, (time - bar.from) / bucket));
    return turn(((sums[index] ?? 0) + bar.total * within) / all);
  };
  const timeAt = (rank: number): Micros => {
    const wanted = turn(Math.min(1, Math.max(0, rank))) * all;
    const index = find(wanted, (at) => sums[at] ?? 0);
    const bar = filled[index] as RankBar;
    const within = (wanted - (sums[index] ?? 0)) / bar.total;
    return micros(Math.round(bar.from + bucket * Math.min(1, within)));
  };
  return { total, rankOf, timeAt };
}

// What is added to a row's number to make it its place in the whole list of `count`. Where the run
// reaches an end it is counted from there; else the first one's time tells it, about.
export function offsetOf(run: RowRun, count: number, ranks: RankMap | null): number {
  const begin = run.items[0];
  if (run.atTop || begin === undefined) return -run.first;
  if (run.atEnd) return count - run.first - run.items.length;
  const rank = ranks === null ? 0 : ranks.rankOf(micros(begin.start_us));
  return Math.round(rank * count) - run.first;
}

// When a communication started, from its id: a link to it finds its place in the list.
export function startOf(id: string): Micros | null {
  const hex = id.split("-")[1];
  if (hex === undefined || !/^[0-9a-f]{1,16}$/.test(hex)) return null;
  return micros(Number(BigInt(`0x${hex}`) / 1_000n));
}

// A live window ends now, but its line of news has no end: what a capture of a wrong clock brings
// is no news of it. A clock that is some seconds before this one is not meant.
export function isToCome(id: string, now: Micros): boolean {
  return (startOf(id) ?? 0) > now + kMinute;
}
