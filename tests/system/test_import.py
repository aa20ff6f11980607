"""Imports: what a file holds is found, exactly, whatever the threads; and the books add up."""
import collections
import csv
import json
import os

from support import SystemTest, facts, spider


def manifest_of(path):
    """The truth of a generated capture as export facts, with "intact"."""
    names = ["start_us", "end_us", "client_ip", "client_port", "server_ip", "server_port", "method",
             "path", "status", "request_body_bytes", "response_body_bytes", "intact"]
    texts = {"client_ip", "server_ip", "method", "path"}
    with open(path, newline="") as rows:
        return [{k: v if k in texts else int(v) for k, v in zip(names, row)}
                for row in csv.reader(rows, delimiter="\t")]


def key(record):
    return tuple(record[k] for k in ("start_us", "client_ip", "client_port", "method", "path"))


class Import(SystemTest):
    def assert_found(self, records, truth, intact_only=False):
        """Every true communication was found once, with every fact right."""
        found = collections.Counter(key(r) for r in records if r["method"] is not None)
        by_key = {key(r): r for r in records if r["method"] is not None}
        for want in truth:
            if intact_only and not want["intact"]:
                continue
            self.assertEqual(found[key(want)], 1, want)
            got = by_key[key(want)]
            for name in ("end_us", "server_ip", "server_port", "status", "request_body_bytes",
                         "response_body_bytes"):
                self.assertEqual(got[name], want[name], f"{name} of {want}")

    def check_profile(self, exact=True, **options):
        manifest = self.folder / "truth.tsv"
        path, truth = self.generate(manifest=manifest, **options)
        config = self.config()
        books, = self.import_books(config, path)
        records, _ = self.exported("--config", config)
        self.assert_books_balance(books)
        self.assertEqual(books["packets_received"], truth["packets"])
        self.assertEqual(books["tcp_packets"] + books["mirror_duplicate"], truth["tcp_packets"])
        self.assert_found(records, manifest_of(manifest), intact_only=not exact)
        if exact:
            self.assertEqual(len(records), truth["communications"])
            self.assertEqual(books["communications_complete"], truth["communications"])
            self.assertEqual(books["communications_partial"], 0)
        starts = [r["start_us"] for r in records]
        self.assertEqual(starts, sorted(starts))
        return records, books, truth

    def test_every_communication_of_short_traffic_is_found_exactly(self):
        self.check_profile(mib=12, seed=11)

    def test_every_communication_of_large_traffic_is_found_exactly(self):
        self.check_profile(profile="large", mib=40, seed=12)

    def test_noise_is_counted_and_hides_nothing(self):
        _, books, _ = self.check_profile(profile="noise", mib=12, seed=13)
        self.assertGreater(books["not_tcp"], 0)
        self.assertGreater(books["not_ip"], 0)

    def test_repeated_frames_change_nothing_but_the_books(self):
        # The same frame a second time, as a mirror port shows it. A quarter of the connections is
        # IPv6, whose bare acknowledgements carry nothing that tells a copy from a repetition.
        _, books, truth = self.check_profile(mib=6, seed=14, duplicate=30)
        self.assertGreater(books["mirror_duplicate"], 0.7 * truth["duplicated"])
        self.assertLessEqual(books["mirror_duplicate"], truth["duplicated"])

    def test_lost_frames_spoil_only_the_communications_they_belong_to(self):
        records, books, truth = self.check_profile(exact=False, mib=6, seed=15, drop=10)
        complete = sum(r["state"] == "complete" for r in records)
        self.assertGreaterEqual(complete, truth["intact"])
        self.assertGreater(books["gap_bytes"], 0)

    def test_the_number_of_shards_changes_no_byte_of_the_export(self):
        path, _ = self.generate(mib=8, seed=16, duplicate=10, reorder=10, drop=5)
        exports = set()
        for shards in (1, 2, 4):
            config = self.config(f"{shards}.toml", pipeline={"shards": shards},
                                 store={"path": str(self.folder / f"data{shards}")})
            self.import_books(config, path)
            exports.add(self.exported("--config", config)[1])
        self.assertEqual(len(exports), 1)
        self.assertTrue(exports.pop())

    def test_export_read_says_the_same_as_import_and_export(self):
        path, _ = self.generate(mib=4, seed=17)
        config = self.config()
        self.import_books(config, path)
        stored, _ = self.exported("--config", config)
        direct, _ = self.exported("--read", path)
        self.assertEqual([facts(r) for r in direct], [facts(r) for r in stored])

    def test_standard_input_is_read_like_a_file(self):
        path, truth = self.generate(mib=2, seed=18)
        config = self.config()
        with open(path, "rb") as data:
            done = spider("import", "--config", config, "--json", "-", stdin=data)
        self.assertEqual(done.returncode, 0, done.stderr)
        records, _ = self.exported("--config", config)
        self.assertEqual(len(records), truth["communications"])

    def test_export_gives_exactly_what_touches_the_window(self):
        path, _ = self.generate(mib=8, seed=19)
        config = self.config()
        self.import_books(config, path)
        everything, _ = self.exported("--config", config)
        starts = [r["start_us"] for r in everything]
        low, high = starts[len(starts) // 3], starts[2 * len(starts) // 3]
        window, _ = self.exported("--config", config, "--from", low, "--to", high)
        expected = [r for r in everything if r["start_us"] < high and r["end_us"] >= low]
        self.assertEqual(window, expected)

    def test_two_files_end_in_one_store_with_their_own_books(self):
        a, truth_a = self.generate("a.pcap", mib=1, seed=20)
        b, truth_b = self.generate("b.pcap", mib=1, seed=21)
        config = self.config()
        books = self.import_books(config, a, b)
        self.assertEqual([x["packets_received"] for x in books],
                         [truth_a["packets"], truth_b["packets"]])
        records, _ = self.exported("--config", config)
        self.assertEqual(len(records), truth_a["communications"] + truth_b["communications"])

    def test_the_store_is_readable_by_its_owner_alone(self):
        path, _ = self.generate(mib=1, seed=22)
        self.import_books(self.config(), path)
        for folder, _, files in os.walk(self.folder / "data"):
            self.assertEqual(os.stat(folder).st_mode & 0o077, 0, folder)
            for name in files:
                self.assertEqual(os.stat(os.path.join(folder, name)).st_mode & 0o077, 0, name)
