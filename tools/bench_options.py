#!/usr/bin/env python3
"""Measures what a whisperer's options cost: each saving option in bytes and processor time, and
what skip_empty_packets saves on a live line.

    bench_options.py [--short] [--write] [--mib N] [--runs N] [--rate N] [--folder DIR]

One generated capture is imported with everything off, then with one option at a time, in turns;
what an option costs is the difference to everything off. Then it is sent over a veth pair between
two network namespaces at a fixed rate, with and without skip_empty_packets, the capturer alone on
its processor: packets and bytes that reach Spider, and its processor time.
"""
import argparse
import os
import pathlib
import statistics
import sys
import tempfile
import time

import bench_live
from bench import BINARY, commit, hardware, import_once, into_page_cache, make, write_page

OFF = ["save_packets = false", "save_sessions = false", "save_parsing = false",
       "save_bodies = false"]
# (what it is called, the lines that differ from everything off)
OPTIONS = [("communications alone (all four off)", ""),
           ("save_sessions", "save_sessions"), ("save_parsing", "save_parsing"),
           ("save_bodies", "save_bodies"), ("save_packets", "save_packets"),
           ("all four", "save_sessions save_parsing save_bodies save_packets")]


def setting(on):
    return "\n".join(line.replace("false", "true") if line.split()[0] in on.split() else line
                     for line in OFF)


def saving(capture, runs, folder):
    """Per option the medians of processor seconds, wall seconds and bytes on disk."""
    told = {name: [] for name, _ in OPTIONS}
    for _ in range(runs):
        for name, on in OPTIONS:
            told[name].append(import_once(capture, folder, setting(on)))
    return [(name, *(statistics.median(r[key] for r in told[name])
                     for key in ("cpu", "seconds", "disk"))) for name, _ in OPTIONS]


def saving_table(rows, communications):
    base = rows[0]
    out = ["| saved besides communications and headers | processor | wall | on disk | costs "
           "processor | costs bytes per communication |",
           "| --- | ---: | ---: | ---: | ---: | ---: |"]
    for name, cpu, wall, disk in rows:
        more = "-" if name == base[0] else f"{cpu / base[1] - 1:+.0%}"
        each = "-" if name == base[0] else f"{(disk - base[3]) / communications:+,.0f} B"
        out.append(f"| {name} | {cpu:.2f} s | {wall:.2f} s | {disk / 2**20:.1f} MiB | {more} | "
                   f"{each} |")
    return "\n".join(out)


class Skipping(bench_live.Spider):
    """Spider on the wire, with or without skip_empty_packets."""

    def __init__(self, wire, arguments, truth, folder, skip):
        super().__init__(wire, arguments, truth, folder)
        self.skip = skip

    def config(self):
        path = super().config()
        path.write_text(path.read_text() + f"skip_empty_packets = {str(self.skip).lower()}\n")
        return path

    def once(self, rate):
        server = self.start()
        try:
            before = bench_live.processor_seconds(server.process.pid)
            sent, _ = self.wire.send(rate)
            found, until = -1, time.monotonic() + 60
            while time.monotonic() < until:
                books = server.whisperer("wire")["books"]
                if books["communications_stored"] == found == self.truth:
                    break
                found = books["communications_stored"]
                time.sleep(0.5)
            cpu = bench_live.processor_seconds(server.process.pid) - before
        finally:
            server.stop()
        if found != self.truth or bench_live.lost(books):
            sys.exit(f"bench: {found} of {self.truth} communications, {bench_live.lost(books)} "
                     "packets lost; try a lower --rate")
        return {"cpu": cpu, "sent": sent, "packets": books["packets_received"],
                "bytes": books["bytes_received"]}


def skipping_table(without, with_it):
    out = ["| | packets that reach Spider | bytes | processor |", "| --- | ---: | ---: | ---: |"]
    for name, r in (("every packet", without), ("skip_empty_packets", with_it)):
        out.append(f"| {name} | {r['packets']:,} | {r['bytes'] / 2**20:,.1f} MiB | "
                   f"{r['cpu']:.2f} s |")
    change = [f"{with_it[k] / without[k] - 1:+.0%}" for k in ("packets", "bytes", "cpu")]
    out.append(f"| change | {change[0]} | {change[1]} | {change[2]} |")
    out.append("| the original Spider's | −40 % | −7 % | −30 % |")
    return "\n".join(out)


def skipping(capture, communications, arguments, folder):
    wire = bench_live.Wire(capture)
    try:
        runs = {False: [], True: []}
        for _ in range(arguments.runs):
            for skip in runs:
                runs[skip].append(
                    Skipping(wire, arguments, communications, folder, skip).once(arguments.rate))
    finally:
        wire.neighbour.close()
    return skipping_table(*({k: statistics.median(r[k] for r in runs[skip]) for k in runs[skip][0]}
                            for skip in (False, True)))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="a smoke run")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--mib", type=int, default=128)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rate", type=int, default=60_000, help="packets/s on the wire")
    parser.add_argument("--folder", help="where files and stores go (default: a temporary one)")
    parser.set_defaults(buffer_mib=64, shards=1, threads=1, spider=str(BINARY))
    arguments = parser.parse_args()
    if bench_live.INSIDE not in os.environ:
        bench_live.enter_namespace()
    if arguments.short:
        arguments.mib, arguments.runs, arguments.rate = 8, 1, 20_000
    with tempfile.TemporaryDirectory(prefix="spider-options-", dir=arguments.folder) as folder:
        folder = pathlib.Path(folder)
        capture, communications = make("small", arguments.mib, folder)
        into_page_cache(capture)
        saved = saving_table(saving(capture, arguments.runs, folder), communications)
        os.sched_setaffinity(0, {int(bench_live.SENDER_CPU)})
        skipped = skipping(capture, communications, arguments, folder)
    told = (f"Commit {commit()}, {hardware()}; medians of {arguments.runs} runs in turns; "
            f"{communications:,} communications of the profile small, imported, then sent at "
            f"{arguments.rate:,} packets/s.\n\n{saved}\n\n{skipped}\n")
    print(told)
    if arguments.write:
        write_page("options", told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
