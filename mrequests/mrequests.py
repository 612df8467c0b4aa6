"""HTTP/1.1 client for MicroPython and CPython; complete when this file is copied alone."""

import select
import socket
from errno import ETIMEDOUT
from json import dumps, loads
from sys import modules

const = str
# 0 on MicroPython, whose compiler knows const by itself and leaves out what stands under it; true on CPython.
_CPYTHON = const(0)

if _CPYTHON:
    import ssl as _ssl
    from time import monotonic

    _BLOCK = 16384
    _MAX = 1 << 62
    _NOT_NOW = BlockingIOError, TimeoutError, socket.timeout, _ssl.SSLWantReadError, _ssl.SSLWantWriteError
    _CONTROLS = bytes(range(32))
    ticks_diff = int.__sub__

    def ticks_ms():
        return int(monotonic() * 1000)

    class _Quiet:
        # A socket of CPython that answers like one of MicroPython: None stands for "not now".
        want = 0

        def __init__(self, sock):
            self._sock = sock

        def __getattr__(self, name):
            return getattr(self._sock, name)

        def readinto(self, buf, n):
            self.want = 0
            try:
                return self._sock.recv_into(buf, n)
            except _NOT_NOW as e:
                self.want = 1 if isinstance(e, _ssl.SSLWantReadError) else 0

        def write(self, buf):
            self.want = 0
            try:
                return self._sock.send(buf)
            except _NOT_NOW as e:
                self.want = 1 if isinstance(e, _ssl.SSLWantReadError) else 0

    def _check(headers, auth, ssl_context):
        # What a board finds out by an error from within is refused here in words.
        if headers and not hasattr(headers, "items"):
            raise TypeError("headers must be a dict, not a " + type(headers).__name__)
        if auth and not callable(auth) and not (isinstance(auth, (tuple, list)) and len(auth) == 2):
            raise TypeError("auth must be (user, password) or a function that returns it")
        if ssl_context and not hasattr(ssl_context, "wrap_socket"):
            raise TypeError("ssl_context must be an ssl.SSLContext; for a path say verify=")
else:
    from time import ticks_diff, ticks_ms

    _BLOCK = 1024
    _MAX = 1 << 29


def _need(name):
    # A module of the package, or one beside this file where it was copied alone.
    name = __name__[:-9] + name
    if not _CPYTHON and name not in modules:
        import gc

        gc.collect()  # what is loaded stays: it had better not lie between garbage
    return __import__(name, None, None, (name,))


# --- URL (RFC 3986) ---


def _split(url):
    # Scheme, authority (None where absent) and path with query; the fragment is never sent.
    data = _field(url)
    # Characters that may stand in a URL, the frequent ones first.
    if data.lower().strip(b"/:.0123456789abcdefghijklmnopqrstuvwxyz-_~?=&%+@,;!$'()*#[]"):
        data = _need("urlencode").requote(data)
    url = data.decode().split("#", 1)[0]
    scheme = netloc = None
    i = url.find(":")
    if i > 0 and not _first(url, 0) < i:
        scheme = url[:i].lower()
        url = url[i + 1 :]
    if url[:2] == "//":
        i = _first(url, 2)
        netloc = url[2:i]
        url = url[i:]
        if url[:1] != "/":
            url = "/" + url
    return scheme, netloc, url


def _first(url, start):
    # Where the path or the query begins.
    i = (url + "/").find("/", start)
    j = url.find("?", start, i)
    return i if j < 0 else j


def _host_port(netloc):
    # The host without brackets; the port is None where it is absent.
    host = netloc[netloc.rfind("@") + 1 :].lower()
    port = None
    i = host.rfind(":")
    if i > host.rfind("]"):
        port = host[i + 1 :] or None
        host = host[:i]
    if host[:1] == "[":
        host = host[1:-1]
    elif ":" in host:
        host = ""
    port = port and int(port if port.isdigit() else 1 << 16)
    # What may not stand in a host has become a percent sign.
    if not host or "%" in host or "]" in host or port and port > 65535:
        raise ValueError("URL must be like http://host:port/path")
    return host, port


def parse_url(url):
    """Split a URL into scheme, host, port and path with query; None for what is absent."""
    scheme, netloc, path = _split(url)
    host, port = (None, None) if netloc is None else _host_port(netloc)
    return scheme, host, port, path


def _resolve(start, path):
    # The path that a reference leads to from start (RFC 3986, 5.2).
    if path[:1] != "/":
        here = start.split("?", 1)[0]
        if path[:1] in ("", "?"):
            return here + path if path else start
        path = here[: here.rfind("/") + 1] + path
    if "/." not in path:
        return path
    i = (path + "?").find("?")
    out = []
    for part in path[1:i].split("/"):
        if part not in (".", ".."):
            out.append(part)
            part = None
        elif part == "..":
            out = out[:-1]
    if part:
        out.append("")
    return "/" + "/".join(out) + path[i:]


# --- Request: where it goes and what it says ---


def _field(value, end=b"\r\n\0"):
    # Bytes for the head. Nothing in them may end their field early.
    value = bytes(value) if isinstance(value, (bytes, bytearray, memoryview)) else str(value).encode()
    for c in end:
        if c in value:
            raise ValueError("bad character in URL, method, header or credentials")
    return value


def encode_basic_auth(user, password):
    """Return the header of HTTP basic authentication as a dictionary."""
    from binascii import b2a_base64

    text = _field(_field(user, b":") + b":" + _field(password))
    return {"Authorization": b"Basic " + b2a_base64(text).strip()}


class RequestContext:
    """A request, and the rules by which a redirect changes it."""

    scheme = ssl_context = None
    # The state of the exchange: addresses to try, blocks to send, the response, redirects.
    addr = iterator = response = None
    count = 0
    head = b"\r\nUser-Agent: mrequests\r\nConnection: close\r\n"
    # Headers that another origin must not see.
    secret = "authorization cookie proxy-authorization host x-api-key x-auth-token"

    def __init__(self, url, method=None):
        self.method = method or "GET"
        self.go(url)

    def go(self, url):
        """Move to where a URL, or a reference to one, leads from here (RFC 3986, 5.2)."""
        scheme, netloc, path = _split(url)
        scheme = scheme or self.scheme
        if scheme not in ("http", "https") or not netloc and (netloc == "" or scheme != self.scheme):
            raise ValueError("URL must be like http://host:port/path")
        if netloc:
            self.host, port = _host_port(netloc)
            default = 443 if scheme == "https" else 80
            self.port = port or default
            name = "[%s]" % self.host if ":" in self.host else self.host
            if self.port != default:
                name += ":%d" % port
            # On default ports http and https of a host are taken for one origin.
            if self.scheme and (name != self.netloc or scheme != self.scheme and ":" in name):
                for secret in self.secret.split():
                    self.update({secret: None})
            self.scheme = scheme
            self.netloc = name
            self.path = "/"
            if "@" in netloc:
                auth = netloc[: netloc.rfind("@")]
                if "%" in auth:
                    auth = _need("urlunquote").unquote(auth)
                i = (auth + ":").find(":")
                self.update(encode_basic_auth(auth[:i], auth[i + 1 :]))
        self.path = _resolve(self.path, path)
        self.url = scheme + "://" + self.netloc + self.path

    def set_location(self, status_code, location):
        """Become the request that a redirect asks for; tell whether it did."""
        redirect = status_code in (301, 302, 307, 308) or status_code == 303 and self.method != "GET"
        if self.scheme == "https" and _split(location)[0] not in (None, "https"):
            redirect = False
        if redirect:
            if status_code < 304 and self.method != "HEAD":
                self.method = "GET"
                self.data = b""
                self.update({"Content-Type": None, "Content-Length": None, "Transfer-Encoding": None})
            self.go(location)
        return redirect

    def update(self, headers):
        """Set headers in place of those of the same name; the value None only takes away."""
        for name in headers:
            value = headers[name]
            name = _field(name or ":", b"\r\n\0: \t") + b":"
            head = self.head
            i = head.lower().find(b"\r\n" + name.lower())
            if i >= 0:
                head = head[:i] + head[head.find(b"\r\n", i + 2) :]
            if value is not None:
                head += name + b" " + _field(value) + b"\r\n"
            self.head = head

    def set_body(self, data):
        """Take over the body and say in the head how long it is."""
        if isinstance(data, memoryview) and len(bytes(data[:1])) > 1:
            data = bytes(data)  # its length was not in bytes
        self.data = data or b""
        headers = {"Content-Length": None, "Transfer-Encoding": None}
        if hasattr(data, "framing"):
            headers = data.framing(self)
        elif data is not None or self.method in ("POST", "PUT", "PATCH"):
            headers["Content-Length"] = len(self.data)
        elif self.head is RequestContext.head:
            return
        self.update(headers)

    def message(self):
        """Return the request in blocks; a small body goes out with the head, in one write."""
        data = self.data
        host = b"\r\nHost: "
        host = b"" if host.lower() in self.head.lower() else host + self.netloc.encode()
        method = _field(self.method, b"\r\n\0: \t")
        head = b"%s %s HTTP/1.1%s%s\r\n" % (method, self.path.encode(), host, self.head)
        if hasattr(data, "message"):
            return data.message(head)
        return (head + data,) if len(data) <= _BLOCK else (head, data)


# --- Response: the rules of its message (RFC 9112), then reading it ---


def _bad(line):
    raise ValueError("malformed response: %r" % line[:40])


class Response:
    """The answer to a request; its body is read when it is asked for."""

    encoding = "utf-8"
    chunked = head_only = False
    extras = "extras"  # the module for what few programs use
    max_size = _MAX  # of a body that is gathered
    _cached = _kept = _location = _content_size = _coding = None
    _start = None, 0  # of a body that is gathered: the buffer, and how much is in it
    # Bytes left of the body or its chunk; None: all until the peer closes; below zero the line
    # that is due: -6 status, -5 field, -4 field of an interim response, -3 size of a chunk,
    # -2 end of a chunk, -1 trailer.
    _left = -6
    _room = 65536  # bytes that lines may still take
    _pos = _end = 0  # what has been received and not been taken yet

    def __init__(self, sock, sockfile=None, save_headers=False):
        self._sock = sock
        self._buf = bytearray(_BLOCK >> 2)
        self._given = 0  # 1: part of the body was handed out, 2: all of it is kept
        if save_headers:
            self.headers = self._kept = []

    if not _CPYTHON:

        def __getattr__(self, name):
            # What few programs use lies in a module of its own.
            return _need(self.extras).lookup(self, name)

    def _scan(self):
        # Take the lines that have arrived; false while more must be received.
        while self._left is not None and self._left < 0:
            if _CPYTHON and self._left == -6 and self._whole_head():
                continue
            pos = self._pos
            i = self._buf.find(b"\n", pos, self._end)
            if i < 0:
                return False
            self._pos = i + 1
            self._room -= i + 1 - pos
            if self._room < 0:
                _bad("too long")
            if i > pos and self._buf[i - 1] == 13:
                i -= 1
            line = bytes(memoryview(self._buf)[pos:i]) if i > pos else b""
            if self._left < -3:
                self._head_line(line)
            else:
                self._chunk_line(line)
        return True

    if _CPYTHON:

        def _whole_head(self):
            # A head that has arrived at one go. Whether it was one, and all of it could be taken.
            pos = self._pos
            end = self._buf.find(b"\r\n\r\n", pos, self._end) + 4
            if end < 4 or end - pos > self._room or not self._usual(bytes(self._buf[pos : end - 4])):
                return False
            self._pos = end
            self._room -= end - pos
            self._head_line(b"")
            return True

        def _usual(self, head):
            # Take a head, unless there is something in it that _head_line would have to look at.
            lines = head.split(b"\r\n")
            if head.count(b" :") or len(head) - len(head.translate(None, _CONTROLS)) != 2 * len(lines) - 2:
                return False
            self._status(lines[0])
            if self._left == -5:
                for line in lines[1:]:
                    self._parse_header(line)
                    self.add_header(line)
            return True

    def _head_line(self, line):
        due = self._left
        if due == -6:
            self._status(line)
        elif not line:
            self._left = -6 if due == -4 else self._framing()
        elif due == -5:
            i = line.find(b":")
            if i > 0 and line[i - 1] < 33 < line[0]:  # a length, say, that others would obey
                _bad(line)
            self._parse_header(line)
            self.add_header(line)

    def _status(self, line):
        code = line[9:12]
        code = int(code) if code.isdigit() and line[7:8].isdigit() else 0  # below 100 where the line is short
        if code < 100 or line[:7] != b"HTTP/1." or line[8] != 32 or line[12:13].strip(b" "):
            _bad(line)
        self.status_code = code
        try:
            self.reason = line[13:].decode()
        except UnicodeError:
            self.reason = ""
        self._left = -4 if code < 200 and code != 101 else -5

    def _chunk_line(self, line):
        if self._left == -3:
            line = line.split(b";", 1)[0].strip(b" \t")
            if not line or line.strip(b"0123456789abcdefABCDEF"):
                _bad(line)
            self._left = int(line, 16) or -1
            self._room = 8192
        elif self._left == -2:
            self._left = _bad(line) if line else -3
        elif not line:
            self._done()

    def _parse_header(self, data):
        # The fields that decide how the message is read; a line without a colon passes.
        i = data.find(b":") + 1
        if i not in (9, 13, 15, 17, 18):
            return
        name = data[:i].lower()
        value = data[i:].strip(b" \t\r\n")
        lower = value.lower()
        if name == b"content-length:":
            for n in value.split(b","):
                n = n.strip(b" \t\r\n")
                n = int(n) if n.isdigit() else -1
                if n < 0 or self._content_size not in (None, n):
                    _bad(data)
                self._content_size = n
        elif name == b"transfer-encoding:":
            self.chunked = lower == b"chunked" or _bad(data)
        elif name == b"location:":
            self._location = value
        elif name == b"content-encoding:" and value != b"identity":
            self._coding = (self._coding or b"") + b"," + value
        elif name == b"content-type:" and b"charset" in lower and b"utf-8" not in lower:
            try:
                self.encoding = _need("charset").lookup(value)
            except ImportError:  # the body may be wanted as bytes or JSON
                pass

    def add_header(self, data):
        """Take a header line; a subclass may do otherwise."""
        if self._kept is not None:
            self._kept.append(data)

    def _framing(self):
        # What follows the head (RFC 9112, 6.3).
        n = self._content_size
        if self.head_only or self.status_code in (101, 204, 304):
            n = 0
        elif self.chunked:
            return -3
        i = self._pos
        if n is not None and n <= self._end - i:
            self._pos += n
            if _CPYTHON:
                self._store(bytes(self._buf[i : i + n]))
            else:
                self._store(bytes(memoryview(self._buf)[i : i + n]))
        return n

    def _store(self, data):
        # The whole body has arrived. It is read from here.
        self._done()
        self._cached = self._buf = data
        self._pos = 0
        self._end = self._left = len(data)

    def _done(self):
        # The message has ended. What came behind it makes the connection useless for another.
        self._left = 0
        self._sock.close(self._pos == self._end)

    def close(self, *args):
        """Close the connection, whatever is left of the body."""
        self._sock.close()

    __exit__ = close

    def __enter__(self):
        return self

    def _fill(self):
        # Receive more of the head or framing.
        buf = self._space()
        self._filled(self._sock.readinto(buf, len(buf)))

    def _space(self):
        # Where it goes: behind what has not been taken.
        buf = self._buf
        end = self._end - self._pos
        if _CPYTHON and type(buf) is bytes:  # the requests door takes the first block as it comes
            self._buf = buf = bytearray(buf.ljust(_BLOCK >> 2))
        if end:
            rest = bytes(memoryview(buf)[self._pos : self._end])
            if end * 2 > len(buf):
                self._buf = buf = bytearray(end * 2)
            buf[:end] = rest
        if end > 8192:
            _bad(rest)
        self._pos = 0
        self._end = end
        if self._left > -4:  # as a rule the end of one chunk and the size of the next, and no more
            return memoryview(buf)[end : end + 8]
        return memoryview(buf)[end:] if end else buf

    def _filled(self, n):
        if not n:
            raise OSError("connection closed, response incomplete")
        self._end += n

    # The methods from here to _got run for every block of a body. They are kept small, because
    # MicroPython takes the frame of a larger one from the heap.

    def readinto(self, buf, size=0):
        """Read into buf what has arrived of the body, at least a byte; 0 at its end."""
        if not 0 < size < len(buf):
            size = len(buf)
        left = self._left
        try:
            # The short way, for what is followed by more of the same body or chunk.
            if left and left > size > 0 and self._pos == self._end:
                size = self._sock.readinto(buf, size)
                self._left = left - size
                self._given = 1
                return size or self._filled(size)
            return self._take(buf, size)
        except BaseException as e:
            raise self._sock.fail(e)

    def _take(self, buf, n):
        left = self._left
        if left is not None:
            if left < 0:
                while self._pos == self._end or not self._scan():
                    self._fill()
                left = self._left
            if left is not None and left < n:
                n = left
        if n:
            n = self._surplus(buf, n) if self._pos < self._end else self._sock.readinto(buf, n)
            self._got(n)
        return n

    def _got(self, n):
        # Bytes of the body have arrived; none: the peer has closed.
        self._given = self._given or 1
        left = self._left
        if left is None:
            if n:
                return
        else:
            self._left = left = left - n
            if not n:
                self._filled(n)
            if left:
                return
            if self.chunked and self._cached is None:
                self._left = -2
                return
        self._done()

    def _surplus(self, buf, n):
        # Of the body bytes that came with lines.
        pos = self._pos
        n = min(n, self._end - pos)
        self._pos += n
        try:
            buf[:n] = memoryview(self._buf)[pos : pos + n]
        except MemoryError:  # the heap is full or locked
            for i in range(n):
                buf[i] = self._buf[pos + i]
        return n

    def read(self, size=4096):
        """Read size bytes of the body, fewer at its end; all that is left for None."""
        return bytes(self._gather(_MAX if size is None or size < 0 else size))

    def _gather(self, size):
        buf, n = self._start
        try:
            while not self._scan():
                self._fill()
            left = self._left if self._cached or not self.chunked else None
            if left is not None and left < size - n:
                size = left + n
            buf = buf or bytearray(min(size, _BLOCK) if left is None else self._bounded(size))
            while n < size:
                if n == len(buf):
                    buf.extend(bytes(min(n, size - n)))
                got = self._take(memoryview(buf)[n:], len(buf) - n)
                if not got:
                    break
                n = self._bounded(n + got)
            return memoryview(buf)[:n] if n < len(buf) else buf
        except StopAsyncIteration:  # of aio, which will go on from here
            self._start = buf, n
            raise
        except BaseException as e:
            raise self._sock.fail(e)

    def _bounded(self, size):
        if size > self.max_size:
            raise ValueError("body larger than max_size")
        return size

    def _body(self):
        # All of the body, in the buffer where it was gathered.
        if self._given < 2:
            if self._given and not self._start[1]:
                raise ValueError("the body was read already")
            if self._cached is None:
                self._store(self._gather(_MAX))
            self._bounded(len(self._cached))
            self._given = 2
        return self._cached

    def _content(self):
        """The body as bytes."""
        data = self._body()
        if not isinstance(data, bytes):
            self._cached = self._buf = data = bytes(data)
            self._start = None, 0
        return data

    def _text(self):
        """The body as text; a byte that is none becomes U+FFFD."""
        data = self._body()
        if self.encoding == "utf-8":
            try:
                return str(data, "utf-8")
            except UnicodeError:
                pass
        return _need("charset").decode(data, self.encoding)

    content = property(_content)
    text = property(_text)

    def json(self):
        """Decode the body as JSON."""
        return loads(self._content() if _CPYTHON else self._body())

    def save(self, fn, buf=None, chunk_size=0, progress=None):
        """Write the body to a file and return its size."""
        with self, open(fn, "wb") as file:
            return self.saveinto(file, buf, chunk_size, progress)

    def saveinto(self, fobj, buf=None, chunk_size=0, progress=None):
        """Write the body to an open file, through buf where one is given; return its size."""
        total = 0
        with self:
            buf = buf or bytearray(chunk_size or _BLOCK)
            n = self.readinto(buf, chunk_size)
            while n:
                fobj.write(buf if n == len(buf) else memoryview(buf)[:n])
                total += n
                if progress:
                    progress(total, self._content_size)
                n = self.readinto(buf, chunk_size)
        return total


if _CPYTHON:
    # A class with __getattr__ takes long to find what it has. The requests door needs none.
    _Message = Response

    class Response(_Message):
        __doc__ = _Message.__doc__

        def __getattr__(self, name):
            return _need(self.extras).lookup(self, name)


# --- Connection ---


def _ms(timeout):
    # Three days stand for no limit.
    return 1 << 28 if timeout is None else int(float(timeout) * 1000)


class Connection:
    """A connection whose every wait obeys the time-out and the deadline."""

    # poll is None where the socket waits by itself: a test double's or a modem's.
    poll = _raw = _sock = None
    buffer = None  # what is left of a block to send, if anything; None: not connected
    waiting = 0  # since when; 0: it is not
    _deadline = 1 << 28
    ticks = 0  # else look at the clock before each call, even where nothing has to be waited for
    decode = "decode"  # the module for a body with a Content-Encoding

    def __init__(self, timeout, deadline):
        if not isinstance(timeout, (tuple, list)):
            timeout = timeout, timeout
        if len(timeout) != 2:
            if _CPYTHON:
                raise ValueError("timeout must be seconds or (connect, read), not %r" % (timeout,))
            raise ValueError("timeout", timeout)
        self._timeouts = _ms(timeout[0]), _ms(timeout[1])
        if deadline is not None:
            self._deadline = _ms(deadline)
            self.ticks = 1
        self._start = ticks_ms()

    def wait(self, flag):
        """Wait until the socket is ready; for flag 0 return the time left, of which the socket is told."""
        now = ticks_ms()
        self.waiting = since = self.waiting or now
        left = self._timeout - ticks_diff(now, since)
        if self._deadline < 1 << 28:
            left = min(left, self._deadline - ticks_diff(now, self._start))
        if left >= 0:
            if not flag:
                if self.poll is None and hasattr(self._sock, "settimeout"):
                    self._sock.settimeout(left / 1000)
                return left
            if _CPYTHON:
                flag = self._sock.want or flag
            if self.poll:
                if flag != self._flag:  # on some ports modify() takes memory
                    self._flag = flag
                    self.poll.modify(self._sock, flag)
                for event in self.poll.poll(left) if _CPYTHON else self.poll.ipoll(left):
                    return event[1]
        raise OSError(ETIMEDOUT, "timed out: " + self.host)

    # In aio a wait raises StopAsyncIteration, and what waited is called again. What was done by then is
    # in the context of the request, the connection or the response.

    def readinto(self, buf, n):
        """Read into buf what has arrived, at least a byte and n at the most; 0 at the end."""
        if self._sock is None:
            raise ValueError("the response is closed")
        if self.ticks or not self.poll:
            self.wait(0)
        got = self._sock.readinto(buf, n)
        while got is None:
            self.wait(1)
            got = self._sock.readinto(buf, n)
        self.waiting = 0
        return got

    def _send(self, data):
        # How much of data was sent; None: not now; below 0: the peer has closed.
        try:
            return self._sock.write(data)
        except (OSError, ValueError) as e:
            if _CPYTHON and isinstance(e, _ssl.SSLError):
                if isinstance(e, _ssl.SSLEOFError) and self._raw.version():  # after the handshake
                    return -1
                untrusted = isinstance(e, _ssl.SSLCertVerificationError)
                hint = "verify= the CA? clock set?" if untrusted else "https port? clock set?"
                e.strerror = "TLS with %s: %s, %s" % (self.host, e.strerror, hint)
            # MicroPython shakes hands in the first write; Mbed TLS has errors below zero.
            if isinstance(e, OSError) and (self._sock is self._raw or (e.errno or 1) > 0):
                if e.errno in (32, 54, 104):  # EPIPE, ECONNRESET
                    return -1
                raise
            raise OSError(-1, "TLS with %s: %s, https port? clock set?" % (self.host, e))

    def write(self, context):
        """Send what is left of a request, less when the peer has closed: it may have answered before."""
        while True:
            data = self.buffer
            if not data:
                for data in context.iterator:
                    if data:
                        break
                else:
                    return
                self.buffer = data
            if self.ticks or not self.poll:
                self.wait(0)
            n = self._send(data)
            if n is None:
                self.wait(4)
            elif n < 0:
                return
            else:
                self._timeout = self._timeouts[1]
                self.waiting = 0
                # What yields the blocks may change one that has gone out.
                self.buffer = n < len(data) and memoryview(data)[n:]

    def _adopt(self, sock):
        if _CPYTHON:
            sock = _Quiet(sock)
        self._sock = sock
        self.waiting = 0
        try:
            poll = select.poll()
            poll.register(sock, 4)
            self._raw.setblocking(False)
            self._flag = 4
            self.poll = poll
        except (AttributeError, OSError, TypeError):
            pass

    def _dial(self, info):
        if not self._raw:
            self._raw = socket.socket(info[0], info[1], info[2])
            self._adopt(self._raw)
            if not self.poll:
                self.wait(0)
            try:
                self._raw.connect(info[-1])
                return
            except OSError as e:
                # In progress, on one system or another.
                if not self.poll or e.errno not in (11, 36, 115, 119):
                    raise
        while True:
            for event in self.poll.poll(0):
                if event[1] & 24:
                    self._raw.send(b"")  # raises what went wrong
                return
            self.wait(4)

    def open(self, context):
        """Connect to the host of a request."""
        self.host = context.netloc
        self._timeout = self._timeouts[0]
        error = OSError(-2, None)
        try:
            if context.addr is None:
                context.addr = socket.getaddrinfo(context.host, context.port, 0, socket.SOCK_STREAM)
            while context.addr:
                try:
                    self._dial(context.addr[0])
                    break
                except OSError as e:
                    Connection.close(self)
                    error = e
                    context.addr = context.addr[1:]
            else:
                raise error
        except OSError as e:
            raise OSError(e.errno or ETIMEDOUT, "cannot connect to %s, network up?" % self.host)
        context.addr = None
        if context.scheme == "https":
            self._secure(context)

    def _secure(self, context):
        made = context.ssl_context
        if made is None:
            if _CPYTHON:
                made = _ssl.create_default_context()
                # On some systems it would hide that a connection was cut.
                made.options &= ~getattr(_ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
            else:
                # A board has no store of CAs: the default encrypts, and verifies nothing.
                try:
                    import ssl
                except ImportError:
                    import tls as ssl
                made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                made.verify_mode = ssl.CERT_NONE
            context.ssl_context = made
        try:
            # The handshake ends in several small writes, which TCP would hold back.
            self._raw.setsockopt(6, 1, 1)
        except (AttributeError, OSError):
            pass
        if not _CPYTHON:
            import gc

            gc.collect()  # TLS wants its memory in one piece
        # The first write shakes hands, within the time-out for connecting.
        sock = made.wrap_socket(self._raw, server_hostname=context.host, do_handshake_on_connect=False)
        if _CPYTHON:
            sock.suppress_ragged_eofs = False
            self._raw = sock
        self._adopt(sock)

    def exchange(self, context, response_class, save_headers, max_redirects):
        """Go on with an exchange, over redirects, and return the response once its head has arrived."""
        while not context.count or context.count <= max_redirects:
            r = context.response
            if r is None:
                context.iterator = iter(context.message())
                context.response = r = response_class(self, self, save_headers=save_headers)
                r.url = context.url
                if context.method == "HEAD":
                    r.head_only = True
            if context.iterator:
                if self.buffer is None:
                    self.open(context)
                    self.buffer = False
                self.write(context)
                context.iterator = self.buffer = None
                if not _CPYTHON and self.poll:
                    self.wait(1)  # a read would come too early
            r._fill()
            while not r._scan() and r._left < -3:
                r._fill()
            if not (max_redirects and r._location and context.set_location(r.status_code, r._location)):
                if r._coding and r._left != 0:
                    _need(self.decode).install(r)
                return r
            self.close()
            context.response = None
            context.count += 1
        raise ValueError("too many redirects")

    def run(self, func, context, response_class=Response, save_headers=False, max_redirects=0):
        """Call a function that uses the connection, and close where it fails."""
        try:
            return func(context, response_class, save_headers, max_redirects)
        except BaseException as e:
            raise self.fail(e)

    def fail(self, error):
        """Close after an error; return it, with one errno for every way to say time-out."""
        self.close()
        if isinstance(error, OSError) and error.errno in (11, 110, 116):
            return OSError(ETIMEDOUT, "timed out: " + self.host)
        return error

    def close(self, done=False):
        """Close; done tells that the exchange came to its end."""
        sock, raw = self._sock, self._raw
        self._sock = self._raw = self.poll = None
        if not _CPYTHON and sock is not raw:
            try:
                sock.close()
            except OSError:
                pass
            try:
                # Fails where TLS has closed it: a second close could hit another's descriptor.
                raw.setblocking(False)
            except OSError:
                return
        if raw:
            raw.close()


def request(
    method,
    url,
    data=None,
    json=None,
    headers=None,
    auth=None,
    encoding=None,
    response_class=Response,
    save_headers=False,
    max_redirects=1,
    timeout=None,
    ssl_context=None,
    deadline=None,
    connection=Connection,
    **more,
):
    """Send a request and return the response."""
    if _CPYTHON:
        _check(headers, auth, ssl_context)
    context = RequestContext(url, method)
    if json is not None:
        data = dumps(json)
        context.update({"Content-Type": "application/json"})
    if isinstance(data, str):
        data = data.encode(encoding or "utf-8")
    if more:
        data, response_class, ssl_context, max_redirects = _need("keywords").apply(
            _need, context, more, data, response_class, ssl_context, max_redirects
        )
    if ssl_context:
        context.ssl_context = ssl_context
    if not isinstance(data, (bytes, bytearray, memoryview)) and data is not None:
        data = _need("body").wrap(data, context, _need)
    context.update(headers or ())
    if auth:
        context.update(encode_basic_auth(*(auth() if callable(auth) else auth)))
    context.set_body(data)
    made = connection(timeout, deadline)
    return made.run(made.exchange, context, response_class, save_headers, max_redirects)


def head(url, **kw):
    """Send a HEAD request."""
    return request("HEAD", url, **kw)


def get(url, **kw):
    """Send a GET request."""
    return request("GET", url, **kw)


def post(url, **kw):
    """Send a POST request."""
    return request("POST", url, **kw)


def put(url, **kw):
    """Send a PUT request."""
    return request("PUT", url, **kw)


def patch(url, **kw):
    """Send a PATCH request."""
    return request("PATCH", url, **kw)


def delete(url, **kw):
    """Send a DELETE request."""
    return request("DELETE", url, **kw)


def options(url, **kw):
    """Send an OPTIONS request."""
    return request("OPTIONS", url, **kw)
