"""Forms with files (RFC 7578), read from their files while they are sent."""

import os
from binascii import hexlify

_BYTES = bytes, bytearray, memoryview


def wrap(files, fields, context, need):
    """Return the body for the keywords files and data as the core sends it."""
    if fields and not isinstance(fields, (list, tuple)) and not hasattr(fields, "items"):
        raise ValueError("files go with data as a dict or pairs, not with json or bytes")
    body = need("body")
    boundary = hexlify(os.urandom(16))
    line = b"--" + boundary
    form = Form()
    for head, content in _parts(files, fields, need("mrequests")._field):
        form.add(line + b'\r\nContent-Disposition: form-data; name="' + head + b"\r\n\r\n")
        form.add(content)
        line = b"\r\n--" + boundary
    form.add(line + b"--\r\n")
    context.update({"Content-Type": b"multipart/form-data; boundary=" + boundary})
    return need("chunks").Blocks(form, None, False) if form.length is None else body.File(form)


def _parts(files, fields, field):
    # (head behind name=", content) of each part.
    for name, values in _pairs(fields or ()):
        for value in values if isinstance(values, (list, tuple)) else (values,):
            if value is not None:
                yield _quoted(name, field), value if isinstance(value, _BYTES) else str(value)
    for name, content in _pairs(files):
        filename, kind, headers = name, None, None
        if isinstance(content, (list, tuple)):
            if not 2 <= len(content) <= 4:
                raise ValueError("files: (filename, content, type, headers)")
            filename, content, kind, headers = (tuple(content) + (None, None))[:4]
        elif isinstance(getattr(content, "name", None), str) and content.name[:1] not in ("", "<"):
            filename = content.name.replace("\\", "/").split("/")[-1]
        if content is not None:
            yield _head(name, filename, kind, headers, field), content


def _pairs(fields):
    pairs = list(fields.items() if hasattr(fields, "items") else fields)
    for pair in pairs:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise TypeError("files, data: a dict or pairs")
    return pairs


def _quoted(name, field):
    # As browsers do, for there are no escapes between the quotes.
    name = name if isinstance(name, bytes) else str(name).encode()
    for c in b'"\r\n':
        name = name.replace(bytes((c,)), b"%%%02X" % c)
    return field(name) + b'"'


def _head(name, filename, kind, headers, field):
    head = _quoted(name, field)
    if filename is not None:
        head += b'; filename="' + _quoted(filename, field)
    if kind:
        head += b"\r\nContent-Type: " + field(kind)
    for key in headers or ():
        head += b"\r\n" + field(key or ":", b"\r\n\0: \t") + b": " + field(headers[key])
    return head


class Form:
    """The parts as one file."""

    length = at = pos = 0

    def __init__(self):
        self.pieces = []  # (bytes or file, where it starts, how long it is); None: nobody knows

    def add(self, content):
        """Append bytes, str, or a file from where it stands to its end."""
        start = 0
        if isinstance(content, str):
            content = content.encode()
        elif isinstance(content, memoryview) and len(bytes(content[:1])) > 1:
            content = bytes(content)  # its length was not in bytes
        if isinstance(content, _BYTES):
            length = len(content)
        elif not hasattr(content, "read"):
            raise TypeError("files: content must be bytes, str or a file, not " + str(type(content)))
        elif isinstance(content.read(0), str):
            raise ValueError("files: open the file in binary mode")
        else:
            try:
                start = content.tell()
                length = content.seek(0, 2) - start
                content.seek(start)
            except (AttributeError, OSError):
                start = length = None
        self.pieces.append((content, start, length))
        self.length = None if length is None or self.length is None else self.length + length

    def tell(self):
        """Return where it is read from first."""
        return 0

    def seek(self, offset, whence=0):
        """Go back to the beginning; return the length."""
        self.at = self.pos = 0
        return self.length

    def readinto(self, buf):
        """Fill the buffer, with what several pieces have if it must be."""
        view = memoryview(buf)
        n = 0
        while n < len(view) and self.at < len(self.pieces):
            got = self._take(view[n:])
            n += got
            self.pos += got
            if not got:
                self.at += 1
                self.pos = 0
        return n

    def _take(self, view):
        piece, start, length = self.pieces[self.at]
        if length is not None:
            view = view[: length - self.pos]
            if not len(view):
                return 0
        if not hasattr(piece, "read"):
            view[:] = memoryview(piece)[self.pos : self.pos + len(view)]
            return len(view)
        if not self.pos and start is not None:
            piece.seek(start)
        if hasattr(piece, "readinto"):
            got = piece.readinto(view)
        else:
            data = piece.read(len(view))
            got = len(data)
            view[:got] = data
        if not got and length is not None:
            raise ValueError("files: a file is %d bytes shorter than before" % (length - self.pos))
        return got

    def __iter__(self):
        buf = bytearray(512)
        n = self.readinto(buf)
        while n:
            yield memoryview(buf)[:n]
            n = self.readinto(buf)
