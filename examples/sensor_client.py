"""A temperature sensor that PUTs its readings to a server and keeps them while the server is away.

    sensor_client.py [URL [NAME=VALUE ...]]     for instance  http://192.168.1.10:8080/readings  period=60

On a board: fill in the settings below and copy this file there as main.py, with mrequests.py beside it.
Where there is no DS18B20 it makes temperatures up. docs/sensor.md tells how no reading gets lost.
"""

import os
import sys
import time
from binascii import hexlify
from json import loads

import mrequests

try:
    from time import sleep_ms, ticks_add, ticks_diff, ticks_ms
except ImportError:  # CPython

    def ticks_ms():
        return int(time.monotonic() * 1000)

    def sleep_ms(ms):
        time.sleep(ms / 1000)

    ticks_add = int.__add__
    ticks_diff = int.__sub__

# --- Settings; NAME=VALUE on the command line replaces those of main() ---

COUNTRY, SSID, KEY = "GB", "name of the Wi-Fi", "its password"
URL = "http://192.168.1.10:8080/readings"
PIN = 22  # the data line of the DS18B20
TIMEOUT, DEADLINE = 3, 5  # seconds for a step of a request, and for all of it
WATCHDOG = 8000  # milliseconds until a board that hangs is reset, 8388 at most on a Pico; 0: never
LONGEST_WAIT = 60  # seconds between two attempts when the server stays away
BATCH = 16  # readings in a request at the most, in the form "lines"

# What a server answers that will never take these readings, however often they are sent.
REFUSED = 400, 409, 413, 422


# --- The board: Wi-Fi, clock, watchdog and sensor; elsewhere there are stand-ins ---


def setup(country, ssid, key, feed=lambda: None):
    """Switch the Wi-Fi on and wait up to 20 s for the connection; None where there is no Wi-Fi."""
    try:
        import network
    except ImportError:
        return None
    if hasattr(network, "country"):
        network.country(country)
    wifi = network.WLAN(network.STA_IF)
    wifi.active(True)
    wifi.connect(ssid, key)
    for _ in range(40):
        if wifi.isconnected():
            break
        feed()
        sleep_ms(500)
    print("Wi-Fi:", wifi.ifconfig()[0] if wifi.isconnected() else "not yet")
    return wifi


def now():
    """Seconds since 1970; None while the clock is not set, then the server takes the time of arrival."""
    if time.gmtime()[0] < 2025:
        return None
    return int(time.time()) + (946684800 if time.gmtime(0)[0] == 2000 else 0)


def set_clock():
    """Ask a time server, where the board cannot know the time."""
    try:
        import ntptime

        ntptime.settime()
    except (ImportError, OSError):
        pass


def watchdog(timeout):
    """A function to call more often than the timeout, in ms; it does nothing where there is no watchdog."""
    try:
        from machine import WDT
    except ImportError:
        timeout = 0
    return WDT(timeout=timeout).feed if timeout else lambda: None


def sensor(pin):
    """A function that reads the temperature: that of a DS18B20, or a made-up one."""
    try:
        from ds18x20 import DS18X20
        from machine import Pin
        from onewire import OneWire
    except ImportError:
        return simulated
    bus = DS18X20(OneWire(Pin(pin)))

    def read():
        roms = bus.scan()
        if not roms:
            raise OSError("no DS18B20 at pin %d: check its wires and the resistor" % pin)
        bus.convert_temp()
        sleep_ms(750)
        temp = bus.read_temp(roms[0])
        return None if temp == 85 else temp  # 85 is what it holds until it has measured

    return read


def simulated():
    """A warm afternoon and a cool night, in the steps of a DS18B20."""
    from math import sin

    second = (now() or 0) % 86400
    noise = os.urandom(1)[0] / 128
    return int(16 * (20 - 3 * sin(second * 6.2832 / 86400 + 0.8)) + noise) / 16


def device_name():
    """The serial number of a board."""
    try:
        from machine import unique_id
    except ImportError:
        return "simulated"
    return hexlify(unique_id()).decode()


# --- The queue ---


class Queue:
    """Lines that wait for the server, the oldest first; all but the newest few survive a power cut.

    They lie in files of about `lines` lines, `files` of them at the most. A file is appended to and, when
    all of it has been delivered, removed: half a line at its end is the worst that a power cut can leave.
    The newest lines, fewer than `unsaved`, are in memory only, so that flash is not written to as long as
    the server takes each line at once. With unsaved=1 every line is on flash before it is sent.
    """

    def __init__(self, folder, unsaved=10, lines=32, files=64):
        self.folder, self.unsaved, self.lines, self.files = folder, unsaved, lines, files
        try:
            os.mkdir(folder)
        except OSError:
            pass  # it is there
        self.fresh = []  # lines in memory
        self.find()
        self.offset = 0  # bytes of the first file that have been delivered

    def find(self):
        """List the files; nothing more is added to one of them, its last line may be broken."""
        self.saved = sorted([int(name) for name in os.listdir(self.folder) if name.isdigit()])
        self.room = 0  # lines that the last file may still take

    def path(self, number):
        return "%s/%d" % (self.folder, number)

    def put(self, line):
        """Take a line; false where the queue or the flash is full, and the line was not taken."""
        self.fresh.append(line)
        if len(self.fresh) < self.unsaved or self.save():
            return True
        self.fresh.pop()
        return False

    def save(self):
        """Write the lines in memory to flash; false where they did not fit."""
        if not self.fresh:
            return True
        if self.room <= 0:
            if len(self.saved) >= self.files:
                return False
            self.saved.append(self.saved[-1] + 1 if self.saved else 0)
            self.room = self.lines
        try:
            with open(self.path(self.saved[-1]), "ab") as file:
                file.write(b"".join(self.fresh))
                if hasattr(os, "fsync"):  # on a board it is enough to close the file
                    file.flush()
                    os.fsync(file.fileno())
        except OSError:
            self.find()
            return False
        self.room -= len(self.fresh)
        self.fresh = []
        return True

    def peek(self, count):
        """The oldest lines, at most count of them, in one piece; empty where none wait."""
        while self.saved:
            lines = self.read(count)
            if lines:
                return lines
            # All of the first file has been delivered.
            self.offset = 0
            path = self.path(self.saved.pop(0))
            if not self.saved:
                self.room = 0
            os.remove(path)
        return b"".join(self.fresh[:count])

    def read(self, count):
        """The next lines of the first file, up to its end or a broken one."""
        lines = []
        with open(self.path(self.saved[0]), "rb") as file:
            file.seek(self.offset)
            for _ in range(count):
                line = file.readline()
                if line[-1:] != b"\n":
                    break
                lines.append(line)
        return b"".join(lines)

    def drop(self, lines):
        """Forget what peek() gave: the server has it."""
        if self.saved:
            self.offset += len(lines)
        else:
            self.fresh = self.fresh[lines.count(b"\n") :]


# --- Delivery ---


class Courier:
    """Delivers the lines of a queue in order, and waits longer after each failure."""

    def __init__(self, queue, url, form="lines", wifi=None):
        if form not in ("lines", "json", "text"):
            raise ValueError("form must be lines, json or text")
        self.queue, self.url, self.form, self.wifi = queue, url, form, wifi
        self.many = self.count = BATCH if form == "lines" else 1
        self.failures = self.resume = 0
        self.delivered = self.refused = 0

    def deliver(self):
        """Send the oldest readings; false where none wait, or none can be sent now."""
        if self.failures and ticks_diff(self.resume, ticks_ms()) > 0:
            return False
        try:
            lines = self.queue.peek(self.count)
            if not lines:
                return False
            self.connect()
            self.settle(lines, self.send(lines))
            self.failures = 0
            return True
        except (OSError, ValueError) as error:  # no network or a bad status; something that is not HTTP
            self.failures += 1
            wait = self.wait()
            self.resume = ticks_add(ticks_ms(), wait)
            print("not delivered (%s), next attempt in %.1f s" % (error, wait / 1000))
            return False

    def wait(self):
        """Milliseconds until the next attempt: twice as many each time, and not the same for all devices."""
        longest = min(LONGEST_WAIT * 1000, 1000 << min(self.failures, 10))
        return longest * (256 + os.urandom(1)[0]) // 512

    def connect(self):
        """See to it that the Wi-Fi is up, and the clock set."""
        if self.wifi and not self.wifi.isconnected():
            self.wifi.connect(SSID, KEY)  # takes a while, the next attempt will tell
            raise OSError("no Wi-Fi")
        if now() is None:
            set_clock()

    def send(self, lines):
        """Make the request; whether the server has taken the readings, false if it never will."""
        url, body, kind = self.url, lines, "application/json"
        if self.form == "text":
            try:
                reading = loads(lines)
                url, body, kind = "%s/%s" % (url, reading["id"]), str(reading["temp"]), "text/plain"
            except (ValueError, KeyError, TypeError):
                return False
        elif self.form == "lines":
            kind = "application/jsonl"
        headers = {"Content-Type": kind}
        with mrequests.put(
            url, data=body, headers=headers, max_redirects=0, timeout=TIMEOUT, deadline=DEADLINE
        ) as r:
            if r.status_code // 100 != 2 and r.status_code not in REFUSED:
                raise OSError("%d %s" % (r.status_code, r.reason))
            return r.status_code // 100 == 2

    def settle(self, lines, taken):
        """Forget what the server has taken. If it refused them all, find out which one it will not have."""
        number = lines.count(b"\n")
        if not taken and number > 1:
            self.count = 1
            return
        if taken:
            self.delivered += number
        else:
            print("refused:", lines)
            self.refused += 1
            self.count = self.many
        self.queue.drop(lines)


# --- The program ---


def run(read, courier, device, period, count, feed):
    """Take a reading every period seconds, and deliver what waits in between; stop after count readings."""
    # By its id the server knows a reading that it has already. No other start will draw this number.
    run_id = "%s-%s" % (device, hexlify(os.urandom(6)).decode())
    due = ticks_ms()
    number = 0
    while number != count:
        number += 1
        if ticks_diff(ticks_ms(), due) > 0:
            due = ticks_ms()  # this one is late: go on from here
        pause(ticks_diff(due, ticks_ms()), feed)
        feed()
        take("%s-%d" % (run_id, number), read, courier.queue)
        feed()
        due = ticks_add(due, int(period * 1000))
        while courier.deliver() and ticks_diff(due, ticks_ms()) > 0:
            feed()


def take(name, read, queue):
    """Take one reading into the queue."""
    try:
        temp = read()
    except Exception as error:  # the drivers raise all kinds when a wire is loose
        print("no reading:", error)
        return
    if temp is None:
        return
    when = now()
    line = '{"id": "%s", "time": %s, "temp": %s}' % (name, "null" if when is None else when, temp)
    print(line if queue.put(line.encode() + b"\n") else "queue full, lost: " + line)


def pause(ms, feed):
    """Sleep, and keep the watchdog quiet."""
    while ms > 0:
        sleep_ms(min(ms, 1000))
        feed()
        ms -= 1000


def main(url=URL, device="", form="lines", period=10, count=-1, folder="queue", unsaved=10):
    """Run for ever, or until count readings were taken and what can be delivered was."""
    device = device or device_name()
    for character in device:
        if not (character.isalpha() or character.isdigit() or character in "._-"):
            raise ValueError("the name of the device may have letters, digits and . _ -")
    feed = watchdog(WATCHDOG)
    read = sensor(PIN)
    queue = Queue(folder, int(unsaved))
    courier = Courier(queue, url, form, setup(COUNTRY, SSID, KEY, feed))
    try:
        run(read, courier, device, float(period), int(count), feed)
        while courier.deliver():
            feed()
    finally:
        queue.save()
    waiting = len(queue.fresh) + len(queue.saved)
    print(
        "%d delivered, %d refused, %s"
        % (courier.delivered, courier.refused, "more wait" if waiting else "none waits")
    )
    return 1 if waiting else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2], **dict([word.split("=", 1) for word in sys.argv[2:]])))
