// Communications as a sequence diagram: who talks to whom, in which lane, when, and inside which
// other call. All of it is told by addresses and times alone: that one call stands inside another
// says that it began and ended meanwhile at the same place, never that it was caused by it. Pure.

import { type Communication, wireText } from "../api/types";
import { isAddress } from "./hostName";
import type { Scale } from "./place";

export interface Lane {
  readonly key: string; // as in the address
  readonly name: string;
  readonly aside: string; // addresses behind the name
  readonly replicas: number;
  readonly gateway: boolean; // passes calls on: see isPassing
}

export interface Call {
  readonly id: string;
  readonly one: Communication;
  readonly from: string; // lanes
  readonly to: string;
  readonly start: number; // microseconds
  readonly answer: number | null; // first byte of the response; null: none was seen
  readonly end: number;
  readonly inside: string | null; // id of the innermost call that stood open meanwhile
  readonly depth: number; // how many calls its server's lane was in, with it
}

export interface Diagram {
  readonly lanes: readonly Lane[];
  readonly calls: readonly Call[];
  readonly left: number; // calls that are not drawn because of a lane that is hidden
}

export interface DiagramOptions {
  readonly merged: boolean;
  readonly hidden: readonly string[];
}

// Empty where the name of the server's address says more.
function hostOf(one: Communication): string {
  const host = wireText(one.host ?? "").toLowerCase();
  return one.server_name !== undefined && isAddress(host) ? "" : host;
}

interface Machine {
  readonly ip: string;
  readonly ports: Set<number>;
  readonly hosts: Map<string, number>;
}

// A machine that serves on one port alone is one lane, whichever way it talks; on several ports
// each port is a lane, and what the machine asks of others comes from the machine itself.
function machinesOf(items: readonly Communication[]): Map<string, Machine> {
  const machines = new Map<string, Machine>();
  for (const one of items) {
    let machine = machines.get(one.server_ip);
    if (machine === undefined) {
      machine = { ip: one.server_ip, ports: new Set(), hosts: new Map() };
      machines.set(one.server_ip, machine);
    }
    machine.ports.add(one.server_port);
    const host = hostOf(one);
    if (host !== "") machine.hosts.set(host, (machine.hosts.get(host) ?? 0) + 1);
  }
  return machines;
}

const bracket = (ip: string, port: number): string =>
  ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;

interface Place {
  readonly key: string;
  readonly name: string;
  readonly ip: string;
}

function nameOf(hosts: ReadonlyMap<string, number>): string | null {
  const names = [...hosts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const first = names[0]?.[0];
  if (first === undefined) return null;
  return names.length === 1 ? first : `${first} +${names.length - 1}`;
}

function placesOf(items: readonly Communication[]) {
  const machines = machinesOf(items);
  const perPort = new Map<string, Map<string, number>>();
  for (const one of items) {
    const key = bracket(one.server_ip, one.server_port);
    const hosts = perPort.get(key) ?? new Map<string, number>();
    perPort.set(key, hosts);
    const host = hostOf(one);
    if (host !== "") hosts.set(host, (hosts.get(host) ?? 0) + 1);
  }
  const server = (one: Communication): Place => {
    const machine = machines.get(one.server_ip);
    if (machine === undefined || machine.ports.size <= 1) {
      const name = nameOf(machine?.hosts ?? new Map()) ?? one.server_name ?? one.server_ip;
      return { key: one.server_ip, name, ip: one.server_ip };
    }
    const key = bracket(one.server_ip, one.server_port);
    const named = one.server_name === undefined ? key : `${one.server_name}:${one.server_port}`;
    return { key, name: nameOf(perPort.get(key) ?? new Map()) ?? named, ip: key };
  };
  const client = (one: Communication): Place => {
    const machine = machines.get(one.client_ip);
    const name = machine !== undefined && machine.ports.size === 1 ? nameOf(machine.hosts) : null;
    return {
      key: one.client_ip,
      name: name ?? one.client_name ?? one.client_ip,
      ip: one.client_ip,
    };
  };
  return { server, client };
}

interface Raw {
  readonly one: Communication;
  from: string;
  readonly to: string;
  readonly start: number;
  readonly answer: number | null;
  readonly end: number;
}

const within = (inner: Raw, outer: Raw): boolean =>
  inner !== outer &&
  inner.from === outer.to &&
  outer.start <= inner.start &&
  inner.end <= outer.end &&
  (outer.start < inner.start || inner.end < outer.end);

// The innermost call that its client was answering meanwhile.
function outerOf(call: Raw, byServer: ReadonlyMap<string, readonly Raw[]>): Raw | null {
  let best: Raw | null = null;
  for (const outer of byServer.get(call.from) ?? []) {
    if (outer.start > call.start) break;
    if (within(call, outer) && (best === null || outer.start >= best.start)) best = outer;
  }
  return best;
}

// The same request on both sides: what a proxy does.
const isPassing = (inner: Raw, outer: Raw): boolean =>
  inner.one.method === outer.one.method && inner.one.path === outer.one.path;

function byServerOf(calls: readonly Raw[]): Map<string, Raw[]> {
  const found = new Map<string, Raw[]>();
  for (const call of calls) {
    const list = found.get(call.to);
    if (list === undefined) found.set(call.to, [call]);
    else list.push(call);
  }
  return found;
}

function rawCalls(
  items: readonly Communication[],
  merged: boolean,
  apart: ReadonlySet<string> = new Set(),
) {
  const { server, client } = placesOf(items);
  const lanes = new Map<string, { name: string; ips: Set<string> }>();
  const laneOf = (place: Place): string => {
    const key = merged && !apart.has(place.key) ? place.name : place.key;
    const lane = lanes.get(key) ?? { name: place.name, ips: new Set<string>() };
    lane.ips.add(place.ip);
    lanes.set(key, lane);
    return key;
  };
  const calls: Raw[] = [...items]
    .sort((a, b) => a.start_us - b.start_us || b.end_us - a.end_us)
    .map((one) => {
      const from = laneOf(client(one));
      const to = laneOf(server(one));
      const answer = one.status === null ? null : one.end_us - Math.max(0, one.response_us ?? 0);
      return { one, from, to, start: one.start_us, answer, end: one.end_us };
    });
  return { calls, lanes };
}

// Callers before whom they call, else by first appearance.
function laneOrder(calls: readonly Raw[]): string[] {
  const order: string[] = [];
  const add = (key: string, after: string | null): void => {
    if (order.includes(key)) return;
    const at = after === null ? -1 : order.indexOf(after);
    if (at < 0) order.push(key);
    else {
      // Behind what its caller called before.
      let place = at + 1;
      while (place < order.length && calls.some((c) => c.from === after && c.to === order[place]))
        place += 1;
      order.splice(place, 0, key);
    }
  };
  for (const call of calls) {
    add(call.from, null);
    add(call.to, call.from);
  }
  return order;
}

// Lanes that mostly pass on what they are asked, while they are asked it.
function gatewaysOf(calls: readonly Raw[]): Set<string> {
  const byServer = byServerOf(calls);
  const gateways = new Set<string>();
  for (const key of byServer.keys()) {
    const made = calls.filter((call) => call.from === key);
    const passed = made.filter((call) => {
      const outer = outerOf(call, byServer);
      return outer !== null && isPassing(call, outer);
    });
    if (passed.length > 0 && passed.length * 2 > made.length) gateways.add(key);
  }
  return gateways;
}

export function diagramOf(items: readonly Communication[], options: DiagramOptions): Diagram {
  // A gateway often has the name of what stands behind it, and is still none of its replicas.
  const gateways = gatewaysOf(rawCalls(items, false).calls);
  const { calls: all, lanes } = rawCalls(items, options.merged, gateways);
  const before = byServerOf(all);
  const hidden = new Set(options.hidden.filter((key) => lanes.has(key)));
  // A call out of a hidden lane begins where the call that it stands in began; that one is not
  // drawn.
  const calls: Raw[] = [];
  let left = 0;
  for (const call of all) {
    if (hidden.has(call.to)) {
      left += 1;
      continue;
    }
    let from = call.from;
    let at: Raw | null = call;
    for (let n = 0; at !== null && hidden.has(from) && n < 16; n += 1) {
      at = outerOf(at, before);
      if (at !== null) from = at.from;
    }
    if (hidden.has(from)) left += 1;
    else calls.push({ ...call, from });
  }
  const byServer = byServerOf(calls);
  const outers = new Map(calls.map((call) => [call, outerOf(call, byServer)]));
  const order = laneOrder(options.hidden.length === 0 ? all : calls);
  return {
    lanes: order.map((key) => {
      const lane = lanes.get(key);
      const ips = [...(lane?.ips ?? [])];
      return {
        key,
        name: lane?.name ?? key,
        aside: ips.length === 1 && ips[0] === lane?.name ? "" : ips.slice(0, 4).join(", "),
        replicas: ips.length,
        gateway: gateways.has(key),
      };
    }),
    calls: calls.map((call) => {
      const open = (byServer.get(call.to) ?? []).filter(
        (other) =>
          other !== call &&
          other.start <= call.start &&
          call.start < other.end &&
          (other.start < call.start || calls.indexOf(other) < calls.indexOf(call)),
      );
      return {
        id: call.one.id,
        one: call.one,
        from: call.from,
        to: call.to,
        start: call.start,
        answer: call.answer,
        end: call.end,
        inside: outers.get(call)?.one.id ?? null,
        depth: open.length,
      };
    }),
    left,
  };
}

const kStep = 26; // pixels between two instants, where they are steps
const kLeast = 11;

// From an instant to pixels. Every instant has its own height, so that order can always be seen:
// linear is true to time as far as that leaves room, log shortens long pauses, steps has no
// lengths.
export function timeScale(calls: readonly Call[], scale: Scale): (time: number) => number {
  const instants = [
    ...new Set(calls.flatMap(({ start, answer, end }) => [start, answer ?? end, end])),
  ].sort((a, b) => a - b);
  const [first = 0] = instants;
  const last = instants[instants.length - 1] ?? first + 1;
  const linear =
    Math.min(24_000, Math.max(360, instants.length * kLeast)) / Math.max(1, last - first);
  const at = new Map<number, number>();
  let y = 0;
  instants.forEach((time, index) => {
    if (index > 0) {
      const gap = time - (instants[index - 1] ?? time);
      if (scale === "steps") y += kStep;
      else if (scale === "log") y += kLeast + Math.log10(1 + gap) * 7;
      else y += Math.max(2, gap * linear);
    }
    at.set(time, y);
  });
  return (time) => at.get(time) ?? 0;
}
