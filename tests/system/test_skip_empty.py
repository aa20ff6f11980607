"""Skip empty packets: the same communications, field by field, with and without, however the
packets travel; and the books say what was left out."""
import json
import socket
import struct

from frames import pcap
from support import SystemTest



def packets_of(path):
    """(ns, frame) of a classic pcap of Ethernet."""
    data = path.read_bytes()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    unit = 1 if struct.unpack(order + "I", data[:4])[0] == 0xA1B23C4D else 1_000
    at = 24
    while at < len(data):
        seconds, rest, captured, _ = struct.unpack_from(order + "IIII", data, at)
        yield seconds * 10**9 + rest * unit, data[at + 16:at + 16 + captured]
        at += 16 + captured


def ipv4_options(ip, payload):
    """The header with eight bytes of options."""
    head = bytes([0x47]) + ip[1:2] + struct.pack("!H", 28 + len(payload)) + ip[4:20] + b"\x01" * 8
    return b"\x08\x00", head + payload


def ipv6(ip, payload, extensions=b"", first=6):
    def address(four):
        return socket.inet_pton(socket.AF_INET6, "2001:db8::")[:12] + four
    head = struct.pack("!IHBB", 0x60000000, len(extensions) + len(payload), first, 64)
    return b"\x86\xdd", head + address(ip[12:16]) + address(ip[16:20]) + extensions + payload


def ipv6_extensions(ip, payload):
    """Hop-by-hop options, routing and options of the destination before TCP."""
    pad = b"\x01\x04\0\0\0\0"
    chain = bytes([43, 0]) + pad + bytes([60, 0, 0, 0, 0, 0, 0, 0]) + bytes([6, 0]) + pad
    return ipv6(ip, payload, chain, 0)


def tags(*ids):
    return b"".join(struct.pack("!HH", 0x88A8 if i < len(ids) - 1 else 0x8100, number)
                    for i, number in enumerate(ids))


# How the same segments travel: from the IPv4 header and what follows to EtherType and packet, and
# the tags before them.
KINDS = {
    "IPv4": (lambda ip, payload: (b"\x08\x00", ip + payload), b""),
    "IPv4 with options": (ipv4_options, b""),
    "IPv4 in a VLAN": (lambda ip, payload: (b"\x08\x00", ip + payload), tags(7)),
    "IPv4 in QinQ": (lambda ip, payload: (b"\x08\x00", ip + payload), tags(7, 8)),
    "IPv6": (ipv6, b""),
    "IPv6 in a VLAN": (ipv6, tags(7)),
    "IPv6 in QinQ": (ipv6, tags(7, 8)),
    "IPv6 with extension headers": (ipv6_extensions, b""),
    "IPv6 with extension headers in QinQ": (ipv6_extensions, tags(7, 8)),
}


def travel(frame, kind):
    wrap, tagged = KINDS[kind]
    size = (frame[14] & 15) * 4
    length = struct.unpack_from("!H", frame, 16)[0]
    ether_type, packet = wrap(frame[14:14 + size], frame[14 + size:14 + length])
    return frame[:12] + tagged + ether_type + packet


class SkipEmpty(SystemTest):
    def imported(self, capture, skip):
        """Records and books of an import."""
        folder = self.folder / f"{capture.stem}-{skip}"
        config = self.config(f"{capture.stem}-{skip}.toml", store={"path": str(folder)},
                             whisperers=[{"name": "upload", "type": "UPLOAD",
                                          "skip_empty_packets": skip, "save_packets": True}])
        books, = self.import_books(config, capture)
        records, _ = self.exported("--config", config)
        return records, books

    def test_communications_are_the_same_however_packets_travel(self):
        made, truth = self.generate(mib=1, profile="small", seed=7)
        plain = [(ns, frame) for ns, frame in packets_of(made)]
        first = None
        for kind in KINDS:
            with self.subTest(kind):
                capture = self.folder / (kind.replace(" ", "-") + ".pcap")
                pcap(capture, [(ns, travel(frame, kind)) for ns, frame in plain], nanoseconds=True)
                whole, all_books = self.imported(capture, False)
                lean, lean_books = self.imported(capture, True)
                self.assertGreater(len(whole), 100)
                for one, other in zip(whole, lean, strict=True):
                    # The ACK that ends a handshake is among what was left out: no guess then.
                    self.assertEqual((other["connect_us"], other["nanoseconds"]["connect"]),
                                     (None, None))
                    self.assertEqual(without_connect(one), without_connect(other))
                # The same traffic, whatever it travels in.
                facts = [(r["start_us"], r["method"], r["path"], r["status"]) for r in whole]
                first = first or facts
                self.assertEqual(facts, first)
                skipped = lean_books["skipped_empty"]
                self.assertEqual(skipped, sum(empty(frame) for _, frame in plain))
                self.assertGreater(skipped, len(plain) // 5)
                self.assertEqual(lean_books["packets_received"], all_books["packets_received"])
                self.assertEqual(lean_books["packets_saved"],
                                 all_books["packets_saved"] - skipped)
                self.assertEqual(lean_books["sessions_closed"], all_books["sessions_closed"])
                self.assert_books_balance(all_books, kind)
                self.assert_books_balance(lean_books, kind)

    def test_sessions_without_their_last_ack_are_closed_by_their_fins(self):
        made, _ = self.generate(mib=1, profile="small", seed=8)
        config = self.config(whisperers=[{"name": "upload", "type": "UPLOAD",
                                          "skip_empty_packets": True}])
        self.import_books(config, made)
        server = self.server(config)
        _, _, body = server.request("GET", "/api/v1/tcp-sessions?limit=1000")
        sessions = json.loads(body)["items"]
        self.assertGreater(len(sessions), 10)
        self.assertNotIn("idle", {session["close"] for session in sessions})


def without_connect(record):
    nanoseconds = {k: v for k, v in record["nanoseconds"].items() if k != "connect"}
    return {**record, "connect_us": None, "nanoseconds": nanoseconds}


def empty(frame):
    """Whether an Ethernet frame of IPv4 is a TCP segment with nothing in it."""
    size = (frame[14] & 15) * 4
    tcp = 14 + size
    left = struct.unpack_from("!H", frame, 16)[0] - size - (frame[tcp + 12] >> 4) * 4
    return frame[23] == 6 and left == 0 and frame[tcp + 13] & 7 == 0

