"""Names of addresses as a real name server (dnsmasq) tells them: captured live while real clients
ask it, and asked for in reverse by this machine's own resolver."""
import subprocess
import time
import urllib.parse

from name_server import OURS, THEIRS, NameServer, SilentNameServer, resolving
from support import Pulse, Server, SystemTest, free_port
from traffic import Neighbour, nginx

NAMESPACES = True

FILTER = "(tcp and not port 8400) or udp src port 53"
(CLIENT, CLIENT6), (SHOP, SIX) = THEIRS, ("10.53.0.20", "fd53::20")
EDGE, MANY = "10.53.0.21", "10.53.0.22"
ZONE = [f"host-record=shop.example,{SHOP}", f"host-record=six.example,{SIX}",
        f"host-record=host7.cdn.example,{EDGE}", "cname=www.example,edge.cdn.example",
        "cname=edge.cdn.example,host7.cdn.example"]


class NamesTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.neighbour = Neighbour()
        self.addCleanup(self.neighbour.close)
        self.neighbour.give_addresses([*OURS, SHOP, SIX, EDGE, MANY], THEIRS)
        nginx(self, free_port(), "listen *:80; listen [::]:80;")

    def name_server(self, *lines):
        return NameServer(self, OURS[0], *lines).start()

    def curl(self, *words, options=""):
        """A client of the neighbour's that asks our name server, unless it is told otherwise."""
        client, _ = resolving(self.folder, OURS[0], options=options)
        done = subprocess.run([*self.neighbour.inside(*client), "curl", "-sS", "-o", "/dev/null",
                               *words], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def wait_found(self, server, path):
        return self.wait_for(f"{path} is found", 10, lambda: next(
            (c for c in server.communications("?limit=1000") if c["path"] == path), None))

    def server_of(self, server, path):
        one = self.wait_found(server, path)
        return one["server_ip"], one["server_name"], one["server_name_source"]

    def found(self, server, question):
        items = server.communications("?limit=1000&q=" + urllib.parse.quote(question))
        return sorted(c["path"] for c in items)


class CapturedNames(NamesTest):
    def setUp(self):
        super().setUp()
        self.spider = self.server(self.config(hosts={"etc_hosts": False}, whisperers=[
            {"name": "wire", "interface": "here0", "filter": FILTER}]))
        self.wait_for("it captures", 10, lambda: self.spider.state("wire") == "capturing")

    def test_what_clients_asked_for_names_what_they_talked_to(self):
        dns = self.name_server(*ZONE)
        self.curl("http://shop.example/4")
        self.curl("http://six.example/6")
        self.curl("http://www.example/alias")
        wanted = {"/4": (SHOP, "shop.example", "dns"), "/6": (SIX, "six.example", "dns"),
                  "/alias": (EDGE, "www.example", "dns")}
        for _ in range(2):  # and after a restart
            for path, server in wanted.items():
                self.assertEqual(self.server_of(self.spider, path), server)
            self.assertEqual(self.found(self.spider, "server.name:shop.example"), ["/4"])
            self.assertEqual(self.found(self.spider, "server.name:*.example"), sorted(wanted))
            shop, = self.spider.get("/api/v1/hosts?match=shop.example")["items"]
            self.assertEqual((shop["address"], shop["names"][0]["told_by"]), (SHOP, OURS[0]))
            # The canonical name at the end of the chain was never asked for.
            self.assertEqual(self.spider.get("/api/v1/hosts?match=cdn")["items"], [])
            dns.stop()
            self.assertEqual(self.spider.stop(), 0)
            self.spider.start()

    def test_a_name_holds_for_a_client_that_remembers_it(self):
        dns = self.name_server(*ZONE)
        close = ("-H", "Connection: close")
        self.curl(*close, "http://shop.example/first", "http://shop.example/cached")
        asked = len(dns.said("query[A] shop.example"))
        dns.stop()
        self.curl("--resolve", f"shop.example:80:{SHOP}", "http://shop.example/silent")
        self.assertEqual(asked, 1)
        for path in ("/first", "/cached", "/silent"):
            self.assertEqual(self.server_of(self.spider, path), (SHOP, "shop.example", "dns"))

    def test_answers_with_edns_and_long_ones_are_read(self):
        # 41 addresses, of which a single one can be reached: 700 bytes, more than DNS had once.
        self.name_server(*ZONE, *(f"host-record=many.example,10.54.0.{n}" for n in range(1, 41)),
                         f"host-record=many.example,{MANY}")
        self.curl("http://shop.example/edns", options="edns0 trust-ad")
        self.assertEqual(self.server_of(self.spider, "/edns"), (SHOP, "shop.example", "dns"))
        self.curl("http://many.example/many", options="edns0")
        self.assertEqual(self.server_of(self.spider, "/many"), (MANY, "many.example", "dns"))
        self.assertEqual(len(self.spider.get("/api/v1/hosts?limit=1000&match=many")["items"]), 41)
        books = self.spider.whisperer("wire")["books"]
        self.assertEqual(books["dns_unread"], 0)
        # Over UDP, or nobody had seen it: without EDNS it does not fit, and TCP is asked.
        self.assertEqual(books["sessions_opened"], 2)


class ReverseNames(NamesTest):
    def server_that_asks(self, *name_servers):
        """A Spider whose own resolver asks these, with two communications to ask for."""
        config = self.config(hosts={"etc_hosts": False, "reverse": True}, whisperers=[
            {"name": "wire", "interface": "here0", "filter": "tcp port 80"}])
        words, self.resolv = resolving(self.folder, *name_servers)
        server = Server(config, self.folder, prefix=words)
        self.addCleanup(server.kill)
        server.start()
        self.wait_for("it captures", 10, lambda: server.state("wire") == "capturing")
        for host in (SHOP, f"[{SIX}]"):
            self.neighbour.run("curl", "-gsS", f"http://{host}/")
        self.wait_for("both are found", 10, lambda: len(server.communications()) == 2)
        return server

    def reverse_zone(self):
        return self.name_server("local=/in-addr.arpa/", "local=/ip6.arpa/",
                                "ptr-record=20.0.53.10.in-addr.arpa,Shop.Reverse.example",
                                f"host-record=six.reverse.example,{SIX}")

    def wait_named(self, server):
        def names():
            return {(c["server_ip"], c.get("server_name"), c.get("server_name_source"))
                    for c in server.communications()}

        self.wait_for("both are named", 20, lambda: names() == {
            (SHOP, "shop.reverse.example", "reverse"), (SIX, "six.reverse.example", "reverse")})

    def test_the_zone_names_what_was_looked_at(self):
        dns = self.reverse_zone()
        server = self.server_that_asks(OURS[0])
        self.wait_named(server)
        self.assertEqual(self.found(server, "server.name:shop.reverse.example"), ["/"])
        client = "query[PTR] 2.0.53.10.in-addr.arpa"  # that has no name
        self.wait_for("the client was asked for", 20, lambda: dns.said(client))
        for _ in range(20):
            server.communications()
        self.assertNotIn("client_name", server.communications()[0])
        self.assertEqual(server.stop(), 0)
        for question in (client, "query[PTR] 20.0.53.10.in-addr.arpa"):
            self.assertEqual(len(dns.said(question)), 1, question)

    def test_what_nobody_answered_for_is_asked_for_again(self):
        silent = SilentNameServer(self, "127.0.0.91")
        server = self.server_that_asks(silent.address)
        # A question follows the end of the one before.
        for address in (SHOP, SIX):
            silent.wait_for_question(address)
        self.reverse_zone()
        self.resolv.write_text(f"nameserver {OURS[0]}\n")  # as when a machine changes its network
        self.wait_named(server)
        self.assertEqual(server.stop(), 0)

    def test_name_servers_that_fall_silent_hold_nothing_up(self):
        silent = [SilentNameServer(self, f"127.0.0.{n}") for n in (91, 92, 93)]
        server = self.server_that_asks(*(s.address for s in silent))
        pulse = Pulse(self, self.folder)
        asked, begun, took = silent[0].wait_for_question(CLIENT), time.time(), []
        for _ in range(50):
            began = time.monotonic()
            server.communications()
            took.append(time.monotonic() - began)
        self.assertLess(max(took), 1 + pulse.stalled(begun))  # a question takes two seconds
        # Five by all three, and not 30 as resolvers have it.
        took_question = silent[0].wait_for_question(SHOP) - asked
        self.assertLess(took_question, 10 + pulse.stalled(begun))
        begun, began = time.time(), time.monotonic()
        self.assertEqual(server.stop(), 0)
        took_stop = time.monotonic() - began
        self.assertLess(took_stop, 2.5 + pulse.stalled(begun))
        print(f"      longest answer {max(took):.3f} s, a question {took_question:.3f} s, "
              f"end {took_stop:.3f} s")

    def test_the_resolver_file_is_followed_but_not_its_patience(self):
        before, after = (SilentNameServer(self, f"127.0.0.{n}") for n in (91, 92))
        server = self.server_that_asks(before.address)
        before.wait_for_question(CLIENT)
        self.resolv.write_text(f"nameserver {after.address}\noptions timeout:30 attempts:5\n")
        pulse = Pulse(self, self.folder)
        first, begun = after.wait_for_question(SHOP), time.time()
        spent = after.wait_for_question(CLIENT6) - first
        self.assertLess(spent, 10 + pulse.stalled(begun))
        self.assertEqual(after.count(SHOP), 1)
        self.assertEqual(server.stop(), 0)
        print(f"      to the next question {spent:.3f} s")
