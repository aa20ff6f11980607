"""What happens beyond the limit: one run of bench_live.py as fast as the sender can."""
import collections
import json
import pathlib
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/system"))
from support import LAWS  # noqa: E402

QUESTIONS = ("/api/v1/whisperers", "/api/v1/http-communications?limit=100", "/api/v1/quality")
# Of a record: all that does not depend on when the packets came.
FACTS = ("client_ip", "client_port", "server_ip", "server_port", "method", "path", "host", "status",
         "request_body_bytes", "response_body_bytes", "request_wire_bytes", "response_wire_bytes",
         "ordinal")
UNCERTAIN = "pairing_uncertain"
DROPS = ("kernel_dropped", "interface_dropped", "ring_dropped")


class Asker(threading.Thread):
    """Asks the API all the time and notes how long each answer took."""

    def __init__(self, server):
        super().__init__()
        self.server, self.seconds, self.ending = server, [], threading.Event()
        self.failed = 0

    def run(self):
        while not self.ending.is_set():
            for question in QUESTIONS:
                began = time.monotonic()
                try:
                    status, _, _ = self.server.request("GET", question)
                    self.failed += status != 200
                except OSError:
                    self.failed += 1
                self.seconds.append(time.monotonic() - began)
                time.sleep(0.05)

    def end(self):
        self.ending.set()
        self.join()
        return sorted(self.seconds)


def stored_books(server):
    sums = collections.Counter()
    for item in server.get("/api/v1/quality")["items"]:
        sums.update(item["counters"])
    return sums


def unbalanced(books):
    b = collections.Counter(books)
    return [f"{left} = {right}" for left, right in LAWS
            if sum(b[k] for k in left) != sum(b[k] for k in right)]


def key(record):
    ids = [i["value"] for i in record.get("meaning", {}).get("correlation_ids", ())]
    return (*(record[k] for k in FACTS if k != "ordinal"), *ids)


def records(command):
    with subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as process:
        for line in process.stdout:
            yield json.loads(line)


def told_wrong(spider, config, capture):
    """Of the store: (complete ones; those of them that an import of the file tells otherwise, with
    the code that says so; and without)."""
    truth = collections.Counter(
        key(r) for r in records([spider, "export", "--read", capture]) if r["state"] == "complete")
    told, doubted = collections.Counter(), collections.Counter()
    for r in records([spider, "export", "--config", config]):
        if r["state"] == "complete":
            (doubted if UNCERTAIN in r["codes"] else told)[key(r)] += 1
    wrong = told - truth
    return (sum(told.values()) + sum(doubted.values()),
            sum((doubted - (truth - told)).values()), sum(wrong.values()))


def beyond(ours):
    """Runs it; one paragraph. Ends the program when a promise does not hold."""
    server = ours.start()
    asker = Asker(server)
    asker.start()
    sent, speed = ours.wire.send(None)
    seconds = asker.end()
    ours.settle(server, sent, 30)
    code = server.stop()
    server.start()
    books = stored_books(server)
    server.stop()
    lost = {k: books[k] for k in DROPS}
    seen = books["packets_received"] + books["kernel_dropped"] + books["interface_dropped"]
    complete, doubted, wrong = told_wrong(ours.arguments.spider, server.command[-1],
                                          ours.wire.capture)
    faults = [f"the books do not balance: {law}" for law in unbalanced(books)]
    if code != 0:
        faults.append(f"it ended with {code}")
    if seen != sent:
        faults.append(f"sent {sent}, in the books {seen}")
    if asker.failed:
        faults.append(f"{asker.failed} questions without an answer")
    if faults:
        sys.exit("bench: as fast as the sender can: " + "; ".join(faults))
    named = ", ".join(f"{k} {v:,}" for k, v in lost.items() if v) or "nothing"
    paired = ("all of them as an import of the file tells them" if doubted + wrong == 0 else
              f"{doubted} of them with another one's response and the code {UNCERTAIN}, {wrong} so "
              f"without it, the others as an import of the file tells them")
    return (f"As fast as the sender can: {sent:,} packets at {speed:,.0f}/s, dropped as a whole: "
            f"{named}; the stored books balance and name every packet. {complete:,} of "
            f"{ours.truth:,} communications told as complete, {paired}; "
            f"{books['communications_partial']:,} told as partial. The API meanwhile, on the "
            f"capturer's processor: {len(seconds)} answers, median "
            f"{statistics.median(seconds) * 1e3:.0f} ms, 99 of 100 within "
            f"{seconds[int(len(seconds) * 0.99)] * 1e3:.0f} ms, the longest "
            f"{seconds[-1] * 1e3:.0f} ms.")
