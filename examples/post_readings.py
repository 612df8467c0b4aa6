"""Post readings of a sensor, whatever the server does: post_readings.py [URL [COUNT [SECONDS]]]

A reading that cannot be sent is kept, and goes out in front of the next one.
"""

import sys
import time

import mrequests as requests

KEPT = 20  # when the server is away for long, the oldest readings go


def read_sensor(number):
    return {"number": number, "temperature": 20 + number / 4}


def send(url, waiting):
    """Post all that waits, the oldest first; stop at the first failure."""
    while waiting:
        with requests.post(url, json=waiting[0], timeout=5, deadline=15) as r:
            r.raise_for_status()
        print("reading %d: sent" % waiting.pop(0)["number"])


def main(url="http://httpbin.org/post", count=5, seconds=1):
    waiting = []
    for number in range(1, int(count) + 1):
        waiting.append(read_sensor(number))
        del waiting[:-KEPT]
        try:
            send(url, waiting)
        except (OSError, ValueError) as error:  # the network, a status of 400 and above; not HTTP at all
            print("reading %d: kept (%s)" % (waiting[0]["number"], error))
        time.sleep(float(seconds))
    print("%d of %s not sent" % (len(waiting), count))
    return 1 if waiting else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
