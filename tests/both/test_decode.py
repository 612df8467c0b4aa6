"""Bodies with a Content-Encoding in every way of reading, cut into every kind of piece."""

import gc
from io import BytesIO

from doubles import Checks, Network, Pieces
from encoded import HEAD, get, message
from reading import WAYS, content, iter_content, play, raw_read, read_3, readinto, save, text
from support import MICROPYTHON, raises, scratch
from vectors_encoded import BODY, ENCODED, FLUSHED, GZIP, TWICE

import mrequests
from mrequests import decode

SURPLUS = b"HTTP/1.1 200 SURPLUS\r\nContent-Length: 4\r\n\r\nevil"
SMALL = MICROPYTHON and gc.mem_free() < 60000
SMALL_HEAP_SKIP = ("test_byte_by_byte", "test_what_was_flushed_is_given_at_once")
MICROPYTHON_ONLY = ("test_window_follows_max_size",)
CPYTHON_ONLY = ("test_push",)


def check_ways(ways, cut):
    checks = Checks()
    for name, coding, data in ENCODED:
        if SMALL and ", then " in name:
            continue  # two decoders at a time
        for framing in "LCE":
            for way in ways:
                try:
                    r, got = play(cut(message(framing, coding, data), framing), "GET", way)
                    checks.see(got == BODY and r.status_code == 200, name, framing, way.__name__, got[:60])
                except Exception as e:
                    checks.see(False, name, framing, way.__name__, repr(e))
                r = got = None  # not beside the next one's window
                if SMALL:
                    gc.collect()
    checks.done()


def test_whole():
    check_ways(WAYS, lambda raw, framing: [raw])


def test_byte_by_byte():
    check_ways((content, iter_content), lambda raw, framing: Pieces(raw, 1))


def test_in_threes():
    check_ways((read_3, readinto, raw_read), lambda raw, framing: Pieces(raw, 3))


def test_surplus_is_not_body():
    check_ways(
        (text, save, iter_content), lambda raw, framing: Pieces(raw if framing == "E" else raw + SURPLUS, 50)
    )


def test_content_again_and_json():
    r = get(GZIP)
    for _ in range(2):
        assert r.content == BODY and r.text == BODY.decode() and isinstance(r.content, bytes)
    assert r.read(4) == BODY[:4] and r.network.all_closed()
    # {"a": [1, 2]}
    data = b"x\x9c\xabVJT\xb2R\x886\xd4Q0\x8a\xad\x05\x00\x179\x03_"
    for framing in "LCE":
        assert get(data, b"deflate", framing).json() == {"a": [1, 2]}


def test_facts_stay():
    r = get(GZIP, framing="C", parse_headers=True)
    assert r.headers["content-encoding"] == "gzip" and r.chunked
    assert r.content == BODY
    seen = []
    get(GZIP).saveinto(BytesIO(), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(BODY), None), seen  # the length that was announced is another's


def test_reading_goes_on_where_it_was():
    for cut in (1, 10000):
        r = get(GZIP, cut=cut)
        assert r.read(4) == BODY[:4] and r.raw.readline() == b" 0 of 0\r\n"[:9]
        r = get(GZIP, cut=cut)
        assert r.read(7) == BODY[:7]
        raises(ValueError, lambda r=r: r.content)
        assert r.read(None) == BODY[7:] and r.read() == b"" and r.network.all_closed()


def test_a_response_class_and_several_fields():
    class Own(mrequests.Response):
        pass

    r = get(GZIP, response_class=Own)
    assert isinstance(r, Own) and r.content == BODY
    if SMALL:
        return
    # Two fields are one list (RFC 9110, 5.3): this was done twice.
    assert get(TWICE, b"gzip\r\nContent-Encoding: gzip").content == BODY


def test_nothing_to_decode():
    for method, head in (
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n"),
        ("GET", b"HTTP/1.1 204 No\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n"),
        ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"),
        ("GET", b"HTTP/1.1 200 OK\r\n"),
        ("GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"),
    ):
        for coding in (b"gzip", b"deflate", b"gzip, gzip"):
            end = b"0\r\n\r\n" if b"chunked" in head else b""
            for way in (content, iter_content, readinto):
                r, got = play([head + b"Content-Encoding: " + coding + b"\r\n\r\n" + end], method, way)
                assert got == b"", (method, head, coding)
    # The empty body, encoded.
    assert get(b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x03\0\0\0\0\0\0\0\0\0").content == b""
    assert get(b"x\x9c\x03\0\0\0\0\x01", b"deflate").content == b""


def test_body_as_it_came():
    for coding in (b"gzip", b"br"):
        r = get(GZIP, coding, parse_headers=True, decode=False)
        assert r.content == GZIP and r.headers["content-encoding"] == coding.decode()
    path = scratch("saved.gz")
    assert get(GZIP, decode=False, framing="C").save(path) == len(GZIP)
    with open(path, "rb") as file:
        assert file.read() == GZIP
    assert get(GZIP, decode=True).content == BODY


def test_window_follows_max_size():
    # Data never refers to what lies before its beginning.
    windows = [decode._window(size) for size in (1, 256, 257, 4096, 4097)]
    assert windows == [8, 8, 9, 12, 13] or SMALL and windows[:3] == [8, 8, 9], windows


def test_what_was_flushed_is_given_at_once():
    # The next read would raise: each line must come from what has arrived.
    i = FLUSHED.find(b"\0\0\xff\xff") + 4  # 40 bytes of the body are in here
    for framing in "CE":
        head = HEAD % b"gzip" + (b"Transfer-Encoding: chunked\r\n\r\n" if framing == "C" else b"\r\n")
        part = b"%x\r\n" % i + FLUSHED[:i] + b"\r\n" if framing == "C" else FLUSHED[:i]
        for size in (1, 2, 5, 1000):
            pieces = [head] + [part[j : j + size] for j in range(0, len(part), size)]
            with Network(pieces + [OSError(5, "read on")]):
                r = mrequests.get("http://h/")
                lines = r.iter_lines()
                assert [next(lines), next(lines)] == [b"line 0 of 0", b"line 1 of 1"]
                assert raises(OSError, list, lines).errno == 5


def test_closed_response():
    for data in (GZIP, GZIP * 3):
        r = get(data)
        assert r.read(3) == BODY[:3]
        r.close()
        raises(ValueError, r.read)
        with get(data) as r:
            pass
        assert r.network.all_closed()
        raises(ValueError, r.readinto, bytearray(5))


def test_decoded():
    for name, coding, data in ENCODED:
        if SMALL and ", then " in name:
            continue
        for kind in (bytes, bytearray, memoryview):
            assert decode.decoded(kind(data), coding) == BODY
    assert decode.decoded(GZIP, b"gzip", len(BODY)) == BODY


def test_push():
    for name, coding, data in ENCODED:
        for size in (1, 7, 1000):
            push = decode.Push(coding)
            out = b""
            for i in range(0, len(data), size):
                out += b"".join(push.decode(data[i : i + size]))
            assert out + b"".join(push.decode(b"", True)) == BODY, (name, size)
    assert list(decode.Push(b"gzip").decode(b"", True)) == []


class Kept:
    """A connection that remembers how it was closed."""

    def __init__(self, received):
        self.received = received
        self.closed = []

    def readinto(self, buf, n):
        n = min(n, len(self.received), 50)
        buf[:n] = self.received[:n]
        self.received = self.received[n:]
        return n

    def close(self, done=False):
        self.closed.append(done)

    def fail(self, error):
        self.close()
        return error


def opened(received):
    sock = Kept(received)
    r = mrequests.Response(sock)
    while not r._scan():
        r._fill()
    decode.install(r)
    return sock, r


def test_connection_that_can_be_kept():
    # It is told that the exchange is over when the whole message has been taken, and only then.
    for framing in "LC":
        for way in (content, iter_content, readinto):
            sock, r = opened(message(framing, b"gzip", GZIP))
            assert way(r) == BODY and sock.closed == [True] and not sock.received, (framing, sock.closed)
        sock, r = opened(message(framing, b"gzip", GZIP))
        assert r.read(5) == BODY[:5]
        r.close()
        assert sock.closed == [False]
