"""Cookies on CPython: http.cookiejar keeps the rules, here it is given the objects it wants."""

import copy
import threading
from collections.abc import MutableMapping
from http import cookiejar as cookielib
from urllib.parse import urlsplit


class CookieConflictError(RuntimeError):
    """Several cookies have this name: say which domain and path."""


class _Asking:
    # A prepared request, as http.cookiejar asks for it.

    unverifiable = False

    def __init__(self, request):
        from ..mrequests import RequestContext

        self._headers = request.headers or {}
        try:
            where = RequestContext(request.url)
        except ValueError:  # another scheme, which an adapter of the caller's may serve
            where = urlsplit(request.url)
        self.type = where.scheme
        host = self._headers.get("Host")
        host = host.decode() if isinstance(host, bytes) else host
        self.host = host or where.netloc
        self._url = "%s://%s%s" % (where.scheme, self.host, where.path)
        self.origin_req_host = cookielib.request_host(self)
        self.added = {}

    def get_full_url(self):
        return self._url

    def has_header(self, name):
        return name in self._headers or name in self.added

    def get_header(self, name, default=None):
        return self._headers.get(name, self.added.get(name, default))

    def add_unredirected_header(self, name, value):
        self.added[name] = value


class _Answer:
    # The fields that set cookies, as http.cookiejar asks for them.

    def __init__(self, lines):
        self.lines = lines

    def info(self):
        return self

    def get_all(self, name, default=None):
        return self.lines if name.lower() == "set-cookie" else default


def extract_cookies_to_jar(jar, request, response):
    """Put the cookies that came with a response into a jar."""
    response = getattr(response, "response", response)  # of r.raw
    if hasattr(response, "_kept"):
        from .extras import set_cookies_of

        lines = set_cookies_of(response)
    else:
        message = getattr(getattr(response, "_original_response", None), "msg", None)
        lines = message.get_all("set-cookie", []) if message else []
    lines = [line.decode("latin-1") if isinstance(line, bytes) else line for line in lines]
    if lines:
        jar.extract_cookies(_Answer(lines), _Asking(request))


def cookie_header(jar, request):
    asking = _Asking(request)
    jar.add_cookie_header(asking)
    return asking.added.get("Cookie")


def create_cookie(name, value, **kwargs):
    """Return a cookie; without a domain it goes everywhere."""
    made = {
        "version": 0,
        "name": name,
        "value": value,
        "port": None,
        "domain": "",
        "path": "/",
        "secure": False,
        "expires": None,
        "discard": True,
        "comment": None,
        "comment_url": None,
        "rest": {"HttpOnly": None},
        "rfc2109": False,
    }
    unknown = [key for key in kwargs if key not in made]
    if unknown:
        raise TypeError("create_cookie() got unexpected keyword arguments: %s" % unknown)
    made.update(kwargs)
    made["port_specified"] = bool(made["port"])
    made["domain_specified"] = bool(made["domain"])
    made["domain_initial_dot"] = made["domain"].startswith(".")
    made["path_specified"] = bool(made["path"])
    return cookielib.Cookie(**made)


def morsel_to_cookie(morsel):
    """Return the cookie that a Morsel of http.cookies describes."""
    import calendar
    import time

    expires = None
    if morsel["max-age"]:
        try:
            expires = int(time.time() + int(morsel["max-age"]))
        except ValueError:
            raise TypeError("max-age: %s must be integer" % morsel["max-age"])
    elif morsel["expires"]:
        expires = calendar.timegm(time.strptime(morsel["expires"], "%a, %d-%b-%Y %H:%M:%S GMT"))
    return create_cookie(
        morsel.key,
        morsel.value,
        comment=morsel["comment"],
        comment_url=bool(morsel["comment"]),
        discard=False,
        domain=morsel["domain"],
        expires=expires,
        path=morsel["path"],
        rest={"HttpOnly": morsel["httponly"]},
        secure=bool(morsel["secure"]),
        version=morsel["version"] or 0,
    )


def remove_cookie_by_name(cookiejar, name, domain=None, path=None):
    """Take cookies of a name away, of all domains and paths where none is named."""
    for cookie in list(cookiejar):
        if cookie.name == name and domain in (None, cookie.domain) and path in (None, cookie.path):
            cookiejar.clear(cookie.domain, cookie.path, cookie.name)


class RequestsCookieJar(cookielib.CookieJar, MutableMapping):
    """A jar of http.cookiejar that is a mapping of names to values, too."""

    def get(self, name, default=None, domain=None, path=None):
        """Return the value of a cookie; several of the name, on different domains, are a conflict."""
        try:
            return self._find(name, domain, path)
        except KeyError:
            return default

    def _find(self, name, domain=None, path=None):
        found = None
        for cookie in self:
            if cookie.name == name and domain in (None, cookie.domain) and path in (None, cookie.path):
                if found is not None:
                    raise CookieConflictError("There are multiple cookies with name, %r" % name)
                found = cookie
        if found is None:
            raise KeyError("name=%r, domain=%r, path=%r" % (name, domain, path))
        return found.value

    def set(self, name, value, **kwargs):
        """Set a cookie and return it; None takes it away."""
        if value is None:
            remove_cookie_by_name(self, name, kwargs.get("domain"), kwargs.get("path"))
            return None
        if hasattr(value, "coded_value"):
            cookie = morsel_to_cookie(value)
        else:
            cookie = create_cookie(name, value, **kwargs)
        self.set_cookie(cookie)
        return cookie

    def iterkeys(self):
        """Yield the names."""
        for cookie in self:
            yield cookie.name

    def itervalues(self):
        """Yield the values."""
        for cookie in self:
            yield cookie.value

    def iteritems(self):
        """Yield pairs of name and value."""
        for cookie in self:
            yield cookie.name, cookie.value

    def keys(self):
        """Return the names."""
        return list(self.iterkeys())

    def values(self):
        """Return the values."""
        return list(self.itervalues())

    def items(self):
        """Return pairs of name and value."""
        return list(self.iteritems())

    def list_domains(self):
        """Return the domains."""
        return list(dict.fromkeys([cookie.domain for cookie in self]))

    def list_paths(self):
        """Return the paths."""
        return list(dict.fromkeys([cookie.path for cookie in self]))

    def multiple_domains(self):
        """Whether two cookies have the same domain."""
        domains = [cookie.domain for cookie in self if cookie.domain is not None]
        return len(domains) > len(set(domains))

    def get_dict(self, domain=None, path=None):
        """Return a dictionary of the cookies, those of a domain and a path where they are named."""
        return {
            cookie.name: cookie.value
            for cookie in self
            if domain in (None, cookie.domain) and path in (None, cookie.path)
        }

    def __contains__(self, name):
        return any([cookie is name or cookie.name == name for cookie in self])

    def __getitem__(self, name):
        return self._find(name)

    def __setitem__(self, name, value):
        self.set(name, value)

    def __delitem__(self, name):
        remove_cookie_by_name(self, name)

    def set_cookie(self, cookie, *args, **kwargs):
        """Set a cookie."""
        value = cookie.value
        if isinstance(value, str) and value.startswith('"') and value.endswith('"'):
            cookie.value = value.replace('\\"', "")
        super().set_cookie(cookie, *args, **kwargs)

    def update(self, other=(), **kwargs):
        """Set the cookies of another jar or of a dictionary."""
        if isinstance(other, cookielib.CookieJar):
            for cookie in other:
                self.set_cookie(copy.copy(cookie))
        else:
            super().update(other, **kwargs)

    def copy(self):
        """Return another jar with the same cookies."""
        made = RequestsCookieJar()
        made.set_policy(self.get_policy())
        made.update(self)
        return made

    def get_policy(self):
        """Return the policy."""
        return self._policy

    def __getstate__(self):
        state = self.__dict__.copy()
        state.pop("_cookies_lock")  # is made anew
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._cookies_lock = threading.RLock()
