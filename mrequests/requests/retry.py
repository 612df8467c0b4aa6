"""Sending again what failed, for HTTPAdapter(max_retries=…)."""

import time

from ..keepalive import IDEMPOTENT
from .exceptions import (
    ConnectionError,
    RequestException,
    RetryError,
    SSLError,
    Timeout,
    UnrewindableBodyError,
)


class Retry:
    """How often to try again, after what, and how long to wait in between."""

    def __init__(
        self,
        total=10,
        connect=None,
        read=None,
        status=None,
        allowed_methods=IDEMPOTENT,
        status_forcelist=(),
        backoff_factor=0,
        backoff_max=120,
        raise_on_status=True,
        respect_retry_after_header=True,
    ):
        self.total = total
        self.connect = connect
        self.read = read
        self.status = status
        self.allowed_methods = allowed_methods
        self.status_forcelist = status_forcelist
        self.backoff_factor = backoff_factor
        self.backoff_max = backoff_max
        self.raise_on_status = raise_on_status
        self.respect_retry_after_header = respect_retry_after_header


class _Tries:
    # What is left of them.

    def __init__(self, retry):
        if isinstance(retry, int):
            retry = Retry(retry, read=False)
        self.retry = retry
        self.left = {kind: getattr(retry, kind, None) for kind in ("total", "connect", "read", "status")}
        self.count = 0

    def may(self, kind):
        """Whether there is another try after a failure of this kind; counts it."""
        for name in ("total", kind):
            left = self.left[name]
            if left is False or left is not None and left is not True and left < 1:
                return False
        for name in ("total", kind):
            if not isinstance(self.left[name], bool) and self.left[name] is not None:
                self.left[name] -= 1
        self.count += 1
        return True

    def method(self, request):
        """Whether a request may be sent twice."""
        methods = getattr(self.retry, "allowed_methods", IDEMPOTENT)
        return not methods or request.method in methods

    def pause(self, response):
        """Seconds to wait before the next try."""
        if response is not None and getattr(self.retry, "respect_retry_after_header", True):
            after = _seconds(response.headers.get("retry-after", ""))
            if after is not None:
                return min(after, 21600)  # as urllib3: longer than that is no use, or cannot be slept
        if self.count < 2:
            return 0
        wait = getattr(self.retry, "backoff_factor", 0) * (1 << self.count - 1)
        return min(wait, getattr(self.retry, "backoff_max", 120))


def _seconds(text):
    # Of a Retry-After: a number, or a date.
    text = text.strip()
    if not text:
        return None
    if not text.strip("0123456789"):
        return int(text)
    try:
        from email.utils import mktime_tz, parsedate_tz

        date = parsedate_tz(text)
        return max(0, mktime_tz(date) - time.time()) if date else None
    except (ImportError, OverflowError, ValueError):
        return None


def _clock():
    return time.ticks_ms() / 1000 if hasattr(time, "ticks_ms") else time.monotonic()


def send(adapter, request, timeout, verify, cert, proxies, deadline):
    """Send a request as often as the adapter allows; return the response."""
    tries = _Tries(adapter.max_retries)
    end = None if deadline is None else _clock() + deadline
    forced = getattr(tries.retry, "status_forcelist", None) or ()
    while True:
        left = None if end is None else end - _clock()
        response = None
        try:
            response = adapter.send_once(request, timeout, verify, cert, proxies, left)
            code = response.status_code
            after = code in (413, 429, 503) and "retry-after" in response.headers
            if not (code in forced or after and tries.retry.status is not False) or not tries.method(request):
                return response
            error = None
            again = _rewound(request) and tries.may("status")
        except RequestException as e:
            error = e
            again = not isinstance(e, SSLError) and _again(tries, request, e)
        if not again:
            return _given_up(tries, response, error)
        pause = tries.pause(response)
        if end is not None and _clock() + pause >= end:
            return _given_up(tries, response, error)
        if response is not None:
            response.close()
        time.sleep(pause)


def _again(tries, request, error):
    if error.phase is None:
        return tries.may("connect")
    if not isinstance(error, (ConnectionError, Timeout)):
        return False
    return tries.method(request) and _rewound(request) and tries.may("read")


def _rewound(request):
    # Whether its body can be sent again: what is left of an iterator had better not be sent for it.
    if request.body is None or isinstance(request.body, (bytes, str)):
        return True
    from .utils import rewind_body

    try:
        rewind_body(request)
        return True
    except UnrewindableBodyError:
        return False


def _given_up(tries, response, error):
    if error:
        raise error
    if getattr(tries.retry, "raise_on_status", True) and tries.count:
        response.close()
        text = "too many %d responses: %s" % (response.status_code, response.url)
        raise RetryError(text, request=response.request, response=response)
    return response
