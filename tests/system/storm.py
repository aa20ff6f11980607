"""A capture that hits every limit: made of frames by hand, seeded, written as a classic pcap."""
import random
import socket
import struct

from overload import with_checksum

SYN, FIN, RST, ACK, PSH = 2, 1, 4, 16, 8
START = 1767225600


class Storm:
    """Frames in order of time, 50 us apart; .write() makes the file."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.records = []  # (frame, bytes captured)
        self.port = 20000

    # ---- frames

    def frame(self, payload, ether_type=0x0800, captured=None):
        frame = bytes(12) + struct.pack(">H", ether_type) + payload
        self.records.append((frame, len(frame) if captured is None else captured))

    @staticmethod
    def ip(payload, protocol=6, identification=1, flags_offset=0, to="198.51.100.9",
           source="192.0.2.7"):
        return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), identification,
                           flags_offset, 64, protocol, 0, socket.inet_aton(source),
                           socket.inet_aton(to)) + payload

    @staticmethod
    def tcp(sport, dport, seq, ack, flags, payload=b"", offset=5):
        return struct.pack(">HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF,
                           offset << 4, flags, 65535, 0, 0) + payload

    def segment(self, connection, client, seq, ack, flags, payload=b"", captured=None):
        port = connection
        ends = ("192.0.2.7", "198.51.100.9") if client else ("198.51.100.9", "192.0.2.7")
        ports = (port, 80) if client else (80, port)
        self.frame(self.ip(self.tcp(*ports, seq, ack, flags, payload), source=ends[0], to=ends[1]),
                   captured=captured)

    def connect(self):
        self.port += 1
        c = self.port
        self.segment(c, True, 999, 0, SYN)
        self.segment(c, False, 1999, 1000, SYN | ACK)
        self.segment(c, True, 1000, 2000, ACK)
        return c

    def send(self, c, client, payload, at=0, ack=0, pieces=1400, shuffle=False, lose=()):
        """Bytes of one side from offset `at`, cut in pieces, some lost, perhaps in disorder."""
        base, peer = (1000, 2000) if client else (2000, 1000)
        cuts = [(i, payload[i:i + pieces]) for i in range(0, len(payload), pieces)]
        cuts = [cut for n, cut in enumerate(cuts) if n not in lose]
        if shuffle:
            self.random.shuffle(cuts)
        for i, part in cuts:
            self.segment(c, client, base + at + i, peer + ack, ACK | PSH, part)

    # ---- what hits a limit

    def exchange(self):
        c = self.connect()
        ask = b"GET /x HTTP/1.1\r\nHost: storm\r\n\r\n"
        body = b"b" * self.random.randrange(0, 5000)
        tell = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        self.send(c, True, ask)
        self.send(c, False, tell, ack=len(ask), shuffle=self.random.random() < 0.5,
                  lose={1} if self.random.random() < 0.2 else ())
        if self.random.random() < 0.3:  # everything once more
            self.send(c, False, tell, ack=len(ask), pieces=self.random.choice((900, 1400)))
        self.segment(c, True, 1000 + len(ask), 2000 + len(tell), FIN | ACK)
        self.segment(c, False, 2000 + len(tell), 1001 + len(ask), FIN | ACK)

    def hole_that_never_closes(self, kib):
        """Bytes behind a hole until every budget of early bytes is used up; then the hole's own."""
        c = self.connect()
        self.send(c, True, b"x" * kib * 1024, at=1400)
        self.send(c, True, b"y" * 1400)

    def long_head(self, kib, ends=True):
        c = self.connect()
        self.send(c, True, b"GET / HTTP/1.1\r\nHost: storm\r\nX: " + b"a" * kib * 1024
                  + (b"\r\n\r\n" if ends else b""))

    def pipelined(self, requests):
        c = self.connect()
        ask = b"GET /p HTTP/1.1\r\nHost: storm\r\n\r\n" * requests
        self.send(c, True, ask)
        self.send(c, False, b"HTTP/1.1 204 No Content\r\n\r\n" * requests, ack=len(ask))

    def fragments(self):
        whole = with_checksum(socket.inet_aton("192.0.2.7"), socket.inet_aton("198.51.100.9"),
                              self.tcp(self.port, 80, 1, 1, ACK, b"f" * 64))
        for number in range(20):
            self.frame(self.ip(whole[:40], identification=number, flags_offset=0x2000))
            if number % 4 == 0:  # the others never become whole
                self.frame(self.ip(whole[40:], identification=number, flags_offset=5))

    def cut_short(self):
        """A body that ends before its length does, and an answer that nobody asked for."""
        c = self.connect()
        ask = b"GET /c HTTP/1.1\r\nHost: storm\r\n\r\n"
        tell = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nshort"
        self.send(c, True, ask)
        self.send(c, False, tell, ack=len(ask))
        self.segment(c, False, 2000 + len(tell), 1000 + len(ask), FIN | ACK)
        c = self.connect()
        self.send(c, False, b"HTTP/1.1 204 No Content\r\n\r\n")

    def odd_frames(self):
        self.frame(bytes(28), ether_type=0x0806)
        self.frame(self.ip(bytes(20), protocol=17))
        self.frame(self.ip(self.tcp(1, 2, 3, 4, ACK, offset=2)))
        self.frame(b"\x45" + bytes(6))
        self.frame(self.ip(self.tcp(9, 9, 1, 1, ACK, b"left out")))

    def stray(self):
        c = self.connect()
        self.send(c, True, b"GET /s HTTP/1.1\r\n\r\n")
        self.segment(c, True, 1000 + 900_000_000, 2000, ACK, b"far away")
        self.segment(c, False, 2000, 1000, RST | ACK, b"diagnosis")
        self.segment(c, True, 900, 2000, ACK, b"before the beginning")
        self.segment(c, True, 1019, 2000, ACK, b"q" * 1000, captured=200)

    def write(self, path, link_type=1, truncated=False):
        out = bytearray(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link_type))
        for n, (frame, captured) in enumerate(self.records):
            us = n * 50
            out += struct.pack("<IIII", START + us // 1_000_000, us % 1_000_000, captured,
                               len(frame)) + frame[:captured]
        path.write_bytes(out[:-3] if truncated else out)
        return path


def every_limit(seed):
    storm = Storm(seed)
    for _ in range(60):
        storm.exchange()
        if storm.random.random() < 0.4:
            storm.odd_frames()
        if storm.random.random() < 0.2:
            storm.stray()
        if storm.random.random() < 0.1:
            storm.fragments()
        if storm.random.random() < 0.1:
            storm.long_head(9)
        if storm.random.random() < 0.1:
            storm.pipelined(6)
        if storm.random.random() < 0.1:
            storm.cut_short()
        if storm.random.random() < 0.1:
            storm.hole_that_never_closes(40)
    return storm
