"""A real name server (dnsmasq) and programs that ask it, as their resolv.conf tells them."""
import contextlib
import ipaddress
import os
import socket
import time

from dns import dns_question, wire_name
from run import propagation
from support import end

OURS, THEIRS = ("10.53.0.1", "fd53::1"), ("10.53.0.2", "fd53::2")  # of here0 and there0


def resolving(folder, *servers, options=""):
    """The words before a command that sees these name servers, and asks DNS for what its /etc/hosts
    does not say: a mount namespace with files of ours over /etc/resolv.conf and nsswitch.conf.
    What is written to the file later is seen too; (words, file)."""
    resolv, switch = folder / "resolv.conf", folder / "nsswitch.conf"
    resolv.write_text("".join(f"nameserver {s}\n" for s in servers) +
                      (f"options {options}\n" if options else ""))
    switch.write_text("hosts: files dns\n")
    inside = (f"mount --bind {resolv} /etc/resolv.conf && "
              f'mount --bind {switch} /etc/nsswitch.conf && exec "$0" "$@"')
    return ["unshare", "--mount", *propagation([]), "--", "sh", "-c", inside], resolv


class NameServer:
    """dnsmasq at an address of ours with these lines of its configuration; it knows nothing else
    and asks nobody. Every question and answer is a line of its log."""

    def __init__(self, test, address, *lines):
        self.test, self.address = test, address
        self.config, self.log_path = test.folder / "dnsmasq.conf", test.folder / "dnsmasq.log"
        self.config.write_text("\n".join([
            "no-resolv", "no-hosts", "no-poll", "bind-interfaces", f"listen-address={address}",
            "local-ttl=1", "log-queries", f"pid-file={test.folder}/dns.pid",
            *lines]) + "\n")
        self.process = None

    def start(self):
        program = "/usr/sbin/dnsmasq" if os.path.exists("/usr/sbin/dnsmasq") else "dnsmasq"
        with open(self.log_path, "ab") as log:  # -d: in the foreground, as whom it was started
            self.process = self.test.child(program, "-d", "-C", str(self.config), stderr=log)
        self.test.wait_for("dnsmasq answers", 10, self._answers)
        return self

    def stop(self):
        end(self.process)

    def _answers(self):
        with contextlib.suppress(OSError), contextlib.closing(
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as asks:
            asks.settimeout(0.5)
            asks.sendto(dns_question("ready.invalid"), (self.address, 53))
            return asks.recv(512)

    def said(self, words):
        return [line for line in self.log_path.read_text().splitlines() if words in line]


class SilentNameServer:
    """Takes questions at an address of loopback and answers none."""

    def __init__(self, test, address):
        self.test, self.address = test, address
        self.questions = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        test.addCleanup(self.socket.close)
        self.socket.bind((address, 53))
        self.socket.setblocking(False)

    def count(self, address):
        """How often it was asked for the name of this address."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.questions.append(self.socket.recv(512))
        name = wire_name(ipaddress.ip_address(address).reverse_pointer)
        return sum(name in q for q in self.questions)

    def wait_for_question(self, address):
        self.test.wait_for(f"the name of {address} is asked for", 10, lambda: self.count(address))
        return time.monotonic()
