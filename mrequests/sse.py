"""Server-sent events, as the HTML standard of the WHATWG defines them."""

import time

try:
    from .mrequests import Response, _need, request
except ImportError:  # this file lies beside the core, without a package
    from mrequests import Response, _need, request


class Event:
    """What the server has sent: event is its kind, data and id are text, retry is in ms or None."""

    def __init__(self, event, data, id, retry):
        self.event = event
        self.data = data
        self.id = id
        self.retry = retry


class Parser:
    """Makes events of lines; does not read: hand it each line without its end."""

    id = ""  # of the last event; what Last-Event-ID is to say
    retry = None  # ms that the server wants between connections
    _id = _event = ""
    _data = None
    _first = True

    def __init__(self, max_event=32768):
        self.max_event = max_event

    def reset(self):
        """Prepare for another connection: what has begun is dropped, the id stays."""
        self._first = True
        self._event, self._data, self._id = "", None, self.id

    def line(self, line):
        """Take a line; return the event that it completes, or None."""
        if self._first:
            self._first = False
            if line[:3] == b"\xef\xbb\xbf":
                line = line[3:]
        if not line:
            return self._dispatch()
        i = line.find(b":")
        name = line if i < 0 else line[:i]
        value = b"" if i < 0 else line[i + 2 if line[i + 1 : i + 2] == b" " else i + 1 :]
        if name == b"data":
            self._add(value)
        elif name == b"event":
            self._event = _text(value)
        elif name == b"id" and b"\0" not in value:
            self._id = _text(value)
        elif name == b"retry" and value.isdigit() and len(value) < 10:
            self.retry = int(value)

    def _add(self, value):
        data = self._data
        if data is None:
            self._data = data = bytearray()
        else:
            data.extend(b"\n")
        if len(data) + len(value) > self.max_event:
            raise ValueError("event larger than max_event, %d bytes" % self.max_event)
        data.extend(value)

    def _dispatch(self):
        event, data = self._event, self._data
        self._event, self._data = "", None
        self.id = self._id
        if data is not None:
            return Event(event or "message", _text(data), self.id, self.retry)


def _text(data):
    try:
        return str(data, "utf-8")
    except UnicodeError:
        return _need("charset").decode(data, "utf-8")


def events(response, max_event=32768):
    """Yield the events of a response, each as soon as it is complete."""
    return _events(response, Parser(max_event))


def _expect_ok(response):
    if response.status_code != 200:
        response.close()
        raise OSError("%d %s: %s" % (response.status_code, response.reason, response.url))


def _events(response, parser):
    _expect_ok(response)
    try:
        lines = _need("extras").Lines(parser.max_event + 16)
        for data in response.iter_content(256):
            for line in lines.feed(data):
                event = parser.line(line)
                if event:
                    yield event
    except Exception:
        response.close()
        raise


class _Reply(Response):
    # Looks at the type of what comes.
    kind = b""

    def add_header(self, data):
        if data[:13].lower() == b"content-type:":
            self.kind = data[13:].split(b";")[0].strip(b" \t\r\n").lower()
        super().add_header(data)


class EventSource:
    """Events of a URL: connects again when the connection ends, and says which event came last."""

    _response = None

    def __init__(
        self, url, method="GET", retries=5, retry=3000, max_event=32768, headers=None, request=request, **kw
    ):
        self.parser = Parser(max_event)
        self.parser.retry = retry
        self.retries = retries
        self._headers = headers or {}
        kw.pop("parse_headers", None)  # it would look at them in our place
        self._ask = lambda headers: request(method, url, headers=headers, response_class=_Reply, **kw)

    def _connect(self):
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        headers.update(self._headers)
        if self.parser.id:
            headers["Last-Event-ID"] = self.parser.id
        self.parser.reset()
        self._response = r = self._ask(headers)
        if r.status_code == 200 and r.kind != b"text/event-stream":
            r.close()
            raise ValueError("no text/event-stream: " + r.url)
        return r

    def __iter__(self):
        failed = 0
        while True:
            error = None
            try:
                r = self._connect()
                if r.status_code != 200:
                    break
                for event in _events(r, self.parser):
                    failed = 0
                    yield event
                    if not self._response:
                        return
            except OSError as e:
                error = e
            failed += 1
            if failed > self.retries:
                raise error or OSError("the server has no events: " + r.url)
            retry = self.parser.retry
            time.sleep(min(retry << min(failed, 9) - 1, max(retry, 60000)) / 1000)
        # The server wants no more connections (204), or there is nothing of that kind.
        r.close()
        if r.status_code != 204:
            raise OSError("%d %s: %s" % (r.status_code, r.reason, r.url))

    def close(self, *args):
        """End the connection; the iteration ends, too."""
        r, self._response = self._response, None
        if r:
            r.close()

    __exit__ = close

    def __enter__(self):
        return self
