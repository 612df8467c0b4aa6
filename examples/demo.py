"""A tour of the client against an httpbin server: demo.py BASE_URL. Runs on MicroPython and CPython.

`python3 dev.py demo` starts a local server and runs this on MicroPython.
"""

import gc
import hashlib
import os
import sys

import mrequests as requests

TIMEOUT = 5
FILE, SIZE = "demo-download.bin", 100 * 1024


def show_get(base):
    """A GET with parameters and a header; the answer is JSON."""
    r = requests.get(
        base + "/get", params={"room": "kitchen"}, headers={"X-Device": "sensor-7"}, timeout=TIMEOUT
    )
    answer = r.json()
    print("  status %d, the server saw %s" % (r.status_code, answer["args"]))
    assert r.status_code == 200
    assert answer["args"] == {"room": "kitchen"}
    assert answer["headers"]["X-Device"] == "sensor-7"


def show_post(base):
    """A POST with a JSON body."""
    reading = {"temperature": 21.5, "ok": True}
    r = requests.post(base + "/post", json=reading, timeout=TIMEOUT)
    answer = r.json()
    print("  status %d, the server got %s" % (r.status_code, answer["json"]))
    assert r.status_code == 200
    assert answer["json"] == reading


def show_redirect(base):
    """Two redirects, followed."""
    r = requests.get(base + "/redirect/2", max_redirects=2, timeout=TIMEOUT)
    answer = r.json()
    print("  status %d, arrived at %s" % (r.status_code, r.url))
    assert r.status_code == 200
    assert r.url == answer["url"] == base + "/get"


def show_too_many_redirects(base):
    """More redirects than allowed are an error, not an answer."""
    try:
        requests.get(base + "/redirect/3", max_redirects=2, timeout=TIMEOUT)
    except ValueError as error:
        print("  refused: %s" % error)
    else:
        raise AssertionError("three redirects were followed where two are allowed")


def show_download(base):
    """A file saved to disk through one small buffer."""
    gc.collect()
    gc.disable()  # so that the difference is all that was allocated in between
    before = allocated()
    with requests.get("%s/range/%d" % (base, SIZE), timeout=TIMEOUT) as r:
        assert r.status_code == 200
        r.save(FILE, buf=bytearray(1024))
    used = allocated() - before
    gc.enable()
    size, digest = os.stat(FILE)[6], file_digest(FILE)
    os.remove(FILE)
    print("  %d bytes, SHA-256 %s..." % (size, digest.hex()[:16]))
    if used:
        print("  the heap gave %d bytes for it, all garbage included" % used)
    assert size == SIZE
    assert digest == expected_digest()
    assert used < SIZE // 4, "the file went through the heap"


def allocated():
    """Bytes of heap in use, garbage included; 0 where the interpreter does not tell."""
    return gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0


def file_digest(name):
    """SHA-256 of a file, read in blocks."""
    digest = hashlib.sha256()
    with open(name, "rb") as file:
        block = file.read(1024)
        while block:
            digest.update(block)
            block = file.read(1024)
    return digest.digest()


def expected_digest():
    """SHA-256 of what httpbin's /range sends: the alphabet, over and over."""
    digest = hashlib.sha256()
    for start in range(0, SIZE, 1024):
        digest.update(bytes([97 + i % 26 for i in range(start, start + 1024)]))
    return digest.digest()


def main(base):
    """Show everything; the exit code is 0 only if all of it worked."""
    print("%s %s, server %s" % (sys.implementation.name, sys.version.split(";")[0].split()[0], base))
    failed = 0
    for step in show_get, show_post, show_redirect, show_too_many_redirects, show_download:
        print("\n%s" % step.__name__[5:].replace("_", " "))
        try:
            step(base)
        except Exception as error:
            failed += 1
            print("  FAILED: %s: %s" % (type(error).__name__, error))
    print("\n%s" % ("%d of the steps FAILED" % failed if failed else "everything worked"))
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: demo.py BASE_URL, for instance http://127.0.0.1:8000")
    sys.exit(main(sys.argv[1].rstrip("/")))
