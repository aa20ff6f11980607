"""Real traffic for the tests: a web server and clients on the interfaces of our own namespaces."""
import contextlib
import http.client
import os
import subprocess
import threading
import time

from support import end, run_quietly


class Neighbour:
    """A second network namespace joined to ours by a pair of interfaces that carry nothing but what
    a test sends: no IPv6, no ARP of their own accord."""

    def __init__(self, ours="here0", theirs="there0"):
        self.ours, self.theirs = ours, theirs
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"],
                                       stdin=subprocess.DEVNULL)
        self._wait_for_namespace()
        target = str(self.holder.pid)
        run_quietly("ip", "link", "add", ours, "type", "veth", "peer", "name", theirs)
        run_quietly("ip", "link", "set", theirs, "netns", target)
        for setting in ("disable_ipv6",):
            with open(f"/proc/sys/net/ipv6/conf/{ours}/{setting}", "w") as f:
                f.write("1")
        self.run("sh", "-c", f"echo 1 > /proc/sys/net/ipv6/conf/{theirs}/disable_ipv6")
        run_quietly("ip", "link", "set", ours, "arp", "off", "mtu", "9000", "up")
        self.run("ip", "link", "set", theirs, "arp", "off", "mtu", "9000", "up")

    def _wait_for_namespace(self):
        mine = os.readlink("/proc/self/ns/net")
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{self.holder.pid}/ns/net") != mine:
                    return
            time.sleep(0.01)
        raise AssertionError("the second namespace did not come up")

    def give_addresses(self, ours, theirs):
        """Both ends talk IP from now on, IPv6 too, at these addresses (of /24 and /64)."""
        for device, addresses, run in ((self.ours, ours, run_quietly),
                                       (self.theirs, theirs, self.run)):
            run("ip", "link", "set", device, "arp", "on")
            run("sh", "-c", f"echo 0 > /proc/sys/net/ipv6/conf/{device}/disable_ipv6")
            for address in addresses:
                six = ":" in address
                run("ip", "address", "add", f"{address}/{64 if six else 24}", "dev", device,
                    *(["nodad"] if six else []))

    def inside(self, *command):
        """The command as words that run it there."""
        return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", "--", *command]

    def run(self, *command):
        return run_quietly(*self.inside(*command))

    def close(self):
        end(self.holder)


def nginx(test, port, more=""):
    """Starts nginx on loopback, serving a folder of files of known sizes, and whatever the lines
    `more` of its server say; returns that folder."""
    root = test.folder / "www"
    root.mkdir()
    os.chmod(test.folder, 0o755)
    (root / "hello.txt").write_text("hello from nginx\n")
    (root / "page.html").write_text("<title>page</title>" + "x" * 20_000)
    config = test.folder / "nginx.conf"
    config.write_text(f"""
        daemon off; pid {test.folder}/nginx.pid; error_log {test.folder}/nginx.log;
        worker_processes 1; user root;
        events {{ worker_connections 512; }}
        http {{
          access_log off; gzip on; gzip_types text/plain; keepalive_requests 100000;
          client_body_temp_path {test.folder}/n1; proxy_temp_path {test.folder}/n2;
          fastcgi_temp_path {test.folder}/n3; uwsgi_temp_path {test.folder}/n4;
          scgi_temp_path {test.folder}/n5;
          server {{
            listen 127.0.0.1:{port};
            root {root};
            location /made/ {{ return 200 "made for $request_uri\\n"; }}
            {more}
          }}
        }}""")
    program = "/usr/sbin/nginx" if os.path.exists("/usr/sbin/nginx") else "nginx"
    test.child(program, "-e", str(test.folder / "nginx.log"), "-p", str(test.folder), "-c",
               str(config))

    def answers():
        with contextlib.suppress(OSError):
            return get_status(port, "/hello.txt") == 200

    test.wait_for("nginx answers", 10, answers)
    return root


def get_status(port, path):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as c:
        c.request("GET", path)
        answer = c.getresponse()
        answer.read()
        return answer.status


class Clients:
    """Threads that send numbered requests over kept connections until they are stopped, and note
    when each answer was complete."""

    def __init__(self, port, prefix, threads=2, pause_s=0.0005):
        self.port, self.prefix, self.pause_s = port, prefix, pause_s
        self.answered = []  # (wall clock, path)
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._work, args=(i,)) for i in range(threads)]
        for thread in self.threads:
            thread.start()

    def _work(self, number):
        count = 0
        while not self.stopping.is_set():
            # A new connection now and then, so that sessions end as well.
            with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(
                    http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
                for _ in range(50):
                    if self.stopping.is_set():
                        return
                    count += 1
                    path = f"{self.prefix}/{number}/{count}"
                    connection.request("GET", path)
                    connection.getresponse().read()
                    self.answered.append((time.time(), path))
                    time.sleep(self.pause_s)

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        return self.answered
