"""What few programs ask of aio; loaded when it is first used."""

import asyncio
import sys
from errno import ETIMEDOUT

core = __import__(__name__[:-9] + "mrequests", None, None, ("Response",))
_need = core._need
_BOARD = sys.implementation.name == "micropython"
_BLOCK = 1024 if _BOARD else 16384


# --- Bodies of responses ---


async def read(response, size=None):
    """Read size bytes of the body, fewer at its end; all that is left for None."""
    if size is None or size < 0:
        size = 1 << 29
    out = bytearray()
    try:
        buf = bytearray(min(size, _BLOCK))
        n = 1
        while n and len(out) < size:
            n = await response.readinto(buf, min(len(buf), size - len(out)))
            out.extend(memoryview(buf)[:n])
            response._bounded(len(out))
    except BaseException:
        response.close()
        raise
    return bytes(out)


async def save(response, fn, buf=None, chunk_size=0, progress=None):
    """Write the body to a file and return its size."""
    with response, open(fn, "wb") as file:
        return await saveinto(response, file, buf, chunk_size, progress)


async def saveinto(response, fobj, buf=None, chunk_size=0, progress=None):
    """Write the body to an open file, through buf where one is given; return its size."""
    total = 0
    with response:
        buf = buf or bytearray(chunk_size or _BLOCK)
        n = await response.readinto(buf, chunk_size)
        while n:
            fobj.write(buf if n == len(buf) else memoryview(buf)[:n])
            total += n
            if progress:
                progress(total, response._content_size)
            n = await response.readinto(buf, chunk_size)
    return total


class _Each:
    # What a coroutine function returns, again and again until it is None.

    def __init__(self, get):
        self.get = get

    def __aiter__(self):
        return self

    async def __anext__(self):
        item = await self.get()
        if item is None:
            raise StopAsyncIteration
        return item


def iter_content(response, chunk_size=1024):
    """Return an asynchronous iterator of the body as it arrives, chunk_size bytes at the most."""
    buf = bytearray(chunk_size or 1024)

    async def block():
        n = await response.readinto(buf)
        return bytes(memoryview(buf)[:n]) if n else None

    return _Each(block)


def iter_lines(response, chunk_size=256, max_line=32768):
    """Return an asynchronous iterator of the lines of the body without their ends."""
    return _Each(_lines(response, chunk_size, max_line))


def _lines(response, chunk_size, max_line):
    # A coroutine function that returns the next line.
    buf = bytearray(chunk_size)
    lines = _need("extras").Lines(max_line)
    cut = iter(())  # lines out of the last block

    async def line():
        nonlocal cut
        while True:
            try:
                for one in cut:
                    return one
            except ValueError:
                response.close()
                raise
            n = await response.readinto(buf)
            if not n:
                rest, lines.rest = lines.rest, b""
                return bytes(rest) if rest else None
            cut = lines.feed(bytes(memoryview(buf)[:n]))

    return line


def events(response, max_event=32768):
    """Return an asynchronous iterator of the server-sent events of a response."""
    sse = _need("sse")
    parser = sse.Parser(max_event)
    line = _lines(response, 256, max_event + 16)

    async def event():
        sse._expect_ok(response)
        while True:
            data = await line()
            if data is None:
                return None
            found = parser.line(data)
            if found:
                return found

    return _Each(event)


def install(response):
    """Have a response whose head has arrived give its body decoded."""
    module = _need("decode")
    if _BOARD:
        response._sock = _Decoder(response, module)
    else:
        run = response._sock.run
        module.install(response)
        response._sock.run = run


class _Decoder:
    # In place of the connection of a response: receives and decodes all of the body when it is first
    # asked for. What decodes on MicroPython could only wait by blocking.

    def __init__(self, response, module):
        self.response = response
        self.blocks = module.blocks
        self.bound = min(response.max_size, module.BOUND)
        self.sock = response._sock
        self.open_end = response._left is None
        self.inner = core.Response(self.sock)
        self.inner.max_size = 2 * self.bound + 1024  # coded it is smaller, as a rule
        for name in ("_buf", "_pos", "_end", "_left", "_room", "chunked", "_cached"):
            setattr(self.inner, name, getattr(response, name))
        response._pos = response._end = 0
        response._left = response._cached = response._content_size = None

    async def run(self, call, *args):
        """Decode, and make a call of the core that then has all that it reads."""
        response = self.response
        data = await self.sock.run(self.inner._body)
        response._sock = self.sock
        try:
            out = bytearray()
            for block in self.blocks(data, response._coding, self.bound):
                out.extend(block)
                await asyncio.sleep(0)
            data = out
        except ValueError as e:
            if self.open_end and "incomplete" in str(e):  # cut, perhaps
                raise OSError("connection closed, response incomplete")
            raise
        response._store(data)
        return call(*args)

    def close(self, done=False):
        self.sock.close(done)

    def fail(self, error):
        return self.sock.fail(error)


def lookup(response, name):
    """Return the attribute of a response that aio does not have."""
    if name == "status":
        return response.status_code
    if name == "save":

        def save_or_saveinto(*args, **kw):
            opened = hasattr(kw.get("fobj", args and args[0]), "write")
            return (saveinto if opened else save)(response, *args, **kw)

        return save_or_saveinto
    if name == "iter_content":
        return lambda chunk_size=1024: iter_content(response, chunk_size)
    if name == "iter_lines":
        return lambda chunk_size=256, max_line=32768: iter_lines(response, chunk_size, max_line)
    if name == "events":
        return lambda max_event=32768: events(response, max_event)
    if name == "raw":
        raise AttributeError(name)
    return _need("extras").lookup(response, name)


# --- What requests are made of ---


def wrap(args, kw):
    """Have the connection that kw makes ask the resolver in kw; set data as the core takes it."""
    resolver = kw.pop("resolver", None)
    if resolver:
        kw["connection"] = _resolving(kw["connection"], resolver)
    if hasattr(kw.get("data"), "__aiter__"):
        kw["data"] = _Body(kw["data"], kw.get("deadline"))
    elif hasattr(args[2:] and args[2], "__aiter__"):
        args = args[:2] + (_Body(args[2], kw.get("deadline")),) + args[3:]
    return args


class _Body:
    # An asynchronous iterator as the body of a request. It hands each block to the module body,
    # which frames it, but before that its coming is awaited.

    block = b""
    ended = False
    progress = None

    def __init__(self, data, deadline):
        self.next = data.__aiter__().__anext__
        self.frames = _need("body").wrap(self.blocks(), None, _need)
        self.deadline = deadline
        self.start = core.ticks_ms()

    def framing(self, context):
        return self.frames.framing(context)

    def message(self, head):
        self.frames.progress = self.progress
        self.frames._framed = self.framed
        self.pieces = self.frames.message(head)
        return self

    def framed(self, *args):
        # All of a block goes out before the next is awaited.
        frames = self.frames
        for piece in type(frames)._framed(frames, *args):
            yield piece
        self.block = b""
        yield b""

    def blocks(self):
        while not self.ended:
            yield self.block

    def __iter__(self):
        return self

    def __next__(self):
        if not self.block and not self.ended:
            raise StopAsyncIteration(self.fill())
        return next(self.pieces)

    async def fill(self):
        # However long the next block takes, the deadline holds. That takes a task of its own.
        if self.deadline is None:
            await self.coming()
        else:
            past = core.ticks_diff(core.ticks_ms(), self.start)
            await in_time(self.coming(), self.deadline * 1000 - past)

    async def coming(self):
        while not self.block and not self.ended:
            try:
                self.block = await self.next()
            except StopAsyncIteration:
                self.ended = True


async def look_up(connection, context, resolver):
    """Set the addresses of the host of a request; a resolver returns them, or what is awaited for them."""
    connection.host = context.netloc
    connection._timeout = connection._timeouts[0]
    left = core.Connection.wait(connection, 0)
    try:
        found = resolver(context.host, context.port)
        if not isinstance(found, (list, tuple)):
            found = await in_time(found, left)
    except OSError as e:
        raise OSError(e.errno or ETIMEDOUT, "cannot connect to %s, network up?" % context.netloc)
    context.addr = list(found or ())  # None would ask again


def _resolving(make, resolver):
    # What makes connections that ask the resolver before they connect.
    def made(timeout, deadline):
        connection = make(timeout, deadline)
        name = "connect" if hasattr(connection, "connect") else "open"
        go_on = getattr(connection, name)

        def connect(context):
            if context.addr is None:
                raise StopAsyncIteration(look_up(connection, context, resolver))
            go_on(context)

        setattr(connection, name, connect)
        return connection

    return made


if _BOARD:

    async def in_time(awaitable, ms):
        """Await it within so many milliseconds."""
        try:
            return await asyncio.wait_for(awaitable, ms / 1000)
        except asyncio.TimeoutError:
            raise OSError(ETIMEDOUT, None)
else:

    async def in_time(awaitable, ms):
        """Await it within so many milliseconds."""
        # Not by wait_for(), which before 3.12 may lose a cancellation.
        future = asyncio.ensure_future(awaitable)
        try:
            await asyncio.wait((future,), timeout=ms / 1000)
            if not future.done():
                raise OSError(ETIMEDOUT, None)
        finally:
            future.cancel()
        return future.result()
