// Names of addresses: what is shown in the place of an address, and what a hover tells beside it.
// A name is a claim of where it is from; the address is the fact. Pure.

import type { Communication } from "../api/types";

type Named = Pick<
  Communication,
  | "client_ip"
  | "client_port"
  | "client_name"
  | "client_name_source"
  | "server_ip"
  | "server_port"
  | "server_name"
  | "server_name_source"
>;
export type End = "client" | "server";

const kSources = {
  configuration: "the configuration",
  dns: "a DNS answer that was captured",
  etc_hosts: "/etc/hosts",
  reverse: "a reverse look-up",
} as const;

export interface EndName {
  readonly shown: string; // name and port, else address and port
  readonly address: string; // address and port
  readonly name: string | null;
  readonly about: string; // both, and where the name is from
}

export function endName(item: Named, end: End): EndName {
  const client = end === "client";
  const ip = client ? item.client_ip : item.server_ip;
  const port = client ? item.client_port : item.server_port;
  const name = (client ? item.client_name : item.server_name) ?? null;
  const source = client ? item.client_name_source : item.server_name_source;
  const address = ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
  if (name === null) return { shown: address, address, name, about: address };
  const from = source === undefined ? "" : `, named by ${kSources[source]}`;
  return { shown: `${name}:${port}`, address, name, about: `${name} is ${address}${from}` };
}
