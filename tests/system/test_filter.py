"""The filter language, from packets to the API and the command line: one text, the same records."""
import gzip
import json
import pathlib
import urllib.parse

from frames import frame
from openapi import OpenApi
from support import SystemTest, pcap_file, spider

CASES = json.loads((pathlib.Path(__file__).parent.parent / "filter_cases.json").read_text())
BASE = "/api/v1/"


def exchange(client_port, request, response):
    """The frames of a connection with one request and one response."""
    syn, ack, psh, fin = 0x02, 0x10, 0x18, 0x11
    q, r = 1 + len(request), 1 + len(response)
    return [frame(True, client_port, 0, 0, syn), frame(False, client_port, 0, 1, syn | ack),
            frame(True, client_port, 1, 1, ack), frame(True, client_port, 1, 1, psh, request),
            frame(False, client_port, 1, q, psh, response), frame(True, client_port, q, r, fin),
            frame(False, client_port, r, q + 1, fin), frame(True, client_port, q + 1, r + 1, ack)]


def talk(number, method, target, host, status, asked="", body=b"", packed=False):
    content = gzip.compress(body, mtime=0) if packed else body
    coding = "Content-Encoding: gzip\r\n" if packed else ""
    request = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{asked}\r\n"
    response = (f"HTTP/1.1 {status} X\r\nContent-Type: text/plain\r\n{coding}"
                f"Content-Length: {len(content)}\r\n\r\n")
    return exchange(40_000 + number, request.encode("latin-1"),
                    response.encode("latin-1") + content)


TALKS = [
    talk(0, "GET", "/login?next=%2Fa", "api.example", 200, "X-Request-Id: abc-0\r\n"),
    talk(1, "POST", "/login", "api.example", 503, "X-Request-Id: abc-1\r\n", b"Out of Stock"),
    talk(2, "GET", "/items?page=2", "www.example", 404, body=b"nothing here"),
    talk(3, "OPTIONS", "/login", "api.example", 500, "User-Agent: Probe/1\r\n"),
    talk(4, "GET", "/caf\xe9", "www.example", 200, body=b"sorry, OUT OF STOCK again", packed=True),
]
# A filter and the numbers of the talks that it asks for.
ASKED = [
    ("", [0, 1, 2, 3, 4]),
    ("status:>=500 AND host:api.* AND uri:\"/LOGIN\" AND NOT method:OPTIONS", [1]),
    ("status:(404 OR 503) OR method:options", [1, 2, 3]),
    ("-status:5xx login", [0]),
    ("header.x-request-id:\"ABC\"", [0, 1]),
    ("request.header.user-agent:probe", [3]),
    ("header:probe/1", [3]),
    ("probe", [3]),
    ("param.next:/a", [0]),
    ("path:/login", [0, 1, 3]),
    ("client.port:40002..40003", [2, 3]),
    ("uri:\"\\xE9\"", [4]),
    ("body:\"out of stock\"", [1, 4]),
    ("body:stock status:5xx", [1]),
    ("response.body:nothing OR host:api.* status:200", [0, 2]),
    ("whisperer:upload encoding:gzip", [4]),
    ("ip:127.0.0.0/8", []),
]


class Filter(SystemTest):
    def setUp(self):
        super().setUp()
        self.openapi = OpenApi()
        path = pcap_file(self.folder / "talks.pcap", [f for one in TALKS for f in one])
        self.path = path
        self.conf = self.config(whisperers=[{"name": "upload", "type": "UPLOAD"}])
        self.import_books(self.conf, path)

    def ask(self, server, resource, **parameters):
        target = BASE + resource + "?" + urllib.parse.urlencode(parameters)
        status, headers, body = server.request("GET", target)
        document = json.loads(body) if "json" in headers["Content-Type"] and b"\n{" not in body \
            and "ndjson" not in headers["Content-Type"] else body
        if isinstance(document, dict):
            wrong = self.openapi.complaints("GET", BASE + resource, status,
                                            headers["Content-Type"], document)
            self.assertEqual(wrong, [], target)
        return status, document

    def lines(self, body):
        return [json.loads(line) for line in body.splitlines()]

    def test_api_and_export_answer_the_same_records(self):
        server = self.server(self.conf)
        for q, numbers in ASKED:
            with self.subTest(q=q):
                ports = sorted(40_000 + n for n in numbers)
                status, page = self.ask(server, "http-communications", q=q)
                self.assertEqual(status, 200, page)
                self.assertEqual(sorted(i["client_port"] for i in page["items"]), ports)
                for resource in ("timeline", "facets"):
                    status, document = self.ask(server, resource, q=q)
                    self.assertEqual(document["communications"], len(ports), resource)
                status, document = self.ask(server, "statistics", q=q)
                self.assertEqual(document["total"]["communications"], len(ports))
                status, body = self.ask(server, "search", q=q)
                lines = self.lines(body)
                self.assertEqual(sorted(i["hit"]["client_port"] for i in lines if "hit" in i),
                                 ports)
                self.assertTrue(lines[-1]["progress"]["done"])
                self.assertEqual(lines[-1]["progress"]["hits"], len(ports))
                # The running server is asked by the command line ...
                records, _ = self.exported("--config", self.conf, "--filter", q)
                self.assertEqual(sorted(r["client_port"] for r in records), ports)
        server.stop()
        for q, numbers in ASKED[:5]:  # ... and without one, the store.
            records, _ = self.exported("--config", self.conf, "--filter", q)
            self.assertEqual(sorted(r["client_port"] for r in records),
                             sorted(40_000 + n for n in numbers), q)
        records, _ = self.exported("--read", self.path, "--filter", "status:5xx")
        self.assertEqual(sorted(r["client_port"] for r in records), [40_001, 40_003])

    def test_a_normal_form_asks_the_same(self):
        server = self.server(self.conf)
        for q, numbers in ASKED:
            _, parsed = self.ask(server, "query/parse", q=q)
            self.assertIsNone(parsed["problem"])
            _, page = self.ask(server, "http-communications", q=parsed["normal"])
            self.assertEqual(len(page["items"]), len(numbers), parsed["normal"])

    def test_shared_cases_are_understood_as_they_say(self):
        server = self.server(self.conf)
        for case in CASES["normal"]:
            _, parsed = self.ask(server, "query/parse", q=case["q"])
            self.assertEqual((parsed["problem"], parsed["normal"]), (None, case["normal"]), case)
        for case in CASES["problems"]:
            _, parsed = self.ask(server, "query/parse", q=case["q"])
            problem = parsed["problem"]
            self.assertIsNotNone(problem, case)
            for key in ("offset", "length", "suggestion"):
                if key in case:
                    self.assertEqual(problem.get(key), case[key], case)
            status, refused = self.ask(server, "http-communications", q=case["q"])
            self.assertEqual(status, 400)
            self.assertEqual(refused["filter"], problem, case)

    def test_a_bad_filter_is_shown_with_a_caret(self):
        done = spider("export", "--config", self.conf, "--filter", "host:a AND mehtod:GET")
        self.assertEqual(done.returncode, 2)
        self.assertIn("At character 12", done.stderr)
        self.assertIn("Did you mean method?", done.stderr)
        self.assertIn("  host:a AND mehtod:GET\n             ^^^^^^\n", done.stderr)
        done = spider("export", "--config", self.conf, "--filter", "whisperer:nobody")
        self.assertEqual(done.returncode, 2)
        self.assertIn("known are: upload", done.stderr)

    def test_facets_name_filters_that_ask_for_exactly_their_values(self):
        server = self.server(self.conf)
        fields = ("status,status_class,method,host,target,path,state,whisperer,client_ip,"
                  "server_port,http_minor,response_type,response_encoding,origin,identity_kind")
        _, facets = self.ask(server, "facets", fields=fields, q="-method:OPTIONS")
        self.assertEqual(facets["communications"], 4)
        for facet in facets["facets"]:
            counted = facet["rest"] + sum(v["communications"] for v in facet["values"])
            self.assertEqual(counted, 4, facet)
            for value in facet["values"]:
                q = f"-method:OPTIONS {value['filter']}"
                _, page = self.ask(server, "http-communications", q=q)
                self.assertEqual(page["count"], value["communications"], q)

    def completed(self, server, q, at=None):
        parameters = {"q": q} if at is None else {"q": q, "at": at}
        status, document = self.ask(server, "complete", **parameters)
        self.assertEqual(status, 200)
        return document

    def test_completion_knows_fields_words_and_stored_values(self):
        server = self.server(self.conf)
        fields = self.completed(server, "sta")
        self.assertEqual([(i["kind"], i["insert"]) for i in fields["items"][:3]],
                         [("field", "status:"), ("field", "start:"), ("field", "state:")])
        self.assertEqual((fields["offset"], fields["length"]), (0, 3))
        hosts = self.completed(server, "status:200 host:ap", 18)
        self.assertEqual((hosts["offset"], hosts["length"], hosts["field"]), (16, 2, "host"))
        # With the other term, and without it.
        for terms, hosts in (("status:200 ", hosts), ("", self.completed(server, "host:ap"))):
            found = server.get(BASE + "http-communications?q="
                               + urllib.parse.quote(terms + "host:api.example"))["count"]
            self.assertEqual([(i["insert"], i["communications"]) for i in hosts["items"]],
                             [("api.example", found)])
        self.assertEqual(found, 3)
        states = self.completed(server, "state:(partial OR no_")
        self.assertEqual([i["insert"] for i in states["items"]], ["no_response", "no_request"])
        words = self.completed(server, "status:200 ")
        self.assertEqual([i["label"] for i in words["items"][:3]], ["AND", "OR", "NOT"])
        self.assertIn("wait", [i["insert"] for i in self.completed(server, "has:wai")["items"]])
        quoted = self.completed(server, "host:\"www")
        self.assertEqual([i["insert"] for i in quoted["items"]], ["www.example"])

    def test_a_search_that_nobody_reads_any_more_ends(self):
        server = self.server(self.conf)
        stream = server.stream(BASE + "search?q=body:stock")
        stream.close()
        self.assertEqual(server.get(BASE + "http-communications?q=status:503")["count"], 1)
        self.assertEqual(server.stop(), 0)
