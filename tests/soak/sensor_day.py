"""A day of the sensor system: server and client are killed and the network is cut, again and again.

    sensor_day.py [--readings 86400] [--times 20] [--speed 2000] [--unsaved 1] [--client PROGRAM] [--seed N]

Every reading that the client has on flash, or that the server has acknowledged, must be in the database at
the end: once, unchanged and in order. If so this prints what happened, otherwise it fails.
"""

import argparse
import json
import os
import random
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from tools import interpreters  # noqa: E402

FIRST = 1767225600  # the second at which the day begins


class Network:
    """A TCP proxy that can be cut. It counts what passes, and what the server knew already."""

    CUTS = "refuse", "reset", "swallow", "stall"

    def __init__(self, target):
        self.target = target
        self.state = None
        self.live = set()
        self.counts = Counter()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.closing = False
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while not self.closing:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.state == "refuse":
                reset(client)
            else:
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        """One request and its answer; each connection has only one."""
        server = None
        self.live.add(client)
        try:
            client.settimeout(5)
            request = whole(client)
            while self.state == "stall":
                time.sleep(0.01)
            server = socket.create_connection(("127.0.0.1", self.target), 5)
            server.sendall(request)
            answer = whole(server)
            self.counts["requests"] += 1
            if self.state == "swallow":
                self.counts["acknowledgements swallowed"] += 1
                reset(client)
            else:
                client.sendall(answer)
            if b"\r\n\r\n{" in answer:
                self.counts["known to the server already"] += json.loads(answer.split(b"\r\n\r\n")[1])[
                    "known"
                ]
        except (OSError, ValueError, KeyError):
            reset(client)  # as if the way to the server had broken
            self.counts["connections broken"] += 1
        finally:
            self.live.discard(client)
            client.close()
            if server:
                server.close()

    def cut(self, how, seconds):
        """Cut the network for some time."""
        if how == "reset":
            for sock in list(self.live):
                reset(sock)
            how = "refuse"
        self.state = how
        before = self.counts["acknowledgements swallowed"]
        end = time.monotonic() + seconds
        # A cut that swallows lasts until it has swallowed something.
        while (
            time.monotonic() < end or how == "swallow" and self.counts["acknowledgements swallowed"] == before
        ):
            time.sleep(0.01)
            if time.monotonic() > end + 10:
                break
        self.state = None

    def close(self):
        self.closing = True
        self.listener.close()


def whole(sock):
    """A message with its body; what there is of it where the peer closes."""
    data = b""
    while True:
        part = sock.recv(65536)
        data += part
        head, gap, body = data.partition(b"\r\n\r\n")
        length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        if gap and (not length or len(body) >= int(length[0].split(b":")[1])):
            return data
        if not part:
            raise OSError("message incomplete")


def reset(sock):
    """Close with a reset."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
    except OSError:
        pass


class System:
    """Server, network and client, and what may be done to them."""

    def __init__(self, folder, args):
        self.folder, self.args = folder, args
        self.database, self.ledger = folder / "day.db", folder / "ledger"
        self.ledger.touch()
        self.seen = self.ledger.open("rb")
        self.count = 0
        self.port = free_port()
        self.server = self.client = None
        self.start_server()
        self.network = Network(self.port)
        self.start_client()

    def start_server(self):
        program = ROOT / "examples" / "sensor_server.py"
        command = [sys.executable, program, "--host", "127.0.0.1", "--port", str(self.port)]
        self.server = subprocess.Popen([*command, "--database", self.database], stdout=subprocess.PIPE)
        if not self.server.stdout.readline():
            raise SystemExit("the server did not start")

    def start_client(self):
        taken = self.taken()
        # A reading that was on its way when the client was killed may or may not be in the database.
        first = max(taken, default=FIRST - 1) + 1 + self.args.unsaved
        words = [
            "http://127.0.0.1:%d/readings" % self.network.port,
            self.folder / "queue",
            self.ledger,
            first,
            self.args.readings - len(taken),
            self.args.speed,
            self.args.unsaved,
        ]
        library = "%s:%s" % (ROOT, ROOT / "examples")
        command = [self.args.client, HERE / "sensor_driver.py", *words]
        self.client = subprocess.Popen(list(map(str, command)), env=interpreters.finding(library))

    def taken(self):
        """The seconds of which the ledger has a reading, and their lines."""
        lines = self.ledger.read_bytes().split(b"\n")[:-1]
        return {json.loads(line)["time"]: line for line in lines}

    def progress(self):
        """How many readings the ledger has."""
        self.count += self.seen.read().count(b"\n")
        return self.count

    def do(self, what, chance):
        """One mishap."""
        if what == "server":
            self.server.send_signal(signal.SIGKILL)
            self.server.wait()
            self.server.stdout.close()
            time.sleep(chance.uniform(0, 0.4))
            self.start_server()
        elif what == "client":
            self.client.send_signal(signal.SIGKILL)
            self.client.wait()
            self.start_client()
        else:
            self.network.cut(what, chance.uniform(0.05, 0.4))

    def stop(self):
        for process in self.client, self.server:
            if process and process.poll() is None:
                process.kill()
                process.wait()
        self.server.stdout.close()
        self.network.close()
        self.seen.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


def mishaps(args, chance):
    """(share of the day, what happens), in order."""
    cuts = [Network.CUTS[number % len(Network.CUTS)] for number in range(args.times)]
    kinds = ["server"] * args.times + ["client"] * args.times + cuts
    return sorted((chance.uniform(0.01, 0.95), kind) for kind in kinds)


def play(folder, args):
    """Play the day; what happened, and the problems found."""
    chance = random.Random(args.seed)
    system = System(folder, args)
    begin, limit = time.monotonic(), 30 + args.readings / 50
    try:
        for share, what in mishaps(args, chance):
            while system.progress() < share * args.readings:
                if system.client.poll() is not None or time.monotonic() > begin + limit:
                    raise SystemExit("the client came to %d readings" % system.count)
                time.sleep(0.005)
            time.sleep(chance.uniform(0, 0.01))
            system.do(what, chance)
        if system.client.wait(limit):
            raise SystemExit("the client ended with code %d" % system.client.returncode)
        left = os.listdir(folder / "queue")
    finally:
        system.stop()
    facts, problems = check(system.database, system.ledger, args)
    problems += ["left in the queue: %s" % left] * bool(left)
    facts.update(system.network.counts, seconds=round(time.monotonic() - begin))
    return facts, problems


def check(database, ledger, args):
    """Compare the database with the ledger."""
    kept = {}
    for text in ledger.read_bytes().split(b"\n")[:-1]:
        reading = json.loads(text)
        kept[reading["id"]] = reading["time"], reading["temp"]
    connection = sqlite3.connect(str(database))
    rows = list(connection.execute("SELECT id, time, temp FROM readings ORDER BY number"))
    health = connection.execute("PRAGMA integrity_check").fetchone()[0]
    connection.close()
    stored = {name: (when, temp) for name, when, temp in rows}
    times = [when for _, when, _ in rows]
    lost = [name for name in kept if name not in stored]
    changed = [name for name in kept if name in stored and stored[name] != kept[name]]
    more = len(stored) - len(kept) + len(lost)
    problems = ["lost: %s" % lost[:10]] * bool(lost) + ["changed: %s" % changed[:10]] * bool(changed)
    problems += ["twice"] * (len(set(times)) < len(times)) + ["out of order"] * (times != sorted(times))
    problems += ["%d more than there can be" % more] * (more > args.times * args.unsaved)
    problems += ["the database is damaged: " + health] * (health != "ok")
    problems += ["%d readings taken" % len(kept)] * (len(kept) < args.readings)
    facts = {"readings on flash or acknowledged": len(kept), "in the database": len(rows), "lost": len(lost)}
    facts["twice"] = len(times) - len(set(times))
    facts["in the database when the client was killed before it knew"] = more
    return facts, problems


def main(*words):
    """Play a day and report; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--readings", type=int, default=86400)
    parser.add_argument(
        "--times", type=int, default=20, help="kills of the server, of the client, cuts of the network"
    )
    parser.add_argument("--speed", type=float, default=2000, help="seconds of the day in a second")
    parser.add_argument("--unsaved", type=int, default=1, help="as of the client's Queue")
    parser.add_argument("--client", default=interpreters.micropython() or sys.executable)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    args = parser.parse_args(words or None)
    print("seed %d, client %s" % (args.seed, Path(args.client).name))
    with tempfile.TemporaryDirectory(prefix="sensor-day-") as folder:
        facts, problems = play(Path(folder), args)
    for name in facts:
        print("%-60s %d" % (name, facts[name]))
    for problem in problems:
        print("=== %s ===" % problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
