"""What the limits of time count, and what they do not."""

import asyncio

from loop import CHUNKED, OK, get, left, run, served
from support import open_fds

from mrequests import aio


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
