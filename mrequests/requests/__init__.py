"""The interface of requests: `from mrequests import requests`. What is not used is not loaded."""

try:
    from micropython import const
except ImportError:
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
    if not _CPYTHON and name in ("get", "head", "post", "put", "patch", "delete", "options"):
        from .api import verb

        made = globals()[name] = verb(name)
        return made
    home = {
        "request": "api",
        "Session": "sessions",
        "session": "sessions",
        "Request": "models",
        "PreparedRequest": "models",
        "Response": "response",
        "codes": "status_codes",
    }.get(name) or ("exceptions" if "A" <= name[0] <= "Z" else name)
    if _CPYTHON and name in _VERBS:
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
