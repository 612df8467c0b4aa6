"""Bodies with a Content-Encoding that are corrupt, cut, too large or encoded in an unknown way."""

import gc

from doubles import Checks, Network
from encoded import get, message
from reading import WAYS, content, iter_content, play, readinto, saveinto
from support import MICROPYTHON, raises
from vectors_corrupt import BOMB, CORRUPT
from vectors_encoded import BODY, GZIP, RAW, ZLIB

import mrequests
from mrequests import decode

SMALL = MICROPYTHON and gc.mem_free() < 60000
SMALL_HEAP_SKIP = (
    "test_max_size_of_what_is_decoded",
    "test_bomb",
    "test_decoded_of_what_is_corrupt",
    "test_connection_that_is_cut",
)
MICROPYTHON_ONLY = ("test_no_deflate_in_the_firmware",)
CPYTHON_ONLY = ("test_default_bound", "test_push_of_what_is_corrupt")


def whole_body(data, coding, framing="L"):
    return get(data, coding, framing).content


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
                    good = isinstance(e, kind) or SMALL and isinstance(e, MemoryError)
                    checks.see(good, name, framing, way.__name__, repr(e))
    checks.done()


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
        for way in (content, readinto, iter_content, saveinto):
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


def test_push_of_what_is_corrupt():
    for _, coding, data in CORRUPT:
        raises(ValueError, list, decode.Push(coding).decode(data, True))
    assert "incomplete" in str(raises(ValueError, list, decode.Push(b"gzip").decode(GZIP[:-1], True)))
    raises(ValueError, list, decode.Push(b"gzip", 1000).decode(BOMB))


def test_decoded_of_what_is_corrupt():
    assert "max_size" in str(raises(ValueError, decode.decoded, GZIP, b"gzip", len(BODY) - 1))
    raises(ValueError, decode.decoded, BOMB, b"gzip", 3000)
    for _, coding, data in CORRUPT:
        raises(ValueError, decode.decoded, data, coding)
