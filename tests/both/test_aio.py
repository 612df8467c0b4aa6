"""What only the asynchronous client has: bodies to await, a loop that goes on, many at once, cancellation."""

import asyncio
import gc
from errno import ETIMEDOUT
from io import BytesIO

from loop import run
from support import CA_DER, HTTPBIN_TLS, MICROPYTHON, Skip, open_fds, raises, scratch, script, ticks

from mrequests import aio

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\n, y\r\n0\r\n\r\n"
ASK = ("recv",)
ANSWER = ("send", OK)

# TLS, large blocks and decoding need more than such a heap has beside the test itself.
SMALL_HEAP_SKIP = (
    "test_handshakes_do_not_block",
    "test_cancelled_over_tls",
    "test_many_at_once_over_tls",
    "test_large_asynchronous_bodies",
    "test_compressed_bodies",
)


def served(*steps, **kw):
    """A server that reads a request and goes through these steps."""
    return script(ASK, *steps, **kw)


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


# --- Requests and responses ---


def test_all_verbs():
    verbs = "get", "head", "post", "put", "patch", "delete", "options"
    server = script(*[[ASK, ("send", OK if verb != "head" else OK[:-5])] for verb in verbs])

    async def main():
        for verb in verbs:
            r = await getattr(aio, verb)(server.url, timeout=5)
            assert r.status_code == 200 and r.ok

    run(main())
    lines = [request.split(b" ")[0] for request in server.requests()]
    assert lines == [verb.upper().encode() for verb in verbs]


def test_ways_to_read():
    server = served(("send", CHUNKED), connections=10)
    path = scratch("aio")

    async def main():
        async def response():
            return await aio.get(server.url, timeout=5)

        r = await response()
        for _ in range(2):
            assert await r.content() == await r.read() == b"hello, y" and await r.text() == "hello, y"
        r = await response()
        assert (await r.read(3), await r.read(4), await r.read(), await r.read(2)) == (
            b"hel",
            b"lo, ",
            b"y",
            b"",
        )
        r = await response()
        buf = bytearray(3)
        assert await r.readinto(buf) == 3 and buf == b"hel" and await r.readinto(buf, 1) == 1
        assert await r.read() == b"o, y" and await r.readinto(buf) == 0
        assert await (await response()).save(path) == 8
        with open(path, "rb") as file:
            assert file.read() == b"hello, y"
        file = BytesIO()
        seen = []
        size = await (await response()).saveinto(file, bytearray(5), progress=lambda *a: seen.append(a))
        assert size == 8 and file.getvalue() == b"hello, y" and seen[-1] == (8, None)
        parts = []
        async for part in (await response()).iter_content(4):
            assert 0 < len(part) <= 4
            parts.append(part)
        assert b"".join(parts) == b"hello, y"

    before = open_fds()
    run(main())
    assert open_fds() == before


def test_reading_after_close_is_an_error():
    server = served(("send", OK[:-1]), ("hold", 3000))

    async def main():
        async with await aio.get(server.url, timeout=5) as r:
            assert await r.read(2) == b"he"
        await r.read()

    before = open_fds()
    raises(ValueError, run, main())
    assert open_fds() == before


def test_lines():
    text = b"one\r\ntwo\n\nthree\rfour"
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(text)
    for size in (1, 3, 256):
        server = served(("bytewise", head + text, 1))

        async def main(server=server, size=size):
            lines = []
            async for line in (await aio.get(server.url, timeout=5)).iter_lines(size):
                lines.append(line)
            return lines

        assert run(main()) == [b"one", b"two", b"", b"three", b"four"]


def test_events():
    try:
        from mrequests import sse
    except ImportError:
        raise Skip("there is no module sse")
    assert sse
    text = b"event: a\r\ndata: one\r\n\r\n: comment\ndata: two\ndata: lines\n\ndata: cut"
    server = served(("bytewise", b"HTTP/1.1 200 OK\r\n\r\n" + text, 1))

    async def main():
        found = []
        async for event in (await aio.get(server.url, timeout=5)).events():
            found.append((event.event, event.data))
        return found

    assert run(main()) == [("a", "one"), ("message", "two\nlines")]


def test_lines_are_bounded():
    server = served(("send", b"HTTP/1.1 200 OK\r\n\r\n"), ("send", b"0123456789", 100), ("hold", 3000))

    async def main():
        async for _ in (await aio.get(server.url, timeout=5)).iter_lines(max_line=300):
            raise AssertionError("there is no line")

    before = open_fds()
    raises(ValueError, run, main())
    assert open_fds() == before


def test_compressed_bodies():
    try:
        from mrequests import decode
    except ImportError:
        raise Skip("there is no module decode")
    assert decode
    # 3000 times the letter a, by gzip.
    packed = (
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc11\x01\x00\x00\x00\xc2\xa0\xac\xeb_\xc2\x1a"
        b"\x1e@\x01\x00\x00\xef\x06\xc8<\xdc^\xb8\x0b\x00\x00"
    )
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
    whole = head + b"Content-Length: %d\r\n\r\n" % len(packed) + packed
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"
    for i in range(0, len(packed), 7):
        chunked += b"%x\r\n%s\r\n" % (len(packed[i : i + 7]), packed[i : i + 7])
    chunked += b"0\r\n\r\n"

    async def main(url):
        async def response(**kw):
            return await aio.get(url, timeout=5, **kw)

        assert await (await response()).text() == "a" * 3000
        assert await (await response()).read() == b"a" * 3000
        async with await response() as r:
            buf = bytearray(100)
            n = await r.readinto(buf)
            assert 0 < n <= 100 and bytes(buf[:n]) == b"a" * n
            assert await r.read() == b"a" * (3000 - n)
        try:
            await (await response(max_size=2999)).text()
            raise AssertionError("more than max_size")
        except ValueError:
            pass

    before = open_fds()
    for raw in (whole, chunked):
        server = served(("bytewise", raw, 1), connections=4)
        run(main(server.url))
    assert open_fds() == before


def test_max_size():
    server = served(("send", CHUNKED), connections=3)

    async def main(size):
        return await (await aio.get(server.url, max_size=size, timeout=5)).text()

    before = open_fds()
    assert run(main(8)) == "hello, y"
    raises(ValueError, run, main(7))
    raises(ValueError, run, main(4))
    assert open_fds() == before


def test_asynchronous_bodies():
    cases = (
        ((b"one", "two", b"", b"three"), {}, b"3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n"),
        ((), {}, b"0\r\n\r\n"),
        ((b"one", b"two"), {"Content-Length": 6}, b"onetwo"),
    )
    check_bodies(cases)


def test_large_asynchronous_bodies():
    # The head goes out alone.
    block = b"x" * (1100 if MICROPYTHON else 70000)
    check_bodies((((block, b"y"), {}, b"%x\r\n%s\r\n1\r\ny\r\n0\r\n\r\n" % (len(block), block)),))


def check_bodies(cases):
    """Send the items of each case with these headers; the body must be the third."""
    server = script(ASK, ANSWER, connections=len(cases))

    async def main():
        for items, headers, _ in cases:
            r = await aio.post(server.url, data=Later(*items), headers=headers, timeout=5)
            assert r.status == 200

    run(main())
    requests = server.requests()
    for (_, headers, body), request in zip(cases, requests):
        assert request.split(b"\r\n\r\n", 1)[1] == body, request
        assert (b"chunked" in request) is not bool(headers)


def test_asynchronous_bodies_that_fail():
    to = b"HTTP/1.1 307 x\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"
    before = open_fds()

    async def send(server, **kw):
        await aio.post(server.url, timeout=5, **kw)

    server = script(("recv_head",), ("hold", 3000))
    raises(KeyError, run, send(server, data=Later(b"x", KeyError("x"))))
    server = script(("recv_head",), ("hold", 3000))
    raises(ValueError, run, send(server, data=Later(b"xyz"), headers={"Content-Length": 2}))
    server = script(ASK, ("send", to), connections=2)
    raises(ValueError, run, send(server, data=Later(b"x")))
    assert open_fds() == before


def test_resolver():
    server = served(ANSWER, connections=2)
    asked = []

    def resolve(host, port):
        import socket

        asked.append(host)
        return socket.getaddrinfo("127.0.0.1", server.port, 0, socket.SOCK_STREAM)

    async def resolve_later(host, port):
        await asyncio.sleep(0.01)
        return resolve(host, port)

    async def main():
        for resolver in (resolve, resolve_later):
            r = await aio.get("http://name.invalid/", resolver=resolver, timeout=5)
            assert await r.text() == "hello"

    run(main())
    assert asked == ["name.invalid"] * 2


def test_unknown_names_are_errors():
    raises(TypeError, aio.get, "http://h/", no_such_keyword=1)
    raises(ValueError, aio.get, "http://h/", headers={"a": "b\n"})


# --- The loop goes on ---


class Gaps:
    """Runs beside a request, and measures for how long it could not."""

    worst = 0

    async def watch(self):
        """Tick until cancelled."""
        last = ticks()
        while True:
            await asyncio.sleep(0.005)
            now = ticks()
            self.worst = max(self.worst, now - last)
            last = now


def beside(coroutine, *expected):
    """Run it beside something else, which must never wait for long; how long the whole took."""

    async def main():
        gaps = Gaps()
        watch = asyncio.create_task(gaps.watch())
        await asyncio.sleep(0.02)
        begin = ticks()
        try:
            await coroutine
        except expected:
            pass
        finally:
            took = ticks() - begin
            watch.cancel()
        return took, gaps.worst

    before = open_fds()
    took, worst = run(main())
    assert worst < 150, "nothing else ran for %d ms of %d" % (worst, took)
    assert open_fds() == before
    return took


async def get(url, **kw):
    return await (await aio.get(url, **kw)).content()


def test_slow_servers_do_not_block():
    for steps in (
        [("sleep", 400), ANSWER],
        [("send", OK[:20]), ("sleep", 400), ("send", OK[20:])],
        [("send", OK[:-2]), ("sleep", 400), ("send", OK[-2:])],
        [("bytewise", CHUNKED, 5)],
    ):
        assert beside(get(served(*steps).url, timeout=5)) > 350


def test_time_outs_do_not_block():
    server = script(("hold", 5000), connections=2)
    assert 250 < beside(get(server.url, timeout=0.3), OSError) < 800
    assert 250 < beside(get(server.url, timeout=5, deadline=0.3), OSError) < 800


def test_handshakes_do_not_block():
    server = script(("hold", 5000))
    took = beside(get("https" + server.url[4:], timeout=0.3, verify=False), OSError)
    assert 250 < took < 800
    beside(get(HTTPBIN_TLS + "/get", timeout=5, verify=CA_DER))


def test_uploads_do_not_block():
    server = script(("recv_head",), ("sleep", 400), ("recv_body",), ANSWER)
    data = b"x" * 1000

    async def upload():
        r = await aio.post(server.url, data=(data for _ in range(9000)), timeout=5)
        assert r.status == 200

    assert beside(upload()) > 350


def test_a_fast_server_does_not_block():
    # There is always something to read, and other tasks run all the same.
    endless = b"HTTP/1.0 200 OK\r\n\r\n"
    server = served(("send", endless), ("send", b"0123456789" * 100, 6000000))

    async def drain():
        r = await aio.get(server.url, deadline=0.6)
        buf = bytearray(1024)
        while await r.readinto(buf):
            pass

    assert 500 < beside(drain(), OSError) < 1100


def test_names_do_not_block_on_cpython():
    if MICROPYTHON:
        raise Skip("the look-up of MicroPython blocks")
    from time import sleep

    from mrequests import mrequests as core

    class Slow:
        def __getattr__(self, name):
            return getattr(real, name)

        def getaddrinfo(self, host, *args):
            if len(args) < 4:
                sleep(0.4)
            return real.getaddrinfo(host, *args)

    server = served(ANSWER)
    real = core.socket
    core.socket = Slow()
    try:
        run(asyncio.sleep(0))
        run(get(server.url))  # an address needs no thread
        before = open_fds()
        assert before
        server = served(ANSWER)
        assert beside(get("http://localhost:%d/" % server.port, timeout=5)) > 350
    finally:
        core.socket = real


# --- Many at once ---


def overlapped(count, delay, tls=False, **kw):
    """Milliseconds for one page from a server that takes its time, and for many at once."""
    server = script(ASK, ("sleep", delay), ANSWER, connections=count + 1, tls=tls)

    async def page():
        async with await aio.get(server.url, timeout=10, **kw) as r:
            assert await r.text() == "hello"

    async def main():
        begin = ticks()
        await page()
        one = ticks() - begin
        begin = ticks()
        await asyncio.gather(*[page() for _ in range(count)])
        return one, ticks() - begin

    before = open_fds()
    result = run(main())
    assert open_fds() == before
    return result


def at_most(factor, count):
    """So many pages at once take at most so many times as long as one; a busy machine may try again."""
    seen = []
    for _ in range(3):
        seen.append(overlapped(count, 350))
        one, many = seen[-1]
        assert 350 <= one <= many + 50
        if many <= factor * one:
            return
    raise AssertionError(seen)


def test_two_at_once():
    at_most(1.1, 2)


def test_eight_at_once():
    at_most(1.3, 8)


def test_fifty_at_once_on_cpython():
    if MICROPYTHON:
        raise Skip("eight are enough for a board")
    at_most(1.3, 50)


def test_many_at_once_over_tls():
    overlapped(3, 100, tls=True, verify=CA_DER)


def test_heap_stays_flat():
    # The long form is benchmarks/asynchronous.py --soak.
    def taken():
        gc.collect()
        return gc.mem_alloc() if MICROPYTHON else len(gc.get_objects())

    async def main():
        async with aio.Session(timeout=5) as session:
            for turn in range(20):
                server = script(*[ASK, ANSWER] * 6)
                for _ in range(6):
                    async with session.get(server.url) as r:
                        assert await r.text() == "hello"
                server = served(ANSWER, connections=5)
                for _ in range(5):
                    assert await get(server.url, timeout=5, deadline=9) == b"hello"
                if turn == 3:
                    before = taken()
        return taken() - before

    grown = run(main())
    assert grown < (512 if MICROPYTHON else 100), grown


# --- Cancellation ---


def left():
    """How many tasks there are besides this one, and sockets that somebody waits for."""
    if MICROPYTHON:
        from asyncio import core

        return len(core._io_queue.map) + (core._task_queue.peek() is not None)
    return len(asyncio.all_tasks()) - 1


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
