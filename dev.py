"""Development tasks: `python3 dev.py demo | test | bench | bundle | setup`.

Needs Python 3.10 or newer and nothing else. Whatever it installs goes to .cache/.
"""

import argparse
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tools import interpreters, micropython32

ROOT = Path(__file__).resolve().parent
CACHE = ROOT / ".cache"
VENV = CACHE / "venv"
PYTHON = VENV / "bin" / "python"
IN_CI = os.getenv("CI", "").lower() in ("true", "1")


def main():
    """Run the task which the command line names, and end with its exit code."""
    if sys.version_info < (3, 10):
        sys.exit("dev.py needs Python 3.10 or newer, this is %s" % sys.version.split()[0])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    tasks = parser.add_subparsers(dest="task", required=True)
    tasks.add_parser("demo", help="a MicroPython client at work against a local server")
    tasks.add_parser("test", add_help=False, help="lint, types and tests; further arguments go to pytest")
    tasks.add_parser(
        "bench",
        add_help=False,
        help="speed and memory against the peers, `bench server` those of the server; --short is quicker",
    )
    tasks.add_parser("bundle", help="what a release consists of, in dist/; and package.json for mip")
    tasks.add_parser("setup", help="only install what the other tasks need")
    args, rest = parser.parse_known_args()
    if rest and args.task not in ("test", "bench"):
        parser.error("unknown arguments: " + " ".join(rest))
    set_up(bench=args.task == "bench")
    sys.exit({"demo": demo, "test": test, "bench": bench, "bundle": bundle, "setup": show}[args.task](*rest))


# --- Tasks ---


def demo():
    """Run examples/demo.py on MicroPython against a local httpbin."""
    sys.path.insert(0, str(ROOT / "tests" / "servers"))
    import launch

    client = interpreters.micropython() or interpreters.micropython32()
    if not client:
        sys.exit("\n".join(interpreters.missing()))
    say("starting a local httpbin")
    with launch.server("httpbin_server.py", python=str(PYTHON)) as facts:
        say("running examples/demo.py with " + version(client))
        command = [client, str(ROOT / "examples" / "demo.py"), facts["http"]]
        return subprocess.run(command, env=interpreters.finding(ROOT), cwd=CACHE).returncode


def test(*args):
    """Lint, types, then pytest with the arguments given."""
    stubs = "mypy.stubtest", "--mypy-config-file=pyproject.toml", "--allowlist=tools/stubtest.txt"
    checks = (
        ["ruff", "check"],
        ["ruff", "format", "--check"],
        ["mypy"],
        [*stubs, "mrequests"],
        # Most of the tests' time is spent waiting for each other's sockets.
        ["pytest", "--numprocesses=%d" % ((os.cpu_count() or 1) + 1), "--dist=loadfile", *args],
    )
    failed = [words for words in checks if run(PYTHON, "-m", *words)]
    for words in failed:
        say("FAILED: " + " ".join(words))
    warn_of_missing()
    return 1 if failed else 0


def bench(*args):
    """Run the benchmarks with the arguments given; they find the interpreters in the environment."""
    script = "run.py"
    if args[:1] == ("server",):
        script, args = "http_server.py", args[1:]
    return run(PYTHON, ROOT / "benchmarks" / script, *args)


def bundle():
    """Make wheel, sdist and the bundles of .mpy files."""
    return run(PYTHON, "-m", "tools.bundle")


def show():
    """Print what set-up has found."""
    print("CPython   %s  %s" % (version(str(PYTHON)), PYTHON.relative_to(ROOT)))
    for one in interpreters.micropythons():
        print("%-9s %s  %s" % (one.name, version(one.command[0]), " ".join(one.command)))
    print("mpy-cross %s" % interpreters.mpy_cross())
    return 0


# --- Set-up ---


def set_up(bench=False):
    """Install what is not there yet; quick when there is nothing to do."""
    install("requirements.txt", prepare=make_venv)
    if bench:
        install("requirements-bench.txt")
    if not interpreters.micropython32():
        get_micropython32()
    warn_of_missing()
    if IN_CI and interpreters.missing():
        sys.exit("CI needs every interpreter (CI=%s)" % os.environ["CI"])


def install(name, prepare=None):
    """Install the packages of a file in tools/, unless the very same were installed by the same Python."""
    requirements = ROOT / "tools" / name
    stamp = VENV / (requirements.stem + ".stamp")
    content = requirements.read_bytes() + sys.version.encode() + str(VENV).encode()
    wanted = hashlib.sha256(content).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if prepare:
        prepare()
    say("installing tools/" + name)
    run(PYTHON, "-m", "pip", "install", "--no-input", "-r", requirements, check=True)
    stamp.write_text(wanted)


def make_venv():
    """Make a new virtual environment with pip."""
    say("creating .cache/venv")
    run(sys.executable, "-m", "venv", "--clear", "--without-pip", VENV, check=True)
    # Debian splits ensurepip off, and an old pip cannot install into another environment but by --target.
    if quiet(PYTHON, "-m", "ensurepip"):
        site = next(VENV.glob("lib/python*/site-packages"))
        if run(sys.executable, "-m", "pip", "install", "--no-input", "--target", site, "pip"):
            sys.exit("No pip: install python3-pip or python3-venv with your package manager, then try again.")


def get_micropython32():
    """Fetch the 32-bit MicroPython; say so when this machine cannot have it."""
    say("fetching the 32-bit MicroPython (14 MB)")
    try:
        micropython32.install(interpreters.MICROPYTHON32.parent)
    except micropython32.Unavailable as reason:
        say("no 32-bit MicroPython: %s" % reason)


# --- Helpers ---


def say(text):
    """Show progress, in order with the output of the programs run."""
    print("dev.py: " + text, flush=True)


def warn_of_missing():
    """A loud line for each interpreter that is absent."""
    for line in interpreters.missing():
        say("=== %s ===" % line)


def run(*command, check=False):
    """Run a program in the checkout with the tools in its environment; its exit code."""
    words = [str(word) for word in command]
    code = subprocess.run(words, cwd=ROOT, env=interpreters.environment()).returncode
    if check and code:
        sys.exit("dev.py: this failed with code %d: %s" % (code, " ".join(words)))
    return code


def quiet(*command):
    """Exit code of a program whose output does not matter."""
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def version(program):
    """What an interpreter calls itself."""
    done = subprocess.run([program, "--version"], capture_output=True, text=True)
    return (done.stdout or done.stderr or "(no version)").strip().splitlines()[0]


if __name__ == "__main__":
    main()
