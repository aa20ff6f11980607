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

interface Told {
  readonly ip: string;
  readonly port?: number; // none: the machine is meant, not one of its ports
  readonly name?: string | undefined;
  readonly source?: keyof typeof kSources | undefined;
}

export function nameOf({ ip, port, name, source }: Told): EndName {
  const tail = port === undefined ? "" : `:${port}`;
  const address = port !== undefined && ip.includes(":") ? `[${ip}]${tail}` : `${ip}${tail}`;
  if (name === undefined) return { shown: address, address, name: null, about: address };
  const from = source === undefined ? "" : `, named by ${kSources[source]}`;
  return { shown: `${name}${tail}`, address, name, about: `${name}${tail} is ${address}${from}` };
}

const told = (item: Named, end: End) =>
  end === "client"
    ? { ip: item.client_ip, name: item.client_name, source: item.client_name_source }
    : { ip: item.server_ip, name: item.server_name, source: item.server_name_source };

export function endName(item: Named, end: End): EndName {
  return nameOf({
    ...told(item, end),
    port: end === "client" ? item.client_port : item.server_port,
  });
}

// The machine at that end, without the port.
export const machineName = (item: Named, end: End): EndName => nameOf(told(item, end));

// What a hover tells over a text of addresses, as a packet's layer has: the names that are known.
// The text stays what the bytes say.
export function namesIn(text: string, ends: readonly EndName[]): string | undefined {
  const words = new Set(text.split(" "));
  const found = ends.filter(({ name, address }) => name !== null && words.has(address));
  return found.length === 0 ? undefined : found.map(({ about }) => about).join("\n");
}

// "192.0.2.1", "192.0.2.1:8080", "[2001:db8::1]:80": a Host header that says less than a name.
export function isAddress(host: string): boolean {
  return /^(\d{1,3}(\.\d{1,3}){3}|\[[\da-f:.]+\])(:\d*)?$/i.test(host);
}

// Fields of statistics and facets whose values are addresses.
export const isAddressField = (field: string): boolean =>
  field === "client_ip" || field === "server_ip";

// Of what stands beside each other: where one name is that of several addresses, they stand there,
// too.
export function toldApart(ends: readonly EndName[]): EndName[] {
  const addresses = new Map<string, Set<string>>();
  for (const { shown, address } of ends)
    addresses.set(shown, (addresses.get(shown) ?? new Set()).add(address));
  return ends.map((end) =>
    (addresses.get(end.shown)?.size ?? 0) > 1
      ? { ...end, shown: `${end.shown} (${end.address})` }
      : end,
  );
}
