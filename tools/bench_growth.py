#!/usr/bin/env python3
"""Which costs grow how: questions over stores of growing size, imports of growing files.

    bench_growth.py [--counts 1000000,10000000] [--mib 64,128,256] [--folder DIR] [--short]
                    [--write]

A store of each count (bench/seed_store.cc; DIR/COUNT when it is there already) is asked every
question of bench_queries.py, started, and weighed. Captures of each size are imported. --write puts
the tables into docs/performance.md.
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


def stores(folder, counts):
    """Per count: {question: median ms}, and facts of the store."""
    out = []
    for count in counts:
        place = folder / str(count)
        place.mkdir(parents=True, exist_ok=True)
        facts = bench_queries.seeded(place, count)
        for file in (place / "store").rglob("*"):
            if file.is_file():
                bench.into_page_cache(file)
        medians = {}
        for question in bench_queries.questions(facts):
            medians[question.name] = bench_queries.measure(place, question, RUNS)["median"]
            print(f"{count}: {question.name}: {medians[question.name]:.2f}", file=sys.stderr)
        begun = statistics.median(bench_queries.starts(place, facts))
        server = bench_queries.Server(place)
        for question in bench_queries.questions(facts):
            server.ask(question.requests[0])
        out.append({"medians": medians, "start": begun, "rss": server.rss_mib(),
                    "disk": bench.bytes_on_disk(place / "store") / count})
        server.close()
    return out


def store_table(counts, results):
    grown = counts[-1] / counts[0]
    rows = ["| | " + " | ".join(f"{c / 1e6:g} million" for c in counts) +
            f" | times, of {grown:g} |", "| --- |" + " ---: |" * (len(counts) + 1)]

    def row(name, values, form):
        rows.append(f"| {name} | " + " | ".join(form(v) for v in values) +
                    f" | {values[-1] / values[0]:.1f} |")

    for name in results[0]["medians"]:
        row(f"{name}, ms", [r["medians"][name] for r in results], ms)
    row("start to first answer, ms", [r["start"] for r in results], ms)
    row("resident after all questions, MiB", [r["rss"] for r in results], ms)
    row("disk per communication, bytes", [r["disk"] for r in results], ms)
    return "\n".join(rows)


def imports(folder, sizes):
    out = []
    for mib in sizes:
        capture, truth = folder / "grow.pcap", folder / "grow.json"
        bench.run([bench.GENERATOR, "--out", capture, "--profile", "small", "--mib", mib, "--seed",
                   bench.SEED, "--truth", truth])
        packets = bench.json.loads(truth.read_text())["packets"]
        bench.into_page_cache(capture)
        done = [bench.import_once(capture, folder) for _ in range(3)]
        flows = done[0]["books"].get("sessions_opened", 0)
        out.append({"packets": packets, "flows": flows,
                    "cpu": statistics.median(d["cpu"] for d in done) / packets * 1e6,
                    "wall": statistics.median(d["seconds"] for d in done) / packets * 1e6,
                    "peak": max(d["peak_kib"] for d in done) / 1024,
                    "disk": done[-1]["disk"] / packets})
        capture.unlink()
    return out


def import_table(results):
    rows = ["| packets | processor, µs per packet | time, µs per packet | peak memory, MiB | "
            "disk, bytes per packet |", "| ---: | ---: | ---: | ---: | ---: |"]
    for r in results:
        rows.append(f"| {r['packets']:,} | {r['cpu']:.2f} | {r['wall']:.2f} | {r['peak']:.0f} | "
                    f"{r['disk']:.0f} |")
    return "\n".join(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", default="1000000,10000000")
    parser.add_argument("--mib", default="64,128,256")
    parser.add_argument("--folder", help="where the stores go, and stay (default: a temporary one)")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if arguments.short:
        arguments.counts, arguments.mib = "20000,40000", "4,8"
    counts = [int(c) for c in arguments.counts.split(",")]
    with tempfile.TemporaryDirectory(prefix="spider-growth-") as temporary:
        folder = pathlib.Path(arguments.folder or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        fed = imports(folder, [int(m) for m in arguments.mib.split(",")])
        told = (f"Commit {bench.commit()}, {bench.hardware()}.\n\n"
                f"{store_table(counts, stores(folder, counts))}\n\nImports:\n\n"
                f"{import_table(fed)}\n")
    print(told)
    if arguments.write:
        bench_queries.write_page("growth", told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
