"""Live capture against real programs: seen at once, shown as it was, every packet accounted for."""
import collections
import re
import socket
import subprocess
import time

from support import Pulse, SystemTest, facts, fates, free_port
from traffic import Neighbour, nginx

NAMESPACES = True


def stored_books(server):
    """The books of every minute in the store, added up."""
    sums = collections.Counter()
    for item in server.get("/api/v1/quality")["items"]:
        sums.update(item["counters"])
    return sums


class LiveHttp(SystemTest):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.silent_port = free_port()
        self.root = nginx(self, self.port)
        self.spider = self.server(self.config(whisperers=[
            {"name": "lo", "interface": "lo", "save_packets": True,
             "filter": f"tcp port {self.port} or tcp port {self.silent_port}"}]))
        self.wait_for("it captures", 10,
                      lambda: self.spider.state("lo") == "capturing")

    def curl(self, path, *options):
        done = subprocess.run(["curl", "-sS", *options, f"http://127.0.0.1:{self.port}{path}"],
                              capture_output=True, check=True)
        return done.stdout

    def find(self, path, seconds):
        return self.wait_for(f"{path} is found", seconds, lambda: next(
            (c for c in self.spider.communications() if c["path"] == path), None))

    def test_a_request_is_found_within_a_second_of_its_end(self):
        for i in range(5):
            self.curl(f"/made/{i}")
            found = self.find(f"/made/{i}", 1.0)
            self.assertEqual((found["method"], found["status"]), ("GET", 200))

    def test_the_body_is_the_servers_to_the_byte(self):
        self.curl("/page.html")
        found = self.find("/page.html", 2)
        self.assertEqual(found["response_body_bytes"], (self.root / "page.html").stat().st_size)
        detail = self.spider.get(found["_links"]["self"]["href"])
        status, _, body = self.spider.request("GET", detail["_links"]["response_body"]["href"])
        self.assertEqual(status, 200)
        self.assertEqual(body, (self.root / "page.html").read_bytes())

    def test_the_session_and_its_packets_are_linked(self):
        self.curl("/hello.txt")
        found = self.find("/hello.txt", 2)
        # The session's record is written when the session ends, and linked when it is there.
        detail = self.wait_for("the session is linked", 8, lambda: next(
            (d for d in [self.spider.get(found["_links"]["self"]["href"])]
             if "session" in d["_links"]), None))
        session = self.spider.get(detail["_links"]["session"]["href"])
        self.assertEqual(session["server_port"], self.port)
        packets = self.spider.get(session["_links"]["packets"]["href"])
        self.assertGreaterEqual(packets["count"], 8)  # handshake, request, response, the end
        status, _, pcap = self.spider.request("GET", session["_links"]["packets_pcap"]["href"])
        self.assertEqual(status, 200)
        path = self.folder / "session.pcap"
        path.write_bytes(pcap)
        again, _ = self.exported("--read", path)
        self.assertEqual([facts(r) for r in again], [facts(found)])

    def test_an_unanswered_request_is_kept_with_the_reason(self):
        with socket.create_server(("127.0.0.1", self.silent_port)) as silent:
            with socket.create_connection(("127.0.0.1", self.silent_port)) as client:
                peer, _ = silent.accept()
                client.sendall(b"GET /never HTTP/1.1\r\nHost: silent\r\n\r\n")
                self.assertIn(b"/never", peer.recv(4096))
                peer.close()
        found = self.find("/never", 3)
        self.assertEqual(found["state"], "no_response")
        self.assertIsNone(found["status"])


class LiveBooks(SystemTest):
    def test_every_packet_of_a_flood_into_a_tiny_ring_is_accounted_for(self):
        capture, truth = self.generate(mib=40, seed=51)
        neighbour = Neighbour()
        self.addCleanup(neighbour.close)
        server = self.server(self.config(
            whisperers=[{"name": "flood", "interface": "here0", "buffer_mib": 1, "filter": "",
                         "direction": "in"}],
            pipeline={"ring_kib": 768}))
        self.wait_for("it captures", 10,
                      lambda: server.state("flood") == "capturing")
        sent = 0
        for _ in range(3):
            said = neighbour.run("tcpreplay", "--topspeed", "-i", "there0", str(capture))
            sent += int(re.search(r"Successful packets:\s+(\d+)", said)[1])
        self.assertEqual(sent, 3 * truth["packets"])

        def books():
            b = collections.Counter(server.whisperer("flood")["books"])
            seen = b["packets_received"] + b["kernel_dropped"] + b["interface_dropped"]
            return b if seen >= sent and b["packets_received"] == fates(b) else None

        b = self.wait_for("every packet is in the books", 20, books)
        self.assertEqual(server.stop(), 0)
        self.assertEqual(b["packets_received"] + b["kernel_dropped"] + b["interface_dropped"], sent)
        server.start()
        after = stored_books(server)
        self.assert_books_balance(after)
        self.assertEqual(after["packets_received"] + after["kernel_dropped"] +
                         after["interface_dropped"], sent)
        # The tiny ring or the tiny kernel buffer must have overflowed, or this proves nothing.
        self.assertGreater(b["ring_dropped"] + b["kernel_dropped"], 0)
        print(f"      sent {sent}: received {b['packets_received']}, kernel dropped "
              f"{b['kernel_dropped']}, ring dropped {b['ring_dropped']}")

    def test_the_stored_books_of_a_flood_balance(self):
        capture, truth = self.generate(profile="noise", mib=10, seed=52)
        neighbour = Neighbour()
        self.addCleanup(neighbour.close)
        server = self.server(self.config(
            whisperers=[{"name": "flood", "interface": "here0", "direction": "in"}],
            pipeline={"ring_kib": 768}))
        self.wait_for("it captures", 10,
                      lambda: server.state("flood") == "capturing")
        neighbour.run("tcpreplay", "--topspeed", "-i", "there0", str(capture))

        def settled():
            b = stored_books(server)
            seen = b["packets_received"] + b["kernel_dropped"] + b["interface_dropped"]
            return seen >= truth["packets"] and b["packets_received"] == fates(b)

        self.wait_for("the stored books have every packet and its fate", 15, settled)
        # Bytes that wait for others have no fate until the capture ends.
        self.assertEqual(server.stop(), 0)
        server.start()
        self.assert_books_balance(stored_books(server))

    def test_it_ends_within_five_seconds_under_load_and_loses_nothing_it_took(self):
        capture, _ = self.generate(mib=20, seed=53)
        neighbour = Neighbour()
        self.addCleanup(neighbour.close)
        config = self.config(whisperers=[{"name": "flood", "interface": "here0",
                                          "direction": "in"}])
        server = self.server(config)
        self.wait_for("it captures", 10,
                      lambda: server.state("flood") == "capturing")
        replay = self.child("nsenter", f"--net=/proc/{neighbour.holder.pid}/ns/net", "tcpreplay",
                            "--loop=0", "--topspeed", "-i", "there0", str(capture))
        time.sleep(1)
        pulse = Pulse(self, self.folder)
        begun, began = time.time(), time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - began, 5 + pulse.stalled(begun))
        self.assertIsNone(replay.poll(), "the load ended before the server")
        records, _ = self.exported("--config", config)
        self.assertGreater(len(records), 0)


class LiveOwnTraffic(SystemTest):
    def test_it_does_not_watch_those_who_look_at_it_unless_asked_to(self):
        port = free_port()
        nginx(self, port)
        server = self.server(self.config(whisperers=[
            {"name": "quiet", "interface": "lo"},
            {"name": "all", "interface": "lo", "exclude_spider": False}]))
        for name in ("quiet", "all"):
            self.wait_for("it captures", 10, lambda: server.state(name) == "capturing")

        def servers(name):
            items = server.communications(f"?limit=1000&whisperer={name}")
            return {c["server_port"] for c in items}

        subprocess.run(["curl", "-sS", f"http://127.0.0.1:{port}/hello.txt"], capture_output=True,
                       check=True)
        self.wait_for("the API is seen", 10, lambda: servers("all") == {port, server.port})
        self.wait_for("the other is seen", 10, lambda: servers("quiet") == {port})
        asked = server.get("/api/v1/explain?whisperer=quiet&client=127.0.0.1&client_port=50000"
                           f"&server=127.0.0.1&server_port={server.port}")
        rules = [f["rule"] for f in asked["items"][0]["verdicts"]]
        self.assertIn("exclude_spider = true", rules)


class LiveThreads(SystemTest):
    def test_several_threads_find_every_communication_and_count_every_packet_once(self):
        capture, truth = self.generate(mib=8, seed=54)
        neighbour = Neighbour()
        self.addCleanup(neighbour.close)
        config = self.config(whisperers=[{"name": "wire", "interface": "here0", "direction": "in",
                                          "threads": 3, "buffer_mib": 16}])
        began = time.monotonic()
        server = self.server(config)
        self.wait_for("it captures", 10, lambda: server.state("wire") == "capturing")
        neighbour.run("tcpreplay", "--preload-pcap", "--pps=10000", "-i", "there0", str(capture))

        def all_there():
            b = server.whisperer("wire")["books"]
            return b["communications_stored"] == truth["communications"]

        self.wait_for("every communication is stored", 20, all_there)
        self.assertEqual(server.stop(), 0)
        seconds = time.monotonic() - began
        server.start()
        books = stored_books(server)
        self.assert_books_balance(books)
        self.assertEqual(books["packets_received"], truth["packets"])
        self.assertEqual(books["kernel_dropped"] + books["ring_dropped"], 0)
        self.assertLess(books["listening_ms"], seconds * 1000, "several threads listen at once")
        live, _ = self.exported("--config", config)
        read, _ = self.exported("--read", capture)

        def timeless(records):
            return sorted([(k, v) for k, v in facts(r).items() if not k.endswith("_us")]
                          for r in records)

        self.assertEqual(timeless(live), timeless(read))
        runs = {int(r["session_id"].split("-")[2], 16) >> 40 for r in live}
        self.assertEqual(len(runs), 3, "each thread has had its share")
