"""What shared tests may use; runs on CPython and MicroPython and needs nothing of the library under test."""

import os
import socket
import sys
import time

try:
    from unittest import SkipTest as Skip  # which pytest knows
except ImportError:

    class Skip(Exception):
        """Raise this to leave a test out for a reason that lies in the machine; the summary shows it."""


MICROPYTHON = sys.implementation.name == "micropython"
HTTPBIN = os.getenv("HTTPBIN_URL")
HTTPBIN_TLS = os.getenv("HTTPBIN_TLS_URL")
HTTPBIN_EXPIRED = os.getenv("HTTPBIN_EXPIRED_URL")
HTTPBIN_WRONG_HOST = os.getenv("HTTPBIN_WRONG_HOST_URL")
CERTIFICATES = os.getenv("TEST_CERTIFICATES") or ""
CA_PEM = CERTIFICATES + "/ca.pem"
CA_DER = CERTIFICATES + "/ca.der"
OTHER_CA_PEM = CERTIFICATES + "/other-ca.pem"
OTHER_CA_DER = CERTIFICATES + "/other-ca.der"


def raises(kind, function, *args, **kwargs):
    """Call the function, which must raise this kind of exception, or one of a tuple; the exception."""
    try:
        result = function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError("%r was not raised; the result is %r" % (kind, result))


def scratch(name):
    """Path of a file, not there yet, in the temporary folder of this run."""
    path = "%s/%s" % (os.getenv("TEST_SCRATCH"), name)
    try:
        os.remove(path)
    except OSError:
        pass
    return path


def open_fds():
    """How many descriptors this process has open; compare two of them, the listing itself counts in each."""
    return len(os.listdir("/proc/self/fd"))


def ticks():
    """Milliseconds on a clock that only goes forward."""
    return time.ticks_ms() if MICROPYTHON else int(time.monotonic() * 1000)


def script(*steps, tls=False, connections=1, ipv6=False):
    """Have the scripted server play these steps (see servers/scripted.py) on a fresh port; a Script.

    With connections=3 it accepts three and plays the same steps on each. For different ones give lists of
    tuples instead of tuples, a list per connection.
    """
    plans = list(steps) if steps and isinstance(steps[0], list) else [list(steps)] * connections
    port = _command(("open", plans, tls, ipv6))
    if isinstance(port, str) and ipv6:
        raise Skip("no IPv6 loopback: " + port)
    if isinstance(port, str):
        raise AssertionError("the scripted server refused: " + port)
    return Script(port, tls, ipv6)


class Script:
    """A script that is being played."""

    def __init__(self, port, tls, ipv6):
        self.port = port
        self.url = "%s://%s:%d" % ("https" if tls else "http", "[::1]" if ipv6 else "127.0.0.1", port)

    def requests(self, wait=5000):
        """All bytes received on each connection, in order of acceptance.

        Waits until the connections are over, at most `wait` ms. The port accepts nothing any more after this.
        """
        return [received for received, _, _ in self.report(wait)]

    def closed(self, wait=5000):
        """For each connection, whether the client has closed it."""
        return [closed for _, closed, _ in self.report(wait, True)]

    def digests(self, wait=5000):
        """As requests(), but (length, SHA-256 in hex) each: for what does not fit on a small heap."""
        return [digest for digest, _, _ in self.report(wait, True)]

    def notes(self, wait=5000):
        """For each connection, what kept the script from going on to its end ("" if nothing)."""
        return [note for _, _, note in self.report(wait, True)]

    def report(self, wait, digest=False):
        """(received, closed, note) of each connection."""
        return _command(("report", self.port, wait, digest))


def _command(command):
    # One connection per command: nothing stays open that a test would count.
    sock = socket.socket()
    try:
        port = int(os.getenv("TEST_SCRIPTED_PORT"))
        sock.connect(socket.getaddrinfo("127.0.0.1", port, 0, socket.SOCK_STREAM)[0][-1])
        # MicroPython's sockets are streams; a second object would close the same descriptor twice there.
        stream = sock if MICROPYTHON else sock.makefile("rwb", 0)
        stream.write(repr(command).encode() + b"\n")
        answer = eval(stream.readline())
        stream.close()
        return answer
    finally:
        sock.close()
