"""Questions while a capture is fed to the same server at half the speed that it can take.

Half the speed: a capture made by bench/gen_capture.cc is sent to POST /api/v1/imports of a server
of its own as fast as it takes it; the feeder then sends half as many bytes a second, for as long as
questions are asked. Each question has a server on a clone of the store (its files are linked: they
never change). Target: the 99th percentile is at most twice the one alone. Questions are asked some
hundred times where they are short: of sixty, the 99th percentile is the worst. Then the feeding
ends, and each is asked once more: what is still slower is the work that the new records are, which
come first where the newest are asked for, and not their being fed.
"""
import http.client
import math
import multiprocessing
import os
import pathlib
import shutil
import statistics
import time

import bench
import bench_queries

PIECE = 1 << 18
SETTLE_S = 1.0
RUNS_MIN = 400
TARGET = 2.0


def clone(store, to):
    """A store of its own: what never changes is linked, what is written on is copied."""
    shutil.rmtree(to, ignore_errors=True)
    for file in store.rglob("*"):
        target = to / file.relative_to(store)
        if file.is_dir():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix in (".sst", ".blob"):
            os.link(file, target)
        else:
            shutil.copy(file, target)


def send(port, capture, rate):
    """Sends the file at `rate` bytes a second (0: as it is taken); seconds that it took."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest("POST", "/api/v1/imports?whisperer=day")
    connection.putheader("Content-Type", "application/vnd.tcpdump.pcap")
    connection.putheader("Content-Length", str(capture.stat().st_size))
    connection.endheaders()
    began, sent = time.monotonic(), 0
    with open(capture, "rb") as file:
        while piece := file.read(PIECE):
            connection.send(piece)
            sent += len(piece)
            if rate > 0:
                time.sleep(max(0.0, began + sent / rate - time.monotonic()))
    answer = connection.getresponse()
    answer.read()
    if answer.status != 201:
        raise SystemExit(f"bench: the import was answered with {answer.status}")
    return time.monotonic() - began


def feed(port, capture, rate, told):
    """Until it is ended; tells after every file how many bytes a second it sent."""
    while True:
        told.value = capture.stat().st_size / send(port, capture, rate)


def full_speed(folder, capture):
    """Bytes a second that a server with an empty store takes; the best of three."""
    rates = []
    for _ in range(3):
        shutil.rmtree(folder / "empty", ignore_errors=True)
        server = bench_queries.Server(folder, "empty")
        while b'"day"' not in server.ask(["/api/v1/whisperers"])[1][0]:
            time.sleep(0.01)  # it listens before its whisperers are made
        rates.append(capture.stat().st_size / send(server.port, capture, 0))
        server.close()
    shutil.rmtree(folder / "empty", ignore_errors=True)
    return max(rates)


def times_of(server, question, runs, seconds):
    times = []
    until = time.monotonic() + seconds
    while len(times) < runs and (len(times) < 10 or time.monotonic() < until):
        times.append(server.ask(question.requests[len(times) % len(question.requests)])[0])
    return times


def measure(folder, question, capture, rate, arguments):
    clone(folder / "store", folder / "ingesting")
    server = bench_queries.Server(folder, "ingesting")
    times_of(server, question, 3, 1)
    runs = arguments.runs if arguments.short else max(arguments.runs, RUNS_MIN)
    alone = times_of(server, question, runs, 3)
    told = multiprocessing.Value("d", 0.0)
    feeder = multiprocessing.Process(target=feed, args=(server.port, capture, rate, told),
                                     daemon=True)
    feeder.start()
    time.sleep(SETTLE_S)
    busy = times_of(server, question, runs, 6)
    feeder.terminate()
    feeder.join()
    time.sleep(SETTLE_S)
    after = times_of(server, question, runs, 3)
    server.close()
    shutil.rmtree(folder / "ingesting")
    return alone, busy, after, told.value


def report(folder, asked, arguments):
    folder = pathlib.Path(folder)
    capture = folder / "fed.pcap"
    mib = 8 if arguments.short else 128
    bench.run([bench.GENERATOR, "--out", capture, "--profile", "small", "--mib", mib, "--seed",
               bench.SEED])
    bench.into_page_cache(capture)
    rate = full_speed(folder, capture) / 2
    rows = ["| question | median alone | median | afterwards | p99 alone | p99 | afterwards "
            "| times | of the rate |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    ratios = []
    for question in asked:
        *asked_thrice, fed = measure(folder, question, capture, rate, arguments)
        quantiles = [bench_queries.percentile(t, 0.99) for t in asked_thrice]
        ratios.append(quantiles[1] / quantiles[0])
        cells = [*map(statistics.median, asked_thrice), *quantiles]
        rows.append(f"| {question.name} | " + " | ".join(bench_queries.ms(c) for c in cells) +
                    f" | {ratios[-1]:.1f} | {f'{100 * fed / rate:.0f} %' if fed else '-'} |")
        print(f"{question.name}: {rows[-1]}", flush=True)
    capture.unlink()
    middle = math.exp(statistics.mean(math.log(r) for r in ratios))
    told = (f"Commit {bench.commit()}, {bench.hardware()}; {arguments.count:,} communications; fed "
            f"at {rate / 2**20:.0f} MiB/s, half of what the server takes, as far as it took it "
            "(last column); afterwards: nothing is fed any more; milliseconds.\n\n" +
            "\n".join(rows) + f"\n\n{sum(r <= TARGET for r in ratios)} of {len(ratios)} at most "
            f"{TARGET:.0f} times; {middle:.1f} times on average (geometric).\n")
    print(told)
    if arguments.write:
        bench.write_page("ingesting", told)
    return 0
