"""Cookies on a board, for cookies.py: name, value, domain, path, expiry, secure (RFC 6265)."""

import time

_MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"


class Cookie:
    """A cookie; one without a domain goes everywhere."""

    def __init__(self, name, value, domain="", path="/", expires=None, secure=False):
        self.name = name
        self.value = value
        self.domain = domain  # with a dot in front: subdomains, too
        self.path = path
        self.expires = expires  # as time.time() counts
        self.secure = secure

    def is_expired(self):
        """Whether its time is over."""
        return self.expires is not None and self.expires <= time.time()

    def fits(self, context):
        """Whether it goes with a request."""
        path = context.path.split("?", 1)[0]
        if self.secure and context.scheme != "https" or not path.startswith(self.path):
            return False
        rest = path[len(self.path) :]
        if rest and self.path[-1:] != "/" and rest[0] != "/":
            return False
        domain = self.domain
        host = context.host
        return not domain or host == domain or domain[0] == "." and ("." + host).endswith(domain)

    def __repr__(self):
        return "<Cookie %s=%s for %s%s>" % (self.name, self.value, self.domain, self.path)


create_cookie = Cookie


class RequestsCookieJar:
    """Cookies; a mapping of names to values, too."""

    def __init__(self):
        self._cookies = []

    def set_cookie(self, cookie):
        """Set a cookie in place of the one that has its name, domain and path."""
        key = cookie.name, cookie.domain, cookie.path
        self._cookies = [c for c in self._cookies if (c.name, c.domain, c.path) != key]
        if not cookie.is_expired():
            self._cookies.append(cookie)

    def set(self, name, value, **kw):
        """Set a cookie; None takes it away."""
        if value is None:
            self.clear(kw.get("domain"), kw.get("path"), name)
        else:
            self.set_cookie(Cookie(name, value, **kw))

    def get(self, name, default=None, domain=None, path=None):
        """Return the value of a cookie, default where there is none."""
        for cookie in self:
            if cookie.name == name and domain in (None, cookie.domain) and path in (None, cookie.path):
                return cookie.value
        return default

    def clear(self, domain=None, path=None, name=None):
        """Take cookies away: all, or those of a domain, path and name."""
        self._cookies = [
            c
            for c in self._cookies
            if domain not in (None, c.domain) or path not in (None, c.path) or name not in (None, c.name)
        ]

    def get_dict(self, domain=None, path=None):
        """Return a dictionary of the cookies, those of a domain and a path where they are named."""
        return {c.name: c.value for c in self if domain in (None, c.domain) and path in (None, c.path)}

    def copy(self):
        """Return another jar with the same cookies."""
        made = RequestsCookieJar()
        made._cookies = self._cookies[:]
        return made

    def update(self, other):
        """Set the cookies of another jar or of a dictionary."""
        for cookie in other:
            if isinstance(other, dict):
                cookie = Cookie(cookie, other[cookie])
            self.set_cookie(cookie)

    def __iter__(self):
        self._cookies = [cookie for cookie in self._cookies if not cookie.is_expired()]
        return iter(self._cookies)

    def __len__(self):
        return len(self._cookies)

    def __contains__(self, name):
        return self.get(name) is not None

    def __getitem__(self, name):
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __setitem__(self, name, value):
        self.set(name, value)

    def __delitem__(self, name):
        self[name]
        self.clear(None, None, name)

    def keys(self):
        """Return the names."""
        return [cookie.name for cookie in self]

    def values(self):
        """Return the values."""
        return [cookie.value for cookie in self]

    def items(self):
        """Return pairs of name and value."""
        return [(cookie.name, cookie.value) for cookie in self]

    def __repr__(self):
        return "<RequestsCookieJar%r>" % [cookie for cookie in self]


def _expires(text):
    # Day, month, year and time in any of the usual orders; None for what is no date.
    date = [0, 0, 0, 0, 0, 0]
    for part in text.replace("-", " ").replace(",", " ").lower().split():
        if ":" in part:
            clock = part.split(":")
            if len(clock) == 3 and "".join(clock).isdigit():
                date[3:6] = [int(n or 0) for n in clock]
        elif part.isdigit():
            n = int(part)
            if not date[2] and n < 32:
                date[2] = n
            else:
                date[0] = n if n > 99 else n + (2000 if n < 70 else 1900)
        elif part[:3] in _MONTHS and len(part) >= 3:
            date[1] = _MONTHS.find(part[:3]) // 3 + 1
    if not (date[0] and date[1] and date[2]):
        return None
    if date[0] < 2001:  # no clock goes back that far
        return -1
    if date[0] > 2037:  # more than 32 bits can count: as good as never
        return None
    # In local time, as boards have it, which is UTC.
    return int(time.mktime(tuple(date) + (0, 0)))


def _attributes(parts):
    found = {}
    for part in parts:
        i = (part + "=").find("=")
        found[part[:i].strip().lower()] = part[i + 1 :].strip()
    return found


def _expiry(found):
    age = found.get("max-age", "")
    if age[:1] == "-":
        return -1
    if age.isdigit():
        return time.time() + int(age)
    return _expires(found["expires"]) if "expires" in found else None


def _cookie(line, context):
    # The cookie that a field sets, or None for one that this host must not set.
    parts = line.split(";")
    i = parts[0].find("=")
    if i < 1:
        return None
    found = _attributes(parts[1:])
    domain = found.get("domain", "").lower().lstrip(".")
    host = context.host
    # An address has no subdomains.
    if domain and (
        domain == host
        or host.endswith("." + domain)
        and "." in domain
        and not host.replace(".", "").isdigit()
    ):
        domain = "." + domain
    elif domain:
        return None
    path = found.get("path", "")
    if path[:1] != "/":
        path = context.path.split("?", 1)[0]
        path = path[: path.rfind("/")] or "/"
    name, value = parts[0][:i].strip(), parts[0][i + 1 :].strip()
    return Cookie(name, value, domain or context.host, path, _expiry(found), "secure" in found)


def extract_cookies_to_jar(jar, request, response):
    """Put the cookies that came with a response into a jar."""
    from ..mrequests import RequestContext
    from .extras import set_cookies_of
    from .structures import _line

    context = RequestContext(request.url)
    for line in set_cookies_of(response):
        cookie = _cookie(_line(line), context)
        if cookie:
            jar.set_cookie(cookie)


def cookie_header(jar, request):
    from ..mrequests import RequestContext

    try:
        context = RequestContext(request.url)
    except ValueError:
        return None  # another scheme: whether there is an adapter for it is told later
    cookies = [cookie for cookie in jar if cookie.fits(context)]
    cookies.sort(key=lambda cookie: -len(cookie.path))
    return "; ".join([cookie.name + "=" + str(cookie.value) for cookie in cookies]) or None
