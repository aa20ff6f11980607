#!/usr/bin/env python3
"""What packet loss costs: the share of transactions that Spider, and tshark beside it, still tell.

    tools/loss.py [--connections N] [--seeds N] [--loss 0 1 5 10] [--burst N] [--spider BINARY]
                  [--no-tshark]

Writes captures of HTTP connections that never happened (keep-alive, pipelining, chunked and long
bodies), leaves out frames at random, each with a seed, and compares what is told with the truth. A
transaction is intact when no frame with its bytes was left out. Request and response carry the same
number, so a pair that is told is right or wrong, never probable.
"""
import argparse
import json
import os
import pathlib
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent
SEGMENT = 1448
PIPELINED = 0.15  # of the connections
UNCERTAIN = "pairing_uncertain"
CUT_WORDS = ("_in_gap", "_cut", "_not_seen", "_incomplete", UNCERTAIN)


class Line:
    """The frames of one connection: (time in us, bytes, transactions whose bytes they carry)."""

    def __init__(self, rng, number):
        self.rng, self.frames = rng, []
        self.now = 1_767_225_600_000_000 + rng.randrange(20_000_000)
        self.ip = (0x0A010000 + number // 60000, 0x0A000001 + number % 12)
        self.port = (1024 + number % 60000, 80)
        self.seq = [rng.randrange(1 << 32), rng.randrange(1 << 32)]

    def wait(self, low, high):
        self.now += self.rng.randint(low, high)

    def frame(self, side, flags, payload=b"", owners=()):
        other = 1 - side
        ack = 0 if flags == 0x02 else self.seq[other]
        tcp = struct.pack(">HHIIBBHHH", self.port[side], self.port[other], self.seq[side], ack,
                          0x50, flags, 65535, 0, 0)
        ip = struct.pack(">BBHHHBBHII", 0x45, 0, 40 + len(payload), 0, 0, 64, 6, 0, self.ip[side],
                         self.ip[other])
        self.frames.append((self.now, b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + ip + tcp + payload,
                            owners))
        self.seq[side] = (self.seq[side] + len(payload) + (flags & 3 != 0)) % (1 << 32)

    def send(self, side, parts):
        """parts: (bytes, transaction), laid one behind the other in full segments."""
        stream = b"".join(part for part, _ in parts)
        ends, at = [], 0
        for part, owner in parts:
            ends.append((at, at + len(part), owner))
            at += len(part)
        for i, at in enumerate(range(0, len(stream), SEGMENT)):
            piece = stream[at:at + SEGMENT]
            self.wait(1, 12)
            owners = [o for a, b, o in ends if a < at + len(piece) and at < b]
            self.frame(side, 0x18 if at + SEGMENT >= len(stream) else 0x10, piece, owners)
            if i % 2 == 1:
                self.wait(1, 8)
                self.frame(1 - side, 0x10)


def request(rng, number):
    head = f"/r/{number} HTTP/1.1\r\nHost: shop.example\r\nX-Fill: {'x' * rng.randint(20, 300)}\r\n"
    if rng.random() < 0.75:
        return f"GET {head}\r\n".encode()
    body = b"q" * rng.randint(10, 2500)
    return f"POST {head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def response(rng, number):
    status = rng.choice((200, 200, 200, 201, 204, 304, 404, 500))
    head = f"HTTP/1.1 {status} Because\r\nContent-Type: x/n{number}\r\n" \
           f"Server: {'y' * rng.randint(5, 200)}\r\n"
    if status in (204, 304):
        return head.encode() + b"\r\n"
    size = rng.randint(20, 2500) if rng.random() < 0.9 else rng.randint(2500, 60000)
    body = bytes(rng.choices(b"abcdefgh \n", k=64)) * (size // 64 + 1)
    body = body[:size]
    if rng.random() < 0.7:
        return f"{head}Content-Length: {size}\r\n\r\n".encode() + body
    out = f"{head}Transfer-Encoding: chunked\r\n\r\n".encode()
    step = rng.randint(200, 16000)
    for at in range(0, size, step):
        piece = body[at:at + step]
        out += b"%x\r\n%s\r\n" % (len(piece), piece)
    return out + b"0\r\n\r\n"


def conversation(rng, number, first):
    """One connection; (frames, numbers of its transactions)."""
    line = Line(rng, number)
    line.frame(0, 0x02)
    line.wait(100, 600)
    line.frame(1, 0x12)
    line.wait(20, 100)
    line.frame(0, 0x10)
    count, done = rng.randint(1, 12), first
    pipelines = rng.random() < PIPELINED
    while done < first + count:
        n = min(rng.randint(2, 4) if pipelines else 1, first + count - done)
        line.wait(50, 30000)
        numbers = range(done, done + n)
        together = rng.random() < 0.5
        for group in [numbers] if together else [[k] for k in numbers]:
            line.send(0, [(request(rng, k), k) for k in group])
        line.wait(200, 20000)
        for group in [numbers] if together else [[k] for k in numbers]:
            line.send(1, [(response(rng, k), k) for k in group])
        done += n
    for side, flags in ((0, 0x11), (1, 0x11), (0, 0x10)):
        line.wait(10, 400)
        line.frame(side, flags)
    return line.frames, range(first, done)


def lost_one_by_one(frames, loss, dropper):
    """The frames of each connection that are left out, in the order in which they were made."""
    return [dropper.random() * 100 < loss for _ in frames]


def lost_in_bursts(frames, loss, burst, dropper):
    """As a capture loses them that has more to do than it can: all lines at once for a while."""
    out, losing, left = [], False, 0
    for _ in frames:
        if left <= 0:
            losing = not losing and loss > 0
            mean = burst if losing else burst * (100 - loss) / max(loss, 0.01)
            left = 1 + int(dropper.expovariate(1 / mean))
        left -= 1
        out.append(losing)
    return out


def write_capture(path, connections, loss, seed, burst=0):
    """Writes it; returns {number: intact} and which numbers have anything left. With `burst` frames
    are lost so many at a time, and all of them come as fast as a sender can."""
    rng, dropper = random.Random(seed), random.Random(seed * 7919 + 1)
    intact, seen, frames = {}, set(), []
    for number in range(connections):
        of_line, numbers = conversation(rng, number, len(intact))
        intact.update((k, True) for k in numbers)
        frames += of_line
    lost = lost_one_by_one(frames, loss, dropper)
    if burst:
        frames.sort(key=lambda f: f[0])
        lost = lost_in_bursts(frames, loss, burst, dropper)
        frames = [(frames[0][0] + i * 3, *frame[1:]) for i, frame in enumerate(frames)]
    kept = []
    for (time, data, owners), gone in zip(frames, lost):
        if gone:
            intact.update((k, False) for k in owners)
        else:
            seen.update(owners)
            kept.append((time, data))
    kept.sort(key=lambda f: f[0])
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for time, data in kept:
            out.write(struct.pack("<IIII", time // 10**6, time % 10**6, len(data), len(data)))
            out.write(data)
    return intact, seen


def number_of(text):
    found = re.search(r"(\d+)$", text or "")
    return int(found.group(1)) if found else None


def ask_spider(binary, path):
    """(request number, response number, state complete, codes) of each communication."""
    run = subprocess.run([binary, "export", "--read", path, "--format", "jsonl"], check=True,
                         capture_output=True, text=True)
    for line in run.stdout.splitlines():
        c = json.loads(line)
        if c.get("proto") == "http1":
            yield (number_of(c["path"]), number_of(c["response_type"]), c["state"], c["codes"])


def ask_tshark(path):
    """A response belongs to a request of the frame that tshark names: when that holds several, to
    the right one, if it is among them."""
    fields = ("frame.number", "http.request.uri", "http.content_type", "http.request_in")
    run = subprocess.run(["tshark", "-n", "-r", path, "-Y", "http", "-T", "fields",
                          "-E", "occurrence=a", "-E", "aggregator=|"]
                         + [w for f in fields for w in ("-e", f)],
                         check=True, capture_output=True, text=True)
    rows = [(line + "\t\t\t").split("\t")[:4] for line in run.stdout.splitlines()]
    asked = {row[0]: [number_of(uri) for uri in row[1].split("|") if uri] for row in rows}
    for _, _, types, frames in rows:
        frames = frames.split("|")
        for i, kind in enumerate(types.split("|") if types else []):
            answered = number_of(kind)
            candidates = [n for f in frames[i:i + 1] or frames[-1:] for n in asked.get(f, [])]
            request = answered if answered in candidates else (candidates or [None])[0]
            yield request, answered, "complete" if candidates else "no_request", []


def judge(told, intact, seen):
    sums = dict.fromkeys(("intact", "found", "cut", "kept", "marked", "wrong", "wrong_unmarked",
                          "invented"), 0)
    right, kept, marked = set(), set(), set()
    for asked, answered, state, codes in told:
        numbers = {n for n in (asked, answered) if n is not None}
        if not numbers <= intact.keys():
            sums["invented"] += 1
            continue
        kept |= numbers
        if asked is not None and answered is not None and asked != answered:
            sums["wrong"] += 1
            sums["wrong_unmarked"] += UNCERTAIN not in codes
            continue
        if asked == answered and state == "complete":
            right.add(asked)
        if state != "complete" or codes:
            marked |= numbers
    for number, whole in intact.items():
        if whole:
            sums["intact"] += 1
            sums["found"] += number in right
        elif number in seen:
            sums["cut"] += 1
            sums["kept"] += number in kept
            sums["marked"] += number in marked
    return sums


def measure(binary, folder, connections, loss, seeds, tshark, burst=0):
    """{who: sums} over the seeds."""
    total = {}
    for seed in seeds:
        path = os.path.join(folder, "loss.pcap")
        intact, seen = write_capture(path, connections, loss, seed, burst)
        told = {"spider": ask_spider(binary, path)}
        if tshark:
            told["tshark"] = ask_tshark(path)
        for who, what in told.items():
            sums = judge(what, intact, seen)
            before = total.setdefault(who, dict.fromkeys(sums, 0))
            total[who] = {k: before[k] + v for k, v in sums.items()}
        os.remove(path)
    return total


def percent(part, whole):
    return f"{100 * part / whole:.2f} %" if whole else "-"


def main():
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--connections", type=int, default=2000)
    ask.add_argument("--seeds", type=int, default=2)
    ask.add_argument("--loss", type=float, nargs="+", default=[0, 1, 5, 10])
    ask.add_argument("--burst", type=int, default=0, help="frames lost at a time")
    ask.add_argument("--spider", default=str(TOP / "build/release/spider"))
    ask.add_argument("--no-tshark", action="store_true")
    options = ask.parse_args()
    tshark = not options.no_tshark and shutil.which("tshark") is not None
    print("| loss | tool | intact | found right | cut, kept | cut, marked | wrong pairs "
          "| of them unmarked | invented |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for loss in options.loss:
            total = measure(options.spider, folder, options.connections, loss,
                            range(1, options.seeds + 1), tshark, options.burst)
            for who, s in total.items():
                print(f"| {loss:g} % | {who} | {s['intact']:,} | {percent(s['found'], s['intact'])}"
                      f" | {percent(s['kept'], s['cut'])} | {percent(s['marked'], s['cut'])}"
                      f" | {s['wrong']:,} | {s['wrong_unmarked']:,} | {s['invented']:,} |",
                      flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
