"""Traffic of real programs, read by us and by tshark: the same exchanges, field by field.

Where the two differ on purpose, and what is compared instead:
- "100 Continue" is a response without a request to tshark; to us a number of its exchange, since it
  is no answer (RFC 9110 15.2). The numbers are compared.
- tshark shows header lines as sent; our values have no blanks around them (RFC 9112 5.1).
- tshark shows a body with its content coding taken off; our sizes are as sent. Where a message has
  a Content-Length and a body, that is compared.
- tshark names a message by the frame of its last byte; we name the first as well. Its first one is
  taken from the segments that it put together.
- What follows a 101 is WebSocket to tshark; we mark the exchange `upgrade` and stop.
"""
import base64
import calendar
import contextlib
import hashlib
import json
import os
import socket
import subprocess
import threading
import time

from support import SystemTest, end, free_port
from traffic import get_status, nginx

NAMESPACES = True

MORE = """
    dav_methods PUT DELETE; client_max_body_size 8m; if_modified_since before;
    location /nothing { return 204; }
    location /old { return 301 /hello.txt?from=old; }
    location /broken { return 500; }
"""


def websocket_server(test, port):
    """Takes one connection, agrees to the upgrade, and echoes one frame."""
    listener = socket.create_server(("127.0.0.1", port))

    def serve():
        connection, _ = listener.accept()
        with contextlib.closing(connection), contextlib.closing(listener):
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(4096)
            key = next(line.split(b": ")[1] for line in head.split(b"\r\n")
                       if line.startswith(b"Sec-WebSocket-Key"))
            token = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                               b"Connection: Upgrade\r\nSec-WebSocket-Accept: "
                               + base64.b64encode(token) + b"\r\n\r\n")
            connection.recv(4096)
            connection.sendall(b"\x81\x05hello")
            connection.recv(4096)

    thread = threading.Thread(target=serve)
    thread.start()
    test.addCleanup(thread.join, 10)


def websocket_client(port):
    with contextlib.closing(socket.create_connection(("127.0.0.1", port), 5)) as connection:
        connection.sendall(b"GET /chat?room=1 HTTP/1.1\r\nHost: ws.example\r\n"
                           b"Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
                           b"Sec-WebSocket-Version: 13\r\n"
                           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += connection.recv(4096)
        connection.sendall(b"\x81\x82\x00\x00\x00\x00hi")
        while b"hello" not in answer:
            answer += connection.recv(4096)


class Traffic:
    """What curl and nginx say to one another, recorded by tcpdump."""

    def __init__(self, test):
        self.test, self.port, self.socket_port = test, free_port(), free_port()
        self.root = nginx(test, self.port, MORE)
        os.chmod(self.root, 0o777)
        self.path = test.folder / "real.pcap"
        log = open(test.folder / "tcpdump.log", "wb")
        self.tcpdump = test.child(
            "tcpdump", "-i", "lo", "-U", "--immediate-mode", "--time-stamp-precision=nano", "-s0",
            "-Z", "root", "-B", "16384", "-w", str(self.path),
            f"tcp port {self.port} or tcp port {self.socket_port}", stderr=log)
        test.wait_for("tcpdump listens", 10,
                      lambda: b"listening on" in (test.folder / "tcpdump.log").read_bytes())

    def curl(self, *words, stdin=None):
        """`words` beginning with / are paths of our server."""
        words = [f"http://127.0.0.1:{self.port}{w}" if w.startswith("/") else w for w in words]
        subprocess.run(["curl", "-sS", *words], input=stdin, stdout=subprocess.DEVNULL,
                       check=True, timeout=20, cwd=self.test.folder)

    def record(self):
        big = self.test.folder / "big.bin"
        big.write_bytes(bytes(range(256)) * 6_000)
        self.curl("/hello.txt?kept=1", "/page.html", "/missing", "/nothing", "/hello.txt?kept=2")
        self.curl("--compressed", "/page.html?gzip", "/made/gzip")
        self.curl("-I", "/page.html?head", "/missing?head")
        self.curl("-z", "Fri, 01 Jan 2038 00:00:00 GMT", "/hello.txt?unchanged", "/page.html?304")
        self.curl("-T", "-", "-H", "Expect:", "/chunked-upload.bin", stdin=b"x" * 30_000)
        self.curl("-T", "big.bin", "-H", "Expect: 100-continue", "/upload.bin")
        self.curl("-d", "a=1&b=2", "/made/form")
        self.curl("-d", "not allowed", "/hello.txt?405")
        self.curl("-X", "DELETE", "/upload.bin")
        self.curl("-r", "100-299", "/page.html?part")
        self.curl("-r", "99999999-", "/page.html?416")
        self.curl("-0", "/page.html?old")
        self.curl("-H", "Host:", "/hello.txt?nohost")
        self.curl("-H", "X-Odd:   padded value  ", "-H", "X-Empty;", "-u", "alice:pw", "/old",
                  "/broken")
        websocket_server(self.test, self.socket_port)
        websocket_client(self.socket_port)
        self.stop()

    def stop(self):
        """A last exchange, so that all before it is known to be in the file."""
        get_status(self.port, "/the-last-one")
        self.test.wait_for("the last answer is in the file", 10, lambda: b" 404 " in
                           self.path.read_bytes().partition(b"/the-last-one")[2])
        end(self.tcpdump)


def nanoseconds(epoch):
    seconds, rest = epoch.split(".")
    return int(seconds) * 10**9 + int(rest.ljust(9, "0"))


def iso_nanoseconds(text):
    """Of our ISO text."""
    whole, rest = text.rstrip("Z").split(".")
    seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
    return seconds * 10**9 + int(rest.ljust(9, "0"))


def headers_of(lines):
    """(name, value) without the blanks around the value."""
    pairs = [line.removesuffix("\r\n").split(":", 1) for line in as_list(lines)]
    return [(name, value.strip(" \t")) for name, value in pairs]


def as_list(value):
    return [] if value is None else value if isinstance(value, list) else [value]


class Tshark:
    """tshark's exchanges of a capture, in the order of their first bytes."""

    def __init__(self, path, ports):
        decode = [w for port in ports for w in ("-d", f"tcp.port=={port},http")]
        # Two passes: a request then knows the frame of its response.
        done = subprocess.run(["tshark", "-2", "-n", "-r", str(path), *decode, "-T", "json",
                               "--no-duplicate-keys"], capture_output=True, check=True, timeout=60)
        layers = [frame["_source"]["layers"] for frame in json.loads(done.stdout)]
        self.times = {int(one["frame"]["frame.number"]):
                      nanoseconds(one["frame"]["frame.time_epoch"]) for one in layers}
        messages = {}
        self.interim = []
        for one in layers:
            for http in as_list(one.get("http")):
                message = self.message(one, http)
                if 100 <= message["status"] < 200 and message["status"] != 101:
                    self.interim.append(message)
                else:
                    messages[message["frames"][1]] = message
        self.exchanges = [self.exchange(q, messages[q["response_in"]])
                          for q in messages.values() if q["method"]]
        self.exchanges.sort(key=lambda e: e["times"][0])
        streams = set()
        for exchange in self.exchanges:  # the first of a connection tells how long connecting took
            stream, connect = exchange.pop("stream"), exchange.pop("connect")
            exchange["connect"] = None if stream in streams else connect
            streams.add(stream)
        self.responses = sum(m["method"] is None for m in messages.values())

    @staticmethod
    def message(layers, http):
        first = next(key for key in http if key.endswith("\\r\\n") and len(key) > 4)
        line, frame = http[first], int(layers["frame"]["frame.number"])
        segments = as_list(layers.get("tcp.segments", {}).get("tcp.segment"))
        lines = http.get("http.request.line") or http.get("http.response.line")
        return {"frames": (int(segments[0]) if segments else frame, frame),
                "stream": layers["tcp"]["tcp.stream"],
                "connect": nanoseconds(layers["tcp"]["tcp.analysis"]["tcp.analysis.initial_rtt"]),
                "start_line": first.removesuffix("\\r\\n"), "headers": headers_of(lines),
                "method": line.get("http.request.method"), "uri": line.get("http.request.uri"),
                "status": int(line.get("http.response.code", 0)),
                "reason": line.get("http.response.phrase", ""),
                "version": line.get("http.request.version") or line.get("http.response.version"),
                "host": http.get("http.host"), "time": http.get("http.time"),
                "length": http.get("http.content_length_header"),
                "type": http.get("http.content_type"), "coding": http.get("http.content_encoding"),
                "response_in": int(http.get("http.response_in", 0)),
                "request_in": int(http.get("http.request_in", 0))}

    def exchange(self, q, r):
        assert r["request_in"] == q["frames"][1], (q, r)
        bodiless = q["method"] == "HEAD" or r["status"] in (204, 304)
        return {"method": q["method"], "path": q["uri"], "host": q["host"], "status": r["status"],
                "reason": r["reason"], "versions": [q["version"], r["version"]],
                "start_lines": [q["start_line"], r["start_line"]],
                "headers": [q["headers"], r["headers"]],
                "types": [media_type(q["type"]), media_type(r["type"])], "coding": r["coding"],
                "lengths": [q["length"] and int(q["length"]),
                            None if bodiless else r["length"] and int(r["length"])],
                "frames": [*q["frames"], *r["frames"]],
                "times": [self.times[n] for n in (*q["frames"], *r["frames"])],
                "answer_time": nanoseconds(r["time"]), "stream": q["stream"],
                "connect": q["connect"],
                "interim": sum(q["frames"][0] < i["frames"][1] < r["frames"][0]
                               and i["stream"] == q["stream"] for i in self.interim)}


def media_type(content_type):
    return content_type and content_type.split(";")[0].strip().lower()


def ours(record, detail, want):
    """What we say, in the words of Tshark.exchange; want: where a Content-Length tells a body."""
    spans = record.get("nanoseconds") or {name: record[name + "_us"] * 1_000
                                          for name in ("connect", "request", "wait", "response")}
    times = [iso_nanoseconds(record["start"])]
    times += [times[0] + sum(spans[name] for name in names) for names in (
        ("request",), ("request", "wait"), ("request", "wait", "response"))]
    sides = [detail["request"], detail["response"]]
    versions = [sides[0]["start_line"].split(" ")[2], sides[1]["start_line"].split(" ")[0]]
    assert versions[1] == "HTTP/" + record["http_version"]
    bodies = [record["request_body_bytes"], record["response_body_bytes"]]
    return {"method": record["method"], "path": record["path"], "host": record["host"],
            "status": record["status"], "reason": sides[1]["start_line"].split(" ", 2)[2],
            "versions": versions, "start_lines": [side["start_line"] for side in sides],
            "headers": [[(h["name"], h["value"]) for h in side["headers"]] for side in sides],
            "types": [record["request_type"], record["response_type"]],
            "coding": record["response_encoding"],
            "lengths": [n if w is not None else None for n, w in zip(bodies, want["lengths"])],
            "frames": [side[end] for side in sides for end in ("first_packet", "last_packet")],
            "times": times, "answer_time": spans["wait"] + spans["response"],
            "connect": spans["connect"],
            "interim": detail["interim_responses"]}


class AgainstTshark(SystemTest):
    def test_real_traffic_is_read_as_tshark_reads_it(self):
        traffic = Traffic(self)
        traffic.record()
        tshark = Tshark(traffic.path, (traffic.port, traffic.socket_port))
        records, _ = self.exported("--read", traffic.path)
        config = self.config(whisperers=[{"name": "real", "type": "UPLOAD"}])
        self.import_books(config, "--whisperer", "real", traffic.path)
        server = self.server(config)
        listed = server.communications("?sort=start&limit=200")
        self.assertEqual([r["start"] for r in listed], [r["start"] for r in records])

        self.assert_traffic_is_varied(tshark)
        self.assertEqual(len(records), len(tshark.exchanges))
        self.assertEqual(len(tshark.exchanges), tshark.responses)
        for record, stored, want in zip(records, listed, tshark.exchanges):
            detail = server.get(f"/api/v1/http-communications/{stored['id']}")
            with self.subTest(request=want["start_lines"][0]):
                self.assertEqual(ours(record, detail, want), want)
                self.assertEqual((record["state"], record["codes"]), ("complete", []))
                self.assertEqual("upgrade" in record["response_flags"], want["status"] == 101)
                self.check_body(record)

    def check_body(self, record):
        """Sizes that no Content-Length tells."""
        if record["path"] == "/chunked-upload.bin":
            self.assertEqual(record["request_body_bytes"], 30_000)
            self.assertIn("chunked", record["request_flags"])
        if record["method"] == "HEAD" or record["status"] in (101, 204, 304):
            self.assertEqual(record["response_body_bytes"], 0)

    def assert_traffic_is_varied(self, tshark):
        """The programs did what this test is about."""
        told = tshark.exchanges
        self.assertGreaterEqual(len(told), 24)
        self.assertLessEqual({200, 201, 204, 206, 301, 304, 400, 404, 405, 416, 500, 101},
                             {e["status"] for e in told})
        self.assertLessEqual({"GET", "HEAD", "PUT", "POST", "DELETE"}, {e["method"] for e in told})
        self.assertEqual(sum(e["interim"] for e in told), 1)
        self.assertIn("gzip", {e["coding"] for e in told})
        self.assertIn("HTTP/1.0", {e["versions"][0] for e in told})
        self.assertTrue(any(e["frames"][0] != e["frames"][1] for e in told))
