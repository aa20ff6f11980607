#!/usr/bin/env python3
"""Which costs grow how: questions over stores of growing size, imports of growing files.

    bench_growth.py [--counts 1000000,10000000] [--days 1,10] [--mib 64,128,256]
                    [--flows 50,1000,20000] [--folder DIR] [--short] [--write]

A store of each count (bench/seed_store.cc; DIR/COUNT when it is there already) is asked every
question of bench_queries.py, started, and weighed. So is a store of so many days of a million
communications each, about its last day. Captures of each size are imported, then captures of one
size with so many conversations at once. --write puts the tables into docs/performance.md.
"""
import argparse
import pathlib
import statistics
import sys
import tempfile

import bench
import bench_queries
from bench_queries import ms

RUNS = 15
DAY_US = 86_400_000_000
FLOWS_MIB = 128


def ask_all(place, facts, name):
    """{question: median ms} of a store, and its facts."""
    for file in (place / "store").rglob("*"):
        if file.is_file():
            bench.into_page_cache(file)
    medians = {}
    for question in bench_queries.questions(facts) + bench_queries.new_questions(facts):
        medians[question.name] = bench_queries.measure(place, question, RUNS)["median"]
        print(f"{name}: {question.name}: {medians[question.name]:.2f}", file=sys.stderr)
    begun = statistics.median(bench_queries.starts(place, facts))
    server = bench_queries.Server(place)
    for question in bench_queries.questions(facts) + bench_queries.new_questions(facts):
        server.ask(question.requests[0])
    rss = server.rss_mib()
    server.close()
    return {"medians": medians, "start": begun, "rss": rss,
            "disk": bench.bytes_on_disk(place / "store") / facts["communications"]}


def stores(folder, counts):
    """What each count gives."""
    out = []
    for count in counts:
        place = folder / str(count)
        place.mkdir(parents=True, exist_ok=True)
        out.append(ask_all(place, bench_queries.seeded(place, count), count))
    return out


def days(folder, numbers, per_day):
    """What each number of days gives, asked about the last of them."""
    out = []
    for number in numbers:
        place = folder / f"{number}-days"
        place.mkdir(parents=True, exist_ok=True)
        facts = bench_queries.seeded(place, number * per_day, days=number)
        last = dict(facts, from_us=facts["to_us"] - DAY_US)
        out.append(ask_all(place, last, f"{number} days"))
    return out


def store_table(heads, grown, results):
    rows = ["| | " + " | ".join(heads) + f" | times, of {grown:g} |",
            "| --- |" + " ---: |" * (len(heads) + 1)]

    def row(name, values, form):
        rows.append(f"| {name} | " + " | ".join(form(v) for v in values) +
                    f" | {values[-1] / values[0]:.1f} |")

    for name in results[0]["medians"]:
        row(f"{name}, ms", [r["medians"][name] for r in results], ms)
    row("start to first answer, ms", [r["start"] for r in results], ms)
    row("resident after all questions, MiB", [r["rss"] for r in results], ms)
    row("disk per communication, bytes", [r["disk"] for r in results], ms)
    return "\n".join(rows)


def imported(folder, mib, *more):
    """An import of a capture: cost per packet, memory."""
    capture, truth = folder / "grow.pcap", folder / "grow.json"
    bench.run([bench.GENERATOR, "--out", capture, "--profile", "small", "--mib", mib, "--seed",
               bench.SEED, "--truth", truth, *more])
    packets = bench.json.loads(truth.read_text())["packets"]
    bench.into_page_cache(capture)
    done = [bench.import_once(capture, folder, "") for _ in range(3)]
    capture.unlink()
    return {"packets": packets,
            "cpu": statistics.median(d["cpu"] for d in done) / packets * 1e6,
            "wall": statistics.median(d["seconds"] for d in done) / packets * 1e6,
            "peak": max(d["peak_kib"] for d in done) / 1024,
            "disk": done[-1]["disk"] / packets}


def import_table(head, names, results):
    rows = [f"| {head} | processor, µs per packet | time, µs per packet | peak memory, MiB | "
            "disk, bytes per packet |", "| ---: | ---: | ---: | ---: | ---: |"]
    for name, r in zip(names, results):
        rows.append(f"| {name} | {r['cpu']:.2f} | {r['wall']:.2f} | {r['peak']:.0f} | "
                    f"{r['disk']:.0f} |")
    return "\n".join(rows)


def numbers(text):
    return [int(n) for n in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", default="1000000,10000000", type=numbers)
    parser.add_argument("--days", default="1,10", type=numbers)
    parser.add_argument("--mib", default="64,128,256", type=numbers)
    parser.add_argument("--flows", default="50,1000,20000", type=numbers)
    parser.add_argument("--folder", help="where the stores go, and stay (default: a temporary one)")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    counts, day, flows_mib = arguments.counts, 1_000_000, FLOWS_MIB
    if arguments.short:
        counts, day, flows_mib = [20_000, 40_000], 5_000, 4
        arguments.mib, arguments.flows, arguments.days = [4, 8], [50, 200], [1, 2]
    with tempfile.TemporaryDirectory(prefix="spider-growth-") as temporary:
        folder = pathlib.Path(arguments.folder or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        sizes = [imported(folder, m) for m in arguments.mib]
        flows = [imported(folder, flows_mib, "--at-once", f) for f in arguments.flows]
        told = "\n\n".join([
            f"Commit {bench.commit()}, {bench.hardware()}. Communications in a store of one day:",
            store_table([f"{c / 1e6:g} million" for c in counts], counts[-1] / counts[0],
                        stores(folder, counts)),
            f"Days in a store, {day:,} communications in each; lists and the ten are of all days, "
            "timelines of the last:",
            store_table([f"{d} day" + "s" * (d > 1) for d in arguments.days],
                        arguments.days[-1] / arguments.days[0],
                        days(folder, arguments.days, day)),
            "Packets in a file:",
            import_table("packets", [f"{r['packets']:,}" for r in sizes], sizes),
            f"Conversations at once, {flows_mib} MiB of packets:",
            import_table("conversations", [f"{f:,}" for f in arguments.flows], flows)]) + "\n"
    print(told)
    if arguments.write:
        bench.write_page("growth", told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
