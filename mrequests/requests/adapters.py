"""How a prepared request is sent: over connections that are kept."""

from .. import mrequests as _core
from ..keepalive import persistent
from .pool import Kept, Pool
from .response import Response

const = str
_CPYTHON = const(0)  # true on CPython, see the core

if _CPYTHON:
    from functools import lru_cache

    from .models import _pairs, _target
    from .retry import Retry

DEFAULT_POOLSIZE = 10 if _CPYTHON else 1
DEFAULT_RETRIES = 0

_Answer = Response if _CPYTHON else persistent(Response)


class BaseAdapter:
    """What can be mounted in a session."""

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        """Send a prepared request and return the response."""
        raise NotImplementedError

    def close(self):
        """Close what is open."""
        raise NotImplementedError


class HTTPAdapter(BaseAdapter):
    """Sends requests over HTTP, and keeps connections for the next ones."""

    def __init__(
        self,
        pool_connections=DEFAULT_POOLSIZE,
        pool_maxsize=DEFAULT_POOLSIZE,
        max_retries=DEFAULT_RETRIES,
        pool_block=False,
    ):
        self.max_retries = max_retries
        self._size = max(pool_connections, pool_maxsize)
        self._pool = Pool(self._size)
        self._context = None  # of TLS, and what it was made for

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None, deadline=None):
        """Send a prepared request and return the response, its body unread."""
        if self.max_retries:
            from .retry import send

            return send(self, request, timeout, verify, cert, proxies, deadline)
        return self.send_once(request, timeout, verify, cert, proxies, deadline)

    def send_once(self, request, timeout=None, verify=True, cert=None, proxies=None, deadline=None):
        """Send a prepared request, once."""
        if _CPYTHON and timeout is not None:
            _check(timeout)
        context = self._prepare(request)
        if context.scheme == "https":
            context.ssl_context = self._tls(verify, cert)
        wire = self._wire(request, timeout, verify, proxies, deadline)
        wire.request = request
        if "close" not in request.headers.get("connection", "").lower():
            self._pool.size = self._size
            wire.pool = self._pool
        response = wire.run(wire.exchange, context, _Answer)
        if not _CPYTHON and self._context and self._context[1] is None:
            self._context = None, context.ssl_context  # the default, which the core has made
        if _CPYTHON and response._sock is not wire:
            response._sock.fail = _Undecodable(response._sock, wire)
        response.request = request
        response.url = request.url
        response.connection = self
        return response

    def _wire(self, request, timeout, verify, proxies, deadline):
        if proxies and not _CPYTHON:
            raise ValueError("proxies are for CPython")
        if proxies:
            from .proxies import Proxied, find

            proxy = find(self, request, proxies, verify)
            if proxy:
                return Proxied(timeout, deadline, proxy)
        return Kept(timeout, deadline)

    def proxy_headers(self, proxy):
        """Return the headers that a proxy is to see: the credentials in its URL."""
        from .auth import _basic_auth_str
        from .utils import get_auth_from_url

        user, password = get_auth_from_url(proxy)
        return {"Proxy-Authorization": _basic_auth_str(user, password)} if user else {}

    def _prepare(self, request):
        # The request as the core sends it.
        try:
            if _CPYTHON:
                context = _context(request.url)
            else:
                context = request._context
                request._context = None
                if context is None or request.url != request._parsed:
                    context = _core.RequestContext(request.url)
            context.method = request.method
            context.head = head(request.headers)
        except ValueError as e:
            from .exceptions import refused

            raise refused(request.url, e, request)
        body = request.body
        if isinstance(body, str):
            body = body.encode()
        elif body is not None and not isinstance(body, (bytes, bytearray, memoryview)):
            body = body if hasattr(body, "framing") else _core._need("body").wrap(body, context, _core._need)
            context.set_body(body)
        context.data = body or b""
        if context.data is body and not hasattr(body, "framing"):
            length = request.headers.get("content-length")
            if length != str(len(body)) or "transfer-encoding" in request.headers:
                context.set_body(body)
        return context

    def _tls(self, verify, cert):
        # The context that connections are shared by; None until the core has made its default.
        if _CPYTHON:
            from .certs import context

            return context(verify, cert)
        if self._context is None or self._context[0] != verify:
            self._context = verify, None if verify is None else _core._need("verify").context(verify)
        return self._context[1]

    if _CPYTHON:

        def __getstate__(self):
            return {"max_retries": self.max_retries, "_size": self._size}

        def __setstate__(self, state):
            self.__init__()
            self.__dict__.update(state)

    def close(self):
        """Close the idle connections; those in use are closed when their body ends."""
        self._pool.size = 0
        self._pool.clear()


class _Undecodable:
    # Called by a decoder that fails, unless it was the connection that did.

    def __init__(self, decoder, wire):
        self.decoder = decoder
        self.wire = wire

    def __call__(self, error):
        self.decoder.close()
        self.wire.phase = "decode"
        return self.wire.fail(error)


def _check(timeout):
    timeout = timeout if isinstance(timeout, (tuple, list)) else (timeout, timeout)
    if len(timeout) != 2 or [t for t in timeout if t is not None and not float(t) > 0]:
        raise ValueError("timeout must be a number above zero or (connect, read), not %r" % (timeout,))


if _CPYTHON:

    class _Context(_core.RequestContext):
        # A request whose head is made once for all that are the same.

        def message(self):
            data = self.data
            if hasattr(data, "message") or len(data) > _core._BLOCK:
                return super().message()
            return (_start(self.method, self.path, self.netloc, self.head) + data,)

    @lru_cache(maxsize=64)
    def _start(method, path, netloc, fields):
        made = _core.RequestContext.__new__(_core.RequestContext)
        made.method, made.path, made.netloc, made.head, made.data = method, path, netloc, fields, b""
        return made.message()[0]

    def _context(url):
        made = _Context.__new__(_Context)
        _, made.scheme, made.host, made.port, made.netloc, made.path, made.url = _target(url)
        return made

    def head(headers):
        """Return headers as they are sent. Nothing in them may end their field early."""
        pairs = _pairs(headers)
        try:
            return _lines(pairs)
        except TypeError:  # not all of it is text
            return _lines(tuple([(_text(name), _text(value)) for name, value in pairs]))

    @lru_cache(maxsize=64)
    def _lines(pairs):
        text = "\r\n".join(map(": ".join, pairs))
        n = max(0, len(pairs) - 1)
        if text.count("\n") > n or text.count("\r") > n or "\0" in text:
            raise ValueError("bad character in a header")
        text = "\r\n%s\r\n" % text if pairs else "\r\n"
        try:
            return text.encode("latin-1", "surrogateescape")
        except UnicodeError:
            return text.encode("utf-8", "surrogateescape")

    def _text(value):
        if isinstance(value, bytes):
            return str(value, "ascii", "surrogateescape")
        return value if isinstance(value, str) else str(value)
else:

    def head(headers):
        """Return headers as they are sent. Nothing in them may end their field early."""
        lines = [""]
        for name in headers:
            value = headers[name]
            _core._field(name or ":", b"\r\n\0: \t")
            lines.append("%s: %s" % (name, str(value, "utf-8") if isinstance(value, bytes) else value))
        lines.append("")
        text = "\r\n".join(lines)
        n = len(lines) - 1
        if text.count("\n") != n or text.count("\r") != n or "\0" in text:
            raise ValueError("bad character in a header")
        return text.encode()
