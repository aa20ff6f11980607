"""Stores of earlier formats are brought up to date when they are opened, whatever stops the process
that opens them first; one of a later format is refused and left as it is."""
import collections
import contextlib
import hashlib
import os
import pathlib
import random
import re
import shutil
import signal
import time

from support import BINARY, GENERATOR, Server, SystemTest, run_quietly, spider

NAMESPACES = True

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden" / "db"
AGER = pathlib.Path(os.environ.get("SPIDER_OLD_STORE", GENERATOR.parent / "old_store"))
KILLS = 6
SOURCES = 2
MINUTES = 300_000  # of each source: many parts, so that a signal comes before the last
ATTEMPTS = 5  # at that
FIRST_US = 1_735_689_600_000_000  # as bench/old_store.cc
HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
DAYS = -(-MINUTES // 1440)
DISK_MIB = 120  # more than the store, its sums and the engine's log take
LEFT_BYTES = 1 << 20  # of it: less than the sums take


def files(folder):
    """What is in a folder, by name and content; the lock and the log of the engine aside."""
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted(folder.rglob("*")) if p.is_file() and not p.name.startswith("LO")}


def numbers(words, lines):
    """Of a line for each: the numbers where the words have an #."""
    pattern = re.escape(words).replace(r"\#", r"(\d+)")
    return [[int(n) for n in re.search(pattern, line).groups()] for line in lines]


class OldStores(SystemTest):
    def store(self, version, name):
        """A configuration over a copy of a frozen database, or of the store in a folder."""
        place = self.folder / name
        place.mkdir(exist_ok=True)
        shutil.copytree(GOLDEN / version, place / "data")
        return self.config(name=f"{name}/spider.toml", store={"path": str(place / "data")},
                           whisperers=[{"name": "frozen", "type": "UPLOAD"}])

    def big(self):
        """A store of format 4 with many minutes and no sums of them."""
        folder = self.folder / "big"
        shutil.copytree(GOLDEN / "v4", folder)
        run_quietly(str(AGER), "--store", str(folder), "--minutes", str(MINUTES), "--sources",
                    str(SOURCES))
        self.assertEqual((folder / "VERSION").read_text(), "4 4\n")
        return folder

    def told(self, server):
        """What people see of the store: records, books by minute, hour and day."""
        ids = sorted(c["id"] for c in server.communications("?limit=1000"))
        return ids, {bucket: self.books(server, bucket) for bucket in ("1m", "1h", "1d")}

    def books(self, server, bucket, first=None, days=0):
        """By whisperer and start; of so many days, or of all."""
        limits = f"&from={first}&to={first + days * DAY_US}" if days else ""
        items = server.get(f"/api/v1/quality?bucket={bucket}{limits}")["items"]
        return {(i["whisperer"], i["start_us"]): i["counters"] for i in items}

    def told_of_many(self, server):
        """The same of a store with many minutes: hours in parts, minutes of some days alone."""
        hours = {}
        for day in range(0, DAYS, 60):
            hours |= self.books(server, "1h", FIRST_US + day * DAY_US, 60)
        minutes = {day: self.books(server, "1m", FIRST_US + day * DAY_US, 1)
                   for day in (0, 3, DAYS // 2, DAYS - 1)}
        self.assertGreater(len(hours), SOURCES * 24 * (DAYS - 1))
        # The hours of these days are what their minutes add up to.
        for day, of_day in minutes.items():
            sums = collections.defaultdict(collections.Counter)
            for (whisperer, at), counters in of_day.items():
                sums[whisperer, at - at % HOUR_US].update(counters)
            self.assertGreaterEqual(len(sums), SOURCES * 8, day)
            for key, counters in sums.items():
                self.assertEqual(collections.Counter(hours[key]), counters, key)
        return hours, minutes, self.books(server, "1d")

    def test_stores_of_every_format_are_brought_up_to_date_and_the_log_says_so(self):
        for number in range(1, 9):
            with self.subTest(number):
                config = self.store(f"v{number}", f"v{number}")
                server = self.server(config)
                minutes = len(self.books(server, "1m"))
                raised = [[number, 8]] if number < 8 else []
                self.assertEqual(raised, numbers("was of format # and is of format # from",
                                                 server.said(" was of format ")))
                made = [[minutes]] if number < 5 else []
                self.assertEqual(made, numbers("(format 5): they are made of # minutes first.",
                                               server.said("The store lacks")))
                self.assertEqual([[n, n] for n, in made], numbers(
                    "of all # minutes; # of them in this start", server.said("Made ")))
                self.assertEqual(server.stop(), 0)
                server.start()  # once and for all
                self.assertEqual(len(server.said("STORE-MIGRATE")), len(raised) + 2 * len(made))
                self.assertEqual(server.stop(), 0)

    def test_a_store_that_is_killed_while_it_is_migrated_is_whole_at_the_next_start(self):
        seed = random.randrange(1 << 30)
        print(f"      seed {seed}")
        chance = random.Random(seed)
        for version in ("v1", "v4", "v8"):
            with self.subTest(version):
                server = self.server(self.store(version, f"{version}-whole"))
                want = self.told(server)
                self.assertGreater(len(want[0]), 50)
                self.assertEqual(server.stop(), 0)
                config = self.store(version, f"{version}-killed")
                for _ in range(KILLS):
                    killed = Server(config, config.parent)
                    killed.process = self.child(*map(str, killed.command))
                    time.sleep(chance.uniform(0, 0.4))  # anywhere between exec and serving
                    killed.kill()
                server = self.server(config)
                self.assertEqual(self.told(server), want)
                self.assertEqual(server.stop(), 0)

    def begin(self, config, name):
        """Spider as it starts, with a log of its own; nobody waits until it listens."""
        out = Server(config, config.parent, prefix=("nice", "-n", "19"))
        out.log_path = config.parent / f"{name}.log"
        with open(out.log_path, "wb") as log:
            out.process = self.child(*map(str, out.command), stderr=log)
        return out

    def interrupt(self, config, name, how):
        """Starts Spider and sends it a signal when it has done a part; None when it was faster,
        else how many minutes it had told of."""
        started = self.begin(config, name)
        parts = self.wait_for("a part is done", 60, lambda: started.said("Making "))
        started.process.send_signal(how)
        code = started.process.wait(60)
        if started.said("Made "):
            return None
        (done, of), *_ = numbers("Making sums of quality by hour and day: # of # minutes", parts)
        self.assertEqual(of, SOURCES * MINUTES)
        self.assertEqual(code, 0 if how == signal.SIGTERM else -how, started.log())
        self.assertEqual(bool(started.said("STORE-MIGRATE-003")), how == signal.SIGTERM)
        return done

    def test_a_migration_that_is_killed_or_stopped_in_its_middle_goes_on_from_there(self):
        big = self.big()
        server = self.server(self.store(big, "whole"))
        total = SOURCES * MINUTES
        self.assertEqual(numbers("are made of # minutes", server.said("lacks")), [[total]])
        want = self.told_of_many(server)
        self.assertEqual(server.stop(), 0)
        for attempt in range(ATTEMPTS):
            config = self.store(big, f"killed-{attempt}")
            done = []
            for how in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL):
                done.append(self.interrupt(config, f"start-{len(done)}", how))
                if done[-1] is None:
                    break
            if None not in done:
                break
        self.assertNotIn(None, done, "it is always faster than a signal")
        self.assertEqual((config.parent / "data" / "VERSION").read_text(), "8 8\n")
        server = self.server(config)
        for log, before in (("start-1.log", done[0]), ("start-2.log", done[1])):
            lines = [line for line in (config.parent / log).read_text().splitlines()
                     if "lacks" in line]
            (at, of), = numbers("going on at # of # minutes", lines)
            self.assertGreaterEqual(at, before)
            self.assertEqual(of, total)
        (at, of), = numbers("going on at # of # minutes", server.said("lacks"))
        self.assertGreaterEqual(at, done[2])
        self.assertEqual(done, sorted(done))
        self.assertEqual(numbers("of all # minutes; # of them in this start", server.said("Made ")),
                         [[total, total - at]])
        self.assertEqual(self.told_of_many(server), want)
        self.assertEqual(server.stop(), 0)
        print(f"      interrupted at {done}, the last went on at {at} of {of}")

    def stopped_import(self, config, capture):
        """(exit code, what the terminal showed) of an import that is stopped when it shows how far
        the store's migration is, unless it was faster."""
        screen, terminal = os.openpty()
        process = self.child("nice", "-n", "19", str(BINARY), "import", "--config", str(config),
                             str(capture), stderr=terminal)
        os.close(terminal)
        shown = b""
        with open(screen, "rb", buffering=0) as out, contextlib.suppress(OSError):  # it is closed
            while True:
                shown += out.read(4096)
                if b"The store gets sums of quality" in shown:
                    process.terminate()
        return process.wait(60), shown

    def test_an_import_into_an_old_store_shows_how_far_it_is_and_can_be_stopped(self):
        capture, truth = self.generate(mib=1)
        big = self.big()
        for attempt in range(ATTEMPTS):
            config = self.store(big, f"imported-{attempt}")
            code, shown = self.stopped_import(config, capture)
            if b"STORE-MIGRATE-003" in shown:
                break
        self.assertEqual(code, 3, shown)
        self.assertIn(b"STORE-MIGRATE-003", shown)
        books, = self.import_books(config, capture)
        self.assertEqual(books["communications_complete"], truth["communications"])

    def test_a_disk_that_fills_in_the_middle_is_said_and_the_next_start_goes_on(self):
        big = self.big()
        server = self.server(self.store(big, "roomy"))
        want = self.told_of_many(server)
        self.assertEqual(server.stop(), 0)
        disk = self.folder / "disk"
        disk.mkdir()
        run_quietly("mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(disk))
        self.addCleanup(run_quietly, "umount", "--lazy", str(disk))
        config = self.store(big, "disk")
        filler = disk / "filler"
        room = os.statvfs(disk)
        filler.write_bytes(bytes(room.f_bavail * room.f_frsize - LEFT_BYTES))
        for start in range(2):
            done = spider("--config", config)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("STORE-OPEN-004", done.stderr)
            self.assertIn(f"of {DISK_MIB}.0 MiB are free", done.stderr)
            if start == 0:
                self.assertIn("are made of", done.stderr)
        filler.unlink()
        server = self.server(config)
        self.assertEqual(self.told_of_many(server), want)
        self.assertEqual(server.stop(), 0)

    def test_a_store_of_a_later_format_is_refused_and_left_as_it_is(self):
        config = self.store("v8", "later")
        data = config.parent / "data"
        (data / "VERSION").write_text("99 99\n")
        before = files(data)
        done = spider("--config", config)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("99", done.stderr)
        self.assertEqual(files(data), before)
