"""Connections that carry more than one exchange, for blocking use."""

from errno import ETIMEDOUT

from ..keepalive import IDEMPOTENT
from ..mrequests import Connection
from .response import Wire

const = str
_CPYTHON = const(0)  # true on CPython, see the core


class Pool:
    """Idle connections, the newest last; not more than size."""

    def __init__(self, size):
        self.size = size
        self._idle = []

    def put(self, entry):
        """Keep a connection: what it can be used for, its parts."""
        self._idle.append(entry)
        if not _CPYTHON or len(self._idle) > self.size:
            self.clear(self.size)

    def take(self, key):
        """Return the parts of a connection that can be used for this and still lives, or None."""
        for entry in self._idle[::-1]:
            if entry[0] == key:
                try:
                    self._idle.remove(entry)
                except ValueError:  # another thread has it
                    continue
                if _lives(entry):
                    return entry[1:]
                _end(entry)

    def clear(self, size=0):
        """Close all but the newest."""
        while len(self._idle) > size:
            _end(self._idle.pop(0))

    if _CPYTHON:

        def __del__(self):
            self.clear()


def _lives(entry):
    # An idle connection has nothing to read, but for what TLS has to say to itself.
    _, raw, sock, poll, flag = entry
    if flag != 1:
        poll.modify(sock, 1)
    if not poll.poll(0):
        return True
    try:
        return raw is not sock and sock.readinto(bytearray(1), 1) is None
    except (OSError, ValueError):
        return False


def _end(entry):
    # As a connection does it, which knows how.
    connection = Connection(None, None)
    _, connection._raw, connection._sock, _, _ = entry
    connection.close()


class Kept(Wire):
    """A connection that comes out of a pool, where there is one, and goes back into it."""

    pool = None
    keep = reused = False

    def key(self, context):
        """Return what must be the same for a connection to be used again."""
        return context.scheme, context.host, context.port, context.ssl_context

    def open(self, context):
        """Take over an idle connection to the host of a request, or connect."""
        pool = self.pool
        self.kind = self.key(context)
        parts = pool and pool.take(self.kind)
        self.reused = bool(parts)
        if parts:
            self.host = context.netloc
            self._raw, self._sock, self.poll, _ = parts
            self._flag = 1
            self._timeout = self._timeouts[1]
        else:
            if pool and pool.size < 2:
                pool.clear()  # there is room for one
            self.connect(context)
            if not _CPYTHON:
                self.kind = self.key(context)  # TLS has its default now

    def connect(self, context):
        """Connect to the host of a request."""
        super().open(context)

    def exchange(self, context, *args):
        """As of Connection; a connection that turns out to be dead is replaced once, if that is safe."""
        try:
            return super().exchange(context, *args)
        except OSError as e:
            if not self._again(context, e):
                raise
        self.close()
        self.pool.clear()
        context.iterator = context.response = self.buffer = None
        return super().exchange(context, *args)

    def _again(self, context, error):
        # Nothing of the response has come, and the request may be sent twice.
        if not self.reused or error.errno == ETIMEDOUT or context.method not in IDEMPOTENT:
            return False
        r = context.response
        if r is not None and (r._left != -6 or r._end):
            return False
        try:
            if hasattr(context.data, "rewind"):
                context.data.rewind()
        except ValueError:
            return False
        return True

    def close(self, done=False):
        """Close, or put back what can be kept."""
        if _CPYTHON and done and hasattr(self._raw, "pending") and self._raw.pending():
            # Decrypted already, poll() would not show it: the next response must not be that.
            self.keep = False
        if done and self.keep and self.pool and self.poll:
            self.pool.put((self.kind, self._raw, self._sock, self.poll, self._flag))
            self._raw = self._sock = self.poll = None
        else:
            Connection.close(self)
