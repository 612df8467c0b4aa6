"""Test functions of a shared module as pytest items that run on MicroPython."""

import ast
import os
import select
import signal
import subprocess
import time

import pytest

from tools import interpreters

MARK = "@@"
TIME_LIMIT = int(os.getenv("TEST_TIME_LIMIT", "60"))  # seconds for one shared test


def declared(path, constants):
    """Names of the test functions in a module, and its opt-outs: {constant: names}."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    functions = [node.name for node in body if isinstance(node, ast.FunctionDef)]
    tests = [name for name in functions if name.startswith("test_")]
    opt_outs = {}
    for node in body:
        constant = getattr(node.targets[0], "id", "") if isinstance(node, ast.Assign) else ""
        if constant in constants:
            opt_outs[constant] = names = ast.literal_eval(node.value)
            if not set(names) <= set(tests):
                raise ValueError("%s: %s names what is no test: %r" % (path.name, constant, names))
    return tests, opt_outs


class File(pytest.File):
    """A shared module, seen from the MicroPythons."""

    def collect(self):
        suite = self.config.suite
        for one in suite.micropythons:
            for name, where in suite.module(self.path).items():
                if one.name in where:
                    yield Item.from_parent(self, name="%s[%s]" % (name, one.name), test=name, interpreter=one)


class Item(pytest.Item):
    """A test function on one MicroPython."""

    def __init__(self, *, test, interpreter, **kwargs):
        super().__init__(**kwargs)
        self.test, self.interpreter = test, interpreter

    def runtest(self):
        results = self.results()
        word, output = results.get(self.test, ("FAIL", "MicroPython did not report this test"))
        if word == "SKIP":
            pytest.skip(output.strip())
        if word != "PASS":
            raise Failure(output)
        self.add_report_section("call", "stdout", output)

    def results(self):
        """Results of this module on this interpreter; the first of its tests that is asked plays them all."""
        together = [self.test] if self.interpreter.small_heap else self.siblings()
        return self.config.suite.player.results(self.interpreter, self.path, together)

    def siblings(self):
        """The tests of the module that are to run in this session."""
        return [
            item.test
            for item in self.session.items
            if isinstance(item, Item) and (item.path, item.interpreter) == (self.path, self.interpreter)
        ]

    def repr_failure(self, excinfo):
        return str(excinfo.value) if isinstance(excinfo.value, Failure) else super().repr_failure(excinfo)

    def reportinfo(self):
        return self.path, None, self.name


class Failure(Exception):
    """A failed test; the text is what MicroPython printed."""


class Player:
    """Plays tests in MicroPython processes, and keeps the results."""

    def __init__(self, root, both, scratch, mpy_cross):
        self.root, self.both, self.scratch, self.mpy_cross = root, both, scratch, mpy_cross
        self.known = {}

    def results(self, interpreter, path, names):
        """{name: (word, output)}; what MicroPython did not report is not in it."""
        known = self.known.setdefault((interpreter, path), {})
        missing = [name for name in names if name not in known]
        while missing:
            known.update(self.play(interpreter, path.stem, missing))
            left = [name for name in missing if name not in known]
            if left == missing:
                break
            missing = left
        return known

    def play(self, interpreter, module, names):
        """Results of one process; a test during which it ended or was stopped has failed."""
        library = self.compiled() if interpreter.small_heap else self.sources()
        process = subprocess.Popen(
            [*interpreter.command, "-m", "run_micropython", module, *names],
            cwd=self.scratch / "files",
            env=interpreters.finding(library),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        results, current, output = {}, None, ""
        for line in lines_until_silent(process, TIME_LIMIT):
            words = line.split()
            if words[:2] == [MARK, "START"]:
                current, output = words[2], ""
            elif words[:1] == [MARK] and words[2:3] == [current]:
                results[current] = words[1], output
                current, output = None, ""
            else:
                output += line
        if current or not results:
            name = current or names[0]
            results[name] = "FAIL", output + ending(process.returncode)
        return results

    def sources(self):
        """Where the tests, the library and the examples are."""
        return "%s:%s:%s" % (self.both, self.root, self.root / "examples")

    def compiled(self):
        """The folder of the library and the tests as .mpy, which is what a small board would have."""
        folder = self.scratch / "mpy"
        if not folder.exists():
            sources = [(self.root, path) for path in sorted(self.root.glob("mrequests/**/*.py"))]
            sources += [(self.both, path) for path in sorted(self.both.glob("*.py"))]
            sources += [(self.root / "examples", path) for path in self.root.glob("examples/*_client.py")]
            for base, path in sources:
                name = path.relative_to(base)
                target = folder / name.with_suffix(".mpy")
                target.parent.mkdir(parents=True, exist_ok=True)
                subprocess.run([self.mpy_cross, "-s", name, "-o", target, path], check=True)
        return str(folder)


def lines_until_silent(process, limit):
    """Lines of output until the process is over; it is killed when a test takes more than `limit` seconds."""
    buffer, deadline = b"", time.monotonic() + limit
    with process.stdout as stream:
        while True:
            if not select.select([stream], [], [], max(0, deadline - time.monotonic()))[0]:
                process.kill()
                break
            data = os.read(stream.fileno(), 65536)
            if not data:
                break
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                if line.startswith(MARK.encode()):
                    deadline = time.monotonic() + limit
                yield line.decode(errors="replace") + "\n"
    process.wait()
    if buffer:
        yield buffer.decode(errors="replace") + "\n"


def ending(code):
    """How the process ended, in words."""
    if code == -signal.SIGKILL:
        return "MicroPython was stopped: it took longer than %d s\n" % TIME_LIMIT
    return "MicroPython ended with code %d before the test was over\n" % code
