"""Sessions: what a request may say against them, which connections may not be kept, and turns."""

import asyncio
import socket

from loop import ANSWER, ASK, OK, left, session
from support import CA_DER, OTHER_CA_DER, script

from mrequests import aio

CPYTHON_ONLY = ("test_a_response_goes_with_its_last_reference",)
# TLS needs more than such a heap has beside the test itself.
SMALL_HEAP_SKIP = ("test_verify_of_a_request_goes_before_that_of_the_session",)


def test_verify_of_a_request_goes_before_that_of_the_session():
    server = script(ASK, ANSWER, ("hold", 300), tls=True, connections=4)

    async def main(s):
        seen = []
        for verify in (None, False, CA_DER, OTHER_CA_DER):
            try:
                seen.append((await s.get(server.url, verify=verify)).status)
            except OSError:
                seen.append(0)
        return seen

    assert session(main, verify=False) == [200, 200, 200, 0]
    server = script(ASK, ANSWER, ("hold", 300), tls=True, connections=4)
    assert session(main, verify=OTHER_CA_DER) == [0, 200, 200, 0]


def kept(answer=OK, headers=None, of_session=None):
    """How many connections a session keeps after one request."""
    server = script(ASK, ("send", answer), ("hold", 300))

    async def main(s):
        await (await s.get(server.url, headers=headers)).read()
        return len(s.idle)

    return session(main, headers=of_session)


def test_not_kept_after_a_request_with_connection_close():
    # Also where the server does not repeat it.
    for name, value, count in (
        ("Connection", "close", 0),
        (b"connection", b"TE, Close", 0),
        ("Connection", "keep-alive", 1),
        ("Connection", None, 1),
    ):
        assert kept(headers={name: value}) == count
        assert kept(of_session={name: value}) == count


def test_not_kept_after_doubtful_framing():
    chunked = b"Transfer-Encoding: chunked\r\n"
    for head, count in (
        (b"HTTP/1.1 200 OK\r\n" + chunked, 1),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" + chunked, 0),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + chunked, 0),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + chunked, 0),
    ):
        assert kept(head + b"\r\n1\r\nx\r\n0\r\n\r\n") == count, head


def test_cancelled_when_its_turn_has_come():
    # In each of the steps between that and the request.
    for steps in range(5):
        server = script([ASK, ("send", OK[:-1]), ("hold", 1000)], [ASK, ("hold", 1000)])

        async def main(s, server=server, steps=steps):
            r = await s.get(server.url)
            task = asyncio.create_task(other(s, server))
            await asyncio.sleep(0.02)
            r.close()
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            try:
                await task
                raise AssertionError("not cancelled after %d steps" % steps)
            except asyncio.CancelledError:
                pass
            await asyncio.sleep(0)
            assert not left() and not s._busy and not s._waiting

        async def other(s, server):
            await s.get(server.url)

        session(main, limit=1)


def test_one_place_may_let_in_two():
    async def main(s):
        async def admitted(*key):
            connection = aio.Connection(None, None)
            connection._timeout = 1000
            if not s.enter(key):
                await s.turn(connection, key)

        one = "https", "h", None
        await admitted(*one)
        waiting = [asyncio.create_task(admitted(*key)) for key in (("http", "h", None), ("https", "k", None))]
        await asyncio.sleep(0.02)
        assert len(s._waiting) == 2
        s.dismiss(one)
        await asyncio.sleep(0.02)
        assert not s._waiting and len(s._busy) == 2
        for task in waiting:
            await task

    session(main, limit=9, limit_per_host=1, limit_tls=1)


def test_no_bound():
    # As with the TCPConnector of aiohttp.
    async def main(s):
        server = script(ASK, ("sleep", 100), ANSWER, connections=6)

        async def one():
            async with s.get(server.url) as r:
                return await r.text()

        await asyncio.gather(*[one() for _ in range(6)])

    session(main, limit=0)


def test_a_url_cannot_change_the_host_of_base_url():
    server = script(*[ASK, ANSWER] * 4, ("hold", 500))

    async def main(s):
        for url in "@127.0.0.2:%d/" % server.port, ".example/", ":1/", "1/", "http://other.example/", "x":
            try:
                await s.get(url)
                raise AssertionError(url)
            except ValueError:
                pass
        found = []
        for url in "", "/x", "?x", server.url + "/y":
            found.append((await s.get(url)).url)
        return found

    found = session(main, base_url=server.url, headers={"Authorization": "secret"})
    assert found == [server.url + path for path in ("/", "/x", "/?x", "/y")]
    assert len(server.requests()) == 1

    async def below(s):
        return (await s.get("x")).url

    server = script(ASK, ANSWER, ("hold", 500))
    assert session(below, base_url=server.url + "/api/") == server.url + "/api/x"


def test_a_response_goes_with_its_last_reference():
    # Bodies may be large: none waits for the collector of cycles.
    import gc
    import weakref

    server = script(ASK, ANSWER, ("hold", 300))

    async def main(s):
        r = await s.get(server.url)
        await r.read()
        gone = weakref.ref(r)
        gc.disable()
        try:
            del r
            return gone() is None
        finally:
            gc.enable()

    assert session(main)


def test_another_connection_has_all_of_the_time_out():
    steps = [ASK, ANSWER, ASK, ("sleep", 400), ("reset",)]
    server = script(steps, [ASK, ANSWER])

    async def slow(host, port):
        await asyncio.sleep(0.3)
        return socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)

    async def main(s):
        await (await s.get(server.url)).read()
        return await (await s.get(server.url, timeout=0.6, resolver=slow)).read()

    assert session(main) == b"hello"
