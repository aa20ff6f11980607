"""Traffic, files and clients that want to exhaust Spider. Memory stays under the bound that the
README states, the cost per packet stays flat, and ordinary traffic beside it is still parsed.

Attacks are made by bench/gen_attack.cc and read by `spider import -`, a process whose memory and
processor time the kernel counts. SPIDER_ATTACK=full runs them at full size and, with
SPIDER_ATTACK_TABLE=FILE, writes the table of docs/limits.md.
"""
import gzip
import json
import os
import pathlib
import socket
import struct
import subprocess
import time
import zlib

from support import BINARY, GENERATOR, SystemTest, end, pcap_file

ATTACKER = pathlib.Path(os.environ.get("SPIDER_GEN_ATTACK", GENERATOR.parent / "gen_attack"))
FULL = os.environ.get("SPIDER_ATTACK") == "full"
TABLE = os.environ.get("SPIDER_ATTACK_TABLE")
# What the README promises for the limits as shipped.
BOUND_MIB = 1_024
NORMAL = 400

# name: (count of a short run, count of a full one); each runs with its count and with half of it.
ATTACKS = {
    "syn_flood": (600_000, 10_000_000),
    "half_open": (300_000, 1_000_000),
    "endless_head": (400_000, 10_000_000),
    "endless_line": (400_000, 10_000_000),
    "chunk_extensions": (100_000, 10_000_000),
    "extended_chunks": (400_000, 10_000_000),
    "endless_trailer": (400_000, 10_000_000),
    "interim_flood": (400_000, 10_000_000),
    "pipelined": (200_000, 1_000_000),
    "hole": (100_000, 1_000_000),
    "many_holes": (100_000, 1_000_000),
    "crumbs": (200_000, 2_000_000),
    "fragments": (100_000, 1_000_000),
    "chosen_flows": (40_000, 1_000_000),
    "other_flows": (40_000, 1_000_000),
    "chosen_fragments": (200_000, 1_000_000),
    "other_fragments": (200_000, 1_000_000),
    "half_heads": (300_000, 2_000_000),
    "all_at_once": (250_000, 1_000_000),
    "distinct_words": (100_000, 1_000_000),
    "interface_blocks": (300_000, 1_000_000),
}


class Usage:
    """The most memory a process had and the processor time it took, asked while it runs."""

    def __init__(self, process):
        self.process = process
        self.peak_mib = 0
        self.cpu_s = 0.0

    def watch(self, seconds):
        """Until the process ends; its exit code."""
        until = time.monotonic() + seconds
        while True:
            self.look()
            done = self.waited()
            if done is not None:
                return done
            if time.monotonic() > until:
                self.process.kill()
                raise AssertionError(f"not done after {seconds} s")
            time.sleep(0.01)

    def look(self):
        try:
            status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return
        for line in status.splitlines():
            # The high water mark, so that nothing between two looks is missed.
            if line.startswith("VmHWM:"):
                self.peak_mib = max(self.peak_mib, int(line.split()[1]) / 1024)

    def waited(self):
        pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
        if pid == 0:
            return None
        self.cpu_s = usage.ru_utime + usage.ru_stime
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return self.process.returncode


class Attacks(SystemTest):
    rows = []

    @classmethod
    def tearDownClass(cls):
        if TABLE and cls.rows:
            write_table(cls.rows)

    def run_attack(self, name, count, part, **settings):
        config = self.config(f"{name}-{part}.toml", store={"path": str(self.folder / f"{part}")},
                             log={"level": "error"}, **settings)
        made = subprocess.Popen([ATTACKER, name, str(count), str(NORMAL)], stdout=subprocess.PIPE)
        self.addCleanup(end, made)
        books_path = self.folder / f"{part}.json"
        with open(books_path, "wb") as out, made.stdout as stream:
            process = subprocess.Popen([BINARY, "import", "--config", config, "--json", "-"],
                                       stdin=stream, stdout=out, stderr=subprocess.PIPE)
        usage = Usage(process)
        code = usage.watch(1_800 if FULL else 120)
        with process.stderr as stream:
            self.assertEqual(code, 0, stream.read())
        return config, usage

    def parsed_normal(self, config):
        """Ordinary exchanges that were found whole. Only their lines are looked at."""
        with subprocess.Popen([BINARY, "export", "--config", config, "--format", "jsonl"],
                              stdout=subprocess.PIPE) as export:
            return sum(b'"normal.example"' in line and b'"status":200' in line and
                       b'"state":"complete"' in line for line in export.stdout)

    def attack(self, name):
        count = ATTACKS[name][1 if FULL else 0]
        half_config, half = self.run_attack(name, count // 2, "half")
        config, whole = self.run_attack(name, count, "whole")
        found = self.parsed_normal(config)
        ratio = whole.cpu_s / max(half.cpu_s, 0.001)
        print(f"      {name}: {count:,}, {whole.peak_mib:.0f} MiB, {whole.cpu_s:.2f} s, "
              f"{ratio:.2f} times the half's, {found} of {NORMAL} beside it", flush=True)
        self.rows.append((name, count, whole.peak_mib, whole.cpu_s, ratio, found))
        self.assertEqual(found, NORMAL)
        self.assertEqual(self.parsed_normal(half_config), NORMAL)
        self.assertLess(whole.peak_mib, BOUND_MIB)
        # Twice as much may take twice as long, start-up and a busy machine aside; a quadratic path
        # would take four times as long.
        self.assertLess(whole.cpu_s, 2.5 * half.cpu_s + 0.5)

    def test_what_is_stored_does_not_depend_on_the_keys_of_the_tables(self):
        # Each process draws keys of its own for the tables of flows and fragments; these run full.
        limits = {"reassembly": {"flows_max": 800}, "capture": {"fragments_max": 64}}
        seen = set()
        for part in ("one", "two", "three"):
            config, _ = self.run_attack("all_at_once", 20_000, part, **limits)
            done = subprocess.run([BINARY, "export", "--config", config, "--format", "jsonl"],
                                  capture_output=True, check=True)
            books = json.loads((self.folder / f"{part}.json").read_text())["books"]
            self.assertGreater(books["sessions_evicted"], 1_000)
            self.assertGreater(books["fragment_dropped"], 1_000)
            seen.add((done.stdout, json.dumps(books)))
        self.assertEqual(len(seen), 1)


def test_of(name):
    return lambda self: self.attack(name)


for _name in ATTACKS:
    setattr(Attacks, f"test_{_name}_is_borne", test_of(_name))


def write_table(rows):
    counts = dict(line.split("\t") for line in
                  subprocess.run([ATTACKER, "--list"], capture_output=True, text=True,
                                 check=True).stdout.splitlines())
    lines = ["| attack | how much | most memory, MiB | processor, s | against half as much | "
             "ordinary exchanges found |", "| --- | --- | --- | --- | --- | --- |"]
    lines += [f"| {name} | {count:,} {counts[name]} | {peak:.0f} | {cpu:.1f} | {ratio:.2f} | "
              f"{found} of {NORMAL} |" for name, count, peak, cpu, ratio, found in rows]
    pathlib.Path(TABLE).write_text("\n".join(lines) + "\n")


class Readers(SystemTest):
    """Those who ask: bodies that explode, clients that dawdle."""

    def peak(self, server):
        usage = Usage(server.process)
        usage.look()
        return usage.peak_mib

    def test_a_body_that_explodes_is_refused_within_the_bound(self):
        bombs = {"gzip": zeros(200, 31), "deflate": zeros(200, 15)}
        bombs["gzip, gzip"] = gzip.compress(zeros(200, 31), 9)
        path = pcap_file(self.folder / "bombs.pcap", exchanges(bombs), link_type=101)
        config = self.config()
        self.import_books(config, path)
        server = self.server(config)
        items = server.communications("?sort=start")
        self.assertEqual(len(items), len(bombs))
        for item in items:
            self.assertEqual(item["state"], "complete")
            status, _, body = server.request(
                "GET", f"{item['_links']['self']['href']}/response/body?decoded=true")
            self.assertEqual(status, 422, body[:200])
        self.assertLess(self.peak(server), BOUND_MIB)

    def test_clients_that_dawdle_neither_fill_the_memory_nor_keep_others_waiting(self):
        path, _ = self.generate(mib=64 if FULL else 16)
        config = self.config(api={"connections_max": 256})
        self.import_books(config, path)
        server = self.server(config)
        dawdlers = []
        for i in range(200):
            client = socket.create_connection(("127.0.0.1", server.port), 5)
            self.addCleanup(client.close)
            dawdlers.append(client)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            if i % 2 == 0:  # half a head, and then nothing
                client.sendall(b"GET /api/v1/http-communications HTTP/1.1\r\nHost: loc")
            else:  # everything, which is then not read
                client.sendall(b"GET /api/v1/http-communications?format=jsonl HTTP/1.1\r\n"
                               b"Host: localhost\r\n\r\n")
        began = time.monotonic()
        for _ in range(20):
            self.assertEqual(server.request("GET", "/api/v1/whisperers")[0], 200)
        # Three times what a machine that is busy with other things took; a blocked one never ends.
        self.assertLess(time.monotonic() - began, 30)
        self.assertLess(self.peak(server), BOUND_MIB)

    def test_words_of_the_wire_have_a_bounded_number_of_bars(self):
        path = self.folder / "words.pcap"
        with open(path, "wb") as out:
            subprocess.run([ATTACKER, "distinct_words", "3000", "50"], stdout=out, check=True)
        config = self.config(whisperers=[{"name": "files", "type": "UPLOAD"}])
        self.import_books(config, path)
        server = self.server(config)
        for of_columns in ("", "&status=200"):  # from sums, and from the records
            series = server.get("/api/v1/timeline?split=method&buckets=4" + of_columns)["series"]
            self.assertLessEqual(len(series), 257)
            self.assertEqual(sum(s["communications"] for s in series), 3_050)
            self.assertIn("other", [s["key"] for s in series])


def zeros(mib, window_bits):
    """So many MiB of nothing, compressed; window_bits as zlib has them: 31 is gzip, 15 deflate."""
    packer = zlib.compressobj(9, zlib.DEFLATED, window_bits)
    return b"".join([packer.compress(bytes(1 << 20)) for _ in range(mib)]) + packer.flush()


def exchanges(bombs):
    """Raw IP frames of one answer for each body."""
    for i, (encoding, body) in enumerate(bombs.items()):
        head = (f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n").encode()
        said = {True: b"GET /bomb HTTP/1.1\r\nHost: bomb.example\r\n\r\n", False: head + body}
        sequence = {True: 100, False: 900}
        for from_client, flags in ((True, 2), (False, 18), (True, 16)):
            yield frame(30_000 + i, from_client, sequence, flags, b"")
            sequence[from_client] += 1 if flags & 2 else 0
        for from_client, text in said.items():
            for at in range(0, len(text), 50_000):
                piece = text[at:at + 50_000]
                yield frame(30_000 + i, from_client, sequence, 24, piece)
                sequence[from_client] += len(piece)


def frame(port, from_client, sequence, flags, payload):
    ports = (port, 80) if from_client else (80, port)
    ends = (b"\x0a\x00\x00\x01", b"\x0a\x00\x00\x02")
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(payload), 0, 0, 64, 6, 0)
    tcp = struct.pack(">HHIIBBHHH", *ports, sequence[from_client],
                      sequence[not from_client] if flags & 16 else 0, 0x50, flags, 65_000, 0, 0)
    return ip + b"".join(ends if from_client else reversed(ends)) + tcp + payload
