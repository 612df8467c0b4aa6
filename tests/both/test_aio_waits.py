"""What the limits of time count, and what they do not."""

import asyncio
from errno import ETIMEDOUT

from loop import CHUNKED, OK, Later, get, left, run, served
from support import MICROPYTHON, open_fds, raises, script, ticks

from mrequests import aio

CPYTHON_ONLY = ("test_the_system_looks_up_in_time",)
# Others decode what has arrived, while they wait.
MICROPYTHON_ONLY = (
    "test_a_body_that_came_in_pieces_is_kept_once",
    "test_others_run_while_a_body_is_decoded",
    "test_what_comes_compressed_is_bounded_on_its_way",
)
# Decoding needs more than such a heap has beside the tests.
SMALL_HEAP_SKIP = (
    "test_a_body_that_came_in_pieces_is_kept_once",
    "test_others_run_while_a_body_is_decoded",
    "test_what_comes_compressed_is_bounded_on_its_way",
)


def test_each_wait_has_the_time_out_of_its_own():
    # Whatever comes bit by bit may take longer in all, as in the blocking client.
    for steps in (
        [("bytewise", OK, 25)],
        [("send", OK[:-5]), ("bytewise", b"hello", 250)],
        [("send", CHUNKED[:-2]), ("bytewise", b"A: %s\r\n\r\n" % (b"b" * 40), 25)],
    ):
        assert run(get(served(*steps).url, timeout=0.7))[:5] == b"hello"


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

    assert run(main()) == ["the response is closed", "two tasks read"]


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


def test_a_block_is_sent_before_the_next_is_awaited():
    # A small one, and one that goes out in pieces.
    for size in (100, 1100 if MICROPYTHON else 40000):
        run(answered_in_between(size))


async def answered_in_between(size):
    """Send a block of this size, and the next when that has arrived."""
    arrived = asyncio.Event()

    class Blocks:
        left = 2

        def __aiter__(self):
            return self

        async def __anext__(self):
            self.left -= 1
            if not self.left:
                await asyncio.wait_for(arrived.wait(), 3)
                raise StopAsyncIteration
            return b"x" * size

    async def serve(reader, writer):
        while (await reader.readline()).strip():
            pass
        chunk = b"%x\r\n%s\r\n" % (size, b"x" * size)
        assert await reader.readexactly(len(chunk)) == chunk
        arrived.set()
        writer.write(OK)
        await writer.drain()
        await reader.read(5)
        writer.close()

    server = None
    for port in range(50000, 50100):
        try:
            server = await asyncio.start_server(serve, "127.0.0.1", port)
            break
        except OSError:
            pass
    r = await aio.post("http://127.0.0.1:%d/" % port, data=Blocks(), timeout=5)
    assert r.status == 200 and arrived.is_set()
    server.close()


def test_waiting_for_a_block_ends_with_the_deadline():
    class Never(Later):
        async def __anext__(self):
            await asyncio.Event().wait()

    server = script(("recv_head",), ("hold", 3000), connections=2)

    async def main():
        await asyncio.sleep(0.05)  # servers of tests before this one end
        before = open_fds()
        for limits in {"deadline": 0.2}, {"deadline": 0.2, "timeout": 5}:
            begin = ticks()
            try:
                await asyncio.wait_for(aio.post(server.url, data=Never(), **limits), 2)
                raise AssertionError("sent")
            except OSError as error:
                assert error.errno == ETIMEDOUT
            assert 150 < ticks() - begin < 1000
        await asyncio.sleep(0)
        assert open_fds() == before and not left()

    run(main())


def test_a_block_may_take_longer_than_the_time_out():
    class Slow(Later):
        async def __anext__(self):
            await asyncio.sleep(0.2)
            return await super().__anext__()

    async def main():
        r = await aio.post(served(("send", OK)).url, data=Slow(b"x"), timeout=0.1, deadline=5)
        return r.status

    assert run(main()) == 200


def test_others_run_while_a_body_is_decoded():
    packed = (  # 20000 zeros
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc11\x01\x00\x00\x00\xc2\xa0\xf5Om\r\x0f\xa0"
        b"%sx0\x02S/\x97 N\x00\x00" % bytes(19)
    )
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    server = served(("send", head + packed), ("hold", 1000))
    turns = 0

    async def others():
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async def main():
        r = await aio.get(server.url, timeout=5)
        task = asyncio.create_task(others())
        assert await r.readinto(bytearray(10)) == 10
        task.cancel()

    run(main())
    assert turns >= 15, turns


def test_what_comes_compressed_is_bounded_on_its_way():
    # A board gathers it before it is decoded.
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
    for framing in b"Content-Length: 100000\r\n\r\n", b"\r\n":
        server = served(("send", head + framing), ("send", b"x" * 1000, 100))
        error = raises(ValueError, run, get(server.url, max_size=1000, timeout=5))
        assert "max_size" in str(error), error


def test_an_address_that_does_not_answer_in_time_is_not_the_last():
    import socket

    def address(port):
        return socket.getaddrinfo("127.0.0.1", port, 0, socket.SOCK_STREAM)[0]

    port = 20000 + ticks() % 10000
    full = [socket.socket() for _ in range(4)]
    while True:
        try:
            full[0].bind(address(port)[-1])
            break
        except OSError:
            port += 1
    full[0].listen(0)
    for one in full[1:]:  # no room for others
        one.setblocking(False)
        try:
            one.connect(address(port)[-1])
        except OSError:
            pass
    server = served(("send", OK))
    found = [address(port), address(server.port)]
    before = open_fds()
    begin = ticks()
    try:
        assert run(get("http://h.invalid/", timeout=0.3, resolver=lambda host, port: found)) == b"hello"
        assert 250 < ticks() - begin < 2000
        assert open_fds() == before
    finally:
        for one in full:
            one.close()


def test_blocks_come_from_the_task_that_sends_them():
    # What a generator holds over a yield, a time-out say, belongs to its task.
    tasks = []

    class Telling(Later):
        async def __anext__(self):
            tasks.append(asyncio.current_task())
            return await super().__anext__()

    async def main():
        r = await aio.post(served(("send", OK)).url, data=Telling(b"x", b"y"), timeout=5)
        tasks.append(asyncio.current_task())
        return r.status

    assert run(main()) == 200
    assert len(tasks) == 4 and [task is tasks[0] for task in tasks] == [True] * 4


def test_a_body_that_came_in_pieces_is_kept_once():
    import gc

    data = b"x" * 12000
    server = served(("send", b"HTTP/1.1 200 OK\r\n\r\n" + data), ("sleep", 50), ("send", data))

    async def main():
        r = await aio.get(server.url)
        gc.collect()
        free = gc.mem_free()
        assert len(await r.read()) == 24000
        await asyncio.sleep(0.01)  # nothing of it is left on the stack
        gc.collect()
        assert free - gc.mem_free() < 32000

    run(main())


def test_a_resolver_that_finds_nothing_is_asked_once():
    asked = []

    async def nothing(host, port):
        asked.append(host)
        await asyncio.sleep(0)

    async def none(host, port):
        asked.append(host)
        return iter(())

    async def main():
        for resolver in nothing, none:
            try:
                await aio.get("http://h.invalid/", resolver=resolver, timeout=0.2)
                raise AssertionError("found")
            except OSError as error:
                assert "cannot connect" in str(error), error

    run(main())
    assert len(asked) == 2
