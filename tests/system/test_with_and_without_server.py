"""A command says and does the same whether a server holds the store or nobody does."""
import json
import subprocess

from support import BINARY, SystemTest, flat_books, free_port, spider

FILES = {"name": "files", "type": "UPLOAD"}


class Both(SystemTest):
    def both(self, config, *command, **options):
        """Exit code and standard error of a command without a server and with one; the same."""
        def answer():
            done = subprocess.run([BINARY, *map(str, command), "--config", config], text=True,
                                  stdout=options.get("stdout", subprocess.DEVNULL),
                                  stderr=subprocess.PIPE, timeout=60)
            return done.returncode, done.stderr

        alone = answer()
        server = self.server(config)
        with_server = answer()
        self.assertEqual(server.stop(), 0)
        self.assertEqual(with_server[0], alone[0], with_server[1] + alone[1])
        return alone[0], alone[1], with_server[1]


class Export(Both):
    def filled(self):
        path, _ = self.generate(mib=1, seed=71)
        config = self.config(whisperers=[FILES])
        self.import_books(config, path)
        return config

    def test_an_export_to_a_full_disk_fails_and_says_so(self):
        with open("/dev/full", "wb") as full:
            code, alone, with_server = self.both(self.filled(), "export", stdout=full)
        self.assertEqual((code, with_server), (1, alone))
        self.assertIn("APP-EXPORT-002", alone)

    def test_where_there_is_no_store_none_is_made(self):
        config = self.config(store={"path": str(self.folder / "none")})
        done = subprocess.run([BINARY, "export", "--config", config], text=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(f"{self.folder / 'none'} is not there", done.stderr)
        self.assertIn("--config", done.stderr)
        self.assertFalse((self.folder / "none").exists())

    def test_a_time_that_is_none_is_wrong_usage_and_names_the_option(self):
        for option in ("--from", "--to"):
            code, alone, with_server = self.both(self.config(), "export", option, "yesterday")
            self.assertEqual((code, with_server), (2, alone))
            self.assertIn(f'{option}: "yesterday" is not a time', alone)
            self.assertIn("APP-USAGE-001", alone)

    def test_a_year_alone_is_not_taken_for_microseconds(self):
        code, alone, with_server = self.both(self.config(), "export", "--to", "2026")
        self.assertEqual((code, with_server), (2, alone))
        self.assertIn('--to: "2026" is no whole date; write 2026-01-01', alone)

    def test_a_range_that_ends_before_it_begins_is_wrong_usage(self):
        code, alone, with_server = self.both(self.config(), "export", "--from", "2026-02-01",
                                             "--to", "2026-01-01")
        self.assertEqual((code, with_server), (2, alone))
        self.assertIn("2026-02-01", alone)

    def test_an_unknown_whisperer_is_wrong_usage_and_the_known_ones_are_named(self):
        code, alone, with_server = self.both(self.filled(), "export", "--whisperer", "nobody")
        self.assertEqual(code, 2)
        for said in (alone, with_server):
            self.assertIn("'nobody'", said)
            self.assertIn("files", said)

    def test_books_without_files_to_read_and_a_whisperer_of_files_are_wrong_usage(self):
        self.assertEqual(spider("export", "--books").returncode, 2)
        path, _ = self.generate(mib=1, seed=72)
        done = spider("export", "--read", path, "--whisperer", "upload")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("--whisperer", done.stderr)
        self.assertIn("--read", done.stderr)


class Import(Both):
    def test_a_whisperer_that_takes_no_imports_is_refused_and_those_that_do_are_named(self):
        path, _ = self.generate(mib=1, seed=73)
        # It captures what this machine says to itself, and other tests do: nothing of that.
        silent = {"name": "live", "interface": "lo", "filter": "host 192.0.2.1"}
        config = self.config(whisperers=[FILES, silent])
        for name in ("nobody", "live"):
            code, alone, with_server = self.both(config, "import", "--whisperer", name, path)
            self.assertEqual((code, with_server), (2, alone))
            self.assertIn(f'"{name}"', alone)
            self.assertIn("files", alone)
        self.assertEqual(self.exported("--config", config)[0], [])

    def test_without_an_upload_whisperer_in_the_configuration_there_is_one(self):
        path, truth = self.generate(mib=1, seed=74)
        config = self.config()
        code, alone, with_server = self.both(config, "import", "--again", path)
        self.assertEqual((code, alone, with_server), (0, "", ""))
        records, _ = self.exported("--config", config, "--whisperer", "upload")
        self.assertEqual(len(records), 2 * truth["communications"])

    def test_where_strangers_may_ask_only_a_configured_whisperer_takes_imports(self):
        path, _ = self.generate(mib=1, seed=75)
        config = self.config()
        config.write_text(config.read_text().replace(
            'listen = "127.0.0.1', 'allow_unauthenticated = true\nlisten = "0.0.0.0'))
        done = spider("import", "--config", config, path)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("UPLOAD", done.stderr)

    def test_a_folder_is_said_to_be_one(self):
        code, alone, with_server = self.both(self.config(), "import", self.folder)
        self.assertEqual((code, with_server), (3, alone))
        self.assertIn(f"{self.folder} is a folder", alone)

    def test_a_refused_file_is_one_plain_line_of_the_log(self):
        server = self.server(self.config())
        status, _, _ = server.request("POST", "/api/v1/imports?whisperer=upload&name=diary.txt",
                                      b"no capture at all" * 9)
        self.assertEqual(status, 422)
        lines = self.wait_for("it is said", 5, lambda: server.said("diary.txt"))
        self.assertEqual(len(lines), 1, server.log())
        self.assertIn("CAPTURE-FILE-001", lines[0])
        self.assertNotIn("{", json.loads(lines[0])["message"])

    def test_a_file_that_is_not_there_is_said_to_be_missing(self):
        code, alone, with_server = self.both(self.config(), "import", self.folder / "no.pcap")
        self.assertEqual((code, with_server), (3, alone))
        self.assertIn("no.pcap cannot be opened: No such file", alone)

    def test_the_summary_says_where_it_went_and_which_time_it_covers(self):
        path, _ = self.generate(mib=1, seed=76)
        config = self.config(whisperers=[FILES])
        alone = spider("import", "--config", config, "--again", path).stdout
        self.assertIn(f'whisperer "files" of the store {self.folder / "data"}\n', alone)
        records, _ = self.exported("--config", config)
        first = min(r["start_us"] for r in records)
        server = self.server(config)
        with_server = spider("import", "--config", config, "--again", path).stdout
        self.assertIn(f'whisperer "files" of the server at 127.0.0.1:{server.port}\n', with_server)
        line = next(row for row in alone.splitlines() if row.startswith("  from, to "))
        self.assertIn(line, with_server)
        again = ("import", "--config", config, "--again", "--json", path)
        books = [json.loads(spider(*again).stdout)]
        self.assertEqual(server.stop(), 0)
        books.append(json.loads(spider(*again).stdout))
        for told in books:
            # The summary is for people and tells microseconds.
            self.assertEqual(line.split()[2:],
                             [told[key][:26].rstrip("Z") + "Z" for key in ("first", "last")])
            self.assertEqual(told["whisperer"], "files")
            self.assertLessEqual(told["first_us"], first)
            self.assertGreaterEqual(told["last_us"], max(r["end_us"] for r in records))
            self.assertGreater(flat_books(told)["packets_received"], 0)


class Where(SystemTest):
    def test_a_relative_path_of_the_store_begins_at_the_configuration_file(self):
        path, truth = self.generate(mib=1, seed=77)
        home, elsewhere = self.folder / "home", self.folder / "elsewhere"
        home.mkdir()
        elsewhere.mkdir()
        (home / "s.toml").write_text(
            f'[store]\npath = "kept/here"\n[api]\nlisten = "127.0.0.1:{free_port()}"\n'
            '[[whisperer]]\nname = "w"\ntype = "FILE"\npath = "in"\n')
        done = spider("import", "--config", "../home/s.toml", path, cwd=elsewhere)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((home / "kept/here/db").is_dir())
        self.assertEqual(list(elsewhere.iterdir()), [])
        records = spider("export", "--config", "s.toml", cwd=home).stdout.splitlines()
        self.assertEqual(len(records), truth["communications"])
        said = spider("check", "--config", "s.toml", cwd=home).stdout
        self.assertIn(str(home / "kept/here"), said)
        self.assertIn(str(home / "in"), said)


class Explain(SystemTest):
    def test_after_a_kill_no_server_is_said_to_run(self):
        config = self.config()
        server = self.server(config)
        question = ("explain", "--config", config, "--client", "10.0.0.1", "--time", "2026-01-01")
        self.assertEqual(spider(*question).returncode, 0)
        server.kill()
        done = spider(*question)
        self.assertEqual(done.returncode, 1)
        self.assertIn("No server runs on the store", done.stderr)
        self.assertNotIn("Another process", done.stderr)
