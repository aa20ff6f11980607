"""Each capture of tests/golden/pcap is read as its .jsonl says: facts, state, oddities."""
import json
import sys

from support import FACTS, TOP, SystemTest, spider

FOLDER = TOP / "tests/golden/pcap"
SHOWN = [*FACTS, "state", "http_version", "response_type", "response_encoding", "codes",
         "request_flags", "response_flags", "missing_bytes", "retransmitted_bytes"]


def reading(path):
    done = spider("export", "--read", path, "--format", "jsonl")
    if done.returncode != 0:
        raise AssertionError(f"{path}: {done.stderr}")
    return [{key: record[key] for key in SHOWN} for record in map(json.loads,
                                                                 done.stdout.splitlines())]


class Golden(SystemTest):
    def test_every_capture_is_read_as_expected(self):
        captures = sorted(FOLDER.glob("*.pcap*"))
        self.assertGreaterEqual(len(captures), 20)
        for path in captures:
            with self.subTest(capture=path.name):
                expected = path.with_suffix(".jsonl").read_text().splitlines()
                self.assertEqual(reading(path), [json.loads(line) for line in expected])


def bless():
    for path in sorted(FOLDER.glob("*.pcap")):
        lines = [json.dumps(record) for record in reading(path)]
        path.with_suffix(".jsonl").write_text("".join(line + "\n" for line in lines))
        print(f"{path.name}: {len(lines)} communications")


if __name__ == "__main__":
    if sys.argv[1:] == ["--bless"]:
        bless()
    else:
        sys.exit("test_golden.py --bless; as a test: ./dev test system")
