// Every question the page asks, typed. Addresses and parameters are those of docs/api.yaml.

import { type Micros, type TimeRange } from "../base/time";
import { getJson, type Query } from "./client";
import type {
  CommunicationDetail,
  CommunicationList,
  PacketList,
  QualityList,
  Session,
  Status,
  TimelineAnswer,
  WhispererList,
} from "./types";

// The filter as the server's parameters; built by state/filter.ts.
export type FilterQuery = Query;

type Signal = AbortSignal | undefined;

const within = (r: TimeRange): Query => ({ from: r.from, to: r.to });

export function askStatus(signal: Signal): Promise<Status> {
  return getJson("status", { time: "us" }, signal);
}

export function askWhisperers(signal: Signal): Promise<WhispererList> {
  return getJson("whisperers", {}, signal);
}

export function askTimeline(
  r: TimeRange,
  bucket: number,
  split: "status_class" | "method" | "whisperer" | "none",
  filter: FilterQuery,
  signal: Signal,
): Promise<TimelineAnswer> {
  const query = { ...within(r), bucket, split, time: "us", ...filter };
  return getJson("timeline", query, signal);
}

export function askQuality(
  r: TimeRange,
  bucket: number,
  whisperer: string,
  signal: Signal,
): Promise<QualityList> {
  return getJson("quality", { ...within(r), bucket, whisperer, time: "us" }, signal);
}

export interface ListQuestion {
  readonly from: Micros | undefined;
  readonly to: Micros | undefined;
  readonly filter: FilterQuery;
  readonly newestFirst: boolean;
  readonly limit: number;
  readonly cursor: string | undefined;
}

export function askList(question: ListQuestion, signal: Signal): Promise<CommunicationList> {
  const { from, to, filter, newestFirst, limit, cursor } = question;
  const sort = newestFirst ? "-start" : "start";
  return getJson(
    "http-communications",
    { from, to, sort, limit, cursor, time: "us", ...filter },
    signal,
  );
}

export function askCommunication(id: string, signal: Signal): Promise<CommunicationDetail> {
  return getJson(`http-communications/${encodeURIComponent(id)}`, {}, signal);
}

export function askSession(id: string, signal: Signal): Promise<Session> {
  return getJson(`tcp-sessions/${encodeURIComponent(id)}`, {}, signal);
}

export function askPackets(id: string, after: number, signal: Signal): Promise<PacketList> {
  const query = { after, limit: 1_000, bytes: "none" };
  return getJson(`tcp-sessions/${encodeURIComponent(id)}/packets`, query, signal);
}
