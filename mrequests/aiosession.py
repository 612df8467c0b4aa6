"""Sessions of aio: connections that are kept for further requests to the same origin."""

import asyncio
import sys
from errno import ETIMEDOUT

aio = __import__(__name__[:-10] + "aio", None, None, ("Response",))
core = aio.core
keepalive = core._need("keepalive")
_BOARD = sys.implementation.name == "micropython"
_FIELDS = "scheme", "netloc", "host", "port", "path", "url", "method", "head", "ssl_context"
# Defaults of a session with which the same URL makes the same request again.
_SAME = "connection", "deadline", "max_redirects", "max_size", "response_class", "save_headers", "ssl_context"
_SAME += ("timeout",)


class _Pending:
    # A request that is sent when it is awaited, or entered with `async with`.

    def __init__(self, context, args, exchange):
        self.context = context
        self.args = args
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

    def __aenter__(self):
        return self.exchange

    async def __aexit__(self, *error):
        self.context.response.close()


class _Known:
    # The last request without a body and without keywords of its own, for the next one that is the same.

    blocks = None  # what is sent

    def __init__(self, asked, headers, pending):
        self.asked = asked
        self.headers = dict(headers)
        self.args = pending.args
        self.url = pending.context.url
        # A redirect will change the context itself.
        self.start = [getattr(pending.context, name) for name in _FIELDS]


class _Repeated(core.RequestContext):
    # A request that is known.

    data = b""

    def __init__(self, known):
        self.known = known
        (
            self.scheme,
            self.netloc,
            self.host,
            self.port,
            self.path,
            self.url,
            self.method,
            self.head,
            self.ssl_context,
        ) = known.start

    def message(self):
        known = self.known
        if self.url is not known.url:
            return super().message()  # of a redirect
        if not known.blocks:
            known.blocks = super().message()
        return known.blocks


class _Kept(aio.Connection):
    # A connection that comes from a session and goes back to it.

    key = None
    begun = keep = reused = False
    told = False  # whether the request has a Connection header of its own
    last = False  # and that closes

    def run(self, func, *args):
        """As of Connection; the first, which is the exchange, also with `async with`."""
        coroutine = super().run(func, *args)
        if self.begun:
            return coroutine
        self.begun = True
        context = args[0]
        if not self.told:
            # The core's own, which stands before any that a program has added.
            context.head = context.head.replace(b"\r\nConnection: close\r\n", b"\r\n", 1)
        return _Pending(context, args[1:], coroutine)

    def exchange(self, context, *args):
        """As of Connection; a connection that was dead is replaced once, where that is safe."""
        try:
            return super().exchange(context, *args)
        except OSError as e:
            if not (self.reused and context.method in keepalive.IDEMPOTENT and _again(context, e)):
                raise
        self.close()
        self.session.forget(self.host)
        context.iterator = context.response = self.buffer = None
        self.waiting = 0  # for the dead one
        return super().exchange(context, *args)

    def open(self, context):
        """Take over an idle connection to the host of a request, or connect."""
        session = self.session
        if not self.key:
            self.host = context.netloc
            self._timeout = self._timeouts[0]
            key = context.scheme, context.netloc, context.ssl_context
            if not session.enter(key):
                raise StopAsyncIteration(session.turn(self, key))
            self.key = key
        if context.addr is None:  # else it is connecting
            session.reuse(self, self.key)
            self.reused = self._sock is not None
            if self.reused:
                return
        # The default for TLS is made once.
        default = context.ssl_context is None
        if default:
            context.ssl_context = session.ssl_context
        try:
            self.connect(context)
        finally:
            if default:
                session.ssl_context = context.ssl_context
                context.ssl_context = None

    def connect(self, context):
        """Connect to the host of a request."""
        super().open(context)

    def close(self, done=False):
        """Close, or hand back what can be kept."""
        key, self.key = self.key, None
        session = self.session
        if key and done and self.keep and self.poll and not (self.last or session.closed):
            session.idle.append((key, self._raw, self._sock, self.poll, self._flag))
            self._raw = self._sock = self.poll = None
        super().close(done)
        if key:
            session.dismiss(key)

    def adopt(self, entry):
        """Take over the parts of an idle connection."""
        _, self._raw, self._sock, self.poll, self._flag = entry


def _again(context, error):
    # Whether nothing of the response has come, and the request may be sent twice.
    if error.errno == ETIMEDOUT or hasattr(context.data, "message"):
        return False
    r = context.response
    return r is None or r._end == 0 and r._room == type(r)._room


if _BOARD:

    def _alarm(event, seconds):
        async def ring():
            await asyncio.sleep(seconds)
            event.set()

        return asyncio.create_task(ring())
else:

    def _alarm(event, seconds):
        return asyncio.get_running_loop().call_later(seconds, event.set)


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
    _known = None

    def __init__(self, base_url="", headers=None, limit=4 if _BOARD else 100, limit_per_host=0, **kw):
        self._base = base_url
        self._headers = headers or {}
        limit = limit or 1 << 20  # 0: none
        self._limit = limit
        self._per_host = limit_per_host or limit
        self._tls = kw.pop("limit_tls", 1 if _BOARD else limit) or limit
        self._defaults = kw
        verify = kw.pop("verify", None)
        if verify is not None and "ssl_context" not in kw:
            kw["ssl_context"] = core._need("verify").context(verify)
        kw["response_class"] = keepalive.persistent(kw.get("response_class", aio.Response))
        kw["connection"] = self.connection
        self._same = not [name for name in kw if name not in _SAME]
        self.idle = []  # the newest last
        self._busy = []
        self._waiting = []

    def connection(self, timeout, deadline):
        """Return an object for an exchange."""
        made = _Kept(timeout, deadline)
        made.session = self
        return made

    def request(self, method, url, data=None, **more):
        """Send a request: await it, or use it with `async with`, for the response."""
        if self.closed:
            raise ValueError("the session is closed")
        kw = self._defaults
        same = self._same and not more and data is None
        known = self._known
        if same and known and known.asked == (method, url) and known.headers == self._headers:
            made = self.connection(kw.get("timeout"), kw.get("deadline"))
            made.told = True  # its head is as it goes out
            return made.run(made.exchange, _Repeated(known), *known.args)
        if more or self._headers:
            kw = self._merged(more)
        pending = aio.request(method, self._url(url) if self._base else url, data, **kw)
        if same and "connection" not in [_name(name) for name in self._headers]:
            self._known = _Known((method, url), self._headers, pending)
        return pending

    def _merged(self, more):
        # The keywords of a request on top of those of the session, whose dictionaries stay as they are.
        kw = dict(self._defaults)
        if more.get("verify") is not None:
            kw["ssl_context"] = None  # the session's would win
        kw.update(more)
        kw["connection"] = self.connection
        if more.get("response_class"):
            kw["response_class"] = keepalive.persistent(more["response_class"])
        kw["headers"] = headers = dict(more.get("headers") or {})
        names = [_name(name) for name in headers]
        for name in self._headers:
            if _name(name) not in names:
                headers[name] = self._headers[name]
        for name in headers:
            if _name(name) == "connection":
                kw["connection"] = self._told("close" in _name(headers[name] or ""))
        return kw

    def _told(self, last):
        def connection(timeout, deadline):
            made = self.connection(timeout, deadline)
            made.told, made.last = True, last
            return made

        return connection

    def _url(self, url):
        # The session's headers are for the origin of base_url alone.
        if "://" not in url[:8]:
            url = self._base + url
        here, there = core.RequestContext(self._base), core.RequestContext(url)
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

    def enter(self, key):
        """Note that another connection is busy, if the bounds allow it."""
        if self._busy and not self._room(self._busy, key):
            return False
        self._busy.append(key)
        return True

    def reuse(self, connection, key):
        """Give a connection the parts of an idle one; where there is none, close what is too many."""
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

    async def turn(self, connection, key):
        """Wait until another hands over its place to a connection: see dismiss()."""
        # Not by wait_for(), which on CPython before 3.12 could lose a cancellation here.
        turn = key, asyncio.Event()
        self._waiting.append(turn)
        seconds = self._seconds(connection)
        alarm = seconds is not None and _alarm(turn[1], seconds)
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
        connection.key = key

    def _seconds(self, connection):
        # How long it may wait for its turn; None: without limit.
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
            if len(self._busy) >= self._limit:
                return
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
        connection = self.connection(None, None)
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
