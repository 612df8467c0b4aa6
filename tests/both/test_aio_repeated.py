"""Sessions remember their last request and send it again: as one that is made anew would be."""

import asyncio

from loop import ANSWER, ASK, OK, session
from support import script


def sent(server):
    """The requests that came, in order."""
    return [one + b"\r\n\r\n" for one in b"".join(server.requests()).split(b"\r\n\r\n")[:-1]]


def test_the_same_bytes():
    server = script(*[ASK, ANSWER] * 5, ("hold", 300))

    async def main(s):
        for _ in range(4):
            async with s.get(server.url + "/a?b=c") as r:
                assert await r.read() == b"hello" and r.url == server.url + "/a?b=c"
        assert await (await s.get(server.url + "/a?b=c", timeout=3)).read() == b"hello"  # made anew

    session(main, headers={"X-A": "b", "Authorization": "c"})
    first, *others = sent(server)
    assert b"GET /a?b=c HTTP/1.1\r\n" in first and b"X-A: b\r\n" in first and b"onnection" not in first
    assert others == [first] * 4


def test_what_changes_is_seen():
    server = script(*[ASK, ANSWER] * 7, ("hold", 300))
    headers = {"X-A": "1"}

    async def main(s):
        async def ask(method, path, **kw):
            await (await s.request(method, server.url + path, **kw)).read()

        await ask("GET", "/")
        headers["X-A"] = "2"
        await ask("GET", "/")
        await ask("GET", "/other")
        await ask("DELETE", "/other")
        await ask("POST", "/other", data=b"x")
        headers["Connection"] = "keep-alive"
        await ask("DELETE", "/other")
        await ask("DELETE", "/other", headers={"X-A": "3"})

    session(main, headers=headers)
    found = [(one.split(b" HTTP")[0], one[one.find(b"X-A: ") + 5 :][:1]) for one in sent(server)]
    assert [value for _, value in found[:4]] == [b"1", b"2", b"2", b"2"]
    assert [line for line, _ in found[:4]] == [b"GET /", b"GET /", b"GET /other", b"DELETE /other"]
    # The body of the POST stands before the next request.
    assert found[4][0] == b"POST /other" and found[5][0] == b"xDELETE /other"
    assert found[6] == (b"DELETE /other", b"3")


def test_redirects_of_a_repeated_request():
    target = script(*[ASK, ANSWER] * 2, ("hold", 300))
    head = b"HTTP/1.1 302 X\r\nContent-Length: 0\r\nLocation: "
    steps = []
    for _ in range(2):
        steps += [
            ASK,
            ("send", head + b"/b\r\n\r\n"),
            ASK,
            ("send", head + target.url.encode() + b"/c\r\n\r\n"),
        ]
    server = script(*steps, ("hold", 300))

    async def main(s):
        for _ in range(2):
            async with s.get(server.url + "/a") as r:
                assert await r.read() == b"hello" and r.url == target.url + "/c"

    session(main, headers={"Authorization": "secret"}, max_redirects=2)
    first = sent(server)
    assert [one.split(b" ")[1] for one in first] == [b"/a", b"/b"] * 2
    assert all([b"Authorization: secret\r\n" in one for one in first])
    assert not [one for one in sent(target) if b"uthorization" in one]


def test_a_connection_that_has_died_is_replaced():
    server = script([ASK, ANSWER, ASK], [ASK, ANSWER, ("hold", 300)])

    async def main(s):
        for _ in range(2):
            async with s.get(server.url + "/a") as r:
                assert await r.read() == b"hello"

    session(main)
    assert [one.count(b"GET /a HTTP/1.1") for one in server.requests()] == [2, 1]


def test_many_at_once():
    server = script(ASK, ("sleep", 50), ANSWER, ("hold", 300), connections=4)

    async def main(s):
        async def one():
            async with s.get(server.url + "/a") as r:
                return await r.read()

        assert await asyncio.gather(*[one() for _ in range(4)]) == [b"hello"] * 4

    session(main)
    assert len(set(server.requests())) == 1
    assert OK.endswith(b"hello")
