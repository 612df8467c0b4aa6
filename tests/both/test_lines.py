"""iter_lines: every line once, at once, and none that was not sent."""

import gc

from doubles import Checks, Network
from support import MICROPYTHON, raises, script, ticks

import mrequests
from mrequests.extras import Lines

# Text, and its lines.
TEXTS = (
    (b"a\r\nb\r\nc", [b"a", b"b", b"c"]),
    (b"a\nb\n", [b"a", b"b"]),
    (b"a\rb\r", [b"a", b"b"]),
    (b"\r\n\r\n", [b"", b""]),
    (b"\n\r", [b"", b""]),
    (b"\r\r\n\n", [b"", b"", b""]),
    (b"ab\r\n\rc\n\nd", [b"ab", b"", b"c", b"", b"d"]),
    (b"\r\nab", [b"", b"ab"]),
    (b"", []),
)


def fed(pieces):
    lines = Lines(100)
    found = []
    for piece in pieces:
        found.extend(lines.feed(piece))
    return found + [bytes(lines.rest)] * bool(lines.rest)


def test_all_splits():
    checks = Checks()
    for text, expected in TEXTS:
        for mask in range(1 << max(0, len(text) - 1)):
            pieces, start = [], 0
            for i in range(1, len(text)):
                if mask >> (i - 1) & 1:
                    pieces.append(text[start:i])
                    start = i
            pieces.append(text[start:])
            if pieces != [b""]:
                checks.see(fed(pieces) == expected, pieces)
        gc.collect()
    checks.done()


def test_of_a_response():
    for text, expected in TEXTS:
        for size in 1, 2, 3, 256:
            with Network(
                [b"HTTP/1.1 200 OK\r\n\r\n", text] if text else [b"HTTP/1.1 200 OK\r\n\r\n"]
            ) as network:
                assert list(mrequests.get("http://h/").iter_lines(size)) == expected, (text, size)
                assert network.all_closed()


def test_a_line_is_given_while_the_server_is_silent():
    for end in b"\n", b"\r\n", b"\r":
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        first, second = b"one" + end, b"two" + end
        server = script(
            ("recv",),
            ("send", head + b"%x\r\n%s\r\n" % (len(first), first)),
            ("sleep", 700),
            ("send", b"%x\r\n%s\r\n0\r\n\r\n" % (len(second), second)),
        )
        start = ticks()
        found = []
        for line in mrequests.get(server.url, timeout=5).iter_lines():
            found.append((line, ticks() - start))
        assert [line for line, _ in found] == [b"one", b"two"], found
        assert found[0][1] < 500 and found[1][1] >= 600, found


def test_a_line_too_long():
    answer = b"HTTP/1.1 200 OK\r\n\r\n" + b"short\n" + b"x" * 40
    for size in 1, 7, 256:
        server = script(("recv",), ("send", answer), ("hold", 3000))
        lines = mrequests.get(server.url, timeout=5).iter_lines(size, max_line=30)
        assert next(lines) == b"short"
        error = raises(ValueError, next, lines)
        assert "max_line" in str(error)
        assert server.closed() == [True]


def test_the_longest_line():
    with Network([b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 20, b"x" * 10 + b"\n", b"y" * 30]):
        assert [len(x) for x in mrequests.get("http://h/").iter_lines(max_line=30)] == [30, 30]


def test_as_text():
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=%s\r\n\r\n"
    for charset, body in (b"utf-8", "zwölf\nja\n".encode()), (b"iso-8859-1", b"zw\xf6lf\nja"):
        with Network([head % charset, body[:3], body[3:]]):
            assert list(mrequests.get("http://h/").iter_lines(decode_unicode=True)) == ["zwölf", "ja"]


def test_no_quadratic_work():
    # A line in many pieces: each byte is moved a few times, not once for each piece.
    if not MICROPYTHON:
        return
    lines = Lines(100000)
    gc.collect()
    before = gc.mem_alloc()
    gc.disable()
    try:
        for _ in range(40):
            for _ in lines.feed(b"x" * 100):
                pass
        used = gc.mem_alloc() - before
    finally:
        gc.enable()
    assert used < 40 * 700, used


SMALL_HEAP_SKIP = ("test_no_quadratic_work",)
