"""How a session follows redirects; loaded with the first one on a board."""

from .. import mrequests as _core
from .models import REDIRECT_STATI

const = str
_CPYTHON = const(0)  # true on CPython, see the core

# Of a request that has no body any more.
_BODY = "Content-Length", "Content-Type", "Transfer-Encoding"
_DRAIN = 1 << 16 if _CPYTHON else 2048  # a longer body of a redirect is not read


def followed(session, request, response, allow_redirects, kwargs):
    """Return the last response of the redirects; where they are not followed, the first with its next."""
    if not allow_redirects:
        try:
            for following in session.resolve_redirects(response, request, yield_requests=True, **kwargs):
                response._next = following
        except OSError:
            pass  # there is no next one: who asks for none gets the response all the same
        return response
    history = [response] + list(session.resolve_redirects(response, request, **kwargs))
    last = history.pop()
    if history:
        last.history = history
    return last


def get_redirect_target(session, resp):
    """Return where a response redirects to, or None."""
    if resp.status_code in REDIRECT_STATI and "location" in resp.headers:
        location = resp.headers["location"]
        try:
            # As bytes of UTF-8, which most servers mean.
            return location.encode("latin-1").decode()
        except (UnicodeError, ValueError, LookupError):
            return location


def should_strip_auth(session, old_url, new_url):
    """Whether another origin must not get the credentials."""
    try:
        old, new = _core.RequestContext(old_url), _core.RequestContext(new_url)
    except ValueError:  # not for HTTP
        return True
    if old.host != new.host:
        return True
    if (old.scheme, old.port) == ("http", 80) and (new.scheme, new.port) == ("https", 443):
        return False
    return (old.scheme, old.port) != (new.scheme, new.port)


def rebuild_method(session, prepared_request, response):
    """Set the method that a redirect asks for."""
    method, status = prepared_request.method, response.status_code
    if method != "HEAD" and (status in (302, 303) or status == 301 and method == "POST"):
        prepared_request.method = "GET"


def rebuild_auth(session, prepared_request, response):
    """Take the credentials away from what goes to another origin."""
    headers = prepared_request.headers
    if session.should_strip_auth(response.request.url, prepared_request.url):
        for name in session.secret:
            if name in headers:
                del headers[name]
    _netrc(session, prepared_request)


def _netrc(session, prepared_request):
    if _CPYTHON and session.trust_env:
        from .utils import get_netrc_auth

        auth = get_netrc_auth(prepared_request.url)
        if auth is not None:
            prepared_request.prepare_auth(auth)


def rebuild_proxies(session, prepared_request, proxies):
    """Return the proxies for a redirected request; each gets its own credentials."""
    from .utils import resolve_proxies

    prepared_request.headers.pop("Proxy-Authorization", None)

    return resolve_proxies(prepared_request, proxies, session.trust_env)


def resolve_redirects(
    session,
    resp,
    req,
    stream=False,
    timeout=None,
    verify=True,
    cert=None,
    proxies=None,
    yield_requests=False,
    **adapter_kwargs,
):
    """Yield the responses that redirects lead to, or with yield_requests the first request."""
    history = []
    clock = _Clock(resp, adapter_kwargs)
    fragment = req.url[req.url.find("#") :] if "#" in req.url else ""
    url = session.get_redirect_target(resp)
    while url:
        try:
            prepared = _next_request(session, resp, req, url, fragment)
        except BaseException:
            if not yield_requests:
                resp.close()  # nobody will ever have it
            raise
        if _CPYTHON:
            proxies = session.rebuild_proxies(prepared, proxies)
        if yield_requests:
            yield prepared
            return
        _release(resp)
        history.append(resp)
        resp.history = history[:-1]
        if len(history) > session.max_redirects:
            from .exceptions import TooManyRedirects

            raise TooManyRedirects("Exceeded %d redirects." % session.max_redirects, response=resp)
        clock.turn()
        resp = session.send(
            prepared,
            stream=True,
            timeout=timeout,
            verify=verify,
            cert=cert,
            proxies=proxies,
            allow_redirects=False,
            **adapter_kwargs,
        )
        req = prepared
        fragment = req.url[req.url.find("#") :] if "#" in req.url else ""
        url = session.get_redirect_target(resp)
        yield resp


class _Clock:
    # Each hop has what the ones before left of the deadline.

    def __init__(self, resp, kwargs):
        self.kwargs = kwargs
        self.left = kwargs.get("deadline")
        self.start = _core.ticks_ms()
        if self.left is not None:
            self.left -= resp._took / (1 if _CPYTHON else 1000)

    def turn(self):
        if self.left is not None:
            self.kwargs["deadline"] = self.left - _core.ticks_diff(_core.ticks_ms(), self.start) / 1000


def _next_request(session, resp, req, url, fragment):
    made = req.copy()
    # Before the URL may fail, so that a caller sees what was asked for.
    made.prepare_url(_joined(resp.request.url, url, fragment), None)
    session.rebuild_method(made, resp)
    headers = made.headers
    if made.method in ("GET", "HEAD") and resp.status_code not in (307, 308):
        made.body = None
        for name in _BODY:
            if name in headers:
                del headers[name]
    if "Cookie" in headers:
        del headers["Cookie"]
    from .sessions import sets_cookies

    if made._cookies or session._jar or sets_cookies(resp):
        from .cookies import for_redirect

        for_redirect(made, req, resp, session.cookies)
    session.rebuild_auth(made, resp)
    if made.body is not None and not isinstance(made.body, (bytes, str)):
        from .utils import rewind_body

        rewind_body(made)
    return made


def _joined(base, url, fragment):
    # The absolute URL of a reference; the fragment stays where it names none.
    i = url.find("#")
    if i >= 0:
        fragment = url[i:]
        url = url[:i]
    if ":" not in url[: _core._first(url, 0)]:
        try:
            context = _core.RequestContext(base)
            context.go(url)
        except ValueError as e:
            from .exceptions import bad_url

            raise bad_url(url, e)
        url = context.url
    return url + fragment


def _release(resp):
    # Read the little that is left, so that the connection can go on, or give it up.
    left = getattr(resp, "_left", None)
    if left is not None and left <= _DRAIN:
        try:
            resp.max_size = _DRAIN
            resp._body()
            return
        except (OSError, ValueError, RuntimeError):
            pass
    resp.close()


METHODS = {
    "get_redirect_target": get_redirect_target,
    "rebuild_auth": rebuild_auth,
    "rebuild_method": rebuild_method,
    "resolve_redirects": resolve_redirects,
    "should_strip_auth": should_strip_auth,
}
