"""Stores of earlier formats are opened, whatever kills the process that opens them first; one of a
later format is refused and left as it is."""
import hashlib
import pathlib
import random
import shutil
import time

from support import Server, SystemTest, spider

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden" / "db"
KILLS = 6


def files(folder):
    """What is in a folder, by name and content; the lock and the log of the engine aside."""
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted(folder.rglob("*")) if p.is_file() and not p.name.startswith("LO")}


class OldStores(SystemTest):
    def store(self, version, name):
        """A configuration over a copy of the frozen database."""
        folder = self.folder / name
        folder.mkdir()
        shutil.copytree(GOLDEN / version, folder / "data")
        return self.config(name=f"{name}/spider.toml", store={"path": str(folder / "data")},
                           whisperers=[{"name": "frozen", "type": "UPLOAD"}])

    def told(self, server):
        """What people see of the store: records, books by hour and by day."""
        ids = sorted(c["id"] for c in server.communications("?limit=1000"))
        books = {bucket: [(i["start_us"], i["counters"]) for i in server.get(
            f"/api/v1/quality?bucket={bucket}")["items"]] for bucket in ("1m", "1h", "1d")}
        return ids, books

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

    def test_a_store_of_a_later_format_is_refused_and_left_as_it_is(self):
        config = self.store("v8", "later")
        data = config.parent / "data"
        (data / "VERSION").write_text("99 99\n")
        before = files(data)
        done = spider("--config", config)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("99", done.stderr)
        self.assertEqual(files(data), before)
