"""Sessions: what requests have in common, cookies and connections that are kept."""

from ..mrequests import RequestContext
from .adapters import HTTPAdapter
from .models import PreparedRequest, Request
from .structures import CaseInsensitiveDict

const = str
_CPYTHON = const(0)  # true on CPython, see the core

if _CPYTHON:
    from time import perf_counter

    from .environ import environment, get_netrc_auth, resolve_proxies

    _SETTINGS = frozenset(("stream", "verify", "cert", "proxies"))
else:
    from .response import settle

DEFAULT_REDIRECT_LIMIT = 30


def default_user_agent(name="mrequests"):
    """Return what a session calls itself."""
    return name + "/1.0"


def default_headers():
    """Return the headers of a new session."""
    made = CaseInsensitiveDict()
    made["User-Agent"] = default_user_agent()
    made["Accept-Encoding"] = "gzip, deflate" if _CPYTHON else "identity"
    made["Accept"] = "*/*"
    made["Connection"] = "keep-alive"
    return made


def merge_setting(request_setting, session_setting, dict_class=None):
    """Return what a request wants, on top of what the session has; None takes away."""
    if not session_setting and not request_setting and dict_class is None:
        return request_setting
    if session_setting is None or not session_setting and request_setting is not None and dict_class is None:
        return request_setting
    if request_setting is None:
        return session_setting
    if not (hasattr(session_setting, "items") and hasattr(request_setting, "items")):
        if not (isinstance(session_setting, dict) and isinstance(request_setting, dict)):
            return request_setting
    made = (dict_class or dict)(session_setting)
    made.update(request_setting)
    for key in [key for key in made if made[key] is None]:
        del made[key]
    return made


def merge_headers(request_headers, session_headers):
    """Return the headers of a request, on top of those of the session; None takes away."""
    if not request_headers and type(session_headers) is CaseInsensitiveDict:
        for pair in session_headers._store.values():
            if pair[1] is None:
                break
        else:
            return session_headers
    return merge_setting(request_headers, session_headers, CaseInsensitiveDict)


def merge_hooks(request_hooks, session_hooks, dict_class=None):
    """Return the hooks of the request, where it has any, or those of the session."""
    if not session_hooks or not session_hooks.get("response"):
        return request_hooks
    if not request_hooks or not request_hooks.get("response"):
        return session_hooks
    return request_hooks


def sets_cookies(response):
    """Whether cookies came with a response."""
    if _CPYTHON:
        return getattr(response, "_sets_cookies", True)
    for line in response._kept or ():
        if line[:11].lower() == b"set-cookie:":
            return True
    return False


def read(response):
    """Have the body of a response in memory, which frees its connection."""
    return response.content


class Session:
    """Requests that have headers, cookies, connections and more in common."""

    # Headers that a redirect does not carry to another origin.
    # Not Cookie: what a redirect carries there is what the jar has for the new URL.
    secret = tuple([name for name in RequestContext.secret.split() if name != "cookie"])
    stream = False if _CPYTHON else None  # None: a body is read when asked for, and is not closed for you
    verify = True if _CPYTHON else None  # None: encrypted, and verified by nobody
    auth = cert = None
    max_redirects = DEFAULT_REDIRECT_LIMIT
    trust_env = True
    _jar = None

    def __init__(self):
        self.headers = default_headers()
        self.params = {}
        self.hooks = {"response": []}
        self.proxies = {}
        self.adapters = {}
        adapter = HTTPAdapter()
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.close()

    @property
    def cookies(self):
        """The cookies that go with each request, and those that came."""
        if self._jar is None:
            from .cookies import RequestsCookieJar

            self._jar = RequestsCookieJar()
        return self._jar

    @cookies.setter
    def cookies(self, jar):
        self._jar = jar

    def prepare_request(self, request):
        """Return a request as it will be sent, with what the session adds."""
        cookies = request.cookies
        if cookies or self._jar:
            from .cookies import merged

            cookies = merged(self.cookies, cookies)
        auth = request.auth
        if _CPYTHON and self.trust_env and not auth and not self.auth:
            auth = get_netrc_auth(request.url)
        prepared = PreparedRequest()
        prepared.prepare(
            request.method.upper(),
            request.url,
            merge_headers(request.headers, self.headers),
            request.files,
            request.data,
            merge_setting(request.params, self.params),
            auth or self.auth,
            cookies or None,
            merge_hooks(request.hooks, self.hooks),
            request.json,
        )
        return prepared

    def request(
        self,
        method,
        url,
        params=None,
        data=None,
        headers=None,
        cookies=None,
        files=None,
        auth=None,
        timeout=None,
        allow_redirects=True,
        proxies=None,
        hooks=None,
        stream=None,
        verify=None,
        cert=None,
        json=None,
        deadline=None,
    ):
        """Prepare and send a request; return the response."""
        request = Request(method, url, headers, files, data, params, auth, cookies, hooks, json)
        prepared = self.prepare_request(request)
        more = self.merge_environment_settings(prepared.url, proxies or {}, stream, verify, cert)
        if deadline is not None:
            more["deadline"] = deadline
        return self.send(prepared, timeout=timeout, allow_redirects=allow_redirects, **more)

    def merge_environment_settings(self, url, proxies, stream, verify, cert):
        """Return the settings of a request, on top of the environment's and the session's."""
        if _CPYTHON and self.trust_env:
            proxies, verify = environment(url, proxies, verify)
        return {
            "verify": self.verify if verify is None else verify,
            "proxies": merge_setting(proxies, self.proxies),
            "stream": self.stream if stream is None else stream,
            "cert": self.cert if cert is None else cert,
        }

    def send(self, request, **kwargs):
        """Send a prepared request; return the response that its redirects lead to."""
        if isinstance(request, Request):
            raise ValueError("You can only send PreparedRequests.")
        allow_redirects = kwargs.pop("allow_redirects", True)
        if not _CPYTHON or not kwargs.keys() >= _SETTINGS:
            for name in ("stream", "verify", "cert"):
                if name not in kwargs:
                    kwargs[name] = getattr(self, name)
            if "proxies" not in kwargs:
                kwargs["proxies"] = self._proxies(request)
        adapter = self.get_adapter(request.url)
        if _CPYTHON:
            start = perf_counter()
        response = adapter.send(request, **kwargs)
        if _CPYTHON:
            response._took = perf_counter() - start
        return self.finish(request, response, allow_redirects, kwargs)

    def finish(self, request, response, allow_redirects, kwargs):
        """Do what follows a response: hooks, cookies, redirects, the body."""
        hooks = request.hooks.get("response")
        if hooks:
            from .hooks import dispatch_hook

            response = dispatch_hook("response", request.hooks, response, **kwargs)
        if not _CPYTHON or response._history or sets_cookies(response):
            self._take_cookies(request, response)
        if response.status_code in (301, 302, 303, 307, 308):
            from .redirects import followed

            response = followed(self, request, response, allow_redirects, kwargs)
        stream = kwargs.get("stream")
        if not _CPYTHON:
            settle(response, stream)
        elif not stream:
            read(response)
        return response

    def _proxies(self, request):
        if not _CPYTHON:
            return self.proxies
        return resolve_proxies(request, self.proxies, self.trust_env)

    def _take_cookies(self, request, response):
        for one in (response._history or []) + [response]:
            if sets_cookies(one):
                from .cookies import extract_cookies_to_jar

                extract_cookies_to_jar(self.cookies, one.request or request, one)

    def get_adapter(self, url):
        """Return the adapter that is mounted for a URL."""
        lower = url.lower()
        if _CPYTHON:
            for prefix in self.adapters:  # the longest first
                if lower.startswith(prefix.lower()):
                    return self.adapters[prefix]
        best = ""
        for prefix in self.adapters:
            if lower.startswith(prefix.lower()) and len(prefix) > len(best):
                best = prefix
        if not best:
            from .exceptions import InvalidSchema

            raise InvalidSchema("No connection adapters were found for %r" % url)
        return self.adapters[best]

    def mount(self, prefix, adapter):
        """Have an adapter send what begins so; the longest prefix counts."""
        self.adapters[prefix] = adapter
        if _CPYTHON:
            self.adapters = dict(sorted(self.adapters.items(), key=lambda item: -len(item[0])))

    def close(self):
        """Close the idle connections."""
        for prefix in self.adapters:
            self.adapters[prefix].close()

    def get(self, url, **kwargs):
        """Send a GET request."""
        return self.request("GET", url, **kwargs)

    def options(self, url, **kwargs):
        """Send an OPTIONS request."""
        return self.request("OPTIONS", url, **kwargs)

    def head(self, url, **kwargs):
        """Send a HEAD request; a redirect is not followed."""
        kwargs.setdefault("allow_redirects", False)
        return self.request("HEAD", url, **kwargs)

    def post(self, url, data=None, json=None, **kwargs):
        """Send a POST request."""
        return self.request("POST", url, data=data, json=json, **kwargs)

    def put(self, url, data=None, **kwargs):
        """Send a PUT request."""
        return self.request("PUT", url, data=data, **kwargs)

    def patch(self, url, data=None, **kwargs):
        """Send a PATCH request."""
        return self.request("PATCH", url, data=data, **kwargs)

    def delete(self, url, **kwargs):
        """Send a DELETE request."""
        return self.request("DELETE", url, **kwargs)

    if _CPYTHON:
        from .redirects import (
            get_redirect_target,
            rebuild_auth,
            rebuild_method,
            rebuild_proxies,
            resolve_redirects,
            should_strip_auth,
        )

        __attrs__ = (
            "headers",
            "cookies",
            "auth",
            "proxies",
            "hooks",
            "params",
            "verify",
            "cert",
            "adapters",
            "stream",
            "trust_env",
            "max_redirects",
        )

        def __getstate__(self):
            return {name: getattr(self, name, None) for name in self.__attrs__}

        def __setstate__(self, state):
            for name in state:
                setattr(self, name, state[name])
    else:

        def __getattr__(self, name):
            from . import redirects

            method = redirects.METHODS.get(name)
            if not method:
                raise AttributeError(name)
            return lambda *args, **kw: method(self, *args, **kw)


if not _CPYTHON:

    def begun(response, method, url, kwargs):
        """Go on with a request that was begun without a session, or begin it."""
        with Session() as session:
            kwargs.pop("parse_headers", None)
            if response is not None and response._before is not None:
                # Where it has led nobody can tell from what was asked for.
                response.close()
                response = None
            if response is None:
                return session.request(method, url, **kwargs)
            names = "stream", "timeout", "verify", "cert", "deadline"
            settings = {name: kwargs.pop(name) for name in names if name in kwargs}
            redirects = kwargs.get("allow_redirects", True)
            data = kwargs.get("data")
            sent = kwargs.get("files") or not (
                data is None or isinstance(data, (str, bytes, bytearray, dict, list, tuple))
            )
            names = ("headers", "params", "auth") if sent else ("headers", "params", "auth", "data", "json")
            wanted = {name: kwargs[name] for name in names if name in kwargs}
            prepared = session.prepare_request(Request(method, url, **wanted))
            if sent:
                prepared.body = iter(())  # has been read, and where it began nobody knows
            response.request = prepared
            return session.finish(prepared, response, redirects, settings)


def session():
    """Return a Session."""
    return Session()
