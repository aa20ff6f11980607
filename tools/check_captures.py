#!/usr/bin/env python3
"""Scores the exports of a set of captures with known contents, and fails below the thresholds.

    check_captures.py SET [--raise]

SET holds score.py and its captures. The thresholds, in tests/system/captures_thresholds.json, may
only rise: --raise writes today's figures there when they are better.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent
THRESHOLDS = TOP / "tests/system/captures_thresholds.json"
BINARY = pathlib.Path(os.environ.get("SPIDER_BIN", TOP / "build/release/spider"))


def environment():
    """Each export has a store for as long as it runs: in memory, when there is room."""
    shared = pathlib.Path("/dev/shm")
    if shared.is_dir() and shutil.disk_usage(shared).free > 1 << 30:
        return {**os.environ, "TMPDIR": str(shared)}
    return None


def scored(captures):
    """The figures of a whole run, rounded down to what a threshold can hold."""
    with tempfile.TemporaryDirectory(prefix="spider-score-") as folder:
        report = pathlib.Path(folder) / "score.json"
        command = f"{BINARY} export --read {{pcap}} --format jsonl"
        subprocess.run([sys.executable, captures / "score.py", "--set", captures, "--cmd", command,
                        "--quiet", "--json", report], check=True, env=environment())
        run = json.loads(report.read_text())["as given"]
    recall, precision, fields = (int(rate * 10000) / 100 for rate in run["rates"])
    return {"recall": recall, "precision": precision, "fields": fields,
            "without_fault": run["without_fault"][0], "ended_by_a_signal": len(run["crashed"]),
            "timed_out": len(run["timed_out"])}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", type=pathlib.Path)
    parser.add_argument("--raise", dest="lift", action="store_true")
    arguments = parser.parse_args()
    got = scored(arguments.set.resolve())
    wanted = json.loads(THRESHOLDS.read_text())
    wrong = []
    for name, limit in wanted.items():
        at_most = name in ("ended_by_a_signal", "timed_out")
        good = got[name] <= limit if at_most else got[name] >= limit
        print(f"{name:18} {got[name]:8}   {'at most' if at_most else 'at least'} {limit}")
        if not good:
            wrong.append(name)
    if wrong:
        print(f"captures: worse than before: {', '.join(wrong)}")
        return 1
    if arguments.lift:
        THRESHOLDS.write_text(json.dumps(got, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
