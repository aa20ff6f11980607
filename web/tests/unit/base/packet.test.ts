import { describe, expect, it } from "vitest";
import { decodePacket, flagsText, ip6Text, type TcpHeader } from "../../../src/base/packet";
import { type Seen, tellStory } from "../../../src/base/tcp_story";

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(Buffer.from(hex.replace(/\s/g, ""), "hex"));

const kTcp = "1f90 0050 000003e8 00000000 5002 faf0 0000 0000";
const kIp4 = "4500 002c 1234 4000 40 06 0000 0a000001 0a000002";
const kEthernet = "020000000002 020000000001";

describe("a frame", () => {
  it("is read layer by layer, each with its bytes", () => {
    const bytes = bytesOf(`${kEthernet} 8100 0007 0800 ${kIp4} ${kTcp} 61626364`);
    const { layers, tcp } = decodePacket(bytes, 1);
    expect(layers.map(({ name, from, to }) => [name, from, to])).toEqual([
      ["Ethernet", 0, 14],
      ["VLAN", 14, 18],
      ["IPv4", 18, 38],
      ["TCP", 38, 58],
      ["Payload", 58, 62],
    ]);
    expect(tcp).toMatchObject({ source: 8080, target: 80, seq: 1000, payload: 4, ipId: 0x1234 });
    expect(flagsText(tcp?.flags ?? 0)).toBe("SYN");
    const seq = layers[3]?.fields.find(({ name }) => name === "Sequence number");
    expect([seq?.from, seq?.to]).toEqual([42, 46]);
  });

  it("has one byte, and several bytes, of payload", () => {
    const payload = (total: string, bytes: string): string | undefined =>
      decodePacket(bytesOf(`${kIp4.replace("002c", total)} ${kTcp} ${bytes}`), 101).layers.find(
        ({ name }) => name === "Payload",
      )?.said;
    expect(payload("0029", "61")).toBe("1 byte");
    expect(payload("002c", "61626364")).toBe("4 bytes");
    expect(payload("002c", "61")).toBe("4 bytes, 1 captured");
  });

  it("of IPv6 is found behind extensions and in tunnels", () => {
    const ip6 = (next: string, length: string): string =>
      `60000000 ${length} ${next} 40 ` +
      "20010db8000000000000000000000001 20010db8000000000000000000000002";
    const extended = bytesOf(`${ip6("00", "001c")} 06 00 000000000000 ${kTcp}`);
    expect(decodePacket(extended, 229).tcp?.sourceIp).toBe("2001:db8::1");
    const gre = "4500 0044 0001 0000 40 2f 0000 c0000201 c0000202 0000 0800";
    const tunnel = decodePacket(bytesOf(`${gre} ${kIp4} ${kTcp} 61626364`), 101);
    expect(tunnel.layers.map(({ name }) => name)).toEqual([
      "IPv4",
      "GRE",
      "IPv4",
      "TCP",
      "Payload",
    ]);
  });

  it("that is cut anywhere ends with the layers before, and no field goes beyond it", () => {
    const whole = bytesOf(`${kEthernet} 0800 ${kIp4} ${kTcp} 61626364`);
    for (let end = 0; end <= whole.length; end += 1) {
      for (const type of [0, 1, 101, 113, 276, 9_999]) {
        const { layers } = decodePacket(whole.subarray(0, end), type);
        for (const layer of layers) expect(layer.to).toBeLessThanOrEqual(end);
      }
    }
  });

  it("writes IPv6 addresses as RFC 5952 says", () => {
    expect(ip6Text(bytesOf("00000000000000000000000000000001"))).toBe("::1");
    expect(ip6Text(bytesOf("20010db8000000010000000000000001"))).toBe("2001:db8:0:1::1");
    expect(ip6Text(bytesOf("00000000000000000000000000000000"))).toBe("::");
    expect(ip6Text(bytesOf("20010db8000100010001000100010001"))).toBe("2001:db8:1:1:1:1:1:1");
  });
});

describe("the story of a session", () => {
  const packet = (number: number, fromClient: boolean, part: Partial<TcpHeader>): Seen => ({
    number,
    time: number * 1_000,
    fromClient,
    tcp: {
      sourceIp: "",
      targetIp: "",
      source: 1,
      target: 2,
      seq: 0,
      ack: 0,
      flags: 16,
      window: 1_000,
      payloadFrom: 0,
      payload: 0,
      ipId: number,
      ...part,
    },
  });
  const acts = (packets: Seen[]) => tellStory(packets).steps.map(({ act }) => act);

  it("tells what is new, sent again, late and missing", () => {
    const story = tellStory([
      packet(1, true, { seq: 99, flags: 2 }),
      packet(2, true, { seq: 100, payload: 10 }),
      packet(3, true, { seq: 100, payload: 10 }),
      packet(4, true, { seq: 130, payload: 10 }),
      packet(5, true, { seq: 110, payload: 10 }),
      packet(6, true, { seq: 135, payload: 10 }),
    ]);
    expect(story.steps.map(({ act }) => act)).toEqual([
      "open",
      "new",
      "again",
      "new",
      "filled",
      "partly",
    ]);
    // A SYN takes a number of the sequence and carries nothing.
    expect(story.steps.map(({ payload }) => payload)).toEqual([0, 10, 10, 10, 10, 10]);
    expect(story.steps[0]).toMatchObject({ seq: 0, end: 1 });
    expect(story.holes).toEqual([
      { fromClient: true, from: 11, to: 21, time: 4_000, until: 5_000 },
      { fromClient: true, from: 21, to: 31, time: 4_000, until: null },
    ]);
  });

  it("does not take a packet that a mirror shows twice for one that was sent twice", () => {
    const one = packet(1, true, { seq: 5, payload: 3, ipId: 77 });
    expect(acts([one, { ...one, number: 2, time: one.time + 10 }])).toEqual(["new", "copy"]);
    expect(acts([one, packet(2, true, { seq: 5, payload: 3, ipId: 78 })])).toEqual([
      "new",
      "again",
    ]);
  });

  it("goes on where the sequence numbers begin anew", () => {
    const story = tellStory([
      packet(1, false, { seq: 0xffff_fff0, payload: 16 }),
      packet(2, false, { seq: 0, payload: 16 }),
      packet(3, false, { seq: 16, payload: 1 }),
    ]);
    expect(story.steps.map(({ seq, act }) => [seq, act])).toEqual([
      [0, "new"],
      [16, "new"],
      [32, "new"],
    ]);
  });

  it("knows keep-alives, and what was under way before the first packet", () => {
    expect(
      acts([
        packet(1, true, { seq: 100, payload: 10 }),
        packet(2, true, { seq: 109, payload: 1 }),
        packet(3, true, { seq: 90, payload: 10 }),
      ]),
    ).toEqual(["new", "alive", "filled"]);
  });
});
