"""The floor: the same exchanges by hand, without a check, for a server that is known."""

import json
import socket


def _connect(url):
    _, _, netloc, path = url.split("/", 3)
    host, port = netloc.split(":")
    s = socket.socket()
    s.connect(socket.getaddrinfo(host, int(port))[0][-1])
    return s, netloc, path


def _request(s, method, netloc, path, extra=""):
    s.write("%s /%s HTTP/1.1\r\nHost: %s\r\n%sConnection: close\r\n\r\n" % (method, path, netloc, extra))


def _head(s):
    while s.readline() != b"\r\n":
        pass


def get(url):
    s, netloc, path = _connect(url)
    _request(s, "GET", netloc, path)
    data = s.recv(1024)
    s.close()
    return json.loads(data[data.find(b"\r\n\r\n") + 4 :])


def secure(url, context):
    raw, netloc, path = _connect(url)
    raw.setsockopt(6, 1, 1)  # TCP_NODELAY: Mbed TLS sends its last flight in small writes
    s = context.wrap_socket(raw, server_hostname="127.0.0.1")
    _request(s, "GET", netloc, path)
    data = s.read(1024)  # to the end, which the server makes
    s.close()
    raw.close()
    return json.loads(data[data.find(b"\r\n\r\n") + 4 :])


def post(url):
    s, netloc, path = _connect(url)
    s.write(
        "POST /%s HTTP/1.1\r\nHost: %s\r\nContent-Length: 8\r\nConnection: close\r\n\r\n%s"
        % (path, netloc, '{"a": 1}')
    )
    data = s.recv(1024)
    s.close()
    return json.loads(data[data.find(b"\r\n\r\n") + 4 :])


def content(url):
    s, netloc, path = _connect(url)
    _request(s, "GET", netloc, path)
    data = s.recv(512)
    start = data.find(b"\r\n\r\n") + 4
    at = data.find(b"Content-Length: ") + 16
    body = bytearray(int(data[at : data.find(b"\r\n", at)]))
    done = len(data) - start
    body[:done] = data[start:]
    view = memoryview(body)
    while done < len(body):
        done += s.readinto(view[done:])
    s.close()
    return len(body)


def download(url, buf):
    s, netloc, path = _connect(url)
    _request(s, "GET", netloc, path)
    _head(s)
    total = 0
    while True:
        n = s.readinto(buf)
        if not n:
            break
        total += n
    s.close()
    return total


def fetch(url, path, buf):
    s, netloc, target = _connect(url)
    _request(s, "GET", netloc, target)
    _head(s)
    total = 0
    f = open(path, "wb")
    while True:
        n = s.readinto(buf)
        if not n:
            break
        f.write(buf, n)
        total += n
    f.close()
    s.close()
    return total


def chunked(url, buf):
    s, netloc, path = _connect(url)
    _request(s, "GET", netloc, path)
    _head(s)
    total = 0
    room = len(buf)
    line = s.readline()
    while line[0] != 48:
        size = int(line, 16)
        total += size
        while size:
            size -= s.readinto(buf, size if size < room else room)
        # The end of the line and the next size: four digits or more, or 0 and the empty line of the end.
        s.readinto(buf, 7)
        line = bytes(buf[2:7])
        if line[0] != 48:
            line += s.readline()
    s.close()
    return total


def upload(url, path, size, block=1024):
    s, netloc, target = _connect(url)
    _request(s, "POST", netloc, target, "Content-Length: %d\r\n" % size)
    buf = bytearray(block)
    f = open(path, "rb")
    while True:
        n = f.readinto(buf)
        if not n:
            break
        s.write(buf, n)
    f.close()
    status = int(s.recv(512).split(b" ", 2)[1])
    s.close()
    return status


def locked(url, buf):
    import micropython

    s, netloc, path = _connect(url)
    _request(s, "GET", netloc, path)
    _head(s)
    micropython.heap_lock()
    try:
        total = 0
        while True:
            n = s.readinto(buf)
            if not n:
                break
            total += n
        s.close()
    finally:
        micropython.heap_unlock()
    return total


def unpacked(url, buf):
    import io

    import deflate

    s, netloc, path = _connect(url)
    _request(s, "GET", netloc, path)
    _head(s)
    packed = io.BytesIO(s.read())
    s.close()
    total = 0
    stream = deflate.DeflateIO(packed, deflate.GZIP)
    while True:
        n = stream.readinto(buf)
        if not n:
            break
        total += n
    return total
