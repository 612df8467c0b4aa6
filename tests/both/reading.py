"""Every way to read the body of a response; each takes a response and returns the whole body as bytes."""

import gc
from io import BytesIO

from doubles import Network
from support import MICROPYTHON, scratch

import mrequests

URL = "http://h/"


def content(r):
    return r.content


def text(r):
    return r.text.encode()


def read_all(r):
    return r.read(None)


def read_default(r):
    out = b""
    data = r.read()
    while data:
        out += data
        data = r.read()
    return out


def read_3(r):
    out = bytearray()
    data = r.read(3)
    while data:
        out.extend(data)
        following = r.read(3)
        assert len(data) == 3 or not following and len(data) < 3, "read(3) must fill"
        data = following
    return bytes(out)


def readinto(r):
    return drained(r.readinto, bytearray(7))


def readinto_size(r):
    buf = bytearray(100)
    out = b""
    n = r.readinto(buf, 4)
    while n:
        assert n <= 4
        out += bytes(buf[:n])
        n = r.readinto(buf, 4)
    return out


def drained(function, buf):
    out = b""
    n = function(buf)
    while n:
        out += bytes(buf[:n])
        n = function(buf)
    assert function(buf) == 0
    return out


def joined(parts):
    # Without the list that join() makes: heaps are small here.
    out = bytearray()
    for part in parts:
        out.extend(part)
    return bytes(out)


def iter_content(r):
    # Half of the default: the heap that is left in the smallest runs is in pieces.
    return joined(r.iter_content(512))


def iter_content_4(r):
    return joined(r.iter_content(4))


def iter_lines(r):
    # For bodies whose lines end in CRLF, all but the last.
    return b"\r\n".join(r.iter_lines())


def save(r):
    path = scratch("saved")
    size = r.save(path)
    with open(path, "rb") as file:
        data = file.read()
    assert size == len(data), size
    return data


def saveinto(r):
    file = BytesIO()
    assert r.saveinto(file) == len(file.getvalue())
    return file.getvalue()


def saveinto_buf(r):
    file = BytesIO()
    assert r.saveinto(file, bytearray(6), 5) == len(file.getvalue())
    return file.getvalue()


def raw_read(r):
    return r.raw.read()


def raw_read_2(r):
    raw = r.raw
    out = b""
    data = raw.read(2)
    while data:
        out += data
        data = raw.read(2)
    return out


def raw_readinto(r):
    return drained(r.raw.readinto, bytearray(5))


def raw_lines(r):
    raw = r.raw
    out = b""
    line = raw.readline()
    while line:
        out += line
        line = raw.readline()
    return out


WAYS = (
    content,
    text,
    read_all,
    read_default,
    read_3,
    readinto,
    readinto_size,
    iter_content,
    iter_content_4,
    iter_lines,
    save,
    saveinto,
    saveinto_buf,
    raw_read,
    raw_read_2,
    raw_readinto,
    raw_lines,
)


def expected(way, body):
    # iter_lines cannot tell whether the last line had an end
    return body[:-2] if way.__name__ == "iter_lines" and body[-2:] == b"\r\n" else body


def play(received, method, way):
    """The response and its body, read in this way; the connection must be closed in the end."""
    if MICROPYTHON:
        gc.collect()  # for the sake of small heaps
    with Network(received) as network:
        try:
            r = mrequests.request(method, URL)
            body = way(r)
        except Exception as e:
            if not network.all_closed():
                raise AssertionError("left open after %r" % e)
            raise
        assert network.all_closed(), "left open after the body"
        return r, body
