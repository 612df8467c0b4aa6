"""What few programs ask of a request or a response; on a board loaded when first used."""

from .. import extras as _core

const = str
_CPYTHON = const(0)  # true on CPython, see the core


def deregister_hook(request, event, hook):
    """Take a function away from those called with the response; whether it was there."""
    try:
        request.hooks[event].remove(hook)
        return True
    except ValueError:
        return False


class _Kind:
    # Takes the header that multipart sets.

    def update(self, headers):
        for name in headers:
            self.kind = headers[name]


def encode_files(data, files):
    """Return the body that multipart makes of files and fields, read while it is sent, and its type."""
    from ..mrequests import _need

    if isinstance(data, (str, bytes)) and data:
        raise ValueError("Data must not be a string.")
    if _CPYTHON:
        files = [
            _in_bytes(name, file) for name, file in (files.items() if hasattr(files, "items") else files)
        ]
    kind = _Kind()
    body = _need("multipart").wrap(files, data, kind, _need)
    return body, str(kind.kind, "utf-8")


def stream_length(prepared, body):
    """Return the length of a body that is no text and no bytes; None, with the header for it, in chunks."""
    from .utils import super_len

    if prepared._body_position is None and hasattr(body, "tell"):
        try:
            prepared._body_position = body.tell()
        except OSError:
            # Tells rewind_body() that it was tried.
            prepared._body_position = object()
    if hasattr(body, "framing"):
        return body.length
    if _CPYTHON and hasattr(body, "read") and isinstance(body.read(0), str):
        prepared.body = body = body.read().encode()
    length = super_len(body)
    if length is None and "Content-Length" not in prepared.headers:
        prepared.headers["Transfer-Encoding"] = "chunked"
    return length


# --- Response ---


def set_cookies_of(response):
    """Return the values of its headers Set-Cookie, as bytes."""
    return [line[11:].strip() for line in response._kept if line[:11].lower() == b"set-cookie:"]


def take_up(response):
    """Have what is left of a body of which a part was handed out taken for all of it."""
    if response._given == 3 or response._left == 0:
        raise RuntimeError("the body was read already")
    response._given = 0
    if response._cached is not None:  # the rest is here
        response._store(bytes(memoryview(response._buf)[response._pos : response._end]))


def get_cookies(response):
    """The cookies that came with the response."""
    if response._cookies is None:
        from .cookies import RequestsCookieJar, extract_cookies_to_jar

        response._cookies = jar = RequestsCookieJar()
        extract_cookies_to_jar(jar, response.request or response, response)
    return response._cookies


def get_history(response):
    """The redirects that led here, the oldest first."""
    if response._history is None:
        response._history = history = []
        one = getattr(response, "_before", None)
        while one is not None:
            history.insert(0, one)
            one = one._before
    return response._history


def is_ok(response):
    """Whether the status is below 400."""
    return response.status_code is not None and not 400 <= response.status_code < 600


def is_redirect(response):
    """Whether it leads to another URL."""
    return response.status_code in (301, 302, 303, 307, 308) and "location" in response.headers


def is_permanent_redirect(response):
    """Whether it leads to another URL for good."""
    return response.status_code in (301, 308) and "location" in response.headers


def get_next(response):
    """The request that a redirect leads to, where it was not followed."""
    return getattr(response, "_next", None)


def links(response):
    """What the header Link says, by relation or URL."""
    from .fields import parse_header_links

    found = {}
    for link in parse_header_links(response.headers.get("link", "")):
        found[link.get("rel") or link.get("url")] = link
    return found


def raise_for_status(response):
    """Raise HTTPError for a status of 400 and above."""
    code = response.status_code
    if 400 <= code < 600:
        from .exceptions import HTTPError

        kind = "Client" if code < 500 else "Server"
        url = _without_user(response.url or "")
        raise HTTPError("%d %s Error: %s for url: %s" % (code, kind, response.reason, url), response=response)


def _without_user(url):
    # A password is not for logs.
    start = url.find("//") + 2
    authority = url[start:].split("/", 1)[0]
    return url[:start] + url[start + authority.rfind("@") + 1 :]


class Elapsed:
    """A duration, for boards."""

    def __init__(self, ms):
        self.ms = ms

    def total_seconds(self):
        """Return it in seconds."""
        return self.ms / 1000

    def __repr__(self):
        return "%d ms" % self.ms


def iter_content(response, chunk_size=1, decode_unicode=False):
    """Yield the body in blocks of chunk_size bytes, those of a chunked one as they arrive."""
    if response._given == 3:
        from .exceptions import StreamConsumedError

        raise StreamConsumedError("the body was read already")
    if chunk_size is not None and not isinstance(chunk_size, int):
        raise TypeError("chunk_size must be an int, it is instead a %s." % type(chunk_size))
    if response._given == 2:
        chunks = _slices(response.content, chunk_size)
    else:
        chunks = _blocks(response, chunk_size)
    return _decoded(response, chunks) if decode_unicode else chunks


def _slices(data, size):
    size = size if size and size > 0 else len(data) or 1
    for i in range(0, len(data), size):
        yield data[i : i + size]


def _blocks(response, size):
    # One buffer for all of them. A block is filled, but not with the next chunk, which may be late.
    whole = size and size > 0 and not response.chunked
    size = size if size and size > 0 else 16384
    left = response._left
    if whole and left is not None and 0 < left < size:
        size = left
    buf = bytearray(size)
    view = memoryview(buf)
    n = response.readinto(buf)
    while n:
        got = n
        while got and n < size and (whole or (response._left or 0) > 0):
            got = response.readinto(view[n:])
            n += got
        yield bytes(buf if n == size else view[:n])
        if response._given == 2:
            return  # content took the rest
        n = response.readinto(buf)
    if response._given != 2:
        response._given = 3  # to its end


if not _CPYTHON:

    def iter_lines(response, chunk_size=256, decode_unicode=False, delimiter=None):
        """Yield the lines of the body without their ends, each as soon as it ends."""
        if delimiter:
            lines = _split(response, chunk_size, delimiter)
        else:
            lines = _core.iter_lines(response, chunk_size)
        for line in lines:
            yield line.decode() if decode_unicode else line

    def _split(response, chunk_size, delimiter):
        rest = b""
        for data in iter_content(response, chunk_size):
            lines = (rest + data).split(delimiter)
            rest = lines.pop()
            for line in lines:
                yield line
        if rest:
            yield rest

    def _decoded(response, chunks):
        # A character may lie across two blocks.
        rest = b""
        for data in chunks:
            data = rest + data
            end = len(data)
            while end and end > len(data) - 4 and data[end - 1] & 0xC0 == 0x80:
                end -= 1
            if end and data[end - 1] >= 0xC0:
                end -= 1
                if len(data) - end >= (2 if data[end] < 0xE0 else 3 if data[end] < 0xF0 else 4):
                    end = len(data)
            else:
                end = len(data)
            rest = data[end:]
            yield data[:end].decode()
        if rest:
            yield rest.decode()

    def get_elapsed(response):
        """The time from sending the request until the head of the response had come."""
        return Elapsed(response._took)

    def late(response, name):
        """Return the attribute of a response that its class lacks."""
        made = {
            "cookies": get_cookies,
            "elapsed": get_elapsed,
            "history": get_history,
            "is_permanent_redirect": is_permanent_redirect,
            "is_redirect": is_redirect,
            "links": links,
            "next": get_next,
            "ok": is_ok,
        }.get(name)
        if made:
            return made(response)
        if name == "apparent_encoding":
            return "utf-8"
        method = {
            "iter_content": iter_content,
            "iter_lines": iter_lines,
            "raise_for_status": raise_for_status,
        }.get(name)
        if method:
            return lambda *args, **kw: method(response, *args, **kw)
        return _core.lookup(response, name)
else:
    import codecs
    import re
    from functools import lru_cache

    from ..mrequests import _first, loads
    from .environ import guess_json_utf
    from .fields import get_encoding_from_headers
    from .structures import parse_headers

    def _in_bytes(name, content):
        # A pair for files, with what a file gives as text in UTF-8.
        from .utils import guess_filename

        parts = content if isinstance(content, (tuple, list)) else (guess_filename(content) or name, content)
        if len(parts) < 2 or not hasattr(parts[1], "read") or not isinstance(parts[1].read(0), str):
            return name, content
        return name, (parts[0], parts[1].read().encode(), *parts[2:])

    _TO_QUOTE = re.compile(r"[%\[\]\s]")
    _ESCAPE = re.compile("%[0-9a-f]{2}", re.I)

    def portable(url, fragment):
        """Return a URL and its fragment with all that may not stand in them escaped, as psf/requests does."""
        start = url.find("//") + 2
        end = _first(url, start)
        host, rest = url[start:end], url[end:]
        if not host.isascii():
            host = _idna(host)
        if host[:1] in ("*", "."):
            raise ValueError("URL has an invalid label")
        if host[-1:] == ":":
            host = host[:-1]
        if not rest.isascii() or _TO_QUOTE.search(rest):
            rest = _requote(rest)
        if rest[-1:] == "?":
            rest = rest[:-1]
        if fragment:
            fragment = _requote(fragment) if len(fragment) > 1 else ""
        return url[:start] + host + rest, fragment

    def _idna(host):
        i = host.rfind("@") + 1
        try:
            return host[:i] + host[i:].encode("idna").decode()
        except UnicodeError:
            raise ValueError("URL has an invalid label.")

    def _requote(text):
        from .utils import requote_uri

        text = requote_uri(text).replace("[", "%5B").replace("]", "%5D")
        return _ESCAPE.sub(lambda found: found[0].upper(), text)

    def __iter__(response):
        return response.iter_content(128)

    def set_cookies(response, jar):
        response._cookies = jar

    def get_headers(response):
        """The headers, in any case of letters; one that came several times is joined with commas."""
        if response._headers is None:
            response._headers = parse_headers(response._kept)
        return response._headers

    def set_headers(response, headers):
        response._headers = headers

    def set_history(response, history):
        response._history = history

    def content(response):
        """The body as bytes."""
        data = response._cached
        if response._given == 0 and type(data) is bytes:  # all of it came with the head
            response._given = 2
        elif response._given != 2:
            if response._sock is None and data is None:
                return None
            data = response._body()
        if not isinstance(data, bytes):
            response._cached = response._buf = data = bytes(data)
        return data

    def is_consumed(response):
        return response._given > 1

    def is_known(codings):
        """Whether all of the codings in a Content-Encoding can be decoded."""
        names = [name.strip() for name in codings.lower().split(b",")]
        return not [name for name in names if name not in (b"", b"identity", b"gzip", b"x-gzip", b"deflate")]

    def get_encoding(response):
        """The charset that the response names; None where it names none."""
        if response._encoding is False:
            if response._headers is None:
                response._encoding = _charset(response._type)
            else:
                response._encoding = get_encoding_from_headers(response._headers)
        return response._encoding

    @lru_cache(maxsize=64)
    def _charset(kind):
        return kind and get_encoding_from_headers({"content-type": str(kind, "latin-1").strip()})

    def set_encoding(response, encoding):
        response._encoding = encoding

    def apparent_encoding(response):
        """The charset that the body looks like: by its byte order mark, UTF-8 if it is valid, or Latin-1."""
        data = response.content or b""
        for mark, name in (
            (codecs.BOM_UTF8, "utf-8-sig"),
            (codecs.BOM_UTF32_LE, "utf-32"),
            (codecs.BOM_UTF32_BE, "utf-32"),
            (codecs.BOM_UTF16_LE, "utf-16"),
            (codecs.BOM_UTF16_BE, "utf-16"),
        ):
            if data.startswith(mark):
                return name
        try:
            data.decode()
            return "ascii" if data.isascii() else "utf-8"
        except UnicodeDecodeError:
            return "ISO-8859-1"

    def text(response):
        """The body as text; a byte that belongs to no character becomes U+FFFD."""
        data = response.content
        if not data:
            return ""
        try:
            return str(data, response.encoding or response.apparent_encoding, "replace")
        except (LookupError, TypeError):
            return str(data, "utf-8", "replace")

    def json(response, **kwargs):
        """Decode the body as JSON."""
        data = response.content
        encoding = response.encoding
        try:
            if encoding == "utf-8":
                return loads(str(data, encoding, "replace"), **kwargs)
            if not encoding and data and len(data) > 3 and guess_json_utf(data):
                try:
                    return loads(data.decode(guess_json_utf(data)), **kwargs)
                except UnicodeDecodeError:
                    pass
            return loads(response.text, **kwargs)
        except ValueError as e:
            from .exceptions import JSONDecodeError

            raise JSONDecodeError(e.msg, e.doc, e.pos, response=response)

    def get_elapsed(response):
        """The time from sending the request until the head of the response had come."""
        from datetime import timedelta

        if isinstance(response._took, timedelta):
            return response._took
        return timedelta(seconds=response._took or 0)

    def set_elapsed(response, elapsed):
        response._took = elapsed

    def _decoded(response, chunks):
        # As the charset says; bytes where there is none.
        if response.encoding is None:
            yield from chunks
            return
        decoder = codecs.getincrementaldecoder(response.encoding)("replace")
        for chunk in chunks:
            chunk = decoder.decode(chunk)
            if chunk:
                yield chunk
        chunk = decoder.decode(b"", True)
        if chunk:
            yield chunk

    def iter_lines(response, chunk_size=512, decode_unicode=False, delimiter=None):
        """Yield the lines of the body without their ends; a CRLF is one end wherever the blocks end."""
        rest = None
        for chunk in response.iter_content(chunk_size=chunk_size, decode_unicode=decode_unicode):
            if rest:
                chunk = rest + chunk
            lines = chunk.split(delimiter) if delimiter else chunk.splitlines(True)
            # The last one may go on in the next block; a CR may be half of a CRLF.
            rest = lines.pop() if lines else None
            if not delimiter:
                if rest and rest[-1:] in (b"\n", "\n"):
                    lines.append(rest)
                    rest = None
                lines = [_stripped(line) for line in lines]
            yield from lines
        if rest:
            yield rest if delimiter else _stripped(rest)

    def _stripped(line):
        return line.splitlines()[0]

    class Raw(_core.Raw):
        """The body as a file, decompressed; named as urllib3 names things."""

        decode_content = True
        version = 11

        def __init__(self, response):
            super().__init__(response)
            self.headers, self.status, self.reason = response.headers, response.status_code, response.reason

        def read(self, amt=None, decode_content=None, cache_content=False):
            """Read so many bytes, or all; fewer only at the end."""
            return super().read(-1 if amt is None else amt)

        def stream(self, amt=65536, decode_content=None):
            """Yield the rest in blocks."""
            data = self.read(amt)
            while data:
                yield data
                data = self.read(amt)

        def getheader(self, name, default=None):
            """Return a header."""
            return self.headers.get(name, default)

        def release_conn(self):
            """Give up the connection."""
            self.close()

    class Foreign:
        """Stands for a connection where an adapter has made a response of some file."""

        keep = False

        def __init__(self, file):
            self.file = file

        def readinto(self, buf, n):
            """Read into buf, n bytes at the most."""
            data = self.file.read(n)
            buf[: len(data)] = data
            return len(data)

        def fail(self, error):
            """Return the error."""
            return error

        def close(self, done=False):
            """Close the file."""
            if hasattr(self.file, "close"):
                self.file.close()

    def get_raw(response):
        """The body as a file."""
        if "_raw" not in response.__dict__:
            response._raw = Raw(response) if response._sock is not None else None
        return response._raw

    def set_raw(response, file):
        response._raw = file
        if file is not None:
            response._sock = Foreign(file)
            response._left = None
            if response._buf is None:
                response._buf = b""

    def get_content(response):
        return response._cached if response._given == 2 else False

    def set_content(response, data):
        response._cached = response._buf = data or b""
        response._pos = 0
        response._end = response._left = len(response._buf)
        response._given = 2

    _STATE = "status_code", "url", "history", "encoding", "reason", "elapsed", "request"

    def __getstate__(response):
        state = {name: getattr(response, name) for name in _STATE}
        state.update(_content=response.content, headers=response.headers, cookies=response.cookies)
        return state

    def __setstate__(response, state):
        response.__init__()
        for name in state:
            setattr(response, name, state[name])
