"""The floor: the same exchanges by hand, without a check, for a server that is known."""

import json
import socket
from urllib.parse import urlsplit


def _connect(url):
    parts = urlsplit(url)
    s = socket.create_connection((parts.hostname, parts.port))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s, parts.netloc, parts.path


def _ask(s, netloc, path, method="GET", extra=""):
    s.sendall(f"{method} {path} HTTP/1.1\r\nHost: {netloc}\r\n{extra}Connection: close\r\n\r\n".encode())


def _answer(s):
    data = s.recv(1024)
    s.close()
    return json.loads(data[data.find(b"\r\n\r\n") + 4 :])


def get(url):
    s, netloc, path = _connect(url)
    _ask(s, netloc, path)
    return _answer(s)


def secure(url, context):
    raw, netloc, path = _connect(url)
    s = context.wrap_socket(raw, server_hostname="127.0.0.1")
    _ask(s, netloc, path)
    return _answer(s)


def content(url):
    s, netloc, path = _connect(url)
    _ask(s, netloc, path)
    data = s.recv(512)
    start = data.find(b"\r\n\r\n") + 4
    at = data.find(b"Content-Length: ") + 16
    body = bytearray(int(data[at : data.find(b"\r\n", at)]))
    done = len(data) - start
    body[:done] = data[start:]
    view = memoryview(body)
    while done < len(body):
        done += s.recv_into(view[done:])
    s.close()
    return len(body)


def download(url, buf):
    s, netloc, path = _connect(url)
    _ask(s, netloc, path)
    data = s.recv(512)
    total = len(data) - data.find(b"\r\n\r\n") - 4
    while n := s.recv_into(buf):
        total += n
    s.close()
    return total


def chunked(url, buf):
    s, netloc, path = _connect(url)
    _ask(s, netloc, path)
    f = s.makefile("rb", 65536)
    while f.readline() != b"\r\n":
        pass
    total = 0
    view = memoryview(buf)
    size = int(f.readline(), 16)
    while size:
        total += size
        while size:
            size -= f.readinto(view[:size])
        f.read(2)
        size = int(f.readline(), 16)
    f.close()
    s.close()
    return total


def upload(url, path, size, block=65536):
    s, netloc, target = _connect(url)
    _ask(s, netloc, target, "POST", f"Content-Length: {size}\r\n")
    buf = bytearray(block)
    view = memoryview(buf)
    with open(path, "rb", buffering=0) as f:
        while n := f.readinto(buf):
            s.sendall(view[:n])
    status = int(s.recv(512).split(b" ", 2)[1])
    s.close()
    return status


def unpacked(url, buf):
    import zlib

    s, netloc, path = _connect(url)
    _ask(s, netloc, path)
    data = s.recv(512)
    flate = zlib.decompressobj(31)
    total = len(flate.decompress(data[data.find(b"\r\n\r\n") + 4 :]))
    while n := s.recv_into(buf):
        total += len(flate.decompress(memoryview(buf)[:n]))
    s.close()
    return total
