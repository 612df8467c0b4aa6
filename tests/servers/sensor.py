"""examples/sensor_server.py as a process."""

import contextlib
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[2] / "examples" / "sensor_server.py"


@contextlib.contextmanager
def running(folder, *words):
    """The server with its database in this folder; (process, base URL)."""
    command = [
        sys.executable,
        PROGRAM,
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--database",
        folder / "r.db",
        *words,
    ]
    process = subprocess.Popen(
        list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process, process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.communicate()
