"""Delivery and board of examples/sensor_client.py."""

import os
import sys

import sensor_client
from sensor_client import Courier, Queue
from support import open_fds, raises, scratch, script

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
BAD = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


def line(number):
    return b'{"id": "here-1-%d", "time": 1795241575, "temp": 21.5}\n' % number


def plays(*answers):
    """A server that gives these answers, one to a connection; None: it closes without one."""
    return script(*[[("recv",), ("send", answer) if answer else ("close",)] for answer in answers])


def courier(server, number, form="lines", **more):
    """A courier to this server, with a number of lines to deliver."""
    folder = scratch("delivery")
    try:
        for name in os.listdir(folder):
            os.remove(folder + "/" + name)
    except OSError:
        pass
    queue = Queue(folder, unsaved=3, lines=6)
    for n in range(number):
        assert queue.put(line(n))
    return Courier(queue, server.url + "/readings", form, **more)


def bodies(server):
    return [data[data.find(b"\r\n\r\n") + 4 :] for data in server.requests()]


def test_many_lines_in_one_request():
    server = plays(OK, OK, OK)
    here = courier(server, 10)
    before = open_fds()
    while here.deliver():
        pass
    assert open_fds() == before
    # What is in the file, then what is in memory.
    requests = server.requests()
    assert requests[0].startswith(b"PUT /readings HTTP/1.1\r\n")
    assert b"\r\nContent-Type: application/jsonl\r\n" in requests[0]
    assert [data[data.find(b"\r\n\r\n") + 4 :] for data in requests] == [
        b"".join([line(n) for n in range(first, last)]) for first, last in ((0, 6), (6, 9), (9, 10))
    ]
    assert here.delivered == 10 and here.refused == 0


def test_one_json_in_a_request():
    server = plays(OK, OK)
    here = courier(server, 2, "json")
    while here.deliver():
        pass
    assert bodies(server) == [line(0), line(1)]


def test_plain_text():
    server = plays(OK, OK)
    here = courier(server, 2, "text")
    while here.deliver():
        pass
    first, second = server.requests()
    assert first.startswith(b"PUT /readings/here-1-0 HTTP/1.1\r\n") and first.endswith(b"\r\n\r\n21.5")
    assert second.startswith(b"PUT /readings/here-1-1 HTTP/1.1\r\n")
    assert b"\r\nContent-Type: text/plain\r\n" in first


def test_an_unknown_form():
    raises(ValueError, Courier, None, "http://127.0.0.1:1/", "xml")


def test_failures_keep_the_readings_in_order():
    server = plays(BUSY, None, OK)
    here = courier(server, 2)
    for failures in 1, 2:
        assert not here.deliver()
        assert here.failures == failures
        assert not here.deliver()  # it waits: no connection is made
        here.resume = sensor_client.ticks_ms()
    assert here.deliver()
    assert here.failures == 0 and here.delivered == 2
    assert not here.deliver()
    assert bodies(server) == [line(0) + line(1)] * 3


def test_no_server():
    here = courier(plays(), 1)
    here.url = "http://127.0.0.1:1/readings"
    assert not here.deliver()
    assert here.failures == 1 and here.queue.peek(1) == line(0)


def test_a_redirect_is_no_delivery():
    server = plays(b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n")
    here = courier(server, 1)
    assert not here.deliver()
    assert here.queue.peek(1) == line(0)


def test_the_wait_doubles_up_to_a_bound():
    here = courier(plays(), 0)
    for failures in range(100):
        here.failures = failures
        longest = min(1000 * 2**failures, sensor_client.LONGEST_WAIT * 1000)
        waits = {here.wait() for _ in range(30)}
        assert len(waits) > 1  # not the same for all
        for wait in waits:
            assert longest / 2 <= wait <= longest


def test_a_refused_line_holds_nothing_up():
    # All three are refused, then one by one only the second.
    server = plays(BAD, OK, BAD, OK)
    here = courier(server, 3)
    while here.deliver():
        pass
    assert bodies(server) == [line(0) + line(1) + line(2), line(0), line(1), line(2)]
    assert here.delivered == 2 and here.refused == 1 and here.count == sensor_client.BATCH


def test_a_broken_line_is_refused_without_a_request():
    here = courier(plays(), 0, "text")
    for broken in b"{\n", b"\xff\n", b"[1]\n", b"4\n", b'{"temp": 4}\n':
        here.queue.put(broken)
        assert here.deliver()
    assert here.refused == 5 and not here.deliver()


# --- The board, with stand-ins for its modules ---


class Wifi:
    """A network.WLAN that connects when it was asked often enough."""

    def __init__(self, patience):
        self.patience = patience
        self.calls = []

    def __call__(self, which):
        assert which == "station"
        return self

    def active(self, on):
        self.calls.append(("active", on))

    def connect(self, *args):
        self.calls.append(args)

    def isconnected(self):
        self.patience -= 1
        return self.patience < 0

    def ifconfig(self):
        return ("192.168.4.7",)


class Module:
    """A module made of what it is given."""

    def __init__(self, **names):
        for name in names:
            setattr(self, name, names[name])


class Board:
    """While it is entered, these modules can be imported, and no time passes."""

    def __init__(self, **modules):
        self.modules = modules
        self.slept = []

    def __enter__(self):
        self.before = [(name, sys.modules.get(name)) for name in self.modules]
        sys.modules.update(self.modules)
        self.sleep_ms, sensor_client.sleep_ms = sensor_client.sleep_ms, self.slept.append
        return self

    def __exit__(self, *args):
        sensor_client.sleep_ms = self.sleep_ms
        for name, module in self.before:
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def test_wifi_is_set_up():
    wifi, countries, fed = Wifi(2), [], []
    network = Module(WLAN=wifi, STA_IF="station", country=countries.append)
    with Board(network=network) as board:
        assert sensor_client.setup("GB", "home", "secret", lambda: fed.append(1)) is wifi
    assert countries == ["GB"] and wifi.calls == [("active", True), ("home", "secret")]
    assert board.slept == [500, 500] and len(fed) == 2


def test_wifi_that_does_not_come_up():
    wifi = Wifi(1000)
    with Board(network=Module(WLAN=wifi, STA_IF="station")) as board:
        assert sensor_client.setup("GB", "home", "secret", lambda: None) is wifi
    assert sum(board.slept) == 20000


def test_no_wifi_here():
    assert sensor_client.setup("GB", "home", "secret", None) is None


def test_delivery_waits_for_the_wifi():
    wifi = Wifi(1)
    server = plays(OK)
    here = courier(server, 1, wifi=wifi)
    assert not here.deliver()
    assert wifi.calls == [(sensor_client.SSID, sensor_client.KEY)] and here.failures == 1
    here.resume = sensor_client.ticks_ms()
    assert here.deliver() and not here.deliver()
    assert bodies(server) == [line(0)]


class Bus:
    """A DS18X20 that gives these temperatures; an exception among them is raised."""

    def __init__(self, *temps, roms=(b"\x28seven77",)):
        self.temps, self.roms, self.converted = list(temps), roms, 0

    def __call__(self, wire):
        assert wire == ("wire", ("pin", 22))
        return self

    def scan(self):
        return self.roms

    def convert_temp(self):
        self.converted += 1

    def read_temp(self, rom):
        assert rom == self.roms[0] and self.converted
        temp = self.temps.pop(0)
        if isinstance(temp, Exception):
            raise temp
        return temp


def board(bus):
    return Board(
        machine=Module(Pin=lambda number: ("pin", number)),
        onewire=Module(OneWire=lambda pin: ("wire", pin)),
        ds18x20=Module(DS18X20=bus),
    )


def test_the_sensor_is_read():
    bus = Bus(14.4375, 85.0, Exception("CRC error"), 14.5)
    queue = Queue(scratch("sensor"), unsaved=99)
    with board(bus) as here:
        read = sensor_client.sensor(22)
        for number in range(4):
            sensor_client.take("a-b-%d" % number, read, queue)
    assert here.slept == [750] * 4 and bus.converted == 4
    # 85 is no measurement, and one that failed is none either.
    assert [text.split(b",")[0] for text in queue.fresh] == [b'{"id": "a-b-0"', b'{"id": "a-b-3"']
    assert queue.fresh[1].endswith(b', "temp": 14.5}\n')


def test_no_sensor_at_the_pin():
    queue = Queue(scratch("sensor"), unsaved=99)
    bus = Bus(14.5, roms=())
    with board(bus):
        read = sensor_client.sensor(22)
        assert "pin 22" in str(raises(OSError, read))
        sensor_client.take("a-b-1", read, queue)
        assert queue.fresh == []  # and the program goes on, until somebody mends the wire
        bus.roms = (b"\x28seven77",)
        sensor_client.take("a-b-2", read, queue)
    assert len(queue.fresh) == 1


def test_a_name_that_no_server_takes():
    for name in "a b", 'a"b', "a/b", "a\nb":
        raises(ValueError, sensor_client.main, "http://127.0.0.1:1/", device=name, count=0)


def test_the_simulated_sensor():
    read = sensor_client.sensor(22)
    for _ in range(100):
        temp = read()
        assert 15 <= temp <= 25 and temp * 16 == int(temp * 16)


def test_the_watchdog_is_fed():
    fed = []
    machine = Module(WDT=lambda timeout: Module(feed=lambda: fed.append(timeout)))
    with Board(machine=machine) as here:
        assert sensor_client.watchdog(0)() is None and fed == []
        feed = sensor_client.watchdog(8000)
        sensor_client.pause(2500, feed)
    assert fed == [8000] * 3 and here.slept == [1000, 1000, 500]
    assert sensor_client.watchdog(8000)() is None


def test_the_name_of_a_board():
    with Board(machine=Module(unique_id=lambda: b"\xe6\x61\x00\x0a")):
        assert sensor_client.device_name() == "e661000a"
    assert sensor_client.device_name() == "simulated"


class Clock:
    """A time module whose clock stands where it is told."""

    def __init__(self, epoch, seconds):
        self.epoch, self.seconds = epoch, seconds

    def gmtime(self, seconds=None):
        seconds = self.seconds if seconds is None else seconds
        return (self.epoch + seconds // 31556952,)

    def time(self):
        return self.seconds


def test_the_clock():
    real = sensor_client.time
    try:
        sensor_client.time = Clock(1970, 1795241575)
        assert sensor_client.now() == 1795241575
        sensor_client.time = Clock(2000, 1795241575 - 946684800)  # as on an ESP32
        assert sensor_client.now() == 1795241575
        for epoch in 1970, 2000:
            sensor_client.time = Clock(epoch, 400)  # not set
            assert sensor_client.now() is None
        sensor_client.time = Clock(1970, 1609459985)  # a Pico that has just started
        queue = Queue(scratch("clock"), unsaved=99)
        sensor_client.take("a-b-1", lambda: 20.5, queue)
    finally:
        sensor_client.time = real
    assert queue.fresh == [b'{"id": "a-b-1", "time": null, "temp": 20.5}\n']


def test_the_clock_is_set_when_the_network_is_there():
    calls = []

    def settime():
        calls.append(1)
        raise OSError("no answer")

    now = sensor_client.now
    sensor_client.now = lambda: None
    try:
        server = plays(OK)
        with Board(ntptime=Module(settime=settime)):
            assert courier(server, 1).deliver()
    finally:
        sensor_client.now = now
    assert calls == [1] and bodies(server) == [line(0)]
