"""What is kept how long: by age in packet time, by size, of all kinds; a whisperer's data removed
by hand; and that nothing else goes with it."""
import json
import random
import subprocess
import time
import urllib.parse

from frames import ACK, CLIENT, FIN, PSH, SERVER, SYN, frame, pcap
from openapi import OpenApi
from support import SystemTest, free_port
from traffic import Clients, nginx

NAMESPACES = True

HOUR = 3_600_000_000_000
OLD = 1_580_000_000_000_000_000  # a capture of January 2020, which no clock of now knows
QUICK = {"every_s": 1, "settle_s": 1}


def talk(t, port, body):
    """One exchange at `t`, as frames with their times; the answer has the body."""
    request = f"GET /at/{port} HTTP/1.1\r\nHost: h\r\n\r\n".encode()
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    out = [(t, frame(True, port, 100, 0, SYN)), (t + 1000, frame(False, port, 500, 101, SYN | ACK)),
           (t + 2000, frame(True, port, 101, 501, ACK)),
           (t + 3000, frame(True, port, 101, 501, ACK | PSH, request))]
    here, there = 101 + len(request), 501
    for at in range(0, len(answer), 1400):
        piece = answer[at:at + 1400]
        out.append((t + 4000 + at, frame(False, port, there, here, ACK | PSH, piece)))
        there += len(piece)
    end = t + 5000 + len(answer)
    out += [(end, frame(False, port, there, here, ACK | FIN)),
            (end + 1000, frame(True, port, here, there + 1, ACK | FIN)),
            (end + 2000, frame(False, port, there + 1, here + 1, ACK))]
    return out


def body_of(port, size=20_000):
    return random.Random(port).randbytes(size)


class Retention(SystemTest):
    def setUp(self):
        super().setUp()
        self.openapi = OpenApi()
        self.inbox = self.folder / "inbox"
        self.inbox.mkdir()

    def server(self, config, **options):
        server = super().server(config, **options)
        # It listens a moment before its whisperers are known.
        self.wait_for("it knows its whisperers", 10,
                      lambda: server.get("/api/v1/whisperers")["items"])
        return server

    def ask(self, server, method, resource, body=None):
        sent = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        status, got, text = server.request(method, "/api/v1/" + resource, sent, headers)
        document = json.loads(text) if text and "json" in got["Content-Type"] else text
        if isinstance(document, dict):
            wrong = self.openapi.complaints(method, "/api/v1/" + resource.partition("?")[0], status,
                                            got["Content-Type"], document)
            self.assertEqual(wrong, [], f"{method} {resource}")
        return status, document

    def kept(self, server, whisperer):
        status, document = self.ask(server, "GET", f"whisperers/{whisperer}/data")
        self.assertEqual(status, 200)
        return document, {k["kind"]: k for k in document["kinds"]}

    def bring(self, server, name, frames):
        """A file that appears in the watched folder as a whole."""
        beside = self.folder / (name + ".part")
        pcap(beside, frames)
        beside.rename(self.inbox / name)

    def ports(self, server, whisperer="old"):
        out, target = [], f"/api/v1/http-communications?limit=1000&whisperer={whisperer}"
        while target:
            page = server.get(target)
            out += [c["client_port"] for c in page["items"]]
            target = page["_links"].get("next", {}).get("href")
        return sorted(out)

    def watching(self, whisperer=None, **sections):
        return self.config(whisperers=[
            {"name": "old", "type": "FILE", "path": str(self.inbox), **(whisperer or {})},
            {"name": "upload", "type": "UPLOAD"}],
            pipeline={"folder_poll_ms": 50, "folder_rest_ms": 50, "shards": 2}, **sections)

    def hours(self, server, count, **more):
        """A file for each hour; returns the port of each."""
        for hour in range(count):
            self.bring(server, f"{hour:02}.pcap",
                       talk(OLD + hour * HOUR, 1000 + hour, body_of(1000 + hour)))
            self.wait_for(f"hour {hour}", 20, lambda h=hour: 1000 + h in self.ports(server))

    def bodies(self, server, whisperer="old"):
        """Status of each communication's body, by port; a body that comes must be the right one."""
        out = {}
        for c in server.communications(f"?limit=1000&whisperer={whisperer}"):
            status, _, body = server.request(
                "GET", f"/api/v1/http-communications/{c['id']}/response/body")
            out[c["client_port"]] = status
            if status == 200:
                self.assertEqual(body, body_of(c["client_port"]))
        return out

    def test_an_old_capture_is_cut_by_its_own_time_and_what_went_is_told(self):
        server = self.server(self.watching({"save_packets": True}, retention=QUICK))
        self.hours(server, 6)
        first = server.communications("?whisperer=old&limit=1000")
        session = {c["client_port"]: c for c in first}[1000]
        time.sleep(2)  # two looks: nothing has a limit, nothing goes
        self.assertEqual(self.ports(server), [1000 + h for h in range(6)])
        status, _ = self.ask(server, "PATCH", "whisperers/old", {"keep_communications": "150min",
                                                                "keep_packets": "150min",
                                                                "keep_sessions": "150min"})
        self.assertEqual(status, 200)
        self.wait_for("the old hours are gone", 20,
                      lambda: self.ports(server) == [1003, 1004, 1005])
        self.assertEqual(self.bodies(server), {1003: 200, 1004: 200, 1005: 200})
        # Asked for later, by its address and by who remembers it: it was removed, not lost.
        status, problem = self.ask(server, "GET", f"http-communications/{session['id']}")
        self.assertEqual((status, problem["code"]), (410, "STORE-READ-003"))
        status, problem = self.ask(server, "GET", f"tcp-sessions/{session['session_id']}")
        self.assertEqual(status, 410, problem)
        question = urllib.parse.urlencode({
            "client": CLIENT, "client_port": 1000, "server": SERVER, "server_port": 80,
            "time": OLD // 1000, "whisperer": "old"})
        verdicts = json.dumps(self.ask(server, "GET", "explain?" + question)[1])
        self.assertIn('"expired"', verdicts)
        self.assertNotIn('"never_seen"', verdicts)
        _, kinds = self.kept(server, "old")
        self.assertGreaterEqual(kinds["communications"]["oldest_us"],
                                (OLD + 2 * HOUR) // 1000)
        self.assertEqual(kinds["communications"]["keep"], "150min")
        self.assertEqual(kinds["communications"]["horizon_by"], "age")
        self.assertIsNotNone(kinds["communications"]["removed_before"])
        self.assertIsNone(kinds["quality"]["removed_before"])
        self.assertGreaterEqual(kinds["packets"]["oldest_us"], OLD // 1000 + 2 * HOUR // 1000)
        # The books of what was there are kept, and balance.
        books = server.get("/api/v1/books?whisperer=old")
        self.assertEqual({w["state"] for w in books["whisperers"]}, {"balanced"}, books["total"])
        # More comes, and the cut moves on; a restart changes nothing.
        self.bring(server, "later.pcap", talk(OLD + 7 * HOUR, 1007, body_of(1007)))
        self.wait_for("the cut moved", 20, lambda: self.ports(server) == [1005, 1007])
        server.stop()
        server = self.server(self.folder / "spider.toml")
        self.wait_for("it is up", 20, lambda: self.ports(server) == [1005, 1007])
        self.assertEqual(self.bodies(server), {1005: 200, 1007: 200})

    def test_packets_that_went_are_told_as_removed_and_not_as_none(self):
        server = self.server(self.watching({"save_packets": True}, retention=QUICK))
        self.hours(server, 6)
        sessions = {s["client_port"]: s["id"]
                    for s in server.get("/api/v1/tcp-sessions?whisperer=old")["items"]}
        status, page = self.ask(server, "GET", f"tcp-sessions/{sessions[1000]}/packets?bytes=none")
        self.assertEqual(status, 200)
        self.assertGreater(page["count"], 0)
        self.assertNotIn("removed_before", page)
        self.assertEqual(self.ask(server, "PATCH", "whisperers/old",
                                  {"keep_packets": "150min"})[0], 200)
        for packets in ("packets", "packets.pcap"):
            problem = self.wait_for("they are gone", 20, lambda: (
                lambda status, document: document if status == 410 else None)(
                    *self.ask(server, "GET", f"tcp-sessions/{sessions[1000]}/{packets}")))
            self.assertEqual(problem["code"], "STORE-READ-003")
            self.assertIn("before 2020-", problem["detail"])
            self.assertEqual(self.ask(server, "GET", f"tcp-sessions/{sessions[1005]}/{packets}")[0],
                             200)
        self.assertEqual(self.ask(server, "GET", f"tcp-sessions/{sessions[1000]}")[0], 200)

    def test_bodies_alone_go_earlier_and_say_so(self):
        server = self.server(self.watching({"keep_bodies": "150min"}, retention=QUICK))
        self.hours(server, 6)
        self.wait_for("old bodies are gone", 20, lambda: self.bodies(server) == {
            1000: 410, 1001: 410, 1002: 410, 1003: 200, 1004: 200, 1005: 200})
        old = next(c for c in server.communications("?whisperer=old&limit=1000")
                   if c["client_port"] == 1000)
        detail = server.get(f"/api/v1/http-communications/{old['id']}")
        self.assertEqual(detail["response"]["body_state"], "removed")
        self.assertEqual(detail["response"]["body_bytes"], 20_000)
        har = server.request("GET", "/api/v1/export?format=har&whisperer=old")[2]
        self.assertIn(b"removed by retention", har)
        self.assertEqual(server.get("/api/v1/http-communications?q=body:nowhere")["items"], [])

    def test_a_wild_time_stamp_takes_nothing_along(self):
        server = self.server(self.watching({"keep_communications": "150min"}, retention=QUICK))
        self.hours(server, 3)
        # One exchange far in the future, one far in the past.
        self.bring(server, "wild.pcap", talk(OLD + 24 * 365 * 40 * HOUR, 3000, body_of(3000)))
        self.wait_for("it is stored", 20, lambda: 3000 in self.ports(server))
        self.bring(server, "wild2.pcap", talk(HOUR, 3001, b"x"))
        self.wait_for("it came and went", 20,
                      lambda: "communications before" in server.log())
        time.sleep(3)
        self.assertEqual(self.ports(server), [1000, 1001, 1002, 3000])
        self.assertEqual(self.bodies(server)[1000], 200)

    def test_the_oldest_goes_at_the_size_limit_and_more_comes_in(self):
        server = self.server(self.watching({"max_size": "3MB", "save_packets": True},
                                           retention=QUICK))
        for hour in range(20):
            port = 1000 + hour * 10
            self.bring(server, f"{hour:02}.pcap",
                       [f for i in range(10) for f in talk(OLD + hour * HOUR + i * HOUR // 20,
                                                           port + i, body_of(port + i))])
            # Each shard brings its own connections.
            ports = set(range(port, port + 10))
            self.wait_for("they came", 20, lambda p=ports: p <= set(self.ports(server)))

        def small():
            document, _ = self.kept(server, "old")
            return document["bytes"] <= 3_000_000
        self.wait_for("it is within the limit", 30, small)
        left = self.ports(server)
        # The newest, without a hole; of the oldest file that is left each shard had a block.
        whole = (left[0] // 10 + 1) * 10
        self.assertEqual([p for p in left if p >= whole], list(range(whole, 1200)))
        self.assertGreater(len(left), 20)
        self.assertEqual(set(self.bodies(server).values()), {200})
        document, kinds = self.kept(server, "old")
        self.assertEqual(document["max_bytes"], 3_000_000)
        self.assertEqual(kinds["communications"]["horizon_by"], "size")
        self.assertGreater(kinds["communications"]["horizon_s"], 0)

    def test_the_live_capture_goes_on_while_what_is_old_goes(self):
        port = free_port()
        nginx(self, port)
        conf = self.config(retention={**QUICK, "keep_communications": "6s", "keep_sessions": "6s",
                                      "keep_packets": "6s"},
                           whisperers=[{"name": "lo", "interface": "lo", "save_packets": True,
                                        "filter": f"tcp port {port}"}])
        server = self.server(conf)
        self.wait_for("it captures", 10, lambda: server.state("lo") == "capturing")
        clients = Clients(port, "/made", threads=2, pause_s=0.005)
        self.addCleanup(clients.stop)
        begun = time.time()
        self.wait_for("something went", 30, lambda: "PIPELINE-RETENTION-001" in server.log())
        self.wait_for("much later", 30, lambda: time.time() > begun + 14)
        answered = clients.stop()

        last = answered[-1][1]
        self.wait_for("the last is there", 20, lambda: any(
            last in json.dumps(c) for c in server.communications("?limit=50")))
        oldest = self.kept(server, "lo")[1]["communications"]["oldest_us"] / 1e6
        self.assertGreater(oldest, begun + 1)
        log = server.log()
        self.assertEqual(log.count("PIPELINE-WHISPERER-001"), 1)
        # Changed by hand: at once, without a new beginning of the capture.
        self.assertEqual(self.ask(server, "PATCH", "whisperers/lo",
                                  {"keep_communications": "forever"})[0], 200)
        self.assertEqual(self.kept(server, "lo")[1]["communications"]["keep"], None)
        self.assertEqual(server.log().count("PIPELINE-WHISPERER-001"), 1)
        self.assertEqual(self.ask(server, "PATCH", "whisperers/lo",
                                  {"keep_communications": "soon"})[0], 422)
        books = server.whisperer("lo")["books"]
        self.assertEqual(books.get("communications_unstored", 0), 0)
        self.assertEqual(books.get("ring_dropped", 0), 0)

    def disk(self):
        # Files that go meanwhile are an error to du, and no matter here.
        done = subprocess.run(["du", "-sb", self.folder / "data" / "db"], check=False,
                              capture_output=True, text=True)
        return int(done.stdout.split()[0])

    def test_all_of_a_whisperer_goes_by_hand_and_of_no_other(self):
        server = self.server(self.watching({"save_packets": True}))
        self.hours(server, 3)
        big = [f for i in range(1000) for f in talk(OLD + i * 1_000_000_000, 10_000 + i,
                                                    body_of(10_000 + i, 40_000))]
        file = pcap(self.folder / "big.pcap", big)
        sent = server.request("POST", "/api/v1/imports?whisperer=upload", file.read_bytes(),
                              {"Content-Type": "application/vnd.tcpdump.pcap"})
        self.assertEqual(sent[0], 201)
        before = self.disk()
        self.assertGreater(before, 35_000_000)
        span = f"from={OLD // 1000}&to={(OLD + HOUR) // 1000}&whisperer=upload"
        self.assertEqual(server.get(f"/api/v1/timeline?{span}")["communications"], 1000)
        self.assertNotEqual(server.get(f"/api/v1/quality?{span}")["items"], [])
        one = server.communications("?whisperer=upload&limit=1")[0]
        status, document = self.ask(server, "DELETE", "whisperers/upload/data")
        self.assertEqual(status, 200)
        self.assertGreater(document["removed"]["bytes"], 35_000_000)
        self.assertEqual([k["oldest"] for k in document["kept"]["kinds"]], [None] * 5)
        for question in ("http-communications?whisperer=upload", "tcp-sessions?whisperer=upload"):
            self.assertEqual(server.get("/api/v1/" + question)["items"], [])
        self.assertEqual(server.get(f"/api/v1/timeline?{span}")["communications"], 0)
        self.assertEqual(server.get(f"/api/v1/quality?{span}")["items"], [])
        # An upload is forgotten with all that it had.
        self.assertEqual(server.request("GET", f"/api/v1/http-communications/{one['id']}")[0], 404)
        # But for the log, which goes a little later.
        self.wait_for("the disk has its space back", 60, lambda: self.disk() < before / 4)
        # The other has all that it had, and this one takes the file again.
        self.assertEqual(self.ports(server), [1000, 1001, 1002])
        self.assertEqual(self.bodies(server), {1000: 200, 1001: 200, 1002: 200})
        sent = server.request("POST", "/api/v1/imports?whisperer=upload", file.read_bytes(),
                              {"Content-Type": "application/vnd.tcpdump.pcap"})
        self.assertEqual(sent[0], 201)
        self.assertEqual(len(self.ports(server, "upload")), 1000)
        self.assertEqual(self.ask(server, "DELETE", "whisperers/nobody/data")[0], 404)

    def test_what_a_removed_whisperer_left_goes_by_hand_too(self):
        conf = self.watching({"save_packets": True})
        server = self.server(conf)
        self.hours(server, 3)
        self.assertEqual(self.ask(server, "POST", "whisperers",
                                  {"name": "passing", "type": "UPLOAD"})[0], 201)
        file = pcap(self.folder / "few.pcap", talk(OLD, 4000, body_of(4000)))
        self.assertEqual(server.request("POST", "/api/v1/imports?whisperer=passing",
                                        file.read_bytes(),
                                        {"Content-Type": "application/vnd.tcpdump.pcap"})[0], 201)
        self.assertEqual(server.request("DELETE", "/api/v1/whisperers/passing")[0], 204)
        self.assertEqual(server.stop(), 0)
        server = self.server(conf)
        self.assertEqual(self.ports(server, "passing"), [4000])  # it is gone, and that is kept
        self.assertGreater(self.kept(server, "passing")[0]["bytes"], 0)
        status, document = self.ask(server, "DELETE", "whisperers/passing/data")
        self.assertEqual(status, 200, document)
        self.assertEqual([k["oldest"] for k in document["kept"]["kinds"]], [None] * 5)
        self.assertEqual(self.ports(server), [1000, 1001, 1002])
        # A name of which nothing is left is in no list, but who asks for it is answered.
        names = [w["name"] for w in self.ask(server, "GET", "whisperers")[1]["items"]]
        self.assertNotIn("passing", names)
        self.assertIn("nothing of it is stored",
                      self.ask(server, "GET", "whisperers/passing")[1]["reason"])

    def test_a_capture_goes_on_while_its_data_is_removed(self):
        port = free_port()
        nginx(self, port)
        server = self.server(self.config(whisperers=[
            {"name": "lo", "interface": "lo", "filter": f"tcp port {port}"}]))
        self.wait_for("it captures", 10, lambda: server.state("lo") == "capturing")
        clients = Clients(port, "/made", threads=2, pause_s=0.002)
        self.addCleanup(clients.stop)
        for _ in range(5):
            count = len(clients.answered)
            self.wait_for("more traffic", 10, lambda c=count: len(clients.answered) > c + 50)
            self.assertEqual(self.ask(server, "DELETE", "whisperers/lo/data")[0], 200)
        count = len(clients.answered)
        self.wait_for("more traffic", 10, lambda: len(clients.answered) > count + 200)
        after = clients.stop()[count + 20:]

        def listed():
            target, text = "/api/v1/http-communications?limit=1000", ""
            while target:
                page = server.get(target)
                text += json.dumps(page["items"])
                target = page["_links"].get("next", {}).get("href")
            return text
        self.wait_for("all that came since is there", 20,
                      lambda: (lambda text: all(path + '"' in text for _, path in after))(listed()))
        self.assertNotIn('"/made/0/1"', listed())
        # Counts and records agree.
        page = server.get("/api/v1/http-communications?limit=1")
        self.assertEqual(server.state("lo"), "capturing")

    def test_nothing_comes_after_the_removal_of_what_a_stopped_capture_left(self):
        port = free_port()
        nginx(self, port)
        server = self.server(self.config(whisperers=[]))
        for _ in range(5):
            made = {"name": "passing", "type": "INTERFACE", "interface": "lo",
                    "filter": f"tcp port {port}"}
            self.assertEqual(self.ask(server, "POST", "whisperers", made)[0], 201)
            self.wait_for("it captures", 10, lambda: server.state("passing") == "capturing")
            clients = Clients(port, "/made", threads=2, pause_s=0.002)
            self.addCleanup(clients.stop)
            self.wait_for("traffic", 10, lambda c=clients: len(c.answered) > 20)
            self.assertEqual(self.ask(server, "POST", "whisperers/passing/stop")[0], 200)
            status, document = self.ask(server, "DELETE", "whisperers/passing/data")
            self.assertEqual(status, 200, document)
            clients.stop()
            self.assertEqual(server.request("DELETE", "/api/v1/whisperers/passing")[0], 204)
            time.sleep(0.5)
            self.assertEqual([k["oldest"] for k in self.kept(server, "passing")[0]["kinds"]],
                             [None] * 5)
            names = [w["name"] for w in server.get("/api/v1/whisperers")["items"]]
            self.assertNotIn("passing", names)

    def test_kills_during_removals_leave_whole_records(self):
        conf = self.watching({"keep_communications": "150min", "save_packets": True},
                             retention=QUICK)
        server = self.server(conf)
        chance = random.Random(random.randrange(1 << 30))
        for hour in range(12):
            self.bring(server, f"{hour:02}.pcap",
                       [f for i in range(20) for f in talk(OLD + hour * HOUR + i * 1_000_000_000,
                                                           1000 + hour * 20 + i,
                                                           body_of(1000 + hour * 20 + i))])
            self.wait_for("it came", 20,
                          lambda h=hour: 1000 + h * 20 + 19 in self.ports(server))
            time.sleep(chance.uniform(0, 1.2))
            server.kill()
            server = self.server(conf)
        self.wait_for("the old is gone", 30, lambda: min(self.ports(server)) >= 1000 + 9 * 20)
        self.assertEqual(self.ports(server), list(range(1000 + 9 * 20, 1000 + 12 * 20)))
        self.assertEqual(set(self.bodies(server).values()), {200})
        for c in server.communications("?whisperer=old&limit=1000"):
            self.assertEqual(server.request("GET", f"/api/v1/tcp-sessions/{c['session_id']}")[0],
                             200)
