"""Frames and capture files with everything in them chosen by the test."""
import socket
import struct

SYN, ACK, PSH, FIN = 0x02, 0x10, 0x08, 0x01
CLIENT, SERVER = "192.0.2.10", "192.0.2.80"


def frame(to_server, client_port, seq, ack, flags, payload=b"", number=0):
    """An Ethernet frame between CLIENT and port 80 of SERVER; number: IPv4's identification,
    without which a repetition looks like a mirror port's copy."""
    ends = [(socket.inet_aton(CLIENT), client_port), (socket.inet_aton(SERVER), 80)]
    (source, source_port), (target, target_port) = ends if to_server else reversed(ends)
    tcp = struct.pack("!HHIIBBHHH", source_port, target_port, seq, ack, 0x50, flags, 65535, 0, 0)
    length = 20 + len(tcp) + len(payload)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, length, number, 0x4000, 64, 6, 0, source, target)
    return b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0" + ip + tcp + payload


def pcap(path, packets, nanoseconds=False):
    """A classic pcap of (ns since 1970, frame)."""
    magic, unit = (0xA1B23C4D, 1) if nanoseconds else (0xA1B2C3D4, 1_000)
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", magic, 2, 4, 0, 0, 65535, 1))
        for ns, data in packets:
            seconds, rest = divmod(ns, 1_000_000_000)
            out.write(struct.pack("<IIII", seconds, rest // unit, len(data), len(data)) + data)
    return path


def block(kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def pcapng(path, packets, tsresol, ticks_per_s):
    """A pcapng of (ns since 1970, frame); a time becomes the last tick that is not after it."""
    with open(path, "wb") as out:
        out.write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
        option = struct.pack("<HHB3xHH", 9, 1, tsresol, 0, 0)
        out.write(block(1, struct.pack("<HHI", 1, 0, 0) + option))
        for ns, data in packets:
            ticks = ns * ticks_per_s // 1_000_000_000
            head = struct.pack("<IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
            out.write(block(6, head + data))
    return path
