"""Times of packets reach the export and the API unrounded, whatever format the capture had."""
import urllib.parse

import frames
from frames import ACK, PSH, SYN, frame
from openapi import OpenApi
from support import SystemTest

ORIGIN = 1_767_225_600_000_000_000  # 2026-01-01T00:00:00Z
GET = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n" + b"0123456789" * 3
POST = b"POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nsecret"
HEAD = len(OK) - 30


class Script:
    """The packets of connections, each at a nanosecond after ORIGIN that the test names."""

    def __init__(self):
        self.packets = []

    def send(self, port, at, to_server, flags, offset, ack, payload=b""):
        seq, ack = offset + (flags & SYN == 0), ack + 1
        self.packets.append((ORIGIN + at, frame(to_server, port, seq, ack, flags, payload,
                                                number=len(self.packets) + 1)))

    def open(self, port, syn, syn_ack, ack):
        self.send(port, syn, True, SYN, 0, -1)
        self.send(port, syn_ack, False, SYN | ACK, 0, 0)
        self.send(port, ack, True, ACK, 0, 0)

    def ask(self, port, at, text, start=0, end=None, base=0, ack=0):
        self.send(port, at, True, PSH | ACK, base + start, ack, text[start:end])

    def answer(self, port, at, text, start=0, end=None, base=0, ack=0):
        self.send(port, at, False, PSH | ACK, base + start, ack, text[start:end])


def script():
    """The packets, and per communication its four marks (first and last byte of request and
    response), the two of its handshake (None: not seen), missing and retransmitted bytes."""
    s, told = Script(), []
    # A request and an answer in pieces, then a second pair on the same connection.
    s.open(40_001, 1_000_017, 1_000_451, 1_000_999)
    s.ask(40_001, 2_345_678, GET, 0, 10)
    s.ask(40_001, 2_999_999, GET, 10)
    s.answer(40_001, 7_000_001, OK, 0, 50, ack=28)
    s.answer(40_001, 9_876_543, OK, 50, ack=28)
    told.append(((2_345_678, 2_999_999, 7_000_001, 9_876_543), (1_000_017, 1_000_999), 0, 0))
    s.ask(40_001, 12_000_001, POST, base=28, ack=len(OK))
    s.answer(40_001, 12_000_999, OK, base=len(OK), ack=28 + len(POST))
    told.append(((12_000_001, 12_000_001, 12_000_999, 12_000_999), None, 0, 0))
    # Joined mid stream; eleven bytes of the body are missing.
    s.ask(40_002, 20_000_123, GET)
    s.answer(40_002, 20_500_001, OK, 0, HEAD + 10, ack=28)
    s.answer(40_002, 20_700_009, OK, HEAD + 21, ack=28)
    s.send(40_002, 20_800_000, True, ACK, 28, len(OK))
    told.append(((20_000_123, 20_000_123, 20_500_001, 20_700_009), None, 11, 0))
    # A piece of the request was sent again, and the answer comes before the request's end.
    s.open(40_003, 30_000_001, 30_000_002, 30_000_003)
    s.ask(40_003, 31_111_111, POST, 0, 30)
    s.ask(40_003, 32_222_222, POST, 0, 30)
    s.answer(40_003, 33_333_333, OK, ack=30)
    s.ask(40_003, 34_444_444, POST, 30, ack=len(OK))
    told.append(((31_111_111, 34_444_444, 33_333_333, 33_333_333), (30_000_001, 30_000_003), 0, 30))
    return s.packets, told


def expected(told, clock):
    """The record's keys about time; clock: what the capture made of a nanosecond."""
    marks, handshake, missing, again = told
    q1, q2, r1, r2 = (clock(ORIGIN + mark) for mark in marks)
    end = max(q1, r2)
    spans = {"duration": (q1, end), "request": (q1, q2), "wait": (q2, r1), "response": (r1, r2),
             "connect": handshake and tuple(clock(ORIGIN + mark) for mark in handshake)}
    record = {f"{name}_us": span and span[1] // 1_000 - span[0] // 1_000
              for name, span in spans.items()}
    record.update(start=iso(q1), start_us=q1 // 1_000, end=iso(end), end_us=end // 1_000,
                  missing_bytes=missing, retransmitted_bytes=again)
    times = [q1, end, *(span[1] - span[0] for span in spans.values() if span)]
    if any(ns % 1_000 for ns in times):
        record["nanoseconds"] = {name: span and span[1] - span[0] for name, span in spans.items()}
        record["nanoseconds"]["ended_after"] = None  # all are whole
    return record


def iso(ns):
    rest = ns - ORIGIN
    assert 0 <= rest < 60_000_000_000
    text = f"2026-01-01T00:00:{rest // 1_000_000_000:02}.{rest % 1_000_000_000:09}"
    return text.removesuffix("000") + "Z" if ns % 1_000 == 0 else text + "Z"


def timing_of(record):
    keys = {"start", "start_us", "end", "end_us", "missing_bytes", "retransmitted_bytes",
            "duration_us", "connect_us", "request_us", "wait_us", "response_us", "nanoseconds"}
    return {key: value for key, value in record.items() if key in keys}


def by_ticks(per_second):
    """The nanosecond that holds the tick that holds the nanosecond."""
    return lambda ns: ns * per_second // 1_000_000_000 * 1_000_000_000 // per_second


FORMATS = {
    "pcap": (lambda path, p: frames.pcap(path, p), by_ticks(10**6)),
    "pcap of nanoseconds": (lambda path, p: frames.pcap(path, p, True), by_ticks(10**9)),
    "pcapng 6": (lambda path, p: frames.pcapng(path, p, 6, 10**6), by_ticks(10**6)),
    "pcapng 9": (lambda path, p: frames.pcapng(path, p, 9, 10**9), by_ticks(10**9)),
    "pcapng 2^-24": (lambda path, p: frames.pcapng(path, p, 0x80 | 24, 2**24), by_ticks(2**24)),
}


class Timing(SystemTest):
    def test_every_format_keeps_every_digit_in_an_export(self):
        packets, told = script()
        for name, (write, clock) in FORMATS.items():
            with self.subTest(format=name):
                path = write(self.folder / "timed", packets)
                records, _ = self.exported("--read", path)
                self.assertEqual([timing_of(r) for r in records],
                                 [expected(one, clock) for one in told])

    def test_the_api_tells_the_nanoseconds_of_the_packets(self):
        packets, told = script()
        config = self.config(whisperers=[{"name": "kept", "type": "UPLOAD", "save_packets": True}])
        path = frames.pcap(self.folder / "timed.pcap", packets, nanoseconds=True)
        self.import_books(config, "--whisperer", "kept", path)
        server, openapi = self.server(config), OpenApi()
        base = "/api/v1/http-communications"
        listed = server.get(base + "?sort=start")
        self.assertEqual(openapi.complaints("GET", base, 200, "application/json", listed), [])
        self.assertEqual([timing_of(r) for r in listed["items"]],
                         [expected(one, lambda ns: ns) for one in told])
        for record, (marks, handshake, _, _) in zip(listed["items"], told):
            self.check_detail(server, openapi, f"{base}/{record['id']}", marks, handshake)
            self.check_range(server, base, record)
        self.check_packets(server, packets)

    def check_detail(self, server, openapi, path, marks, handshake):
        detail = server.get(path)
        self.assertEqual(openapi.complaints("GET", path, 200, "application/json", detail), [])
        told = [detail[side][mark] for side in ("request", "response")
                for mark in ("first_byte", "last_byte")]
        self.assertEqual(told, [iso(ORIGIN + mark) for mark in marks])
        if handshake:
            session = server.get(f"/api/v1/tcp-sessions/{detail['session_id']}")
            self.assertEqual([session["syn"], session["handshake"]],
                             [iso(ORIGIN + mark) for mark in handshake])
            spans = session["nanoseconds"]
            self.assertEqual(spans["connect"], handshake[1] - handshake[0])

    def check_range(self, server, base, record):
        """A range that begins a nanosecond behind the end leaves the communication out."""
        ns = ORIGIN + int(record["end"][20:-1].ljust(9, "0"))
        for begin, inside in ((ns, True), (ns + 1, False)):
            query = urllib.parse.urlencode({"from": iso(begin)})
            ids = [r["id"] for r in server.get(f"{base}?{query}")["items"]]
            self.assertEqual(record["id"] in ids, inside, record)

    def check_packets(self, server, packets):
        """The saved packets, as JSON and as a capture, have the stamps of the file."""
        stamps, spans = [], []
        for session in server.get("/api/v1/tcp-sessions")["items"]:
            path = f"/api/v1/tcp-sessions/{session['id']}/packets"
            stamps += [p["time"] for p in server.get(path)["items"]]
            status, _, capture = server.request("GET", path + ".pcap")
            self.assertEqual(status, 200)
            spans += stamps_of(capture)
        self.assertEqual(sorted(stamps), [iso(ns) for ns, _ in packets])
        self.assertEqual(sorted(spans), [ns for ns, _ in packets])


def stamps_of(capture):
    """Of a pcap of nanoseconds."""
    out, at = [], 24
    while at < len(capture):
        seconds, ns, size = (int.from_bytes(capture[at + i:at + i + 4], "little")
                             for i in (0, 4, 8))
        out.append(seconds * 10**9 + ns)
        at += 16 + size
    return out
