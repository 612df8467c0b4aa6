"""Requests without a session."""

try:
    from micropython import const
except ImportError:
    const = str
_CPYTHON = const(0)  # true on CPython, see the core

if _CPYTHON:
    from .sessions import Session

    def request(method, url, **kwargs):
        """Send a request and return the response."""
        with Session() as session:
            return session.request(method, url, **kwargs)

    def get(url, params=None, **kwargs):
        """Send a GET request."""
        return request("GET", url, params=params, **kwargs)

    def options(url, **kwargs):
        """Send an OPTIONS request."""
        return request("OPTIONS", url, **kwargs)

    def head(url, **kwargs):
        """Send a HEAD request; a redirect is not followed."""
        kwargs.setdefault("allow_redirects", False)
        return request("HEAD", url, **kwargs)

    def post(url, data=None, json=None, **kwargs):
        """Send a POST request."""
        return request("POST", url, data=data, json=json, **kwargs)

    def put(url, data=None, **kwargs):
        """Send a PUT request."""
        return request("PUT", url, data=data, **kwargs)

    def patch(url, data=None, **kwargs):
        """Send a PATCH request."""
        return request("PATCH", url, data=data, **kwargs)

    def delete(url, **kwargs):
        """Send a DELETE request."""
        return request("DELETE", url, **kwargs)
else:
    from .. import mrequests as _core
    from .response import Response, told

    _Wire = told(_core.Connection)

    def request(method, url, **kwargs):
        """Send a request and return the response; a session is loaded for what only it can do."""
        simple = {name: kwargs[name] for name in kwargs if kwargs[name] is not None}
        stream = simple.pop("stream", None)
        simple.pop("allow_redirects", None)
        r = None
        if not [name for name in ("cookies", "hooks") if name in simple] and not callable(simple.get("auth")):
            try:
                r = _core.request(
                    method.upper(), url, response_class=Response, connection=_Wire, max_redirects=0, **simple
                )
            except ValueError as e:
                from .exceptions import refused

                raise refused(url, e)
        if r is None or r._location and 300 < r.status_code < 309:
            from .sessions import begun

            return begun(r, method, url, kwargs)
        if stream is False:
            r._body()
        return r

    def verb(name):
        """Return the function for a method."""
        names = ("params",) if name == "get" else ("data", "json")

        def call(url, *args, **kwargs):
            for i in range(len(args)):
                kwargs[names[i]] = args[i]
            if name == "head" and "allow_redirects" not in kwargs:
                kwargs["allow_redirects"] = False
            return request(name, url, **kwargs)

        return call
