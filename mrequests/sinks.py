"""Other targets of download() than a path: whatever has write(), and block devices."""


class Stream:
    """An object with write(); what it has taken is out of our hands."""

    done = 0  # bytes taken
    size = None  # all that fits

    def __init__(self, file, buf):
        self.file = file
        self.buf = buf
        self.write = file.write

    def restart(self):
        """Begin anew, where what was written can be taken back."""
        if self.done:
            try:
                self.file.seek(-self.done, 1)
                self.file.truncate()
            except (AttributeError, OSError, TypeError, ValueError):
                raise OSError("the server began anew, but what was written cannot be taken back")
        self.done = 0

    def sync(self):
        """Return how much is safe from a power cut, where that can be told."""

    def finish(self):
        """Write what is left."""

    def close(self, discard=False):
        """Leave the object to its owner."""


class Blocks(Stream):
    """A block device: whole blocks from the first one on, the last filled up with 0xff."""

    fill = 0  # bytes that wait for their block to be full
    blocks = 0  # written

    def __init__(self, device, buf):
        self.device = device
        self.block = device.ioctl(5, 0) or 512
        self.size = device.ioctl(4, 0) * self.block
        self.all = self.buf = memoryview(buf or bytearray(self.block))
        if len(self.buf) % self.block:
            raise ValueError("buf must hold whole blocks of %d bytes" % self.block)

    def reopen(self, done, digest):
        """Go on behind the blocks that an earlier call has written, after handing them to digest."""
        if done % self.block or done > self.size:
            raise ValueError(done)
        for n in range(done // self.block if digest else 0):
            block = self.all[: self.block]
            self.device.readblocks(n, block)
            digest.update(block)
        self.done = done
        self.blocks = done // self.block

    def restart(self):
        self.done = self.fill = self.blocks = 0
        self.buf = self.all

    def write(self, data):
        """Take what was read into buf."""
        self.fill += len(data)
        if self.fill == len(self.all):
            self._flush()
        else:
            self.buf = self.all[self.fill :]

    def _flush(self):
        n = -(-self.fill // self.block)
        for i in range(self.fill, n * self.block):
            self.all[i] = 255
        if n:
            self.device.writeblocks(self.blocks, self.all[: n * self.block])
        self.blocks += n
        self.fill = 0
        self.buf = self.all

    def finish(self):
        self._flush()
        self.device.ioctl(3, 0)

    def sync(self):
        self.device.ioctl(3, 0)
        return self.blocks * self.block


def sink(target, buf):
    """Return what download() writes to."""
    if hasattr(target, "writeblocks"):
        return Blocks(target, buf)
    return Stream(target, buf or bytearray(1024))
