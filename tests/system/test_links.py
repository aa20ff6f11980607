"""From the root every link is followed, and every answer held against docs/api.yaml."""
import collections
import json
import re

from openapi import OpenApi
from support import SystemTest, spider

# Links of one template that are followed at most; a page of items has hundreds.
EACH_MAX = 12


class Links(SystemTest):
    def setUp(self):
        super().setUp()
        path, _ = self.generate(mib=1, seed=61, drop=5, duplicate=5)
        self.spider = self.server(self.config(whisperers=[
            {"name": "files", "type": "UPLOAD", "save_packets": True},
            {"name": "broken", "interface": "nope0"}]))
        done = spider("import", "--config", self.folder / "spider.toml", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.api = OpenApi()

    def ask(self, href):
        """An answer held against the document; its JSON, or None."""
        status, headers, body = self.spider.request("GET", href)
        media = headers.get("Content-Type", "").split(";")[0]
        parsed = json.loads(body) if media.endswith("json") and "ndjson" not in media else None
        wrong = self.api.complaints("GET", href.split("?")[0], status, media, parsed)
        self.assertEqual(wrong, [], f"{href}: {status} {media} {body[:300]!r}")
        return status, parsed

    def test_every_link_from_the_root_leads_to_what_the_document_says(self):
        asked, counts = {}, collections.Counter()
        # The word of an export is its asker's own: no link can name it.
        waiting = ["/api/v1/", "/api/v1/exports/of-nobody-yet"]
        while waiting:
            href = waiting.pop()
            template, _ = self.api.operation("GET", href.split("?")[0])
            if href in asked or counts[template] >= EACH_MAX:
                continue
            counts[template] += 1
            status, answer = self.ask(href)
            asked[href] = status
            self.assertEqual(status, 200, f"{href} was linked, so it must be there")
            if answer is not None:
                waiting += list(links_in(answer))
        # Every operation that can be read was reached by links alone.
        readable = {path for path, item in self.api.document["paths"].items() if "get" in item}
        self.assertEqual(readable - set(counts), set())

    def test_wrong_questions_get_problem_documents(self):
        for href in ("/api/v1/http-communications?from=yesterday",
                     "/api/v1/http-communications?limit=many",
                     "/api/v1/http-communications?cursor=xyz",
                     "/api/v1/http-communications?status=teapot",
                     "/api/v1/http-communications?status=999",
                     "/api/v1/http-communications?status=0",
                     "/api/v1/timeline?status=6xx",
                     "/api/v1/http-communications?colour=blue",
                     "/api/v1/timeline?bucket=-1s",
                     "/api/v1/statistics?group_by=colour",
                     "/api/v1/statistics?group_by=host,host",
                     "/api/v1/statistics?group_by=host,method,status",
                     "/api/v1/statistics?sort=beauty",
                     "/api/v1/statistics?limit=0",
                     "/api/v1/statistics?bucket=1d&utc_offset=Paris",
                     "/api/v1/statistics?group_by=host&from=0&to=9000000&bucket=1ms",
                     "/api/v1/tcp-sessions?sort=beauty"):
            with self.subTest(href=href):
                status, problem = self.ask(href)
                self.assertEqual(status, 400)
                self.assertEqual(problem["status"], 400)

    def test_statistics_answer_as_the_document_says(self):
        counted = None
        for query in ("", "?group_by=host", "?group_by=status,method&sort=-p99&limit=1",
                      "?group_by=client_ip,state&bucket=1m&sort=key",
                      "?group_by=whisperer,status_class&buckets=3", "?status=5xx",
                      "?group_by=host&bucket=1d&utc_offset=3600,1774746000:7200",
                      "?group_by=path,response_type&sort=-error_rate"):
            with self.subTest(query=query):
                status, answer = self.ask("/api/v1/statistics" + query)
                self.assertEqual(status, 200)
                told = sum(g["communications"] for g in answer["groups"])
                if "group_by" in query:
                    self.assertEqual(told + answer["rest"]["communications"],
                                     answer["total"]["communications"])
                if "status=5" not in query:
                    counted = counted or answer["total"]["communications"]
                    self.assertEqual(answer["total"]["communications"], counted)
        self.assertGreater(counted, 0)

    def test_what_does_not_exist_is_not_found(self):
        for href in ("/api/v1/http-communications/1-1-1-0", "/api/v1/tcp-sessions/1-1-1",
                     "/api/v1/http-communications/not-an-id", "/api/v1/whisperers/nobody"):
            with self.subTest(href=href):
                self.assertEqual(self.ask(href)[0], 404)

    def test_a_foreign_host_is_refused(self):
        status, _, _ = self.spider.request("GET", "/api/v1/status",
                                           headers={"Host": "evil.example"})
        self.assertIn(status, (403, 421))

    def test_a_foreign_origin_cannot_change_anything(self):
        status, _, _ = self.spider.request(
            "POST", "/api/v1/imports?whisperer=files", body=b"x",
            headers={"Origin": "http://evil.example", "Content-Type": "text/plain"})
        self.assertEqual(status, 403)


def asked(link):
    """A stream of events has no end of its own."""
    endless = link.get("type") == "text/event-stream"
    return link["href"] + "?wait=false" * endless


def links_in(node):
    """Every href below a node, templates left out."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "_links":
                yield from (asked(link) for link in value.values()
                            if link.get("method", "GET") == "GET" and not link.get("templated")
                            and re.match(r"^/api/", link["href"]))
            else:
                yield from links_in(value)
    elif isinstance(node, list):
        for item in node:
            yield from links_in(item)
