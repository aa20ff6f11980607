"""A disk that fills while Spider captures: it goes on counting, says so once, answers questions,
and stores again by itself when there is room. On a small disk of the test's own."""
import collections
import http.client
import json
import os
import time

from support import SystemTest, free_port, run_quietly
from traffic import nginx

NAMESPACES = True

BODY = os.urandom(900 << 10)  # what no compression makes small
REQUESTS_MAX = 400  # more than what waits for a disk in memory


class FullDisk(SystemTest):
    DISK_MIB = 240  # room, when the filler is gone, for what waited in memory
    SAVED = {}

    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        run_quietly("mount", "-t", "tmpfs", "-o", f"size={self.DISK_MIB}m", "tmpfs", str(self.disk))
        self.addCleanup(run_quietly, "umount", "--lazy", str(self.disk))
        self.port = free_port()
        nginx(self, self.port)
        self.spider = self.server(self.config(
            store={"path": str(self.disk / "data")},
            whisperers=[{"name": "lo", "interface": "lo", "filter": f"tcp port {self.port}",
                         **self.SAVED}]))
        self.wait_for("it captures", 10, lambda: self.spider.state("lo") == "capturing")
        self.sent = 0

    def ask(self, count, body=b""):
        """So many requests, each on a connection of its own."""
        for _ in range(count):
            client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            client.request("POST", f"/made/{self.sent}", body=body)
            client.getresponse().read()
            client.close()
            self.sent += 1

    def books(self):
        return collections.Counter(self.spider.whisperer("lo")["books"])

    def trouble(self):
        return self.spider.get("/api/v1/status")["pipeline"]["trouble"]

    def stored(self):
        return self.spider.get("/api/v1/http-communications?limit=1000")["items"]

    def communications(self):
        b = self.books()
        return b["communications_complete"] + b["communications_partial"]

    def test_it_counts_on_says_so_answers_and_stores_again_when_there_is_room(self):
        self.ask(20)
        self.wait_for("they are stored", 20, lambda: len(self.stored()) == 20)
        before = [item["id"] for item in self.stored()]
        filler = self.disk / "filler"
        self.fill(filler)
        began = time.monotonic()
        while self.trouble() is None:
            self.ask(2, BODY)
            self.assertLess(time.monotonic() - began, 120, "the disk is full, and nobody says so")
        trouble = self.trouble()
        self.assertEqual(trouble["name"], "disk_full", trouble)
        # It counts on: every exchange is known, and, when no more can wait in memory, that it
        # could not be stored.
        while self.books()["communications_unstored"] == 0:
            self.ask(5, BODY)
            self.assertLess(self.sent, REQUESTS_MAX, "nothing is said to be lost")
        counted = self.communications()
        self.ask(10)
        self.wait_for("they are counted", 30, lambda: self.communications() >= counted + 10)
        self.assertEqual(self.spider.state("lo"), "capturing")
        # Questions are answered: what was stored is there, whole.
        self.assertLessEqual(set(before), {item["id"] for item in self.stored()})
        whole = self.spider.get(f"/api/v1/http-communications/{before[0]}")
        self.assertEqual(whole["id"], before[0])
        # Nothing can be removed either, and nothing is: a removal is written down first.
        status, _, body = self.spider.request("DELETE", "/api/v1/whisperers/lo/data")
        self.assertEqual((status, json.loads(body)["code"]), (507, trouble["code"]), body)
        self.assertLessEqual(set(before), {item["id"] for item in self.stored()})
        said = self.wait_for("it is said", 10, lambda: self.spider.said(trouble["code"]))
        self.assertEqual(len(said), 1, "said once")

        filler.unlink()
        self.wait_for("it stores again", 60, lambda: self.trouble() is None)
        last = self.sent
        self.ask(7)
        newest = f"/made/{self.sent - 1}"
        self.wait_for("what comes is stored", 30, lambda: self.path_stored(newest))
        for number in range(last, self.sent):
            self.assertTrue(self.path_stored(f"/made/{number}"), number)
        # What is there and what the books say is the same number, by the laws.
        counters = self.stored_books()
        self.assertGreater(counters["communications_unstored"], 0)
        if counters["kernel_dropped"] + counters["ring_dropped"] == 0:
            self.assertEqual(counters["communications_complete"]
                             + counters["communications_partial"], self.sent)
        self.assertEqual(len(self.stored()), counters["communications_stored"])
        print(f"      {self.sent} exchanges, {counters['communications_stored']} stored, "
              f"{counters['communications_unstored']} while the disk was full")

    def stored_books(self):
        """After a restart; they balance."""
        self.assertEqual(self.spider.stop(), 0)
        self.spider.start()
        counters = collections.Counter()
        for item in self.spider.get("/api/v1/quality?bucket=1h")["items"]:
            counters.update(item["counters"])
        self.assert_books_balance(counters)
        return counters

    def path_stored(self, path):
        return any(item["path"] == path for item in self.stored())

    @staticmethod
    def fill(path):
        with open(path, "wb", buffering=0) as out:
            for size in (1 << 20, 1 << 12):
                try:
                    while True:
                        out.write(b"\0" * size)
                except OSError:
                    pass


class SmallDisk(FullDisk):
    """One that Spider fills by itself."""
    DISK_MIB = 60
    SAVED = {"save_packets": True}

    def test_it_counts_on_says_so_answers_and_stores_again_when_there_is_room(self):
        while self.trouble() is None:
            self.ask(2, BODY)
            self.assertLess(self.sent, REQUESTS_MAX, "the disk is full, and nobody says so")
        self.assertEqual(self.trouble()["name"], "disk_full")
        # What is in memory keeps its room: the engine never meets a full disk, which it may not
        # survive while it writes large values.
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            self.ask(1, BODY)
            time.sleep(0.1)
        self.assertNotIn("No space left", self.spider.log())
        run_quietly("mount", "-o", "remount,size=600m", str(self.disk))
        self.wait_for("it stores again", 60, lambda: self.trouble() is None)
        self.ask(3)
        newest = f"/made/{self.sent - 1}"
        self.wait_for("what comes is stored", 30, lambda: self.path_stored(newest))
        counters = self.stored_books()
        self.assertEqual(len(self.stored()), counters["communications_stored"])
