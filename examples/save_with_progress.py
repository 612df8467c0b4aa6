"""Download a file and show how far it is: save_with_progress.py [URL [FILE]]

One buffer, made before the request, carries all of it: the memory needed does not grow with the file.
"""

import sys

import mrequests as requests

BUFFER = bytearray(2048)


class Progress:
    """Writes to a file and prints a line for each tenth of the whole."""

    def __init__(self, file, total):
        self.file = file
        self.total = total
        self.done = self.shown = 0

    def write(self, data):
        self.file.write(data)
        self.done += len(data)
        tenths = self.done * 10 // self.total if self.total else 0
        if tenths > self.shown:
            self.shown = tenths
            print("%3d %%  %d bytes" % (tenths * 10, self.done))


def main(url="http://httpbin.org/bytes/65536", name="download.bin"):
    with requests.get(url, parse_headers=True, timeout=10) as r:
        r.raise_for_status()
        # A server that makes its answer as it sends it does not say how long it will be.
        total = int(r.headers.get("Content-Length", 0))
        with open(name, "wb") as file:
            size = r.saveinto(Progress(file, total), BUFFER)
    print("%s: %d bytes" % (name, size))


if __name__ == "__main__":
    main(*sys.argv[1:])
