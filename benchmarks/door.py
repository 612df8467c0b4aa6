"""The door `requests` on CPython beside a raw socket, http.client and psf/requests: ratios to the raw socket.

    python3 door.py [ROUNDS]

Kept GET: one connection, client and server on one processor; other: the same, but no two responses have
the same head. https: a new connection each time. Transfers: 64 MiB down in blocks of 64 KiB, 16 MiB up from a
file. Import: in a process of its own.
"""

import http.client
import json
import os
import pathlib
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

import rig
import run

sys.path.insert(0, str(rig.ROOT))
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 61\r\n\r\n"
OTHER = ANSWER[:-2] + b"X-Request-Id: %d\r\n\r\n"
BODY = b'{"id": 7, "name": "kitchen", "temperature": 21.5, "ok": true}'
SERVER = """
import itertools, socket, threading
def serve(connection):
    connection.setsockopt(6, 1, 1)
    for number in itertools.count(1000000):
        request = connection.recv(65536)
        if not request:
            break
        connection.sendall((%r %% number if request[:10] == b"GET /other" else %r) + %r)
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=listener.accept()[:1], daemon=True).start()
"""
DOWN, UP = 64 << 20, 16 << 20


def imported(code):
    """Seconds that an import takes."""
    program = "import time; start = time.perf_counter(); %s; print(time.perf_counter() - start)" % code
    environ = dict(os.environ, PYTHONPATH=str(rig.ROOT))
    return float(subprocess.check_output([sys.executable, "-c", program], env=environ))


def timed(function, repeat):
    """Seconds of one call, the first one left out where there are many."""
    if repeat > 1:
        function()
    start = time.perf_counter()
    for _ in range(repeat):
        function()
    return (time.perf_counter() - start) / repeat


class Clients:
    """The same exchanges by each client."""

    def __init__(self, name, kept, plain, secure, ca, file):
        self.kept, self.plain, self.secure = kept, plain, secure
        self.ca, self.file = ca, file
        self.session = self.module = None
        if name in ("mrequests", "requests"):
            if name == "requests":
                import requests
            else:
                from mrequests import requests
            self.module = requests
            self.session = requests.Session()
        getattr(self, "start_" + name, lambda: None)()

    def start_floor(self):
        self.socket = socket.create_connection(("127.0.0.1", self.kept))
        self.socket.setsockopt(6, 1, 1)
        self.context = ssl.create_default_context(cafile=self.ca)

    def start_http_client(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", self.kept)
        self.context = ssl.create_default_context(cafile=self.ca)

    # A kept connection

    def kept_floor(self, path=b"/json"):
        self.socket.sendall(b"GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (path, self.kept))
        data = self.socket.recv(1024)
        return json.loads(data[data.find(b"\r\n\r\n") + 4 :])

    def kept_http_client(self, path="/json"):
        self.connection.request("GET", path)
        return json.loads(self.connection.getresponse().read())

    def kept_requests(self, path="/json"):
        return self.session.get("http://127.0.0.1:%d%s" % (self.kept, path)).json()

    kept_mrequests = kept_requests

    def other_floor(self):
        return self.kept_floor(b"/other")

    def other_http_client(self):
        return self.kept_http_client("/other")

    def other_requests(self):
        return self.kept_requests("/other")

    other_mrequests = other_requests

    # https

    def secure_floor(self):
        raw = socket.create_connection(("127.0.0.1", self.secure))
        raw.setsockopt(6, 1, 1)
        with self.context.wrap_socket(raw, server_hostname="127.0.0.1") as s:
            s.sendall(b"GET /json HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            return s.recv(1024)

    def secure_http_client(self):
        connection = http.client.HTTPSConnection("127.0.0.1", self.secure, context=self.context)
        connection.request("GET", "/json")
        return json.loads(connection.getresponse().read())

    def secure_requests(self):
        return self.module.get("https://127.0.0.1:%d/json" % self.secure, verify=self.ca).json()

    secure_mrequests = secure_requests

    # Transfers

    def down_floor(self):
        buf = bytearray(65536)
        with socket.create_connection(("127.0.0.1", self.plain)) as s:
            s.sendall(b"GET /bytes/%d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % DOWN)
            while s.recv_into(buf):
                pass

    def down_http_client(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.plain)
        connection.request("GET", "/bytes/%d" % DOWN)
        response = connection.getresponse()
        while response.read(65536):
            pass

    def down_requests(self):
        with self.module.get("http://127.0.0.1:%d/bytes/%d" % (self.plain, DOWN), stream=True) as r:
            assert sum(map(len, r.iter_content(65536))) == DOWN

    down_mrequests = down_requests

    def up_floor(self):
        with socket.create_connection(("127.0.0.1", self.plain)) as s, open(self.file, "rb", 0) as f:
            s.sendall(b"POST /upload/%d HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (UP, UP))
            block = f.read(65536)
            while block:
                s.sendall(block)
                block = f.read(65536)
            s.recv(1024)

    def up_http_client(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.plain, blocksize=65536)
        with open(self.file, "rb") as f:
            connection.request("POST", "/upload/%d" % UP, f, {"Content-Length": str(UP)})
            assert connection.getresponse().status == 200

    def up_requests(self):
        with open(self.file, "rb") as f:
            url = "http://127.0.0.1:%d/upload/%d" % (self.plain, UP)
            assert self.module.post(url, data=f).status_code == 200

    up_mrequests = up_requests


IMPORTS = {
    "floor": "import socket",
    "http_client": "import http.client",
    "requests": "import requests",
    "mrequests": "from mrequests import requests",
}


REPEATS = {"kept": 300, "other": 300, "secure": 10, "down": 1, "up": 1, "import": 1}


def once(row, name, client):
    """Seconds that a client takes for a row, on the average of its repeats."""
    if row == "import":
        return imported(IMPORTS[name])
    function = getattr(client, row + "_" + name)
    if row not in ("kept", "other"):
        return timed(function, REPEATS[row])
    with rig.one_cpu():
        return timed(function, REPEATS[row])


def measured(rounds, names=tuple(IMPORTS), rows=tuple(REPEATS)):
    """By row and name: the median of the ratios to the floor over rounds in which each client has its turn,
    and the ratio of the fastest rounds, which a busy machine hardly changes."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        ca, certificate = run.certificate(pathlib.Path(folder))
        server, ports = run.start_server(certificate)
        with rig.one_cpu():  # the threads of its connections, too
            kept = subprocess.Popen(
                [sys.executable, "-c", SERVER % (OTHER, ANSWER, BODY)], stdout=subprocess.PIPE, text=True
            )
        try:
            port = int(kept.stdout.readline())
            file = os.path.join(folder, "up")
            with open(file, "wb") as f:
                f.truncate(UP)
            clients = {name: Clients(name, port, ports["http"], ports["https"], ca, file) for name in names}
            for row in rows:
                taken = {name: [] for name in names}
                for _ in range(rounds):
                    for name in names:
                        taken[name].append(once(row, name, clients[name]))
                floor = taken["floor"]
                found[row] = {
                    name: (
                        statistics.median([t / f for t, f in zip(taken[name], floor)]),
                        min(taken[name]) / min(floor),
                    )
                    for name in names
                }
        finally:
            server.stdin.close()
            kept.kill()
            for process in server, kept:
                process.wait()
                process.stdout.close()
    return found


def main(rounds=7):
    """Measure and print: median (fastest)."""
    print("%-10s" % "x floor", *["%14s" % name for name in IMPORTS])
    for row in REPEATS:
        ratios = measured(rounds, rows=(row,))[row]
        print("%-10s" % row, *["%7.2f (%4.2f)" % ratios[name] for name in IMPORTS], flush=True)


if __name__ == "__main__":
    main(*[int(arg) for arg in sys.argv[1:]])
