"""Names of addresses, from DNS answers in packets to the API, the filter and the next start."""
import json
import random
import socket
import time
import urllib.parse

from dns import dns_answer, udp_frame
from frames import CLIENT, SERVER
from openapi import OpenApi
from support import SystemTest, pcap_file, spider
from test_filter import talk

UPLOAD = [{"name": "upload", "type": "UPLOAD"}]
HOSTS = "/api/v1/hosts"


def resident_kib(server):
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


class Hosts(SystemTest):
    def hosts(self, server, query=""):
        document = server.get(HOSTS + query)
        wrong = OpenApi().complaints("GET", HOSTS, 200, "application/json", document)
        self.assertEqual(wrong, [], query)
        return document

    def names(self, server, query=""):
        """Every name, page by page: {address: [(name, source), ...]}."""
        out, path = {}, HOSTS + "?limit=7" + query
        while path:
            page = server.get(path)
            for item in page["items"]:
                self.assertNotIn(item["address"], out)
                out[item["address"]] = [(n["name"], n["source"]) for n in item["names"]]
            path = page["_links"].get("next", {}).get("href")
        return out

    def capture(self):
        """An exchange between CLIENT and SERVER, and what name servers said before and after."""
        before = [udp_frame(dns_answer("Shop.Example", SERVER, alias="edge.cdn.example")),
                  udp_frame(dns_answer("laptop.example", CLIENT), source="192.0.2.54"),
                  udp_frame(dns_answer("six.example", "2001:db8::7"))]
        after = [udp_frame(dns_answer("later.example", SERVER)),
                 udp_frame(dns_answer("mdns.example", SERVER), source_port=5353),
                 udp_frame(dns_answer("shop.example", SERVER)[:-2])]
        return pcap_file(self.folder / "dns.pcap", before + talk(0, "GET", "/", "a", 200) + after)

    def test_names_of_answers_are_shown_found_and_kept(self):
        config = self.config(whisperers=UPLOAD, hosts={"etc_hosts": False})
        books, = self.import_books(config, self.capture())
        self.assert_books_balance(books)
        self.assertEqual((books["not_tcp"], books["dns_answers"], books["dns_unread"]), (6, 4, 1))
        for _ in range(2):  # and after a restart
            server = self.server(config)
            shop, = self.hosts(server, "?match=SHOP")["items"]
            self.assertEqual([n["name"] for n in shop["names"]], ["later.example", "shop.example"])
            self.assertEqual(shop["names"][1]["told_by"], "192.0.2.53")
            self.assertEqual(shop["names"][1]["whisperer"], "upload")
            self.assertEqual(self.names(server), {
                CLIENT: [("laptop.example", "dns")], "2001:db8::7": [("six.example", "dns")],
                SERVER: [("later.example", "dns"), ("shop.example", "dns")]})
            one, = server.communications()
            # The name that was seen last before the exchange.
            self.assertEqual((one["server_name"], one["server_name_source"]),
                             ("shop.example", "dns"))
            self.assertEqual((one["server_ip"], one["client_name"]), (SERVER, "laptop.example"))
            session, = server.get("/api/v1/tcp-sessions")["items"]
            self.assertEqual(session["server_name"], "shop.example")
            detail = server.get("/api/v1/http-communications/" + one["id"])
            self.assertEqual(detail["client_name"], "laptop.example")
            for q, found in (("server.name:shop.example", 1), ("server.name:later.*", 1),
                             ("client.name:shop.example", 0), ("name:laptop.example", 1),
                             ("NOT name:laptop.example", 0), ("has:client.name", 1),
                             ("server.name:shop", 0), ("name:mdns.example", 0)):
                items = server.communications("?q=" + urllib.parse.quote(q))
                self.assertEqual(len(items), found, q)
            offered = server.get("/api/v1/complete?q=server.name:lat")["items"]
            self.assertIn(("later.example", SERVER), [(o["label"], o["help"]) for o in offered])
            offered = server.get("/api/v1/complete?q=client.ip:")["items"]
            self.assertIn((CLIENT, "laptop.example"), [(o["label"], o["help"]) for o in offered])
            self.assertEqual(server.stop(), 0)
        done, _ = self.exported("--config", config, "--filter", "server.name:shop.example")
        self.assertEqual(len(done), 1)
        self.assertNotIn("server_name", done[0])  # an export holds what was captured

    def test_the_configuration_comes_first_and_every_name_says_its_source(self):
        config = self.config(whisperers=UPLOAD, hosts={
            "etc_hosts": True, "names": [f"{SERVER} Mine.internal", "2001:db8::1 six"]})
        self.import_books(config, self.capture())
        server = self.server(config)
        one, = server.communications()
        self.assertEqual((one["server_name"], one["server_name_source"]),
                         ("mine.internal", "configuration"))
        names = self.names(server)
        self.assertEqual(names[SERVER][0], ("mine.internal", "configuration"))
        self.assertEqual(names["2001:db8::1"], [("six", "configuration")])
        with open("/etc/hosts", encoding="utf-8", errors="replace") as own:
            has_local = any(line.split()[:1] == ["127.0.0.1"] for line in own)
        self.assertEqual("127.0.0.1" in names, has_local)
        if has_local:
            self.assertEqual(names["127.0.0.1"][0][1], "etc_hosts")
        for query, wanted in (("?address=nonsense", "is no address"), ("?limit=0", "limit"),
                              ("?cursor=x", "cursor"), ("?colour=red", "colour")):
            status, _, body = server.request("GET", HOSTS + query)
            self.assertEqual(status, 400, query)
            self.assertIn(wanted, json.loads(body)["detail"], query)

    def told(self, server, path, query):
        document = server.get(path + query)
        wrong = OpenApi().complaints("GET", path, 200, "application/json", document)
        self.assertEqual(wrong, [], query)
        return document

    def test_values_and_groups_of_addresses_have_the_name_as_of_the_end_of_the_range(self):
        config = self.config(whisperers=UPLOAD, hosts={
            "etc_hosts": False, "names": [f"{CLIENT} mine.internal"]})
        self.import_books(config, self.capture())
        server = self.server(config)
        one, = server.communications()
        whole = "from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z"
        # Up to the exchange itself, where "later.example" was not seen yet.
        short = f"from=2026-01-01T00:00:00Z&to={one['end_us']}"
        for span, name in ((whole, "later.example"), (short, "shop.example"), ("", "shop.example")):
            facets = self.told(server, "/api/v1/facets",
                               f"?fields=client_ip,server_ip,host&{span}")["facets"]
            values = {facet["field"]: facet["values"][0] for facet in facets}
            self.assertEqual(values["server_ip"], {
                "label": SERVER, "name": name, "name_source": "dns", "none": False,
                "communications": 1, "filter": f"server.ip:{SERVER}"}, span)
            self.assertEqual((values["client_ip"]["name"], values["client_ip"]["name_source"]),
                             ("mine.internal", "configuration"))
            self.assertNotIn("name", values["host"])
            group, = self.told(server, "/api/v1/statistics",
                               f"?group_by=client_ip,server_ip&{span}")["groups"]
            self.assertEqual(group["key"], {"client_ip": CLIENT, "server_ip": SERVER})
            self.assertEqual(group["filters"], {"client_ip": f"client.ip:{CLIENT}",
                                                "server_ip": f"server.ip:{SERVER}"})
            self.assertEqual(group["names"], {
                "client_ip": {"name": "mine.internal", "name_source": "configuration"},
                "server_ip": {"name": name, "name_source": "dns"}}, span)
            group, = self.told(server, "/api/v1/statistics", f"?group_by=host&{span}")["groups"]
            self.assertNotIn("names", group)
        self.assertEqual(server.stop(), 0)
        done, _ = self.exported("--config", config)
        self.assertNotIn("example", json.dumps(done[0]).replace(one["host"], ""))

    def test_a_wrong_name_in_the_configuration_is_told_with_its_line(self):
        config = self.config(hosts={"names": ["10.0.0.7 db", "db 10.0.0.7"]})
        done = spider("check", "--config", config)
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r'spider\.toml:\d+: \[hosts\] names: "db" is no address')

    def test_names_are_the_same_whatever_the_number_of_shards(self):
        rng = random.Random(33)
        frames = [udp_frame(dns_answer(f"n{rng.randrange(90)}.example",
                                       f"10.1.{rng.randrange(4)}.{rng.randrange(200)}"),
                            source=f"192.0.2.{rng.randrange(1, 200)}",
                            target_port=rng.randrange(1024, 60000)) for _ in range(2500)]
        path = pcap_file(self.folder / "many.pcap", frames)
        told = []
        for shards in (1, 2, 4):
            config = self.config(f"{shards}.toml", whisperers=UPLOAD, pipeline={"shards": shards},
                                 hosts={"addresses_max": 100, "etc_hosts": False},
                                 store={"path": str(self.folder / f"data-{shards}")})
            books, = self.import_books(config, path)
            self.assert_books_balance(books)
            self.assertGreater(books["names_forgotten"], 0)
            server = self.server(config)
            told.append(self.hosts(server, "?limit=1000")["items"])
            server.stop()
        self.assertEqual(len(told[0]), 100)
        self.assertEqual(told[0], told[1])
        self.assertEqual(told[0], told[2])

    def test_a_flood_of_answers_stays_within_its_bounds(self):
        rng = random.Random(5)
        label = "x" * 60
        path = pcap_file(self.folder / "flood.pcap", (
            udp_frame(dns_answer(f"{label}.{label}.{label}.{rng.randrange(1 << 40):x}",
                                 *(f"10.{rng.randrange(256)}.{rng.randrange(256)}.{n}"
                                   for n in range(8)))) for _ in range(40_000)))
        config = self.config(whisperers=UPLOAD, hosts={"addresses_max": 5000, "etc_hosts": False})
        server = self.server(config)
        books, = self.import_books(config, path)  # through the server
        self.assert_books_balance(books)
        self.assertEqual(books["dns_answers"], 40_000)
        self.assertGreater(books["names_forgotten"], 100_000)
        self.assertLess(resident_kib(server), 512 * 1024)
        count = len(self.hosts(server, "?limit=1000")["items"])
        self.assertGreater(count, 0)
        began = time.monotonic()
        server.get("/api/v1/http-communications?q=" + urllib.parse.quote("name:*x.*"))
        self.assertLess(time.monotonic() - began, 10)
        size = sum(f.stat().st_size for f in (self.folder / "data").rglob("*") if f.is_file())
        self.assertLess(size, 512 << 20)
        self.assertEqual(server.stop(), 0)
