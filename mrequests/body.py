"""Request bodies other than bytes and text: files here, the rest in modules of its own."""

import sys

BLOCK = 4096 if sys.implementation.name == "micropython" else 1 << 18


def wrap(data, context, need):
    """Return data as the core sends it: bytes, or an object with framing() and message()."""
    if isinstance(data, (dict, list, tuple)):
        context.update({"Content-Type": "application/x-www-form-urlencoded"})
        return need("urlencode").form(data).encode()
    if hasattr(data, "framing"):
        return data
    if hasattr(data, "read") and isinstance(data.read(0), str):
        raise ValueError("data: open the file in binary mode")
    try:
        return File(data)
    except (AttributeError, OSError):  # no file, or one that cannot seek
        return need("chunks").wrap(data)


def _buffer():
    # For a block: the larger, the faster, but as much again stays free.
    size = BLOCK
    while size > 128:
        try:
            return (bytearray(size), bytearray(size))[0]
        except MemoryError:
            size //= 2
    return bytearray(size)


class File:
    """A file, from where it stands."""

    progress = None

    def __init__(self, file):
        self.readinto = file.readinto
        self.seek = file.seek
        self.start = file.tell()
        self.length = file.seek(0, 2) - self.start
        file.seek(self.start)

    def framing(self, context):
        """Return the headers that tell how the body ends."""
        return {"Transfer-Encoding": None, "Content-Length": self.length}

    def message(self, head):
        """Yield the blocks of the message; each has been sent before the next is read into its place."""
        readinto = self.readinto
        progress = self.length and self.progress
        buf = _buffer()
        size = len(buf)
        left = self.length
        n = len(head)
        if n < size:
            buf[:n] = head
        else:
            yield head
            n = 0
        self.seek(self.start)
        while n or left:
            got = readinto(memoryview(buf)[n : n + left] if n or left < size else buf)
            if left and not got:
                raise ValueError("data is %d bytes shorter than its Content-Length" % left)
            left -= got
            n += got
            yield memoryview(buf)[:n] if n < size else buf
            n = 0
            if progress:
                progress(self.length - left, self.length)
