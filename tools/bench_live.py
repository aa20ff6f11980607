#!/usr/bin/env python3
"""Measures live capture: the most packets per second that are taken without loss, beside tcpdump.

    bench_live.py [--short] [--write] [--capture F.pcap [--communications N]] [--mib N] [--runs N]
                  [--spider BINARY] [--shards N] [--threads N] [--buffer-mib N] [--only-at RATE]

Two network namespaces of its own, a veth pair between them with every offload off; tcpreplay sends
a capture from the first processor, the capturer (`tcpdump -w /dev/null`, then Spider with a durable
store) has the second alone, with all of its threads. Bisection finds the highest rate at which
nothing was dropped, anywhere, and at which Spider told every communication of the capture; it
counts when --runs runs in a row at that rate are clean. The last run is as fast as the sender can:
there the books have to balance, the API has to answer, and whatever is told as complete has to be
what an import of the same file tells.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import live_overload
from bench import BINARY, GENERATOR, SEED, commit, hardware, into_page_cache, run, write_page

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/system"))
from support import Server, free_port  # noqa: E402
from traffic import Neighbour  # noqa: E402

INSIDE = "SPIDER_BENCH_LIVE_INSIDE"
SENDER_CPU, CAPTURER_CPU = "0", "1"
OURS, THEIRS = "here0", "there0"
STEP = 1.04  # the bisection ends when its bounds are this near
# rx checksum, tx checksum, scatter, TSO, UFO, GSO, GRO: <linux/ethtool.h>
OFFLOADS = """
import fcntl, socket, struct, sys, array
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for command in (0x15, 0x17, 0x19, 0x1f, 0x22, 0x24, 0x2c):
    value = array.array("B", struct.pack("II", command, 0))
    request = struct.pack("16sP", sys.argv[1].encode(), value.buffer_info()[0])
    try:
        fcntl.ioctl(s, 0x8946, request)
    except OSError as e:
        if e.errno != 95:  # the device has no such offload
            raise
"""


def enter_namespace():
    """Runs this program again in a network namespace of its own, as the system tests do."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    inside = 'ip link set lo up && exec "$0" "$@"'
    os.environ[INSIDE] = "1"
    os.execvp("unshare", ["unshare", *user, "--net", "--", "sh", "-c", inside, sys.executable,
                          *sys.argv])


class Wire:
    """The pair of interfaces, the capture that goes over it, and its sender."""

    def __init__(self, capture):
        self.capture = capture
        self.neighbour = Neighbour(OURS, THEIRS)
        run([sys.executable, "-c", OFFLOADS, OURS])
        self.neighbour.run(sys.executable, "-c", OFFLOADS, THEIRS)

    def send(self, rate):
        """Sends the capture once, at `rate` packets/s or as fast as it goes; (sent, packets/s)."""
        speed = f"--pps={rate:.0f}" if rate else "--topspeed"
        said = self.neighbour.run("taskset", "-c", SENDER_CPU, "tcpreplay", "--preload-pcap",
                                  "--no-flow-stats", speed, "-i", THEIRS, str(self.capture))
        sent = int(re.search(r"Successful packets:\s+(\d+)", said)[1])
        return sent, float(re.search(r"([\d.]+) pps", said)[1])


class Tcpdump:
    name = "`tcpdump -w /dev/null`"

    def __init__(self, wire, arguments, truth):
        self.wire, self.buffer_kib = wire, arguments.buffer_mib * 1024

    def at(self, rate):
        process = subprocess.Popen(
            ["taskset", "-c", CAPTURER_CPU, "tcpdump", "-i", OURS, "-B", str(self.buffer_kib), "-n",
             "-Z", "root", "-w", "/dev/null"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True)
        words = process.stderr.readline()
        while "listening on" not in words:
            words = process.stderr.readline()
            if not words:
                sys.exit("bench: tcpdump does not capture")
        sent, speed = self.wire.send(rate)
        time.sleep(1.2)  # the time-out of its last block is a second
        process.terminate()
        words = process.stderr.read()
        process.wait()
        took, dropped = (int(re.search(rf"(\d+) packets? {w}", words)[1])
                         for w in ("captured", "dropped by kernel"))
        return {"speed": speed, "sent": sent, "clean": took == sent and dropped == 0,
                "told": f"sent {sent:,}, captured {took:,}, dropped by the kernel {dropped:,}"}


class Spider:
    name = "Spider"

    def __init__(self, wire, arguments, truth, folder):
        self.wire, self.arguments, self.truth, self.folder = wire, arguments, truth, folder

    def config(self):
        path = self.folder / "live.toml"
        a = self.arguments
        path.write_text(f"""
[store]
path = "{self.folder / "data"}"
[api]
listen = "127.0.0.1:{free_port()}"
[pipeline]
shards = {a.shards}
[[whisperer]]
name = "wire"
interface = "{OURS}"
direction = "in"
buffer_mib = {a.buffer_mib}
threads = {a.threads}
""")
        return path

    def start(self):
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        server = Server(self.config(), self.folder, prefix=("taskset", "-c", CAPTURER_CPU))
        server.command[3] = self.arguments.spider
        server.start()
        for _ in range(200):
            if server.state("wire") == "capturing":
                return server
            time.sleep(0.05)
        sys.exit("bench: Spider does not capture")

    def settle(self, server, sent, seconds=30):
        """Its books once they account for every packet that was sent and nothing moves any more."""
        until, before = time.monotonic() + seconds, None
        while time.monotonic() < until:
            books = server.whisperer("wire")["books"]
            if books == before and accounted(books) >= sent:
                return books
            before = {k: v for k, v in books.items() if k != "listening_ms"}
            if self.whole(books, sent):
                return books
            time.sleep(0.3)
        return books

    def whole(self, b, sent):
        return (b["packets_received"] == sent and not lost(b) and
                b["communications_complete"] == self.truth and
                b["communications_stored"] == self.truth)

    def at(self, rate):
        server = self.start()
        try:
            sent, speed = self.wire.send(rate)
            ended = time.monotonic()
            books = self.settle(server, sent, 3)
            drained = time.monotonic() - ended
            cpu = processor_seconds(server.process.pid)
        finally:
            server.stop()
        words = (f"sent {sent:,}, received {books['packets_received']:,}, dropped by the kernel "
                 f"{books['kernel_dropped']:,}, by the ring {books['ring_dropped']:,}; "
                 f"{books['communications_complete']:,} of {self.truth:,} communications; "
                 f"{cpu:.2f} s of processor, done {drained:.1f} s after the last packet")
        return {"speed": speed, "sent": sent, "clean": self.whole(books, sent), "cpu": cpu,
                "told": words}


def lost(b):
    return b["kernel_dropped"] + b["interface_dropped"] + b["ring_dropped"]


def accounted(b):
    return b["packets_received"] + b["kernel_dropped"] + b["interface_dropped"]


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tried(program, rate):
    result = program.at(rate)
    print(f"{program.name} at {result['speed']:,.0f}/s: {'clean' if result['clean'] else 'loss'}; "
          f"{result['told']}", file=sys.stderr, flush=True)
    return result


def most(program, runs, top=0):
    """The runs at the highest rate that `runs` runs in a row take without loss. `top` is what the
    sender has shown that it can; it is not as fast every time."""
    first = tried(program, None)
    high = max(first["speed"], top)
    if first["clean"] and first["speed"] * STEP > high:
        more = [tried(program, None) for _ in range(runs - 1)]
        if all(r["clean"] for r in more):
            return [first, *more]
    low = high / 4
    while high / low > STEP:
        middle = (low * high) ** 0.5
        result = tried(program, middle)
        if result["clean"] and result["speed"] * STEP > middle:
            low = middle
        else:  # too fast for the capturer, or for the sender
            high = middle
    while True:
        clean = []
        while len(clean) < runs:
            clean.append(tried(program, low))
            if not clean[-1]["clean"]:
                break
        else:
            return clean
        low /= STEP


def table(rows):
    out = ["| traffic | program | packets/s without loss | MiB/s | share of tcpdump's | processor "
           "per packet |", "| --- | --- | ---: | ---: | ---: | ---: |"]
    for r in rows:
        cpu = f"{r['cpu_us']:.2f} µs" if "cpu_us" in r else "-"
        out.append(f"| {r['traffic']} | {r['name']} | {r['speed']:,.0f} | {r['mib']:.0f} | "
                   f"{r['share']:.2f} | {cpu} |")
    return "\n".join(out)


def measure(wire, arguments, truth, folder):
    size = wire.capture.stat().st_size
    dump, ours = Tcpdump(wire, arguments, truth), Spider(wire, arguments, truth, folder)
    theirs = most(dump, arguments.runs)
    # The sender limits tcpdump: its best run is the yardstick, and of ours the worst counts.
    top, packets = max(r["speed"] for r in theirs), theirs[0]["sent"]
    spider = most(ours, arguments.runs, top)
    rows = []
    for program, results, speed in ((dump, theirs, top),
                                    (ours, spider, min(r["speed"] for r in spider))):
        rows.append({"traffic": wire.capture.stem, "name": program.name, "speed": speed,
                     "share": speed / top, "mib": speed * size / packets / 2**20})
        if "cpu" in results[0]:
            rows[-1]["cpu_us"] = min(r["cpu"] for r in results) / packets * 1e6
    return rows, ours, packets


def told_by_import(spider, capture):
    done = subprocess.run([spider, "export", "--read", capture, "--books"], check=True, text=True,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    books = json.loads(done.stderr.splitlines()[-1])
    return {**books, **books.get("books", {})}["communications_complete"]


def traffic(arguments, folder):
    """(capture, communications in it)."""
    capture, truth = folder / "small.pcap", folder / "small.json"
    if arguments.capture:
        capture = pathlib.Path(arguments.capture)
        found = arguments.communications or told_by_import(arguments.spider, capture)
    else:
        run([GENERATOR, "--out", capture, "--profile", "small", "--mib", arguments.mib, "--seed",
             SEED, "--truth", truth])
        found = json.loads(truth.read_text())["communications"]
    into_page_cache(capture)
    return capture, found


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="a smoke run: one modest rate")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--capture", help="send this file instead of generated traffic")
    parser.add_argument("--communications", type=int, help="how many the file is known to have")
    parser.add_argument("--mib", type=int, default=512)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--shards", type=int, default=1, help="it has one processor")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--buffer-mib", type=int, default=64)
    parser.add_argument("--spider", default=str(BINARY))
    parser.add_argument("--only-at", type=float, help="only Spider, --runs times at this rate")
    parser.add_argument("--folder", help="where files and stores go (default: a temporary one)")
    arguments = parser.parse_args()
    if INSIDE not in os.environ:
        enter_namespace()
    if os.cpu_count() < 2:
        sys.exit("bench: sender and capturer need a processor each")
    if arguments.short:
        arguments.mib, arguments.runs = 8, 1
    os.sched_setaffinity(0, {int(SENDER_CPU)})
    with tempfile.TemporaryDirectory(prefix="spider-live-", dir=arguments.folder) as folder:
        folder = pathlib.Path(folder)
        capture, communications = traffic(arguments, folder)
        wire = Wire(capture)
        try:
            return measured(arguments, wire, communications, folder)
        finally:
            wire.neighbour.close()


def measured(arguments, wire, communications, folder):
    ours = Spider(wire, arguments, communications, folder)
    rate = 20_000 if arguments.short else arguments.only_at
    if rate:
        clean = [tried(ours, rate)["clean"] for _ in range(arguments.runs)]
        if not arguments.short or not all(clean):
            return 0 if all(clean) else 1
        beyond = live_overload.beyond(ours)
        print(beyond)
        return 0
    rows, ours, packets = measure(wire, arguments, communications, folder)
    told = (f"Commit {commit()}, {hardware()}; of {arguments.runs} runs without loss tcpdump's "
            f"best and Spider's worst; {packets:,} packets, {communications:,} communications "
            "each.\n\n"
            f"{table(rows)}\n\n"
            f"{live_overload.beyond(ours)}\n")
    print(told)
    if arguments.write:
        write_page("live", told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
