"""Server-sent events: every communication once, through reconnects, restarts and slow listeners."""
import contextlib
import http.client
import json
import threading

from openapi import OpenApi
from support import SystemTest, spider

FILES = {"name": "files", "type": "UPLOAD"}


class Listener(threading.Thread):
    """Reads the stream as a browser's EventSource does; hangs up when told or after so many."""

    def __init__(self, port, query="", last=None, stop_after=None):
        super().__init__(daemon=True)
        self.port, self.query, self.last, self.stop_after = port, query, last, stop_after
        self.ids, self.events, self.heartbeats, self.error = [], [], 0, None
        self.opened, self.wanted = threading.Event(), True
        self.socket = None
        self.start()

    def run(self):
        # No limit of its own: who waits for what it reads has one, and hangs up at the end. To a
        # browser a silent stream is no error either.
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        try:
            with contextlib.closing(connection):
                headers = {"Last-Event-ID": self.last} if self.last else {}
                connection.request("GET", "/api/v1/live" + self.query, headers=headers)
                self.socket = connection.sock
                self.read(connection.getresponse())
        except OSError as error:
            self.error = error
        self.opened.set()

    def read(self, answer):
        self.status, self.type = answer.status, answer.headers["Content-Type"]
        name, data = "message", []
        while self.wanted and (line := answer.readline()):
            line = line.decode().rstrip("\n")
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if not line:
                if data:
                    self.take(name, json.loads("\n".join(data)))
                name, data = "message", []
            elif not field:
                self.heartbeats += 1
            elif field == "id":
                self.last = value
            elif field == "event":
                name = value
            elif field == "data":
                data.append(value)

    def take(self, name, data):
        self.events.append((name, data))
        if name == "open":
            self.opened.set()
        if name == "communication":
            self.ids.append(data["id"])
            if self.stop_after and len(self.ids) >= self.stop_after:
                self.wanted = False

    def hang_up(self):
        self.wanted = False
        with contextlib.suppress(OSError, AttributeError):
            self.socket.shutdown(2)
        self.join(10)

    def named(self, name):
        return [data for event, data in self.events if event == name]


class LiveEvents(SystemTest):
    def listen(self, server, *arguments, **options):
        listener = Listener(server.port, *arguments, **options)
        self.addCleanup(listener.hang_up)
        self.assertTrue(listener.opened.wait(10))
        return listener

    def listed(self, server):
        return {r["id"] for r in map(json.loads, server.request(
            "GET", "/api/v1/export?format=ndjson")[2].splitlines())}

    def load(self, config, *seeds, mib=3):
        for seed in seeds:
            path, _ = self.generate(f"{seed}.pcap", mib=mib, seed=seed)
            done = spider("import", "--config", config, path)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_two_listeners_of_which_one_reconnects_get_the_list_without_loss_or_repeats(self):
        config = self.config(whisperers=[FILES])
        server = self.server(config)
        steady = self.listen(server)
        parts = [self.listen(server, stop_after=60)]
        self.load(config, 91)
        parts[0].join(20)
        self.load(config, 92)  # while nobody of the second listens
        for stop_after in (150, 1, None):
            parts.append(self.listen(server, last=parts[-1].last, stop_after=stop_after))
            if stop_after:
                parts[-1].join(20)
        self.load(config, 93)
        told = lambda: (len(steady.ids), sum(len(p.ids) for p in parts))
        self.assertGreater(len(self.listed(server)), 500)
        self.wait_for("everything was told", 60,
                      lambda: min(told()) >= len(self.listed(server)))
        self.load(config, 90, mib=1)  # comes behind whatever should not come
        expected = self.listed(server)
        self.wait_for("the last was told", 60, lambda: min(told()) >= len(expected))
        for ids in (steady.ids, [i for p in parts for i in p.ids]):
            self.assertEqual(len(ids), len(set(ids)), "repeated")
            self.assertEqual(set(ids), expected)
        self.assertEqual(sum(len(p.named("gap")) for p in [steady, *parts]), 0)
        record = steady.named("communication")[0]
        self.assertEqual(record, next(r for r in server.communications("?sort=start&limit=10000")
                                      if r["id"] == record["id"]))

    def test_a_reconnect_after_a_kill_of_the_server_goes_on_where_it_was(self):
        config = self.config(whisperers=[FILES])
        server = self.server(config)
        first = self.listen(server, stop_after=100)
        self.load(config, 94)
        first.join(20)
        known = self.listed(server)
        server.kill()
        first.hang_up()
        server = self.server(config)
        second = self.listen(server, last=first.last)
        self.load(config, 95)
        expected = self.listed(server)
        self.assertLess(known, expected)
        self.wait_for("everything was told", 30,
                      lambda: len(first.ids) + len(second.ids) >= len(expected))
        self.assertEqual(sorted(first.ids + second.ids), sorted(expected))
        self.assertEqual(second.named("gap"), [])
        self.assertTrue(second.named("open")[0]["resumed"])

    def test_who_listens_before_there_is_anything_goes_on_from_there_later(self):
        config = self.config()  # no whisperer, so that the store has no source
        server = self.server(config)
        answer = server.get("/api/v1/http-communications")
        early = self.listen(server)
        self.assertEqual(early.last, answer["live_cursor"])
        server.kill()
        early.hang_up()
        self.config(whisperers=[FILES], api={"listen": f"127.0.0.1:{server.port}"})
        self.load(config, 80, mib=1)
        late = self.listen(self.server(config), last=early.last)
        expected = self.listed(server)
        self.wait_for("everything was told", 30, lambda: len(late.ids) >= len(expected))
        self.assertEqual(set(late.ids), expected)
        self.assertEqual(late.named("gap"), [])

    def test_a_filter_holds_for_events_and_wrong_ones_are_refused(self):
        config = self.config(whisperers=[FILES])
        server = self.server(config)
        errors = self.listen(server, "?status=>=400")
        self.load(config, 96)
        expected = {r["id"] for r in server.communications("?status=>=400&limit=10000")}
        self.assertGreater(len(expected), 0)
        self.wait_for("all of them", 20, lambda: set(errors.ids) == expected)
        self.assertEqual(server.request("GET", "/api/v1/live?status=teapot")[0], 400)
        self.assertEqual(server.request("GET", "/api/v1/live?colour=red")[0], 400)

    def test_a_cursor_that_is_not_known_is_told_as_a_gap(self):
        config = self.config(whisperers=[FILES])
        self.load(config, 97, mib=1)
        server = self.server(config)
        for last in ("nonsense", "1.2", "ffff.99999999"):
            listener = self.listen(server, last=last)
            self.wait_for("the gap", 10, lambda: listener.named("gap"))
            self.assertEqual(listener.named("gap")[0]["reason"], "unknown_cursor")
            self.assertFalse(listener.named("open")[0]["resumed"])
            listener.hang_up()

    def test_listeners_are_counted_bounded_and_let_go_and_the_end_of_the_server_ends_them(self):
        config = self.config(whisperers=[FILES], api={"live_max": 2})
        server = self.server(config)
        one, two = self.listen(server), self.listen(server)
        status, headers, body = server.request("GET", "/api/v1/live")
        self.assertEqual((status, json.loads(body)["code"]), (503, "API-LIVE-001"))
        two.hang_up()
        self.wait_for("a place is free", 5,
                      lambda: self.listen(server, "?wait=false").status == 200)
        self.wait_for("the status", 5, lambda: one.named("status"))
        self.assertEqual(one.named("status")[0]["whisperers"][0]["name"], "files")
        self.assertEqual(server.stop(), 0)
        one.join(60)
        self.assertFalse(one.is_alive())
        self.assertIsNone(one.error, "the stream ended as its framing says")

    def test_a_listener_that_does_not_read_neither_stops_others_nor_fills_the_memory(self):
        config = self.config(whisperers=[FILES])
        server = self.server(config)
        deaf = server.stream("/api/v1/live")
        steady = self.listen(server)
        self.load(config, 98, mib=24)
        expected = len(self.listed(server))
        self.wait_for("all was told", 60, lambda: len(steady.ids) == expected)
        self.assertEqual(steady.named("gap"), [])
        deaf.close()

    def test_what_the_stream_has_now_can_be_asked_for_without_waiting(self):
        config = self.config(whisperers=[FILES])
        server = self.server(config)
        status, headers, body = server.request("GET", "/api/v1/live?wait=false")
        self.assertEqual(OpenApi().complaints("GET", "/api/v1/live", status,
                                              headers["Content-Type"], None), [])
        self.assertTrue(body.startswith(b"retry: "), body)
        cursor = json.loads(body.split(b"data: ")[1].splitlines()[0])["cursor"]
        self.load(config, 99, mib=1)
        body = server.request("GET", f"/api/v1/live?wait=false&after={cursor}")[2]
        self.assertEqual(body.count(b"event: communication"), len(self.listed(server)))
        brief = server.request("GET", f"/api/v1/live?wait=false&brief=true&after={cursor}")[2]
        told = [json.loads(line[6:]) for line in brief.splitlines()
                if line.startswith(b"data: {\"id")]
        self.assertEqual({t["id"] for t in told}, self.listed(server))
        self.assertEqual({tuple(t) for t in told}, {("id",)})

    def test_a_list_says_from_where_on_the_stream_tells_what_it_lacks(self):
        config = self.config(whisperers=[FILES])
        server = self.server(config)
        for seed, count in ((81, 0), (82, 1), (83, 1)):
            if count:
                server.stop()  # the cursor of a store that nobody writes to, too
                server = self.server(config)
            answer = server.get("/api/v1/http-communications?limit=10000")
            known = {r["id"] for r in answer["items"]}
            self.load(config, seed, mib=1)
            told = server.request(
                "GET", f"/api/v1/live?wait=false&brief=true&after={answer['live_cursor']}")[2]
            told = [json.loads(line[6:])["id"] for line in told.splitlines()
                    if line.startswith(b"data: {\"id")]
            self.assertEqual(len(told), len(set(told)))
            self.assertEqual(set(told), self.listed(server) - known)
            self.assertGreater(len(told), 0)
