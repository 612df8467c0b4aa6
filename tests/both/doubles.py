"""A stand-in for the module socket inside the core: connections in memory, in pieces cut at will.

Its sockets cannot be polled, as some modems' cannot; the core promises to use such a socket as it is.
"""

import socket as real

from mrequests import mrequests as core


class Socket:
    """Gives one of its pieces to each read; an exception among them is raised; then the peer has closed."""

    pausing = paused = False  # whether there is nothing to read before each piece

    def __init__(self, pieces):
        self.pieces = pieces
        self.sent = b""
        self.writes = self.given = self.closed = 0
        self.address = None

    def connect(self, address):
        self.address = address

    def setsockopt(self, *args):
        pass

    def recv_into(self, buf, n=0):
        assert not self.closed, "read from a closed socket"
        n = min(n or len(buf), len(buf))
        self.paused = self.pausing and not self.paused
        if self.paused:
            return None
        piece = self.pieces.pop(0) if self.pieces else b""
        if isinstance(piece, Exception):
            raise piece
        if len(piece) > n:
            self.pieces.insert(0, piece[n:])
        n = min(n, len(piece))
        # MicroPython's bytearray knows no slices of another length
        for i in range(n):
            buf[i] = piece[i]
        self.given += n
        return n

    readinto = recv_into

    def send(self, data):
        assert not self.closed, "write to a closed socket"
        self.writes += 1
        self.sent += bytes(data)
        return len(data)

    write = send

    def close(self):
        self.closed += 1


class Network:
    """Stands in for the module while it is entered; each argument is the list of pieces of one connection."""

    def __init__(self, *plays):
        self.plays = list(plays)
        self.sockets = []
        self.looked_up = []

    def __getattr__(self, name):
        return getattr(real, name)

    def getaddrinfo(self, host, port, *args):
        self.looked_up.append((host, port))
        return [(2, 1, 6, "", (host, port))]

    def socket(self, *args):
        made = Socket(self.plays.pop(0))
        self.sockets.append(made)
        return made

    def __enter__(self):
        core.socket = self
        return self

    def __exit__(self, *args):
        core.socket = real

    def all_closed(self):
        """Whether each socket was closed, and none twice."""
        return [s.closed for s in self.sockets] == [1] * len(self.sockets)


class Pieces:
    """The data in pieces of this size; behaves as far as needed like the list of them."""

    def __init__(self, data, size):
        self.data = data
        self.size = size
        self.pos = 0

    def __bool__(self):
        return self.pos < len(self.data)

    def pop(self, _):
        end = min(self.pos + self.size, len(self.data))
        piece = self.data[self.pos : end]
        self.pos = end
        return piece

    def insert(self, _, rest):
        self.pos -= len(rest)


class Checks:
    """Collects what failed in a table of cases, so that one failure does not hide the others."""

    def __init__(self):
        self.failures = []

        self.count = 0

    def see(self, good, *what):
        if not good:
            self.count += 1
            if self.count < 8:  # small heaps
                self.failures.append(" ".join([str(w) for w in what]))

    def done(self):
        assert not self.count, "%d failed:\n%s" % (self.count, "\n".join(self.failures))
