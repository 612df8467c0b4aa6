"""A server of one large body that can be resumed, and that drops connections if told to.

    python ranges.py SIZE [DROP]     prints {"url": ..., "sha256": ...}, serves until standard input ends

It answers Range with If-Range as RFC 9110 asks, and closes each connection after DROP bytes of body.
"""

import hashlib
import re
import socketserver
import sys
import threading

import launch

BLOCK = 1 << 16


def block(number):
    """64 KiB of the body; no two of them are alike."""
    return (b"%08d" % number + bytes(range(32, 120))) * (BLOCK // 96) + bytes(BLOCK % 96)


def body(start, end):
    """The body from start to end, in blocks."""
    while start < end:
        data = block(start // BLOCK)[start % BLOCK :]
        yield data[: end - start]
        start += len(data)


class Handler(socketserver.StreamRequestHandler):
    """Answers one request."""

    def handle(self):
        head = self.rfile.readline()
        while head and not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline()
            if not line:
                return
            head += line
        size, drop = self.server.size, self.server.drop
        asked = re.search(rb"\r\nrange: bytes=(\d+)-\r\n", head, re.I)
        start = int(asked.group(1)) if asked and b'\r\nIf-Range: "one"\r\n' in head else 0
        if start >= size:
            self.wfile.write(
                b"HTTP/1.1 416 No\r\nContent-Range: bytes */%d\r\nContent-Length: 0\r\n\r\n" % size
            )
            return
        status = b"200 OK"
        if start:
            status = b"206 Partial Content\r\nContent-Range: bytes %d-%d/%d" % (start, size - 1, size)
        self.wfile.write(b'HTTP/1.1 %s\r\nETag: "one"\r\nContent-Length: %d\r\n\r\n' % (status, size - start))
        try:
            for data in body(start, min(size, start + drop)):
                self.wfile.write(data)
        except OSError:
            pass  # the client was killed


class Server(socketserver.ThreadingTCPServer):
    """The body is made as it is sent: it may be larger than the memory."""

    daemon_threads = True

    def __init__(self, size, drop):
        super().__init__(("127.0.0.1", 0), Handler)
        self.size, self.drop = size, drop


def main(size, drop=1 << 62):
    """Serve until standard input ends."""
    size = int(size)
    server = Server(size, int(drop))
    digest = hashlib.sha256()
    for data in body(0, size):
        digest.update(data)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = "http://127.0.0.1:%d/body" % server.server_address[1]
    launch.serve_until_told({"url": url, "sha256": digest.hexdigest()})


if __name__ == "__main__":
    main(*sys.argv[1:])
