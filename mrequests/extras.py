"""What few programs ask of a response; loaded when one of these names is first used."""

import io


class NoHeaders(dict):
    """Stands where headers were not kept: empty, and a look-up tells how to keep them."""

    def __getitem__(self, name):
        raise KeyError("headers were not kept: pass save_headers=True or parse_headers=True")

    def get(self, name, default=None):
        return self[name]


class Raw(io.IOBase):
    """The body as a file that can be read."""

    rest = b""  # received behind the end of a line

    def __init__(self, response):
        self.response = response

    def readable(self):
        return True

    def readinto(self, buf):
        """Read into buf what has arrived; return its size, 0 at the end."""
        n = min(len(buf), len(self.rest))
        if not n:
            return self.response.readinto(buf)
        buf[:n] = self.rest[:n]
        self.rest = self.rest[n:]
        return n

    def read(self, size=-1):
        """Read size bytes, or all; fewer only at the end."""
        if size is None or size < 0:
            rest, self.rest = self.rest, b""
            return rest + self.response.read(None)
        while len(self.rest) < size and self._more(size - len(self.rest)):
            pass
        data, self.rest = self.rest[:size], self.rest[size:]
        return data

    def readline(self, size=-1):
        """Read a line with its line feed."""
        i = self.rest.find(b"\n")
        while i < 0 and not 0 <= (-1 if size is None else size) <= len(self.rest) and self._more(256):
            i = self.rest.find(b"\n")
        n = len(self.rest) if i < 0 else i + 1
        if size is not None and 0 <= size < n:
            n = size
        data, self.rest = self.rest[:n], self.rest[n:]
        return data

    def _more(self, size):
        buf = bytearray(size)
        n = self.response.readinto(buf)
        self.rest += buf[:n]
        return n

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def close(self):
        self.response.close()


def iter_content(response, chunk_size=1024):
    """Yield the body as it arrives, chunk_size bytes at the most."""
    buf = bytearray(chunk_size or 1024)
    n = response.readinto(buf)
    while n:
        yield bytes(memoryview(buf)[:n])
        n = response.readinto(buf)


class Lines:
    """Cuts what arrives into lines without their ends (CRLF, LF, CR)."""

    rest = b""  # the beginning of a line
    after_cr = False

    def __init__(self, max_line):
        self.max_line = max_line

    def feed(self, data):
        """Yield the lines that end in this block; the last one may still get the LF of its CRLF."""
        start = 1 if self.after_cr and data[:1] == b"\n" else 0
        self.after_cr = False
        lf = data.find(b"\n", start)
        cr = data.find(b"\r", start)
        while lf >= 0 or cr >= 0:
            end = cr if lf < 0 or 0 <= cr < lf else lf
            line = self._joined(data[start:end])
            self.rest = b""
            start = end + 1
            if end == cr:
                self.after_cr = start == len(data)
                if lf == start:
                    start += 1
                cr = data.find(b"\r", start)
            if 0 <= lf < start:
                lf = data.find(b"\n", start)
            yield line
        if start < len(data):
            self.rest = self._joined(data[start:], bytearray)

    def _joined(self, data, kind=bytes):
        n = len(self.rest) + len(data)
        if n > self.max_line:
            raise ValueError("line longer than max_line, %d bytes" % self.max_line)
        if kind is bytes:
            return bytes(self.rest) + data if self.rest else data
        rest = self.rest or bytearray()
        rest.extend(data)
        return rest


def iter_lines(response, chunk_size=256, decode_unicode=False, max_line=32768):
    """Yield the lines of the body without their ends (CRLF, LF, CR), each as soon as it ends."""
    lines = Lines(max_line)
    try:
        for data in iter_content(response, chunk_size):
            for line in lines.feed(data):
                yield _text(line, response.encoding) if decode_unicode else line
    except Exception:
        response.close()
        raise
    if lines.rest:
        rest = bytes(lines.rest)
        yield _text(rest, response.encoding) if decode_unicode else rest


def _text(data, encoding):
    # As the attribute text: never an error for a byte that belongs to no character.
    if encoding == "utf-8":
        try:
            return data.decode()
        except UnicodeError:
            pass
    try:
        from .mrequests import _need
    except ImportError:
        from mrequests import _need
    return _need("charset").decode(data, encoding)


def raise_for_status(response):
    """Raise OSError for a status of 400 and above."""
    if response.status_code >= 400:
        raise OSError("%d %s: %s" % (response.status_code, response.reason, response.url))


def lookup(response, name):
    """Return the attribute of a response that the core does not have."""
    if name == "ok":
        return response.status_code < 400
    if name == "headers":
        return NoHeaders()
    if name == "raw":
        response.raw = Raw(response)
        return response.raw
    method = {
        "iter_content": iter_content,
        "iter_lines": iter_lines,
        "raise_for_status": raise_for_status,
    }.get(name)
    if method:
        return lambda *args, **kw: method(response, *args, **kw)
    raise AttributeError("Response has no " + name)
