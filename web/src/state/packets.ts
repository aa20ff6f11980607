// The saved packets of a session, with their bytes, in pages; what they are is decoded as they
// come.

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { askPacketBytes } from "../api/questions";
import type { CommunicationDetail, PacketList } from "../api/types";
import { type Decoded, decodePacket } from "../base/packet";
import { type Seen, type Story, tellStory } from "../base/tcp_story";

export const kPacketPage = 2_000;

export interface Packet {
  readonly number: number;
  readonly time: number;
  readonly bytes: Uint8Array;
  readonly wireBytes: number;
  readonly fromClient: boolean | null; // null: not a TCP packet that could be read
  readonly decoded: Decoded;
}

interface Ends {
  readonly client_ip: string;
  readonly client_port: number;
  readonly server_ip: string;
  readonly server_port: number;
}

function bytesOf(base64: string | undefined): Uint8Array {
  const text = atob(base64 ?? "");
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

function directionOf({ tcp }: Decoded, ends: Ends): boolean | null {
  if (tcp === null) return null;
  if (tcp.source === ends.client_port && tcp.target === ends.server_port)
    return ends.client_port !== ends.server_port || tcp.sourceIp === ends.client_ip;
  if (tcp.source === ends.server_port && tcp.target === ends.client_port) return false;
  return null;
}

export function packetsOf(list: PacketList, ends: Ends): Packet[] {
  return list.items.map((item) => {
    const bytes = bytesOf(item.frame);
    const decoded = decodePacket(bytes, item.link_type);
    return {
      number: item.number,
      time: item.time_us,
      bytes,
      wireBytes: item.wire_bytes,
      fromClient: directionOf(decoded, ends),
      decoded,
    };
  });
}

export function storyOf(packets: readonly Packet[]): Story {
  const seen: Seen[] = [];
  for (const { number, time, fromClient, decoded } of packets)
    if (fromClient !== null && decoded.tcp !== null)
      seen.push({ number, time, fromClient, tcp: decoded.tcp });
  return tellStory(seen);
}

export function useSessionPackets(id: string, ends: Ends, on: boolean) {
  const query = useInfiniteQuery({
    queryKey: ["packets", id, "bytes"],
    queryFn: async ({ pageParam, signal }) => {
      const list = await askPacketBytes(id, pageParam, kPacketPage, signal);
      return { packets: packetsOf(list, ends), more: list.more };
    },
    initialPageParam: 0,
    getNextPageParam: (page) =>
      page.more ? page.packets[page.packets.length - 1]?.number : undefined,
    enabled: on,
    staleTime: 60_000,
  });
  const pages = query.data?.pages;
  const packets = useMemo(() => pages?.flatMap((page) => page.packets) ?? null, [pages]);
  const story = useMemo(() => (packets === null ? null : storyOf(packets)), [packets]);
  return { query, packets, story };
}

const kFriezePackets = 1_000;

// The packets of one communication alone, for its timing; null while there are none.
export function useCommunicationStory(detail: CommunicationDetail): Story | null {
  const on = detail._links["packets"] !== undefined;
  const first = detail.request?.first_packet ?? detail.response?.first_packet ?? 1;
  const last = detail.response?.last_packet ?? detail.request?.last_packet ?? first;
  // The handshake comes before the first request.
  const after = Math.max(0, first - (detail.connect_us === null ? 1 : 40));
  const query = useQuery({
    queryKey: ["packets", detail.session_id, after, last],
    queryFn: async ({ signal }) => {
      const list = await askPacketBytes(detail.session_id, after, kFriezePackets, signal);
      const packets = packetsOf(list, detail).filter(({ number }) => number <= last);
      return storyOf(packets);
    },
    enabled: on,
    staleTime: 60_000,
  });
  return query.data ?? null;
}
