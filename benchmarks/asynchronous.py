"""mrequests.aio beside its peers: requests a second on kept connections, MB a second.

    python3 benchmarks/asynchronous.py [--rounds N] [--soak]

Needs what run.py needs, and aiohttp. Each client runs in a process of its own, the clients in turning order;
what is printed is the median over the rounds. --soak makes 10 000 requests on the 32-bit MicroPython and says
how the heap has changed.
"""

import argparse
import contextlib
import json
import socket
import statistics
import subprocess
import sys
import threading

import rig
import timing

BODY = b'{"id": 7, "name": "kitchen", "temperature": 21.5, "ok": true}'
HEAD = b"HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
ANSWER = HEAD % len(BODY) + BODY
BIG = 64 << 20

SOAK = """
import asyncio, gc
import aio
async def main(url):
    async with aio.Session(timeout=10) as session:
        for turn in range(100):
            for _ in range(90):
                async with session.get(url) as r:
                    assert (await r.json())["id"] == 7
            for _ in range(10):
                async with await aio.get(url, timeout=10, deadline=20) as r:
                    assert (await r.json())["id"] == 7
            if turn in (9, 99):
                gc.collect()
                print(gc.mem_alloc())
asyncio.run(main(%r))
"""


def serve(conn):
    """Answer on one connection until the client leaves."""
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    block = bytes(1 << 20)
    with conn, contextlib.suppress(OSError):
        while True:
            head = conn.recv(65536)
            while head and not head.endswith(b"\r\n\r\n"):
                more = conn.recv(65536)
                head = more and head + more
            if not head:
                return
            if head.startswith(b"GET /json "):
                conn.sendall(ANSWER)
                continue
            conn.sendall(HEAD % BIG)
            for _ in range(BIG // len(block)):
                conn.sendall(block)


def server():
    """In a process of its own: print the port, serve until standard input ends."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)

    def accept():
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    print(json.dumps(listener.getsockname()[1]), flush=True)
    sys.stdin.read()


@contextlib.contextmanager
def served():
    """The base URL of a server."""
    command = [sys.executable, str(rig.HERE / "asynchronous.py"), "--server"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield "http://127.0.0.1:%d" % json.loads(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(5)


def rows(platform, base):
    """(name, unit, call, what it gives, how often, bytes) of each measurement."""
    count = 1000
    yield "GET, kept connection", "per s", "kept(%r, %d)" % (base + "/json", count), 7, count, 0
    if platform == "cpython":
        yield "GET, 8 at once, kept", "per s", "many(%r, %d)" % (base + "/json", count), 7 * count, count, 0
    yield "64 MiB into a buffer", "MB/s", "download(%r, buf)" % (base + "/big"), BIG, 1, BIG


def one(bench, program, platform, client, row):
    """Microseconds of a run."""
    _, _, call, expected, _, size = row
    source = rig.client_source(platform, client, [call.split("(")[0]])
    source += "buf = bytearray(%d)\n" % (4096 if platform == "micropython" else 65536)
    frame = timing.MICROPYTHON if platform == "micropython" else timing.CPYTHON
    source += frame % ("", 1, call, expected)
    with contextlib.nullcontext() if size else rig.one_cpu():
        if platform == "micropython":
            return int(bench.run(program, client, source, 2 << 20))
        return int(bench.run_cpython(client, source))


def table(bench, program, platform, clients, rounds, near, far):
    """Print a line for each measurement."""
    print("%-10s %-22s %s" % (platform, "", " ".join("%18s" % c for c in clients)))
    for small, large in zip(rows(platform, near), rows(platform, far)):
        row = large if large[5] else small
        taken = {client: [] for client in clients}
        for turn in range(rounds):
            order = clients[turn % len(clients) :] + clients[: turn % len(clients)]
            for client in order:
                taken[client].append(one(bench, program, platform, client, row))
        rates = [(row[5] or row[4] * 1e6) / statistics.median(taken[client]) for client in clients]
        print("%-26s %-6s %s" % (row[0], row[1], " ".join("%18.0f" % rate for rate in rates)), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--soak", action="store_true")
    options = parser.parse_args()
    bench = rig.Bench()
    with contextlib.ExitStack() as stack:
        far = stack.enter_context(served())
        with rig.one_cpu():
            near = stack.enter_context(served())
        if options.soak:
            said = bench.run(rig.interpreter("MICROPYTHON32"), "aio", SOAK % (far + "/json"), 65536, 600)
            first, last = map(int, said.split())
            print("heap after 1000 and 10 000 requests: %d, %d B" % (first, last))
            return
        program = rig.interpreter("MICROPYTHON")
        table(bench, program, "micropython", ["aio", "uhttp", "chumicro"], options.rounds, near, far)
        table(bench, None, "cpython", ["aio", "aiohttp", "httpx_async"], options.rounds, near, far)
    bench.close()


if __name__ == "__main__":
    server() if sys.argv[1:] == ["--server"] else main()
