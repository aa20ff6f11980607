"""What became of a whisperer: its states with reasons, over stops and kills; what it did not save,
and since when; what Spider spends on it."""
import http.client
import json
import time

from openapi import OpenApi
from support import SystemTest, free_port
from traffic import nginx

NAMESPACES = True
BASE = "/api/v1/"


class History(SystemTest):
    def setUp(self):
        super().setUp()
        self.openapi = OpenApi()
        self.port = free_port()
        nginx(self, self.port)
        self.conf = self.config(whisperers=[
            {"name": "lan", "interface": "lo", "filter": f"tcp port {self.port}"},
            {"name": "upload", "type": "UPLOAD"}])
        self.spider = self.server(self.conf)
        self.capturing()

    def capturing(self):
        self.wait_for("it captures", 20, lambda: self.spider.state("lan") == "capturing")

    def ask(self, method, resource, body=None, expect=200):
        sent = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        status, got, text = self.spider.request(method, BASE + resource, sent, headers)
        self.assertEqual(status, expect, text[:300])
        document = json.loads(text)
        wrong = self.openapi.complaints(method, BASE + resource.partition("?")[0], status,
                                        got["Content-Type"], document)
        self.assertEqual(wrong, [], f"{method} {resource}")
        return document

    def states(self, query=""):
        return self.ask("GET", "whisperers/lan/states" + query)["items"]

    def change(self, **settings):
        """In force on return: the round that has it captures."""
        before = self.states()[-1]["from_us"]
        self.ask("PATCH", "whisperers/lan", settings)
        self.wait_for("the change is in force", 20, lambda: self.states()[-1]["from_us"] > before
                      and self.spider.state("lan") == "capturing")

    def fetch(self, path):
        """One exchange on a connection of its own; its record."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        client.request("POST", path, body=b"some bytes", headers={"Connection": "close"})
        client.getresponse().read()
        client.close()

        def found():
            items = self.spider.communications(f"?uri={path}")
            return items[0] if items else None
        return self.wait_for(f"the record of {path}", 20, found)

    def test_states_are_kept_with_their_reasons_and_a_kill_invents_no_end(self):
        told = [(p["state"], p["end"]) for p in self.states()]
        self.assertEqual(told, [("starting", "seen"), ("capturing", "lasts")])
        self.ask("POST", "whisperers/lan/stop")
        self.wait_for("it stopped", 20, lambda: self.states()[-1]["state"] == "stopped")
        self.assertIn("by hand", self.states()[-1]["reason"])
        self.ask("POST", "whisperers/lan/start")
        self.capturing()
        self.ask("PATCH", "whisperers/lan", {"interface": "nosuch7"}, expect=422)
        # A clean stop ends what lasted, at the stop.
        self.assertEqual(self.spider.stop(), 0)
        stopped = time.time() * 1e6
        self.spider.start()
        self.capturing()
        before, = [p for p in self.states() if p["state"] == "capturing"][-2:-1]
        self.assertEqual(before["end"], "seen")
        self.assertLessEqual(before["until_us"], stopped)
        begun = self.states()[-1]
        # A sign of life later than the beginning, and then none.
        self.wait_for("a sign of life", 60, lambda: time.time() * 1e6 > begun["from_us"] + 7e6)
        self.spider.kill()
        killed = time.time() * 1e6
        self.spider.start()
        self.capturing()
        cut = next(p for p in self.states() if p["from_us"] == begun["from_us"])
        self.assertEqual(cut["end"], "unseen")
        self.assertGreater(cut["until_us"], cut["from_us"])
        self.assertLessEqual(cut["until_us"], killed)
        self.assertEqual([p["end"] for p in self.states()].count("lasts"), 1)
        # A range has what touches it.
        later = int(cut["from_us"]) + 1_000_000  # there was a sign of life after that
        asked = self.states(f"?from={later}&to={later + 1}")
        self.assertEqual([p["from_us"] for p in asked], [cut["from_us"]])
        # An upload whisperer only waits.
        self.assertEqual(self.ask("GET", "whisperers/upload/states")["items"], [])
        self.ask("GET", "whisperers/nobody/states", expect=404)

    def test_an_outage_is_no_part_of_what_was_captured(self):
        self.fetch("/before")
        begun = self.states()[-1]
        self.wait_for("a sign of life", 60, lambda: time.time() * 1e6 > begun["from_us"] + 7e6)
        last = self.fetch("/last")
        self.spider.kill()
        killed = int(time.time() * 1e6)
        self.wait_for("an outage that is longer than what may be proved", 30,
                      lambda: time.time() * 1e6 > killed + 3e6)
        restarted = int(time.time() * 1e6)
        self.spider.start()
        self.capturing()
        self.fetch("/after")
        away = self.ask("GET", f"http-communications?from={killed}&to={restarted}")
        self.assertEqual(away["items"], [])
        told = away["completeness"]
        self.assertEqual(told["captured"], [])
        self.assertEqual([h["whisperer"] for h in told["holes"]], ["lan"])
        whole = self.ask("GET", f"http-communications?from={killed - 60_000_000}")["completeness"]
        self.assertEqual(len(whole["captured"]), 2, whole)
        self.assertLessEqual(whole["captured"][1]["to_us"], time.time() * 1e6)
        hole, = whole["holes"]
        # What was stored after the last sign of life is proof as well; the kill is the latest end.
        self.assertGreater(hole["from_us"], last["end_us"])
        self.assertLessEqual(hole["from_us"], killed)
        self.assertGreaterEqual(hole["to_us"], restarted)
        for item in self.ask("GET", f"quality?from={killed - 60_000_000}")["items"]:
            for part in item["captured"]:
                self.assertFalse(part["from_us"] < restarted and part["to_us"] > killed,
                                 item)

    def test_what_was_stopped_by_hand_is_no_part_of_what_was_captured(self):
        self.fetch("/before")
        self.ask("POST", "whisperers/lan/stop")
        self.wait_for("it stopped", 20, lambda: self.states()[-1]["state"] == "stopped")
        held = self.states()[-1]["from_us"]
        self.wait_for("a while", 20, lambda: time.time() * 1e6 > held + 1e6)
        self.ask("POST", "whisperers/lan/start")
        self.capturing()
        self.fetch("/after")
        first, second = [p for p in self.states() if p["state"] == "capturing"]
        whole = self.ask("GET", f"http-communications?from={held - 60_000_000}")["completeness"]
        self.assertEqual(len(whole["captured"]), 2, whole)
        self.assertEqual([(h["whisperer"], h["from_us"], h["to_us"]) for h in whole["holes"]],
                         [("lan", first["until_us"], second["from_us"])])
        # Before it began nothing was captured, either.
        self.assertEqual([(p["from_us"], p["to_us"]) for p in whole["uncaptured"]],
                         [(held - 60_000_000, first["from_us"]),
                          (first["until_us"], second["from_us"])])

    def test_what_is_not_saved_says_why_and_since_when(self):
        saved = self.fetch("/made/with")
        detail = self.ask("GET", f"http-communications/{saved['id']}")
        self.assertEqual([n["what"] for n in detail["not_saved"]], ["packets"])
        began = self.states()[0]["from_us"]
        self.assertEqual(detail["not_saved"][0]["known"], "exact")
        self.assertLessEqual(detail["not_saved"][0]["since_us"], began)
        off = time.time() * 1e6
        self.change(save_bodies=False, save_sessions=False)
        self.change(save_parsing=False)  # another change does not move the first
        done = time.time() * 1e6
        bare = self.fetch("/made/without")
        detail = self.ask("GET", f"http-communications/{bare['id']}")
        why = {n["what"]: n for n in detail["not_saved"]}
        self.assertEqual(set(why), {"bodies", "sessions", "packets"})
        for what in ("bodies", "sessions"):
            self.assertEqual(why[what]["known"], "exact")
            self.assertEqual(why[what]["whisperer"], "lan")
            self.assertTrue(off <= why[what]["since_us"] <= done, (off, why[what], done))
        self.assertLess(why["bodies"]["since_us"], self.states()[-1]["from_us"])
        problem = self.ask("GET", f"http-communications/{bare['id']}/request/body", expect=404)
        self.assertIn("save_bodies", problem["detail"])
        self.assertIn(why["bodies"]["since"][:19], problem["detail"])
        problem = self.ask("GET", f"tcp-sessions/{bare['session_id']}", expect=404)
        self.assertIn("save_sessions", problem["detail"])
        listed = self.ask("GET", "tcp-sessions?whisperer=lan")["not_saved"]
        self.assertEqual([(n["what"], n["known"]) for n in listed], [("sessions", "exact")])
        now = self.ask("GET", "whisperers/lan/saving")
        self.assertEqual([c["first"] for c in now["items"]], [True, False, False])
        self.assertEqual({n["what"] for n in now["not_saved"]},
                         {"packets", "sessions", "parsing", "bodies"})
        # What was saved before still says nothing of bodies, and a restart moves nothing.
        self.assertEqual(self.spider.stop(), 0)
        self.spider.start()
        self.capturing()
        again = self.ask("GET", f"http-communications/{bare['id']}")["not_saved"]
        self.assertEqual({n["what"]: n["since_us"] for n in again},
                         {n["what"]: n["since_us"] for n in why.values()})
        detail = self.ask("GET", f"http-communications/{saved['id']}")
        self.assertEqual([n["what"] for n in detail["not_saved"]], ["packets"])

    def test_what_spider_spends_is_kept_by_minute_and_the_shared_apart(self):
        self.fetch("/made/some")

        def observed():
            answer = self.ask("GET", "whisperers/lan/observations?bucket=1m")
            some = [i for i in answer["items"] if i["flows"]["max"] > 0 or i["threads"]]
            return answer if some and answer["shared"] else None
        answer = self.wait_for("a row of it", 60, observed)
        own = {t["name"] for i in answer["items"] for t in i["threads"]}
        self.assertEqual(own, {"cap-lan"})
        shared = {t["name"] for i in answer["shared"] for t in i["threads"]}
        self.assertLessEqual({"writer", "others"}, shared)
        self.assertTrue(any(name.startswith("shard-") for name in shared), shared)
        self.assertGreater(answer["shared"][-1]["resident_bytes"]["max"], 10 << 20)
        self.assertGreater(answer["items"][-1]["ring_capacity"], 0)
        # Whoever captures books each second that it listened; who does not has no news.
        self.ask("POST", "whisperers/lan/stop")
        self.wait_for("it stopped", 20, lambda: self.spider.state("lan") == "stopped")

        def version_at_next_row():
            def latest():
                last = observed()["shared"][-1]
                return last["start_us"], last["looks"]
            before = latest()
            self.wait_for("further rows", 60, lambda: latest() != before)
            return self.ask("GET", "status")["store"]["version"]
        # What is kept of Spider itself is none: nobody reads anything again for it.
        self.assertEqual(version_at_next_row(), version_at_next_row())
