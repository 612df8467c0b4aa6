"""Runs shared tests without pytest: run_micropython MODULE [TEST ...]; tests/on_micropython.py reads it."""

import gc
import sys
import time

MARK = "@@"

try:
    from time import ticks_ms
except ImportError:  # CPython

    def ticks_ms():
        return int(time.monotonic() * 1000)


def show(error):
    """Traceback to standard output, in order with the rest."""
    if hasattr(sys, "print_exception"):
        sys.print_exception(error, sys.stdout)
    else:
        import traceback

        traceback.print_exception(type(error), error, error.__traceback__, file=sys.stdout)


def run(name, function):
    """Run one test and print its result; whether it was good."""
    print(MARK, "START", name)
    begin = ticks_ms()
    try:
        function()
        word = "PASS"
    except Exception as error:
        word = "SKIP" if type(error).__name__ in ("Skip", "SkipTest") else "FAIL"
        if word == "SKIP":
            print(error)
        else:
            show(error)
    print(MARK, word, name, ticks_ms() - begin)
    return word != "FAIL"


def main(module, *names):
    """Run the tests named, or all."""
    tests = __import__(module)
    good = True
    for name in names or sorted(n for n in dir(tests) if n.startswith("test_")):
        good = run(name, getattr(tests, name)) and good
        gc.collect()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
