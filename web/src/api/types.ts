// Short names for the types generated from docs/api.yaml (`npm run types`).

import type { components } from "./generated/schema";

type Schemas = components["schemas"];

export type Communication = Schemas["HttpCommunication"];
export type CommunicationDetail = Schemas["HttpCommunicationDetail"];
export type CommunicationList = Schemas["HttpCommunicationList"];
export type Config = Schemas["Config"];
export type ConfigFile = Schemas["Config"]["file"];
export type CommunicationState = Schemas["CommunicationState"];
export type Completeness = Schemas["Completeness"];
export type Completions = Schemas["Completions"];
export type Counts = Schemas["Counts"];
export type Facets = Schemas["Facets"];
export type Header = Schemas["Header"];
export type HostList = Schemas["HostList"];
export type Meaning = Schemas["Meaning"];
export type Message = Schemas["HttpMessage"];
export type MessageFlag = Schemas["MessageFlags"][number];
export type Partial = Schemas["Partial"];
export type PacketList = Schemas["PacketList"];
export type ExportState = Schemas["ExportState"];
export type QueryParse = Schemas["QueryParse"];
export type QualityItem = Schemas["QualityItem"];
export type QualityList = Schemas["QualityList"];
export type SearchProgress = NonNullable<Schemas["SearchLine"]["progress"]>;
export type Session = Schemas["TcpSessionDetail"];
export type SessionItem = Schemas["TcpSession"];
export type SessionList = Schemas["TcpSessionList"];
export type Statistics = Schemas["Statistics"];
export type Status = Schemas["Status"];
export type StreamStats = Schemas["StreamStats"];
export type TimelineAnswer = Schemas["Timeline"];
export type ImportAnswer = Schemas["Import"];
export type Purged = Schemas["Purged"];
export type Upload = Schemas["Upload"];
export type UploadList = Schemas["UploadList"];
export type Whisperer = Schemas["Whisperer"];
export type WhispererList = Schemas["WhispererList"];
export type StatePeriod = Schemas["StatePeriod"];
export type StateList = Schemas["StateList"];
// `until_us`: when it was saved again (api/saving.ts); null: it is off still, or that is not known.
export type NotSaved = Schemas["NotSaved"] & { readonly until_us?: number | null };
export type SavingList = Schemas["SavingList"];
export type Observation = Schemas["Observation"];
export type SharedObservation = Schemas["SharedObservation"];
export type ObservationList = Schemas["ObservationList"];
export type KeptData = Schemas["KeptData"];
export type KeptKind = Schemas["KeptKind"];
export type PurgedData = Schemas["PurgedData"];

// Captured text arrives as one code point per byte. Nearly all of it is UTF-8; what is not stays
// as it came.
export function wireText(text: string): string {
  let high = false;
  for (let at = 0; at < text.length && !high; at += 1) high = text.charCodeAt(at) > 0x7f;
  if (!high) return text;
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit > 0xff) return text;
    bytes[at] = unit;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return text;
  }
}
