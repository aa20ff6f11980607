"""The command line and the configuration: what is accepted, what is refused and how it is said."""
import tomllib

from support import TOP, SystemTest, spider


class CommandLine(SystemTest):
    def test_version_names_the_program(self):
        done = spider("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^spider \d+\.\d+\.\d+")

    def test_help_names_every_command_and_the_exit_codes(self):
        done = spider("--help")
        self.assertEqual(done.returncode, 0)
        for word in ("import", "export", "check", "--config", "Exit codes"):
            self.assertIn(word, done.stdout)

    def test_an_unknown_command_is_a_usage_error(self):
        self.assertEqual(spider("improt", "x.pcap").returncode, 2)

    def test_an_import_without_files_is_a_usage_error(self):
        self.assertEqual(spider("import").returncode, 2)

    def test_an_import_without_a_configuration_says_which_store_it_makes(self):
        told = f"a new store is made in {self.folder / 'data'}"
        self.assertIn(told, spider("import", "nothere.pcap", cwd=self.folder).stderr)
        again = spider("import", "nothere.pcap", cwd=self.folder).stderr
        self.assertNotIn("new store", again)

    def test_an_unknown_export_format_is_a_usage_error(self):
        self.assertEqual(spider("export", "--format", "papyrus").returncode, 2)


class Configuration(SystemTest):
    def refused(self, text):
        """Checks a configuration that must be refused; what was said about it."""
        path = self.folder / "spider.toml"
        path.write_text(text)
        done = spider("check", "--config", path)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("spider.toml", done.stderr)
        return done.stderr

    def test_the_shipped_file_is_valid_and_at_most_22_lines_long(self):
        shipped = TOP / "spider.toml"
        self.assertLessEqual(len(shipped.read_text().splitlines()), 22)
        done = spider("check", "--config", shipped)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_check_refuses_a_store_that_is_a_file(self):
        file = self.folder / "file"
        file.write_text("")
        for path in (file, file / "below"):
            done = spider("check", "--config", self.config(store={"path": str(path)}))
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(f"[store] path: {file} is no folder", done.stderr)

    def test_check_prints_a_configuration_that_check_accepts(self):
        path = self.config(whisperers=[{"name": "lo", "interface": "lo", "filter": "tcp"}],
                           pipeline={"shards": 2})
        first = spider("check", "--config", path)
        self.assertEqual(first.returncode, 0, first.stderr)
        again = self.folder / "again.toml"
        again.write_text(first.stdout)
        second = spider("check", "--config", again)
        self.assertEqual(second.returncode, 0, second.stderr)
        said = tomllib.loads(second.stdout)
        self.assertEqual(said, tomllib.loads(first.stdout))
        self.assertEqual(said["pipeline"]["shards"], 2)
        self.assertEqual(said["whisperer"][0]["filter"], "tcp")

    def test_a_required_key_that_is_missing_stops_the_start_with_the_words_to_add(self):
        store = f'[store]\npath = "{self.folder}/data"\n'
        for whisperer, key, words in (('snaplen = 100\n', "name", 'name = "web"'),
                                      ('name = "a"\ntype = "FILE"\n', "path",
                                       'path = "captures"')):
            path = self.folder / "spider.toml"
            path.write_text(store + "[[whisperer]]\n" + whisperer)
            done = spider("--config", path)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertRegex(done.stderr, rf"spider\.toml:3: \[\[whisperer\]\] {key}: "
                             "it is missing, and required")
            self.assertIn(words, done.stderr.replace("\\", ""))
            self.assertFalse((self.folder / "data").exists())

    def test_an_unknown_key_is_refused_with_its_line_and_the_likely_key(self):
        said = self.refused('[store]\npath = "x"\ncomit_ms = 100\n')
        self.assertIn(":3", said)
        self.assertIn("comit_ms", said)
        self.assertIn("commit_ms", said)

    def test_an_unknown_section_is_refused(self):
        self.assertIn("stroe", self.refused('[stroe]\npath = "x"\n'))

    def test_a_wrong_type_is_refused_with_its_line(self):
        said = self.refused("[store]\npath = 7\n")
        self.assertIn(":2", said)
        self.assertIn("path", said)

    def test_a_value_out_of_bounds_is_refused_with_the_bounds(self):
        said = self.refused("[store]\ncommit_ms = 1\n")
        self.assertIn("commit_ms", said)
        self.assertIn("10", said)

    def test_an_unknown_type_of_whisperer_is_refused_with_the_known_ones(self):
        said = self.refused('[[whisperer]]\nname = "a"\ntype = "PHONE"\n')
        self.assertIn("INTERFACE", said)

    def test_check_says_of_every_whisperer_what_would_not_work(self):
        wrong = {"filter": "tcp and and"}
        path = self.config(whisperers=[
            {"name": "live", "interface": "lo", **wrong},
            {"name": "upload", "type": "UPLOAD", **wrong},
            {"name": "file", "type": "FILE", "path": "/", **wrong},
            {"name": "away", "type": "FILE", "path": str(self.folder / "nowhere.pcap")},
            {"name": "good", "type": "FILE", "path": "/", "filter": "tcp"}])
        done = spider("check", "--config", path)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        for name in ("live", "upload", "file"):
            self.assertIn(f'"{name}": The filter "tcp and and" does not compile', done.stderr)
        self.assertEqual(done.stderr.count("CAPTURE-LIVE-003"), 3, done.stderr)
        self.assertIn('"away": ', done.stderr)
        self.assertIn("nowhere.pcap", done.stderr)
        self.assertNotIn('"good"', done.stderr)

    def test_two_whisperers_of_one_name_are_refused(self):
        self.refused('[[whisperer]]\nname = "a"\n[[whisperer]]\nname = "a"\n')

    def test_broken_toml_is_refused_with_its_line(self):
        self.assertIn(":2", self.refused('[store]\npath = "unfinished\n'))

    def test_a_file_that_is_not_there_is_refused(self):
        done = spider("check", "--config", self.folder / "no.toml")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no.toml", done.stderr)

    def test_listening_beyond_loopback_is_refused_unless_allowed_in_words(self):
        said = self.refused('[api]\nlisten = "0.0.0.0:8400"\n')
        self.assertIn("allow_unauthenticated", said)
        path = self.folder / "open.toml"
        path.write_text('[api]\nlisten = "0.0.0.0:8400"\nallow_unauthenticated = true\n')
        self.assertEqual(spider("check", "--config", path).returncode, 0)
