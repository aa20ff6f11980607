#!/usr/bin/env python3
"""How long the books of many uploads that overlap in time take to be told: a store of N uploads,
each of a small generated capture spread over some hours, each a little later than the one before;
then GET quality by hour and by minute over all, median and 99th percentile of some answers.

    bench_quality.py [--uploads 1000] [--hours 24] [--asks 21] [--store FOLDER]

The binary is $SPIDER_BIN, the generator $SPIDER_GEN, or those of build/release. With --store the
store is made there once and used again.
"""
import argparse
import http.client
import os
import pathlib
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
BINARY = os.environ.get("SPIDER_BIN", str(TOP / "build/release/spider"))
GENERATOR = os.environ.get("SPIDER_GEN", str(TOP / "build/release/bench/gen_capture"))
BEGIN_S = 1_767_225_600  # 2026-01-01
APART_S = 20  # between the beginnings of two uploads
FRAMES = 400
PORT = 28_421


def frames_of(capture):
    """The frames of a classic pcap, each with its lengths; the file's header."""
    data = capture.read_bytes()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at, out = 24, []
    while at + 16 <= len(data) and len(out) < FRAMES:
        taken, wire = struct.unpack(order + "II", data[at + 8:at + 16])
        out.append((taken, wire, data[at + 16:at + 16 + taken]))
        at += 16 + taken
    return order, data[:24], out


def make_store(folder, uploads, hours):
    """Uploads of one conversation each time, spread over so many hours."""
    made = folder / "made.pcap"
    subprocess.run([GENERATOR, "--out", made, "--truth", folder / "truth", "--mib", "1", "--seed",
                    "7"], check=True)
    order, header, frames = frames_of(made)
    files = []
    for i in range(uploads):
        path = folder / f"u{i:05}.pcap"
        with open(path, "wb") as out:
            out.write(header)
            for k, (taken, wire, frame) in enumerate(frames):
                at = BEGIN_S + i * APART_S + k * hours * 3_600 // len(frames)
                out.write(struct.pack(order + "IIII", at, 0, taken, wire) + frame)
        files.append(path)
    config = write_config(folder)
    for first in range(0, uploads, 250):
        subprocess.run([BINARY, "import", "--config", config, *files[first:first + 250]],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for path in files:
        path.unlink()


def write_config(folder):
    config = folder / "spider.toml"
    config.write_text(f'[store]\npath = "data"\n[api]\nlisten = "127.0.0.1:{PORT}"\n'
                      '[pipeline]\nuploads_keep_days = 0\n')
    return config


def ask(connection, path, asks):
    took = []
    for _ in range(asks + 1):
        began = time.monotonic()
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        took.append((time.monotonic() - began) * 1e3)
        if answer.status != 200:
            sys.exit(f"{path}: {answer.status} {body[:300]!r}")
    return took[0], sorted(took[1:]), len(body)


def measure(folder, asks):
    server = subprocess.Popen([BINARY, "--config", write_config(folder)],
                              stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
            try:
                connection.connect()
                break
            except OSError:
                time.sleep(0.05)
        print("| question | first | median | p99 | bytes |\n| --- | ---: | ---: | ---: | ---: |")
        for name, path in (("quality by hour", "/api/v1/quality?bucket=1h"),
                           ("quality by day", "/api/v1/quality?bucket=1d"),
                           ("books by hour", "/api/v1/books?bucket=1h")):
            first, took, size = ask(connection, path, asks)
            print(f"| {name} | {first:.1f} | {statistics.median(took):.1f} | {took[-1]:.1f} "
                  f"| {size} |")
    finally:
        server.terminate()
        server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uploads", type=int, default=1_000)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--asks", type=int, default=21)
    parser.add_argument("--store", type=pathlib.Path)
    arguments = parser.parse_args()
    folder = arguments.store or pathlib.Path(tempfile.mkdtemp(prefix="spider-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if not (folder / "data").exists():
            make_store(folder, arguments.uploads, arguments.hours)
        measure(folder, arguments.asks)
    finally:
        if not arguments.store:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
