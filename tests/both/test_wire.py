"""The vectors over real connections: nothing may wait for a peer that stays silent, nothing may stay open."""

import gc

from doubles import Checks
from reading import WAYS, content, expected
from support import open_fds, raises, script, ticks
from vectors import RESPONSES

import mrequests

# Scripts are opened for some vectors at a time, for the sake of small heaps.
GROUP = 2
SURPLUS = b"HTTP/1.1 200 SURPLUS\r\nContent-Length: 4\r\n\r\nevil"
LATE = 1500  # ms: far less than the server waits, far more than an answer takes


def groups():
    for i in range(0, len(RESPONSES), GROUP):
        gc.collect()
        yield RESPONSES[i : i + GROUP]


def check(play, until_close=True):
    """Each vector played by play(raw, framing), a list of steps; every time in another way of reading."""
    checks = Checks()
    turn = 0
    before = open_fds()
    for group in groups():
        group = [v for v in group if until_close or v[2] != "E"]
        server = script(*[[("recv",)] + play(v[3], v[2]) for v in group])
        for name, method, _, _, status, _, body in group:
            way = WAYS[turn % len(WAYS)]
            turn += 1
            try:
                begin = ticks()
                r = mrequests.request(method, server.url, timeout=5)
                got = way(r)
                took = ticks() - begin
                checks.see(
                    got == expected(way, body) and r.status_code == status, name, way.__name__, got[:60]
                )
                checks.see(took < LATE, name, way.__name__, "waited", took)
                checks.see(open_fds() == before, name, way.__name__, "left open")
            except Exception as e:
                checks.see(False, name, way.__name__, repr(e))
    checks.done()
    assert open_fds() == before


def test_whole_then_silence():
    check(lambda raw, framing: [("send", raw), ("hold", 3000)], until_close=False)


def test_surplus_then_silence():
    check(lambda raw, framing: [("send", raw + SURPLUS), ("hold", 3000)], until_close=False)


def test_whole_then_close():
    check(lambda raw, framing: [("send", raw)])


def test_bytewise():
    check(lambda raw, framing: [("bytewise", raw)] + ([] if framing == "E" else [("hold", 3000)]))


def test_in_pieces_with_pauses():
    check(lambda raw, framing: [("split", raw, [9, 15, len(raw) - 1], 2)])


def test_surplus_then_reset_does_no_harm():
    # What has arrived whole is whole, however the connection ends.
    check(lambda raw, framing: [("send", raw + SURPLUS), ("hold", 50), ("reset",)], until_close=False)


def test_cut_short():
    checks = Checks()
    before = open_fds()
    turn = 0
    for group in groups():
        group = [v for v in group if v[2] in "LC" and v[6]]
        for part in (1, 2, 3, 4, 5):
            cuts = [len(v[3]) - 1 if part == 5 else len(v[3]) * part // 5 - 2 for v in group]
            server = script(*[[("recv",), ("send", v[3][:cut])] for v, cut in zip(group, cuts)])
            for v, cut in zip(group, cuts):
                turn += 1
                way = WAYS[turn % len(WAYS)]
                try:
                    got = way(mrequests.request(v[1], server.url, timeout=5))
                    checks.see(False, v[0], way.__name__, "cut at", cut, "gave", got[:50])
                except OSError:
                    checks.see(open_fds() == before, v[0], "cut at", cut, way.__name__, "left open")
                except Exception as e:
                    checks.see(False, v[0], "cut at", cut, way.__name__, repr(e))
    checks.done()


def test_reset_in_the_body_in_every_way():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhel"
    before = open_fds()
    server = script(("recv",), ("send", head), ("reset",), connections=len(WAYS))
    for way in WAYS:
        raises(OSError, lambda way=way: way(mrequests.get(server.url, timeout=5)))
        assert open_fds() == before, way


def test_reset_until_close_is_no_end():
    # The reset comes after the client has the head and part of the body.
    server = script(
        ("recv",), ("send", b"HTTP/1.0 200 OK\r\n\r\nhel"), ("hold", 100), ("reset",), connections=len(WAYS)
    )
    for way in WAYS:
        raises(OSError, lambda way=way: way(mrequests.get(server.url, timeout=5)))


def test_server_that_never_answers_a_word():
    before = open_fds()
    server = script([("recv",)], [("recv",), ("reset",)], [("reset",)], [("close",)])
    for _ in range(4):
        raises(OSError, mrequests.get, server.url, timeout=5)
        assert open_fds() == before


def test_read_gives_what_has_arrived():
    # readinto() and iter_content() do not wait for a buffer to fill, read() does.
    play = (
        ("recv",),
        ("send", b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nab"),
        ("hold", 700),
        ("send", b"cdef"),
    )
    server = script(*play, connections=3)
    begin = ticks()
    with mrequests.get(server.url) as r:
        buf = bytearray(6)
        assert r.readinto(buf) == 2 and ticks() - begin < 600
        assert r.readinto(buf) == 4 and bytes(buf) == b"cdef\0\0"
    begin = ticks()
    with mrequests.get(server.url) as r:
        first = next(r.iter_content(100))
        assert first == b"ab" and ticks() - begin < 600, first
    with mrequests.get(server.url) as r:
        assert r.read(5) == b"abcde"
        assert r.read(5) == b"f"
        assert r.read(5) == b""


def test_response_is_there_with_its_head():
    # A stream of events may be silent for long before the first.
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    server = script([("recv",), ("send", head), ("sleep", 600), ("send", b"2\r\nok\r\n0\r\n\r\n")])
    begin = ticks()
    r = mrequests.get(server.url, timeout=5)
    assert r.status_code == 200 and ticks() - begin < 400
    assert r.content == b"ok" and ticks() - begin > 500


def test_chunk_is_given_as_it_comes():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    server = script(
        ("recv",),
        ("send", head + b"3\r\na\nb\r\n"),
        ("hold", 700),
        ("send", b"1\r\nc\r\n0\r\n\r\n"),
        connections=2,
    )
    begin = ticks()
    with mrequests.get(server.url) as r:
        assert r.readinto(bytearray(10)) == 3 and ticks() - begin < 600
    with mrequests.get(server.url) as r:
        begin = ticks()
        lines = r.iter_lines()
        assert next(lines) == b"a" and ticks() - begin < 600
        assert list(lines) == [b"bc"]


def large(length, framing):
    size = 1 << length
    if framing == "chunked":
        chunk = b"%x\r\n" % 1000 + b"0123456789" * 100 + b"\r\n"
        times = size // 1000
        steps = (
            ("send", b"Transfer-Encoding: chunked\r\n\r\n"),
            ("send", chunk, times),
            ("send", b"0\r\n\r\n"),
        )
        return times * 1000, steps
    times = size // 1000
    head = b"Content-Length: %d\r\n\r\n" % (times * 1000) if framing == "length" else b"\r\n"
    return times * 1000, (("send", head), ("send", b"0123456789" * 100, times))


def test_large_bodies():
    buf = bytearray(700)
    for framing in ("length", "chunked", "close"):
        size, steps = large(18, framing)
        server = script(("recv",), ("send", b"HTTP/1.1 200 OK\r\n"), *steps)
        with mrequests.get(server.url, timeout=5) as r:
            total = 0
            n = r.readinto(buf)
            while n:
                assert bytes(buf[:3]) == (b"0123456789" * 2)[total % 10 :][:3][:n] or n < 3, (framing, total)
                total += n
                n = r.readinto(buf)
        assert total == size, (framing, total)


def test_large_content():
    before = open_fds()
    for framing in ("length", "chunked", "close"):
        size, steps = large(11, framing)
        server = script(("recv",), ("send", b"HTTP/1.1 200 OK\r\n"), *steps)
        r = mrequests.get(server.url, timeout=5)
        data = content(r)
        assert len(data) == size and data[:20] == b"01234567890123456789" and data[-1:] == b"9", framing
        assert open_fds() == before


def test_readinto_takes_no_memory():
    from micropython import heap_lock, heap_unlock

    size, steps = large(14, "length")
    server = script(("recv",), ("send", b"HTTP/1.1 200 OK\r\n"), *steps)
    r = mrequests.get(server.url)
    buf = bytearray(500)
    total = 0
    error = None
    heap_lock()
    try:
        n = r.readinto(buf)
        while n:
            total += n
            n = r.readinto(buf)
    except MemoryError as e:
        error = e
    heap_unlock()
    assert error is None and total == size, (error, total)


MICROPYTHON_ONLY = ("test_readinto_takes_no_memory",)
# 11 KB in one piece beside the library and this module: more than a heap of 64 KB surely has.
SMALL_HEAP_SKIP = ("test_large_content", "test_large_bodies")
