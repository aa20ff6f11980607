"""What heads mean: from packets through an export and the API's search, and never a secret."""
import base64
import json
import urllib.parse

from frames import frame
from openapi import OpenApi
from support import SystemTest, pcap_file

TRACE = "0af7651916cd43dd8448eb211c80319c"


def base64url(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def token(payload, alg="HS256"):
    parts = [json.dumps({"alg": alg, "typ": "JWT"}), json.dumps(payload), "signature-of-nobody"]
    return ".".join(base64url(part) for part in parts)


def exchange(client_port, request, response):
    """The frames of a connection with one request and one response."""
    syn, ack, psh, fin = 0x02, 0x10, 0x18, 0x11
    q, r = 1 + len(request), 1 + len(response)
    return [frame(True, client_port, 0, 0, syn), frame(False, client_port, 0, 1, syn | ack),
            frame(True, client_port, 1, 1, ack), frame(True, client_port, 1, 1, psh, request),
            frame(False, client_port, 1, q, psh, response), frame(True, client_port, q, r, fin),
            frame(False, client_port, r, q + 1, fin), frame(True, client_port, q + 1, r + 1, ack)]


def talk(number, asked="", answered="", status="200 OK"):
    request = f"GET /shop/{number}?x=1 HTTP/1.1\r\nHost: shop.example:8080\r\n{asked}\r\n"
    response = f"HTTP/1.1 {status}\r\n{answered}Content-Length: 0\r\n\r\n"
    return exchange(40_000 + number, request.encode("latin-1"), response.encode("latin-1"))


ALICE = base64.b64encode(b"alice:open sesame").decode()
BOB = token({"sub": "bob", "email": "bob@example.org", "roles": ["ops", "dev"], "x": "hidden-x"})
KEY = "key-0123456789abcdef"
TALKS = [
    talk(0),
    talk(1, "Forwarded: for=\"[2001:db8::17]:4711\";proto=https, for=10.0.0.1\r\n"
            "X-Forwarded-For: 203.0.113.9\r\nVia: 1.1 edge\r\nVia: 1.0 inner\r\n"),
    talk(2, f"x-forwarded-for: 203.0.113.7, 10.0.0.1\r\nAuthorization: Basic {ALICE}\r\n"),
    talk(3, f"Authorization: Bearer {BOB}\r\ntraceparent: 00-{TRACE}-b7ad6b7169203331-01\r\n",
         "X-Request-ID: r-3\r\n"),
    talk(4, f"X-API-Key: {KEY}\r\n"),
    talk(5, answered="Location: ../login?next=1#top\r\n", status="302 Found"),
    talk(6, f"Authorization: Bearer {token({'sub': 'mallory'}, 'none')}\r\n"
            "Forwarded: for=not-an-address\r\nX-Request-ID: " + "a" * 5_000 + "\r\n"),
    talk(7, "X-Forwarded-For: 203.0.113.\x017\r\nVia: \xff\x00\r\n", "Location:\r\n"),
]
MEANINGS = [
    None,
    {"origin": "2001:db8::17", "origin_header": "Forwarded", "via": "1.1 edge, 1.0 inner"},
    {"origin": "203.0.113.7", "origin_header": "X-Forwarded-For", "identity_kind": "basic",
     "identity": "alice"},
    {"identity_kind": "jwt", "identity": "bob",
     "claims": [{"name": "email", "value": "bob@example.org"}, {"name": "roles", "value": "ops"},
                {"name": "roles", "value": "dev"}],
     "correlation_ids": [{"name": "traceparent", "value": TRACE},
                         {"name": "x-request-id", "value": "r-3"}]},
    {"identity_kind": "api_key", "identity": "x-api-key:5acc9146"},
    {"location": "http://shop.example:8080/login?next=1#top"},
    {"identity_kind": "bearer"},
    None,
]
SETTINGS = {"jwt_claims": ["email", "roles"]}
# A question and the communications that answer it.
SEARCHES = [
    ("origin=203.0.113.7", {2}), ("origin=2001:DB8::17", {1}), ("origin=*", {1, 2}),
    ("origin=203.0.113.9", set()), ("via=*inner", {1}), ("identity=alice", {2}),
    ("identity=BOB", {3}), ("identity=x-api-key:*", {4}), ("identity=alice,bob", {2, 3}),
    ("identity=mallory", set()), ("identity_kind=basic,jwt", {2, 3}),
    ("identity_kind=bearer", {6}), ("claim=roles=dev", {3}), ("claim=bob@example.org", {3}),
    ("claim=roles=admin", set()), (f"correlation={TRACE}", {3}),
    (f"correlation=traceparent={TRACE}", {3}), ("correlation=r-3", {3}),
    ("correlation=x-request-id=*", {3}), ("location=http://shop.example:8080/login*", {5}),
    ("location=*&status=200", set()), ("origin=*&identity=*", {2}),
]


class Meaning(SystemTest):
    def capture(self):
        frames = [one for connection in TALKS for one in connection]
        return pcap_file(self.folder / "meaning.pcap", frames)

    def test_an_export_tells_what_the_heads_mean(self):
        config = self.config(parse=SETTINGS)
        records, text = self.exported("--config", config, "--read", self.capture())
        self.assertEqual([r["path"] for r in records], [f"/shop/{i}?x=1" for i in range(8)])
        self.assertEqual([r.get("meaning") for r in records], MEANINGS)
        for secret in ("open sesame", ALICE, KEY, BOB, "hidden-x", "signature"):
            self.assertNotIn(secret, text)

    def test_the_settings_say_what_is_looked_for(self):
        config = self.config(parse={"correlation_headers": [], "api_key_headers": []})
        records, _ = self.exported("--config", config, "--read", self.capture())
        self.assertEqual(records[3]["meaning"], {"identity_kind": "jwt", "identity": "bob"})
        self.assertNotIn("meaning", records[4])

    def test_everything_that_is_told_can_be_searched(self):
        config = self.config(parse=SETTINGS)
        self.import_books(config, self.capture())
        server = self.server(config)
        openapi = OpenApi()
        ids = {c["path"]: c["id"] for c in server.communications()}
        for i, meaning in enumerate(MEANINGS):
            path = f"/api/v1/http-communications/{ids[f'/shop/{i}?x=1']}"
            detail = server.get(path)
            self.assertEqual(detail.get("meaning"), meaning)
            self.assertEqual(openapi.complaints("GET", path, 200, "application/json", detail), [])
        for question, answers in SEARCHES:
            query = "?" + urllib.parse.quote(question, safe="=&")
            found = server.get("/api/v1/http-communications" + query)
            self.assertEqual({int(c["path"][6]) for c in found["items"]}, answers, question)
            self.assertEqual(openapi.complaints("GET", "/api/v1/http-communications", 200,
                                                "application/json", found), [])
            timeline = server.get("/api/v1/timeline" + query)
            self.assertEqual(timeline["communications"], len(answers), question)
        for wrong in ("identity_kind=password", "origin=" + "a" * 2_000):
            self.assertEqual(server.request("GET", f"/api/v1/http-communications?{wrong}")[0], 400)
