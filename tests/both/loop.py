"""Runs coroutines for tests, and has what they share."""

import asyncio
import gc

from support import MICROPYTHON, open_fds, script

from mrequests import aio

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\n, y\r\n0\r\n\r\n"
ASK = ("recv",)
ANSWER = ("send", OK)

if MICROPYTHON:
    run = asyncio.run
else:
    _loop = asyncio.new_event_loop()

    def run(coroutine):
        """Run to the end, in a loop that is always the same: so its descriptors are no leak."""
        return _loop.run_until_complete(coroutine)


def served(*steps, **kw):
    """A server that reads a request and goes through these steps."""
    return script(ASK, *steps, **kw)


def session(function, **kw):
    """Run function(session), and close; nothing stays open."""

    async def main():
        async with aio.Session(timeout=5, **kw) as made:
            return await function(made)

    gc.collect()  # for the sake of small heaps
    before = open_fds()
    result = run(main())
    assert open_fds() == before, "%d left open" % (open_fds() - before)
    return result


async def get(url, **kw):
    """The body of the answer to a GET."""
    return await (await aio.get(url, **kw)).content()


def left():
    """How many tasks there are besides this one, and sockets that somebody waits for."""
    if MICROPYTHON:
        from asyncio import core

        return len(core._io_queue.map) + (core._task_queue.peek() is not None)
    return len(asyncio.all_tasks()) - 1


class Later:
    """An asynchronous iterator, as MicroPython has no asynchronous generators."""

    def __init__(self, *items):
        self.items = list(items)

    def __aiter__(self):
        return self

    async def __anext__(self):
        await asyncio.sleep(0.01)
        if not self.items:
            raise StopAsyncIteration
        item = self.items.pop(0)
        if isinstance(item, Exception):
            raise item
        return item
