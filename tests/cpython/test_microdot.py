"""Microdot as a server: streams that end with the connection, and server-sent events."""

import subprocess
import sys
from pathlib import Path

import launch
import pytest

from tools import interpreters

ROOT = Path(__file__).resolve().parents[2]
INTERPRETERS = [interpreters.Interpreter("cpython", (sys.executable,)), *interpreters.micropythons()]

LINES = """
import mrequests
lines = [b"line %d" % n for n in range(10)]
assert list(mrequests.get(URL + "/lines", timeout=5).iter_lines()) == lines
assert mrequests.get(URL + "/lines", timeout=5).content == b"\\r\\n".join(lines + [b""])
assert mrequests.get(URL + "/lines", timeout=5).save("lines.txt") == 80
"""

DOWNLOAD = """
import os
from hashlib import sha256
from mrequests.download import download
assert download(URL + "/file", "f", sha256(b"0123456789" * 1000).digest(), timeout=5) == 10000
try:
    download(URL + "/lines", "g", timeout=5)
    assert False
except ValueError as e:
    assert "no length" in str(e)
digest = sha256(b"".join([b"line %d\\r\\n" % n for n in range(10)])).digest()
assert download(URL + "/lines", "g", digest, timeout=5) == 80
assert sorted(os.listdir()) == ["f", "g"], os.listdir()
"""

EVENTS = """
import json, mrequests
from mrequests import sse
for method in "GET", "POST":
    with mrequests.request(method, URL + "/events", timeout=5) as r:
        found = [(e.event, e.id, json.loads(e.data)["number"]) for e in sse.events(r)]
    assert found == [("count", str(n), n) for n in range(3)], found
ids = []
with sse.EventSource(URL + "/events", retry=10, timeout=5) as source:
    for event in source:
        ids.append(event.id)
        if len(ids) == 6:
            break
assert ids == ["0", "1", "2"] * 2, ids
"""


@pytest.fixture(scope="module")
def url():
    with launch.server("microdot_server.py") as facts:
        yield facts["url"]


@pytest.mark.parametrize("one", INTERPRETERS, ids=lambda one: one.name)
@pytest.mark.parametrize("program", [LINES, DOWNLOAD, EVENTS], ids=["lines", "download", "events"])
def test_microdot(program, one, url, pytestconfig, tmp_path):
    library = pytestconfig.suite.player.compiled() if one.small_heap else str(ROOT)
    done = subprocess.run(
        [*one.command, "-c", "URL = %r\n" % url + program],
        cwd=tmp_path,
        env=interpreters.finding(library),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
