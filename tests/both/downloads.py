"""Answers for the tests of download(), and what they look at afterwards."""

import hashlib

from support import raises, scratch, script

from mrequests.download import download

BODY = bytes(range(32, 96)) * 16  # printable: shorter in the script
TAG = b'ETag: "v1"\r\n'
SUM = hashlib.sha256(BODY).digest()
NONE = None, None


def whole(body=BODY, fields=TAG, length=None, cut=None):
    """A 200; cut: how much of the body is sent before the connection ends."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n" % (len(body), fields)
    return [("recv",), ("send", head + (body if cut is None else body[:cut]))]


def part(start, total=1024, fields=TAG, cut=None, span=None):
    """A 206 with the rest from there on."""
    rest = BODY[start:]
    span = span or b"bytes %d-%d/%d" % (start, len(BODY) - 1, total)
    head = b"HTTP/1.1 206 Partial Content\r\nContent-Length: %d\r\nContent-Range: %s\r\n%s\r\n"
    return [
        ("recv",),
        ("send", head % (len(rest), span, fields) + (rest if cut is None else rest[: cut - start])),
    ]


def status(line, fields=b""):
    return [("recv",), ("send", b"HTTP/1.1 %s\r\nContent-Length: 0\r\n%s\r\n" % (line, fields))]


def content(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def target(old=None):
    """A path with nothing beside it."""
    path = scratch("target")
    scratch("target.part")
    scratch("target.part.note")
    if old is not None:
        with open(path, "wb") as file:
            file.write(old)
    return path


def left_behind(path):
    return [end for end in (".part", ".part.note") if content(path + end) is not None]


def get(path, server, **kw):
    """Download without waiting between attempts."""
    kw.setdefault("backoff", 0)
    kw.setdefault("timeout", 5)
    return download(server.url + "/f", path, **kw)


def ranges(server):
    """Range and If-Range of each request."""
    found = []
    for request in server.requests():
        fields = {}
        for line in request.split(b"\r\n")[1:]:
            if b": " in line:
                name, value = line.split(b": ", 1)
                fields[name.lower()] = value
        assert fields[b"accept-encoding"] == b"identity"
        found.append((fields.get(b"range"), fields.get(b"if-range")))
    return found


def resumed(*answers, have=300):
    """Have the first 300 bytes from an earlier call, then download from a server that answers so."""
    path = target(b"old")
    server = script(whole(cut=have), *answers)
    raises(OSError, get, path, server, retries=0)
    assert content(path + ".part") == BODY[:have]
    return path, server
