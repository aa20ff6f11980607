"""Bytes of a body that were never captured are told with their places, everywhere a body is."""
import gzip
import json
import urllib.parse

import frames
from openapi import OpenApi
from support import SystemTest, spider
from test_timing import GET, Script

BASE = "/api/v1/http-communications"
TEXT = json.dumps({"items": [f"thing {i}" for i in range(700)]}).encode()
PACKED = gzip.compress(json.dumps([i * 7919 % 9973 for i in range(4000)]).encode(), mtime=0)
LIMIT = 1_448  # of a segment


def head(*lines):
    first = ("HTTP/1.1 200 OK", "Content-Type: application/json")
    return "\r\n".join((*first, *lines, "", "")).encode()


def chunked(body, size):
    out = b""
    for at in range(0, len(body), size):
        part = body[at:at + size]
        out += f"{len(part):x}\r\n".encode() + part + b"\r\n"
    return out + b"0\r\n\r\n"


# By port: the head, what follows it on the wire, the stretches of that which the capture missed
# (from, to), the body, and the same in the body.
CASES = {
    41_001: (head(f"Content-Length: {len(TEXT)}"), TEXT, [(2_822, 4_270)],
             TEXT, [(2_822, 4_270)]),
    # A chunk of 1,000 bytes takes 1,007: "3e8" and two line ends.
    41_002: (head("Transfer-Encoding: chunked"), chunked(TEXT, 1_000),
             [(5 + 100, 5 + 400), (5 + 3 * 1_007 + 10, 5 + 3 * 1_007 + 20)], TEXT,
             [(100, 400), (3_010, 3_020)]),
    41_003: (head(f"Content-Length: {len(PACKED)}", "Content-Encoding: gzip"), PACKED,
             [(3_000, 3_100)], PACKED, [(3_000, 3_100)]),
}


def packets():
    s = Script()
    for number, (port, (before, wire, lost, _, _)) in enumerate(CASES.items()):
        at = number * 1_000_000_000
        s.open(port, at + 1_000, at + 2_000, at + 3_000)
        s.ask(port, at + 4_000, GET)
        answer, cuts = before + wire, [0]
        for first, last in lost:
            cuts += [len(before) + first, len(before) + last]
        cuts.append(len(answer))
        for begin, end in zip(cuts[::2], cuts[1::2]):
            for start in range(begin, end, LIMIT):
                s.answer(port, at + 5_000 + start, answer, start, min(end, start + LIMIT),
                         ack=len(GET))
        s.send(port, at + 900_000, True, frames.ACK, len(GET), len(answer))
    return s.packets


def without(body, holes):
    for first, last in reversed(holes):
        body = body[:first] + body[last:]
    return body


class BodyHoles(SystemTest):
    def setUp(self):
        super().setUp()
        self.capture = frames.pcap(self.folder / "holes.pcap", packets())
        self.settings = self.config(whisperers=[{"name": "kept", "type": "UPLOAD"}])
        self.import_books(self.settings, "--whisperer", "kept", self.capture)

    def test_the_api_tells_where_they_are_and_gives_what_is_there(self):
        server, openapi = self.server(self.settings), OpenApi()
        items = server.get(BASE + "?sort=start")["items"]
        self.assertEqual([item["client_port"] for item in items], list(CASES))
        for item, (_, _, _, body, holes) in zip(items, CASES.values()):
            with self.subTest(port=item["client_port"]):
                path = f"{BASE}/{item['id']}"
                detail = server.get(path)
                complaints = openapi.complaints("GET", path, 200, "application/json", detail)
                self.assertEqual(complaints, [])
                told = detail["response"]
                self.assertEqual(told["holes"],
                                 [{"offset": a, "length": b - a} for a, b in holes])
                self.assertEqual(told["more_holes"], 0)
                self.assertEqual(told["missing_bytes"], sum(b - a for a, b in holes))
                self.assertEqual(told["body_bytes"] + told["missing_bytes"], len(body))
                self.assertEqual(detail["request"]["holes"], [])
                status, headers, got = server.request("GET", path + "/response/body?download=true")
                self.assertEqual((status, got), (200, without(body, holes)))
                missing = told["missing_bytes"]
                self.assertEqual(headers["X-Body-Missing"], str(missing))
                self.assertEqual(headers["X-Body-Holes"],
                                 ",".join(f"{a}+{b - a}" for a, b in holes))
                self.assertIn(f"-{missing}-bytes-missing.", headers["Content-Disposition"])

    def test_a_coded_body_is_decoded_up_to_the_first(self):
        server = self.server(self.settings)
        item = next(i for i in server.communications() if i["client_port"] == 41_003)
        status, headers, got = server.request(
            "GET", f"{BASE}/{item['id']}/response/body?decoded=true")
        whole = gzip.decompress(PACKED)
        self.assertEqual((status, headers["X-Body-Decoded"]), (200, "cut"))
        self.assertTrue(1_000 < len(got) < len(whole), len(got))
        self.assertEqual(got, whole[:len(got)])

    def test_a_text_that_runs_over_one_is_not_found(self):
        server = self.server(self.settings)
        joined = without(TEXT, CASES[41_001][4])
        for text, found in ((joined[2_815:2_822], True), (joined[2_822:2_829], True),
                            (joined[2_815:2_829], False)):
            with self.subTest(text=text):
                self.assertEqual(text in joined, True)
                quoted = text.decode().replace('"', '\\"')
                query = urllib.parse.urlencode({"q": f'body:"{quoted}"'})
                ports = {i["client_port"] for i in server.communications("?" + query)}
                self.assertEqual(41_001 in ports, found, ports)

    def searched(self, server, text):
        status, _, got = server.request("GET", f"/api/v1/search?q=body:{text}")
        self.assertEqual(status, 200, got)
        lines = [json.loads(line) for line in got.splitlines()]
        for line in lines:
            self.assertEqual(OpenApi().complaints("GET", "/api/v1/search", 200,
                                                  "application/x-ndjson", line), [])
        progress = next(line["progress"] for line in reversed(lines) if "progress" in line)
        self.assertTrue(progress["done"])
        return [progress[name] for name in ("bodies_saved", "bodies_partial", "hits")]

    def test_a_search_says_how_many_it_could_search_in_part_only(self):
        server = self.server(self.settings)
        self.assertEqual(self.searched(server, "nothinglikeit"), [3, 3, 0])
        # What is found in a part is found: the two texts have it at their beginning.
        self.assertEqual(self.searched(server, "items"), [3, 1, 2])
        server.stop()
        # The same without holes: one is kept whole, one cut, and a coded one cut in its middle.
        s = Script()
        bodies = [(TEXT[:1_000], ()), (TEXT, ()), (PACKED, ("Content-Encoding: gzip",))]
        for number, (body, lines) in enumerate(bodies):
            port, at = 42_001 + number, number * 1_000_000_000
            answer = head(f"Content-Length: {len(body)}", *lines) + body
            s.open(port, at + 1_000, at + 2_000, at + 3_000)
            s.ask(port, at + 4_000, GET)
            for start in range(0, len(answer), LIMIT):
                s.answer(port, at + 5_000 + start, answer, start,
                         min(len(answer), start + LIMIT), ack=len(GET))
        capture = frames.pcap(self.folder / "cut.pcap", s.packets)
        whisperer = {"name": "cut", "type": "UPLOAD", "body_max_bytes": 1_500}
        settings = self.config(name="cut.toml", whisperers=[whisperer],
                               store={"path": str(self.folder / "cut")})
        self.import_books(settings, "--whisperer", "cut", capture)
        self.assertEqual(self.searched(self.server(settings), "nothinglikeit"), [3, 2, 0])

    def test_exports_say_so_and_an_import_gives_the_same_again(self):
        done = spider("export", "--format", "har", "--read", self.capture)
        self.assertEqual(done.returncode, 0, done.stderr)
        entries = json.loads(done.stdout)["log"]["entries"]
        for entry, (_, _, _, _, holes) in zip(entries, CASES.values()):
            answer = entry["response"]
            self.assertEqual(answer["_holes"],
                             [{"offset": a, "length": b - a} for a, b in holes])
            self.assertEqual(answer["content"]["size"], -1)
            self.assertTrue(answer["content"]["_cut"])
            missing = sum(b - a for a, b in holes)
            self.assertIn(f"{missing} bytes of the body were never captured",
                          answer["content"]["comment"])
            self.assertNotIn("_holes", entry["request"])
        self.assertEqual(spider("export", "--format", "har", "--read", self.capture).stdout,
                         done.stdout)
        records, _ = self.exported("--read", self.capture)
        self.assertEqual([(r["missing_bytes"], "gap" in r["response_flags"]) for r in records],
                         [(sum(b - a for a, b in holes), True)
                          for _, _, _, _, holes in CASES.values()])
