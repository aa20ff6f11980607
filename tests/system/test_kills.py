"""kill -9 at any moment: nothing older than the last second is missing, nothing is half there."""
import http.client
import json
import random
import time

from support import Pulse, SystemTest, free_port
from traffic import Clients, nginx

NAMESPACES = True

KILLS = 50
COMMIT_MS = 250  # the shipped setting
# What a crash may lose: what had not been committed, plus what packets wait for before that (the
# kernel's batch and the shards'); the promise is one second in all, of a machine that runs.
LOSS_MAX_S = 1.0


class Kills(SystemTest):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        nginx(self, self.port)
        self.pulse = Pulse(self, self.folder)

    def test_fifty_kills_under_load_lose_at_most_the_last_second_and_corrupt_nothing(self):
        seed = random.randrange(1 << 30)
        print(f"      seed {seed}")
        chance = random.Random(seed)
        config = self.config(store={"path": str(self.folder / "data"), "commit_ms": COMMIT_MS},
                             whisperers=[{"name": "lo", "interface": "lo",
                                          "filter": f"tcp port {self.port}"}])
        worst, seen = 0.0, 0
        for number in range(KILLS):
            worst_here, seen_here = self.one_kill(config, number, chance.uniform(0.3, 1.6))
            worst, seen = max(worst, worst_here), seen + seen_here
        print(f"      {KILLS} kills, {seen} communications kept, at most {worst:.3f} s lost")
        self.everything_is_still_there(config, seen)

    def test_what_a_kill_cost_is_said_once_and_why_a_session_has_no_record(self):
        config = self.config(store={"path": str(self.folder / "data"), "commit_ms": COMMIT_MS},
                             whisperers=[{"name": "lo", "interface": "lo",
                                          "filter": f"tcp port {self.port}"}])
        server = self.server(config)
        self.wait_for("it captures", 10, lambda: server.state("lo") == "capturing")
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        self.addCleanup(client.close)
        client.request("GET", "/made/kept")  # and the connection stays open
        client.getresponse().read()
        found, = self.wait_for("its record is there", 10, server.communications)
        address = f"/api/v1/tcp-sessions/{found['session_id']}"
        self.assertEqual(self.problem(server, address), (404, "API-SESSION-001"))
        # A session of which nothing is known stays what it was.
        strange = address[:-1] + ("1" if address[-1] != "1" else "2")
        self.assertEqual(self.problem(server, strange), (404, "STORE-READ-002"))
        self.assertNotIn("PIPELINE-RUN-001", server.log())
        server.kill()

        server = self.server(config)
        said = self.wait_for("what it cost is said", 10, lambda: server.said("PIPELINE-RUN-001"))
        self.assertEqual(len(said), 1, server.log())
        self.assertIn("lo", said[0])
        self.assertEqual(self.problem(server, address), (404, "API-SESSION-002"))
        links = server.get(f"/api/v1/http-communications/{found['id']}")["_links"]
        self.assertNotIn("session", links)
        self.assertEqual(server.stop(), 0)

        server = self.server(config)
        self.assertEqual(self.problem(server, address), (404, "API-SESSION-002"))
        self.assertEqual(server.stop(), 0)
        self.assertEqual(len(server.said("PIPELINE-RUN-001")), 1, "said again, or of a stop")

    @staticmethod
    def problem(server, address):
        status, _, body = server.request("GET", address)
        return status, json.loads(body)["code"]

    def one_kill(self, config, number, load_s):
        """Load, kill, reopen. The age of the oldest answer that is missing, and what was kept."""
        server = self.server(config)
        self.wait_for("it captures", 10, lambda: server.state("lo") == "capturing")
        began = time.time()
        clients = Clients(self.port, f"/made/{number}")
        time.sleep(load_s)
        server.kill()
        killed = time.time()
        answered = clients.stop()
        records, _ = self.exported("--config", config, "--from", int(began * 1e6) - 1_000_000)
        mine = [r for r in records if (r["path"] or "").startswith(f"/made/{number}/")]
        kept = set()
        for r in mine:
            self.assertNotIn(r["path"], kept, "stored twice")
            kept.add(r["path"])
            # nginx says the path back with 15 bytes around it: a half record would differ.
            self.assertEqual((r["status"], r["response_body_bytes"], r["state"]),
                             (200, len(f"made for {r['path']}\n"), "complete"), r)
        # The first requests may race the start of the capture on this loaded machine; they are
        # after "capturing" was shown, so they may not.
        missing = [at for at, path in answered if path not in kept and at <= killed]
        lost_s = killed - min(missing) if missing else 0.0
        stalled_s = self.pulse.stalled(killed - LOSS_MAX_S, killed)
        self.assertLessEqual(lost_s, LOSS_MAX_S + stalled_s, f"kill {number}: lost {len(missing)}")
        return lost_s, len(kept)

    def everything_is_still_there(self, config, seen):
        """After all the kills: one more start, and every record with its body."""
        records, _ = self.exported("--config", config)
        mine = [r for r in records if (r["path"] or "").startswith("/made/")]
        self.assertEqual(len(mine), seen)
        server = self.server(config)
        for record in random.Random(5).sample(mine, 50):
            _, _, body = server.request(
                "GET", f"/api/v1/http-communications/{record['id']}/response/body")
            self.assertEqual(body.decode(), f"made for {record['path']}\n")
        self.assertEqual(server.stop(), 0)
