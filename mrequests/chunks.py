"""Request bodies whose length may not be known, and those that are counted while they are sent."""

import sys

BLOCK = 1024 if sys.implementation.name == "micropython" else 65536


def wrap(data):
    """Return a file that cannot seek, or what yields blocks, as the core sends it."""
    if not hasattr(data, "read"):
        return Blocks(data)
    file = _Reader(data)
    return Blocks(file, file.length, file.start is not None)


def counted(data, progress, context, need):
    """Return any data as the core sends it; progress(done, total) is called after each block."""
    kinds = bytes, bytearray, memoryview
    if not isinstance(data, kinds):
        data = need("body").wrap(data, context, need)
    if isinstance(data, kinds):
        data = Blocks(_Slices(data), len(data))
    data.progress = progress
    return data


class Blocks:
    """Whatever yields blocks: in chunks, unless its length is known."""

    progress = None
    used = False

    def __init__(self, data, length=None, again=True):
        try:
            self.again = again and iter(data) is not data
        except TypeError:
            raise TypeError("data must be bytes, str, a form, a file or yield bytes, not " + str(type(data)))
        self.data = data
        self.length = length

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
        if self.used and not self.again:
            raise ValueError("redirected, but data cannot be sent twice: pass bytes or a file that can seek")
        self.used = True
        return self._message(head)

    def _message(self, head):
        done = 0
        for block in self.data:
            if isinstance(block, str):
                block = block.encode()
            elif isinstance(block, memoryview) and len(bytes(block[:1])) > 1:
                block = bytes(block)  # its length was not in bytes
            if not len(block):  # an empty chunk would end the body
                continue
            done += len(block)
            for piece in self._framed(head, block, done):
                yield piece
            head = b""
            if self.progress:
                self.progress(done, self.length)
        if self.length is None:
            head += b"0\r\n\r\n"
        elif done < self.length:
            raise ValueError("data is %d bytes shorter than its Content-Length" % (self.length - done))
        if head:
            yield head

    def _framed(self, head, block, done):
        # What is small goes out in one write; what is large is not copied.
        end = b""
        if self.length is None:
            head += b"%x\r\n" % len(block)
            end = b"\r\n"
        elif done > self.length:
            raise ValueError("data is longer than its Content-Length")
        if len(block) <= BLOCK // 2 and (head or end):
            return (head + block + end,)
        return [piece for piece in (head, block, end) if piece]


class _Reader:
    # The blocks of a file, from where it stands; again and again if it can seek.

    length = start = None

    def __init__(self, file):
        self.file = file
        try:
            start = file.tell()
            self.length = file.seek(0, 2) - start
            file.seek(start)
            self.start = start
        except (AttributeError, OSError):
            pass

    def __iter__(self):
        if self.start is not None:
            self.file.seek(self.start)
        left = self.length
        while left != 0:
            block = self.file.read(BLOCK if left is None else min(BLOCK, left))
            if not block:
                return
            if left is not None:
                left -= len(block)
            yield block


class _Slices:
    # Bytes in blocks.

    def __init__(self, data):
        self.data = memoryview(data)

    def __iter__(self):
        for i in range(0, len(self.data), BLOCK):
            yield self.data[i : i + BLOCK]
