"""What the limits of time count, and what they do not."""

import asyncio
from errno import ETIMEDOUT

from loop import CHUNKED, OK, get, left, run, served
from support import open_fds, ticks

from mrequests import aio

CPYTHON_ONLY = ("test_the_system_looks_up_in_time",)


def test_each_wait_has_the_time_out_of_its_own():
    # Whatever comes bit by bit may take longer in all, as in the blocking client.
    for steps in (
        [("bytewise", OK, 10)],
        [("send", OK[:-5]), ("bytewise", b"hello", 100)],
        [("send", CHUNKED[:-2]), ("bytewise", b"A: %s\r\n\r\n" % (b"b" * 40), 10)],
    ):
        assert run(get(served(*steps).url, timeout=0.3))[:5] == b"hello"


def test_what_has_arrived_in_time_can_be_read_later():
    server = served(("send", OK), ("hold", 1000))

    async def main():
        r = await aio.get(server.url, deadline=0.2)
        await asyncio.sleep(0.3)
        return await r.read(2), await r.read()

    assert run(main()) == (b"he", b"llo")


def test_two_tasks_cannot_read_one_response():
    # The first would never be woken. Both are told.
    server = served(("send", OK[:-5]), ("hold", 3000))

    async def main():
        before = open_fds()
        r = await aio.get(server.url)
        tasks = [asyncio.create_task(r.readinto(bytearray(5))) for _ in range(2)]
        errors = []
        for task in tasks:
            try:
                await asyncio.wait_for(task, 2)
            except ValueError as error:
                errors.append(str(error))
        await asyncio.sleep(0)
        assert open_fds() == before and not left()
        return errors

    assert run(main()) == ["the response is closed", "another task reads this response"]


def test_looking_up_a_name_ends_in_time():
    async def never(host, port):
        await asyncio.Event().wait()

    async def main():
        for limits in {"timeout": 0.1}, {"deadline": 0.1}, {"timeout": (0.1, 9)}:
            begin = ticks()
            try:
                await asyncio.wait_for(aio.get("http://h.invalid/", resolver=never, **limits), 3)
                raise AssertionError("found")
            except OSError as error:
                assert error.errno == ETIMEDOUT
            assert 80 < ticks() - begin < 1000
        await asyncio.sleep(0)
        assert not left()

    run(main())


def test_the_system_looks_up_in_time():
    from threading import Event

    from mrequests import mrequests as core

    given_up = Event()

    class Slow:
        def __getattr__(self, name):
            return getattr(real, name)

        def getaddrinfo(self, host, *args):
            if len(args) < 4:  # not only an address is looked for
                given_up.wait(5)
            return real.getaddrinfo(host, *args)

    async def main():
        try:
            await aio.get("http://h.invalid/", deadline=0.1)
            raise AssertionError("found")
        except OSError as error:
            assert error.errno == ETIMEDOUT and not given_up.is_set()
        given_up.set()

    real = core.socket
    core.socket = Slow()
    try:
        run(main())
    finally:
        core.socket = real
