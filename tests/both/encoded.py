"""Responses with a Content-Encoding, in memory."""

import gc

from doubles import Network, Pieces
from support import MICROPYTHON

import mrequests

HEAD = b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\n"


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
