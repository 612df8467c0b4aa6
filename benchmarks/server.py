"""A loopback HTTP server that costs the client under test as little as possible.

    python3 server.py [CERTIFICATE KEY]

It prints {"http": port, "https": port or null} and serves until its standard input ends. What it says is made
beforehand. A pool of threads waits in accept(): nothing is started for a connection. Each connection carries
one exchange, so that "new connection" means the same for every client.

    GET  /json                 a small JSON object
    GET  /json/SIZE            the same with white space, SIZE bytes of body
    GET  /gzip/SIZE            lines of JSON in gzip with their length, SIZE bytes when unpacked
    GET  /bytes/SIZE           a body with its length
    GET  /chunked/SIZE/CHUNK   a body in chunks
    GET  /slowly/SIZE/CHUNK    in pieces with pauses, so that the client has to wait; CHUNK 0: with a length
    POST /upload/SIZE          200 when exactly SIZE bytes of body came (by length or chunked), else 400
"""

import functools
import gzip
import json
import socket
import ssl
import struct
import sys
import threading
import time

BLOCK = 1 << 20
THREADS = 6
JSON = b'{"id": 7, "name": "kitchen", "temperature": 21.5, "ok": true}'
HEAD = b"HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: %s\r\n%s\r\nConnection: close\r\n\r\n"
BINARY = b"application/octet-stream"


def with_length(kind, body_length):
    return HEAD % (kind, b"Content-Length: %d" % body_length)


@functools.lru_cache(maxsize=None)
def filler(chunk):
    """About 1 MiB of body, as it goes over the wire; chunk 0: no framing."""
    if not chunk:
        return bytes(BLOCK)
    return (b"%x\r\n" % chunk + bytes(chunk) + b"\r\n") * max(1, BLOCK // chunk)


def send_body(conn, size, chunk):
    wire = memoryview(filler(chunk))
    held = len(wire) if not chunk else max(1, BLOCK // chunk) * chunk
    for _ in range(size // held):
        conn.sendall(wire)
    rest = size % held
    if chunk:
        whole, rest = divmod(rest, chunk)
        conn.sendall(wire[: len(wire) // (held // chunk) * whole])
        conn.sendall((b"%x\r\n%s\r\n" % (rest, bytes(rest)) if rest else b"") + b"0\r\n\r\n")
    elif rest:
        conn.sendall(wire[:rest])


class Slow:
    """A connection whose sendall makes pauses, in places that are not the ends of chunks."""

    def __init__(self, conn):
        self.conn = conn

    def sendall(self, data):
        for at in range(0, len(data), 15000):
            self.conn.sendall(data[at : at + 15000])
            time.sleep(0.001)


def small(body, status=b"200 OK"):
    return with_length(b"application/json", len(body)).replace(b"200 OK", status) + body


ANSWER = small(JSON)


@functools.lru_cache(maxsize=None)
def zipped(size):
    """The answer with a body that unpacks to SIZE bytes."""
    line = b'{"id": %d, "name": "sensor %d", "temperature": %.2f, "ok": true}\n'
    lines = [line % (n, n * 7919 % 1000, n * 104729 % 4000 / 100) for n in range(size // 50)]
    body = gzip.compress(b"".join(lines)[:size])
    return with_length(b"application/json\r\nContent-Encoding: gzip", len(body)) + body


def get(conn, path):
    parts = path.split(b"/")
    if parts[1] == b"json":
        conn.sendall(small(JSON[:-1].ljust(int(parts[2]) - 1) + b"}") if len(parts) > 2 else ANSWER)
    elif parts[1] == b"gzip":
        conn.sendall(zipped(int(parts[2])))
    elif parts[1] == b"bytes":
        size = int(parts[2])
        head = with_length(BINARY, size)
        if size < BLOCK:
            conn.sendall(head + filler(0)[:size])
        else:
            conn.sendall(head)
            send_body(conn, size, 0)
    else:
        size, chunk = int(parts[2]), int(parts[3])
        framing = b"Transfer-Encoding: chunked" if chunk else b"Content-Length: %d" % size
        conn.sendall(HEAD % (BINARY, framing))
        send_body(Slow(conn) if parts[1] == b"slowly" else conn, size, chunk)


def drain_length(conn, left, scratch):
    total = 0
    while left > 0:
        n = conn.recv_into(scratch, min(left, len(scratch)))
        if not n:
            break
        left -= n
        total += n
    return total


def drain_chunked(conn, early, scratch):
    """Count the body of a chunked request; `early` is what came with the head."""
    wire = _Wire(conn, early)
    total = 0
    while True:
        size = int(wire.line().split(b";")[0], 16)
        if not size:
            while wire.line():
                pass
            return total
        wire.skip(size, scratch)
        total += size
        wire.line()


class _Wire:
    """Lines and counted bytes from a connection."""

    def __init__(self, conn, early):
        self.conn = conn
        self.held = bytearray(early)

    def line(self):
        while b"\r\n" not in self.held:
            more = self.conn.recv(65536)
            if not more:
                raise OSError("the client left")
            self.held += more
        found, _, self.held = self.held.partition(b"\r\n")
        return bytes(found)

    def skip(self, n, scratch):
        here = min(n, len(self.held))
        self.held = self.held[here:]
        if drain_length(self.conn, n - here, scratch) != n - here:
            raise OSError("the client left")


def post(conn, path, head, early, scratch):
    fields = head.lower()
    if b"transfer-encoding: chunked" in fields:
        got = drain_chunked(conn, early, scratch)
    else:
        length = int((fields + b"content-length:0").split(b"content-length:")[1].split(b"\r\n")[0])
        got = len(early) + drain_length(conn, length - len(early), scratch)
    right = got == int(path.split(b"/")[2])
    conn.sendall(ANSWER if right else small(b'{"id": 0}', b"400 Bad Request"))


def exchange(conn, scratch):
    head = conn.recv(65536)
    if head.startswith(b"GET /json ") and head.endswith(b"\r\n\r\n"):
        conn.sendall(ANSWER)  # the row of small exchanges measures this program too: the shortest way
        return
    while b"\r\n\r\n" not in head:
        more = conn.recv(65536)
        if not more:
            return
        head += more
    head, _, early = head.partition(b"\r\n\r\n")
    method, path, _ = head.split(b" ", 2)
    if method == b"GET":
        get(conn, path)
    else:
        post(conn, path, head + b"\r\n", early, scratch)


def serve(listener, context):
    scratch = bytearray(BLOCK)
    while True:
        try:
            conn, _ = listener.accept()
        except BlockingIOError:
            continue  # the time-out of listen(): nobody called
        try:
            if context:
                conn = context.wrap_socket(conn, server_side=True)
            exchange(conn, scratch)
        except OSError:
            pass  # a client that ran out of heap leaves in the middle: that is what some rows look for
        finally:
            conn.close()


def listen(context=None):
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    # Connections inherit these. A time-out of Python's would cost each of them four system calls.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        listener.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", 60, 0))
    for _ in range(THREADS):
        threading.Thread(target=serve, args=(listener, context), daemon=True).start()
    return listener.getsockname()[1]


def main():
    ports = {"http": listen(), "https": None}
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        ports["https"] = listen(context)
    print(json.dumps(ports), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
