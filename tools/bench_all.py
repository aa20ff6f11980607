#!/usr/bin/env python3
"""Every measurement, one after the other: the tables of docs/performance.md from one command.

    bench_all.py [--short] [--write] [--folder DIR] [--parts imports,options,...]

Imports beside tcpdump and tshark, what options cost, live capture beside tcpdump, questions over
ten million communications beside DuckDB, the same while a capture is fed, growth, micro-benchmarks.
An hour and a half on two processors, less when --folder holds the stores already (they stay there;
20 GB). A part that fails does not stop the others, and is named at the end.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

TOOLS = pathlib.Path(__file__).resolve().parent
ROOM = 30 * 2**30  # a store of 50 million and its rows as a table, twice over
MICRO = TOOLS.parent / "build/release/bench/micro"


def counts(folder):
    """Of communications in a store: the largest where the disk has room for it, or it is there."""
    free = shutil.disk_usage(folder).free
    most = ["50000000"] if free > ROOM or (folder / "50000000/facts.json").exists() else []
    return ["1000000", "10000000", *most]


def parts(folder, short):
    """{name: the command and its arguments}"""
    queries, growth = folder / "10000000", folder
    if short:
        queries, growth = folder / "questions", folder / "growth"
    for place in (queries, growth):
        place.mkdir(parents=True, exist_ok=True)
    return {
        "imports": ["bench.py"],
        "options": ["bench_options.py"],
        "live": ["bench_live.py"],
        "queries": ["bench_queries.py", "--folder", queries],
        "ingesting": ["bench_queries.py", "--folder", queries, "--while-ingesting"],
        "growth": ["bench_growth.py", "--folder", growth, "--counts", ",".join(counts(growth))],
        "micro": [MICRO],
    }


def run(command, write, short):
    if command[0] == MICRO:
        return subprocess.run([MICRO, *(["--benchmark_min_time=0.01"] if short else [])])
    return subprocess.run([sys.executable, TOOLS / command[0], *command[1:],
                           *(["--short"] if short else []), *(["--write"] if write else [])])


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="a smoke run of each part")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--folder", type=pathlib.Path,
                        help="where stores of questions go, and stay (default: a temporary one)")
    parser.add_argument("--parts", help="these alone, with commas between")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spider-bench-") as temporary:
        folder = args.folder or pathlib.Path(temporary)
        known = parts(folder, args.short)
        wanted = args.parts.split(",") if args.parts else list(known)
        if strange := [name for name in wanted if name not in known]:
            parser.error(f"no part {', '.join(strange)}; there are {', '.join(known)}")
        failed = []
        for name in wanted:
            command = known[name]
            begun = time.monotonic()
            print(f"\n== {name}", flush=True)
            done = run(command, args.write, args.short)
            print(f"== {name}: {'done' if done.returncode == 0 else 'FAILED'} "
                  f"in {time.monotonic() - begun:.0f} s", flush=True)
            if done.returncode != 0:
                failed.append(name)
    if failed:
        sys.exit(f"bench: failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
