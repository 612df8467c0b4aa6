"""asyncio: the same client to await. The rules of HTTP are the core's; here is what waits."""

import asyncio
from errno import EAGAIN, ETIMEDOUT

core = __import__(__name__[:-3] + "mrequests", None, None, ("Response",))
_need = core._need

try:
    from micropython import const
except ImportError:
    const = str
# False on MicroPython, whose compiler then leaves out what stands under it; true on CPython.
_CPYTHON = const(0)

if _CPYTHON:

    async def _suspend(conn, flag, ms):
        # Until the socket is ready, or the time is over; tells whether it is.
        if conn._end:
            raise ValueError("two tasks read")
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        fd = conn._raw.fileno()

        def wake(late=False):
            if not future.done():
                future.set_result(late)

        def end():
            conn._end = None
            remove(fd)
            timer.cancel()
            wake()

        if (conn._sock.want or flag) == 1:
            remove = loop.remove_reader
            loop.add_reader(fd, wake)
        else:
            remove = loop.remove_writer
            loop.add_writer(fd, wake)
        timer = loop.call_later(ms / 1000, wake, True)
        conn._end = end
        try:
            return await future
        finally:
            if conn._end:
                end()

    async def _in_time(conn, awaitable, timeout):
        # wait_for() before 3.12 may lose a cancellation.
        left = min(timeout, conn._deadline - core.ticks_ms() + conn._start)
        future = asyncio.ensure_future(awaitable)
        try:
            await asyncio.wait((future,), timeout=left / 1000)
            if not future.done():
                raise OSError(ETIMEDOUT, None)
        finally:
            future.cancel()
        return future.result()
else:
    _loop = asyncio.core

    class _Alarm:
        # A task that takes its only step when the time is over: it wakes another that still waits.

        late = False

        def __init__(self, task, ms):
            self.task = task
            self.alarm = _loop.Task(self)
            _loop._task_queue.push(self.alarm, _loop.ticks_add(core.ticks_ms(), ms))

        def send(self, _):
            task, self.task = self.task, None
            self.late = task.data is _loop._io_queue  # neither woken nor cancelled yet
            if self.late:
                task.data.remove(task)
                _loop._task_queue.push(task)

    def _suspend(conn, flag, ms):
        queue = _loop._io_queue
        if id(conn._sock) in queue.map:  # the queue would forget the first
            raise ValueError("two tasks read")
        alarm = ms < 1 << 28 and _Alarm(_loop.cur_task, ms)
        try:
            yield queue._enqueue(conn._sock, flag >> 2)
        finally:
            if alarm and alarm.task:
                _loop._task_queue.remove(alarm.alarm)
        return alarm and alarm.late


class Connection(core.Connection):
    """A connection that lets other tasks run while it waits."""

    _turn = 0  # when others could run for the last time

    def wait(self, flag, since):
        # Where the core would wait its call ends; run() repeats it.
        if flag and self.poll:
            raise OSError(EAGAIN, None)
        return core.Connection.wait(self, flag, since)

    if _CPYTHON:
        _end = None  # of a wait

        def close(self, done=False):
            """As of the core; another task may be waiting."""
            if self._end:
                self._end()
            super().close(done)

        def fail(self, error):
            """As of the core; what decodes on the way passes on that there is nothing to read yet."""
            if isinstance(error, BlockingIOError) and self.poll:
                return error
            return super().fail(error)

    async def ready(self, flag, since):
        """Wait until the socket is ready; for flag 0 only let others run."""
        now = self._turn = core.ticks_ms()
        diff = core.ticks_diff
        left = min(self._timeout - diff(now, since), self._deadline - diff(now, self._start))
        if left < 0 or await (_suspend(self, flag, left) if flag else asyncio.sleep(0)):
            raise OSError(ETIMEDOUT, None)

    async def run(self, call, *args):
        """Make a call of the core that reads, again and again until it need not wait."""
        now = core.ticks_ms()
        if core.ticks_diff(now, self._turn) > 20:
            # Without a look at the limits: what is asked for may have arrived long ago.
            self._turn = now
            await asyncio.sleep(0)
        while True:
            try:
                return call(*args)
            except OSError as e:
                if e.errno != EAGAIN or not self.poll:
                    raise
            await self.ready(1, core.ticks_ms())

    async def write(self, data):
        """Write all of data, or await what it returns: the next block. True: the peer has closed."""
        if callable(data):
            return await data(self)
        since = core.ticks_ms()
        while data:
            if self.poll is None:
                self.wait(0, since)
            elif core.ticks_diff(core.ticks_ms(), self._turn) > 20:
                await self.ready(0, since)
            n = self._send(data)
            if n is None:
                await self.ready(4, since)
            elif n < 0:
                return True
            else:
                since = core.ticks_ms()
                data = n < len(data) and memoryview(data)[n:]
        self._timeout = self._timeouts[1]

    async def look_up(self, host, port):
        """Return the addresses of a host, as socket.getaddrinfo() does."""
        args = host, port, 0, core.socket.SOCK_STREAM
        if _CPYTHON:
            try:
                return core.socket.getaddrinfo(*args, 0, core.socket.AI_NUMERICHOST)
            except OSError:
                # A name. The system's look-up blocks, so it gets a thread.
                loop = asyncio.get_running_loop()
                future = loop.run_in_executor(None, core.socket.getaddrinfo, *args)
                return await _in_time(self, future, self._timeout)
        return core.socket.getaddrinfo(*args)

    async def open(self, context):
        """Connect to the host of a request."""
        self.host = context.netloc
        self._timeout = self._timeouts[0]
        error = OSError(-2, None)
        try:
            for info in await self.look_up(context.host, context.port):
                try:
                    try:
                        self._dial(info)
                    except OSError as e:
                        if e.errno != EAGAIN or not self.poll:
                            raise
                        since = core.ticks_ms()
                        await self.ready(4, since)
                        if core.Connection.wait(self, 4, since) & 24:
                            self._raw.send(b"")
                            raise
                    break
                except OSError as e:
                    self.close()
                    error = e
            else:
                raise error
        except OSError as e:
            raise OSError(e.errno or ETIMEDOUT, "cannot connect to %s, network up?" % self.host)
        if context.scheme == "https":
            self._secure(context)

    async def exchange(self, context, response_class, save_headers, max_redirects):
        """Send a request, follow redirects, and return the response once its head has arrived."""
        follow = max_redirects
        try:
            while True:
                context.response = None
                message = context.message()
                self._turn = core.ticks_ms()
                await self.open(context)
                for block in message:
                    if await self.write(block):
                        break
                if self.poll:
                    await self.ready(1, core.ticks_ms())
                context.response = r = response_class(self, self, save_headers=save_headers)
                r.url = context.url
                r.head_only = context.method == "HEAD"
                await self.run(r._take, b"", 0)
                context.redirect = False
                if r._location and follow:
                    context.set_location(r.status_code, r._location)
                if not context.redirect:
                    if r._coding and r._left != 0:
                        _need("aioextras").decode(r, _need)
                    return r
                self.close()
                max_redirects -= 1
                if max_redirects < 0:
                    raise ValueError("too many redirects")
        except BaseException as e:
            raise self.fail(e)


class Response(core.Response):
    """The answer to a request; its body is read when it is asked for."""

    def __getattr__(self, name):
        return _need("aioextras").lookup(self, name, _need)

    async def readinto(self, buf, size=0):
        """Read into buf what has arrived of the body, at least a byte; 0 at its end."""
        if not 0 < size < len(buf):
            size = len(buf)
        try:
            return await self._sock.run(self._take, buf, size)
        except BaseException as e:
            raise self._sock.fail(e)

    async def _gathered(self):
        # All of the body has come.
        if not self._given and self._cached is None:
            with self:
                await self.readinto(b"")
                buf = bytearray(self._bounded(self._left or 0) or core._BLOCK)
                n = 0
                while self._left != 0:
                    if n == len(buf):
                        buf.extend(bytes(n))
                    n = self._bounded(n + await self.readinto(memoryview(buf)[n:]))
                self._given = 0
                self._store(memoryview(buf)[:n])

    async def text(self):
        """The body as text; a byte that is none becomes U+FFFD."""
        await self._gathered()
        r = core.Response(None)
        r._cached, r._given, r.encoding = self._body(), 2, self.encoding
        return r.text

    async def json(self):
        """Decode the body as JSON."""
        await self._gathered()
        return core.loads(bytes(self._body()) if _CPYTHON else self._body())

    async def read(self, size=None):
        """Read size bytes of the body, fewer at its end; all that is left for None."""
        if size is None and self._given != 1:
            await self._gathered()
            return bytes(self._body())
        return await _need("aioextras").read(self, size)

    content = read

    def save(self, *args, **kw):
        """Write the body to a file and return its size."""
        return _need("aioextras").save(self, *args, **kw)

    def saveinto(self, *args, **kw):
        """Write the body to an open file, through buf where one is given; return its size."""
        return _need("aioextras").saveinto(self, *args, **kw)

    async def __aexit__(self, *args):
        self.close()

    async def __aenter__(self):
        return self


def request(method, url, data=None, *args, **kw):
    """Send a request; the result is to be awaited and gives the response."""
    if "resolver" in kw or hasattr(data, "__aiter__"):
        data = _need("aioextras").prepare(Connection, data, kw, _need)
    kw.setdefault("connection", Connection)
    kw.setdefault("response_class", Response)
    return core.request(method, url, data, *args, **kw)


def __getattr__(name):
    # Session, of a module of its own, and the verbs.
    if name == "Session":
        return _need("aiosession").Session
    if name not in ("head", "get", "post", "put", "patch", "delete", "options"):
        raise AttributeError(name)
    return lambda url, **kw: request(name.upper(), url, **kw)
