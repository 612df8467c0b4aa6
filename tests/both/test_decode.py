"""Bodies with a Content-Encoding in every way of reading; what is corrupt, cut or too large."""

import gc
from io import BytesIO

from doubles import Checks, Network, Pieces
from reading import (
    WAYS,
    content,
    iter_content,
    play,
    raw_read,
    read_3,
    read_all,
    readinto,
    save,
    saveinto,
    text,
)
from support import MICROPYTHON, raises, scratch
from vectors_encoded import BODY, BOMB, CORRUPT, ENCODED, FLUSHED, GZIP, RAW, TWICE, ZLIB

import mrequests
from mrequests import decode

HEAD = b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\n"
SURPLUS = b"HTTP/1.1 200 SURPLUS\r\nContent-Length: 4\r\n\r\nevil"
GATHERING = (content, text, read_all)
STREAMING = (readinto, iter_content, save, saveinto, raw_read, read_3)
SMALL_HEAP_SKIP = ("test_default_bound",)
MICROPYTHON_ONLY = ("test_no_deflate_in_the_firmware", "test_window_follows_max_size")
CPYTHON_ONLY = ("test_default_bound", "test_push")


def message(framing, coding, data, size=7):
    """A response with this body: L its length is told, C in chunks of this size, E until close."""
    head = HEAD % coding
    if framing == "L":
        return head + b"Content-Length: %d\r\n\r\n" % len(data) + data
    if framing == "E":
        return head + b"\r\n" + data
    out = head + b"Transfer-Encoding: chunked\r\n\r\n"
    for i in range(0, len(data), size):
        part = data[i : i + size]
        out += b"%x\r\n" % len(part) + part + b"\r\n"
    return out + b"0\r\n\r\n"


def get(data, coding=b"gzip", framing="L", cut=10000, **kw):
    """The response to a GET with this body."""
    if MICROPYTHON:
        gc.collect()
    with Network(Pieces(message(framing, coding, data), cut)) as network:
        r = mrequests.get("http://h/", **kw)
        r.network = network
        return r


def check_ways(ways, cut):
    checks = Checks()
    for name, coding, data in ENCODED:
        for framing in "LCE":
            for way in ways:
                try:
                    r, got = play(cut(message(framing, coding, data), framing), "GET", way)
                    checks.see(got == BODY and r.status_code == 200, name, framing, way.__name__, got[:60])
                except Exception as e:
                    checks.see(False, name, framing, way.__name__, repr(e))
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


def test_what_is_corrupt():
    checks = Checks()
    for name, coding, data in CORRUPT:
        for framing in "LCE":
            for way in (content, readinto, saveinto):
                try:
                    got = play([message(framing, coding, data)], "GET", way)[1]
                    checks.see(False, name, framing, way.__name__, got[:60])
                except Exception as e:
                    # Without a length, what ends too early may have been cut.
                    kind = OSError if framing == "E" and "incomplete" in str(e) else ValueError
                    checks.see(isinstance(e, kind), name, framing, way.__name__, repr(e))
    checks.done()


def whole_body(data, coding, framing="L"):
    return get(data, coding, framing).content


def test_every_cut_of_the_data():
    for coding, data in ((b"gzip", GZIP), (b"deflate", ZLIB), (b"deflate", RAW)):
        for i in range(1, len(data)):
            assert "incomplete" in str(raises(ValueError, whole_body, data[:i], coding)), i
            if i % 5 == 0:
                raises(ValueError, whole_body, data[:i], coding, "C")
                raises(OSError, whole_body, data[:i], coding, "E")


def test_connection_that_is_cut():
    for framing in "LC":
        whole = message(framing, b"gzip", GZIP)
        for i in range(len(whole) - len(GZIP) // 2, len(whole), 5):
            for way in (content, saveinto, iter_content):
                error = raises(OSError, play, [whole[:i]], "GET", way)
                assert "incomplete" in str(error), error
    with Network([message("L", b"gzip", GZIP)[:100], OSError(22, "broken")]) as network:
        # MicroPython's deflate has the same number for data that is corrupt.
        assert raises(OSError, lambda: mrequests.get("http://h/").content).errno == 22
        assert network.all_closed()


def test_unknown_codings():
    for coding in (b"br", b"zstd", b"compress", b"gzip, br", b"\xff", b"gzip;q=1", b", ".join([b"gzip"] * 9)):
        r = get(GZIP, coding, parse_headers=True)
        assert r.status_code == 200 and "content-encoding" in r.headers
        assert "decode=False" in str(raises(ValueError, r.readinto, bytearray(9)))
        assert r.network.all_closed()
        get(GZIP, coding).close()


def test_no_deflate_in_the_firmware():
    kept = decode.DeflateIO
    decode.DeflateIO = None
    try:
        r = get(GZIP)
        assert r.status_code == 200 and "cannot decode" in str(raises(ValueError, r.read))
        assert get(b"hello", b"Identity").content == b"hello"
    finally:
        decode.DeflateIO = kept


def test_body_as_it_came():
    for coding in (b"gzip", b"br"):
        r = get(GZIP, coding, parse_headers=True, decode=False)
        assert r.content == GZIP and r.headers["content-encoding"] == coding.decode()
    path = scratch("saved.gz")
    assert get(GZIP, decode=False, framing="C").save(path) == len(GZIP)
    with open(path, "rb") as file:
        assert file.read() == GZIP
    assert get(GZIP, decode=True).content == BODY


def test_max_size_of_what_is_decoded():
    for way in WAYS:
        for framing in "LCE":
            r = get(GZIP, framing=framing, max_size=len(BODY))
            assert way(r) == BODY, way
            r = get(GZIP, framing=framing, max_size=len(BODY) - 1)
            assert "max_size" in str(raises(ValueError, way, r)), way
            assert r.network.all_closed()


def test_bomb():
    for framing in "LCE":
        for way in GATHERING + STREAMING:
            r = get(BOMB, framing=framing, max_size=500)
            assert "max_size" in str(raises(ValueError, way, r)), way
            assert r.network.all_closed()
    r = get(BOMB)
    buf = bytearray(500)
    n = total = r.readinto(buf)
    while n:
        assert not any(buf)
        n = r.readinto(buf)
        total += n
    assert total == 300000


def test_default_bound():
    from zlib import compress

    data = compress(bytes(decode.BOUND + 1))
    assert "max_size" in str(raises(ValueError, lambda: get(data, b"deflate").content))
    assert len(get(data, b"deflate", max_size=1 << 25).content) == decode.BOUND + 1
    assert sum([len(block) for block in get(data, b"deflate").iter_content(1 << 16)]) == decode.BOUND + 1


def test_window_follows_max_size():
    # Data never refers to what lies before its beginning.
    windows = [decode._window(size) for size in (1, 256, 257, 4096, 4097)]
    assert windows == [8, 8, 9, 12, 13], windows


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
    for data in (GZIP, GZIP * 20):
        r = get(data)
        assert r.read(3) == BODY[:3]
        r.close()
        raises(ValueError, r.read)
        with get(data) as r:
            pass
        assert r.network.all_closed()
        raises(ValueError, r.readinto, bytearray(5))


def test_decoded():
    for _, coding, data in ENCODED:
        for kind in (bytes, bytearray, memoryview):
            assert decode.decoded(kind(data), coding) == BODY
    assert decode.decoded(GZIP, b"gzip", len(BODY)) == BODY
    assert "max_size" in str(raises(ValueError, decode.decoded, GZIP, b"gzip", len(BODY) - 1))
    raises(ValueError, decode.decoded, BOMB, b"gzip", 3000)
    for _, coding, data in CORRUPT:
        raises(ValueError, decode.decoded, data, coding)


def test_push():
    for name, coding, data in ENCODED:
        for size in (1, 7, 1000):
            push = decode.Push(coding)
            out = b""
            for i in range(0, len(data), size):
                out += b"".join(push.decode(data[i : i + size]))
            assert out + b"".join(push.decode(b"", True)) == BODY, (name, size)
    for _, coding, data in CORRUPT:
        raises(ValueError, list, decode.Push(coding).decode(data, True))
    assert "incomplete" in str(raises(ValueError, list, decode.Push(b"gzip").decode(GZIP[:-1], True)))
    raises(ValueError, list, decode.Push(b"gzip", 1000).decode(BOMB))
    assert list(decode.Push(b"gzip").decode(b"", True)) == []
