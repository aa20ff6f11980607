"""Uploads: each import is a resource of its own, is known again, and goes without a trace."""
import gzip
import hashlib
import json
import os
import random
import re
import signal
import socket
import threading
import time

from openapi import OpenApi
from support import SystemTest, pcap_file, spider
from test_filter import talk

UP = [{"name": "upload", "type": "UPLOAD"}]
# What tells two communications of the same packets apart is where they are stored, no more.
PLACE = {"id", "session_id", "_links", "whisperer", "upload"}


def data_bytes(folder):
    total = 0
    for at, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.stat(os.path.join(at, name)).st_size
            except FileNotFoundError:
                pass
    return total


class Uploads(SystemTest):
    def begin(self, config=None, **sections):
        config = config or self.config(whisperers=UP, **sections)
        server = self.server(config)
        self.wait_for("it knows its whisperer", 10, lambda: server.state("upload"))
        return config, server

    def post(self, server, path, name=None, whisperer="upload"):
        status, headers, body = server.request(
            "POST", f"/api/v1/imports?whisperer={whisperer}&name={name or path.name}",
            path.read_bytes(), {"Content-Type": "application/octet-stream"})
        self.assertEqual(status, 201, body[:300])
        self.check("POST", "/api/v1/imports", status, headers, body)
        return json.loads(body)

    def delete(self, server, path, expect=200):
        status, headers, body = server.request("DELETE", path)
        self.assertEqual(status, expect, body[:300])
        self.check("DELETE", path, status, headers, body)
        return json.loads(body)

    def check(self, method, path, status, headers, body):
        """As docs/api.yaml says."""
        media = headers["Content-Type"].split(";")[0]
        self.assertEqual(OpenApi().complaints(method, path.split("?")[0], status, media,
                                              json.loads(body)), [])

    def uploads(self, server, query=""):
        return server.get("/api/v1/uploads" + query)["items"]

    def half_sent(self, server, body, part):
        client = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        client.sendall(b"POST /api/v1/imports?whisperer=upload&name=half.pcap HTTP/1.1\r\n"
                       b"Host: 127.0.0.1\r\nContent-Type: application/octet-stream\r\n"
                       b"Content-Length: %d\r\n\r\n" % len(body))
        client.sendall(body[:part])
        return client

    def records(self, server, upload):
        """Every communication of an upload with its bodies, but for where they are stored."""
        out = []
        status, _, body = server.request("GET", f"/api/v1/export?format=jsonl&upload={upload}")
        self.assertEqual(status, 200, body[:300])
        for line in body.splitlines():
            record = json.loads(line)
            digest = []
            for side in ("request", "response"):
                if not record[f"{side}_body_bytes"]:
                    continue
                status, _, data = server.request(
                    "GET", f"/api/v1/http-communications/{record['id']}/{side}/body")
                digest.append((side, status, hashlib.sha256(data).hexdigest()))
            out.append(({k: v for k, v in record.items() if k not in PLACE}, digest))
        return out

    def test_padding_behind_a_gzip_capture_belongs_to_it_however_late_it_comes(self):
        path, truth = self.generate(mib=1, seed=43)
        _, server = self.begin()
        packed = gzip.compress(path.read_bytes())
        padded = packed + bytes(3 << 20)
        with self.half_sent(server, padded, len(packed) + 10) as client:
            time.sleep(1.5)
            client.sendall(padded[len(packed) + 10:])
            self.assertTrue(client.recv(65_536).startswith(b"HTTP/1.1 201 "))
        one, = self.uploads(server)
        self.assertEqual((one["state"], one["trouble"], one["communications"]),
                         ("complete", None, truth["communications"]))

    # ---- one resource each

    def test_an_upload_is_a_resource_with_its_books(self):
        path, truth = self.generate(mib=2, seed=41)
        _, server = self.begin()
        listed = server.get("/api/v1/uploads")
        self.assertEqual((listed["items"], listed["keep_days"], listed["kept_longer"]),
                         ([], 30, None))
        answer = self.post(server, path)
        one, = self.uploads(server)
        self.assertEqual(one["id"], answer["upload"]["id"])
        self.assertIsNone(answer["upload"]["same_as"])
        self.assertEqual((one["file"], one["state"], one["whisperer"], one["kind"]),
                         (path.name, "complete", "upload", "upload"))
        self.assertEqual((one["bytes"], one["bytes_known"]), (path.stat().st_size,) * 2)
        self.assertEqual(one["communications"], truth["communications"])
        self.assertEqual(one["packets"], truth["packets"])
        self.assertIsNone(one["trouble"])
        self.assertEqual((one["first_us"], one["last_us"]), (answer["first_us"], answer["last_us"]))
        self.assertEqual(one["kept_until_us"] - one["ended_us"], 30 * 86_400 * 1_000_000)
        full = server.get(f"/api/v1/uploads/{one['id']}")
        self.assertEqual(full["books"], answer["books"])
        self.assertEqual(len(server.communications(f"?upload={one['id']}&limit=1000")),
                         min(1000, truth["communications"]))
        for wrong in ("0", "99", "x", "1"):  # 1 is the whisperer's own source, with nothing in it
            self.assertEqual(server.request("GET", f"/api/v1/uploads/{wrong}")[0], 404)
            self.assertEqual(server.request("DELETE", f"/api/v1/uploads/{wrong}")[0], 404)

    def test_a_whisperer_with_many_uploads_is_one_whisperer_everywhere(self):
        a, truth_a = self.generate("a.pcap", mib=1, seed=42)
        b, truth_b = self.generate("b.pcap", mib=1, seed=43)
        config, server = self.begin()
        ids = [self.post(server, path)["upload"]["id"] for path in (a, b, a)]
        everything = truth_a["communications"] * 2 + truth_b["communications"]
        self.assertEqual([w["name"] for w in server.get("/api/v1/whisperers")["items"]], ["upload"])

        def count(query):
            return server.get(f"/api/v1/timeline?split=whisperer{query}")
        for query in ("", "&whisperer=upload", "&q=whisperer:upload", "&q=whisperer:up*"):
            answer = count(query)
            self.assertEqual([s["key"] for s in answer["series"]], ["upload"], query)
            self.assertEqual(answer["communications"], everything, query)
        # Each by its id or its file's name, with other terms and without them.
        one, other = truth_a["communications"], truth_b["communications"]
        for words, found in ((f"upload:{ids[0]}", one), (f"upload:{ids[1]}", other),
                             (f"upload:{ids[0]},{ids[1]}", one + other), ("upload:b.pcap", other),
                             ("upload:*.pcap", everything), ("upload:a.*", 2 * one),
                             (f"-upload:{ids[1]}", 2 * one), (f"upload:{ids[2]}%20method:*", one)):
            answer = server.get(f"/api/v1/timeline?q={words}")
            self.assertEqual(answer["communications"], found, words)
        records = server.communications(f"?q=upload:{ids[1]}&limit=1000")
        self.assertEqual({r["upload"] for r in records}, {ids[1]})
        sessions = server.get(f"/api/v1/tcp-sessions?upload={ids[1]}")["items"]
        self.assertEqual({s["upload"] for s in sessions}, {ids[1]})
        status, _, body = server.request("GET", "/api/v1/timeline?q=upload:c.pcap")
        self.assertEqual(status, 400)
        self.assertIn("There is no upload of a file 'c.pcap'", json.loads(body)["detail"])
        # From the columns instead of the sums.
        answer = count("&q=method:*")
        self.assertEqual([s["key"] for s in answer["series"]], ["upload"])
        groups = server.get("/api/v1/statistics?group_by=whisperer")["groups"]
        self.assertEqual(len(groups), 1, groups)
        facet, = server.get("/api/v1/facets?fields=whisperer")["facets"]
        self.assertEqual([(v["label"], v["communications"]) for v in facet["values"]],
                         [("upload", everything)])
        complete = server.get("/api/v1/complete?q=whisperer:up")["items"]
        self.assertEqual([c["label"] for c in complete if c["kind"] == "value"].count("upload"), 1)
        books = server.get("/api/v1/books")
        self.assertEqual([w["whisperer"] for w in books["whisperers"]], ["upload"])
        buckets = server.get("/api/v1/quality")["items"]
        starts = [b["start_us"] for b in buckets]
        self.assertEqual(len(starts), len(set(starts)))
        record = server.communications("?limit=1")[0]
        explained = server.get("/api/v1/explain?client={client_ip}&server={server_ip}"
                               "&from={start_us}&to={end_us}".format(**record))
        self.assertEqual([i["whisperer"] for i in explained["items"]], ["upload"])
        status, _, body = server.request("GET", "/api/v1/http-communications?whisperer=nobody")
        self.assertEqual(status, 400)
        self.assertEqual(json.loads(body)["detail"].count("upload"), 1)
        # Pages with equal keys in several sources: every record once.
        seen, at = [], "/api/v1/http-communications?limit=97&whisperer=upload"
        while at:
            page = server.get(at)
            seen += [r["id"] for r in page["items"]]
            at = page["_links"].get("next", {}).get("href")
        self.assertEqual((len(seen), len(set(seen))), (everything, everything))
        server.stop()
        for words in (["--whisperer", "upload"], ["--filter", "whisperer:upload"], []):
            self.assertEqual(len(self.exported("--config", config, *words)[0]), everything)

    def test_the_same_file_is_known_again(self):
        path, truth = self.generate(mib=1, seed=44)
        config, server = self.begin()
        first = self.post(server, path)["upload"]["id"]
        second = self.post(server, path, "other-name.pcap")
        self.assertEqual(second["upload"]["same_as"]["id"], first)
        newer, older = self.uploads(server)
        self.assertEqual((newer["same_as"], older["same_as"]), (first, None))
        # The command asks first, through the server and without.
        for stop in (False, True):
            if stop:
                server.stop()
            refused = spider("import", "--config", config, path)
            self.assertEqual(refused.returncode, 3, refused.stderr)
            self.assertIn("APP-IMPORT-001", refused.stderr)
            self.assertIn(f"upload {first}" if stop else "upload", refused.stderr)
            done = spider("import", "--config", config, "--again", "--json", path)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout)["upload"]["same_as"]["whisperer"], "upload")
        records, _ = self.exported("--config", config)
        self.assertEqual(len(records), 4 * truth["communications"])
        _, server = self.begin(config)
        self.delete(server, f"/api/v1/uploads/{first}")
        self.assertEqual([u["same_as"] is None for u in self.uploads(server)], [False, False, True])

    def test_a_file_of_the_same_length_is_another_one(self):
        path, _ = self.generate(mib=1, seed=45)
        config = self.config(whisperers=UP)
        bytes_of = bytearray(path.read_bytes())
        bytes_of[-1] ^= 1
        other = self.folder / "other.pcap"
        other.write_bytes(bytes_of)
        # The first is read once: nothing of its length is known. Its content is told all the same.
        for first in (path, other):
            done = spider("import", "--config", config, "--json", first)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIsNone(json.loads(done.stdout)["upload"]["same_as"])
        for again in (path, other):
            refused = spider("import", "--config", config, again)
            self.assertEqual(refused.returncode, 3, refused.stderr)
            self.assertIn("APP-IMPORT-001", refused.stderr)

    def test_what_is_no_capture_leaves_no_upload(self):
        page = self.folder / "page.html"
        page.write_text("<html>" * 100)
        _, server = self.begin()
        status, _, _ = server.request("POST", "/api/v1/imports?whisperer=upload", page.read_bytes(),
                                      {"Content-Type": "application/octet-stream"})
        self.assertEqual(status, 422)
        self.assertEqual(self.uploads(server), [])

    # ---- under way

    def test_a_running_upload_tells_how_far_it_is_and_can_be_cancelled(self):
        path, _ = self.generate(mib=4, seed=45)
        body = path.read_bytes()
        _, server = self.begin()
        client = self.half_sent(server, body, len(body) // 2)
        one = self.wait_for("it reads", 20, lambda: next(
            (u for u in self.uploads(server) if u["bytes"] > 0), None))
        self.assertEqual((one["state"], one["bytes_known"]), ("running", len(body)))
        self.assertIn("cancel", one["_links"])
        problem = self.delete(server, f"/api/v1/uploads/{one['id']}", 409)
        self.assertEqual(problem["code"], "API-UPLOAD-001")
        self.assertEqual(self.delete(server, "/api/v1/uploads?whisperer=upload", 409)["code"],
                         "API-UPLOAD-001")
        problem = self.delete(server, "/api/v1/whisperers/upload/data", 409)
        self.assertEqual(problem["code"], "PIPELINE-RETENTION-004")
        status, headers, body_202 = server.request("POST", f"/api/v1/uploads/{one['id']}/cancel")
        self.assertEqual(status, 202)
        self.check("POST", f"/api/v1/uploads/{one['id']}/cancel", status, headers, body_202)
        self.wait_for("it ends", 20, lambda: self.uploads(server)[0]["state"] == "cancelled")
        status, _, body = server.request("POST", f"/api/v1/uploads/{one['id']}/cancel")
        self.assertEqual((status, json.loads(body)["code"]), (409, "API-UPLOAD-003"))
        client.close()
        kept = self.uploads(server)[0]
        self.assertGreater(kept["communications"], 0)
        self.assertIsNone(kept["content"])
        self.delete(server, f"/api/v1/uploads/{one['id']}")
        self.assertEqual(server.communications(), [])

    def test_a_cut_upload_is_kept_and_says_so_also_after_a_kill(self):
        path, _ = self.generate(mib=4, seed=46)
        body = path.read_bytes()
        config, server = self.begin()
        client = self.half_sent(server, body, len(body) // 2)
        self.wait_for("it reads", 20, lambda: server.communications("?limit=1"))
        client.close()
        self.wait_for("it is cut", 20, lambda: self.uploads(server)[0]["state"] == "cut")
        client = self.half_sent(server, body, len(body) // 2)
        self.wait_for("it reads", 20, lambda: [u["communications"] > 0 for u in
                                               self.uploads(server)] == [True, True])
        server.kill()
        client.close()
        _, server = self.begin(config)
        second, first = self.uploads(server)
        for one in (first, second):
            self.assertEqual((one["state"], one["file"]), ("cut", "half.pcap"))
            self.assertGreater(one["communications"], 0)
            self.assertEqual(len(self.records(server, one["id"])), one["communications"])
            self.assertIsNotNone(one["trouble"])
            self.assertIsNotNone(one["ended"])
        whole = self.post(server, path)  # again, from its beginning
        self.assertIsNone(whole["upload"]["same_as"])
        self.delete(server, f"/api/v1/uploads/{first['id']}")
        self.delete(server, f"/api/v1/uploads/{second['id']}")
        self.assertEqual([u["id"] for u in self.uploads(server)], [whole["upload"]["id"]])

    # ---- two at once, and removal

    def alone(self, path):
        config = self.config("alone.toml", store={"path": str(self.folder / "alone")},
                             whisperers=UP)
        _, server = self.begin(config)
        upload = self.post(server, path)["upload"]["id"]
        out = self.records(server, upload)
        server.stop()
        return out

    def test_purging_one_upload_while_another_is_read_touches_nothing_of_the_other(self):
        a, _ = self.generate("a.pcap", mib=6, seed=47)
        b, _ = self.generate("b.pcap", mib=6, seed=48)
        _, server = self.begin(pipeline={"shards": 2})
        # Both at once, so that blocks and packs of both are written in turns; then one more,
        # during which the first is removed.
        answers = {}

        def send(path, name):
            answers[name] = self.post(server, path, name)
        for round_number in range(2):
            both = [threading.Thread(target=send, args=(p, n))
                    for p, n in ((a, f"a{round_number}"), (b, f"b{round_number}"))]
            for thread in both:
                thread.start()
            if round_number == 1:
                self.delete(server, f"/api/v1/uploads/{answers['a0']['upload']['id']}")
            for thread in both:
                thread.join()
        self.delete(server, f"/api/v1/uploads/{answers['a1']['upload']['id']}")
        want = self.alone(b)
        for name in ("b0", "b1"):
            self.assertEqual(self.records(server, answers[name]["upload"]["id"]), want, name)
        self.assertEqual(len(server.get("/api/v1/books")["whisperers"]), 1)
        both = [server.get(f"/api/v1/uploads/{answers[n]['upload']['id']}")["books"]
                for n in ("b0", "b1")]
        self.assertEqual(both[0], both[1])
        sums = server.get("/api/v1/timeline?split=none")
        self.assertEqual(sums["communications"], 2 * len(want))

    def test_a_purged_upload_leaves_nothing_and_the_disk_has_its_space_back(self):
        keep, _ = self.generate("keep.pcap", mib=1, seed=49)
        big, _ = self.generate("big.pcap", profile="large", mib=60, seed=50)
        config, server = self.begin(self.config(whisperers=[{**UP[0], "save_packets": True}]))
        kept = self.post(server, keep)["upload"]["id"]
        paths = ("http-communications?limit=1000", "timeline", "quality", "books", "tcp-sessions",
                 "facets?fields=host", "statistics?group_by=method", "whisperers/upload")

        def everything():
            out = [server.get("/api/v1/" + p) for p in paths[:-1]]
            for part in out:
                part.pop("_links", None)
            return json.dumps(out, sort_keys=True), self.records(server, kept)
        self.delete(server, f"/api/v1/uploads/{self.post(server, keep, 'x')['upload']['id']}")
        before, bytes_before = everything(), data_bytes(self.folder / "data")
        gone = self.post(server, big)["upload"]["id"]
        full = data_bytes(self.folder / "data")
        self.assertGreater(full - bytes_before, 5 << 20)
        answer = self.delete(server, f"/api/v1/uploads/{gone}")
        self.assertGreater(answer["communications"], 0)
        left = self.wait_for("the space comes back", 30, lambda: (
            data_bytes(self.folder / "data") if data_bytes(self.folder / "data") - bytes_before <
            0.1 * (full - bytes_before) else None))
        print(f"      {bytes_before >> 10} KiB, with the upload {full >> 10} KiB, "
              f"purged {left >> 10} KiB")
        self.assertEqual(everything(), before)
        self.assertEqual(server.request("GET", f"/api/v1/uploads/{gone}")[0], 404)
        self.assertEqual(server.request("GET", f"/api/v1/timeline?upload={gone}")[0], 400)
        # Its number is not given out again, also after a restart.
        self.delete(server, "/api/v1/uploads?whisperer=upload")
        self.assertEqual(self.uploads(server), [])
        self.assertEqual(server.communications(), [])
        server.stop()
        _, server = self.begin(config)
        self.assertEqual(server.get("/api/v1/books")["whisperers"], [])
        self.assertGreater(self.post(server, keep)["upload"]["id"], gone)

    def stopped_purge(self, many):
        """What a purge of so many answers when Spider is stopped as soon as some are gone."""
        config = self.config(name=f"{many}.toml", whisperers=UP,
                             store={"path": str(self.folder / f"data-{many}")})
        done = spider("import", "--config", config,
                      *(pcap_file(self.folder / f"{n}.pcap", talk(n, "GET", "/one", "a", 200))
                        for n in range(many)))
        self.assertEqual(done.returncode, 0, done.stderr[-300:])
        _, server = self.begin(config)
        answers = []
        asks = threading.Thread(target=lambda: answers.append(
            server.request("DELETE", "/api/v1/uploads?whisperer=upload")))
        asks.start()
        while server.get("/api/v1/uploads?limit=1")["count"] == many and asks.is_alive():
            pass
        self.assertEqual(server.stop(), 0)
        asks.join()
        return config, answers[0]

    def test_a_stop_ends_a_purge_of_many_and_says_how_far_it_came(self):
        for many in (300, 900, 2700):  # a fast machine may be done before the stop comes
            config, (status, headers, body) = self.stopped_purge(many)
            if status != 200:
                break
        self.assertEqual(status, 503, body)
        self.check("DELETE", "/api/v1/uploads", status, headers, body)
        problem = json.loads(body)
        self.assertEqual(problem["code"], "PIPELINE-UPLOAD-005")
        gone = int(re.search(rf"(\d+) of {many} uploads were removed", problem["detail"])[1])
        self.assertTrue(0 < gone < many, gone)
        _, server = self.begin(config)
        left = self.uploads(server, "?limit=1000")
        self.assertEqual(len(left), min(1000, many - gone))
        self.assertEqual({u["communications"] for u in left}, {1})

    def test_a_kill_while_it_is_purged_leaves_all_of_it_or_nothing(self):
        path, truth = self.generate(mib=3, seed=51)
        other, _ = self.generate("other.pcap", mib=1, seed=52)
        config, server = self.begin()
        kept = self.post(server, other)["upload"]["id"]
        want = self.records(server, kept)
        seen = set()
        seed = random.randrange(1 << 30)
        print(f"      seed {seed}")
        chance = random.Random(seed)
        for _ in range(8):
            gone = self.post(server, path)["upload"]["id"]
            books = server.get(f"/api/v1/uploads/{gone}")["books"]
            client = socket.create_connection(("127.0.0.1", server.port), timeout=60)
            client.sendall(b"DELETE /api/v1/uploads/%d HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % gone)
            time.sleep(chance.uniform(0, 0.02))
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
            client.close()
            _, server = self.begin(config)
            there = [u for u in self.uploads(server) if u["id"] == gone]
            seen.add(len(there))
            total = server.get("/api/v1/timeline?split=none")["communications"]
            if there:
                self.assertEqual(total, len(want) + truth["communications"])
                self.assertEqual(server.get(f"/api/v1/uploads/{gone}")["books"], books)
                self.delete(server, f"/api/v1/uploads/{gone}")
            self.assertEqual(server.get("/api/v1/timeline?split=none")["communications"],
                             len(want))
            self.assertEqual(self.records(server, kept), want)
        print(f"      whole after the kill: {1 in seen}, gone: {0 in seen}")
