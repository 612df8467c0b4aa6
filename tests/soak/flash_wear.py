"""How the sensor's queue wears the flash of a Pico W (212 blocks of 4 KB, littlefs); for MicroPython.

    MICROPYPATH=tests/both:examples:.:.frozen micropython -X heapsize=16M tests/soak/flash_wear.py [READINGS]

The server is there: each reading is delivered before the next. It is away: they pile up, and are delivered.
"""

import sys

from flash import Flash
from sensor_client import Queue


class Pico(Flash):
    """The flash that a Pico W has for files, made as its firmware does."""

    FORMAT = {"progsize": 256}


def line(number):
    return b'{"id": "e66141040396902a-5f2c9a10b3d4-%d", "time": 1795241575, "temp": 14.4375}\n' % number


def drain(queue):
    lines = queue.peek(16)
    while lines:
        queue.drop(lines)
        lines = queue.peek(16)


def wear(readings, unsaved, away):
    """Blocks erased, of the busiest block, and kilobytes written, for so many readings."""
    with Pico(212, 4096) as flash:
        queue = Queue("/flash/queue", unsaved=unsaved)
        flash.erased = [0] * flash.blocks
        flash.written = 0
        for number in range(readings):
            queue.put(line(number))
            if not away or number % 2000 == 1999:
                drain(queue)
        drain(queue)
        return sum(flash.erased), max(flash.erased), flash.written // 1024


def main(readings=10000):
    readings = int(readings)
    print("%d readings: blocks erased, the busiest block, KB written" % readings)
    for away in False, True:
        for unsaved in 1, 5, 10, 32:
            place = "away " if away else "there"
            print("server %s, unsaved=%-2d  %6d %6d %6d" % ((place, unsaved) + wear(readings, unsaved, away)))


if __name__ == "__main__":
    main(*sys.argv[1:])
