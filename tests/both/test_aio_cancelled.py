"""Cancellation at every step of an exchange, and time-outs: nothing is left."""

import asyncio
import gc
from errno import ETIMEDOUT
from time import sleep

from loop import ANSWER, ASK, CHUNKED, OK, Later, get, left, run, served
from support import open_fds, script, ticks

from mrequests import aio

# TLS needs more than such a heap has beside the test itself.
SMALL_HEAP_SKIP = ("test_cancelled_over_tls",)


async def cancelled_after(count, coroutine):
    """Cancel a task after so many steps of the loop; neither a task nor a descriptor is left."""
    before = open_fds()
    task = asyncio.create_task(coroutine)
    for _ in range(count):
        await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass
    for _ in range(3):
        await asyncio.sleep(0)
    assert not left(), "after step %d: %d" % (count, left())
    assert open_fds() == before, "after step %d: %d open" % (count, open_fds() - before)


def cancelled_at_every_step(exchange, *steps, tls=False):
    """Cancel exchange(url) after each of the first 200 steps; the server goes through these steps."""
    for begin in range(0, 200, 10):
        gc.collect()
        server = script(*steps, connections=10, tls=tls)

        async def main(url=server.url, begin=begin):
            for count in range(begin, begin + 10):
                await cancelled_after(count, exchange(url))

        run(main())


def test_cancelled():
    cancelled_at_every_step(lambda url: get(url, timeout=5, deadline=9), ASK, ("bytewise", CHUNKED, 1))


def test_cancelled_without_limits():
    cancelled_at_every_step(get, ASK, ("send", CHUNKED))


def test_cancelled_over_tls():
    cancelled_at_every_step(lambda url: get(url, timeout=5, verify=False), ASK, ("send", CHUNKED), tls=True)


def test_cancelled_upload():
    async def upload(url):
        await aio.post(url, data=Later(*[b"x" * 1000] * 9), timeout=5)

    cancelled_at_every_step(upload, ("recv_head",), ("hold", 50))


def test_cancelled_in_a_session():
    async def main(url):
        async with aio.Session(timeout=5, limit=1) as session:
            for _ in range(2):
                async with session.get(url) as r:
                    assert await r.text() == "hello"

    cancelled_at_every_step(main, *[ASK, ANSWER] * 2, ("hold", 100))


def test_closed_by_another_task():
    server = served(("send", OK[:-1]), ("hold", 3000), connections=2)

    async def main():
        before = open_fds()
        r = await aio.get(server.url, timeout=5)
        task = asyncio.create_task(r.text())
        await asyncio.sleep(0.05)
        r.close()
        again = asyncio.create_task(get(server.url, timeout=0.2))  # with the same descriptor
        begin = ticks()
        for one, kind in (task, ValueError), (again, OSError):
            try:
                await one
                raise AssertionError("no error")
            except kind:
                pass
        assert ticks() - begin < 1000
        await asyncio.sleep(0)
        assert open_fds() == before and not left()

    run(main())


def test_wait_for():
    server = script(("hold", 5000), connections=2)

    async def main():
        before = open_fds()
        for kw in ({}, {"timeout": 5, "deadline": 5}):
            try:
                await asyncio.wait_for(get(server.url, **kw), 0.1)
                raise AssertionError("no time-out")
            except asyncio.TimeoutError:
                pass
            await asyncio.sleep(0)
            assert open_fds() == before and not left()

    run(main())
    assert server.closed() == [True, True]


def test_time_outs_leave_nothing():
    server = script(("hold", 5000))

    async def main():
        try:
            await get(server.url, timeout=0.1)
            raise AssertionError("no time-out")
        except OSError as error:
            assert error.errno == ETIMEDOUT
        await asyncio.sleep(0)
        assert not left()

    run(main())


def test_cancelled_when_its_time_is_over():
    # The loop was busy with something else, and both are due when it goes on.
    async def main():
        for steps in range(2):
            server = script(("hold", 1000))
            task = asyncio.create_task(get(server.url, timeout=0.05))
            await asyncio.sleep(0.02)
            sleep(0.1)
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            try:
                await task
                raise AssertionError("no error")
            except asyncio.CancelledError:
                pass
            await asyncio.sleep(0)
            assert not left()

    run(main())
