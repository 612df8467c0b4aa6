"""Request bodies other than bytes and text: forms, files, iterators. Needs urlencode for forms."""

import sys

# One block of a file is in memory at a time.
BLOCK = 1024 if sys.implementation.name == "micropython" else 65536


def form(fields, need):
    """Return a mapping or pairs as text of a form; what has the value None is left out."""
    if isinstance(fields, bytes):
        return fields.decode()
    if isinstance(fields, str):
        return fields
    if hasattr(fields, "items"):
        fields = fields.items()
    return need("urlencode").urlencode([f for f in fields if f[1] is not None], True)


def wrap(data, context, need):
    """Return data as the core sends it: bytes, or an object with framing() and message()."""
    if hasattr(data, "framing"):
        return data
    if isinstance(data, (dict, list, tuple)):
        context.update({"Content-Type": "application/x-www-form-urlencoded"})
        return form(data, need).encode()
    return _File(data) if hasattr(data, "read") else _Blocks(data)


class _Blocks:
    # Whatever yields blocks: in chunks, unless its length is known.

    length = None

    def __init__(self, data):
        try:
            self.again = iter(data) is not data
        except TypeError:
            raise TypeError("data must be bytes, str, a form, a file or yield bytes, not " + str(type(data)))
        self.data = data
        self.used = False

    def framing(self, context):
        """Return the headers that tell how the body ends."""
        head = context.head.lower()
        i = head.find(b"\r\ncontent-length:")
        if self.length is None and i >= 0:
            length = head[i + 17 :].split(b"\r")[0].strip()
            if not length.isdigit():
                raise ValueError("Content-Length must be a number")
            self.length = int(length)
        if self.length is None:
            return {"Transfer-Encoding": "chunked", "Content-Length": None}
        return {"Transfer-Encoding": None, "Content-Length": self.length}

    def message(self, head):
        """Return the blocks of the message; refuse a body that has gone out and cannot again."""
        if self.used:
            self.rewind()
        self.used = True
        return self._pieces(head)

    def rewind(self):
        if not self.again:
            raise ValueError("redirected, but data cannot be sent twice: pass bytes or a file that can seek")

    def blocks(self):
        return self.data

    def _pieces(self, head):
        for block in self._framed():
            if head and len(block) <= BLOCK:
                block = head + block
            elif head:
                yield head
            head = b""
            yield block
        if head:
            yield head

    def _framed(self):
        left = self.length
        for block in self.blocks():
            if isinstance(block, str):
                block = block.encode()
            n = len(block)
            if left is not None:
                left -= n
                if left < 0:
                    raise ValueError("data is longer than its Content-Length")
                yield block
            elif n:  # an empty chunk would end the body
                yield b"%x\r\n" % n + block + b"\r\n"
        if left:
            raise ValueError("data is %d bytes shorter than its Content-Length" % left)
        if left is None:
            yield b"0\r\n\r\n"


class _File(_Blocks):
    # A file, from where it stands. Without seek() its length is not known.

    start = None

    def __init__(self, data):
        if isinstance(data.read(0), str):
            raise ValueError("data: open the file in binary mode")
        self.data = data
        self.used = False
        try:
            start = data.tell()
            self.length = data.seek(0, 2) - start
            data.seek(start)
            self.start = start
        except (AttributeError, OSError):
            self.length = None

    def rewind(self):
        self.again = self.start is not None
        _Blocks.rewind(self)
        self.data.seek(self.start)

    def blocks(self):
        # Each block has been sent before the next one is read into its place.
        file, left = self.data, self.length
        if not hasattr(file, "readinto"):
            block = file.read(BLOCK)
            while block:
                yield block
                block = file.read(BLOCK)
            return
        buf = bytearray(BLOCK)
        while left is None or left > 0:
            n = file.readinto(buf if left is None or left >= BLOCK else memoryview(buf)[:left])
            if not n:
                return
            if left is not None:
                left -= n
            yield buf if n == BLOCK else memoryview(buf)[:n]
