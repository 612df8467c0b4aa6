"""Times as ratios to the floor: interleaved rounds, medians of their ratios. See docs/benchmarks.md."""

import contextlib
import statistics

import rig

MICROPYTHON = """
import gc, time
%s
gc.collect()
start = time.ticks_us()
for _ in range(%d):
    got = %s
print(time.ticks_diff(time.ticks_us(), start))
assert got == %r, got
"""

CPYTHON = """
import time
%s
start = time.perf_counter()
for _ in range(%d):
    got = %s
print(int((time.perf_counter() - start) * 1000000))
assert got == %r, got
"""

MICROPYTHON_TLS = """
import tls
context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
context.verify_mode = tls.CERT_NONE
"""

CPYTHON_TLS = """
import ssl
context = ssl.create_default_context(cafile=%r)
context.cafile = %r
"""


# On MicroPython the others read a file into memory before they send it.
STREAMING = "floor", "mrequests", "requests", "urllib3", "httpx", "http_client"
# The block in which mrequests sends a file where memory allows; the floor is given the same.
BLOCK = {"micropython": 4096, "cpython": 1 << 18}


class Row:
    """One exchange to be timed: the call, how often in a run, bytes moved (0: a small exchange)."""

    def __init__(self, key, name, call, expected, repeat, size=0):
        self.key, self.name, self.call, self.expected = key, name, call, expected
        self.repeat, self.size = repeat, size
        self.unit = "MB/s" if size else "per s"
        # 2 MiB is the default of 64-bit builds; some peers hold several copies of what they send.
        self.heap = (2 if key not in ("upload", "gzip") else 32) << 20
        self.clients = STREAMING if key == "upload64" else None  # None: all

    def absolute(self, microseconds):
        """What one exchange in so many microseconds is on this machine."""
        return self.size / microseconds if self.size else 1e6 / microseconds

    def where(self):
        """Small exchanges share a processor with the server, transfers have the server on another."""
        return contextlib.nullcontext() if self.size else rig.one_cpu()


def rows(free, pinned, upload):
    """The rows of the table: ports of the two servers, and the file to be sent."""
    near, far = ("http://127.0.0.1:%d" % ports["http"] for ports in (pinned, free))
    big, sent = 64 << 20, upload.stat().st_size
    down = "download('" + far + "%s', buf)"
    fetching = "fetch('%s/bytes/%d', '/dev/null', buf)" % (far, big)
    large = upload.with_name("large.bin")
    with open(large, "wb") as f:
        f.truncate(big)

    def sending(path, size):
        return "upload(%r, %r, %d)" % ("%s/upload/%d" % (far, size), str(path), size)

    found = [
        Row("get", "GET, new connection", "get(%r)['id']" % (near + "/json"), 7, 300),
        Row("content", "64 KiB .content", "content(%r)" % (near + "/bytes/65536"), 65536, 150),
        Row("length", "64 MiB down, length", down % "/bytes/67108864", big, 1, big),
        Row("fetch", "64 MiB by download()", fetching, big, 1, big),
        Row("chunk4", "64 MiB down, chunks of 4 KiB", down % "/chunked/67108864/4096", big, 1, big),
        Row("chunk64", "64 MiB down, chunks of 64 KiB", down % "/chunked/67108864/65536", big, 1, big),
        Row("gzip", "4 MiB down, in gzip", down % "/gzip/4194304", 4 << 20, 1, 4 << 20),
        Row("upload", "1 MiB up from a file", sending(upload, sent), 200, 8, sent),
        Row("upload64", "64 MiB up from a file", sending(large, big), 200, 1, big),
    ]
    if pinned["https"]:
        url = "https://127.0.0.1:%d/json" % pinned["https"]
        found.insert(1, Row("secure", "https GET, new connection", "secure(%r, context)['id']" % url, 7, 10))
    return found


def call_of(row, client, platform):
    # The floor knows what comes and has a function for each framing, and is told the size of its blocks.
    if client == "floor" and row.key.startswith("chunk"):
        return row.call.replace("download", "chunked")
    if client == "floor" and row.key.startswith("upload"):
        return "%s, %d)" % (row.call[:-1], BLOCK[platform])
    if client == "floor" and row.key == "gzip":
        return row.call.replace("download", "unpacked")
    return row.call


def script(platform, client, row, ca):
    """Source of one timed run, or None where the client has no such function."""
    call = call_of(row, client, platform)
    source = rig.client_source(platform, client, [call.split("(")[0]])
    if source is None:
        return None
    if row.key == "secure":
        source += MICROPYTHON_TLS if platform == "micropython" else CPYTHON_TLS % (ca, ca)
    source += "buf = bytearray(%d)\n" % (4096 if platform == "micropython" else 65536)
    frame = MICROPYTHON if platform == "micropython" else CPYTHON
    return source + frame % (call if row.repeat > 1 else "", row.repeat, call, row.expected)


def one_run(bench, program, platform, client, source, heap):
    if platform == "micropython":
        return int(bench.run(program, client, source, heap))
    return int(bench.run_cpython(client, source))


def times(bench, program, platform, clients, row, rounds, ca=None):
    """{client: (median ratio to the floor, median microseconds of one exchange)}, and {client: failure}."""
    clients = [client for client in clients if row.clients is None or client in row.clients]
    scripts = {client: script(platform, client, row, ca) for client in clients}
    scripts = {client: source for client, source in scripts.items() if source}
    if not scripts:  # nobody can do that on this platform
        return {}, {}
    taken, failed = {client: [] for client in scripts}, {}
    for turn in range(rounds):
        order = list(scripts)
        for client in order[turn % len(order) :] + order[: turn % len(order)]:
            if client in failed:
                continue
            try:
                with row.where():
                    taken[client].append(one_run(bench, program, platform, client, scripts[client], row.heap))
            except rig.Failed as e:
                failed[client] = str(e)
    return summary(taken, failed, row.repeat), failed


def summary(taken, failed, repeat):
    found = {}
    for client, runs in taken.items():
        if client not in failed and "floor" not in failed:
            ratios = [mine / floor for mine, floor in zip(runs, taken["floor"])]
            found[client] = (statistics.median(ratios), statistics.median(runs) / repeat)
    return found
