"""The books as a law: what came in is what became of it, per file, per minute, and in the API.

Over every capture of the set beside the checkout when there is one, damaged ones included.
"""
import collections
import concurrent.futures
import json
import os
import subprocess
import time

from openapi import OpenApi
from storm import Storm, every_limit
from support import BINARY, CAPTURES, SystemTest, flat_books, spider

SECONDS_MAX = 30
RESIDENT_KIB_MAX = 512 * 1024


def law_sums(items):
    """Both sides of each law, added up over the items of an answer."""
    out = collections.Counter()
    for item in items:
        for law in item["laws"]:
            out[law["name"], "left"] += law["left"]
            out[law["name"], "right"] += law["right"]
    return out


def ids_of(server, query=""):
    """The ids of all communications that the API gives, page by page."""
    path = "/api/v1/http-communications?limit=1000" + query
    ids = []
    while path:
        page = server.get(path)
        ids += [c["id"] for c in page["items"]]
        path = page["_links"].get("next", {}).get("href")
    return ids


class BooksTest(SystemTest):
    def assert_all_balanced(self, server, what=""):
        """Every minute, every whisperer and the sum of all; and the parts add up to the whole."""
        books = server.get("/api/v1/books?bucket=1m")
        for part in [*books["items"], *books["whisperers"], books["total"]]:
            wrong = [law for law in part["laws"] if law["difference"] != 0]
            self.assertEqual((part["state"], wrong), ("balanced", []), what)
        self.assertEqual(law_sums(books["items"]), law_sums([books["total"]]), what)
        self.assertEqual(law_sums(books["whisperers"]), law_sums([books["total"]]), what)
        for law in books["total"]["laws"]:
            self.assertEqual(law["left"], sum(law["left_terms"].values()), law)
            self.assertEqual(law["right"], sum(law["right_terms"].values()), law)
        self.assertEqual(OpenApi().complaints("GET", "/api/v1/books", 200, "application/json",
                                              books), [])
        return {name: n for law in books["total"]["laws"]
                for name, n in {**law["left_terms"], **law["right_terms"]}.items()}


class BooksInTheApi(BooksTest):
    def test_minutes_add_up_to_what_the_imports_said_and_to_the_rows(self):
        config = self.config()
        said = collections.Counter()
        for seed, options in enumerate(({}, {"drop": 20}, {"profile": "noise"},
                                        {"duplicate": 20, "reorder": 20, "drop": 5})):
            path, _ = self.generate(mib=2, seed=70 + seed, **options)
            for line in self.import_books(config, path):
                self.assert_books_balance(line)
                said.update({k: n for k, n in line.items() if isinstance(n, int)})
        self.assertGreater(said["communications_partial"], 0)
        server = self.server(config)
        totals = self.assert_all_balanced(server)
        for name, n in totals.items():
            self.assertEqual(n, said[name], name)
        self.assertEqual(len(ids_of(server)), totals["communications_stored"])
        sessions = server.get("/api/v1/tcp-sessions?limit=1000")
        self.assertEqual(len(sessions["items"]) == totals["sessions_stored"],
                         "next" not in sessions["_links"])

    def test_what_a_whisperer_does_not_save_is_in_its_books(self):
        path, truth = self.generate(mib=2, seed=75)
        config = self.config(whisperers=[{"name": "thin", "type": "UPLOAD", "save_sessions": False,
                                          "save_bodies": False}])
        books, = self.import_books(config, path)
        self.assert_books_balance(books)
        self.assertEqual((books["sessions_stored"], books["body_bytes_saved"]), (0, 0))
        self.assertGreater(books["sessions_unsaved"], 0)
        self.assertGreater(books["body_bytes_capped"], 0)
        self.assertEqual(books["communications_stored"], truth["communications"])


class Storms(BooksTest):
    """Every cap tiny and really hit, and the books balance to the byte."""

    TINY = {"reassembly": {"flows_max": 8, "buffer_mib": 1, "stream_buffer_kib": 16},
            "parse": {"head_max_kib": 4, "pipeline_max": 1, "memory_mib": 8},
            "capture": {"fragments_max": 1, "fragment_mib": 1},
            "pipeline": {"ring_kib": 768, "batch_kib": 384},
            "store": {"block_rows": 64, "cache_mib": 8}}
    HIT = ["not_ip", "not_tcp", "malformed", "fragment_joined", "fragment_dropped", "filtered",
           "snaplen_cut", "delivered_bytes", "duplicate_bytes", "refused_late_bytes",
           "refused_stray_bytes", "gaps", "gap_bytes", "sessions_evicted", "parse_errors",
           "body_bytes_saved", "body_bytes_capped", "communications_complete", "partial_limit",
           "mirror_duplicate", "partial_no_response", "partial_no_request", "partial_gap",
           "partial_cut", "import_truncated"]

    def storm_config(self, name, **more):
        sections = {k: {**v, **more.get(k, {})} for k, v in self.TINY.items()}
        sections["store"]["path"] = str(self.folder / f"data-{name}")
        return self.config(f"{name}.toml", whisperers=[
            {"name": "w", "type": "UPLOAD", "body_max_bytes": 1000, "filter": "not port 9"}],
            **sections)

    def test_with_every_cap_tiny_each_is_hit_and_nothing_goes_missing(self):
        said = collections.Counter()
        config = self.storm_config("tiny")
        for seed in range(5):
            path = every_limit(seed).write(self.folder / f"{seed}.pcap", truncated=seed == 4)
            books, = self.import_books(config, path, expect=3 if seed == 4 else 0)
            self.assert_books_balance(books, f"seed {seed}")
            said.update({k: n for k, n in books.items() if isinstance(n, int)})
        self.assertEqual([name for name in self.HIT if said[name] == 0], [], said)
        server = self.server(config)
        totals = self.assert_all_balanced(server)
        for name, n in totals.items():
            self.assertEqual(n, said[name], name)
        self.assertEqual(len(ids_of(server)), totals["communications_stored"])
        codes = {code for c in server.communications("?limit=1000") for code in c["codes"]}
        self.assertLessEqual({"head_too_long", "pipeline_full"}, codes)

    def test_a_parser_out_of_memory_gives_up_connections_by_name(self):
        storm = Storm(9)
        for _ in range(400):
            storm.long_head(60, ends=False)
        config = self.storm_config("memory", parse={"head_max_kib": 64},
                                   reassembly={"flows_max": 100_000})
        books, = self.import_books(config, storm.write(self.folder / "heads.pcap"))
        self.assert_books_balance(books)
        self.assertGreater(books["partial_limit"], 0)
        self.assertGreater(books["parse_errors"], 0)

    def test_a_link_type_that_is_not_decoded_is_all_in_the_books(self):
        path = every_limit(1).write(self.folder / "odd.pcap", link_type=147)
        books, = self.import_books(self.storm_config("odd"), path)
        self.assert_books_balance(books)
        self.assertEqual(books["link_unsupported"] + books["filtered"], books["packets_received"])
        self.assertGreater(books["link_unsupported"] + books["filtered"], 0)


def read(file):
    """(exit code, books, rows, seconds, peak KiB, words) of reading a capture without a store."""
    began = time.monotonic()
    process = subprocess.Popen([BINARY, "export", "--read", file, "--books"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    # Both pipes are emptied by a shell of our own threads, the process is waited for by hand: only
    # so its own peak is known.
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        words = pool.submit(process.stderr.read)
        rows = process.stdout.read().count(b"\n")
        said = words.result().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    process.stderr.close()
    books = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    return (process.returncode, books, rows, time.monotonic() - began, usage.ru_maxrss, said)


if CAPTURES.is_dir():

    class SharedCaptures(BooksTest):
        """Every capture of the set beside the checkout."""

        def setUp(self):
            super().setUp()
            manifest = json.loads((CAPTURES / "manifest.json").read_text())
            self.files = [CAPTURES / c["file"] for c in manifest["captures"]]

        def test_the_books_of_every_capture_balance_in_bounded_time_and_memory(self):
            slowest, largest, refused = (0, None), (0, None), 0
            with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
                for file, (code, books, rows, seconds, kib, said) in zip(
                        self.files, pool.map(read, self.files)):
                    slowest = max(slowest, (seconds, file.name))
                    largest = max(largest, (kib, file.name))
                    with self.subTest(file=str(file)):
                        self.assertIn(code, (0, 3), said)
                        self.assertLess(seconds, SECONDS_MAX)
                        self.assertLess(kib, RESIDENT_KIB_MAX)
                        if not books:  # no capture file at all, and it says so
                            self.assertEqual((code, rows), (3, 0), said)
                            refused += 1
                            continue
                        b = flat_books(books[0])
                        self.assert_books_balance(b, file.name)
                        self.assertEqual(books[0]["state"], "balanced")
                        self.assertEqual(rows, b["communications_stored"], file.name)
                        self.assertEqual(b["communications_unstored"], 0, file.name)
            print(f"      {len(self.files)} captures, {refused} refused; slowest "
                  f"{slowest[0]:.1f} s ({slowest[1]}), largest {largest[0] / 1024:.0f} MiB "
                  f"({largest[1]})")

        def test_every_minute_of_all_captures_balances_and_every_row_is_answered(self):
            config = self.config()
            done = spider("import", "--config", config, "--json", *self.files)
            self.assertIn(done.returncode, (0, 3), done.stderr)
            said = collections.Counter()
            for line in done.stdout.splitlines():
                said.update({k: n for k, n in flat_books(json.loads(line)).items()
                             if isinstance(n, int)})
            server = self.server(config)
            totals = self.assert_all_balanced(server)
            for name, n in totals.items():
                self.assertEqual(n, said[name], name)
            # Many files of the set show the same packets; each reading has ids of its own.
            answered = ids_of(server)
            self.assertEqual(len(answered), totals["communications_stored"])
            self.assertEqual(len(set(answered)), len(answered))
            self.assertEqual(server.stop(), 0)
            rows, _ = self.exported("--config", config)
            self.assertEqual(len(rows), totals["communications_stored"])
            self.assertEqual(set(answered), {row["id"] for row in rows})
