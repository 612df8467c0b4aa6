"""Start a test server as a process of its own, so that its sockets do not count among those of the tests."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


@contextlib.contextmanager
def server(script, *args, python=sys.executable):
    """Run a script of this folder; gives the facts it prints as JSON when ready, stops it at the end."""
    command = [python, str(HERE / script), *map(str, args)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("%s did not start; its last words stand above" % script)
        yield json.loads(line)
    finally:
        # Servers end when their standard input does: thus also when this process dies.
        process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def serve_until_told(facts):
    """In the server: print the facts, then wait for the end of standard input."""
    print(json.dumps(facts), flush=True)
    sys.stdin.read()
