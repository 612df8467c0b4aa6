"""The keywords of a request that few programs use."""

_KNOWN = "params", "stream", "parse_headers", "allow_redirects", "verify", "secret", "max_size", "decode"


class _Later:
    # The context of verify=, made only if the request comes to TLS.

    context = None

    def __init__(self, verify, need):
        self.verify = verify
        self.need = need

    def wrap_socket(self, sock, **kw):
        if self.context is None:
            self.context = self.need("verify").context(self.verify)
        return self.context.wrap_socket(sock, **kw)


def _parsing(base, parse, need):
    # A response class that keeps its headers: in a mapping, or as the function parse does.
    make = dict if callable(parse) else need("headers").Headers

    class ParsedResponse(base):
        def __init__(self, *args, **kw):
            super().__init__(*args, **kw)
            self.headers = make()

        def add_header(self, data):
            if callable(parse):
                parse(data, self.headers)
            else:
                self.headers.append(data)

    return ParsedResponse


def _encoded(base):
    # A response class that gives the body as it came.
    class EncodedResponse(base):
        def _parse_header(self, data):
            super()._parse_header(data)
            self._coding = None

    return EncodedResponse


def apply(need, context, more, data, response_class, ssl_context, max_redirects):
    """Carry out the keywords in more; return what the core goes on with."""
    for name in more:
        if name not in _KNOWN:
            raise TypeError("unexpected keyword argument '%s'" % name)
    params = more.get("params")
    query = need("body").form(params, need) if params else ""
    if query:
        context.go(context.path + ("&" if "?" in context.path else "?") + query.replace("#", "%23"))
    secret = more.get("secret") or ()
    context.secret += (secret,) if isinstance(secret, (str, bytes)) else tuple(secret)
    verify = more.get("verify")
    if verify is not None and ssl_context is None:
        ssl_context = _Later(verify, need)
    if not more.get("allow_redirects", True):
        max_redirects = 0
    if more.get("parse_headers"):
        response_class = _parsing(response_class, more["parse_headers"], need)
    if not more.get("decode", True):
        response_class = _encoded(response_class)
    if more.get("max_size") is not None:
        response_class = type("Response", (response_class,), {"max_size": more["max_size"]})
    return data, response_class, ssl_context, max_redirects
