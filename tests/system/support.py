"""What the system tests share: the binary as a process, its API, capture files, child programs.

Everything lives in a temporary folder of the test and listens on loopback ports that were free.
"""
import collections
import contextlib
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = pathlib.Path(os.environ.get("SPIDER_BIN", TOP / "build/release/spider")).resolve()
GENERATOR = pathlib.Path(os.environ.get("SPIDER_GEN", TOP / "build/release/bench/gen_capture"))
CAPTURES = TOP.parent / "shared" / "captures"

PATIENCE = 6  # see wait_for()
PORTS_FROM, PORTS_END = 20_000, 32_000  # see free_port()

# The export keys that describe the traffic alone, not where or how it was stored.
FACTS = ["start_us", "end_us", "client_ip", "client_port", "server_ip", "server_port", "method",
         "path", "host", "status", "request_body_bytes", "response_body_bytes"]

# Sums of counters that must be equal.
LAWS = [
    (["packets_received"],
     ["ring_dropped", "filtered", "not_ip", "not_tcp", "malformed", "link_unsupported",
      "fragment_joined", "fragment_dropped", "flow_refused", "tcp_packets", "mirror_duplicate",
      "skipped_empty"]),
    (["tcp_payload_bytes"], ["delivered_bytes", "duplicate_bytes", "refused_bytes"]),
    (["refused_bytes"], ["refused_late_bytes", "refused_limit_bytes", "refused_stray_bytes"]),
    (["body_bytes"], ["body_bytes_saved", "body_bytes_capped"]),
    (["communications_complete", "communications_partial"],
     ["communications_stored", "communications_unstored"]),
    (["communications_partial"],
     ["partial_no_response", "partial_response_in_gap", "partial_no_request",
      "partial_request_in_gap", "partial_gap", "partial_cut", "partial_limit"]),
    (["sessions_closed"], ["sessions_stored", "sessions_unstored", "sessions_unsaved"]),
]


class SystemTest(unittest.TestCase):
    """A test with a temporary folder; whatever it started is gone when it ends."""

    maxDiff = 4000

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="spider-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def config(self, name="spider.toml", port=None, whisperers=(), **sections):
        """Writes a configuration; sections are dicts, e.g. pipeline={"shards": 2}."""
        port = port or free_port()
        all_sections = {"store": {"path": str(self.folder / "data")},
                        "api": {"listen": f"127.0.0.1:{port}"}}
        for section, values in sections.items():
            all_sections.setdefault(section, {}).update(values)
        lines = []
        for section, values in all_sections.items():
            lines += [f"[{section}]"] + [f"{k} = {json.dumps(v)}" for k, v in values.items()]
        for whisperer in whisperers:
            lines += ["[[whisperer]]"] + [f"{k} = {json.dumps(v)}" for k, v in whisperer.items()]
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n")
        return path

    def server(self, config, **options):
        spider = Server(config, self.folder, **options)
        self.addCleanup(spider.kill)
        return spider.start()

    def child(self, *command, **options):
        """A program in the background that ends with the test."""
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                   stdout=options.pop("stdout", subprocess.DEVNULL),
                                   stderr=options.pop("stderr", subprocess.DEVNULL), **options)
        self.addCleanup(end, process)
        return process

    def generate(self, name="made.pcap", **options):
        """A generated capture: (path, truth). Options as of gen_capture."""
        path, truth = self.folder / name, self.folder / (name + ".json")
        arguments = {"out": path, "truth": truth, **options}
        words = [str(w) for k, v in arguments.items() for w in (f"--{k}", v)]
        subprocess.run([GENERATOR, *words], check=True)
        return path, json.loads(truth.read_text())

    def import_books(self, config, *files, expect=0):
        """Runs an import; the books of each file as printed by --json."""
        done = spider("import", "--config", config, "--json", *files)
        self.assertEqual(done.returncode, expect, done.stderr)
        return [flat_books(json.loads(line)) for line in done.stdout.splitlines()]

    def exported(self, *arguments):
        """The records that `spider export` writes, and the bytes themselves."""
        done = spider("export", "--format", "jsonl", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()], done.stdout

    def assert_books_balance(self, b, what=""):
        """The laws of include/spider/model/books.h, written down a second time."""
        b = collections.Counter(b)  # a counter that is not listed is zero
        for left, right in LAWS:
            self.assertEqual(sum(b[k] for k in left), sum(b[k] for k in right),
                             f"{what} {left} = {right} {b}")

    def wait_for(self, what, seconds, question):
        """The first true answer of question(), which on a machine that is not busy comes within so
        many seconds; on any within PATIENCE times that. It guards against hanging, and claims
        nothing of speed.

        A machine that sleeps, or a stopped process, uses up none of them: one look counts as a
        second at most, so that whatever is waited for has had the time too.
        """
        seconds *= PATIENCE
        left, before = seconds, time.monotonic()
        while True:
            answer = question()
            if answer:
                return answer
            now = time.monotonic()
            left, before = left - min(now - before, 1), now
            if left < 0:
                self.fail(f"after {seconds} s still not: {what}")
            time.sleep(0.02)


class Pulse:
    """How long this machine itself stood still: a thread that naps and syncs a small file, and
    notes what either took beyond its due. What must be fast on any machine is given that much
    more."""

    NAP_S = 0.02
    DUE_S = 0.05  # of a nap and of a sync, on a machine that does nothing else

    def __init__(self, test, folder):
        self.path = folder / "pulse"
        self.stalls = []  # (when it was over by the wall clock, seconds beyond the due)
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._beat, daemon=True)
        self.thread.start()
        test.addCleanup(self.stop)

    def _beat(self):
        with open(self.path, "wb", buffering=0) as out:
            while not self.stopping.is_set():
                began = time.monotonic()
                time.sleep(self.NAP_S)
                out.write(b"beat")
                os.fsync(out.fileno())
                beyond = time.monotonic() - began - self.NAP_S - self.DUE_S
                if beyond > 0:
                    self.stalls.append((time.time(), beyond))

    def stop(self):
        self.stopping.set()
        self.thread.join()

    def stalled(self, begin, end=None):
        """Seconds of this span of the wall clock, and of what reaches into it."""
        end = end or time.time()
        return sum(s for at, s in self.stalls if at >= begin and at - s <= end)


class Server:
    """`spider --config F` as a process."""

    def __init__(self, config, folder, prefix=()):
        self.command = [*prefix, BINARY, "--config", config]
        self.port = int(config.read_text().split('listen = "127.0.0.1:')[1].split('"')[0])
        self.log_path = folder / f"server-{self.port}.log"
        self.process = None

    def start(self, seconds=120):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise AssertionError(f"spider ended with {self.process.returncode}: {self.log()}")
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            time.sleep(0.02)
        raise AssertionError(f"spider does not listen after {seconds} s: {self.log()}")

    def log(self):
        return self.log_path.read_text(errors="replace")

    def said(self, words):
        """The log's lines with these words, of all its starts. What is said of an event may come
        after its effect: wait for the first."""
        return [line for line in self.log().splitlines() if words in line]

    def request(self, method, path, body=None, headers=None):
        """(status, headers, bytes) of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def stream(self, path):
        """An answer that is read piece by piece; close() hangs up."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        connection.request("GET", path)
        answer = connection.getresponse()
        if answer.status != 200:
            raise AssertionError(f"GET {path}: {answer.status} {answer.read(300)!r}")
        return answer

    def get(self, path):
        status, _, body = self.request("GET", path)
        if status != 200:
            raise AssertionError(f"GET {path}: {status} {body[:300]!r}")
        return json.loads(body)

    def communications(self, query=""):
        return self.get("/api/v1/http-communications" + query)["items"]

    def whisperer(self, name):
        return next(w for w in self.get("/api/v1/whisperers")["items"] if w["name"] == name)

    def state(self, name):
        """The whisperer's state; None when it is not known yet."""
        items = self.get("/api/v1/whisperers")["items"]
        return next((w["state"] for w in items if w["name"] == name), None)

    def stop(self, seconds=120):
        """Ends it as a service manager would; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def spider(*arguments, **options):
    """Runs the binary to its end."""
    return subprocess.run([str(BINARY), *map(str, arguments)], capture_output=True, timeout=300,
                          stdin=options.pop("stdin", subprocess.DEVNULL),
                          text=options.pop("text", True), **options)


def flat_books(line):
    """One import's JSON line with every counter at the top; those not listed are zero."""
    return collections.Counter({**line, **line.get("books", {})})


def fates(b):
    """What became of the packets that were received, in all."""
    return sum(b.get(k, 0) for k in LAWS[0][1])


def facts(record):
    return {key: record.get(key) for key in FACTS}


def end(process, seconds=10):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def free_port():
    """A loopback port that nobody has, below those that connections get for their own end: one of
    these could be taken while the server that was told to listen there starts, or starts anew."""
    while True:
        port = random.randrange(PORTS_FROM, PORTS_END)
        with contextlib.suppress(OSError), contextlib.closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", port))
            return port


def pcap_file(path, frames, link_type=1):
    """A classic pcap of frames one millisecond apart."""
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link_type))
        for i, frame in enumerate(frames):
            out.write(struct.pack("<IIII", 1767225600, i * 1000, len(frame), len(frame)) + frame)
    return path


def run_quietly(*command):
    """A set-up command; its output only when it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout
