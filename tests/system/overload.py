"""A capture that goes against every limit: conversations with holes, long heads, long pipelines,
large bodies and fragments, the order of the packets shuffled within a window, some lost, some
repeated, among frames that carry no TCP or nothing that can be right. The same for the same seed.
"""
import random
import struct

CLIENT, SERVER = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
SYN, FIN, ACK = 2, 1, 16


def tcp(sport, dport, seq, ack, flags, payload=b""):
    return struct.pack("!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 5 << 4,
                       flags, 65535, 0, 0) + payload


def ip(source, target, payload, ident=0, offset=0, more=False, protocol=6):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), ident,
                       (0x2000 if more else 0) | offset // 8, 64, protocol, 0, source, target)
    total = sum(struct.unpack("!10H", head))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return head[:10] + struct.pack("!H", ~total & 0xFFFF) + head[12:] + payload


def with_checksum(source, target, segment):
    """What becomes of fragments has to have the right one (RFC 9293 3.1)."""
    covered = source + target + struct.pack("!HH", 6, len(segment)) + segment
    covered += bytes(len(covered) % 2)
    total = sum(struct.unpack(f"!{len(covered) // 2}H", covered))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return segment[:16] + struct.pack("!H", ~total & 0xFFFF) + segment[18:]


def ethernet(payload, kind=0x0800):
    return bytes(12) + struct.pack("!H", kind) + payload


class Storm:
    def __init__(self, seed=7):
        self.random = random.Random(seed)
        self.lanes = []  # lists of frames, each in its own order
        self.blocks = []  # lists of frames that stay together
        self.port = 20000
        self.ident = 0

    def conversation(self, client, server, hole=False, late=False, segment=1400):
        """One connection that carries these bytes; a hole leaves the second segment of
        the response out, late brings it last."""
        self.port += 1
        a, b = self.port, 80
        start, other = self.random.randrange(1 << 32), self.random.randrange(1 << 32)
        frames = [self.there(tcp(a, b, start, 0, SYN)),
                  self.back(tcp(b, a, other, start + 1, SYN | ACK)),
                  self.there(tcp(a, b, start + 1, other + 1, ACK))]
        for at in range(0, len(client), segment):
            frames.append(self.there(tcp(a, b, start + 1 + at, other + 1, ACK,
                                         client[at:at + segment])))
        sent = start + 1 + len(client)
        answer = [self.back(tcp(b, a, other + 1 + at, sent, ACK, server[at:at + segment]))
                  for at in range(0, len(server), segment)]
        if hole or late:
            second = answer.pop(1)
            answer += [second] if late else []
        frames += answer
        got = other + 1 + (segment if hole else len(server))
        frames += [self.there(tcp(a, b, sent, got, FIN | ACK)),
                   self.back(tcp(b, a, other + 1 + len(server), sent + 1, FIN | ACK))]
        self.lanes.append(frames)

    @staticmethod
    def there(segment):
        return ethernet(ip(CLIENT, SERVER, segment))

    @staticmethod
    def back(segment):
        return ethernet(ip(SERVER, CLIENT, segment))

    def datagrams(self, count, size):
        """Datagrams of one TCP segment each, all begun before the first is whole."""
        pieces = [[], [], []]
        for _ in range(count):
            self.ident += 1
            self.port += 1
            whole = with_checksum(CLIENT, SERVER, tcp(self.port, 80, 1, 1, ACK, bytes(size)))
            third = len(whole) // 24 * 8
            for i, piece in enumerate(pieces):
                end = None if i == 2 else (i + 1) * third
                piece.append(ethernet(ip(CLIENT, SERVER, whole[i * third:end], self.ident,
                                         i * third, i < 2)))
        self.blocks.append(pieces[0] + pieces[1] + pieces[2])

    def noise(self, count):
        kinds = [lambda: ethernet(bytes(46), 0x0806),
                 lambda: ethernet(ip(CLIENT, SERVER, bytes(30), protocol=17)),
                 lambda: ethernet(b"\x41" + bytes(30)),
                 lambda: ethernet(ip(CLIENT, SERVER, bytes(7))),
                 lambda: ethernet(ip(CLIENT, SERVER, tcp(1, 2, 3, 4, 0)[:12] + b"\x10" + bytes(7))),
                 lambda: b"\x00" * 5]
        self.lanes.append([self.random.choice(kinds)() for _ in range(count)])

    def frames(self, lost=0.01, repeated=0.01, shuffled=0.02):
        """All of it, as one order of packets; the conversations run side by side."""
        left = [lane[::-1] for lane in self.lanes]
        running, out = [], []
        while left or running:
            while left and len(running) < 64:
                running.append(left.pop(0))
            lane = self.random.choice(running)
            frame = lane.pop()
            if not lane:
                running.remove(lane)
            chance = self.random.random()
            if chance < lost:
                continue
            out.append(frame)
            if chance < lost + repeated:
                out.insert(max(0, len(out) - self.random.randrange(1, 40)), frame)
            elif chance < lost + repeated + shuffled and len(out) > 8:
                out.insert(len(out) - self.random.randrange(2, 8), out.pop())
        for block in self.blocks:
            at = self.random.randrange(len(out))
            out[at:at] = block
        return out


def request(path="/", head=b"", body=b""):
    return (f"POST {path} HTTP/1.1\r\nHost: storm\r\nContent-Length: {len(body)}\r\n".encode() +
            head + b"\r\n" + body)


def response(body=b"ok", head=b""):
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n".encode() + head + b"\r\n" + body


def storm(seed=7):
    made = Storm(seed)
    for i in range(150):
        made.conversation(request(f"/plain/{i}"), response(bytes(900)))
    for i in range(60):
        made.conversation(request(f"/hole/{i}"), response(bytes(40_000)), hole=i % 3 == 0,
                          late=i % 3 != 0)
    for i in range(6):
        made.conversation(request(f"/head/{i}", b"X-Long: " + b"h" * 9000 + b"\r\n"), response())
    for i in range(2):
        made.conversation(request(f"/wait/{i}") * 1100, response() * 1100)
    for i in range(2):
        made.conversation(request(f"/held/{i}", b"X-Held: " + b"m" * 3000 + b"\r\n") * 500,
                          response() * 500)
    for i in range(4):
        made.conversation(request(f"/body/{i}", body=bytes(70_000)), response(bytes(90_000)))
    made.datagrams(30, 60_000)
    made.noise(300)
    made.random.shuffle(made.lanes)
    return made.frames()


def write(path, frames, cut=None, step_us=10_000):
    """A pcap of frames so far apart; every cut-th is captured shorter than it was."""
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for i, frame in enumerate(frames):
            kept = frame[:200] if cut and i % cut == 0 else frame
            seconds, micros = divmod(i * step_us, 1_000_000)
            out.write(struct.pack("<IIII", 1767225600 + seconds, micros, len(kept), len(frame)) +
                      kept)
    return path
