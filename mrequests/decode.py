"""Bodies that come with a Content-Encoding: gzip and deflate, decoded while they are read."""

try:
    from .mrequests import Response
except ImportError:  # beside the core without a package
    from mrequests import Response

const = str
# False on MicroPython, whose compiler then leaves out what stands under it; true on CPython.
_CPYTHON = const(0)

# What is gathered of a decoded body where max_size does not say it: 1 KB can become 1 MB.
BOUND = 1 << 24

if _CPYTHON:
    from zlib import decompressobj, error

    IOBase = object
    _BLOCK = 16384

    class DeflateIO:
        # What MicroPython has in its module deflate: 1 is raw, 2 zlib, 3 gzip.
        def __init__(self, source, format, bits):
            self.source = source
            self.flate = decompressobj((-bits, bits, 16 + bits)[format - 1])

        def some(self, n):
            # At least a byte, unless the data is at its end.
            flate, source = self.flate, self.source
            if flate.eof:
                return b""
            out = flate.decompress(flate.unconsumed_tail, n)
            while not out and not flate.eof:
                if not source.more():
                    raise EOFError
                data = memoryview(source.buf)[source.pos : source.end]
                source.pos = source.end
                out = flate.decompress(data, n)
            source.pos -= len(flate.unused_data)
            return out

    def _window(size):
        return 15

    def _inflate(flate, source, buf, n):
        out = flate.some(n)  # what has arrived, and no more than is asked for
        buf[: len(out)] = out
        return len(out)
else:
    from io import IOBase

    try:
        from deflate import DeflateIO
    except ImportError:  # not in this firmware
        DeflateIO = None
    error = OSError
    _BLOCK = 1024

    def _window(size):
        # How far back the data may refer, as a power of two: never behind its own beginning, so
        # a short body does with less than the usual 32 KB. That may be all that there is in one
        # piece, and 2 KB stay free for what else DeflateIO needs.
        bits = 15
        while bits > 8 and size <= 1 << bits - 1:
            bits -= 1
        while bits > 8:
            try:
                bytearray((1 << bits) + 2048)
                break
            except MemoryError:
                bits -= 1
        return bits

    def _inflate(flate, source, buf, n):
        # DeflateIO returns when it has filled what it was given, however long it waits for that.
        if not source.live:
            return flate.readinto(buf, n)
        # So give it no more than what has arrived can fill, but for the first byte. A server that
        # flushes ends what it has to say for now with 00 00 FF FF, after up to three other bytes.
        view = memoryview(buf)
        done = 0
        size = 1
        while size:
            got = flate.readinto(view[done : done + size])
            done += got
            end = source.end
            left = end - source.pos
            if got < size or left < 3 or left < 8 and source.buf[end - 1] in (0, 0xFF):
                break
            size = min(n - done, max(1, (left - 7) // 2))
        return done


class _Source(IOBase):
    # Encoded bytes as they arrive. DeflateIO takes them one by one, which is most of its time.

    pos = end = 0
    waiting = False

    def __init__(self, receive, live):
        self.receive = receive
        self.live = live  # may come bit by bit
        self.buf = bytearray(_BLOCK)

    def more(self):
        # Whether another byte is there; waits for it.
        if self.pos == self.end:
            self.pos = self.end = 0
            self.waiting = True
            self.end = self.receive(self.buf, _BLOCK)
            self.waiting = False
        return self.pos < self.end

    def readinto(self, one):
        i = self.pos
        if i == self.end:
            if not self.more():
                return 0
            i = 0
        one[0] = self.buf[i]
        self.pos = i + 1
        return 1


class _Layer:
    # One coding: what is read from receive, decoded.

    flate = None
    bits = 15
    given = 0

    def __init__(self, receive, coding, size, live, cut):
        self.source = _Source(receive, live)
        self.format = 0 if coding == b"deflate" else 3
        self.size = size
        self.cut = cut

    def start(self):
        # A member of gzip, of which there may be several, or all of deflate: zlib or, against the
        # RFC, raw. No raw data begins like zlib's header (RFC 1950, 2.2).
        source = self.source
        if not self.format:
            self.format = 2 if source.buf[source.pos] & 0x8F == 8 else 1
        elif self.format < 3:
            raise ValueError("malformed body: more behind the end of deflate")
        self.bits = _window(self.size)
        self.flate = DeflateIO(source, self.format, self.bits)

    def readinto(self, buf, n):
        source = self.source
        while self.flate or source.more():
            if not self.flate:
                self.start()
            try:
                got = _inflate(self.flate, source, buf, n)
            except EOFError:
                if self.cut:
                    raise OSError("connection closed, response incomplete")
                raise ValueError("malformed body: compressed data incomplete")
            except error:
                if source.waiting:  # it came from the connection
                    raise
                # The heap may have had no room for the window; there is no error of its own.
                if 1 << self.bits < min(self.given + n, self.size, 1 << 15):
                    raise MemoryError("gzip takes 35 KB in one piece: free some, or pass decode=False")
                raise ValueError("malformed body: compressed data corrupt")
            self.given += got
            if got:
                return got
            self.flate = None
        return 0


def _reader(receive, coding, size, live=False, cut=False):
    # A function like receive that gives the decoded body.
    codings = [name.strip(b" \t") for name in coding.lower().split(b",")]
    codings = [name for name in codings if name not in (b"", b"identity")]
    for name in codings:
        if name not in (b"gzip", b"x-gzip", b"deflate") or DeflateIO is None or len(codings) > 4:
            raise ValueError(
                "cannot decode %r here: send the header Accept-Encoding: identity, or pass decode=False"
                % coding.strip(b", ")[:40]
            )
    for i in range(len(codings), 0, -1):
        # Named in the order in which they were applied (RFC 9110, 8.4).
        receive = _Layer(receive, codings[i - 1], size if i == 1 else 1 << 15, live, cut).readinto
        cut = False
    return receive


class Decoder:
    """Stands between a response and the connection, and gives the body decoded."""

    read = None

    def __init__(self, inner, sock, coding, max_size):
        self.inner = inner
        self.sock = sock
        self.coding = coding
        self.left = None if max_size == Response.max_size else max_size

    def readinto(self, buf, n):
        """Read into buf decoded bytes, at least one and n at the most; 0 at the end of the body."""
        if not self.read:
            if self.inner is None:
                raise ValueError("the response is closed")
            # Only a length or chunks tell a body that is short from a connection that was cut.
            cut = self.inner._left is None
            live = cut or self.inner.chunked
            size = 1 << 15 if self.left is None else self.left
            self.read = _reader(self.inner.readinto, self.coding, size, live, cut)
        if self.left is None:
            return self.read(buf, n)
        n = self.read(buf, min(n, self.left + 1))
        self.left -= n
        if self.left < 0:
            raise ValueError("body larger than max_size")
        return n

    def close(self, done=False):
        """Close the connection; at the end of the body it has been told that."""
        self.read = self.inner = None
        if not done:
            self.sock.close()

    def fail(self, error):
        """Close after an error, and return it."""
        self.close()
        return self.sock.fail(error)


def install(response):
    """Make a response whose head has arrived give its body decoded."""
    inner = Response(response._sock)
    for name in ("_buf", "_pos", "_end", "_left", "_room", "chunked", "_cached"):
        setattr(inner, name, getattr(response, name))
    response._sock = Decoder(inner, response._sock, response._coding, response.max_size)
    response._pos = response._end = 0
    response._left = response._cached = response._content_size = None
    if response.max_size == Response.max_size:
        response.max_size = BOUND


def decoded(data, coding, max_size=BOUND):
    """Return a body that is in memory decoded, as a bytearray; coding is the value of Content-Encoding."""
    out = bytearray()
    for block in blocks(data, coding, max_size):
        out.extend(block)
    return out


def blocks(data, coding, max_size=BOUND):
    """Yield a body that is in memory decoded; each block is taken before the next comes in its place."""
    pos = 0

    def receive(buf, n):
        nonlocal pos
        n = min(n, len(data) - pos)
        buf[:n] = memoryview(data)[pos : pos + n]
        pos += n
        return n

    read = _reader(receive, coding, max_size)
    buf = bytearray(_BLOCK)
    n = read(buf, _BLOCK)
    while n:
        max_size -= n
        if max_size < 0:
            raise ValueError("body larger than max_size")
        yield buf if n == _BLOCK else memoryview(buf)[:n]
        n = read(buf, _BLOCK)


if _CPYTHON:

    class Push:
        """Decodes a body that is handed in piece by piece. MicroPython's deflate cannot."""

        def __init__(self, coding, max_size=BOUND):
            self.data = b""
            self.last = False
            self.left = max_size
            self.read = _reader(self._receive, coding, max_size)

        def _receive(self, buf, n):
            if not self.data and not self.last:
                raise BlockingIOError
            n = min(n, len(self.data))
            buf[:n] = self.data[:n]
            self.data = self.data[n:]
            return n

        def decode(self, data, last=False):
            """Yield blocks of what can be decoded now; last tells that the body ends with data."""
            self.data += data
            self.last = last
            buf = bytearray(_BLOCK)
            n = 1
            while n:
                try:
                    n = self.read(buf, min(_BLOCK, self.left + 1))
                except BlockingIOError:
                    return
                self.left -= n
                if self.left < 0:
                    raise ValueError("body larger than max_size")
                if n:
                    yield bytes(memoryview(buf)[:n])
