"""Why is it missing? Answered for real traffic of which we know the reason."""
import datetime
import socket
import ssl
import time
import urllib.parse

from openapi import OpenApi
from support import SystemTest, free_port
from traffic import Neighbour, nginx

NAMESPACES = True


def iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat()


class Explain(SystemTest):
    def ask(self, spider, whisperer, /, **question):
        """One whisperer's verdicts by name, in order; the answer is held against docs/api.yaml."""
        path = "/api/v1/explain?" + urllib.parse.urlencode({**question, "whisperer": whisperer})
        answer = spider.get(path)
        self.assertEqual(OpenApi().complaints("GET", "/api/v1/explain", 200, "application/json",
                                              answer), [])
        item, = answer["items"]
        self.assertEqual(item["verdict"], item["verdicts"][0]["verdict"])
        order = [v["certain"] for v in item["verdicts"]]
        self.assertEqual(order, sorted(order, reverse=True))
        print(f"      {item['verdict']}: {item['text']}")
        return {v["verdict"]: v for v in reversed(item["verdicts"])}


class ExplainLive(Explain):
    def setUp(self):
        super().setUp()
        self.port, self.other = free_port(), free_port()
        nginx(self, self.port)
        self.rule = f"tcp port {self.port}"
        self.spider = self.server(self.config(whisperers=[
            {"name": "lo", "interface": "lo", "filter": self.rule}]))
        self.wait_for("it captures", 10, lambda: self.spider.state("lo") == "capturing")
        time.sleep(0.1)
        self.began = time.time()

    def request(self, port, ask=b"GET /hello.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                answer=True):
        """Talks with a port; the question about that very connection."""
        with socket.create_connection(("127.0.0.1", port)) as s:
            client = s.getsockname()[1]
            s.sendall(ask)
            if answer:
                while s.recv(65536):
                    pass
        return {"client": "127.0.0.1", "client_port": client, "server": "127.0.0.1",
                "server_port": port, "from": iso(self.began), "to": iso(time.time() + 1)}

    def settled(self, question, verdict):
        return self.wait_for(verdict, 12, lambda: next(
            (v for v in [self.ask(self.spider, "lo", **question)] if verdict in v), None))

    def test_what_is_stored_is_here_whichever_end_is_called_the_client(self):
        question = self.request(self.port)
        here = self.settled(question, "here")["here"]
        self.assertTrue(here["certain"])
        record, = here["communications"]
        self.assertEqual(record["state"], "complete")
        detail = self.spider.get(record["_links"]["self"]["href"])
        self.assertEqual(detail["client_port"], question["client_port"])
        swapped = {**question, "client_port": question["server_port"],
                   "server_port": question["client_port"]}
        self.assertTrue(self.ask(self.spider, "lo", **swapped)["here"]["certain"])
        at_once = {k: v for k, v in question.items() if k not in ("from", "to")}
        self.assertIn("here", self.ask(self.spider, "lo", **at_once, time=iso(time.time())))

    def test_what_the_filter_leaves_out_is_filtered_by_that_rule(self):
        with socket.create_server(("127.0.0.1", self.other)) as server:
            question = self.request(self.other, answer=False)
            server.accept()[0].close()
        filtered = self.ask(self.spider, "lo", **question)["filtered"]
        self.assertEqual((filtered["certain"], filtered["rule"]), (True, self.rule))
        # Nothing was captured before this process: the last day knows no other filter.
        last_day = {k: v for k, v in question.items() if k not in ("from", "to")}
        filtered = self.ask(self.spider, "lo", **last_day)["filtered"]
        self.assertEqual((filtered["certain"], filtered["rule"]), (True, self.rule))
        # The next one does not know with which filter this one captured.
        self.wait_for("its books say that it listened", 10, lambda: self.ask(
            self.spider, "lo", server_port=self.port, time=iso(self.began - 3600))[
                "not_capturing"]["latest"])
        self.assertEqual(self.spider.stop(), 0)
        again = self.server(self.config(whisperers=[
            {"name": "lo", "interface": "lo", "filter": self.rule + " and not port 1"}]))
        self.wait_for("it captures", 10, lambda: again.state("lo") == "capturing")
        self.assertFalse(self.ask(again, "lo", **last_day)["filtered"]["certain"])

    def test_a_stop_of_a_second_is_known_to_the_moment(self):
        def tell(word):
            status, _, _ = self.spider.request("POST", f"/api/v1/whisperers/lo/{word}")
            self.assertEqual(status, 200)

        self.request(self.port)
        tell("stop")
        self.wait_for("it captures no more", 10, lambda: self.spider.state("lo") == "stopped")
        stopped = time.time()
        question = self.request(self.port)
        time.sleep(0.2)
        inside = {"from": iso(stopped), "to": iso(time.time())}
        tell("start")
        self.wait_for("it captures", 10, lambda: self.spider.state("lo") == "capturing")
        gone = self.wait_for("it is sure", 10, lambda: next(
            (v for v in [self.ask(self.spider, "lo", **{**question, **inside})]
             if v.get("not_capturing", {}).get("certain")), None))
        self.assertEqual(list(gone), ["not_capturing"])
        # It reaches over the end of the stop: perhaps it came then.
        time.sleep(0.2)
        over = self.ask(self.spider, "lo", **{**question, **inside, "to": iso(time.time())})
        self.assertFalse(over["not_capturing"]["certain"])
        self.assertFalse(over.get("never_seen", {"certain": False})["certain"])
        for told in (gone, over):
            earliest, latest = (datetime.datetime.fromisoformat(
                told["not_capturing"][end].replace("Z", "+00:00")).timestamp()
                for end in ("earliest", "latest"))
            self.assertLessEqual(earliest, stopped)
            self.assertLess(stopped, latest)

    def test_what_never_came_by_was_never_seen(self):
        question = self.request(self.port)
        self.settled(question, "here")
        # Both ends have one address: each record is found in either order, and told once.
        both = self.ask(self.spider, "lo", client="127.0.0.1", time=iso(time.time() - 1))["here"]
        links = [r["id"] for r in both["communications"]]
        self.assertEqual(len(links), len(set(links)))
        question["client_port"] = 1
        time.sleep(5)
        question["to"] = iso(time.time() - 4)
        never = self.wait_for("no session is open", 20, lambda: next(
            (v for v in [self.ask(self.spider, "lo", **question)] if "under_way" not in v), None))
        self.assertEqual(list(never), ["never_seen"])
        self.assertTrue(never["never_seen"]["certain"])

    def test_a_request_without_answer_failed_with_its_code(self):
        with socket.create_server(("127.0.0.1", self.other)) as quiet:
            server = self.server(self.config("silent.toml", store={
                "path": str(self.folder / "silent")}, whisperers=[
                    {"name": "lo", "interface": "lo", "filter": f"tcp port {self.other}"}]))
            self.wait_for("it captures", 10, lambda: server.state("lo") == "capturing")
            question = self.request(self.other, answer=False)
            peer = quiet.accept()[0]
            peer.recv(4096)
            peer.close()
        verdicts = self.wait_for("it failed", 12, lambda: next(
            (v for v in [self.ask(server, "lo", **question)] if "failed" in v), None))
        self.assertIn("response_not_seen", [c["name"] for c in verdicts["failed"]["codes"]])

    def test_bytes_that_are_no_http_failed_because_nothing_was_recognised(self):
        with socket.create_server(("127.0.0.1", self.other)) as quiet:
            server = self.server(self.config("other.toml", store={
                "path": str(self.folder / "other")}, whisperers=[
                    {"name": "lo", "interface": "lo", "filter": f"tcp port {self.other}"}]))
            self.wait_for("it captures", 10, lambda: server.state("lo") == "capturing")
            question = self.request(self.other, b"\x16\x03\x01 not a request\x00" * 9, answer=False)
            quiet.accept()[0].close()
        verdicts = self.wait_for("it failed", 12, lambda: next(
            (v for v in [self.ask(server, "lo", **question)] if "failed" in v), None))
        self.assertIn("no HTTP/1 was recognised", verdicts["failed"]["text"])
        self.assertEqual(len(verdicts["failed"]["sessions"]), 1)
        self.assertEqual(verdicts["failed"]["codes"], [])

    def test_other_protocols_are_called_by_their_name_where_they_begin(self):
        hello = ssl.MemoryBIO()
        client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), hello,
                                                       server_hostname="example.com")
        with self.assertRaises(ssl.SSLWantReadError):
            client.do_handshake()
        beginnings = {"begins_as_tls": hello.read(),
                      "begins_as_http2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
                      "begins_as_redis": b"*1\r\n$4\r\nPING\r\n"}
        with socket.create_server(("127.0.0.1", self.other)) as quiet:
            server = self.server(self.config("known.toml", store={
                "path": str(self.folder / "known")}, whisperers=[
                    {"name": "lo", "interface": "lo", "filter": f"tcp port {self.other}"}]))
            self.wait_for("it captures", 10, lambda: server.state("lo") == "capturing")
            for name, first in beginnings.items():
                with self.subTest(name):
                    question = self.request(self.other, first, answer=False)
                    quiet.accept()[0].close()
                    verdicts = self.wait_for("it failed", 12, lambda q=question: next(
                        (v for v in [self.ask(server, "lo", **q)] if "failed" in v), None))
                    self.assertIn("codes of its parse log", verdicts["failed"]["text"])
                    self.assertEqual([c["name"] for c in verdicts["failed"]["codes"]], [name])

    def test_before_it_ran_it_was_not_capturing(self):
        self.request(self.port)
        long_ago = self.ask(self.spider, "lo", server_port=self.port,
                            time=iso(self.began - 2 * 86400))
        self.assertEqual(list(long_ago), ["not_capturing"])
        self.assertTrue(long_ago["not_capturing"]["certain"])
        self.wait_for("its books say that it listened", 5, lambda: self.ask(
            self.spider, "lo", server_port=self.port,
            time=iso(self.began - 3600))["not_capturing"]["latest"])


class ExplainLosses(Explain):
    def test_what_may_have_been_dropped_is_told_with_the_stage_and_the_number(self):
        capture, _ = self.generate(mib=20, seed=81)
        neighbour = Neighbour()
        self.addCleanup(neighbour.close)
        server = self.server(self.config(
            whisperers=[{"name": "flood", "interface": "here0", "buffer_mib": 1,
                         "direction": "in"}],
            pipeline={"ring_kib": 768}))
        self.wait_for("it captures", 10, lambda: server.state("flood") == "capturing")
        began = time.time()
        for _ in range(3):
            neighbour.run("tcpreplay", "--topspeed", "-i", "there0", str(capture))
        question = {"client": "203.0.113.99", "client_port": 5, "server": "203.0.113.98",
                    "server_port": 80, "from": iso(began), "to": iso(time.time() + 1)}
        dropped = self.wait_for("the losses are in the books", 15, lambda: self.ask(
            server, "flood", **question).get("dropped"))
        self.assertIn(dropped["counter"], ("kernel_dropped", "ring_dropped"))
        self.assertGreater(dropped["count"], 0)
        self.assertGreater(dropped["share"], 0)
        self.assertFalse(dropped["certain"])


class ExplainFiles(Explain):
    def test_a_file_has_its_records_and_its_times(self):
        path, _ = self.generate(mib=1, seed=82)
        config = self.config()
        self.import_books(config, path)
        first, = self.exported("--config", config)[0][:1]
        server = self.server(config)
        at = first["start_us"]
        ends = {"client": first["client_ip"], "client_port": first["client_port"],
                "server": first["server_ip"], "server_port": first["server_port"]}
        self.assertTrue(self.ask(server, "upload", **ends, time=at)["here"]["certain"])
        never = self.ask(server, "upload", client="203.0.113.99", time=at)["never_seen"]
        self.assertFalse(never["certain"])
        later = self.ask(server, "upload", **ends, time=at + 8 * 3600 * 1_000_000)
        self.assertTrue(later["not_capturing"]["certain"])
        self.assertIsNotNone(later["not_capturing"]["earliest"])

    def test_questions_that_make_no_sense_are_refused_in_words(self):
        server = self.server(self.config())
        for query in ("client=nobody", "client_port=70000", "time=noon", "from=2026-01-01&time=1",
                      "from=2026-01-02&to=2026-01-01", "from=2026-01-01&to=2026-02-01",
                      "client=192.0.2.1&server=2001:db8::1", "whisperer=nobody", "colour=blue"):
            with self.subTest(query=query):
                self.assertEqual(server.request("GET", "/api/v1/explain?" + query)[0], 400)
