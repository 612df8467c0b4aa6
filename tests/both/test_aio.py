"""Requests and responses of the asynchronous client, as far as it has ways of its own."""

import asyncio
from io import BytesIO

from loop import ANSWER, ASK, CHUNKED, OK, Later, run, served
from support import MICROPYTHON, Skip, open_fds, raises, scratch, script

from mrequests import aio

# Large blocks and decoding need more than such a heap has beside the test itself.
SMALL_HEAP_SKIP = ("test_large_asynchronous_bodies", "test_compressed_bodies")


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


def test_events_of_another_status():
    before = open_fds()
    server = served(("send", b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nnon"), ("hold", 3000))

    async def main():
        async for _ in (await aio.get(server.url, timeout=5)).events():
            raise AssertionError("there is no event")

    assert "404" in str(raises(OSError, run, main()))
    assert open_fds() == before


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


def test_an_asynchronous_body_by_position():
    for more in (), (None,), (None, {"X-A": "b"}):
        server = served(ANSWER)

        async def send(url, *args):
            return await (await aio.request("POST", url, Later(b"ab"), *args)).content()

        assert run(send(server.url, *more)) == b"hello"
        assert server.requests()[0][-12:] == b"2\r\nab\r\n0\r\n\r\n"
