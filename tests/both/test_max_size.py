"""max_size: the bound of what is gathered of a body, announced or not, before memory is taken for it."""

from doubles import Network, Pieces
from reading import WAYS, content, iter_content, read_all, readinto, save, saveinto, text
from support import raises

import mrequests

HEAD = b"HTTP/1.1 200 OK\r\n"
BODY = b'{"a": "%s"}' % (b"x" * 1491)  # 1500 bytes


def json(r):
    return b'{"a": "%s"}' % r.json()["a"].encode()


def raw_read(r):
    return r.raw.read()


GATHERING = (content, text, json, read_all, raw_read)


def message(framing, body=BODY):
    if framing == "L":
        return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    if framing == "E":
        return HEAD + b"\r\n" + body
    half = len(body) // 2
    part = b"%x\r\n%s\r\n"
    out = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + part % (half, body[:half])
    return out + part % (len(body) - half, body[half:]) + b"0\r\n\r\n"


def get(received, **kw):
    with Network(received) as network:
        r = mrequests.get("http://h/", **kw)
        r.network = network
        return r


def test_up_to_max_size():
    for framing in "LCE":
        for way in GATHERING:
            for size in (100, 10000):
                assert way(get(Pieces(message(framing), size), max_size=1500)) == BODY, (framing, way)


def test_above_max_size():
    for framing in "LCE":
        for way in GATHERING:
            for size in (100, 10000):
                r = get(Pieces(message(framing), size), max_size=1499)
                assert "max_size" in str(raises(ValueError, way, r)), (framing, way)
                assert r.network.all_closed(), (framing, way)


def test_a_small_body_in_one_piece():
    for framing in "LCE":
        assert content(get([message(framing, b"hello")], max_size=5)) == b"hello"
        for way in (content, text, read_all, raw_read):
            r = get([message(framing, b"hello")], max_size=4)
            assert "max_size" in str(raises(ValueError, way, r)), (framing, way)
            assert r.network.all_closed()


def test_announced_length_is_refused_before_the_body():
    # No memory has so much room, and nothing of the body may be received.
    head = HEAD + b"Content-Length: %d\r\n\r\n" % (1 << 40)
    for way in GATHERING:
        r = get([head, OSError(5, "received")], max_size=100000)
        assert "max_size" in str(raises(ValueError, way, r)), way
        assert r.network.all_closed()


def test_streaming_is_not_bounded():
    for framing in "LCE":
        for way in (readinto, iter_content, save, saveinto):
            assert way(get(Pieces(message(framing), 900), max_size=10)) == BODY, (framing, way)


def test_sizes_of_read():
    for framing in "LCE":
        r = get(Pieces(message(framing, b"0123456789"), 3), max_size=4)
        assert [r.read(4), r.read(3), r.read(3), r.read(1)] == [b"0123", b"456", b"789", b""]
        r = get(Pieces(message(framing, b"hello"), 3), max_size=5)
        assert r.read() == b"hello"  # 4096 are allowed to be fewer
        r = get(Pieces(message(framing, b"0123456789"), 3), max_size=4)
        raises(ValueError, r.read, 5)


def test_class_attribute():
    class Small(mrequests.Response):
        max_size = 4

    raises(ValueError, content, get([message("L")], response_class=Small))
    assert content(get([message("L")], response_class=Small, max_size=1500)) == BODY


def test_every_way_of_a_body_below():
    body = b"ab\r\ncd"
    for framing in "LCE":
        for way in WAYS:
            assert way(get(Pieces(message(framing, body), 4), max_size=5000)) == body, way
