"""Proxies: plain requests by way of one, and tunnels for https."""

from .. import mrequests as _core
from .adapters import head
from .exceptions import InvalidProxyURL, InvalidSchema, ProxyError
from .pool import Kept
from .utils import prepend_scheme_if_needed, select_proxy


def find(adapter, request, proxies, verify):
    """Return the proxy for a request, as a request to it, or None."""
    url = select_proxy(request.url, proxies)
    if not url:
        return None
    url = prepend_scheme_if_needed(url, "http")
    if url[:5].lower() == "socks":
        raise InvalidSchema("There is no support for SOCKS here", request=request)
    try:
        proxy = _core.RequestContext(url)
    except ValueError as e:
        raise InvalidProxyURL("The URL of the proxy is malformed: %s" % e, request=request)
    if proxy.scheme == "https" and request.url[:6].lower() == "https:":
        raise InvalidProxyURL(
            "An https proxy is for http URLs only; give its URL as http://", request=request
        )
    proxy.ssl_context = adapter._tls(verify, None) if proxy.scheme == "https" else None
    proxy.head = head(adapter.proxy_headers(url))
    return proxy


class _Answer(_core.Response):
    # To CONNECT. What follows it belongs to the tunnel.

    head_only = True

    def _store(self, data):
        self._left = 0


class Proxied(Kept):
    """A connection that goes by way of a proxy."""

    def __init__(self, timeout, deadline, proxy):
        super().__init__(timeout, deadline)
        self.proxy = proxy

    def key(self, context):
        proxy = self.proxy
        through = proxy.scheme, proxy.host, proxy.port, proxy.ssl_context, proxy.head
        return through + (super().key(context) if context.scheme == "https" else ())

    def exchange(self, context, *args):
        if context.scheme == "http":
            # A proxy is told all of the URL; the header Host stays.
            context.path = context.url
            if b"\r\nproxy-authorization:" not in context.head.lower():
                context.head += self.proxy.head[2:]
        return super().exchange(context, *args)

    def connect(self, context):
        self.phase = "proxy"
        super().connect(self.proxy)
        self.phase = "send"
        if context.scheme == "https":
            self._tunnel(context)
            self.phase = "send"
            self.host = context.netloc
            self._secure(context)

    def _tunnel(self, context):
        target = (("[%s]:%d" if ":" in context.host else "%s:%d") % (context.host, context.port)).encode()
        proxy = self.proxy
        proxy.iterator = iter((b"CONNECT %s HTTP/1.1\r\nHost: %s%s\r\n" % (target, target, proxy.head),))
        self.write(proxy)
        self.phase = "proxy"
        answer = _Answer(self)
        while not answer._scan():
            answer._fill()
        if answer.status_code // 100 != 2:
            text = "Tunnel connection failed: %d %s" % (answer.status_code, answer.reason)
            raise ProxyError(text, request=self.request)
