"""The flash of a board in memory, with its file system (littlefs): counts erasures, and its power can be cut.

For MicroPython only. While it is entered, the folder /flash is on it.
"""

import os


class PowerCut(Exception):
    """Nothing that is done after this reaches the flash."""


class Flash:
    """A block device as MicroPython wants it; cut=n: the power goes in the middle of the nth change."""

    FORMAT = {}  # parameters of the file system

    def __init__(self, blocks, size, data=None, cut=0):
        self.blocks, self.size, self.cut = blocks, size, cut
        self.data = data
        self.erased = [0] * blocks
        self.changes = self.written = 0
        if not data:
            self.data = bytearray(b"\xff" * (blocks * size))
            os.VfsLfs2.mkfs(self, **self.FORMAT)

    def __enter__(self):
        os.mount(os.VfsLfs2(self, **self.FORMAT), "/flash")
        return self

    def __exit__(self, *args):
        os.umount("/flash")

    def readblocks(self, block, buf, offset=0):
        if self.cut >= 0:  # without power MicroPython may still close files
            start = block * self.size + offset
            buf[:] = memoryview(self.data)[start : start + len(buf)]

    def writeblocks(self, block, buf, offset=0):
        if self.cut >= 0:
            self.written += len(buf)
            self.change(block * self.size + offset, buf)

    def erase(self, block):
        if self.cut >= 0:
            self.erased[block] += 1
            self.change(block * self.size, b"\xff" * self.size)

    def change(self, start, buf):
        self.changes += 1
        n = len(buf)
        if self.changes == self.cut:
            self.cut = -1
            n //= 2
        self.data[start : start + n] = memoryview(buf)[:n]
        if self.cut < 0:
            raise PowerCut

    def ioctl(self, op, arg):
        if op == 4:
            return self.blocks
        if op == 5:
            return self.size
        if op == 6:
            self.erase(arg)
        return 0
