"""A download that is killed at any moment, and one over a connection that breaks every 100 KB.

python tests/cpython/test_download_kills.py [KILLS]     the long form, by default 300 kills
"""

import hashlib
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "servers")]

import launch  # noqa: E402

from tools import interpreters  # noqa: E402

PYTHONS = [interpreters.Interpreter("cpython", (sys.executable,)), *interpreters.micropythons()[:2]]
SIZE, LARGE = 3000000, 30000000
PROGRAM = """
from mrequests.download import download
print(download(%r, "f.bin", sha256=%r, timeout=5, backoff=0.01, buf=bytearray(512)))
"""


def start(one, folder, facts, program=PROGRAM):
    return subprocess.Popen(
        [*one.command, "-c", program % (facts["url"], facts["sha256"])],
        cwd=folder,
        env=interpreters.finding(ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def size_of(path):
    return path.stat().st_size if path.exists() else -1


def killed(one, folder, facts, kills, longest):
    """Kill so many downloads at random moments; sizes of the part after each, what stood under the name."""
    path, sizes = folder / "f.bin", []
    path.write_bytes(b"old")
    chance = random.Random(kills)
    # On a machine with more to do a download begins later: the moments follow it.
    while len(sizes) < kills or max(sizes) <= 0 and len(sizes) < 5 * kills:
        process = start(one, folder, facts)
        time.sleep(chance.random() * longest)
        process.kill()
        process.communicate()
        sizes.append(size_of(folder / "f.bin.part"))
        data = path.read_bytes()
        if data != b"old":
            assert hashlib.sha256(data).hexdigest() == facts["sha256"], "what is no whole file got the name"
            path.write_bytes(b"old")
            longest *= 0.8
        elif sizes[-1] < 0:
            longest *= 1.4
    return sizes


def finished(one, folder, facts, size):
    output = start(one, folder, facts).communicate(timeout=60)[0].decode()
    assert output.strip() == str(size), output
    assert hashlib.sha256((folder / "f.bin").read_bytes()).hexdigest() == facts["sha256"]
    assert sorted(os.listdir(folder)) == ["f.bin"]


@pytest.mark.parametrize("one", PYTHONS, ids=lambda one: one.name)
def test_killed_at_any_moment(one, tmp_path):
    with launch.server("ranges.py", SIZE) as facts:
        sizes = killed(one, tmp_path, facts, 8, 0.25)
        finished(one, tmp_path, facts, SIZE)
    assert max(sizes) > 0, "none of them had begun"


@pytest.mark.parametrize("one", PYTHONS, ids=lambda one: one.name)
def test_a_connection_that_breaks_every_100_kb(one, tmp_path):
    with launch.server("ranges.py", SIZE, 100000) as facts:
        finished(one, tmp_path, facts, SIZE)


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 256 KiB; needs root."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("cannot mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("one", PYTHONS, ids=lambda one: one.name)
def test_a_full_disk(one, small_disk):
    path = small_disk / "f.bin"
    path.write_bytes(b"old")
    with launch.server("ranges.py", 300000) as facts:
        output = start(one, small_disk, facts).communicate(timeout=60)[0].decode()
        assert "disk full" in output, output
        assert path.read_bytes() == b"old"
        part = small_disk / "f.bin.part"
        assert 200000 < size_of(part) < 300000
        # With more room the next call goes on from there.
        subprocess.run(["mount", "-o", "remount,size=1m", str(small_disk)], check=True)
        finished(one, small_disk, facts, 300000)


def main(kills=300):
    """The long form."""
    import tempfile

    for one in PYTHONS:
        with tempfile.TemporaryDirectory() as folder, launch.server("ranges.py", LARGE, 1000000) as facts:
            sizes = killed(one, Path(folder), facts, int(kills), 0.4)
            finished(one, Path(folder), facts, LARGE)
            resumed = sum(0 < n < LARGE for n in sizes)
            print("%s: %d kills, %d of them left a part, all was well" % (one.name, len(sizes), resumed))


if __name__ == "__main__":
    main(*sys.argv[1:])
