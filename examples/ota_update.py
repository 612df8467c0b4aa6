"""Write new firmware to the partition that is free: ota_update.py [URL [SHA256]]

On an ESP32 this is the real one. Elsewhere a file plays it, as slow as flash, and its power is cut once: the
second attempt goes on where the note in STATE says, and asks only for the rest.
"""

import sys
import time

from mrequests.download import download

STATE = "ota.note"
BLOCK = 4096


class PowerCut(Exception):
    """Now the board would be dark."""


class FilePartition:
    """A file with the methods of esp32.Partition."""

    def __init__(self, path, blocks, until_cut):
        self.blocks = blocks
        self.until_cut = until_cut
        self.file = open(path, "w+b")

    def ioctl(self, op, arg):
        return {4: self.blocks, 5: BLOCK}.get(op)

    def readblocks(self, number, buf):
        self.file.seek(number * BLOCK)
        self.file.readinto(buf)

    def writeblocks(self, number, buf):
        self.until_cut -= 1
        if self.until_cut == 0:
            raise PowerCut
        time.sleep(0.04)  # erasing takes its time
        self.file.seek(number * BLOCK)
        self.file.write(buf)

    def set_boot(self):
        self.file.close()


def free_partition():
    try:
        from esp32 import Partition
    except ImportError:
        return FilePartition("partition.bin", 256, 60)
    return Partition(Partition.RUNNING).get_next_update()


def update(url, partition, sha256):
    """Fetch and verify the firmware; only then is it what the board will start."""
    shown = []

    def progress(done, total):
        if not shown or done - shown[-1] >= 65536:
            shown.append(done)
            print("%d of %s" % (done, total or "?"))

    size = download(
        url, partition, sha256, state=STATE, retries=2, backoff=0.5, progress=progress, timeout=10
    )
    partition.set_boot()
    print("%d bytes written: restart to run them" % size)


def main(url="http://httpbin.org/range/65536", sha256=None):
    partition = free_partition()
    try:
        update(url, partition, sha256)
    except PowerCut:
        print("power cut, the old firmware starts again")
        update(url, partition, sha256)


if __name__ == "__main__":
    main(*sys.argv[1:])
