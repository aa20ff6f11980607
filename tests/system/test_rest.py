"""Memory that an import took goes back to the system once it is calm, by itself."""
from support import SystemTest
from test_export import resident_mib

MIB = 24
# Beyond what it had before: caches, and pages of rings and batches that were used once. Left alone,
# memtables and free lists keep half as much again.
MORE_MIB = 64


class Rest(SystemTest):
    def test_memory_comes_to_rest_after_an_import(self):
        capture, _ = self.generate("made.pcap", mib=MIB, seed=5)
        server = self.server(self.config(whisperers=[
            {"name": "upload", "type": "UPLOAD", "save_packets": True}]))
        self.wait_for("the whisperer", 20, lambda: server.state("upload") == "not_started")
        before = resident_mib(server.process.pid)
        status, _, _ = server.request("POST", "/api/v1/imports?whisperer=upload",
                                      capture.read_bytes(),
                                      {"Content-Type": "application/vnd.tcpdump.pcap"})
        self.assertEqual(status, 201)
        most = resident_mib(server.process.pid)
        self.wait_for("memory is at rest", 90,
                      lambda: resident_mib(server.process.pid) < before + MORE_MIB)
        rest = resident_mib(server.process.pid)
        print(f"      {before:.0f} MiB before, {most:.0f} after the import, {rest:.0f} at rest")
