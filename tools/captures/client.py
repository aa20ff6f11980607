"""Requests that curl does not make: python3 client.py CASE PORT."""
import socket
import sys
import time

CASES = {
    "pipelined": [b"GET /p/1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /p/2 HTTP/1.1\r\nHost: x\r\n"
                  b"Content-Length: 4\r\n\r\nbodyGET /p/3 HTTP/1.1\r\nHost: x\r\n\r\n"],
    "upgrade": [b"GET /upgrade HTTP/1.1\r\nHost: x\r\nUpgrade: chat\r\nConnection: Upgrade\r\n\r\n",
                b"hello tunnel"],
    "connect": [b"CONNECT far.example:443 HTTP/1.1\r\nHost: far.example:443\r\n\r\n",
                b"thirty-two bytes of client hello"],
    "no-answer": [b"GET /silent HTTP/1.1\r\nHost: x\r\n\r\n"],
    "reset-in-body": [b"GET /reset HTTP/1.1\r\nHost: x\r\n\r\n"],
    "bare-lf": [b"GET /bare HTTP/1.1\nHost: x\nX-Bare: yes\n\n"],
    "lower-case-folded": [b"GET /folded HTTP/1.1\r\nhost: x\r\nx-long: one\r\n two\r\n\r\n"],
}


def main(case, port):
    with socket.create_connection(("127.0.0.1", int(port))) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        s.settimeout(0.5)
        for piece in CASES[case]:
            s.sendall(piece)
            time.sleep(0.05)
        try:
            while s.recv(65536):
                pass
        except OSError:
            pass  # a reset or a silence is what some cases are about


if __name__ == "__main__":
    main(*sys.argv[1:])
