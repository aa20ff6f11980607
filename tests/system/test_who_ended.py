"""An exchange that is not whole says who ended its connection, by the packets' times."""
from frames import ACK, FIN, pcap
from support import SystemTest
from test_timing import GET, OK, Script

RST = 0x04
ENDS = {"client_closed", "client_reset", "server_closed", "server_reset", "end_not_seen"}
# What follows the request: who sends it, its flags, whether the sender's FIN came before.
CASES = {
    40_001: ([(True, FIN), (False, FIN)], "client_closed"),
    40_002: ([(False, FIN), (True, FIN)], "server_closed"),
    40_003: ([(True, RST)], "client_reset"),
    40_004: ([(False, RST)], "server_reset"),
    40_005: ([(True, RST), (False, FIN)], "client_reset"),  # the FIN was on its way already
    40_006: ([(False, FIN), (True, RST)], "server_closed"),
    40_007: ([(True, FIN), (True, RST)], "client_closed"),
    40_008: ([], "end_not_seen"),
}


class WhoEnded(SystemTest):
    def test_by_the_first_fin_or_reset(self):
        script = Script()
        for index, (port, (ends, _)) in enumerate(CASES.items()):
            at = index * 100_000_000
            script.open(port, at, at + 1_000, at + 2_000)
            script.ask(port, at + 10_000, GET)
            gone = {True: len(GET), False: 0}
            for number, (client, flags) in enumerate(ends):
                script.send(port, at + 1_000_000 * (number + 1), client, flags | ACK,
                            gone[client], gone[not client])
                gone[client] += flags == FIN
        # One half of an answer, and one that is whole.
        script.open(40_100, 2_000_000_000, 2_000_001_000, 2_000_002_000)
        script.ask(40_100, 2_000_010_000, GET)
        script.answer(40_100, 2_000_020_000, OK, 0, 50, ack=len(GET))
        script.send(40_100, 2_001_000_000, True, RST | ACK, len(GET), 50)
        script.open(40_101, 2_100_000_000, 2_100_001_000, 2_100_002_000)
        script.ask(40_101, 2_100_010_000, GET)
        script.answer(40_101, 2_100_020_000, OK, ack=len(GET))
        script.send(40_101, 2_101_000_000, True, RST | ACK, len(GET), len(OK))
        expected = {port: {word} for port, (_, word) in CASES.items()}
        expected |= {40_100: {"client_reset"}, 40_101: set()}

        path = pcap(self.folder / "ends.pcap", script.packets)
        settings = self.config(whisperers=[{"name": "kept", "type": "UPLOAD"}])
        self.import_books(settings, "--whisperer", "kept", path)
        server = self.server(settings)
        records = server.communications("?limit=100")
        self.assertEqual({r["client_port"]: ENDS & set(r["codes"]) for r in records}, expected)
        after = {r["client_port"]: r["ended_after_us"] for r in records}
        self.assertEqual(after, {port: None if word == "end_not_seen" else 990
                                 for port, (_, word) in CASES.items()}
                         | {40_100: 980, 40_101: None})
        long = server.communications("?q=ended.after:>985us&limit=100")
        self.assertEqual({r["client_port"] for r in long},
                         {port for port, us in after.items() if us == 990})
        given_up = server.communications("?q=code:client_*&limit=100")
        self.assertEqual({r["client_port"] for r in given_up},
                         {port for port, words in expected.items()
                          if any(word.startswith("client") for word in words)})
