"""Download a file and show how far it is: save_with_progress.py [URL [FILE]]

One buffer, made before the request, carries all of it: the memory needed does not grow with the file.
"""

import sys

import mrequests as requests

BUFFER = bytearray(2048)


class Progress:
    """Prints a line for each tenth of the whole."""

    shown = 0

    def __call__(self, done, total):
        # A server that makes its answer as it sends it does not say how long it will be.
        tenths = done * 10 // total if total else 0
        if tenths > self.shown:
            self.shown = tenths
            print("%3d %%  %d bytes" % (tenths * 10, done))


def main(url="http://httpbin.org/bytes/65536", name="download.bin"):
    with requests.get(url, timeout=10) as r:
        r.raise_for_status()
        size = r.save(name, BUFFER, progress=Progress())
    print("%s: %d bytes" % (name, size))


if __name__ == "__main__":
    main(*sys.argv[1:])
