"""The smallest heap in which the sensor client takes and delivers 20 readings, on the 32-bit MicroPython.

    sensor_heap.py

Also with many readings waiting on flash, and with the client as .py; mrequests is the core, compiled, alone.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "servers")]

import sensor  # noqa: E402

from tools import interpreters  # noqa: E402

LINE = '{"id": "e66141040396902a-5f2c9a10b3d4-%d", "time": 1795241575, "temp": 14.4375}\n'


def works(folder, library, url, heap, files):
    """Whether it runs in this heap, in KB, with so many files waiting."""
    queue = folder / "queue"
    shutil.rmtree(queue, ignore_errors=True)
    queue.mkdir()
    for number in range(files):
        lines = [LINE % (number * 32 + n) for n in range(32)]
        (queue / str(number)).write_text("".join(lines))
    command = [interpreters.micropython32(), "-X", "heapsize=%dK" % heap, "-m", "sensor_client"]
    words = [url + "readings", "count=20", "period=0.01", "folder=queue"]
    environ = {**os.environ, "MICROPYPATH": str(library)}
    done = subprocess.run([*command, *words], cwd=folder, env=environ, stdout=-1, stderr=-1, timeout=60)
    return done.returncode == 0


def smallest(*args):
    low, high = 8, 128
    while high - low > 1:
        middle = (low + high) // 2
        if works(*args[:3], middle, *args[3:]):
            high = middle
        else:
            low = middle
    return high


def main():
    """Print a line for each case."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for kind in "mpy", "py":
            library = folder / kind
            library.mkdir()
            client = ROOT / "examples" / "sensor_client.py"
            sources = [ROOT / "mrequests" / "mrequests.py"] + [client] * (kind == "mpy")
            for path in sources:
                subprocess.run(
                    [interpreters.mpy_cross(), "-o", library / (path.stem + ".mpy"), path], check=True
                )
            if kind == "py":
                shutil.copy(str(client), str(library))
            for files in 0, 64:
                with sensor.running(library) as (_, url):
                    heap = smallest(folder, library, url, files)
                print("client as .%s, %d readings waiting: %d KB" % (kind, files * 32, heap))


if __name__ == "__main__":
    main()
