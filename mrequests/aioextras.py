"""What few programs ask of aio; loaded when it is first used."""

import asyncio
import sys

_BLOCK = 1024 if sys.implementation.name == "micropython" else 16384
_NEVER = 1 << 28  # milliseconds, three days


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


def iter_lines(response, need, chunk_size=256, max_line=32768):
    """Return an asynchronous iterator of the lines of the body without their ends."""
    return _Each(_lines(response, need, chunk_size, max_line))


def _lines(response, need, chunk_size, max_line):
    # A coroutine function that returns the next line.
    buf = bytearray(chunk_size)
    lines = need("extras").Lines(max_line)
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


def events(response, need, max_event=32768):
    """Return an asynchronous iterator of the server-sent events of a response."""
    parser = need("sse").Parser(max_event)
    line = _lines(response, need, 256, max_event + 16)

    async def event():
        while True:
            data = await line()
            if data is None:
                return None
            found = parser.line(data)
            if found:
                return found

    return _Each(event)


def decode(response, need):
    """Have a response whose head has arrived give its body decoded."""
    module = need("decode")
    if sys.implementation.name == "micropython":
        response._sock = _Decoder(response, module, need)
    else:
        run = response._sock.run
        module.install(response)
        response._sock.run = run


class _Decoder:
    # In place of the connection of a response: receives and decodes all of the body when it is first
    # asked for. What decodes on MicroPython could only wait by blocking.

    def __init__(self, response, module, need):
        self.response = response
        self.blocks = module.blocks
        self.bound = min(response.max_size, module.BOUND)
        self.sock = response._sock
        self.open_end = response._left is None
        self.inner = need("aio").Response(self.sock)
        self.inner.max_size = 2 * self.bound + 1024  # coded it is smaller, as a rule
        for name in ("_buf", "_pos", "_end", "_left", "_room", "chunked", "_cached"):
            setattr(self.inner, name, getattr(response, name))
        response._pos = response._end = 0
        response._left = response._cached = response._content_size = None

    async def run(self, call, *args):
        """Decode, and make a call of the core that then has all that it reads."""
        response = self.response
        await self.inner._gathered()
        data = self.inner._body()
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


def lookup(response, name, need):
    """Return the attribute of a response that aio does not have."""
    if name == "status":
        return response.status_code
    if name == "iter_content":
        return lambda chunk_size=1024: iter_content(response, chunk_size)
    if name == "iter_lines":
        return lambda chunk_size=256, max_line=32768: iter_lines(response, need, chunk_size, max_line)
    if name == "events":
        return lambda max_event=32768: events(response, need, max_event)
    if name == "raw":
        raise AttributeError(name)
    return need("extras").lookup(response, name)


# --- What requests are made of ---


class _Body:
    # An asynchronous iterator as the body of a request. It hands each block to the module body,
    # which frames it, but before that the connection has to await its coming.

    block = b""
    ended = False
    progress = None

    def __init__(self, data, in_time, need):
        self.in_time = in_time
        self.next = data.__aiter__().__anext__
        self.frames = need("body").wrap(self.blocks(), None, need)

    def framing(self, context):
        return self.frames.framing(context)

    def message(self, head):
        self.frames.progress = self.progress
        self.frames._framed = self.framed
        return self.pieces(self.frames.message(head))

    def pieces(self, frames):
        yield self.fill
        for piece in frames:
            yield piece

    def framed(self, *args):
        # All of a block goes out before the next is awaited.
        frames = self.frames
        for piece in type(frames)._framed(frames, *args):
            yield piece
        yield self.fill

    def blocks(self):
        while not self.ended:
            block, self.block = self.block, b""
            yield block

    async def fill(self, connection):
        # However long the next block takes, the deadline holds.
        if connection._deadline < _NEVER:
            await self.in_time(connection, self.awaited(), _NEVER)
        else:
            await self.awaited()

    async def awaited(self):
        while not self.block and not self.ended:
            try:
                self.block = await self.next()
            except StopAsyncIteration:
                self.ended = True


async def _in_time(connection, coroutine, timeout):
    # Await it within so many ms and the deadline of a connection; aio has another one for CPython.
    from errno import ETIMEDOUT
    from time import ticks_diff, ticks_ms

    left = min(timeout, connection._deadline - ticks_diff(ticks_ms(), connection._start))
    try:
        return await asyncio.wait_for(coroutine, left / 1000 if left < _NEVER else None)
    except asyncio.TimeoutError:
        raise OSError(ETIMEDOUT, None)


def prepare(connection, data, kw, need):
    """Put a connection with that resolver into kw; return data as the core takes it."""
    resolver = kw.pop("resolver", None)
    in_time = getattr(need("aio"), "_in_time", _in_time)

    async def look_up(self, host, port):
        found = resolver(host, port)
        return await in_time(self, found, self._timeout) if hasattr(found, "send") else found

    if resolver:
        connection = kw.get("connection", connection)
        kw["connection"] = type("Connection", (connection,), {"look_up": look_up})
    return _Body(data, in_time, need) if hasattr(data, "__aiter__") else data
