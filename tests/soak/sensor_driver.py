"""Runs examples/sensor_client.py in compressed time, on either interpreter, for sensor_day.py.

    sensor_driver.py URL QUEUE LEDGER FIRST COUNT SPEED UNSAVED

Takes COUNT readings, of second FIRST and those that follow; a second takes 1/SPEED of one, and time stands
still while a request is under way. The ledger gets each reading that is on flash, or that the server has
acknowledged: none of these may be lost.
"""

import sys
import time

import sensor_client


def temperature(second):
    """What is measured at a second: looks random."""
    return (second * 7919 % 1440 - 400) / 16


class Ledger(sensor_client.Queue):
    """A queue that writes down what may not be lost any more."""

    def __init__(self, path, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.ledger = open(path, "ab")

    def note(self, lines):
        self.ledger.write(lines)
        self.ledger.flush()

    def save(self):
        lines = b"".join(self.fresh)
        if not super().save():
            return False
        self.note(lines)
        return True

    def drop(self, lines):
        if not self.saved:
            self.note(lines)
        super().drop(lines)


class Day:
    """The clock, in the place of that of the client."""

    def __init__(self, first, speed):
        self.ms, self.second, self.speed = 0, first - 1, speed

    def ticks_ms(self):
        return self.ms

    def sleep_ms(self, ms):
        time.sleep(ms / 1000 / self.speed)
        self.ms += ms

    def now(self):
        return self.second

    def read(self):
        self.second += 1
        return temperature(self.second)


def main(url, folder, ledger, first, count, speed, unsaved):
    day = Day(int(first), float(speed))
    sensor_client.ticks_ms, sensor_client.sleep_ms, sensor_client.now = day.ticks_ms, day.sleep_ms, day.now

    sensor_client.print = lambda *words: None  # a line for each reading is too much here
    sensor_client.TIMEOUT, sensor_client.DEADLINE = 0.5, 1
    queue = Ledger(ledger, folder, int(unsaved))
    courier = sensor_client.Courier(queue, url)
    sensor_client.run(day.read, courier, "day", 1, int(count), lambda: None)
    while queue.peek(1):
        courier.deliver()
        day.sleep_ms(1000)


if __name__ == "__main__":
    main(*sys.argv[1:])
