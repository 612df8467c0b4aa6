"""The interface of requests: `from mrequests import requests`. What is not used is not loaded."""

try:
    from micropython import const
except ImportError:
    const = str
_CPYTHON = const(0)  # true on CPython, see the core

if _CPYTHON:
    from .api import delete, get, head, options, patch, post, put, request
    from .models import PreparedRequest, Request
    from .response import Response
    from .sessions import Session, session

    __version__ = "2.34.2"  # of the interface
    __title__ = "requests"


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
    try:
        if name[0] == "_":
            raise ImportError
        module = __import__(__name__ + "." + home, None, None, (name,))
    except ImportError:
        raise AttributeError("mrequests.requests has no attribute " + name)
    return module if home == name else getattr(module, name)
