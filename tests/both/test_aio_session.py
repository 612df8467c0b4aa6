"""Sessions: which connections are kept, for whom, how many, and what happens when one has died."""

import asyncio
from errno import ETIMEDOUT

from loop import ANSWER, ASK, CHUNKED, OK, run, session
from support import CA_DER, MICROPYTHON, raises, script, ticks

from mrequests import aio

# TLS needs more than such a heap has beside the test itself.
SMALL_HEAP_SKIP = ("test_over_tls", "test_one_connection_over_tls_at_a_time")


def played(server, count):
    """How many requests came on each of the connections."""
    requests = server.requests()
    assert len(requests) == count, len(requests)
    return [request.count(b"HTTP/1.1\r\n") for request in requests]


def test_a_connection_is_used_again():
    server = script(ASK, ANSWER, ASK, ("send", CHUNKED), ASK, ANSWER, ("hold", 3000))

    async def main(s):
        for read in ("content", "text", "read"):
            async with s.get(server.url) as r:
                assert r.status_code == r.status == 200
                assert await getattr(r, read)() in (b"hello", "hello, y")

    session(main)
    assert played(server, 1) == [3]


def test_connection_header():
    server = script(ASK, ANSWER, ASK, ANSWER, ("hold", 3000))

    async def main(s):
        await s.get(server.url)
        await s.get(server.url, headers={"connection": "close"})

    session(main)
    (request,) = server.requests()
    assert request.lower().count(b"connection:") == 1, request


def test_what_cannot_be_kept():
    for answer in (
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        OK + b"HTTP/1.1 200 EVIL\r\nContent-Length: 0\r\n\r\n",
    ):
        server = script(ASK, ("send", answer), ("hold", 3000), connections=2)

        async def main(s, server=server):
            for _ in range(2):
                assert await (await s.get(server.url)).text() == "hello"

        session(main)
        assert played(server, 2) == [1, 1], answer


def test_until_close_and_half_read_are_not_kept():
    server = script([ASK, ("send", b"HTTP/1.1 200 OK\r\n\r\nhello")], [ASK, ("send", OK[:-2])], [ASK, ANSWER])

    async def main(s):
        assert await (await s.get(server.url)).text() == "hello"
        async with s.get(server.url) as r:
            assert await r.read(2) == b"he"
        assert await (await s.get(server.url)).text() == "hello"

    session(main)
    assert played(server, 3) == [1, 1, 1]


def test_http_1_0_may_be_kept():
    old = b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 5\r\n\r\nhello"
    server = script(ASK, ("send", old), ASK, ("send", old), ("hold", 3000))

    async def main(s):
        for _ in range(2):
            await s.get(server.url)

    session(main)
    assert played(server, 1) == [2]


def test_a_dead_connection_is_noticed_before_it_is_used():
    # Also by a request that may not be sent twice.
    for end in (("close",), ("reset",), ("send", b"HTTP/1.1 408 Late\r\n\r\n")):
        server = script([ASK, ANSWER, ("sleep", 50), end], [ASK, ANSWER, ("hold", 3000)])

        async def main(s, server=server):
            await s.get(server.url)
            await asyncio.sleep(0.3)
            assert await (await s.post(server.url, data=b"x")).text() == "hello"

        session(main)
        assert played(server, 2) == [1, 1], end


def test_a_connection_that_dies_is_replaced_once():
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
        answer = OK[:-5] if method == "HEAD" else OK
        server = script([ASK, ANSWER, ASK, ("close",)], [ASK, ("send", answer), ("hold", 3000)])

        async def main(s, server=server, method=method):
            await s.get(server.url)
            assert (await s.request(method, server.url)).status == 200

        session(main)
        assert played(server, 2) == [2, 1], method


def fails(server, *arguments, **kw):
    async def main(s):
        await s.get(server.url)
        try:
            await s.request(*arguments, **kw)
        except OSError:
            return
        raise AssertionError("no error")

    session(main)


def test_never_twice_what_may_not_be():
    for method in ("POST", "PATCH", "LINK"):
        server = script([ASK, ANSWER, ASK, ("reset",)], [ASK, ANSWER])
        fails(server, method, server.url, data=b"x")
        assert played(server, 1) == [2], method


def test_replaced_only_once():
    server = script([ASK, ANSWER, ASK, ("close",)], [ASK, ("close",)], [ASK, ANSWER])
    fails(server, "GET", server.url)
    assert played(server, 2) == [2, 1]


def test_not_after_part_of_the_response():
    for part in (b"H", OK[:20], b"HTTP/1.1 100 Continue\r\n\r\n"):
        server = script([ASK, ANSWER, ASK, ("send", part)], [ASK, ANSWER])
        fails(server, "GET", server.url)
        assert played(server, 1) == [2], part


def test_not_after_a_time_out():
    server = script([ASK, ANSWER, ASK, ("hold", 1000)], [ASK, ANSWER])
    fails(server, "GET", server.url, timeout=0.2)
    assert played(server, 1) == [2]


def test_not_with_a_body_that_is_used_up():
    server = script([ASK, ANSWER, ASK, ("reset",)], [ASK, ANSWER])
    fails(server, "PUT", server.url, data=iter([b"x"]))
    assert played(server, 1) == [2]


def test_redirects_use_the_connection():
    to = b"HTTP/1.1 302 x\r\nLocation: /y\r\nContent-Length: 3\r\n\r\nold"
    server = script(ASK, ("send", to), ASK, ANSWER, ("hold", 3000))

    async def main(s):
        r = await s.get(server.url)
        assert r.status == 200 and r.url == server.url + "/y"

    session(main)
    assert played(server, 1) == [2]


def test_origins_do_not_mix():
    servers = [script(ASK, ANSWER, ASK, ANSWER, ("hold", 3000)) for _ in range(2)]

    async def main(s):
        for _ in range(2):
            for server in servers:
                await s.get(server.url)

    session(main)
    assert [played(server, 1) for server in servers] == [[2], [2]]


def test_secrets_stay_with_their_origin():
    other = script(ASK, ANSWER)
    to = b"HTTP/1.1 302 x\r\nLocation: %s/\r\nContent-Length: 0\r\n\r\n" % other.url.encode()
    server = script(ASK, ("send", to), ("hold", 3000))

    async def main(s):
        await s.get(server.url)

    session(main, headers={"authorization": "x", "X-Key": "1"})
    assert b"authorization: x" in server.requests()[0]
    (request,) = other.requests()
    assert b"authorization" not in request and b"X-Key: 1" in request


def test_headers_and_defaults():
    server = script(ASK, ANSWER, ASK, ANSWER, ASK, ANSWER, ("hold", 3000))
    headers = {"X-A": "1", b"X-B": "2"}

    async def main(s):
        await s.get("/x", headers={"x-a": "3", "X-B": None})
        await s.post("/y", json={"a": 1}, auth=("u", "p"))

        await s.get(server.url + "/z")

    session(main, base_url=server.url, headers=headers, params={"q": 1}, limit=0)
    assert headers == {"X-A": "1", b"X-B": "2"}
    first, second = server.requests()[0].split(b"POST ")
    second, third = second.split(b"GET ")
    assert third.startswith(b"/z?q=1 ")
    assert first.startswith(b"GET /x?q=1 ") and b"x-a: 3" in first and b"X-A" not in first
    assert b"X-B" not in first and b"\r\nX-B: 2\r\n" in second and b"\r\nX-A: 1\r\n" in second
    assert second.startswith(b"/y?q=1 ") and b"Authorization: Basic" in second


def test_bound():
    slow = [ASK, ("sleep", 150), ANSWER] * 3 + [("hold", 3000)]
    for bounds, count in (({"limit": 1}, 1), ({"limit": 2}, 2), ({"limit": 4, "limit_per_host": 2}, 2)):
        server = script(*[slow] * count)

        async def main(s, server=server):
            async def one():
                async with s.get(server.url) as r:
                    assert await r.text() == "hello"

            await asyncio.gather(one(), one(), one())

        begin = ticks()
        session(main, **bounds)
        took = ticks() - begin
        assert (3 if count == 1 else 2) * 150 <= took < 900, took
        assert sorted(played(server, count)) == ([3] if count == 1 else [1, 2])


def test_bound_counts_what_is_idle():
    servers = [script(ASK, ANSWER, ("hold", 3000)) for _ in range(3)]

    async def main(s):
        for server in servers:
            await s.get(server.url)
        assert len(s.idle) == 2
        assert servers[0].closed() == [True]

    session(main, limit=2)


def test_waiting_for_a_turn_ends_in_time():
    server = script([ASK, ("send", OK[:-1]), ("hold", 3000)])

    async def main(s):
        async with s.get(server.url):
            begin = ticks()
            try:
                await s.get(server.url, timeout=0.2)
                raise AssertionError("no error")
            except OSError as error:
                assert error.errno == ETIMEDOUT
            assert 150 < ticks() - begin < 900
            task = asyncio.create_task(hold(s))
            await asyncio.sleep(0.05)
            task.cancel()
            try:
                await task
                raise AssertionError("not cancelled")
            except asyncio.CancelledError:
                pass

    async def hold(s):
        await s.get(server.url)

    session(main, limit=1)
    assert played(server, 1) == [1]


def test_bound_after_failures():
    # Nothing that fails may use up a place.
    dead = script(ASK)
    dead.requests()
    server = script([ASK, ("send", b"nonsense\r\n\r\n")], [ASK], [ASK, ANSWER])

    async def main(s):
        for _ in range(3):
            try:
                await s.get(dead.url)
            except OSError:
                pass
        for kind in (ValueError, OSError):
            try:
                await s.get(server.url)
                raise AssertionError("no error")
            except kind:
                pass
        assert (await s.get(server.url)).status == 200

    session(main, limit=1)


def test_over_tls():
    server = script(ASK, ANSWER, ASK, ANSWER, ("hold", 3000), tls=True)

    async def main(s):
        for _ in range(2):
            assert await (await s.get(server.url)).text() == "hello"

    session(main, verify=CA_DER)
    assert played(server, 1) == [2]


def test_one_connection_over_tls_at_a_time():
    servers = [script(ASK, ("sleep", 100), ANSWER, ("hold", 3000), tls=True) for _ in range(2)]

    async def main(s):
        async def one(server):
            async with s.get(server.url) as r:
                assert await r.text() == "hello"

        await asyncio.gather(*[one(server) for server in servers])
        assert len(s.idle) == 1

    session(main, verify=False, **({} if MICROPYTHON else {"limit_tls": 1}))


def test_in_a_task():
    server = script(ASK, ANSWER, connections=3)

    async def main(s):
        r = await asyncio.create_task(s.get(server.url))
        assert r.status == 200
        (r,) = await asyncio.gather(s.get(server.url))
        assert r.status == 200
        r = await asyncio.wait_for(s.get(server.url), 5)
        assert r.status == 200

    session(main)


def test_a_closed_session():
    async def main():
        s = aio.Session()
        await s.close()
        await s.get("http://127.0.0.1:1/")

    raises(ValueError, run, main())
