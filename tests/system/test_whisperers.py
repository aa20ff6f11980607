"""Whisperers as resources: made, changed, stopped and started while Spider runs; what the file says
and what was changed by hand; the file read again."""
import json
import os
import signal

from frames import pcap
from openapi import OpenApi
from support import SystemTest
from test_filter import TALKS

BASE = "/api/v1/"


class Whisperers(SystemTest):
    def setUp(self):
        super().setUp()
        self.openapi = OpenApi()
        self.conf = self.config(whisperers=[{"name": "upload", "type": "UPLOAD"},
                                            {"name": "line", "type": "INTERFACE",
                                             "interface": "lo", "filter": "tcp port 9"}])

    def ask(self, server, method, resource, body=None):
        """Status and document; the answer is as the OpenAPI document says."""
        sent = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        status, got, text = server.request(method, BASE + resource, sent, headers)
        document = json.loads(text) if text else None
        if document is not None:
            wrong = self.openapi.complaints(method, BASE + resource.partition("?")[0], status,
                                            got["Content-Type"], document)
            self.assertEqual(wrong, [], f"{method} {resource}")
        return status, document

    def setting(self, server, whisperer, name):
        def found():
            document = self.ask(server, "GET", f"whisperers/{whisperer}")[1]
            return next((s for s in document.get("settings", []) if s["name"] == name), None)
        # The API answers a moment before the whisperers begin.
        return self.wait_for(f"settings of {whisperer}", 20, found)

    def state(self, server, whisperer):
        return self.ask(server, "GET", f"whisperers/{whisperer}")[1]["state"]

    def test_a_change_is_marked_in_force_and_kept_until_the_file_wins_again(self):
        server = self.server(self.conf)
        before = self.setting(server, "line", "filter")
        self.assertEqual((before["value"], before["file_value"], before["origin"]),
                         ("tcp port 9", "tcp port 9", "file"))
        status, _ = self.ask(server, "PATCH", "whisperers/line",
                             {"filter": "tcp port 10", "snaplen": 128})
        self.assertEqual(status, 200)
        self.wait_for("the changed filter", 10, lambda: "tcp port 10" in server.log())
        server.stop()
        server = self.server(self.conf)
        after = self.setting(server, "line", "filter")
        self.assertEqual((after["value"], after["file_value"], after["origin"]),
                         ("tcp port 10", "tcp port 9", "page"))
        self.assertEqual(self.setting(server, "line", "snaplen")["value"], 128)
        # One setting by null, all by forgetting.
        self.assertEqual(self.ask(server, "PATCH", "whisperers/line", {"filter": None})[0], 200)
        self.assertEqual(self.setting(server, "line", "filter")["origin"], "file")
        self.assertEqual(self.setting(server, "line", "snaplen")["origin"], "page")
        self.assertEqual(self.ask(server, "DELETE", "whisperers/line/changes")[0], 200)
        self.assertEqual(self.setting(server, "line", "snaplen")["origin"], "default")

    def test_what_cannot_be_is_refused_at_its_setting_and_changes_nothing(self):
        server = self.server(self.conf)
        cases = [({"filter": "tcp prt 80"}, "filter"), ({"snaplen": 3}, "snaplen"),
                 ({"snaplen": -1}, "snaplen"), ({"snaplen": "many"}, "snaplen"),
                 ({"interface": "eth99"}, "interface"), ({"direction": "up"}, "direction"),
                 ({"colour": "blue"}, "colour"), ({"type": "UPLOAD"}, "type"),
                 ({"promiscuous": 1}, "promiscuous"), ({"threads": 2**40}, "threads")]
        for changes, name in cases:
            with self.subTest(changes):
                for question in ("whisperers/line", "whisperers/line?try=true"):
                    status, document = self.ask(server, "PATCH", question, changes)
                    self.assertEqual(status, 422)
                    self.assertEqual([p["name"] for p in document["settings"]], [name])
                    self.assertTrue(document["settings"][0]["reason"])
        self.assertEqual(self.ask(server, "PATCH", "whisperers/none", {"snaplen": 99})[0], 404)
        self.assertEqual(self.ask(server, "PATCH", "whisperers/line", [1])[0], 400)
        self.assertEqual(self.ask(server, "PATCH", "whisperers/line?try=true",
                                  {"snaplen": 99})[0], 200)
        self.setting(server, "line", "name")
        origins = {s["name"]: s["origin"]
                   for s in self.ask(server, "GET", "whisperers/line")[1]["settings"]}
        self.assertNotIn("page", origins.values())

    def test_one_is_made_stopped_started_and_removed_and_its_data_stays(self):
        server = self.server(self.conf)
        made = {"name": "second", "type": "UPLOAD", "save_bodies": False}
        status, document = self.ask(server, "POST", "whisperers", made)
        self.assertEqual((status, document["origin"]), (201, "page"))
        self.assertEqual(self.ask(server, "POST", "whisperers", made)[0], 409)
        self.assertEqual(self.ask(server, "POST", "whisperers", {"name": "a b"})[0], 422)
        for wrong in ({"name": "x", "type": 7}, {"type": None}, {"name": None}):
            self.assertEqual(self.ask(server, "POST", "whisperers", wrong)[0], 422, wrong)
        self.assertEqual(self.ask(server, "POST", "whisperers?try=true",
                                  {"name": "x", "type": None})[0], 204)

        def send():
            return self.ask_import(server, "second")
        self.assertEqual(self.ask(server, "POST", "whisperers/second/stop")[0], 200)
        self.assertEqual(self.state(server, "second"), "stopped")
        self.assertNotEqual(send(), 201)
        server.stop()
        server = self.server(self.conf)
        self.setting(server, "second", "name")
        self.assertTrue(self.ask(server, "GET", "whisperers/second")[1]["stopped_by_hand"])
        self.assertEqual(self.ask(server, "POST", "whisperers/second/start")[0], 200)
        self.assertEqual(send(), 201)
        listed = self.ask(server, "GET", "http-communications?whisperer=second")[1]
        self.assertEqual(len(listed["items"]), len(TALKS))
        self.assertEqual(self.ask(server, "DELETE", "whisperers/upload")[0], 409)
        self.assertEqual(self.ask(server, "DELETE", "whisperers/second")[0], 204)
        gone = self.ask(server, "GET", "whisperers/second")[1]
        self.assertIn("its data is kept", gone["reason"])
        self.assertEqual(gone["origin"], "removed")
        status, again = self.ask(server, "DELETE", "whisperers/second")
        self.assertEqual(status, 404)
        self.assertIn("removed already", again["detail"])
        self.assertIn("DELETE /api/v1/whisperers/second/data", again["detail"])
        listed = self.ask(server, "GET", "http-communications?whisperer=second")[1]
        self.assertEqual(len(listed["items"]), len(TALKS))

    def test_another_type_under_an_old_name_is_refused_and_hinders_nobody(self):
        server = self.server(self.conf)
        self.setting(server, "line", "name")
        made = {"name": "second", "type": "UPLOAD"}
        self.assertEqual(self.ask(server, "POST", "whisperers", made)[0], 201)
        self.assertEqual(self.ask(server, "DELETE", "whisperers/second")[0], 204)
        other = {"name": "second", "type": "INTERFACE", "interface": "lo"}
        self.assertEqual(self.ask(server, "POST", "whisperers", other)[0], 409)
        self.assertEqual(self.ask(server, "PATCH", "whisperers/line", {"snaplen": 99})[0], 200)
        self.assertEqual(self.ask(server, "POST", "whisperers", made)[0], 201)
        # The file may say so too: then a restart is needed for that one, and the rest follows.
        text = self.conf.read_text()
        self.conf.write_text(text.replace('"UPLOAD"', '"INTERFACE"').replace("port 9", "port 12"))
        os.kill(server.process.pid, signal.SIGHUP)
        self.wait_for("the new filter", 10, lambda: self.setting(
            server, "line", "filter")["value"] == "tcp port 12")
        self.wait_for("in force", 10, lambda: "tcp port 12" in server.log())
        self.assertEqual(self.ask(server, "GET", "config")[1]["file"]["restart_needed"],
                         ["[[whisperer]] upload: type"])

    def ask_import(self, server, whisperer):
        path = pcap(self.folder / "talks.pcap",
                    [(1_767_225_600 * 10**9 + i * 10**6, f)
                     for i, f in enumerate(f for one in TALKS for f in one)])
        return server.request("POST", f"{BASE}imports?whisperer={whisperer}", path.read_bytes(),
                              {"Content-Type": "application/octet-stream"})[0]

    def test_a_live_one_is_stopped_and_started_and_only_it_notices(self):
        server = self.server(self.conf)
        self.wait_for("capturing", 10, lambda: self.state(server, "line") == "capturing")
        self.ask(server, "POST", "whisperers/line/stop")
        self.wait_for("stopped", 10, lambda: self.state(server, "line") == "stopped")
        document = self.ask(server, "GET", "whisperers/line")[1]
        self.assertTrue(document["stopped_by_hand"])
        self.assertIn("by hand", document["reason"])
        self.assertEqual(self.ask_import(server, "upload"), 201)
        self.ask(server, "POST", "whisperers/line/start")
        self.wait_for("capturing", 10, lambda: self.state(server, "line") == "capturing")

    def test_the_file_is_read_again_and_a_bad_one_changes_nothing(self):
        server = self.server(self.conf)
        text = self.conf.read_text()

        def reload(new):
            self.conf.write_text(new)
            os.kill(server.process.pid, signal.SIGHUP)

        def file_state():
            return self.ask(server, "GET", "config")[1]["file"]

        def changed(*what):
            self.wait_for(f"the log names {what}", 10,
                          lambda: server.said(f"changed in it: {', '.join(what)}."))
        reload(text.replace('"tcp port 9"', '"tcp port 11"'))
        self.wait_for("the new filter", 10,
                      lambda: self.setting(server, "line", "filter")["value"] == "tcp port 11")
        changed("[[whisperer]] line: filter")
        reload(text + '[[whisperer]]\nname = "third"\ntype = "UPLAOD"\n')
        self.wait_for("the complaint", 10, file_state_has(file_state, "errors"))
        line = text.count("\n") + 3
        self.assertIn(f"spider.toml:{line}:", file_state()["errors"][0])
        self.wait_for("the log says it too", 10, lambda: server.said("UPLAOD"))
        self.assertEqual(self.setting(server, "line", "filter")["value"], "tcp port 11")
        reload(text + '[[whisperer]]\nname = "third"\ntype = "UPLOAD"\n[pipeline]\nshards = 3\n')
        self.wait_for("the third", 10,
                      lambda: self.ask(server, "GET", "whisperers/third")[0] == 200)
        self.assertEqual(file_state()["errors"], [])
        self.assertEqual(file_state()["restart_needed"], ["[pipeline] shards"])
        changed("[[whisperer]] line: filter", "[[whisperer]] third: new")
        self.assertEqual(self.ask_import(server, "third"), 201)
        # What was changed by hand lies over the new file as well.
        self.ask(server, "PATCH", "whisperers/third", {"save_bodies": False})
        reload(text + '[log]\nlevel = "info"\n[retention]\nevery_s = 77\n')
        self.wait_for("the third gone", 10, lambda: "third" not in [
            w["name"] for w in self.ask(server, "GET", "whisperers")[1]["items"]
            if "not in the configuration" not in (w["reason"] or "")])
        changed("[retention] every_s", "[[whisperer]] third: removed")
        # What stands there is the same.
        reload(self.conf.read_text() + "# and a word about it\n")
        changed("nothing that can change while Spider runs")

    def test_the_file_is_looked_at_without_being_asked(self):
        conf = self.config(whisperers=[{"name": "upload", "type": "UPLOAD"}],
                           reload={"every_s": 1})
        server = self.server(conf)
        conf.write_text(conf.read_text().replace('"upload"', '"other"'))
        self.wait_for("the other", 20,
                      lambda: self.ask(server, "GET", "whisperers/other")[0] == 200)


def file_state_has(file_state, what):
    return lambda: file_state()[what]
