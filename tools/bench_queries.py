#!/usr/bin/env python3
"""Measures questions over a seeded store of a day, beside DuckDB over the same rows.

    bench_queries.py [--count N] [--folder DIR] [--only TEXT] [--runs N] [--short] [--no-duckdb]
                     [--idle SECONDS] [--while-ingesting] [--write]

bench/seed_store.cc writes N communications (10 million) through the store's own writer; a store
that --folder already holds is used again. Each question is asked over one kept connection, of a
process of its own, with the store's files in the page cache: the first answer (nothing of the
process is warm), then the median and the 99th percentile of the others. Some are asked again and
again, as by a page that is looked at; of others ("each time") no two are the same. What DuckDB
counts must be what Spider counts. Besides: start to first answer, and what an idle server takes.
Processor time per answer stands beside each: it moves less than the clock on a machine that others
use too.
--write puts the table into docs/performance.md. --short is a smoke run on a small store.

--while-ingesting asks each question alone, then while a capture is fed to the same server at half
the speed of an import, and shows both percentiles side by side (bench_ingesting.py).
"""
import argparse
import collections
import json
import math
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

import bench_ingesting
from bench import BINARY, TOP, commit, hardware, into_page_cache, write_page

SEEDER = TOP / "build/release/bench/seed_store"
DUCKDB = TOP / "bench/duckdb"
START_TARGET_MS, IDLE_TARGET, RSS_TARGET_MIB = 300, 0.5, 60
BUDGET_MS = 6_000  # a slow question is asked less often
HOUR, MINUTE = 3_600_000_000, 60_000_000

# `requests`: one or more to rotate, each a list of paths asked one after the other.
Question = collections.namedtuple("Question", "name target requests sql")


def query(path, **values):
    values = {k: v for k, v in values.items() if v is not None}
    return "/api/v1/" + path + ("?" + urllib.parse.urlencode(values) if values else "")


def timeline(name, target, windows, where="TRUE", **filters):
    """A window is (from, to) in microseconds and the bucket that `auto` chooses for it."""
    requests, sql = [], []
    for begin, end, bucket in windows:
        requests.append([query("timeline", **{"from": begin, "to": end, "bucket": f"{bucket}s",
                                              "time": "us", **filters})])
        length = bucket * 10**9
        sql.append(
            f"SELECT start // {length}, (start + duration) // {length}, status // 100, count(*) "
            f"FROM comm WHERE start < {end * 1000} AND start + duration >= {begin * 1000} "
            f"AND {where} GROUP BY ALL")
    return Question(name, target, requests, sql)


def newest(name, target, where, **filters):
    return Question(name, target, [[query("http-communications", limit=100, **filters)]],
                    [f"SELECT * FROM comm WHERE {where} ORDER BY start DESC, session_number DESC, "
                     "ordinal DESC LIMIT 100"])


def groups(name, target, sql, **parameters):
    return Question(name, target, [[query("statistics", **parameters)]], [sql])


def questions(facts):
    begin, end = facts["from_us"], facts["to_us"]
    day = [(begin, end, 300)]
    hours = [(begin + h * HOUR, begin + (h + 1) * HOUR, 15) for h in (9, 3, 14, 0, 20, 11, 23, 6)]
    minutes = [(w[0] + 17 * MINUTE, w[0] + 22 * MINUTE, 1) for w in hours]
    host, rare = "www4.example.com", facts["rare_host"]
    source, start, number, ordinal = facts["example"].split("-")
    one = "http-communications/" + facts["example"]
    return [
        timeline("timeline, day", 10, day),
        timeline("timeline, an hour", 10, hours),
        timeline("timeline, 5 minutes", 10, minutes),
        timeline("timeline, day, status 5xx", 150, day, "status BETWEEN 500 AND 599", status="5xx"),
        timeline("timeline, day, status 404", 150, day, "status = 404", status="404"),
        timeline("timeline, day, one host", 150, day, f"host = '{host}'", host=host),
        timeline("timeline, day, method POST", 150, day, "method = 'POST'", method="POST"),
        timeline("timeline, day, host, method, status", 150, day,
                 f"host = '{host}' AND method = 'POST' AND status BETWEEN 400 AND 499",
                 host=host, method="POST", status="4xx"),
        timeline("timeline, an hour, one host", 150, hours, f"host = '{host}'", host=host),
        timeline("timeline, day, part of the URI", 400, day, "contains(target, '/invoices')",
                 uri="/invoices"),
        newest("newest 100, status 4xx", 50, "status BETWEEN 400 AND 499", status="4xx"),
        newest("newest 100, one host", 50, f"host = '{host}'", host=host),
        newest("newest 100, part of the URI", 50, "contains(target, '/invoices')", uri="/invoices"),
        newest("ten in the day, by host", 300, f"host = '{rare}'", host=rare),
        newest("ten in the day, by status", 300, f"status = {facts['rare_status']}",
               status=facts["rare_status"]),
        newest("ten in the day, by part of the URI", 300, "contains(target, '/ledger/rebuild')",
               uri="/ledger/rebuild"),
        Question("one communication, headers and body", 5,
                 [[query(one), query(one + "/response/body")]],
                 [f"SELECT * FROM comm WHERE start = {int(start, 16)} AND session_number = "
                  f"{int(number, 16)} AND ordinal = {int(ordinal, 16)}"]),
        groups("by host: count, p50 and p99 of duration", 400,
               "SELECT host, quantile_cont(duration, [0.5, 0.99]), count(*) FROM comm "
               "GROUP BY host", group_by="host", limit=1000),
        groups("by host: all of statistics", 400,
               "SELECT host, sum(status >= 400), sum(status = 0), sum(request_body), "
               "sum(response_body), quantile_cont(duration, [0.5, 0.9, 0.99]), max(duration), "
               "count(*) FROM comm GROUP BY host", group_by="host", limit=1000),
    ]


def new_questions(facts):
    """Questions that no two runs have in common: nothing that was kept of an answer fits."""
    begin, end = facts["from_us"], facts["to_us"]
    hosts = [f"{kind}{n}.example.com" for n in range(40)
             for kind in ("api", "www", "shop", "static", "auth")]
    ranges = [(begin + m * MINUTE, end - m * MINUTE) for m in range(1, 101)]
    names = ("orders", "customers", "invoices", "devices", "carts", "sessions", "reports",
             "payments")
    paths = [f"/images/{name}/{n}" for n in range(11, 24) for name in names]

    def rotated(name, target, made):
        return Question(name, target, [q.requests[0] for q in made], [q.sql[0] for q in made])

    def of_day(where, **filters):
        return timeline("", 0, [(begin, end, 300)], where, **filters)

    return [
        rotated("timeline, day, another host each time", 150,
                [of_day(f"host = '{host}'", host=host) for host in hosts]),
        rotated("timeline, day, another host, method, status each time", 150,
                [of_day(f"host = '{host}' AND method = 'POST' AND status BETWEEN 400 AND 499",
                        host=host, method="POST", status="4xx") for host in hosts]),
        rotated("timeline, day, another part of the URI each time", 400,
                [of_day(f"contains(target, '{path}')", uri=path) for path in paths]),
        rotated("newest 100, another host each time", 50,
                [newest("", 0, f"host = '{host}'", host=host) for host in hosts]),
        rotated("by host, another range each time", 400,
                [groups("", 0, "SELECT host, quantile_cont(duration, [0.5, 0.99]), count(*) "
                        f"FROM comm WHERE start < {until * 1000} AND "
                        f"start + duration >= {since * 1000} GROUP BY host", group_by="host",
                        limit=1000, **{"from": since, "to": until}) for since, until in ranges]),
    ]


class Server:
    """The release binary on the store, until closed."""

    def __init__(self, folder, store="store"):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        config = folder / "queries.toml"
        config.write_text(f'[store]\npath = "{folder / store}"\n[api]\n'
                          f'listen = "127.0.0.1:{self.port}"\n'
                          '[[whisperer]]\nname = "day"\ntype = "UPLOAD"\n')
        self.log = open(folder / "queries.log", "wb")
        self.began = time.monotonic()
        self.process = subprocess.Popen([str(BINARY), "--config", str(config)], stdout=self.log,
                                        stderr=self.log)
        while True:
            try:
                self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
                break
            except ConnectionRefusedError:
                if self.process.poll() is not None or time.monotonic() - self.began > 60:
                    sys.exit(f"bench: the server did not start: see {self.log.name}")
                time.sleep(0.001)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, paths):
        """(milliseconds, answers) of the paths, one after the other."""
        answers = []
        began = time.perf_counter()
        for path in paths:
            status, body = self.get(path)
            answers.append(body)
            if status != b"200":
                sys.exit(f"bench: {path}: {status} {body[:300]}")
        return (time.perf_counter() - began) * 1000, answers

    def get(self, path):
        """(status, body) of an answer that states its length. By hand: http.client takes 0.4 ms a
        request for itself, half of what some questions take."""
        self.connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        head = b""
        while True:
            piece = self.connection.recv(1 << 20)
            if not piece:
                sys.exit(f"bench: {path}: the server closed the connection")
            head, end, body = (head + piece).partition(b"\r\n\r\n")
            if end:
                break
        length = int(re.search(rb"\ncontent-length: *(\d+)", head, re.IGNORECASE).group(1))
        parts = [body]
        left = length - len(body)
        while left > 0:
            parts.append(self.connection.recv(min(left, 1 << 20)))
            if not parts[-1]:
                sys.exit(f"bench: {path}: the answer ends early")
            left -= len(parts[-1])
        return head.split(b" ", 2)[1], b"".join(parts)

    def processor_seconds(self):
        """Of all threads, as the scheduler counts them: to the nanosecond."""
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def rss_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines()
                    if line.startswith("VmRSS")) / 1024

    def close(self):
        self.connection.close()
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()


def seeded(folder, count, days=1):
    """The facts of the store in the folder; made when it is not there or of another size."""
    facts = folder / "facts.json"
    if facts.exists() and json.loads(facts.read_text())["communications"] == count:
        return json.loads(facts.read_text())
    for old in ("store", "duckdb", "duckdb.wal"):
        shutil.rmtree(folder / old, ignore_errors=True)
        if (folder / old).is_file():
            (folder / old).unlink()
    print(f"seeding {count:,} communications ...", file=sys.stderr)
    done = subprocess.run([str(SEEDER), "--store", str(folder / "store"), "--count", str(count),
                           "--days", str(days), "--csv", str(folder / "rows.csv")],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: seed_store: {done.stderr}")
    facts.write_text(done.stdout)
    return json.loads(done.stdout)


def percentile(times, share):
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def counted(question, answers):
    """What the first answer counts, to hold DuckDB's against; None when there is nothing."""
    body = json.loads(answers[0])
    if "buckets" in body:
        return body["communications"]
    if "groups" in body:
        return body["total"]["communications"]
    return len(body["items"]) if "items" in body else None


def measure(folder, question, runs):
    if question.requests is None:
        return None
    server = Server(folder)
    server.ask([query("status")])
    first, answers = server.ask(question.requests[0])
    times, before = [], server.processor_seconds()
    while len(times) < runs and (len(times) < 5 or sum(times) < BUDGET_MS):
        # The first answer's request last: where each is another one, so it stays.
        times.append(server.ask(question.requests[(len(times) + 1) % len(question.requests)])[0])
    cpu = (server.processor_seconds() - before) / len(times) * 1000
    server.close()
    return {"first": first, "median": statistics.median(times), "p99": percentile(times, 0.99),
            "cpu": cpu, "runs": len(times), "count": counted(question, answers)}


def beside_duckdb(folder, asked, runs):
    """DuckDB's results by name, and why there are none."""
    if not (DUCKDB / "node_modules").exists():
        # Not `npm ci`: it asks for the bindings of other systems, which not every registry has.
        done = subprocess.run(["npm", "install", "--no-save", "--no-audit", "--no-fund",
                               "--prefer-offline"], cwd=DUCKDB, capture_output=True, text=True)
        if done.returncode != 0:
            return {}, f"npm install in bench/duckdb: {done.stderr.strip()}"
    command = ["node", str(DUCKDB / "ask.mjs"), str(folder / "duckdb"), str(folder / "rows.csv")]
    given = {"threads": 2, "runs": runs, "budget_ms": BUDGET_MS,
             "questions": [{"name": q.name, "sql": q.sql} for q in asked]}
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True)
    if done.returncode != 0:
        return {}, f"ask.mjs: {done.stderr.strip()}"
    return json.loads(done.stdout), ""


def check_counts(asked, ours, theirs, facts):
    for q in asked:
        if q.name.startswith("ten in the day") and ours[q.name]["count"] != facts["rare"]:
            sys.exit(f"bench: {q.name}: {ours[q.name]['count']} found")
        mine, other = ours[q.name], theirs.get(q.name)
        if mine is None or other is None or mine["count"] is None:
            continue
        sums = q.name.startswith(("timeline", "by host"))
        expected = other["total"] if sums else other["rows"]
        if mine["count"] != expected:
            sys.exit(f"bench: {q.name}: Spider counts {mine['count']}, DuckDB {expected}")


def starts(folder, facts, times=5):
    """Milliseconds from the start of a process to its answer of the whole day's timeline."""
    out = []
    for _ in range(times):
        server = Server(folder)
        server.ask(questions(facts)[0].requests[0])
        out.append((time.monotonic() - server.began) * 1000)
        server.close()
    return out


def idle(folder, facts, seconds):
    """(per cent of a core, MiB) of a server that has answered and is left alone."""
    server = Server(folder)
    server.ask(questions(facts)[0].requests[0])
    time.sleep(2)
    before = server.processor_seconds()
    time.sleep(seconds)
    share = (server.processor_seconds() - before) / seconds * 100
    rss = server.rss_mib()
    server.close()
    return share, rss


def ms(value):
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def table(asked, ours, theirs):
    rows = ["| question | first | median | p99 | processor | target | reached | DuckDB, median | "
            "its processor | × faster than DuckDB |",
            "| --- | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: |"]
    for q in asked:
        mine, other = ours[q.name], theirs.get(q.name)
        median = statistics.median(other["times_ms"]) if other else None
        told = ["-"] * 4 + [f"≤ {q.target}", "no such question in the API"]
        if mine is not None:
            reached = "yes" if mine["median"] <= q.target else "no"
            if reached == "yes" and mine["p99"] > q.target:
                reached = "median alone"
            told = [ms(mine["first"]), ms(mine["median"]), ms(mine["p99"]), ms(mine["cpu"]),
                    f"≤ {q.target}", reached]
        told += [ms(median), ms(other["cpu_ms"])] if other else ["-", "-"]
        told.append(f"{median / mine['median']:.1f}" if mine and other else "-")
        rows.append(f"| {q.name} | " + " | ".join(told) + " |")
    return "\n".join(rows)


def results_told(arguments, asked, ours, theirs, why, begun, share, rss):
    told = (f"Commit {commit()}, {hardware()}; {arguments.count:,} communications; "
            f"milliseconds.\n\n{table(asked, ours, theirs)}\n\n"
            f"Start to first answer: {statistics.median(begun):.0f} ms, at most {max(begun):.0f} "
            f"(target {START_TARGET_MS}). Idle: {share:.2f} % of a core over {arguments.idle} s "
            f"(target {IDLE_TARGET}), {rss:.0f} MiB resident (target {RSS_TARGET_MIB}).\n")
    return told + (f"\nWithout DuckDB: {why}.\n" if why else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000_000)
    parser.add_argument("--folder", help="where the store and the rows go, and stay (default: a "
                        "temporary one)")
    parser.add_argument("--only", default="", help="questions with this in their name")
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--idle", type=int, default=20)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--no-duckdb", action="store_true")
    parser.add_argument("--while-ingesting", action="store_true")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if arguments.short:
        arguments.count, arguments.runs, arguments.idle = 50_000, 5, 1
    with tempfile.TemporaryDirectory(prefix="spider-queries-") as temporary:
        folder = pathlib.Path(arguments.folder or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        facts = seeded(folder, arguments.count)
        for file in (folder / "store").rglob("*"):
            if file.is_file():
                into_page_cache(file)
        asked = [q for q in questions(facts) if arguments.only in q.name]
        if arguments.while_ingesting:
            return bench_ingesting.report(folder, asked, arguments)
        asked += [q for q in new_questions(facts) if arguments.only in q.name]
        ours = {}
        for q in asked:
            ours[q.name] = measure(folder, q, arguments.runs)
            print(f"{q.name}: {ours[q.name]}", file=sys.stderr)
        theirs, why = ({}, "left out") if arguments.no_duckdb else beside_duckdb(
            folder, asked, arguments.runs)
        check_counts(asked, ours, theirs, facts)
        begun = starts(folder, facts)
        share, rss = idle(folder, facts, arguments.idle)
    told = results_told(arguments, asked, ours, theirs, why, begun, share, rss)
    print(told)
    if arguments.write:
        write_page("queries", told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
