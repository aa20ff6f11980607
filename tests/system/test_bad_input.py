"""What the world does wrong: files, interfaces, ports, stores and disks. Each has a clear answer,
and what was stored before stays readable."""
import json
import socket
import struct
import time

from support import BINARY, SystemTest, pcap_file, run_quietly, spider

NAMESPACES = True  # a disk that is full and interfaces that vanish are made here


class BadFiles(SystemTest):
    def refused(self, path, *words):
        """Imports a file that cannot be used; the words must be in the answer."""
        done = spider("import", "--config", self.config(), path)
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        for word in (str(path), *words):
            self.assertIn(word, done.stderr)
        return done

    def test_a_file_that_is_no_capture_is_refused(self):
        path = self.folder / "notes.txt"
        path.write_text("Dear diary, today I captured nothing at all.\n" * 20)
        self.refused(path, "pcap")

    def test_an_empty_file_is_refused(self):
        path = self.folder / "empty.pcap"
        path.touch()
        self.refused(path, "empty")

    def test_a_path_that_is_not_there_is_refused(self):
        self.refused(self.folder / "nowhere.pcap")

    def test_a_folder_in_place_of_a_file_is_refused(self):
        folder = self.folder / "folder.pcap"
        folder.mkdir()
        self.refused(folder)

    def test_a_file_header_alone_is_an_import_of_nothing(self):
        path = pcap_file(self.folder / "header.pcap", [])
        books, = self.import_books(self.config(), path)
        self.assertEqual(books["packets_received"], 0)

    def test_a_truncated_file_gives_everything_before_the_cut(self):
        whole, _ = self.generate(mib=1, seed=31)
        cut = self.folder / "cut.pcap"
        cut.write_bytes(whole.read_bytes()[:-700])
        config = self.config()
        books, = self.import_books(config, cut, expect=3)
        self.assertEqual(books["import_truncated"], 1)
        self.assert_books_balance(books)
        records, _ = self.exported("--config", config)
        self.assertEqual(len(records), books["communications_complete"] +
                         books["communications_partial"])
        self.assertGreater(len(records), 100)
        # Nobody calls it complete, whichever way it came.
        server = self.server(config)
        whisperer = server.get("/api/v1/uploads")["items"][0]["whisperer"]
        status, _, answer = server.request(
            "POST", f"/api/v1/imports?whisperer={whisperer}&name=again.pcap", cut.read_bytes(),
            {"Content-Type": "application/octet-stream"})
        self.assertEqual(status, 201, answer)
        uploads = server.get("/api/v1/uploads")["items"]
        self.assertEqual([u["state"] for u in uploads], ["cut", "cut"])
        for upload in uploads:
            self.assertIn("inside", upload["trouble"])
        self.assertIsNotNone(uploads[0]["same_as"])

    def test_a_file_with_an_impossible_record_gives_everything_before_it(self):
        whole, _ = self.generate(mib=1, seed=32)
        broken = self.folder / "broken.pcap"
        data = bytearray(whole.read_bytes())
        at = 24  # walk to the 500th record and spoil its length
        for _ in range(500):
            at += 16 + struct.unpack_from("<I", data, at + 8)[0]
        struct.pack_into("<II", data, at + 8, 0xFFFFFFF0, 0xFFFFFFF0)
        broken.write_bytes(data)
        books, = self.import_books(self.config(), broken, expect=3)
        self.assertEqual(books["packets_received"], 500)
        self.assert_books_balance(books)

    def test_frames_of_an_unsupported_link_type_are_counted(self):
        path = pcap_file(self.folder / "odd.pcap", [b"\x01\x02\x03\x04" * 20] * 40, link_type=147)
        done = spider("import", "--config", self.config(), "--json", path)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        self.assertIn('"link_unsupported":40', done.stdout.replace(" ", ""))

    def test_one_bad_file_does_not_keep_the_good_ones_out(self):
        good, truth = self.generate(mib=1, seed=33)
        bad = self.folder / "bad.pcap"
        bad.write_text("no capture")
        config = self.config()
        done = spider("import", "--config", config, bad, good)
        self.assertEqual(done.returncode, 3, done.stderr)
        records, _ = self.exported("--config", config)
        self.assertEqual(len(records), truth["communications"])


class BadWorld(SystemTest):
    def wrong_whisperer(self, **whisperer):
        """Serves with a whisperer that cannot capture; its reason."""
        server = self.server(self.config(whisperers=[{"name": "w", **whisperer}]))
        self.wait_for("the whisperer says that something is wrong", 5,
                      lambda: server.state("w") == "wrong_configuration")
        reason = server.whisperer("w")["reason"]
        self.assertEqual(server.stop(), 0)
        return reason

    def test_an_interface_that_does_not_exist_is_said_and_the_rest_serves(self):
        self.assertIn("nope0", self.wrong_whisperer(interface="nope0"))

    def test_an_interface_that_stays_away_is_said_once_and_not_at_each_retry(self):
        server = self.server(self.config(whisperers=[{"name": "w", "interface": "nope0"}],
                                         pipeline={"reopen_ms": 50}))
        self.wait_for("the whisperer says that something is wrong", 5,
                      lambda: server.state("w") == "wrong_configuration")
        self.wait_for("it is said", 5, lambda: server.said("nope0"))
        first = server.whisperer("w")
        time.sleep(1)  # twenty retries
        self.assertEqual(server.whisperer("w"), first)
        self.assertEqual(len(server.said("nope0")), 1, server.log())

    def test_a_filter_that_does_not_compile_is_said_and_the_rest_serves(self):
        reason = self.wrong_whisperer(interface="lo", filter="tcp and and")
        self.assertIn("tcp and and", reason)

    def test_a_filter_that_does_not_compile_is_said_of_every_type_at_the_start(self):
        good, _ = self.generate(mib=1, seed=37)
        for whisperer in ({"type": "UPLOAD"}, {"type": "FILE", "path": str(good)}):
            config = self.config(whisperers=[{"name": "odd", "filter": "tcp and and", **whisperer}])
            server = self.server(config)
            self.wait_for("the whisperer says that something is wrong", 5,
                          lambda: server.state("odd") == "wrong_configuration")
            said = self.wait_for("it is said", 5, lambda: server.said("CAPTURE-LIVE-003"))
            self.assertEqual(len(said), 1, server.log())
            self.assertIn("odd", said[0])
            self.assertIn("tcp and and", said[0])
            self.assertEqual(server.stop(), 0)
        # The file was not taken for read.
        config = self.config(whisperers=[{"name": "odd", "type": "FILE", "path": str(good)}])
        server = self.server(config)
        self.wait_for("its records are there", 10, server.communications)
        self.assertEqual(server.stop(), 0)

    def test_an_import_through_a_filter_that_does_not_compile_names_the_whisperer(self):
        good, _ = self.generate(mib=1, seed=38)
        config = self.config(whisperers=[{"name": "odd", "type": "UPLOAD", "filter": "nope nope"}])
        done = spider("import", "--config", config, good)
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertIn("CAPTURE-LIVE-003", done.stderr)
        self.assertIn('"odd"', done.stderr)

    def test_a_path_that_is_missing_is_logged_once_and_read_when_it_comes(self):
        good, _ = self.generate(mib=1, seed=39)
        path = self.folder / "later.pcap"
        config = self.config(pipeline={"folder_poll_ms": 100},
                             whisperers=[{"name": "late", "type": "FILE", "path": str(path)}])
        server = self.server(config)
        self.wait_for("the whisperer says that something is wrong", 5,
                      lambda: server.state("late") == "wrong_configuration")
        said = self.wait_for("it is said", 5, lambda: server.said("PIPELINE-IMPORT-006"))
        time.sleep(0.5)  # five looks
        said = server.said("PIPELINE-IMPORT-006")
        self.assertEqual(len(said), 1, server.log())
        self.assertIn("late", said[0])
        self.assertIn(str(path), said[0])
        good.rename(path)
        self.wait_for("its records are there", 10, server.communications)
        self.assertNotEqual(server.state("late"), "wrong_configuration")
        self.assertEqual(server.stop(), 0)

    def test_a_path_that_is_corrected_is_not_called_wrong_any_more(self):
        folder = self.folder / "empty"
        folder.mkdir()
        server = self.server(self.config(pipeline={"folder_poll_ms": 50}, whisperers=[
            {"name": "w", "type": "FILE", "path": str(self.folder / "nowhere")}]))
        self.wait_for("the whisperer says that something is wrong", 10,
                      lambda: server.state("w") == "wrong_configuration")
        status, _, _ = server.request("PATCH", "/api/v1/whisperers/w",
                                      json.dumps({"path": str(folder)}).encode(),
                                      {"Content-Type": "application/json"})
        self.assertEqual(status, 200)
        self.wait_for("it watches the other folder", 10, lambda: (
            server.state("w"), server.whisperer("w")["reason"]) == ("capturing", None))
        self.assertEqual(server.stop(), 0)

    def test_one_file_that_is_no_capture_does_not_end_the_watch_over_its_folder(self):
        good, _ = self.generate(mib=1, seed=40)
        folder = self.folder / "watched"
        folder.mkdir()
        (folder / "notes.txt").write_text("no capture\n")
        server = self.server(self.config(
            pipeline={"folder_poll_ms": 50, "folder_rest_ms": 50},
            whisperers=[{"name": "w", "type": "FILE", "path": str(folder)}]))
        self.wait_for("it says which file it did not read", 20,
                      lambda: "notes.txt" in (server.whisperer("w")["reason"] or ""))
        time.sleep(0.3)  # looks at the folder leave what it says
        w = server.whisperer("w")
        self.assertEqual((w["state"], "notes.txt" in w["reason"]), ("capturing", True))
        self.assertEqual(len(server.said("notes.txt")), 1, server.log())
        good.rename(folder / "good.pcap")
        self.wait_for("the next one is read", 20, server.communications)
        self.wait_for("there is nothing left to say", 20,
                      lambda: server.whisperer("w")["reason"] is None)
        self.assertEqual(server.stop(), 0)

    def test_a_port_in_use_ends_the_server_with_the_reason(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            done = spider("--config", self.config(port=port))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(str(port), done.stderr)

    def test_a_locked_store_refuses_a_second_server_and_keeps_the_first(self):
        first = self.server(self.config("first.toml"))
        done = spider("--config", self.config("second.toml"))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(str(self.folder / "data"), done.stderr)
        self.assertEqual(first.communications(), [])

    def test_import_and_export_go_through_a_running_server(self):
        path, truth = self.generate(mib=2, seed=34)
        config = self.config(whisperers=[{"name": "files", "type": "UPLOAD"}])
        server = self.server(config)
        books, = self.import_books(config, path)
        self.assertEqual(books["communications_complete"], truth["communications"])
        through_server, _ = self.exported("--config", config)
        self.assertEqual(len(through_server), truth["communications"])
        self.assertEqual(server.stop(), 0)
        from_store, _ = self.exported("--config", config)
        self.assertEqual(from_store, through_server)

    def store_on_a_small_disk(self):
        """The disk's folder, and a configuration whose store is there."""
        disk = self.folder / "disk"
        disk.mkdir()
        run_quietly("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk))
        self.addCleanup(run_quietly, "umount", str(disk))
        return disk, self.config(store={"path": str(disk / "data")})

    def test_a_full_disk_is_said_and_what_was_stored_stays_readable(self):
        disk, config = self.store_on_a_small_disk()
        small, truth = self.generate("small.pcap", mib=2, seed=35)
        self.import_books(config, small)
        big, _ = self.generate("big.pcap", profile="large", mib=120, seed=36)
        done = spider("import", "--config", config, big)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("disk is full", done.stderr.lower())
        run_quietly("mount", "-o", "remount,size=600m", str(disk))
        records, _ = self.exported("--config", config)
        self.assertGreaterEqual(len(records), truth["communications"])

    def test_a_disk_that_is_full_at_the_start_is_said_with_what_is_free_and_what_to_do(self):
        disk, config = self.store_on_a_small_disk()
        small, truth = self.generate("small.pcap", mib=1, seed=40)
        self.import_books(config, small)
        filler = disk / "filler"
        with self.assertRaises(OSError), open(filler, "wb", buffering=0) as out:
            while True:
                out.write(bytes(4096))
        for command in (("export", "--format", "jsonl", "--config", config), ("--config", config)):
            done = spider(*command)
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertIn("STORE-OPEN-004", done.stderr)
            self.assertIn("0.0 of 24.0 MiB are free", done.stderr)
            self.assertIn("Delete or move other files", done.stderr)
        filler.unlink()
        records, _ = self.exported("--config", config)
        self.assertEqual(len(records), truth["communications"])

    def test_without_the_right_to_capture_it_says_so_and_serves(self):
        config = self.config(whisperers=[{"name": "w", "interface": "lo"}])
        server = self.server(config, prefix=["setpriv", "--bounding-set=-all", "--inh-caps=-all"])
        reason = self.wait_for("the whisperer says what it lacks", 5,
                               lambda: server.state("w") and server.whisperer("w")["reason"])
        self.assertEqual(reason.count("setcap"), 1, reason)
        self.assertIn(f"sudo setcap cap_net_raw,cap_net_admin+ep {BINARY}", reason)
        said = self.wait_for("the log says it", 5, lambda: [
            line for line in server.log().splitlines() if "PIPELINE-WHISPERER-003" in line])
        self.assertEqual(server.log().count("setcap"), 1, server.log())
        self.assertIn("setcap", said[0])
        self.assertEqual(server.communications(), [])
        self.assertEqual(server.stop(), 0)

    @staticmethod
    def make_interface(name="gone"):
        one, other = name + "0", name + "1"
        run_quietly("ip", "link", "add", one, "type", "veth", "peer", "name", other)
        run_quietly("ip", "link", "set", one, "up")

    def test_an_interface_that_is_set_down_says_so_and_is_captured_again_when_it_is_up(self):
        self.make_interface("down")
        server = self.server(self.config(whisperers=[{"name": "w", "interface": "down0"}],
                                         pipeline={"reopen_ms": 100}))

        def told():
            w = server.whisperer("w") or {}
            return w.get("state"), w.get("reason")

        self.wait_for("it captures", 20, lambda: told() == ("capturing", None))
        run_quietly("ip", "link", "set", "down0", "down")
        self.wait_for("it says what to do", 20, lambda: told()[0] == "wrong_configuration"
                      and "ip link set down0 up" in told()[1])
        self.wait_for("the log says it", 20, lambda: "CAPTURE-LIVE-007" in server.log())
        run_quietly("ip", "link", "set", "down0", "up")
        self.wait_for("it captures again", 20, lambda: told() == ("capturing", None))
        states = [p["state"] for p in server.get("/api/v1/whisperers/w/states")["items"]]
        self.assertEqual((states[-2:], states.count("capturing")),
                         (["wrong_configuration", "capturing"], 2))
        self.assertEqual(server.log().count("CAPTURE-LIVE-007"), 1, server.log())
        self.assertEqual(server.stop(), 0)

    def test_an_interface_that_vanishes_is_captured_again_when_it_is_back(self):
        self.make_interface()
        server = self.server(self.config(whisperers=[{"name": "w", "interface": "gone0"}],
                                         pipeline={"reopen_ms": 100}))

        def state():
            return server.state("w")

        self.wait_for("it captures", 5, lambda: state() == "capturing")
        run_quietly("ip", "link", "delete", "gone0")
        self.wait_for("it notices", 5, lambda: state() != "capturing")
        self.make_interface()
        self.wait_for("it captures again", 5, lambda: state() == "capturing")
        self.assertEqual(server.stop(), 0)
