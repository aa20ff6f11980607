"""A small HTTP server that answers in ways nginx does not: python3 server.py PORT."""
import socket
import socketserver
import struct
import sys
import time


class Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        while self.exchange():
            pass

    def head(self):
        lines = []
        while True:
            line = self.rfile.readline()
            if not line:
                return None
            line = line.rstrip(b"\r\n")
            if not line:
                return lines
            lines.append(line)

    def body(self, fields):
        if b"chunked" in fields.get(b"transfer-encoding", b""):
            out = b""
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                out += self.rfile.read(size)
                self.rfile.readline()
                if size == 0:
                    return out
        return self.rfile.read(int(fields.get(b"content-length", b"0")))

    def send(self, *pieces, pause_s=0.002):
        for piece in pieces:
            self.wfile.write(piece)
            self.wfile.flush()
            time.sleep(pause_s)

    def exchange(self):
        lines = self.head()
        if not lines:
            return False
        method, path = lines[0].split()[:2]
        fields = {}
        for line in lines[1:]:
            name, colon, value = line.partition(b":")
            if colon:
                fields[name.strip().lower()] = value.strip().lower()
        if fields.get(b"expect") == b"100-continue":
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.body(fields)
        return self.answer(method, path, body)

    def answer(self, method, path, body):
        if method == b"CONNECT":
            self.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self.rfile.read(32)
            self.send(b"opaque bytes of a tunnel, GET /not-http HTTP/1.1\r\n\r\n")
            return False
        if path == b"/upgrade":
            self.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\n"
                      b"Connection: Upgrade\r\n\r\n", b"GET /not-http HTTP/1.1\r\n\r\n")
            return False
        if path == b"/chunked":
            self.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n",
                      b"5;note=first\r\nhello\r\n", b"7\r\n, world\r\n",
                      b"0\r\nX-Sum: 12\r\n\r\n")
            return True
        if path == b"/until-close":
            self.send(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n", b"until ", b"close")
            return False
        if path == b"/hints":
            self.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n",
                      b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            return True
        if path == b"/silent":
            return False
        if path == b"/reset":
            self.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly a part of it")
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        answer = b"%s %s: %d bytes\n" % (method, path, len(body))
        self.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)
        return True


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
