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
        while i < 0 and self._more(256):
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
        """Yield the lines that end in this block."""
        for part in _split(data):
            if self.after_cr and part == b"\n":
                self.after_cr = False
                continue
            self.after_cr = part == b"\r"
            if part in (b"\r", b"\n"):
                rest, self.rest = self.rest, b""
                yield rest
            else:
                self.rest += part
                if len(self.rest) > self.max_line:
                    raise ValueError("line longer than max_line, %d bytes" % self.max_line)


def iter_lines(response, chunk_size=256):
    """Yield the lines of the body without their ends (CRLF, LF, CR), each as soon as it ends."""
    lines = Lines(1 << 29)
    for data in iter_content(response, chunk_size):
        for line in lines.feed(data):
            yield line
    if lines.rest:
        yield lines.rest


def _split(data):
    # Text and line ends in turn.
    start = 0
    for i in range(len(data)):
        if data[i] in b"\r\n":
            if i > start:
                yield data[start:i]
            yield data[i : i + 1]
            start = i + 1
    if start < len(data):
        yield data[start:]


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
    raise AttributeError(name)
