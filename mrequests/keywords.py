"""The keywords of a request that few programs use."""

_KNOWN = (
    "params",
    "stream",
    "parse_headers",
    "allow_redirects",
    "verify",
    "secret",
    "max_size",
    "decode",
    "files",
    "progress",
)


def _encoded(base):
    # A response class that gives the body as it came.
    class EncodedResponse(base):
        def _parse_header(self, data):
            super()._parse_header(data)
            self._coding = None

    return EncodedResponse


def _responding(response_class, more, need):
    # The class of the response, as the keywords want it.
    if more.get("parse_headers"):
        response_class = need("headers").parsing(response_class, more["parse_headers"])
    if not more.get("decode", True):
        response_class = _encoded(response_class)
    if more.get("max_size") is not None:
        response_class = type("Response", (response_class,), {"max_size": more["max_size"]})
    return response_class


def apply(need, context, more, data, response_class, ssl_context, max_redirects):
    """Carry out the keywords in more; return what the core goes on with."""
    for name in more:
        if name not in _KNOWN:
            raise TypeError("unexpected keyword argument '%s'" % name)
    if more.get("files"):
        data = need("multipart").wrap(more["files"], data, context, need)
    if more.get("progress") and data is not None:
        data = need("chunks").counted(data, more["progress"], context, need)
    params = more.get("params")
    query = need("urlencode").form(params) if params else ""
    if query:
        context.go(context.url + ("&" if "?" in context.path else "?") + query.replace("#", "%23"))
    secret = more.get("secret") or ()
    for name in (secret,) if isinstance(secret, (str, bytes)) else secret:
        context.secret += " " + (name if isinstance(name, str) else name.decode())
    verify = more.get("verify")
    if verify is not None and ssl_context is None:
        ssl_context = need("verify").Later(verify)
    if not more.get("allow_redirects", True):
        max_redirects = 0
    return data, _responding(response_class, more, need), ssl_context, max_redirects
