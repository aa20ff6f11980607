// Every question the page asks, typed. Addresses and parameters are those of docs/api.yaml.

import { kSecond, micros, noteClock, type Micros, type TimeRange } from "../base/time";
import { getJson, type Query } from "./client";
import { withEnds } from "./saving";
import { inTurn, kInView } from "./turns";
import { understood } from "./understood";
import type {
  CommunicationDetail,
  CommunicationList,
  Config,
  ObservationList,
  PacketList,
  QualityList,
  Session,
  SessionList,
  StateList,
  Statistics,
  Status,
  TimelineAnswer,
  WhispererList,
} from "./types";

// The filter as the server's parameters; built by state/filter.ts.
export type FilterQuery = Query;

type Signal = AbortSignal | undefined;

const within = (r: TimeRange): Query => ({ from: r.from, to: r.to });

export async function askStatus(signal: Signal): Promise<Status> {
  const asked = Date.now();
  const status = await getJson<Status>("status", { time: "us" }, signal);
  noteClock(micros(status.started_us + status.uptime_s * kSecond), asked, Date.now());
  return status;
}

export function askWhisperers(signal: Signal): Promise<WhispererList> {
  return getJson("whisperers", {}, signal);
}

export function askConfig(signal: Signal): Promise<Config> {
  return getJson("config", {}, signal);
}

type TimelineSplit = TimelineAnswer["split"];

export function askTimeline(
  r: TimeRange,
  bucket: number,
  split: TimelineSplit,
  filter: FilterQuery,
  signal: Signal,
  named: readonly string[] = [], // of a field that it is split by: what is told by itself
  rank = kInView,
): Promise<TimelineAnswer> {
  const values = named.length > 0 ? named.join("\n") : undefined;
  const query = { ...within(r), bucket, split, values, time: "us", ...filter };
  return inTurn(filter, signal, () => getJson("timeline", query, signal), rank);
}

export function askQuality(
  r: TimeRange,
  bucket: number,
  whisperer: string,
  signal: Signal,
): Promise<QualityList> {
  return getJson("quality", { ...within(r), bucket, whisperer, time: "us" }, signal);
}

const ofWhisperer = (name: string, part: string): string =>
  `whisperers/${encodeURIComponent(name)}/${part}`;

export function askStates(name: string, r: TimeRange, signal: Signal): Promise<StateList> {
  return getJson(ofWhisperer(name, "states"), { ...within(r), time: "us" }, signal);
}

export function askObservations(
  name: string,
  r: TimeRange,
  bucket: number,
  signal: Signal,
): Promise<ObservationList> {
  const query = { ...within(r), bucket: `${bucket}us`, time: "us" };
  return getJson(ofWhisperer(name, "observations"), query, signal);
}

export interface ListQuestion {
  readonly from: Micros | undefined;
  readonly to: Micros | undefined;
  readonly filter: FilterQuery;
  readonly sort: string;
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly startAt?: Micros | undefined; // begin in the middle
}

export async function askList(question: ListQuestion, signal: Signal): Promise<CommunicationList> {
  await understood(question.filter);
  const { from, to, filter, sort, limit, cursor, startAt: start_at } = question;
  return getJson(
    "http-communications",
    { from, to, sort, limit, cursor, start_at, time: "us", ...filter },
    signal,
  );
}

// `filter` is that of sessions: state/sessions.ts makes it of the page's.
export async function askSessions(question: ListQuestion, signal: Signal): Promise<SessionList> {
  await understood(question.filter);
  const { from, to, filter, sort, limit, cursor, startAt: start_at } = question;
  const query = { from, to, sort, limit, cursor, start_at, time: "us", ...filter };
  return withEnds(await getJson<SessionList>("tcp-sessions", query, signal));
}

export async function askCommunication(id: string, signal: Signal): Promise<CommunicationDetail> {
  const path = `http-communications/${encodeURIComponent(id)}`;
  return withEnds(await getJson<CommunicationDetail>(path, {}, signal));
}

export async function askSession(id: string, signal: Signal): Promise<Session> {
  const path = `tcp-sessions/${encodeURIComponent(id)}`;
  return withEnds(await getJson<Session>(path, {}, signal));
}

export function askPacketBytes(
  id: string,
  after: number,
  limit: number,
  signal: Signal,
): Promise<PacketList> {
  const query = { after, limit, bytes: "base64", time: "us" };
  return getJson(`tcp-sessions/${encodeURIComponent(id)}/packets`, query, signal);
}

export function askStatistics(
  r: TimeRange,
  question: {
    group: string;
    sort: string;
    limit: number;
    bucket: string | null;
    buckets: number | null;
    offset: string | null;
  },
  filter: FilterQuery,
  signal: Signal,
): Promise<Statistics> {
  const { group, sort, limit } = question;
  const periods = {
    bucket: question.bucket ?? undefined,
    buckets: question.buckets ?? undefined,
    utc_offset: question.offset ?? undefined,
  };
  const query = { ...within(r), group_by: group, sort, limit, ...periods, time: "us", ...filter };
  return inTurn(filter, signal, () => getJson("statistics", query, signal));
}
