"""Sessions of aio: connections that are kept for further requests to the same origin."""

import asyncio
import sys
from errno import ETIMEDOUT

_BOARD = sys.implementation.name == "micropython"


class _Pending:
    # A request that is sent when it is awaited, or entered with `async with`.

    def __init__(self, exchange):
        self.exchange = exchange

    def __await__(self):
        return self.exchange.__await__()

    def __iter__(self):  # what MicroPython awaits
        return self.exchange

    # What a task asks of a coroutine.

    def send(self, value):
        return self.exchange.send(value)

    def throw(self, *error):
        return self.exchange.throw(*error)

    def close(self):
        self.exchange.close()

    async def __aenter__(self):
        self.response = await self.exchange
        return self.response

    async def __aexit__(self, *error):
        self.response.close()


def _kept(base):
    # Connections that come from a session and go back to it.

    class Kept(base):
        session = key = None
        keep = reused = False
        told = False  # whether the request has a Connection header of its own
        last = False  # and that closes

        async def open(self, context):
            """Take over an idle connection to the host of a request, or connect."""
            await _open(self, context, super().open)

        async def hop(self, *args):
            """As of Connection; a connection that was dead is replaced once, where that is safe."""
            return await _hop(self, super().hop, *args)

        def close(self, done=False):
            """Close, or hand back what can be kept."""
            key, self.key = self.key, None
            if key and done and self.keep and self.poll and not (self.last or self.session.closed):
                self.session.idle.append((key, self._raw, self._sock, self.poll, self._flag))
                self._raw = self._sock = self.poll = None
            super().close(done)
            if key:
                self.session.dismiss(key)

        def adopt(self, entry):
            """Take over the parts of an idle connection."""
            _, self._raw, self._sock, self.poll, self._flag = entry

    return Kept


async def _open(self, context, connect):
    session = self.session
    self.host = context.netloc
    self._timeout = self._timeouts[0]
    default = context.ssl_context is None
    key = context.scheme, context.netloc, context.ssl_context
    await session.admit(self, key)
    self.reused = bool(self._sock)
    if not self.reused:
        try:
            if default:
                context.ssl_context = session.ssl_context
            await connect(context)
        except BaseException:
            session.dismiss(key)
            raise
        finally:
            if default:
                session.ssl_context = context.ssl_context
                context.ssl_context = None
    self.key = key


async def _hop(self, hop, context, response_class, save_headers):
    if not self.told:
        # The core's own, which stands before any that a program has added.
        context.head = context.head.replace(b"\r\nConnection: close\r\n", b"\r\n", 1)
    made = []

    def make(*args, **kw):
        made.append(response_class(*args, **kw))
        return made[0]

    try:
        return await hop(context, make, save_headers)
    except OSError as e:
        if not (self.reused and context.method in self.session.idempotent and _again(context, made, e)):
            raise
    self.close()
    self.session.forget(self.host)
    return await hop(context, response_class, save_headers)


def _again(context, made, error):
    # Whether nothing of the response has come, and the request may be sent twice.
    if error.errno == ETIMEDOUT or hasattr(context.data, "message"):
        return False
    return not made or made[0]._end == 0 and made[0]._room == type(made[0])._room


async def _ring(event, seconds):
    await asyncio.sleep(seconds)
    event.set()


def _alive(entry):
    # An idle connection has nothing to read; its end would be.
    try:
        return entry[2].readinto(bytearray(1), 1) is None
    except (OSError, ValueError):
        return False


class Session:
    """Keeps connections and what requests have in common."""

    closed = False
    ssl_context = None  # the default, made once

    def __init__(self, aio, base_url="", headers=None, limit=4 if _BOARD else 100, limit_per_host=0, **kw):
        self._aio = aio
        self._base = base_url
        self._headers = headers or {}
        limit = limit or 1 << 20  # 0: none
        self._limit = limit
        self._per_host = limit_per_host or limit
        self._tls = kw.pop("limit_tls", 1 if _BOARD else limit) or limit
        self._defaults = kw
        keepalive = aio._need("keepalive")
        self.idempotent = keepalive.IDEMPOTENT
        self._persistent = keepalive.persistent
        self._response = self._persistent(kw.pop("response_class", aio.Response))
        self._kept = _kept(aio.Connection)
        self._kept.session = self
        verify = kw.pop("verify", None)
        if verify is not None and "ssl_context" not in kw:
            kw["ssl_context"] = aio._need("verify").context(verify)
        self.idle = []  # the newest last
        self._busy = []
        self._waiting = []

    def request(self, method, url, data=None, **more):
        """Send a request: await it, or use it with `async with`, for the response."""
        return _Pending(self._exchange(method, url, data, more))

    async def _exchange(self, method, url, data, more):
        if self.closed:
            raise ValueError("the session is closed")
        kw = dict(self._defaults)
        if more.get("verify") is not None:
            kw["ssl_context"] = None  # the session's would win
        kw.update(more)
        kw["connection"] = self._kept
        headers = more.get("headers") or {}
        names = [_name(name) for name in headers]
        for name in self._headers:
            if _name(name) not in names:
                # The caller's dictionary stays as it is.
                headers = dict(headers)
                headers[name] = self._headers[name]
        if headers:
            kw["headers"] = headers
            for name in headers:
                if _name(name) == "connection":
                    last = "close" in _name(headers[name] or "")
                    kw["connection"] = type("Kept", (self._kept,), {"told": True, "last": last})
        response_class = kw.get("response_class")
        kw["response_class"] = self._persistent(response_class) if response_class else self._response
        return await self._aio.request(method, self._url(url), data, **kw)

    def _url(self, url):
        # With a base_url the session's headers are for its origin alone.
        if self._base:
            if "://" not in url[:8]:
                url = self._base + url
            make = self._aio.core.RequestContext
            here, there = make(self._base), make(url)
            if (here.scheme, here.netloc) != (there.scheme, there.netloc):
                raise ValueError("the URL leads to another origin than base_url")
        return url

    def get(self, url, **kw):
        """Send a GET request."""
        return self.request("GET", url, **kw)

    def head(self, url, **kw):
        """Send a HEAD request."""
        return self.request("HEAD", url, **kw)

    def post(self, url, **kw):
        """Send a POST request."""
        return self.request("POST", url, **kw)

    def put(self, url, **kw):
        """Send a PUT request."""
        return self.request("PUT", url, **kw)

    def patch(self, url, **kw):
        """Send a PATCH request."""
        return self.request("PATCH", url, **kw)

    def delete(self, url, **kw):
        """Send a DELETE request."""
        return self.request("DELETE", url, **kw)

    def options(self, url, **kw):
        """Send an OPTIONS request."""
        return self.request("OPTIONS", url, **kw)

    # --- Connections ---

    async def admit(self, connection, key):
        """Wait until the bounds allow another connection; give it an idle one where there is one."""
        if self._room(self._busy, key):
            self._busy.append(key)
        else:
            await self._turn(connection, key)
        for entry in self.idle[::-1]:
            if entry[0] == key:
                self.idle.remove(entry)
                if _alive(entry):
                    connection.adopt(entry)
                    return
                self._end(entry)
        # What is open but idle counts too.
        while self.idle:
            others = self._busy + [entry[0] for entry in self.idle]
            others.remove(key)
            if self._room(others, key):
                return
            self._end(self.idle.pop(0))

    async def _turn(self, connection, key):
        # Wait until another hands over its place: see dismiss(). (wait_for() of CPython before 3.12 could
        # lose a cancellation here.)
        turn = key, asyncio.Event()
        self._waiting.append(turn)
        seconds = self._seconds(connection)
        alarm = seconds is not None and asyncio.create_task(_ring(turn[1], seconds))
        try:
            await turn[1].wait()
        except BaseException:
            if turn not in self._waiting:
                self.dismiss(key)
            raise
        finally:
            if alarm:
                alarm.cancel()
            late = turn in self._waiting
            if late:
                self._waiting.remove(turn)
        if late:
            raise OSError(ETIMEDOUT, "timed out")

    def _seconds(self, connection):
        # How long it may wait for its turn; None: without limit.
        core = self._aio.core
        since = core.ticks_diff(core.ticks_ms(), connection._start)
        left = min(connection._timeout, connection._deadline - since)
        return left / 1000 if left < 1 << 28 else None

    def _room(self, keys, key):
        if len(keys) >= self._limit or sum([one[1] == key[1] for one in keys]) >= self._per_host:
            return False
        return key[0] != "https" or sum([one[0] == "https" for one in keys]) < self._tls

    def dismiss(self, key):
        """Note that a connection is not busy any more; another may have its place."""
        self._busy.remove(key)
        # One place may let in two: one that waited for the host, and another for TLS.
        for turn in list(self._waiting):
            if self._room(self._busy, turn[0]):
                self._waiting.remove(turn)
                self._busy.append(turn[0])
                turn[1].set()

    def forget(self, host):
        """Close what is idle to a host: where one connection was dead, others are."""
        for entry in list(self.idle):
            if entry[0][1] == host:
                self.idle.remove(entry)
                self._end(entry)

    def _end(self, entry):
        connection = self._kept(None, None)
        connection.adopt(entry)
        connection.close()

    async def close(self):
        """Close all connections that are idle; others close when their response ends."""
        self.closed = True
        while self.idle:
            self._end(self.idle.pop())

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        await self.close()


def _name(name):
    return (name.decode() if isinstance(name, bytes) else name).lower()
