"""What is sent and what comes back."""

from .. import mrequests as _core
from .response import Response
from .structures import CaseInsensitiveDict

const = str
_CPYTHON = const(0)  # true on CPython, see the core

REDIRECT_STATI = 301, 302, 303, 307, 308
CONTENT_CHUNK_SIZE = 10 * 1024
ITER_CHUNK_SIZE = 512


def _text(value):
    return value if isinstance(value, str) else str(value, "utf-8")


class Request:
    """A request as the user describes it."""

    def __init__(
        self,
        method=None,
        url=None,
        headers=None,
        files=None,
        data=None,
        params=None,
        auth=None,
        cookies=None,
        hooks=None,
        json=None,
    ):
        self.method = method
        self.url = url
        self.headers = {} if headers is None else headers
        self.files = [] if files is None else files
        self.data = [] if data is None else data
        self.json = json
        self.params = {} if params is None else params
        self.auth = auth
        self.cookies = cookies
        self.hooks = {"response": []}
        for event in hooks or ():
            self.register_hook(event, hooks[event])

    def prepare(self):
        """Return it as it will be sent."""
        prepared = PreparedRequest()
        prepared.prepare(
            self.method,
            self.url,
            self.headers,
            self.files,
            self.data,
            self.params,
            self.auth,
            self.cookies,
            self.hooks,
            self.json,
        )
        return prepared

    def register_hook(self, event, hook):
        """Have a function, or several, called with the response."""
        if event not in self.hooks:
            raise ValueError('Unsupported event specified, with event name "%s"' % event)
        if callable(hook):
            self.hooks[event].append(hook)
        elif hook:
            self.hooks[event].extend([one for one in hook if callable(one)])

    def __repr__(self):
        return "<Request [%s]>" % self.method

    if _CPYTHON:
        from .extras import deregister_hook


class PreparedRequest:
    """A request as it will be sent; what it says may still be changed."""

    method = url = headers = body = None
    _cookies = _body_position = None
    if not _CPYTHON:
        _context = _parsed = None

    def __init__(self):
        self.hooks = {"response": []}

    register_hook = Request.register_hook
    if _CPYTHON:
        from .extras import deregister_hook

    def prepare(
        self,
        method=None,
        url=None,
        headers=None,
        files=None,
        data=None,
        params=None,
        auth=None,
        cookies=None,
        hooks=None,
        json=None,
    ):
        """Prepare all of it."""
        self.prepare_method(method)
        self.prepare_url(url, params)
        self.prepare_headers(headers)
        self.prepare_cookies(cookies)
        self.prepare_body(data, files, json)
        # Last, because it may depend on all the rest, and may add hooks.
        self.prepare_auth(auth, url)
        self.prepare_hooks(hooks)

    def __repr__(self):
        return "<PreparedRequest [%s]>" % self.method

    def prepare_method(self, method):
        """Set the method."""
        self.method = method if method is None else _text(method).upper()

    def prepare_url(self, url, params):
        """Set the URL, with params added to its query."""
        if _CPYTHON and not params and isinstance(url, str):
            try:
                self.url = _target(url.lstrip())[0]
                return
            except ValueError:
                pass  # what is wrong with it is found out below
        url = _text(url) if isinstance(url, (str, bytes)) else str(url)
        url = url.lstrip()
        self.url = url
        if not _CPYTHON:
            self._context = None
        scheme = url.split(":", 1)[0].lower()
        if ":" in url and scheme not in ("http", "https"):
            return  # for an adapter of the user's
        try:
            self._parse(url, encode_params(params) if params else "")
        except ValueError as e:
            from .exceptions import bad_url

            raise bad_url(url, e)

    def _parse(self, url, query):
        i = url.find("#")
        fragment = ""
        if i >= 0:
            fragment = url[i:]
            url = url[:i]
        if query:
            if url[-1:] != "?":
                url += "&" if "?" in url else "?"
            url += query.replace("#", "%23")
        if _CPYTHON:
            self.url = _target(url + fragment)[0]
            return
        self._context = context = _core.RequestContext(url)
        made = context.url
        if "@" in url:
            authority = url[url.find("//") + 2 :].split("/", 1)[0]
            made = made.replace(context.netloc, authority[: authority.rfind("@") + 1] + context.netloc, 1)
        self.url = self._parsed = made + fragment

    def prepare_headers(self, headers):
        """Set the headers; refuse what must not be sent."""
        self.headers = made = CaseInsensitiveDict()
        if _CPYTHON:
            if type(headers) is CaseInsensitiveDict and _are_text(headers):
                made._store = headers._store.copy()
            elif headers is not None:
                made.update(headers if _are_text(headers) else _checked(headers))
            return
        if not headers:
            return
        # What must not be sent is refused when it is to be: there is no room for doing it twice.
        for name, value in headers.items():
            if value is not None:
                made[_text(name)] = value

    def prepare_body(self, data, files, json=None):
        """Set the body and the headers that describe it."""
        body = kind = None
        if not data and json is not None:
            body = _json(json)
            kind = "application/json"
        if files:
            from .extras import encode_files

            body, kind = encode_files(data, files)
        elif data:
            body = data
            if isinstance(data, (dict, list, tuple)) or hasattr(data, "items"):
                body = encode_params(data)
                kind = "application/x-www-form-urlencoded"
        self.body = body
        self.prepare_content_length(body)
        if kind and "content-type" not in self.headers:
            self.headers["Content-Type"] = kind

    def prepare_content_length(self, body):
        """Set the header that tells how long the body is, or that it comes in chunks."""
        if body is None:
            if self.method not in ("GET", "HEAD") and "Content-Length" not in self.headers:
                self.headers["Content-Length"] = "0"
            return
        if isinstance(body, str):
            length = len(body) if _CPYTHON and body.isascii() else len(body.encode())
        elif isinstance(body, (bytes, bytearray)):
            length = len(body)
        else:
            from .extras import stream_length

            length = stream_length(self, body)
        if length is not None:
            self.headers["Content-Length"] = str(length)

    def prepare_auth(self, auth, url=""):
        """Have the authentication add to the request what it needs."""
        if auth is None and self.url and "@" in self.url:
            from .utils import get_auth_from_url

            auth = get_auth_from_url(self.url)
            auth = auth if any(auth) else None
        if not auth:
            return
        if isinstance(auth, tuple) and len(auth) == 2:
            from .auth import HTTPBasicAuth

            auth = HTTPBasicAuth(auth[0], auth[1])
        made = auth(self)
        if made is not self:
            self.__dict__.update(made.__dict__)
        self.prepare_content_length(self.body)

    def prepare_cookies(self, cookies):
        """Set the header Cookie, once."""
        if cookies is None:
            return
        from .cookies import get_cookie_header, jar_of

        self._cookies = jar_of(cookies)
        header = get_cookie_header(self._cookies, self)
        if header is not None:
            self.headers["Cookie"] = header

    def prepare_hooks(self, hooks):
        """Add functions to be called with the response."""
        for event in hooks or ():
            if not _CPYTHON or hooks[event]:
                self.register_hook(event, hooks[event])

    def copy(self):
        """Return another that can be changed without changing this one."""
        made = PreparedRequest()
        made.method = self.method
        made.url = self.url
        made.headers = self.headers.copy() if self.headers is not None else None
        made._cookies = self._cookies.copy() if self._cookies is not None else None
        made.body = self.body
        made.hooks = self.hooks
        made._body_position = self._body_position
        return made

    @property
    def path_url(self):
        """The path with the query."""
        url = self.url.split("#", 1)[0]
        i = url.find("://")
        if i < 0:
            return url[url.find(":") + 1 :] or "/"
        path = url[_core._first(url, i + 3) :]
        return path if path[:1] == "/" else "/" + path


if _CPYTHON:
    import re
    from functools import lru_cache

    # Lines of a name, a null and a value: no more than that may stand in any of them.
    _FIELDS = re.compile(r"(?:[^:\r\n\0 \t]+\0(?:[^ \t\r\n\0][^\r\n\0]*)?\n)*")

    @lru_cache(maxsize=64)
    def _may_be_sent(pairs):
        # Whether all names and values are text that may stand in a head.
        text = "\n".join(map("\0".join, pairs)) + "\n"
        return text.count("\n") == len(pairs) and _FIELDS.fullmatch(text) is not None

    def _are_text(headers):
        try:
            return _may_be_sent(_pairs(headers))
        except TypeError:  # not all of it is text
            return False

    def _checked(headers):
        # One by one: InvalidHeader tells which must not be sent. Names become text.
        from .utils import check_header_validity

        made = {}
        for name, value in _pairs(headers):
            check_header_validity((name, value))
            made[_text(name)] = value
        return made

    def _pairs(headers):
        # Names and values as a tuple of pairs.
        if type(headers) is CaseInsensitiveDict:
            return tuple(headers._store.values())
        return tuple(headers.items())

    @lru_cache(maxsize=256)
    def _target(url):
        # A URL in its usual form, and what a context knows of it.
        from .extras import portable

        i = url.find("#")
        fragment = "" if i < 0 else url[i:]
        url, fragment = portable(url if i < 0 else url[:i], fragment)
        context = _core.RequestContext(url)
        start = url.find("//") + 2
        authority = url[start : _core._first(url, start)]
        i = authority.rfind("@") + 1
        url = context.scheme + "://" + authority[:i] + authority[i:].lower() + context.path + fragment
        return url, context.scheme, context.host, context.port, context.netloc, context.path, context.url


def _json(data):
    if _CPYTHON:
        from .exceptions import InvalidJSONError

        try:
            return _core.dumps(data, allow_nan=False).encode()
        except ValueError as e:
            raise InvalidJSONError(e)
    return _core.dumps(data).encode()


def encode_params(data):
    """Return a form or the parameters of a query as text; lists are repeated, None is left out."""
    if isinstance(data, (str, bytes)):
        return _text(data)
    if hasattr(data, "read"):
        return data
    from ..urlencode import urlencode

    pairs = []
    for key, values in data.items() if hasattr(data, "items") else data:
        if isinstance(values, (str, bytes)) or not _repeats(values):
            values = (values,)
        pairs.extend([(key, value) for value in values if value is not None])
    return urlencode(pairs, True)


def _repeats(value):
    return hasattr(value, "__iter__") or isinstance(value, (list, tuple, dict, set))
