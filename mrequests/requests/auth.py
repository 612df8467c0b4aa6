"""Authentication: basic, digest, and what others derive from AuthBase."""

from binascii import b2a_base64, hexlify

from ..mrequests import RequestContext, ticks_diff, ticks_ms
from .structures import CaseInsensitiveDict

const = str
_CPYTHON = const(0)  # true on CPython, see the core

CONTENT_TYPE_FORM_URLENCODED = "application/x-www-form-urlencoded"
CONTENT_TYPE_MULTI_PART = "multipart/form-data"


def _bytes(value):
    if isinstance(value, bytes):
        return value
    value = value if isinstance(value, str) else str(value)
    if _CPYTHON:
        try:
            return value.encode("latin-1")
        except UnicodeError:
            pass
    return value.encode()


def _basic_auth_str(username, password):
    text = _bytes(username) + b":" + _bytes(password)
    return "Basic " + b2a_base64(text).strip().decode()


class AuthBase:
    """Called with a prepared request; changes it and returns it."""

    def __call__(self, r):
        raise NotImplementedError("Auth hooks must be callable.")


class HTTPBasicAuth(AuthBase):
    """User and password, which anyone on the way can read without TLS."""

    def __init__(self, username, password):
        self.username = username
        self.password = password

    def __eq__(self, other):
        mine = self.username, self.password
        return mine == (getattr(other, "username", None), getattr(other, "password", None))

    def __hash__(self):
        return hash((self.username, self.password))

    def __call__(self, r):
        r.headers["Authorization"] = _basic_auth_str(self.username, self.password)
        return r


class HTTPProxyAuth(HTTPBasicAuth):
    """The same for a proxy."""

    def __call__(self, r):
        r.headers["Proxy-Authorization"] = _basic_auth_str(self.username, self.password)
        return r


class HTTPDigestAuth(AuthBase):
    """A password that is not sent, but proved (RFC 7616)."""

    def __init__(self, username, password):
        self.username = username
        self.password = password
        self._challenge = None  # the last one of the server's
        self._count = 0  # of requests with its nonce

    def __eq__(self, other):
        mine = self.username, self.password
        return mine == (getattr(other, "username", None), getattr(other, "password", None))

    def __hash__(self):
        return hash((self.username, self.password))

    def __call__(self, r):
        if self._challenge:
            r.headers["Authorization"] = self._header(r)
        tried = []

        home = _origin(r.url)

        def on_response(response, **kwargs):
            if response.status_code < 400:
                tried.clear()  # where a redirect leads, it may be asked for again
            if response.status_code == 401 and not tried and _origin(response.request.url) == home:
                tried.append(1)
                return self._answer(response, kwargs)
            return response

        # The hooks of a copy are those of the original.
        r.hooks = {event: list(r.hooks[event]) for event in r.hooks}
        r.register_hook("response", on_response)
        return r

    def _answer(self, response, kwargs):
        from .sessions import read

        # Send it again with an answer to the challenge.
        challenge = _best(response.headers.get("www-authenticate", ""))
        if challenge is None:
            return response
        start = ticks_ms()
        self._challenge = challenge
        self._count = 0
        request = response.request.copy()
        request.headers["Authorization"] = self._header(request)
        read(response)
        response.close()
        if request.body is not None and not isinstance(request.body, (bytes, str)):
            from .utils import rewind_body

            rewind_body(request)
        _carry_cookies(request, response)
        # Both exchanges together have the time of one, and tell how long they took.
        unit = 1000 if _CPYTHON else 1
        took = (getattr(response, "_took", None) or 0) * unit + ticks_diff(ticks_ms(), start)
        if kwargs.get("deadline") is not None:
            kwargs["deadline"] -= took / 1000
        again = response.connection.send(request, **kwargs)
        again._took = (took + ticks_diff(ticks_ms(), start)) / unit
        again.history.append(response)
        again.request = request
        return again

    def _header(self, request):
        return self.build_digest_header(request.method, request.url, request.body)

    def build_digest_header(self, method, url, body=None):
        """Return the value of the header Authorization that answers the last challenge."""
        challenge = self._challenge
        algorithm = challenge.get("algorithm") or "MD5"
        digest, qop = _digest(algorithm), _qop(challenge)
        realm, nonce = challenge.get("realm") or "", challenge.get("nonce") or ""
        self._count += 1
        count, cnonce = "%08x" % self._count, _nonce()
        uri = _target(url)
        first = digest(_joined(self.username, realm, self.password))
        if algorithm.lower().endswith("-sess"):
            first = digest(_joined(first, nonce, cnonce))
        second = digest(_joined(method, uri))
        if qop == "auth-int":
            second = digest(_joined(method, uri, digest(_bytes(body or b""))))
        if qop:
            proof = digest(_joined(first, nonce, count, cnonce, qop, second))
        else:
            proof = digest(_joined(first, nonce, second))
        made = 'username="%s", realm="%s", nonce="%s", uri="%s", response="%s"' % (
            _escaped(self.username),
            _escaped(realm),
            _escaped(nonce),
            uri,
            proof,
        )
        if challenge.get("opaque"):
            made += ', opaque="%s"' % _escaped(challenge["opaque"])
        if challenge.get("algorithm"):
            made += ', algorithm="%s"' % algorithm
        if qop:
            made += ', qop="%s", nc=%s, cnonce="%s"' % (qop, count, cnonce)
        elif algorithm.lower().endswith("-sess"):
            made += ', cnonce="%s"' % cnonce
        return "Digest " + made


def _joined(*parts):
    # UTF-8, as nearly all servers mean it.
    return b":".join([part if isinstance(part, bytes) else str(part).encode() for part in parts])


def _escaped(value):
    value = value if isinstance(value, str) else str(value, "utf-8")
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _target(url):
    # Path and query, as they stand in the request line.
    return RequestContext(url).path


def _origin(url):
    # Nobody else gets a proof, from which a weak password could be found.
    context = RequestContext(url)
    return context.scheme, context.host, context.port


def _nonce():
    try:
        from os import urandom
    except ImportError:
        import random

        return "%08x%08x" % (random.getrandbits(32), random.getrandbits(32))
    return hexlify(urandom(8)).decode()


def _digest(algorithm):
    # The hash function that an algorithm names, where this machine has it.
    import hashlib

    name = algorithm.lower()
    if name.endswith("-sess"):
        name = name[:-5]
    if name == "sha":
        name = "sha-1"
    known = {"md5": "md5", "sha-1": "sha1", "sha-256": "sha256", "sha-512": "sha512"}
    made = getattr(hashlib, known.get(name, "?"), None)
    return made and (lambda data: hexlify(made(data).digest()).decode())


def _qop(challenge):
    # The quality of protection to use: None where the server knows of none, False if it is not known here.
    offered = [one.strip().lower() for one in (challenge.get("qop") or "").split(",")]
    if "auth" in offered or offered == [""]:
        return "auth" if offered[0] else None
    return "auth-int" if "auth-int" in offered else False


def _best(header):
    # The strongest challenge that can be met; a server may send several (RFC 9110, 11.6.1).
    from .fields import parse_dict_header

    best, rank = None, -1
    for text in _challenges(header):
        challenge = CaseInsensitiveDict(parse_dict_header(text))
        name = (challenge.get("algorithm") or "MD5").lower()
        mine = 2 if "512" in name else 1 if "256" in name else 0
        if "nonce" in challenge and _digest(name) and _qop(challenge) is not False and mine > rank:
            best, rank = challenge, mine
    return best


def _challenges(header):
    # What stands behind each "Digest"; that word within quotes is none.
    from .fields import _cut, _outside

    found, scheme = [], ""
    for item in _outside(header, ","):
        item = item.strip()
        name, _, rest = _cut(item, " ")
        if item and "=" not in name and rest.lstrip()[:1] != "=":  # the next scheme
            scheme, item = name.lower(), rest
            if scheme == "digest":
                found.append("")
        if scheme == "digest":
            found[-1] += item + ","
    return found


def _carry_cookies(request, response):
    from .sessions import sets_cookies

    if request._cookies or sets_cookies(response):
        from .cookies import for_redirect

        request.headers.pop("Cookie", None)
        for_redirect(request, response.request, response, None)
