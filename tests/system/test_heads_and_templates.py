"""From outside: heads are told byte for byte; templates are a field wherever the path is one."""
import urllib.parse

from openapi import OpenApi
from support import SystemTest, pcap_file
from test_meaning import exchange

PLAIN = b"GET /users/1 HTTP/1.1\r\nHost: shop.example\r\nX-Case: aBc\r\n\r\n"
# Requests that differ from what their lines make: folds, a bare line feed, odd blanks, no blanks.
ODD = [
    b"GET /users/2?next=/users/9 HTTP/1.1\r\nHost: shop.example\r\nX-Fold: a\r\n\t b\r\n\r\n",
    b"GET /users/3/orders/9f1c2d3e HTTP/1.1\r\nHost: shop.example\nX-Line: end\r\n\r\n",
    b"GET /static/app.9f1c2d3e.js HTTP/1.1\r\nHost:shop.example\r\nx-blank:  a \xff \r\n\r\n",
]
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
TEMPLATES = {"/users/{n}": 2, "/users/{n}/orders/{hex}": 1, "/static/app.{hex}.js": 1}


class HeadsAndTemplates(SystemTest):
    def started(self):
        frames = [one for number, request in enumerate([PLAIN, *ODD])
                  for one in exchange(40_000 + number, request, ANSWER)]
        config = self.config()
        self.import_books(config, pcap_file(self.folder / "heads.pcap", frames))
        return self.server(config)

    def asked(self, server, name, **query):
        path = f"/api/v1/{name}"
        answer = server.get(f"{path}?{urllib.parse.urlencode(query)}")
        self.assertEqual(OpenApi().complaints("GET", path, 200, "application/json", answer), [])
        return answer

    def test_a_head_is_told_byte_for_byte_where_its_lines_do_not_tell_it(self):
        server = self.started()
        by_path = {item["path"]: item["id"] for item in server.communications()}
        for request in [PLAIN, *ODD]:
            path = request.split(b" ")[1].decode()
            detail = self.asked(server, f"http-communications/{by_path[path]}")["request"]
            if request is PLAIN:
                self.assertNotIn("head", detail)
                lines = [detail["start_line"]]
                lines += [f"{line['name']}: {line['value']}" for line in detail["headers"]]
                self.assertEqual("\r\n".join([*lines, "", ""]).encode(), PLAIN)
            else:
                self.assertEqual(detail["head"].encode("latin-1"), request)
            self.assertEqual(detail["head_bytes"], len(request))

    def test_templates_are_listed_counted_searched_and_drawn(self):
        server = self.started()
        told = [item["template"] for item in server.communications()]
        self.assertEqual({t: told.count(t) for t in told}, TEMPLATES)
        facet = self.asked(server, "facets", fields="template", budget_ms=1_000)
        self.assertNotIn("partial", facet)
        values = facet["facets"][0]["values"]
        self.assertEqual({v["label"]: v["communications"] for v in values}, TEMPLATES)
        groups = self.asked(server, "statistics", group_by="template")["groups"]
        self.assertEqual({g["key"]["template"]: g["communications"] for g in groups}, TEMPLATES)
        bars = self.asked(server, "timeline", split="template")
        self.assertEqual({s["key"]: s["communications"] for s in bars["series"]}, TEMPLATES)
        named = self.asked(server, "timeline", split="template", values="/users/{n}")
        self.assertEqual({(s["kind"], s["communications"]) for s in named["series"]},
                         {("value", 2), ("others", 2)})
        for value in values:
            found = self.asked(server, "http-communications", q=value["filter"])["items"]
            self.assertEqual({item["template"] for item in found}, {value["label"]})
            self.assertEqual(len(found), value["communications"])
        for q, count in [("template:/users/*", 3), ("template:*.js", 1), ("template:/users", 0),
                         ("NOT template:/users/{n}", 2), ('template:"/users/*"', 0)]:
            found = self.asked(server, "http-communications", q=q)["items"]
            self.assertEqual(len(found), count, q)
        done = self.asked(server, "complete", q="template:/st")["items"]
        self.assertIn("/static/app.{hex}.js", [item["label"] for item in done])
        _, _, csv = server.request("GET", "/api/v1/export?format=csv&columns=template")
        self.assertEqual(csv.split(b"\r\n")[0], b"template")
        self.assertEqual(csv.count(b"/users/{n}\r\n"), 2)
        status, _, problem = server.request("GET", "/api/v1/timeline?split=templates")
        self.assertEqual(status, 400)
        self.assertIn(b"host, path, template", problem)
