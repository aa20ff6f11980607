"""A command says and does the same whether a server holds the store or nobody does."""
import subprocess

from support import BINARY, SystemTest


class Export(SystemTest):
    def test_an_export_to_a_full_disk_fails_and_says_so(self):
        path, _ = self.generate(mib=1, seed=71)
        config = self.config(whisperers=[{"name": "files", "type": "UPLOAD"}])
        self.import_books(config, path)

        def answer():
            with open("/dev/full", "wb") as full:
                done = subprocess.run([BINARY, "export", "--config", config], stdout=full,
                                      stderr=subprocess.PIPE, text=True, timeout=60)
            return done.returncode, done.stderr

        alone = answer()
        self.server(config)
        self.assertEqual(answer(), alone)
        self.assertEqual(alone[0], 1)
        self.assertIn("APP-EXPORT-002", alone[1])
