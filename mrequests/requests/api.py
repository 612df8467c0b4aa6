"""Requests without a session."""

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
    from . import delete, get, head, options, patch, post, put, request  # noqa: F401
