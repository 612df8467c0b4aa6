"""What repeats from run to run: bytes of .mpy, heap, allocation, system calls. See docs/benchmarks.md."""

import re
import shutil
import statistics

import rig

STEP = 512
ROOM = 64 << 20  # a heap in which nothing runs out
BLOCK = 4096  # the caller's buffer
MIB = 1 << 20
# What a form with one file has besides its content; the boundary has 32 characters.
PART = len('--\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n\r\n----\r\n') + 2 * 32

# Stack slots of finished calls may still point into the heap: calls of the same depth overwrite them.
SCRUB = """
import gc
def scrub(n):
    a = b = c = d = e = None
    return scrub(n - 1) if n else None
"""

IMPORT = (
    SCRUB
    + """
for n in range(%d):
    exec("zz%%d_q = 0" %% n)
%s
scrub(20)
gc.collect()
before = gc.mem_alloc()
%s
scrub(20)
gc.collect()
print(gc.mem_alloc() - before)
"""
)

GARBAGE = """
import gc
def once():
    start = gc.mem_alloc()
    get(%r)
    return gc.mem_alloc() - start
for _ in range(3):
    get(%r)
gc.collect()
gc.disable()
for _ in range(7):
    print(once())
"""

PER_MIB = """
import gc
buf = bytearray(%d)
def once(url, size):
    start = gc.mem_alloc()
    n = %s(url, buf)
    taken = gc.mem_alloc() - start
    assert n == size, n
    return taken
once(%r, 1 << 20)
gc.collect()
gc.disable()
print(once(%r, 1 << 20), once(%r, 2 << 20))
"""

# A print is one or more writes to file descriptor 1, which are left out of the count.
SYSCALLS = """
%s(%r)
print("<begin>")
%s(%r)
print("<end>")
"""

SENDS = {"write", "send", "sendto", "sendmsg", "writev"}
RECEIVES = {"read", "recv", "recvfrom", "recvmsg", "readv"}


def import_heap(bench, program, client, statement, before=""):
    """Bytes that an import keeps, as an average over 20 fill levels of the pool of interned strings.

    The pool grows by doubling: whether it has to grow during the import is chance, and a single difference is
    off by up to a quarter. Each level interns 7 more names beforehand.
    """
    kept = []
    for level in range(20):
        probe = IMPORT % (7 * level, before, statement)
        kept.append(int(bench.run_source(program, client, probe, 400 << 10)))
    return round(statistics.mean(kept))


def smallest_heap(bench, program, client, source, expected, room=4 << 20, timeout=120):
    """The smallest heap, to 512 B, in which the script says what is expected three times in a row."""

    def passes(heap):
        try:
            return bench.again(program, client, heap, timeout).split()[-1] == expected
        except (rig.Failed, IndexError):
            return False

    said = bench.run(program, client, source, room, timeout)
    if said.split()[-1] != expected:
        raise rig.Failed("said %s instead of %s" % (said.strip()[-40:], expected))
    low, high = 2048 // STEP, room // STEP  # nothing starts in low, high passes
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if passes(middle * STEP) else (middle, high)
    while not all(passes(high * STEP) for _ in range(3)):
        high += 1
    return high * STEP


def task(client, call, *names):
    """Source of one task, or None where the client has no such function."""
    source = rig.client_source("micropython", client, names)
    return source and source + call


def reader(client, framing):
    """The floor knows what comes and has a function for each framing; a client finds out."""
    return "chunked" if client == "floor" and framing == "chunked" else "download"


def heap_get(bench, program, client, base, path="/json"):
    source = task(client, "print(get(%r)['id'])" % (base + path), "get")
    return smallest_heap(bench, program, client, source, "7")


def heap_download(bench, program, client, base, framing, size=MIB, **kw):
    name = reader(client, framing)
    path = "/bytes/%d" % size if framing == "length" else "/chunked/%d/%d" % (size, BLOCK)
    source = task(client, "print(%s(%r, bytearray(%d)))" % (name, base + path, BLOCK // 4), name)
    return smallest_heap(bench, program, client, source, str(size), **kw)


def heap_fetch(bench, program, client, base, path, size=MIB, **kw):
    """Of a download to a file, or to /dev/null by its write()."""
    url = "%s/bytes/%d" % (base, size)
    source = task(client, "print(fetch(%r, %r, bytearray(%d)))" % (url, path, BLOCK // 4), "fetch")
    return smallest_heap(bench, program, client, source, str(size), **kw)


def heap_gzip(bench, program, client, base):
    source = task(
        client, "print(download(%r, bytearray(%d)))" % (base + "/gzip/%d" % MIB, BLOCK // 4), "download"
    )
    return smallest_heap(bench, program, client, source, str(MIB))


def heap_upload(bench, program, client, base, size=1 << 18, **kw):
    path = bench.folder / "upload.bin"
    with open(path, "wb") as f:
        f.truncate(size)  # sparse: a gigabyte takes no room
    url = "%s/upload/%d" % (base, size)
    source = task(client, "print(upload(%r, %r, %d))" % (url, str(path), size), "upload")
    return smallest_heap(bench, program, client, source, "200", **kw)


def heap_multipart(bench, program, client, base, size=1 << 18, **kw):
    path = bench.folder / "upload.bin"
    with open(path, "wb") as f:
        f.truncate(size)
    source = task(client, "", "multipart")
    if source is None:
        return None
    url = "%s/upload/%d" % (base, size + PART)
    source += "print(multipart(%r, %r))" % (url, str(path))
    return smallest_heap(bench, program, client, source, "200", **kw)


def garbage(bench, program, client, base):
    """Bytes allocated by one GET with .json(), collection off, in a stable state."""
    url = base + "/json"
    said = bench.run(program, client, task(client, GARBAGE % (url, url), "get"), ROOM)
    return round(statistics.median(map(int, said.split())))


def per_mib(bench, program, client, base, framing):
    """Bytes allocated for each MiB read: what 2 MiB take more than 1 MiB."""
    name = reader(client, framing)
    path = "/bytes/%d" if framing == "length" else "/chunked/%%d/%d" % BLOCK
    one, two = base + path % MIB, base + path % (2 * MIB)
    said = bench.run(program, client, task(client, PER_MIB % (BLOCK, name, one, one, two), name), ROOM)
    first, second = map(int, said.split())
    return max(0, second - first)


def locked(bench, program, client, base, framing):
    """0 when a MiB was read with the heap locked, else the word for what happened; None: no such function."""
    # Slowly: some clients allocate only where they have to wait.
    path = "/slowly/%d/%d" % (MIB, 0 if framing == "length" else BLOCK)
    source = task(client, "print(locked(%r, bytearray(%d)))" % (base + path, BLOCK), "locked")
    if source is None:
        return None
    try:
        said = bench.run(program, client, source, ROOM)
    except rig.Failed as e:
        if "MemoryError" in str(e):
            return "allocates"
        raise
    return 0 if said.strip() == str(MIB) else "wrong"


def system_calls(bench, program, client, name, url):
    """(all, sends, receives) of one exchange, from strace; None where strace is not installed."""
    if not shutil.which("strace"):
        return None
    log = bench.folder / "strace.txt"
    source = task(client, SYSCALLS % (name, url, name, url), name)
    bench.run(program, client, source, ROOM, wrap=("strace", "-f", "-o", str(log)))
    calls, counting = [], False
    for line in log.read_text(errors="replace").splitlines():
        found = re.match(r"\d+ +(\w+)\((\d*)", line)
        if not found:
            continue
        if found.group(1) == "write" and found.group(2) == "1":
            counting = "<begin>" in line or counting and "<end>" not in line
        elif counting:
            calls.append(found.group(1))
    return len(calls), sum(c in SENDS for c in calls), sum(c in RECEIVES for c in calls)
