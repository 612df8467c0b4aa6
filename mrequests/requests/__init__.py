"""The interface of requests: `from mrequests import requests`. What is not used is not loaded."""

const = str
_CPYTHON = const(0)  # true on CPython, see the core

if _CPYTHON:
    __version__ = "2.34.2"  # of the interface
    __title__ = "requests"
    _VERBS = "delete", "get", "head", "options", "patch", "post", "put"
    _MODULES = "adapters", "api", "auth", "certs", "compat", "cookies", "exceptions", "hooks", "models"
    _MODULES += "sessions", "status_codes", "structures", "utils"
    __all__ = ["ConnectTimeout", "ConnectionError", "FileModeWarning", "HTTPError", "JSONDecodeError"]
    __all__ += ["PreparedRequest", "ReadTimeout", "Request", "RequestException", "Response", "Session"]
    __all__ += ["Timeout", "TooManyRedirects", "URLRequired", "codes", "request", "session"]
    __all__ += [*_VERBS, *_MODULES]

    def __dir__():
        return sorted(set(globals()) | set(__all__))


def __getattr__(name):
    # A module, or a name of one: of exceptions, where none is told.
    if not _CPYTHON:
        import gc

        gc.collect()  # what is loaded stays: it had better not lie between garbage
        if name in ("get", "head", "post", "put", "patch", "delete", "options"):
            made = globals()[name] = _verb(name)
            return made
    home = {
        "Session": "sessions",
        "session": "sessions",
        "Request": "models",
        "PreparedRequest": "models",
        "Response": "response",
        "codes": "status_codes",
    }.get(name) or ("exceptions" if "A" <= name[0] <= "Z" else name)
    if _CPYTHON and (name == "request" or name in _VERBS):
        home = "api"
    try:
        if name[0] == "_":
            raise ImportError
        module = __import__(__name__ + "." + home, None, None, (name,))
    except ImportError as e:
        raise AttributeError("mrequests.requests has no %s: %s" % (name, e))
    if home != name:
        module = globals()[name] = getattr(module, name)
    return module


if not _CPYTHON:

    def request(method, url, **kwargs):
        """Send a request and return the response; a session is loaded for what only it can do."""
        from .response import Response, Wire, _core, settle

        method = method.upper()
        follow = kwargs.get("allow_redirects", True)
        simple = {}
        for name in kwargs:
            if name not in ("stream", "allow_redirects") and kwargs[name] is not None:
                simple[name] = kwargs[name]
        if simple.get("data") or simple.get("files"):
            simple.pop("json", None)
        simple["max_redirects"] = 30 if follow and method in ("GET", "HEAD") else 0
        r = None
        if not ("cookies" in simple or "hooks" in simple or callable(simple.get("auth"))):
            try:
                r = _core.request(method, url, response_class=Response, connection=Wire, **simple)
            except ValueError as e:
                from .exceptions import refused

                raise refused(url, e)
        if r is None or follow and r._location is not None and 300 < r.status_code < 309:
            from .sessions import begun

            return begun(r, method, url, kwargs)
        settle(r, kwargs.get("stream"))
        return r

    def _verb(name):
        # The function for a method.
        names = ("params",) if name == "get" else ("data", "json")

        def call(url, *args, **kwargs):
            for i in range(len(args)):
                kwargs[names[i]] = args[i]
            if name == "head" and "allow_redirects" not in kwargs:
                kwargs["allow_redirects"] = False
            return request(name, url, **kwargs)

        return call
