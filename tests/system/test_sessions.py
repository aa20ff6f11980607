"""TCP sessions over the API: those of any protocol, from packets to the list."""
import json
import urllib.parse

from frames import frame
from openapi import OpenApi
from support import SystemTest, pcap_file

BASE = "/api/v1/tcp-sessions"
TLS = b"\x16\x03\x01\x00\x08\x01\x00\x00\x04\x03\x03xx"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"


def talk(number, asked, answered):
    """The frames of a connection in which both sides say one thing, or nothing."""
    syn, ack, psh, fin = 0x02, 0x10, 0x18, 0x11
    port, q, r = 40_000 + number, 1 + len(asked), 1 + len(answered)
    out = [frame(True, port, 0, 0, syn), frame(False, port, 0, 1, syn | ack),
           frame(True, port, 1, 1, ack)]
    if asked:
        out.append(frame(True, port, 1, 1, psh, asked))
    if answered:
        out.append(frame(False, port, 1, q, psh, answered))
    return out + [frame(True, port, q, r, fin), frame(False, port, r, q + 1, fin),
                  frame(True, port, q + 1, r + 1, ack)]


TALKS = [
    talk(0, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n"),
    talk(1, TLS, TLS),
    talk(2, PREFACE, b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"),
    talk(3, b"", b""),
    talk(4, b"GET /2 HTTP/1.1\r\nHost: h\r\n\r\n", b"HTTP/1.1 404 Not Found\r\n\r\n"),
]


class Listing(SystemTest):
    talks = TALKS

    def setUp(self):
        super().setUp()
        self.openapi = OpenApi()
        path = pcap_file(self.folder / "talks.pcap", [f for one in self.talks for f in one])
        conf = self.config(whisperers=[{"name": "files", "type": "UPLOAD"}])
        self.import_books(conf, path)
        self.spider = self.server(conf)

    def get(self, path, query="", expected=200):
        status, headers, body = self.spider.request("GET", path + query)
        self.assertEqual(status, expected, body)
        document = json.loads(body)
        kind = headers["Content-Type"]
        self.assertEqual(self.openapi.complaints("GET", path, status, kind, document), [])
        return document

    def ask(self, expected=200, **parameters):
        return self.get(BASE, "?" + urllib.parse.urlencode(parameters), expected)

    def ports(self, **parameters):
        return [s["client_port"] - 40_000 for s in self.ask(sort="start", **parameters)["items"]]

class Sessions(Listing):
    def test_every_session_is_listed_and_says_what_was_found_in_it(self):
        items = self.ask(sort="start")["items"]
        self.assertEqual([s["communications"] for s in items], [1, 0, 0, 0, 1])
        self.assertEqual([s["decoder"] for s in items], ["http1", None, None, None, "http1"])
        self.assertEqual([s["codes"] for s in items],
                         [[], ["begins_as_tls"], ["begins_as_http2"], [], []])
        self.assertEqual([s["client_bytes"] > 0 for s in items], [True, True, True, False, True])

    def test_those_without_communications_are_asked_for(self):
        self.assertEqual(self.ports(communications="none"), [1, 2, 3])
        self.assertEqual(self.ports(communications="some"), [0, 4])
        self.assertEqual(self.ports(communications="any"), [0, 1, 2, 3, 4])
        self.ask(400, communications="many")

    def test_a_filter_asks_for_what_sessions_have_and_for_nothing_else(self):
        self.assertEqual(self.ports(q="client.port:40001..40002 OR port:40004"), [1, 2, 4])
        self.assertEqual(self.ports(q="client.port:>40000", communications="some"), [4])
        self.assertEqual(self.ports(q="code:begins_as_*"), [1, 2])
        self.assertEqual(self.ports(code="begins_as_http2"), [2])
        for q in ("status:200", "host:h", "h", "port:80 AND uri:/2"):
            with self.subTest(q=q):
                self.assertIn("A session has no", self.ask(400, q=q)["detail"])

    def test_a_page_begins_anywhere_and_goes_on_both_ways(self):
        all_of_them = self.ask()["items"]
        self.assertEqual(len({s["start_us"] for s in all_of_them}), 5)
        page = self.ask(start_at=all_of_them[2]["start_us"], limit=1)
        self.assertEqual([s["id"] for s in page["items"]], [all_of_them[2]["id"]])
        older = self.ask(cursor=page["next_cursor"])
        self.assertEqual([s["id"] for s in older["items"]], [s["id"] for s in all_of_them[3:]])
        newer = self.ask(cursor=page["previous_cursor"], sort="start")
        self.assertEqual([s["id"] for s in newer["items"]],
                         [s["id"] for s in reversed(all_of_them[:2])])
        self.ask(400, start_at=0, cursor=page["next_cursor"])
        self.ask(400, start_at=0, format="jsonl")

    def test_the_status_says_from_when_to_when_sessions_are_stored(self):
        store = self.get("/api/v1/status")["store"]
        items = self.ask()["items"]
        self.assertEqual(store["sessions_first_us"], min(s["start_us"] for s in items))
        self.assertEqual(store["sessions_last_us"], max(s["end_us"] for s in items))
        self.assertIsNotNone(store["first_us"])


class OnlyOthers(Listing):
    talks = TALKS[1:4]

    def test_what_is_stored_is_told_where_no_communication_is(self):
        store = self.get("/api/v1/status")["store"]
        self.assertIsNone(store["first_us"])
        self.assertLess(store["sessions_first_us"], store["sessions_last_us"])
