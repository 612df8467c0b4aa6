"""The core copied alone, and the modules for codings and charsets beside it without a package."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tools import interpreters

PACKAGE = Path(__file__).resolve().parents[2] / "mrequests"
ONES = [one for one in interpreters.micropythons() if not one.small_heap]
ONES.append(interpreters.Interpreter("cpython", ("python3",)))

PROGRAM = r"""
import mrequests

class Canned:
    SOCK_STREAM = 1

    def getaddrinfo(self, host, port, *rest):
        return [(2, 1, 0, "", (host, port))]

    def socket(self, *args):
        return self

    def connect(self, address):
        self.rest = answer

    def readinto(self, buf, n):
        n = min(n, len(self.rest))
        buf[:n] = self.rest[:n]
        self.rest = self.rest[n:]
        return n

    def write(self, data):
        return len(data)

    def close(self):
        pass

    recv_into, send = readinto, write

mrequests.socket = Canned()
answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=l1\r\nContent-Encoding: identity\r\n\r\n[1]"
r = mrequests.get("http://h/")
print(r.encoding, r.json(), r.text)
data = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcbH\xcd\xc9\xc9\x07\x00\x86\xa6\x106\x05\x00\x00\x00"
answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=l1\r\nContent-Encoding: gzip\r\n\r\n" + data
try:
    print(mrequests.get("http://h/").text)
except ImportError as e:
    print(e)
"""


def play(one, folder, *names):
    for name in names:
        shutil.copy(PACKAGE / (name + ".py"), folder)
    (folder / "main.py").write_text(PROGRAM)
    environ = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MICROPYPATH")}
    done = subprocess.run([*one.command, "main.py"], cwd=folder, env=environ, capture_output=True, text=True)
    assert not done.returncode, done.stdout + done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("one", ONES, ids=lambda one: one.name)
def test_a_missing_module_matters_where_it_is_used(one, tmp_path):
    first, second = play(one, tmp_path, "mrequests")
    assert first == "utf-8 [1] [1]" and "decode" in second and "no module" in second.lower()


@pytest.mark.parametrize("one", ONES, ids=lambda one: one.name)
def test_beside_the_core(one, tmp_path):
    assert play(one, tmp_path, "mrequests", "decode", "charset") == ["l1 [1] [1]", "hello"]
