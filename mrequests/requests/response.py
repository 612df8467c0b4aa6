"""The answer to a request, and the connection it comes by."""

from .. import mrequests as _core

try:
    from micropython import const
except ImportError:
    const = str
_CPYTHON = const(0)  # true on CPython, see the core

if _CPYTHON:
    from functools import lru_cache

    from ..keepalive import persistent
    from . import extras as _extras

    _Base = persistent(_core._Message)
    _parse_header = _core._Message._parse_header
else:
    _Base = _core.Response


class Response(_Base):
    """The answer to a request."""

    _headers = _history = _cookies = _next = request = connection = None

    def __init__(self, sock=None, sockfile=None, save_headers=False):
        _Base.__init__(self, sock)
        self._kept = []  # the header lines
        if sock:
            sock.phase = "head"
            if not _CPYTHON:
                self._took = _core.ticks_diff(_core.ticks_ms(), sock._start)

    def _framing(self):
        self._sock.phase = "body"
        if _CPYTHON and self._coding and not _extras.is_known(self._coding):
            self._coding = None  # is for the caller to decode
        return _Base._framing(self)

    @property
    def headers(self):
        """The headers, in any case of letters; one that came several times is joined with commas."""
        if self._headers is None:
            if _CPYTHON:
                from .structures import parse_headers

                self._headers = parse_headers(self._kept)
            else:
                self._headers = _core._need("headers").Headers()
                for line in self._kept:
                    self._headers.append(line)
        return self._headers

    @headers.setter
    def headers(self, headers):
        self._headers = headers

    def _body(self):
        if self._given == 1:
            raise RuntimeError("the body was read already")
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

        status_code = url = reason = _took = None
        _sets_cookies = _encoding = False  # the charset: not looked for yet
        max_size = 1 << 50  # of a decoded body, too
        _type = None
        _content = property(_extras.get_content, _extras.set_content)
        _content_consumed = property(_extras.is_consumed)
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

        def _status(self, line):
            self.status_code, self.reason, self._left, self._keep = _understood(line)

        def _parse_header(self, data):
            # The charset is looked for when it is asked for; get_encoding has rules of its own.
            i = data.find(b":")
            if i in (8, 14, 16, 17):
                _parse_header(self, data)
            elif i in (10, 12):
                name = data[:i].lower()
                if name == b"content-type":
                    self._type = data[13:]
                elif name == b"connection":
                    self._options(data[11:])
                elif name == b"set-cookie":
                    self._sets_cookies = True
    else:

        def json(self):
            """Decode the body as JSON."""
            data = self._body()
            try:
                return _core.loads(data)
            except ValueError as e:
                from .exceptions import JSONDecodeError

                raise JSONDecodeError(str(e), response=self)

        def __getattr__(self, name):
            from .extras import late

            return late(self, name)


if _CPYTHON:

    @lru_cache(maxsize=64)
    def _understood(line):
        # What the base makes of a status line; there are few different ones.
        made = _Base(None)
        made._status(line)
        return made.status_code, made.reason, made._left, made._keep


def told(base):
    """Return a class of connections whose errors are those of exceptions."""

    class Wire(base):
        request = phase = None  # a response goes on with "head" and "body"

        def open(self, context):
            self.phase = None
            base.open(self, context)
            self.phase = self.phase or "send"

        def _secure(self, context):
            self.phase = "tls"
            super()._secure(context)

        def write(self, data):
            closed = base.write(self, data)
            self.phase = "send"
            return closed

        def fail(self, error):
            from .exceptions import failed

            return failed(super().fail(error), self)

    return Wire
