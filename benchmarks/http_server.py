"""The polling server beside microdot: flash, heap, requests a second.

    python3 http_server.py [--short]

Needs MPY_CROSS, MICROPYTHON and MICROPYTHON32 in the environment, as run.py does; microdot is measured where
it is installed beside this Python. --short takes only the heaps of mrequests. docs/http-server.md says how
each figure is taken. Ends with 1 when a ceiling is broken.
"""

import argparse
import importlib.util
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import time

import measure
import rig

CLIENTS = 8
REQUESTS = 300  # of a round, each on a connection of its own
ROUNDS = 7

# Bytes of heap which no change may exceed: what was measured, and a step for chance.
CEILINGS = {"import": 9900, "kept": 11300, "heap": 18432}

GET = (
    b"GET /status?x=1 HTTP/1.1\r\nHost: 192.168.4.1\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n"
    b"Accept: text/html,application/xhtml+xml\r\nAccept-Language: en\r\nConnection: close\r\n\r\n"
)
POST = (
    b"POST /in HTTP/1.1\r\nHost: 192.168.4.1\r\nContent-Type: application/json\r\n"
    b"Content-Length: 40\r\n\r\n%s" % (b"x" * 40)
)
EXCHANGES = ((GET, b"<h1>Hello</h1>"), (POST, b'{"got": 40}'))

PROGRAMS = {
    # One connection after the other, whatever it says: the interpreter and the kernel.
    "floor": """
import socket
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(socket.getaddrinfo("127.0.0.1", %d)[0][-1])
server.listen(16)
print("ready")
while True:
    client = server.accept()[0]
    client.recv(1024)
    client.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 14\\r\\n\\r\\n<h1>Hello</h1>")
    client.close()
""",
    "mrequests": """
from http_server import HttpServer

server = HttpServer(port=%d)

@server.get_handler
def page(request=None, connection=None):
    server.send_html(connection, "<h1>Hello</h1>")

@server.post_handler
def take(request=None, connection=None):
    server.send_json(connection, {"got": len(request.body)})

print("ready")
while True:
    server.check_requests()
""",
    "microdot": """
from microdot import Microdot

app = Microdot()

@app.get("/status")
async def page(request):
    return "<h1>Hello</h1>", 200, {"Content-Type": "text/html"}

@app.post("/in")
async def take(request):
    return {"got": len(request.body)}

print("ready")
app.run(port=%d)
""",
}
IMPORTS = {"mrequests": "from http_server import HttpServer", "microdot": "from microdot import Microdot"}

# What is kept, beyond the import, with so many clients connected who have said nothing.
KEPT = """
import gc
from http_server import HttpServer
gc.collect()
before = gc.mem_alloc()
server = HttpServer(port=%d)
print("ready")
while len(server.clients) < %d:
    server.check_requests()
gc.collect()
print(gc.mem_alloc() - before)
"""


def sources(name):
    """Files of a server: (path, its path below the library folder)."""
    if name == "mrequests":
        return [(rig.ROOT / "mrequests" / "http_server.py", "http_server")]
    if name == "microdot":
        folder = pathlib.Path(importlib.util.find_spec("microdot").origin).parent
        return [(folder / (stem + ".py"), "microdot/" + stem) for stem in ("__init__", "microdot")]
    return []


class Bench(rig.Bench):
    """Compiled libraries of servers."""

    def library(self, name):
        folder = self.folder / "lib" / name
        if not folder.exists():
            folder.mkdir(parents=True)
            for source, below in sources(name):
                rig.compile_file(source, folder / (below + ".mpy"))
        return folder

    def size(self, name):
        return sum(path.stat().st_size for path in self.library(name).rglob("*.mpy"))


class Server:
    """A server program on an interpreter, until the end of the block."""

    def __init__(self, bench, interpreter, name, program=None, heap=None):
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = sock.getsockname()[1]
        script = bench.folder / "task.py"
        values = (self.port, CLIENTS) if program else (self.port,)
        script.write_text((program or PROGRAMS[name]) % values)
        rig.compile_file(script, script.with_suffix(".mpy"))
        script.unlink()
        size = ["-X", "heapsize=%d" % heap] if heap else []
        environment = dict(os.environ, MICROPYPATH="%s:.frozen" % bench.library(name))
        self.process = subprocess.Popen(
            [interpreter, *size, "-m", "task"],
            cwd=bench.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self):
        self.ready = self.process.stdout.readline() == b"ready\n"
        if self.ready:
            self.wait()
        return self

    def __exit__(self, *args):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def wait(self):
        # Some say that they are ready before they listen.
        for _ in range(100):
            try:
                return self.connect().close()
            except OSError:
                time.sleep(0.02)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=3)


def reply_of(sock):
    data = b""
    while True:
        block = sock.recv(4096)
        if not block:
            return data
        data += block


def served(server):
    """Whether a server answers eight clients whose requests have come but for the end, all at once."""
    socks = [server.connect() for _ in range(CLIENTS)]
    try:
        for n, sock in enumerate(socks):
            sock.sendall(EXCHANGES[n % 2][0][:-45])
        time.sleep(0.05)
        for n, sock in enumerate(socks):
            request, expected = EXCHANGES[n % 2]
            sock.sendall(request[-45:])
            reply = reply_of(sock)
            if b" 200 " not in reply[:16] or not reply.endswith(expected):
                return False
        return True
    finally:
        for sock in socks:
            sock.close()


def smallest_heap(bench, interpreter, name):
    """The smallest heap, to 512 B, in which it serves eight clients three times, three times in a row."""

    def passes(heap):
        with Server(bench, interpreter, name, heap=heap) as server:
            try:
                return server.ready and all(served(server) for _ in range(3))
            except OSError:
                return False

    low, high = 8, 400  # steps of 512 B
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if passes(middle * measure.STEP) else (middle, high)
    while not all(passes(high * measure.STEP) for _ in range(3)):
        high += 1
    return high * measure.STEP


def kept(bench, interpreter):
    """Bytes kept by the server and eight connected clients."""
    with Server(bench, interpreter, "mrequests", KEPT) as server:
        socks = [server.connect() for _ in range(CLIENTS)]
        said = server.process.stdout.readline()
        for sock in socks:
            sock.close()
    return int(said)


def rate(server):
    """Requests a second, one after the other."""
    start = time.perf_counter()
    for _ in range(REQUESTS):
        with server.connect() as sock:
            sock.sendall(GET)
            reply_of(sock)
    return REQUESTS / (time.perf_counter() - start)


def rates(bench, interpreter, names):
    """Medians over rounds in which each serves once, in turning order."""
    found = {name: [] for name in names}
    for number in range(ROUNDS):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            with Server(bench, interpreter, name) as server:
                rate(server)
                found[name].append(rate(server))
    return {name: statistics.median(values) for name, values in found.items()}


def measure_all(short):
    """{figure: {server: value}}"""
    bench = Bench()
    micropython, micropython32 = rig.interpreter("MICROPYTHON"), rig.interpreter("MICROPYTHON32")
    names = ["mrequests"]
    if not short and importlib.util.find_spec("microdot"):
        names.append("microdot")
    try:
        rows = {"flash": {name: bench.size(name) for name in names}}
        rows["import"] = {
            name: measure.import_heap(bench, micropython32, name, IMPORTS[name]) for name in names
        }
        rows["kept"] = {"mrequests": rows["import"]["mrequests"] + kept(bench, micropython32)}
        rows["heap"] = {name: smallest_heap(bench, micropython32, name) for name in names}
        if not short:
            rows["rate"] = rates(bench, micropython, ["floor"] + names)
    finally:
        bench.close()
    return rows


TITLES = {
    "flash": ".mpy, B",
    "import": "heap kept by the import, B",
    "kept": "heap kept, with eight clients connected, B",
    "heap": "smallest heap serving eight at once, B",
    "rate": "requests a second, 64-bit",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help="only the heaps, only mrequests")
    options = parser.parse_args()
    for name in ("MICROPYTHON", "MICROPYTHON32", "MPY_CROSS"):
        if not rig.interpreter(name):
            sys.exit("%s names no program" % name)
    status = 0
    for key, values in measure_all(options.short).items():
        print("%-44s %s" % (TITLES[key], "  ".join("%s %d" % item for item in values.items())))
        if values["mrequests"] > CEILINGS.get(key, 1 << 30):
            print("BROKEN: %s is above %d" % (TITLES[key], CEILINGS[key]))
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
