"""What the API and the command line export is read back by others: csv, a HAR checker."""
import base64
import csv
import io
import ipaddress
import json
import subprocess
import time

import har
from support import BINARY, TOP, SystemTest, spider

FILES = {"name": "files", "type": "UPLOAD", "save_packets": True, "save_bodies": True}
GOLDEN = sorted((TOP / "tests/golden/pcap").glob("*.pcap"))
EXPORT = "/api/v1/export?format="


def resident_mib(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0


class Served(SystemTest):
    def served(self, *files):
        """A server with these captures in it."""
        config = self.config(whisperers=[FILES])
        if files:
            self.import_books(config, *files)
        return config, self.server(config)

    def golden(self):
        """A server with all golden captures."""
        return self.served(*GOLDEN)[1]

    def ask(self, server, what, status=200):
        got, headers, body = server.request("GET", EXPORT + what)
        self.assertEqual(got, status, body[:500])
        return headers, body

    def records(self, server, query=""):
        _, body = self.ask(server, "ndjson&count=false" + query)
        return [json.loads(line) for line in body.splitlines()]

    def entries(self, server, query=""):
        headers, body = self.ask(server, "har" + query)
        document = json.loads(body)
        self.assertEqual(list(har.complaints(document)), [])
        entries = document["log"]["entries"]
        self.assertEqual(int(headers["X-Spider-Total"]), len(entries))
        return entries


class Export(Served):
    def test_the_command_line_and_the_api_write_the_same(self):
        path, _ = self.generate(mib=1, seed=81)
        config = self.config(whisperers=[FILES])
        self.import_books(config, path)
        formats = ("ndjson", "csv", "har")
        alone = {f: spider("export", "--config", config, "--format", f, text=False)
                 for f in formats}
        server = self.server(config)
        for f in formats:
            self.assertEqual(alone[f].returncode, 0, alone[f].stderr)
            through = spider("export", "--config", config, "--format", f, text=False)
            self.assertEqual(through.returncode, 0, through.stderr)
            self.assertEqual(through.stdout, alone[f].stdout)
            self.assertEqual(self.ask(server, f)[1], alone[f].stdout)

    def test_csv_is_read_back_by_others_and_has_the_fields_of_the_records(self):
        server = self.golden()
        records = self.records(server)
        headers, body = self.ask(server, "csv")
        self.assertIn("text/csv", headers["Content-Type"])
        self.assertRegex(headers["Content-Disposition"], r'^attachment; filename="spider-.*\.csv"$')
        rows = list(csv.DictReader(io.StringIO(body.decode(), newline="")))
        self.assertEqual(len(rows), len(records))
        for row, record in zip(rows, records):
            for name, cell in row.items():
                value = record[name]
                value = " ".join(value) if isinstance(value, list) else value
                self.assertEqual(cell, "" if value is None else str(value), (name, record["id"]))
        chosen = self.ask(server, "csv&columns=status,id")[1].decode()
        self.assertEqual(chosen.splitlines()[0], "status,id")
        self.assertEqual(len(chosen.splitlines()), len(records) + 1)

    def test_har_entries_tell_what_the_details_tell_and_invent_nothing(self):
        server = self.golden()
        records = self.records(server)
        entries = self.entries(server)
        self.assertEqual([e["_id"] for e in entries], [r["id"] for r in records])
        for entry, record in zip(entries, records):
            detail = server.get("/api/v1/http-communications/" + record["id"])
            self.assertEqual(entry["startedDateTime"], record["start"])
            self.assertEqual(entry["serverIPAddress"], record["server_ip"])
            for name, key in (("send", "request_us"), ("wait", "wait_us"),
                              ("receive", "response_us")):
                us = record[key]
                want = -1 if us is None or us < 0 else us / 1000
                self.assertAlmostEqual(entry["timings"][name], want, delta=0.0011)
            for side in ("request", "response"):
                self.side(server, record["id"], entry[side], detail[side])
            if detail["request"]:
                self.assertEqual(entry["request"]["method"], record["method"])
                self.assertTrue(entry["request"]["url"].startswith("http"), entry["request"])
            if detail["response"]:
                self.assertEqual(entry["response"]["status"], record["status"])

    def side(self, server, id_, told, detail):
        if detail is None:
            self.assertTrue(told["_missing"])
            self.assertEqual((told["headersSize"], told["bodySize"]), (-1, -1))
            return
        pairs = [(h["name"], h["value"]) for h in detail["headers"] + detail["trailers"]]
        self.assertEqual([(h["name"], h["value"]) for h in told["headers"]], pairs)
        self.assertEqual(told["bodySize"], detail["body_bytes"])
        body = told.get("content", told.get("postData"))
        if detail["saved_body_bytes"] == 0:
            self.assertNotIn("text", body or {})
            return
        part = "response" if "content" in told else "request"
        _, _, decoded = server.request(
            "GET", f"/api/v1/http-communications/{id_}/{part}/body?decoded=true")
        text = body.get("_base64", body.get("text"))
        raw = base64.b64decode(text) if body.get("encoding") == "base64" or "_base64" in body \
            else text.encode()
        self.assertEqual(raw, decoded)
        if part == "response" and not body.get("_cut"):
            self.assertEqual(body["size"], len(decoded))

    def test_har_of_known_exchanges_has_cookies_queries_forms_and_decoded_bodies(self):
        server = self.golden()
        posts = self.entries(server, "&method=POST&state=complete")
        form = next(e for e in posts if "form" in e["request"]["postData"]["mimeType"])
        self.assertEqual(form["request"]["postData"]["mimeType"],
                         "application/x-www-form-urlencoded")
        self.assertIn("=", form["request"]["postData"]["text"])
        coded = [e for e in self.entries(server)
                 if any(h["name"].lower() == "content-encoding" for h in e["response"]["headers"])]
        self.assertGreater(len(coded), 0)
        for entry in coded:
            content = entry["response"]["content"]
            self.assertEqual(content["compression"],
                             content["size"] - entry["response"]["bodySize"])
        silent = [e for e in self.entries(server) if e["response"].get("_missing")]
        self.assertGreater(len(silent), 0)
        for entry in silent:
            self.assertEqual((entry["response"]["status"], entry["timings"]["wait"],
                              entry["timings"]["receive"]), (0, -1, -1))

    def test_a_list_longer_than_an_address_is_sent_as_a_form(self):
        path, _ = self.generate(mib=8, seed=82)
        _, server = self.served(path)
        ids = [r["id"] for r in self.records(server)][::2]
        self.assertGreater(len(",".join(ids)), 16_384)
        status, headers, body = server.request(
            "POST", "/api/v1/export", body="format=csv&columns=id&ids=" + ",".join(ids),
            headers={"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(status, 200, body[:300])
        self.assertEqual(body.decode().split("\r\n")[1:-1], ids)
        self.assertEqual(headers["X-Spider-Total"], str(len(ids)))

    def test_a_client_that_goes_away_ends_its_export_and_memory_stays_bounded(self):
        path, _ = self.generate(mib=48, seed=83)
        _, server = self.served(path)
        self.ask(server, "csv&columns=id")
        before = resident_mib(server.process.pid)
        slow = [server.stream(EXPORT + f) for f in ("har", "ndjson", "har", "csv")]
        read = [s.read(1 << 16) for s in slow]  # all of them under way, none of them read on
        time.sleep(0.5)
        server.get("/api/v1/status")  # others are answered meanwhile
        self.assertLess(resident_mib(server.process.pid) - before, 96)
        self.assertTrue(all(len(r) == 1 << 16 for r in read))
        for s in slow:
            s.close()
        self.wait_for("the connections are gone", 10, lambda: server.get(
            "/api/v1/status")["api"]["connections"] <= 1)
        size, most = 0, before
        whole = server.stream(EXPORT + "har")
        while piece := whole.read(1 << 20):
            size += len(piece)
            most = max(most, resident_mib(server.process.pid))
        self.assertGreater(size, 32 << 20)
        self.assertLess(most - before, 96, f"{size} bytes of HAR")
        print(f"      HAR of {size >> 20} MiB: {before:.0f} MiB before, {most:.0f} at most",
              flush=True)
        self.assertEqual(server.stop(), 0)


class Packets(Served):
    """pcapng, counted by tshark."""

    def tshark(self, data, *fields, where=""):
        path = self.folder / "export.pcapng"
        path.write_bytes(data)
        words = [w for f in fields for w in ("-e", f)]
        done = subprocess.run(["tshark", "-r", path, "-Y", where, "-T", "fields", *words],
                              capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def counted(self, data, records):
        """tshark finds as many requests and responses as the records have."""
        for kind, key in (("request", "method"), ("response", "status")):
            found = self.tshark(data, "frame.number", where=f"http.{kind}")
            self.assertEqual(len(found), sum(r[key] is not None for r in records), kind)

    def test_tshark_finds_in_pcapng_exactly_the_communications_that_were_exported(self):
        path, _ = self.generate(mib=2, seed=84)
        _, server = self.served(path)
        everything = self.records(server)
        self.assertGreater(len(everything), 100)
        for query in ("", "&status=>=400", "&method=POST"):
            records = self.records(server, query)
            self.assertGreater(len(records), 0)
            headers, body = self.ask(server, "pcapng" + query)
            self.assertEqual(headers["Content-Type"], "application/x-pcapng")
            self.counted(body, records)
            comments = self.tshark(body, "frame.comment", where="frame.comment")
            self.assertEqual([c[0] for c in comments], ["Spider: " + r["id"] for r in records])
            sessions = {(r["client_ip"], r["client_port"]) for r in records}
            seen = {(a or b, int(p)) for a, b, p in
                    self.tshark(body, "ip.src", "ipv6.src", "tcp.srcport")}
            seen = {(str(ipaddress.ip_address(a)), p) for a, p in seen}
            self.assertLessEqual(sessions, seen)
            self.assertEqual(len(seen - sessions), len({(r["server_ip"], r["server_port"])
                                                        for r in records}))
        ids = [r["id"] for r in everything][3:40:7]
        _, body = self.ask(server, "pcapng&ids=" + ",".join(ids))
        self.counted(body, [r for r in everything if r["id"] in ids])

    def test_everything_as_pcapng_has_every_packet_once_with_its_time(self):
        path, _ = self.generate(mib=2, seed=85)
        _, server = self.served(path)
        _, body = self.ask(server, "pcapng")
        frames = self.tshark(body, "frame.time_epoch", "ip.src", "tcp.srcport", "tcp.seq_raw",
                             "tcp.flags", "tcp.len", "ip.id")
        original = self.tshark(path.read_bytes(), "frame.time_epoch", "ip.src", "tcp.srcport",
                               "tcp.seq_raw", "tcp.flags", "tcp.len", "ip.id")
        self.assertEqual(len(frames), len({tuple(f) for f in frames}))
        self.assertLessEqual({tuple(f) for f in frames}, {tuple(f) for f in original})
        carried = {tuple(f) for f in original if f[5] != "0"}
        self.assertLessEqual(carried, {tuple(f) for f in frames})

    def test_the_command_line_writes_the_same_packets_of_a_file(self):
        golden = TOP / "tests/golden/pcap/keep-alive-five.pcap"
        done = spider("export", "--format", "pcapng", "--read", golden, text=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.tshark(done.stdout, "frame.number", where="http.request")), 5)
        self.assertEqual(len(self.tshark(done.stdout, "frame.number")),
                         len(self.tshark(golden.read_bytes(), "frame.number")))

    def test_without_saved_packets_there_is_a_reason_and_no_file(self):
        config = self.config(whisperers=[{**FILES, "save_packets": False}])
        self.import_books(config, GOLDEN[0])
        alone = spider("export", "--config", config, "--format", "pcapng")
        self.assertEqual((alone.returncode, alone.stdout), (1, ""))
        self.assertIn("QUERY-EXPORT-001", alone.stderr)
        _, body = self.ask(self.server(config), "pcapng", status=404)
        self.assertEqual(json.loads(body)["code"], "QUERY-EXPORT-001")


class WithoutServer(SystemTest):
    def test_columns_and_formats_that_are_none_are_wrong_usage(self):
        config = self.config()
        for words in (("--format", "xml"), ("--format", "csv", "--columns", "id,nothing")):
            done = spider("export", "--config", config, *words)
            self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("nothing", done.stderr)

    def test_a_file_is_searched_in_its_bodies_whatever_is_written(self):
        golden = TOP / "tests/golden/pcap/gzip-body.pcap"
        for form in ("jsonl", "csv", "har", "pcapng"):
            for term, found in (("response.body:*", True), ("NOT response.body:*", False),
                                ("mark:body_unsaved", False)):
                with self.subTest(form, term=term):
                    done = spider("export", "--format", form, "--read", golden, "--filter", term,
                                  text=False)
                    everything = spider("export", "--format", form, "--read", golden, text=False)
                    self.assertEqual(everything.returncode, 0, everything.stderr)
                    if found:
                        self.assertEqual(done.stdout, everything.stdout)
                    else:
                        self.assertLess(len(done.stdout), len(everything.stdout))

    def test_a_file_is_exported_as_har_with_its_bodies(self):
        done = spider("export", "--format", "har", "--read",
                      TOP / "tests/golden/pcap/gzip-body.pcap")
        self.assertEqual(done.returncode, 0, done.stderr)
        document = json.loads(done.stdout)
        self.assertEqual(list(har.complaints(document)), [])
        self.assertTrue(document["log"]["entries"][0]["response"]["content"]["text"])
