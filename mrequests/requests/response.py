"""The answer to a request, and the connection it comes by."""

from .. import mrequests as _core

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

    _before = _history = _cookies = request = None

    def __init__(self, sock=None, sockfile=None, save_headers=False):
        _Base.__init__(self, sock)
        self._kept = []  # the header lines
        if sock:
            sock.phase = None
            if not _CPYTHON and sock.last:
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

        def _framing(self):
            self._sock.phase = "body"
            if self._coding and not _extras.is_known(self._coding):
                self._coding = None  # is for the caller to decode
            return _Base._framing(self)

        def _usual(self, head):
            found = _understood(head)
            if found is None:
                return False
            self.status_code, self.reason, self._left, self._keep, self._old, kept = found[:6]
            self._content_size, self.chunked, self._location, self._coding = found[6:10]
            self._type, self._sets_cookies = found[10:]
            self._kept = list(kept)
            return True

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


if _CPYTHON:

    @lru_cache(maxsize=16)
    def _understood(head):
        # What a head says, None for one that is unusual. Many are the same as one before.
        r = Response()
        if not _Base._usual(r, head):
            return None
        told = r.status_code, r.reason, r._left, r._keep, r._old, tuple(r._kept)
        return told + (r._content_size, r.chunked, r._location, r._coding, r._type, r._sets_cookies)
else:

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

    def fail(self, error):
        """Close after an error; return what a user gets for it."""
        self.phase = self.phase or self._raw and "send"
        error = super().fail(error)
        if isinstance(error, (OSError, ValueError)):
            from .exceptions import failed

            error = failed(error, self)
        return error
