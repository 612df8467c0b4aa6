"""Download a file: save_file.py [URL [FILE]]

The file gets its name only when all of it has arrived: what stands there is never half a file.
"""

import os
import sys

import mrequests as requests


def main(url="http://httpbin.org/image/png", name="image.png"):
    part = name + ".part"
    with requests.get(url, timeout=10) as r:
        r.raise_for_status()
        try:
            size = r.save(part)
        except OSError:
            os.remove(part)
            raise
    os.rename(part, name)
    print("%s: %d bytes" % (name, size))


if __name__ == "__main__":
    main(*sys.argv[1:])
