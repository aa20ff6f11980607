"""SIGTERM with an import open mid-file: the server ends, and what had come is kept and booked."""
import random
import socket
import struct
import time

from support import SystemTest

ROUNDS = 8
STOP_MAX_S = 10


class StopImport(SystemTest):
    def half_sent(self, server, body, part):
        """A connection that announced `body` and sent `part` of it."""
        client = socket.create_connection(("127.0.0.1", server.port), timeout=STOP_MAX_S)
        client.sendall(b"POST /api/v1/imports?whisperer=up&name=half HTTP/1.1\r\n"
                       b"Host: 127.0.0.1\r\nContent-Type: application/octet-stream\r\n"
                       b"Content-Length: %d\r\n\r\n" % len(body))
        client.sendall(body[:part])
        return client

    def stop_in_time(self, server):
        began = time.monotonic()
        self.assertEqual(server.stop(STOP_MAX_S), 0)
        self.assertLess(time.monotonic() - began, STOP_MAX_S)

    def begin(self, number):
        folder = str(self.folder / f"data-{number}")
        config = self.config(store={"path": folder},
                             whisperers=[{"name": "up", "type": "UPLOAD"}])
        server = self.server(config)
        # It listens a moment before its whisperers are known.
        self.wait_for("it knows its whisperer", STOP_MAX_S, lambda: server.state("up"))
        return config, server

    def test_a_sender_that_stays_is_told_and_what_it_sent_is_kept(self):
        path, _ = self.generate(mib=2, seed=3)
        body = path.read_bytes()
        for number in range(ROUNDS):
            config, server = self.begin(number)
            client = self.half_sent(server, body, len(body) // 2)
            self.wait_for("it reads", STOP_MAX_S, lambda: server.whisperer("up")["books"]
                          ["packets_received"] > 0)
            time.sleep(random.uniform(0, 0.1))
            self.stop_in_time(server)
            answer = client.recv(65536).decode()
            client.close()
            self.assertTrue(answer.startswith("HTTP/1.1 503 "), answer)
            self.assertIn("API-IMPORT-004", answer)
            self.assertTrue(server.said("API-IMPORT-004"), server.log())  # it has ended
            records, _ = self.exported("--config", config)
            self.assertGreater(len(records), 0)

    def test_a_sender_that_is_gone_or_just_began_keeps_nobody(self):
        path, _ = self.generate(mib=2, seed=4)
        body = path.read_bytes()
        for number in range(ROUNDS):
            _, server = self.begin(number)
            client = self.half_sent(server, body, random.randrange(len(body)))
            time.sleep(random.uniform(0, 0.05))
            if number % 2:  # reset, not closed
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            time.sleep(random.choice((0, random.uniform(0, 0.02))))
            self.stop_in_time(server)
