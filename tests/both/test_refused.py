"""Malformed responses, and heads without end: refused at once, within bounds, and closed."""

from doubles import Checks, Network, Pieces
from reading import URL, WAYS, content, play
from support import raises
from vectors_refused import CHUNKS, FIELDS, STATUS_LINES

import mrequests

# They need more than such a heap has beside the test itself.
SMALL_HEAP_SKIP = (
    "test_endless_heads_are_refused_within_bounds",
    "test_heads_of_usual_size_are_accepted",
    "test_many_small_chunks",
)


def refused(what, received, method="GET"):
    """Empty when it was refused as malformed, with the connection closed, before more was received."""
    with Network([received, OSError(5, "read on")]) as network:
        try:
            r = mrequests.request(method, URL)
            return "%s: accepted with %d, body %r" % (what, r.status_code, r.content[:20])
        except ValueError as e:
            if "malformed" not in str(e):
                return "%s: %r" % (what, e)
        except Exception as e:
            return "%s: %r" % (what, e)
        return "" if network.all_closed() else "%s: not closed" % what


def check_refused(cases):
    failures = [text for text in [refused(*case) for case in cases] if text]
    assert not failures, "\n".join(failures)


def test_status_lines_refused():
    check_refused([(line, line + b"\r\nContent-Length: 0\r\n\r\n") for line in STATUS_LINES])


def test_status_lines_refused_after_interim():
    first = b"HTTP/1.1 100 Continue\r\n\r\n"
    check_refused([(line, first + line + b"\r\nContent-Length: 0\r\n\r\n") for line in STATUS_LINES[:6]])


def test_framing_fields_refused():
    check_refused([(field, b"HTTP/1.1 200 OK\r\n" + field + b"\r\n\r\nhello") for field in FIELDS])


def test_chunks_refused():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    check_refused([(chunks, head + chunks) for chunks in CHUNKS])


def test_chunks_refused_in_every_way():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for way in WAYS:
        for chunks in (b"-5\r\nhello\r\n", b"5\r\nhelloX\r\n0\r\n\r\n", b"2\r\nhe\r\nx\r\n"):
            raises(ValueError, play, [head + chunks], "GET", way)
            raises(ValueError, play, Pieces(head + chunks, 2), "GET", way)


class Endless:
    """Pieces without end: the first, then one line again and again."""

    def __init__(self, first, line):
        self.first = first
        self.line = line

    def pop(self, _):
        first, self.first = self.first, b""
        return first or self.line

    def insert(self, _, rest):
        self.first = rest

    def __bool__(self):
        return True

    def __iter__(self):
        return self


ENDLESS = (
    ("status line", b"HTTP/1.1 200 ", b"x" * 50),
    ("garbage", b"x", b"x" * 50),
    ("header line", b"HTTP/1.1 200 OK\r\nX: ", b"x" * 50),
    ("header lines", b"HTTP/1.1 200 OK\r\n", b"X-Header: some value to fill the line\r\n"),
    ("one-letter lines", b"HTTP/1.1 200 OK\r\n", b"x\n"),
    ("folded line", b"HTTP/1.1 200 OK\r\nX: y\r\n", b" more and more of the same\r\n"),
    ("interim responses", b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ("header of an interim response", b"HTTP/1.1 103 Early\r\n", b"Link: <abc>\r\n"),
    ("chunk size", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0000000000"),
    ("chunk extension", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=", b"bbbbbbbbbb"),
    ("end of a chunk", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello", b"xxxxxxxxxx"),
    ("trailers", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Trailer: y\r\n"),
    ("trailer", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"yyyyyyyyyyyyyyyy"),
)


def test_endless_heads_are_refused_within_bounds():
    checks = Checks()
    for name, first, line in ENDLESS:
        for save_headers in (False, True):
            with Network([]) as network:
                real = network.socket

                def socket(*args, first=first, line=line, real=real):
                    network.plays = [[]]
                    made = real()
                    made.pieces = Endless(first, line)
                    return made

                network.socket = socket
                try:
                    content(mrequests.get(URL, save_headers=save_headers and name != "one-letter lines"))
                    checks.see(False, name, "accepted")
                except ValueError as e:
                    given = network.sockets[0].given
                    checks.see(given < 70000, name, "took", given)
                    checks.see(network.all_closed() and "malformed" in str(e), name, repr(e))
                except Exception as e:
                    checks.see(False, name, repr(e))
    checks.done()


def test_heads_of_usual_size_are_accepted():
    line = b"X-Policy: " + b"abcdefgh" * 500 + b"\r\n"
    many = b"X-Header: some value to fill the line\r\n" * 200
    for head in (line, many, line + b"Set-Cookie: " + b"c" * 3000 + b"\r\n" + many):
        raw = b"HTTP/1.1 200 OK\r\n" + head + b"Content-Length: 2\r\n\r\nok"
        for size in (100, len(raw)):
            assert play(Pieces(raw, size), "GET", content)[1] == b"ok"


def test_many_interim_responses_are_accepted():
    raw = b"HTTP/1.1 102 Processing\r\n\r\n" * 50 + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    assert play([raw], "GET", content)[1] == b"ok"


def test_many_small_chunks():
    # The bounds of framing lines hold for each, not for their sum.
    raw = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"1;extension=long\r\nx\r\n" * 900
        + b"0\r\n\r\n"
    )
    for size in (50, 997):
        assert play(Pieces(raw, size), "GET", content)[1] == b"x" * 900


# A number that no body has may be refused, or need memory that is not there, or end with the connection.
NO_ROOM = (ValueError, OverflowError, MemoryError, OSError)


def test_absurd_lengths_end_in_an_exception_and_close():
    for head in (b"Content-Length: 1000000000000000", b"Content-Length: " + b"9" * 40):
        for way in WAYS:
            raises(NO_ROOM, play, [b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\nhello"], "GET", way)


def test_absurd_chunk_sizes_end_in_an_exception_and_close():
    for way in WAYS:
        raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"F" * 30 + b"\r\nhello"
        raises(NO_ROOM, play, [raw], "GET", way)
