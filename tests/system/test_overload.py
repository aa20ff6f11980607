"""The books under a storm: whichever limit is hit, alone or with all others, they balance."""
import collections

import overload
from support import SystemTest

UPLOAD = {"name": "upload", "type": "UPLOAD"}
# Each limit at its least, and what shows that it was hit.
CAPS = {
    "flows": ({"reassembly": {"flows_max": 8}}, "sessions_evicted"),
    "early bytes in all": ({"reassembly": {"buffer_mib": 1}}, "refused_bytes"),
    "early bytes of a stream": ({"reassembly": {"stream_buffer_kib": 16}}, "refused_bytes"),
    "datagrams": ({"capture": {"fragments_max": 1}}, "fragment_dropped"),
    "bytes of fragments": ({"capture": {"fragment_mib": 1}}, "fragment_dropped"),
    "time of fragments": ({"capture": {"fragment_timeout_ms": 100}}, "fragment_dropped"),
    "head": ({"parse": {"head_max_kib": 4}}, "head_too_long"),
    "pipeline": ({"parse": {"pipeline_max": 1}}, "pipeline_full"),
    "parse memory": ({"parse": {"memory_mib": 8}}, "memory_full"),
    "body": ({"whisperer": {"body_max_bytes": 10}}, "body_bytes_capped"),
}


class Overload(SystemTest):
    def run_with(self, name, settings):
        """The books of the storm under these settings, codes of records among them."""
        settings = dict(settings)
        whisperer = {**UPLOAD, **settings.pop("whisperer", {})}
        folder = {"path": str(self.folder / ("data " + name))}
        config = self.config(f"{name}.toml", whisperers=[whisperer], store=folder, **settings)
        books, = self.import_books(config, self.capture)
        self.assert_books_balance(books, name)
        records, text = self.exported("--config", config)
        self.assertEqual(books["communications_complete"] + books["communications_partial"],
                         len(records), name)
        codes = collections.Counter(code for r in records for code in r.get("codes", ()))
        return books, codes, text

    def setUp(self):
        super().setUp()
        self.capture = overload.write(self.folder / "storm.pcap", overload.storm(), cut=97)

    def test_the_books_balance_whichever_limit_is_hit(self):
        usual_books, usual_codes, _ = self.run_with("usual", {})
        for name, (settings, sign) in CAPS.items():
            with self.subTest(limit=name):
                books, codes, _ = self.run_with(name, settings)
                self.assertGreater(books[sign] + codes[sign], usual_books[sign] + usual_codes[sign],
                                   f"{sign}: the storm does not reach this limit")

    def test_all_limits_at_once_give_the_same_on_any_number_of_shards(self):
        together = {}
        for settings, _ in CAPS.values():
            for section, values in settings.items():
                together.setdefault(section, {}).update(values)
        together["pipeline"] = {"ring_kib": 768, "batch_kib": 384}
        runs = []
        for shards in (1, 2, 4):
            together["pipeline"]["shards"] = shards
            books, _, text = self.run_with(f"shards {shards}", together)
            books.pop("seconds", None)
            self.assertEqual(books["ring_dropped"], 0, "an import waits for its shards")
            runs.append((books, sorted(text.splitlines())))
        for name in ("not_ip", "not_tcp", "malformed", "snaplen_cut", "fragment_dropped",
                     "sessions_evicted", "body_bytes_capped", "gap_bytes", "duplicate_bytes",
                     "communications_partial"):
            self.assertGreater(runs[0][0][name], 0, name)
        for other in runs[1:]:
            self.assertEqual({k: v for k, v in runs[0][0].items() if k != "books"},
                             {k: v for k, v in other[0].items() if k != "books"})
            self.assertEqual(runs[0][1], other[1])
