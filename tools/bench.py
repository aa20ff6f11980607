#!/usr/bin/env python3
"""Measures an import from a file to the store, beside other programs reading the same file.

    bench.py [--short] [--write] [--mib N] [--runs N] [--folder DIR] [--only PROFILE]
             [--file F --communications N]

For each profile of generated traffic, and for everything kept but packets, bodies off, and packets
kept too: packets per second (median of the runs), the ratio to `tcpdump -r F -w /dev/null` (the
least that reading can cost, run between the imports) with its target, and to tshark listing the
HTTP of the file, bytes on disk per communication, peak memory. The files are read once before, so
the disk's speed is not in the figures. --write puts the table into docs/performance.md. --file
measures a capture of your own in place of the profiles.
--short is a smoke run: one small file, one run, and every communication must be found.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
BINARY = TOP / "build/release/spider"
GENERATOR = TOP / "build/release/bench/gen_capture"
PAGE = TOP / "docs/performance.md"
SEED = 2026


def write_page(part, told):
    """Puts it between the marks of that part of docs/performance.md."""
    begin, end = f"<!-- {part} begin -->", f"<!-- {part} end -->"
    before, rest = PAGE.read_text().split(begin)
    PAGE.write_text(f"{before}{begin}\n\n{told}\n{end}{rest.split(end)[1]}")


def run(command):
    """(seconds, processor seconds, peak KiB, standard output) of a command that must succeed."""
    read, write = os.pipe()
    began = time.monotonic()
    process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=write,
                               stderr=subprocess.PIPE)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        output = pipe.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"bench: {command[0]} ended with {process.returncode}: "
                 f"{process.stderr.read().decode(errors='replace')}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, output


def bytes_on_disk(folder):
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())


def into_page_cache(path):
    """In pieces: a child's peak memory begins with what its parent held when it was made."""
    with open(path, "rb") as file:
        while file.read(1 << 20):
            pass


# What is kept, how it is set, and how many times tcpdump's wall time it may take.
KEEPING = [("all but packets", "", 5.0), ("no bodies", "save_bodies = false", 2.5),
           ("packets too", "save_packets = true", 7.5)]
MEMORY_MIB = 300
DISK_SHARE = 0.45


def import_once(capture, folder, setting):
    store = folder / "data"
    shutil.rmtree(store, ignore_errors=True)
    config = folder / "bench.toml"
    config.write_text(f'[store]\npath = "{store}"\n[[whisperer]]\nname = "bench"\n'
                      f'type = "UPLOAD"\n{setting}\n')
    seconds, cpu, peak, output = run([BINARY, "import", "--config", config, "--json", capture])
    books = json.loads(output)
    return {"seconds": seconds, "cpu": cpu, "peak_kib": peak, "disk": bytes_on_disk(store),
            "books": {**books, **books.get("books", {})}}


def make(profile, mib, folder):
    """The capture and what is true of it."""
    capture, truth_path = folder / f"{profile}.pcap", folder / f"{profile}.json"
    run([GENERATOR, "--out", capture, "--profile", profile, "--mib", mib, "--seed", SEED, "--truth",
         truth_path])
    return capture, json.loads(truth_path.read_text())["communications"]


def tshark_seconds(capture, runs):
    return statistics.median(run([
        "tshark", "-r", capture, "-Y", "http", "-T", "fields", "-e", "frame.time_epoch", "-e",
        "http.request.method", "-e", "http.request.uri", "-e", "http.response.code"])[0]
        for _ in range(1 if runs < 3 else 3))


def measure(profile, capture, communications, runs, folder):
    into_page_cache(capture)
    tshark = tshark_seconds(capture, runs)
    results = []
    for kept, setting, target in KEEPING:
        imports, tcpdump = [], []
        for _ in range(runs):
            tcpdump.append(run(["tcpdump", "-r", capture, "-w", "/dev/null"])[0])
            imports.append(import_once(capture, folder, setting))
        books = imports[0]["books"]
        found = books["communications_complete"]
        if found != communications:
            sys.exit(f"bench: {profile}: {found} communications found, {communications} made")
        seconds = [i["seconds"] for i in imports]
        results.append({
            "profile": profile, "kept": kept, "target": target,
            "file_mib": capture.stat().st_size / 2**20, "packets": books["packets_received"],
            "communications": communications, "seconds": statistics.median(seconds),
            "spread": max(seconds) - min(seconds),
            "cpu": statistics.median(i["cpu"] for i in imports),
            "peak_mib": max(i["peak_kib"] for i in imports) / 1024, "disk": imports[-1]["disk"],
            "tcpdump": statistics.median(tcpdump), "tshark": tshark})
    return results


def table(results):
    rows = ["| profile | kept | file | seconds | × tcpdump's time | target | reached | packets/s | "
            "× faster than tshark | disk per communication | store ÷ file | peak memory |",
            "| --- | --- | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |"]
    for r in results:
        ratio, share = r["seconds"] / r["tcpdump"], r["disk"] / (r["file_mib"] * 2**20)
        missed = [name for name, bad in (
            ("time", ratio > r["target"]), ("memory", r["peak_mib"] > MEMORY_MIB),
            ("disk", r["kept"] == KEEPING[0][0] and share > DISK_SHARE)) if bad]
        rows.append(
            f"| {r['profile']} | {r['kept']} | {r['file_mib']:.0f} MiB | {r['seconds']:.2f} | "
            f"{ratio:.1f} | ≤ {r['target']} | {'no: ' + ', '.join(missed) if missed else 'yes'} | "
            f"{r['packets'] / r['seconds']:,.0f} | {r['tshark'] / r['seconds']:.1f} | "
            f"{r['disk'] / r['communications']:,.0f} B | {share:.2f} | {r['peak_mib']:.0f} MiB |")
    return "\n".join(rows)


def hardware():
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if "model name" in l), "?")
    memory = next(int(l.split()[1]) for l in open("/proc/meminfo") if l.startswith("MemTotal"))
    return f"{model}, {os.cpu_count()} processors, {memory / 2**20:.0f} GiB"


def commit():
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=TOP, capture_output=True,
                          text=True)
    return done.stdout.strip() or "no git"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--mib", type=int, default=576)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", help="where the files and stores go (default: a temporary one)")
    parser.add_argument("--only", choices=["small", "large", "noise"])
    parser.add_argument("--file", type=pathlib.Path, help="a capture of your own")
    parser.add_argument("--communications", type=int, help="whole ones in it")
    arguments = parser.parse_args()
    profiles, mib, runs = ["small", "large", "noise"], arguments.mib, arguments.runs
    if arguments.only:
        profiles = [arguments.only]
    if arguments.short:
        profiles, mib, runs = ["small"], 8, 1
    results = []
    with tempfile.TemporaryDirectory(prefix="spider-bench-", dir=arguments.folder) as name:
        folder = pathlib.Path(name)
        if arguments.file:
            results = measure(arguments.file.name, arguments.file, arguments.communications, runs,
                              folder)
        for profile in profiles if not arguments.file else []:
            capture, communications = make(profile, mib, folder)
            results += measure(profile, capture, communications, runs, folder)
            capture.unlink()
    told = f"Commit {commit()}, {hardware()}; median of {runs}.\n\n{table(results)}\n"
    print(told)
    for r in results:
        print(f"{r['profile']}, {r['kept']}: {r['seconds']:.2f} s (spread {r['spread']:.2f} s, "
              f"processor {r['cpu']:.2f} s), tcpdump {r['tcpdump']:.2f} s, tshark "
              f"{r['tshark']:.2f} s")
    if arguments.write:
        write_page("bench", told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
