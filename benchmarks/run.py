"""Speed, memory and flash of mrequests beside its peers and beside a floor of raw sockets.

    python3 run.py [--short] [--soak] [--rounds N] [--clients A,B] [--only memory,speed,cpython]
                   [--markdown FILE] [--json FILE]

Needs MPY_CROSS and MICROPYTHON (a unix build), and for the budgets MICROPYTHON32 (a 32-bit one), in the
environment. Peers are measured where they are installed beside this Python. docs/benchmarks.md says how each
figure is taken and what to distrust. Ends with 1 when a budget is broken, or when CI=true and there is no
32-bit interpreter.
"""

import argparse
import functools
import importlib.metadata
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys

import measure
import report
import rig
import timing

MICROPYTHON_CLIENTS = ["floor", "mrequests", "requests", "uhttp", "chumicro"]
CPYTHON_CLIENTS = ["floor", "mrequests", "requests", "urllib3", "httpx", "http_client"]
DISTRIBUTIONS = {"uhttp": "uhttp-client", "chumicro": "chumicro-requests"}
UPLOAD = 1 << 20

# What asyncio loads when its parts are first named is not the front end's.
ASYNCIO = """
import asyncio
for name in ("open_connection", "wait_for", "Event", "Lock"):
    getattr(asyncio, name)
import mrequests
"""


class Run:
    """The tools, the report and the server of one run."""

    def __init__(self, options):
        self.options = options
        self.report = report.Report()
        self.bench = rig.Bench()
        self.mp, self.mp32 = rig.interpreter("MICROPYTHON"), rig.interpreter("MICROPYTHON32")
        self.ca, names = certificate(self.bench.folder)
        self.server, self.ports = start_server(names)
        with rig.one_cpu():
            self.pinned, self.pinned_ports = start_server(names)
        self.base = "http://127.0.0.1:%d" % self.ports["http"]
        self.clients = ["mrequests"] if options.short else self.present(MICROPYTHON_CLIENTS)

    def close(self):
        for server in (self.server, self.pinned):
            server.stdin.close()
            server.wait(10)
        self.bench.close()

    def present(self, clients):
        chosen = self.options.clients
        found = []
        for client in clients:
            if chosen and client not in chosen and client != "floor":
                continue
            if client in rig.PEER_FILES and not rig.peer_sources(client):
                self.report.note("%s is not installed: pip install %s" % (client, DISTRIBUTIONS[client]))
                continue
            found.append(client)
        return found

    def fill(self, row, clients, take):
        """Put take(client) into the row for each client; what fails becomes a note."""
        rig.progress(row.group + ": " + row.name)
        for client in clients:
            try:
                value = take(client)
            except rig.Failed as e:
                value = "fails"
                self.report.note("%s, %s, %s: %s" % (row.group, row.name, report.NAMES[client], e))
            if value is not None:
                row.values[client] = value

    def row(self, group, key, name, unit, clients, take, aim_key=None):
        self.fill(self.report.row(group, key, name, unit, aim_key), clients, take)


def start_server(names):
    """The server as a process of its own, and its ports."""
    command = [sys.executable, str(rig.HERE / "server.py"), *names]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return process, json.loads(process.stdout.readline())


def certificate(folder):
    """A throw-away certificate for 127.0.0.1: CA file, [certificate, key]; None, [] without a tool for it."""
    try:
        import trustme
    except ImportError:
        return openssl_certificate(folder)
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    files = [folder / name for name in ("ca.pem", "cert.pem", "key.pem")]
    authority.cert_pem.write_to_path(files[0])
    files[1].write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(files[2])
    return str(files[0]), [str(files[1]), str(files[2])]


def openssl_certificate(folder):
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    if not shutil.which("openssl"):
        return None, []
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    done = subprocess.run([*command.split(), "-keyout", key, "-out", cert], capture_output=True)
    return (None, []) if done.returncode else (cert, [cert, key])


def version(program):
    said = rig.execute([program, "-c", "import sys; print(sys.version)"], ".", dict(os.environ), 20)
    return said.strip().replace("3.4.0; ", "")


def versions(run):
    found = run.report.versions
    found["CPython"] = platform.python_version()
    for name, program in (("64-bit", run.mp), ("32-bit", run.mp32)):
        found[name] = version(program) if program else "none"
    for name in ("uhttp-client", "chumicro-requests", "requests", "urllib3", "httpx"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    if "requests" in run.clients and not rig.requests_sources():
        run.report.note(
            "requests on MicroPython is the copy frozen into each interpreter. Its code stays in "
            "flash there: its import and its smallest heaps look smaller than those of a copied "
            ".mpy, and it has no size. REQUESTS_SOURCE=folder of its source gives these figures."
        )


def sizes(run):
    def size(level, client):
        return rig.compile_client(client, run.bench.folder / ("O%d" % level) / client, level) or None

    for level in (0, 3):
        run.row(
            "Flash",
            "mpy%d" % level,
            ".mpy, -O%d" % level,
            "B",
            run.clients[1:],
            functools.partial(size, level),
        )
        run.row(
            "Flash",
            "flash%d" % level,
            ".mpy, -O%d, all of the package" % level,
            "B",
            ["mrequests"],
            lambda _, level=level: size(level, "package"),
        )


def imports(run, program, group):
    """The core alone and the peers, the package on top, asyncio's front end on top of that."""

    def core(client):
        return measure.import_heap(run.bench, program, client, rig.imports_of(client))

    def package(_):
        whole = measure.import_heap(run.bench, program, "package", "import mrequests")
        return whole - core("mrequests")

    def front_end(_):
        return measure.import_heap(run.bench, program, "package", "import mrequests.aio", ASYNCIO)

    kept = "heap kept by import, "
    run.row(group, "import", kept + "core alone", "B", [c for c in run.clients if c != "floor"], core)
    if "mrequests" not in run.clients:
        return
    for key, name, file, take in (
        ("package", "package on top of the core", "__init__.py", package),
        ("aio", "aio on top of the package", "aio.py", front_end),
    ):
        exists = (rig.ROOT / "mrequests" / file).exists()
        run.row(group, key, kept + name, "B", ["mrequests"] if exists else [], take)


def heaps(run, program, group):
    bench, base = run.bench, run.base
    run.row(
        group,
        "heap_get",
        "smallest heap, GET and .json()",
        "B",
        run.clients,
        lambda c: measure.heap_get(bench, program, c, base),
    )
    run.row(
        group,
        "heap_door",
        "smallest heap, requests door, GET with headers and .json()",
        "B",
        ["mrequests"],
        lambda _: measure.heap_get(bench, program, "door", base),
    )
    run.row(
        group,
        "heap_json",
        "smallest heap, GET and .json() of 16 KiB, mostly space",
        "B",
        [c for c in run.clients if c != "floor"],
        lambda c: measure.heap_get(bench, program, c, base, "/json/16384"),
    )
    run.row(
        group,
        "heap_gzip",
        "smallest heap, 1 MiB by readinto, unpacked from gzip",
        "B",
        ["mrequests"],
        lambda c: measure.heap_gzip(bench, program, c, base),
    )
    for framing in ("length", "chunked"):
        run.row(
            group,
            "heap_" + framing,
            "smallest heap, 1 MiB by readinto, " + framing,
            "B",
            run.clients,
            lambda c, f=framing: measure.heap_download(bench, program, c, base, f),
        )
    run.row(
        group,
        "heap_fetch",
        "smallest heap, 1 MiB by download() to a file",
        "B",
        [c for c in run.clients if c in ("floor", "mrequests")],
        lambda c: measure.heap_fetch(bench, program, c, base, str(bench.folder / "fetched.bin")),
    )
    run.row(
        group,
        "heap_upload",
        "smallest heap, 256 KiB up from a file",
        "B",
        run.clients,
        lambda c: measure.heap_upload(bench, program, c, base),
    )
    run.row(
        group,
        "heap_multipart",
        "smallest heap, form with a file of 256 KiB",
        "B",
        [c for c in run.clients if c == "mrequests"],
        lambda c: measure.heap_multipart(bench, program, c, base),
    )


def soak(run, program, group):
    """1 GiB each way, above 2**30, which a small int of a 32-bit build does not hold; 10 MiB in a form."""
    size = (1 << 30) + 3 * measure.BLOCK  # whole chunks: the floor knows only those
    clients = [c for c in run.clients if c in ("floor", "mrequests")]
    kw = {"size": size, "room": 32768, "timeout": 900}
    for framing in ("length", "chunked"):
        run.row(
            group,
            "soak_" + framing,
            "smallest heap, 1 GiB by readinto, " + framing,
            "B",
            clients,
            lambda c, f=framing: measure.heap_download(run.bench, program, c, run.base, f, **kw),
        )
    run.row(
        group,
        "soak_fetch",
        "smallest heap, 1 GiB by download() to /dev/null",
        "B",
        clients,
        lambda c: measure.heap_fetch(run.bench, program, c, run.base, "/dev/null", **kw),
    )
    run.row(
        group,
        "soak_upload",
        "smallest heap, 1 GiB up from a file",
        "B",
        clients,
        lambda c: measure.heap_upload(run.bench, program, c, run.base, **kw),
    )
    kw["size"] = 10 << 20
    run.row(
        group,
        "soak_multipart",
        "smallest heap, form with a file of 10 MiB",
        "B",
        ["mrequests"],
        lambda c: measure.heap_multipart(run.bench, program, c, run.base, **kw),
    )


def allocation(run, program, group):
    bench, base = run.bench, run.base
    run.row(
        group,
        "garbage",
        "garbage of one GET and .json()",
        "B",
        run.clients,
        lambda c: measure.garbage(bench, program, c, base),
    )
    for framing in ("length", "chunked"):
        if not run.options.short:
            run.row(
                group,
                "mib_" + framing,
                "allocated per MiB read, " + framing,
                "B",
                run.clients,
                lambda c, f=framing: measure.per_mib(bench, program, c, base, f),
            )
    for framing in ("length", "chunked"):
        able = [c for c in run.clients if c in ("floor", "mrequests", "requests")]
        run.row(
            group,
            "locked_" + framing,
            "readinto of 1 MiB, heap locked, " + framing,
            "B",
            able if framing == "length" else [c for c in able if c == "mrequests"],
            lambda c, f=framing: measure.locked(bench, program, c, base, f),
        )


def system_calls(run, group):
    if not shutil.which("strace"):
        run.report.note("STRACE IS NOT INSTALLED: system calls and writes were NOT MEASURED")
    counts = {}

    def count(client, name, path):
        key = client, name
        if key not in counts:
            counts[key] = measure.system_calls(run.bench, run.mp, client, name, run.base + path)
        return counts[key] or (None, None, None)

    run.row(group, "calls", "system calls of one GET", "", run.clients, lambda c: count(c, "get", "/json")[0])
    run.row(group, "sends", "writes of one GET", "", run.clients, lambda c: count(c, "get", "/json")[1])
    run.row(group, "receives", "reads of one GET", "", run.clients, lambda c: count(c, "get", "/json")[2])
    run.row(
        group,
        "post_sends",
        "writes of one small POST",
        "",
        run.clients,
        lambda c: count(c, "post", "/upload/8")[1],
    )


def memory(run):
    if not run.options.short:
        sizes(run)
    if run.mp32:
        group = "MicroPython, 32-bit"
        imports(run, run.mp32, group)
        heaps(run, run.mp32, group)
        if run.options.soak:
            soak(run, run.mp32, group)
        allocation(run, run.mp32, group)
    else:
        run.report.note("NO 32-BIT INTERPRETER (MICROPYTHON32): the budgets of heap were NOT MEASURED")
    system_calls(run, "MicroPython, 64-bit")


def speed(run, which, program, clients):
    """Two rows for each exchange: the ratio to the floor, and what it comes to on this machine."""
    group = "CPython" if which == "cpython" else "MicroPython, 64-bit"
    upload = run.bench.folder / "timed.bin"
    with open(upload, "wb") as f:
        f.truncate(UPLOAD)
    for row in timing.rows(run.ports, run.pinned_ports, upload):
        rig.progress("%s: %s" % (group, row.name))
        found, failed = timing.times(run.bench, program, which, clients, row, run.options.rounds, run.ca)
        ratio = run.report.row(group, row.key, row.name, "× floor", which + " " + row.key)
        ratio.values = {c: round(r, 2) for c, (r, _) in found.items()}
        absolute = run.report.row(group, row.key + "_abs", row.name, row.unit, "none")
        absolute.values = {c: row.absolute(us) for c, (_, us) in found.items()}
        for client, why in failed.items():
            ratio.values[client] = "fails"
            run.report.note("%s, %s, %s: %s" % (group, row.name, report.NAMES[client], why))
    if not run.ports["https"]:
        run.report.note("NO CERTIFICATE (pip install trustme, or install openssl): https was NOT MEASURED")


def cpython_clients(run):
    have = [
        c
        for c in CPYTHON_CLIENTS
        if c in ("floor", "mrequests", "http_client") or run.report.versions[c] != "not installed"
    ]
    return [c for c in have if not run.options.clients or c == "floor" or c in run.options.clients]


def measure_all(run):
    versions(run)
    only = run.options.only
    if "memory" in only:
        memory(run)
    if run.options.short:
        return
    if "speed" in only:
        speed(run, "micropython", run.mp, run.clients)
    if "cpython" in only:
        speed(run, "cpython", None, cpython_clients(run))


def publish(run):
    print(run.report.text())
    for file, text in ((run.options.markdown, run.report.markdown), (run.options.json, run.report.json)):
        if file:
            pathlib.Path(file).write_text(text())


def verdict(run):
    """The exit status, and why."""
    status = 0
    for row in run.report.broken():
        print("BROKEN: %s: %s, %s" % (row.name, row.values["mrequests"], row.limits()))
        status = 1
    for row in run.report.over():
        print("OVER: %s: %s, %s" % (row.name, row.values["mrequests"], row.limits()))
    for row in run.report.unmeasured():
        print("NOT MEASURED: " + row.name)
    if not run.mp32 and os.environ.get("CI") == "true":
        print("BROKEN: no 32-bit interpreter, and CI has to measure the budgets")
        status = 1
    if not status:
        print("no figure is above its budget or ceiling")
    return status


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help="only the budgets, only mrequests")
    parser.add_argument("--soak", action="store_true", help="also 1 GiB each way (minutes)")
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds of each timing (7)")
    parser.add_argument("--clients", type=lambda s: s.split(","), help="only these, and the floor")
    parser.add_argument("--only", type=lambda s: s.split(","), default=["memory", "speed", "cpython"])
    parser.add_argument("--markdown", metavar="FILE")
    parser.add_argument("--json", metavar="FILE")
    return parser.parse_args()


def main():
    run_options = options()
    for name in ("MICROPYTHON", "MPY_CROSS"):
        if not rig.interpreter(name):
            sys.exit(name + " has to name a program")
    run = Run(run_options)
    try:
        measure_all(run)
        publish(run)
        return verdict(run)
    finally:
        run.close()


if __name__ == "__main__":
    sys.exit(main())
