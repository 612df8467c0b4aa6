"""The answer to a request, and the connection it comes by."""

from .. import mrequests as _core

const = str
_CPYTHON = const(0)  # true on CPython, see the core

if _CPYTHON:
    from ..keepalive import persistent
    from . import extras as _extras

    _Base = persistent(_core._Message)
    _parse_header = _core._Message._parse_header
    # Fields that decide how a response is read; the others are but kept.
    _names = b"connection content-encoding content-length content-type location set-cookie transfer-encoding"
    _TELLING = frozenset(_names.split())
else:
    _Base = _core.Response


class Response(_Base):
    """The answer to a request."""

    _before = _history = _cookies = request = None

    def __init__(self, sock=None, sockfile=None, save_headers=False):
        if _CPYTHON:
            self._sock = sock
            self._buf = b""
        else:
            _Base.__init__(self, sock)
        self._kept = []  # the header lines
        if sock:
            sock.phase = None
            if not _CPYTHON and sock.last is not None:
                self._before = sock.last

    def _body(self):
        if self._given & 1:
            from .extras import take_up

            take_up(self)
        return super()._body()

    def __bool__(self):
        return self.ok

    def __repr__(self):
        return "<Response [%s]>" % self.status_code

    if _CPYTHON:
        from .extras import (
            __getstate__,
            __iter__,
            __setstate__,
            iter_content,
            iter_lines,
            json,
            raise_for_status,
        )

        status_code = url = reason = connection = _took = _headers = _next = None

        def close(self, *args):
            """Close the connection, whatever is left of the body."""
            if self._sock is not None:  # as of one that was made by hand
                self._sock.close()

        __exit__ = close
        _sets_cookies = _encoding = False  # the charset: not looked for yet
        _given = 0
        max_size = 1 << 50  # of a decoded body, too
        _type = None
        _content = property(_extras.get_content, _extras.set_content)
        _content_consumed = property(_extras.is_consumed)
        headers = property(_extras.get_headers, _extras.set_headers)
        apparent_encoding = property(_extras.apparent_encoding)
        content = property(_extras.content)
        cookies = property(_extras.get_cookies, _extras.set_cookies)
        elapsed = property(_extras.get_elapsed, _extras.set_elapsed)
        encoding = property(_extras.get_encoding, _extras.set_encoding)
        history = property(_extras.get_history, _extras.set_history)
        is_permanent_redirect = property(_extras.is_permanent_redirect)
        is_redirect = property(_extras.is_redirect)
        links = property(_extras.links)
        next = property(_extras.get_next)
        ok = property(_extras.is_ok)
        raw = property(_extras.get_raw, _extras.set_raw)
        text = property(_extras.text)

        def _fill(self):
            # What comes first is taken as it comes: as a rule it is the whole message.
            if self._buf:
                return _Base._fill(self)
            self._buf = data = self._sock.receive(4096)
            self._end = len(data) or self._filled(0)

        def _framing(self):
            self._sock.phase = "body"
            if self._coding and not _extras.is_known(self._coding):
                self._coding = None  # is for the caller to decode
            return _Base._framing(self)

        def _usual(self, head):
            # As of the core, but a name is looked at once.
            lines = head.split(b"\r\n")
            odd = len(head) - len(head.translate(None, _core._CONTROLS)) != 2 * len(lines) - 2
            if odd or head.find(b" :") >= 0:
                return False
            if lines[0] == b"HTTP/1.1 200 OK":  # what most say
                self.status_code, self.reason, self._left = 200, "OK", -5
                self._keep, self._old = True, False
            else:
                self._status(lines[0])
            if self._left == -5:
                del lines[0]
                self._kept = lines
                for line in lines:
                    name, colon, value = line.partition(b":")
                    name = name.lower()
                    if name in _TELLING and colon:
                        self._tell(name, value, line)
            return True

        def _parse_header(self, data):
            name, colon, value = data.partition(b":")
            if colon:
                self._tell(name.lower(), value, data)

        def _tell(self, name, value, line):
            # The charset is looked for when it is asked for; get_encoding has rules of its own.
            if name == b"content-type":
                self._type = value
            elif name == b"content-length" and self._content_size is None and value.strip(b" ").isdigit():
                self._content_size = int(value)
            elif name == b"connection":
                self._options(value)
            elif name == b"set-cookie":
                self._sets_cookies = True
            elif name in _TELLING:
                _parse_header(self, line)
    else:

        def _framing(self):
            self._took = _core.ticks_diff(_core.ticks_ms(), self._sock._start)
            self._sock.phase = "body"
            if self._location:
                self._sock.last = self
            for line in self._kept:
                if self._location and line[:11].lower() == b"set-cookie:":
                    self._location = b""  # a redirect that only a session can follow
            return super()._framing()

        def json(self):
            """Decode the body as JSON."""
            data = self._body()
            try:
                return _core.loads(data)
            except ValueError as e:
                from .exceptions import JSONDecodeError

                raise JSONDecodeError(str(e), response=self)

        def __getattr__(self, name):
            if name == "headers":
                self.headers = made = _core._need("headers").Headers()
                for line in self._kept:
                    made.append(line)
                return made
            from .extras import late

            return late(self, name)


if not _CPYTHON:

    def settle(response, stream):
        """Read a body that is small, or asked for at once: who never reads it leaves nothing open."""
        n = response._left or 0
        if stream is False or stream is None and 0 < n <= 1024 and not response._coding:
            response._body()


class Wire(_core.Connection):
    """A connection whose errors are those of exceptions."""

    # How far the exchange is: None, "send"; a response goes on with "head" and "body".
    request = phase = None
    if not _CPYTHON:
        last = None  # response, where redirects are followed

    def write(self, context):
        """Send what is left of a request."""
        super().write(context)
        self.phase = "head"

    if _CPYTHON:

        def receive(self, size):
            """Return what has arrived, at least a byte and size at the most; nothing at the end."""
            try:
                if self.poll and not self.ticks:
                    return self._raw.recv(size)
            except _core._NOT_NOW:
                pass
            buf = bytearray(size)
            return bytes(buf[: self.readinto(buf, size)])

    def fail(self, error):
        """Close after an error; return what a user gets for it."""
        self.phase = self.phase or self._raw and "send"
        error = super().fail(error)
        if isinstance(error, (OSError, ValueError)):
            from .exceptions import failed

            error = failed(error, self)
        return error
