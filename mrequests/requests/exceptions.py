"""What may go wrong. On MicroPython a class has one base: there each is a RequestException and no more."""

from errno import ETIMEDOUT

from ..mrequests import RequestContext

const = str
_CPYTHON = const(0)  # true on CPython, see the core


class RequestException(OSError):
    """A request failed; `request` and `response` are what there was of them, or None."""

    phase = "prepare"  # what the connection was at

    def __init__(self, *args, request=None, response=None):
        self.response = response
        if request is None and response is not None:
            request = getattr(response, "request", None)
        self.request = request
        super().__init__(*args)


if _CPYTHON:

    class InvalidJSONError(RequestException):
        """What is no JSON."""

    class HTTPError(RequestException):
        """The status is 400 or above; from raise_for_status()."""

    class ConnectionError(RequestException):  # noqa: A001
        """The connection failed, or the peer did not speak HTTP."""

    class ProxyError(ConnectionError):
        """The proxy refused or could not be reached."""

    class SSLError(ConnectionError):
        """TLS failed, most often because the certificate is not trusted."""

    class Timeout(RequestException):
        """A wait took too long."""

    class ReadTimeout(Timeout):
        """The server sent nothing for too long."""

    class URLRequired(RequestException):
        """There is no URL."""

    class TooManyRedirects(RequestException):
        """More redirects than max_redirects."""

    class ChunkedEncodingError(RequestException):
        """The body came incomplete or malformed."""

    class RetryError(RequestException):
        """All tries that the adapter allows have failed."""

    class UnrewindableBodyError(RequestException):
        """A body has to be sent again, and cannot be."""

    from json import JSONDecodeError as _JSONDecodeError

    class ConnectTimeout(ConnectionError, Timeout):
        """No connection in time; nothing was sent."""

    class _Malformed(RequestException, ValueError):
        pass

    class StreamConsumedError(RequestException, TypeError):
        """The body was read already."""

    class JSONDecodeError(InvalidJSONError, _JSONDecodeError):
        """The body is no JSON."""

        def __init__(self, *args, request=None, response=None):
            _JSONDecodeError.__init__(self, *args)
            InvalidJSONError.__init__(self, *self.args, request=request, response=response)

        def __reduce__(self):
            return _JSONDecodeError.__reduce__(self)

    class RequestsWarning(Warning):
        """The base of the warnings."""

    class FileModeWarning(RequestsWarning, DeprecationWarning):
        """A file was opened as text."""

    class RequestsDependencyWarning(RequestsWarning):
        """Never given: there are no dependencies."""

    class MissingSchema(_Malformed):
        """The URL does not begin with http:// or https://."""

    class InvalidSchema(_Malformed):
        """No adapter is mounted for the beginning of the URL."""

    class InvalidURL(_Malformed):
        """The URL is malformed."""

    class InvalidHeader(_Malformed):
        """A header that must not be sent, or cannot be understood."""

    class InvalidProxyURL(InvalidURL):
        """The URL of a proxy is malformed."""

    class ContentDecodingError(RequestException):
        """The body cannot be decompressed."""

    def _class(name):
        return globals()[name]
else:
    # What each is a case of. Most programs need two or three: a class is made when it is asked for.
    _BASES = {
        "InvalidJSONError": "RequestException",
        "HTTPError": "RequestException",
        "ConnectionError": "RequestException",
        "ProxyError": "ConnectionError",
        "SSLError": "ConnectionError",
        "Timeout": "RequestException",
        "ConnectTimeout": "Timeout",
        "ReadTimeout": "Timeout",
        "URLRequired": "RequestException",
        "TooManyRedirects": "RequestException",
        "ChunkedEncodingError": "RequestException",
        "ContentDecodingError": "RequestException",
        "StreamConsumedError": "RequestException",
        "JSONDecodeError": "InvalidJSONError",
        "RetryError": "RequestException",
        "UnrewindableBodyError": "RequestException",
        "MissingSchema": "RequestException",
        "InvalidSchema": "RequestException",
        "InvalidURL": "RequestException",
        "InvalidHeader": "RequestException",
        "InvalidProxyURL": "InvalidURL",
    }

    def _class(name):
        if name not in globals():
            base = _BASES.get(name)
            if not base:
                raise AttributeError("mrequests.requests.exceptions has no " + name)
            globals()[name] = type(name, (_class(base),), {})
        return globals()[name]

    def __getattr__(name):
        return _class(name)


def failed(error, wire):
    """Return what a user gets for an error of a connection."""
    if isinstance(error, RequestException):
        return error
    kind = _kind(error, wire.phase)
    if kind:
        error = _class(kind)(*error.args, request=wire.request)
        error.phase = wire.phase  # None: nothing was sent
    return error


def _kind(error, phase):
    if error.args[:1] == ("too many redirects",):
        return "TooManyRedirects"
    if isinstance(error, OSError) and error.errno == ETIMEDOUT:
        return "ConnectTimeout" if phase in (None, "proxy") else "ReadTimeout"
    if phase == "proxy":
        return "ProxyError"
    if not isinstance(error, OSError):
        # In "send" it is a mistake of the caller's: a body that differs from its length.
        kinds = {"head": "ConnectionError", "body": "ChunkedEncodingError"}
        if phase == "body" and "URL" in str(error):  # that of a redirect, which a board follows at once
            return "InvalidURL"
        return "ContentDecodingError" if phase == "decode" else kinds.get(phase)
    if _is_tls(error):
        return "SSLError"
    return "ChunkedEncodingError" if phase == "body" else "ConnectionError"


def _is_tls(error):
    if not _CPYTHON:
        return error.errno == -1  # the core's own, for all that goes wrong in a handshake
    from ssl import SSLEOFError, SSLError

    return isinstance(error, SSLError) and not isinstance(error, SSLEOFError)


def bad_url(url, error):
    """Return what a user gets for a URL that is not understood, or for what was refused with it."""
    url = url if isinstance(url, str) else str(url)
    i = url.find("://")
    if i < 0 and url.split(":", 1)[0].lower() in ("http", "https") and ":" in url:
        return _class("InvalidURL")("Invalid URL %r: No host supplied" % url)
    if i < 0:
        text = "Invalid URL %r: No scheme supplied. Perhaps you meant https://%s?"
        return _class("MissingSchema")(text % (url, url))
    if url[:i].lower() not in ("http", "https"):
        return _class("InvalidSchema")("No connection adapters were found for %r" % url)
    if url[i + 3 : i + 4] in ("", "/", "?", "#"):
        return _class("InvalidURL")("Invalid URL %r: No host supplied" % url)
    return _class("InvalidURL")(str(error))


def refused(url, error, request=None):
    """Return what a user gets for what must not be sent."""
    try:
        RequestContext(url)
    except ValueError:
        return bad_url(url, error)
    if isinstance(error, UnicodeError) or "bad char" in str(error):
        return _class("InvalidHeader")(str(error), request=request)
    return error
