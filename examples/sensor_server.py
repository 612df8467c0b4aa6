"""Takes the readings of temperature sensors by PUT, keeps them in SQLite, and shows them on a page.

    sensor_server.py [--host 0.0.0.0] [--port 8080] [--database readings.db]

    PUT /readings            a temperature, or {"id": …, "time": …, "temp": …}, or several, each on a line
    PUT /readings/ID         the same for one reading, which gets this id
    GET /                    the page           GET /readings.csv, /readings.json    all readings

A reading is stored when the answer says so, and once, however often it comes. More is in docs/sensor.md.
"""

import argparse
import csv
import json
import math
import re
import shutil
import socket
import sqlite3
import ssl
import sys
import tempfile
import threading
import time
import uuid
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

PAGE = Path(__file__).with_name("sensor_page.html")
LARGEST = 65536  # bytes of a request's body
TEMPERATURES = -55, 125  # what a DS18B20 can measure
ID = re.compile(r"[A-Za-z0-9._:-]{1,80}")
HOURS = 1, 6, 24, 168  # what the page offers to show
POINTS = 240  # of a curve
FIELDS = "id", "device", "time", "temp", "received"
# The page needs nothing from anywhere else, and is not to load anything.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"


class Refused(Exception):
    """A request that cannot be met: the status, and why."""


# --- Readings: what is sent, and where it is kept ---


def parse(body, name=None, source="", clock=time.time):
    """The readings in a body, as (id, time or None, temperature); Refused where one of them is nonsense."""
    try:
        lines = body.decode().split("\n")
        # A bare number is JSON, too; NaN and Infinity are not.
        values = [json.loads(line, parse_constant=float_refused) for line in lines if line.strip()]
    except (ValueError, RecursionError) as error:
        raise Refused(400, "neither a number nor JSON: %s" % error)
    if not values or name and len(values) > 1:
        raise Refused(400, "%d readings where one was expected" % len(values))
    return [checked(value, name, source, clock()) for value in values]


def float_refused(word):
    raise ValueError("%s is no temperature" % word)


def checked(value, name, source, now):
    """One reading, if it makes sense."""
    if not isinstance(value, dict):
        value = {"temp": value}
    name = name or value.get("id")
    if name is None:
        name = "%s-%s" % (source, uuid.uuid4().hex)  # sent without an id: taken as often as it comes
    when, temp = value.get("time"), value.get("temp")
    if not isinstance(name, str) or not ID.fullmatch(name):
        raise Refused(400, "an id is 1 to 80 of the characters A-Z a-z 0-9 . _ : -")
    if not is_within(temp, *TEMPERATURES):
        raise Refused(400, "temp must be a number from %d to %d" % TEMPERATURES)
    if when is not None and not is_within(when, 0, now + 86400):
        raise Refused(400, "time must be seconds since 1970, and not in the future")
    return name, when, temp


def is_within(value, low, high):
    # JSON's true is a number in Python; 1e999 is read as infinity.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high


class Store:
    """The database. Writing is done under a lock, with one connection; each look at it opens its own."""

    def __init__(self, path):
        self.path = path
        self.lock = threading.Lock()
        self.writer = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # What was committed is on disk, also after SIGKILL and a power cut.
        self.writer.execute("PRAGMA journal_mode = WAL")
        self.writer.execute("PRAGMA synchronous = FULL")
        self.newest = {}  # by device: its newest time and temperature, and seconds since those before
        self.writer.executescript(
            """
            CREATE TABLE IF NOT EXISTS readings (
                number INTEGER PRIMARY KEY,  -- in order of arrival
                id TEXT NOT NULL UNIQUE,
                device TEXT NOT NULL,
                time REAL NOT NULL,          -- the device's, or that of arrival
                temp REAL NOT NULL,
                received REAL NOT NULL
            );
            CREATE INDEX IF NOT EXISTS readings_by_time ON readings (time, device, temp);
            CREATE INDEX IF NOT EXISTS readings_by_device ON readings (device, time);
            """
        )
        for (device,) in list(self.writer.execute("SELECT DISTINCT device FROM readings")):
            query = "SELECT time, temp FROM readings WHERE device = ? ORDER BY time DESC LIMIT 2"
            for when, temp in reversed(list(self.writer.execute(query, (device,)))):
                self.notice(device, when, temp)

    def notice(self, device, when, temp):
        """Remember the newest reading of a device."""
        before = self.newest.get(device, (when, temp))[0]
        if when >= before:
            self.newest[device] = when, temp, when - before

    def add(self, readings):
        """Store those that are new, all or none; how many were, and how many were known already."""
        new = []
        with self.lock:
            self.writer.execute("BEGIN IMMEDIATE")
            try:
                for reading in readings:
                    new += self.add_one(*reading)
                self.writer.execute("COMMIT")
            except BaseException:
                if self.writer.in_transaction:
                    self.writer.execute("ROLLBACK")
                raise
            for reading in new:
                self.notice(*reading)
        return {"stored": len(new), "known": len(readings) - len(new)}

    def add_one(self, name, when, temp):
        """Store one reading; [(device, time, temperature)] if it is new, otherwise []."""
        known = self.writer.execute("SELECT time, temp FROM readings WHERE id = ?", (name,)).fetchone()
        if known:
            if known[1] != temp or when not in (None, known[0]):
                raise Refused(409, "another reading has the id " + name)
            return []
        now = time.time()
        device = name.rsplit("-", 2)[0] if name.count("-") > 1 else name.split("-")[0]
        row = name, device, now if when is None else when, temp, now
        self.writer.execute(
            "INSERT INTO readings (id, device, time, temp, received) VALUES (?, ?, ?, ?, ?)", row
        )
        return [(device, row[2], temp)]

    def rows(self, query, *args):
        """Each row of a query."""
        connection = sqlite3.connect(self.path)
        try:
            yield from connection.execute(query, args)
        finally:
            connection.close()

    def close(self):
        with self.lock:
            self.writer.close()


# --- The page ---


def usual_hours(store):
    """How much the page shows when it is not asked for more: a day, or less as long as there is less."""
    ((first,),) = store.rows("SELECT MIN(time) FROM readings")
    return next(
        hours for hours in HOURS if hours >= 24 or first is None or time.time() - first < hours * 3600
    )


def live(store, hours):
    """What changes on the page: a card for each sensor, and the plot."""
    now = time.time()
    newest = dict(store.newest)
    devices = sorted(newest)[:12]
    curves = curves_of(store, devices, now, hours)
    if not devices:
        return '<p class="none">No reading has arrived yet. Sensors send theirs by PUT to /readings.</p>'
    cards = [card(newest[device], device, number, curves, now) for number, device in enumerate(devices)]
    return '<div class="cards">%s</div>%s' % ("".join(cards), plot(devices, curves, now, hours))


def curves_of(store, devices, now, hours):
    """For each device the last hours in about POINTS steps: [(time, lowest, average, highest), …]."""
    step = hours * 3600 / POINTS
    curves = {device: [] for device in devices}
    query = """SELECT device, CAST(time / ? AS INTEGER) AS slot, MIN(temp), AVG(temp), MAX(temp) FROM readings
               WHERE time BETWEEN ? AND ? GROUP BY device, slot ORDER BY slot"""
    for device, slot, low, mean, high in store.rows(query, step, now - hours * 3600, now + step):
        if device in curves:
            curves[device].append(((slot + 0.5) * step, low, mean, high))
    return curves


def card(latest, device, number, curves, now):
    """The latest value of a device, the extremes of the time shown, and whether its next value is overdue."""
    when, temp, gap = latest
    points = curves[device]
    between = ""
    if points:
        between = "%.1f to %.1f °C" % (min(p[1] for p in points), max(p[3] for p in points))
    late = now - when > 60 + 3 * gap
    return (
        '<article class="c%d%s"><h2>%s</h2><p class="temp">%.1f<small>°C</small></p><p>%s</p>'
        '<p class="age">%s</p></article>'
    ) % (number % 6, " late" * late, escape(device), temp, between, age(now - when))


def age(seconds):
    """How long ago, in words."""
    for size, unit in (86400, "d"), (3600, "h"), (60, "min"):
        if seconds >= 2 * size:
            return "%d %s ago" % (seconds // size, unit)
    return "%d s ago" % max(0, seconds)


def plot(devices, curves, now, hours):
    """The curves, as SVG that is stretched to the width there is; labels are HTML, so that they are not."""
    points = [point for device in devices for point in curves[device]]
    low, high, ticks = scale(points)
    start, span = now - hours * 3600, hours * 3600

    def x(when):
        return 1000 * min(1, max(0, (when - start) / span))

    def y(temp):
        return 300 * (high - temp) / (high - low)

    shapes, labels = [], []
    for tick in ticks:
        shapes.append('<path class="grid" d="M0 %.1fH1000"/>' % y(tick))
        labels.append('<span class="y" style="top:%.2f%%">%g°</span>' % (y(tick) / 3, tick))
    for when, text in times(start, now, hours):
        shapes.append('<path class="grid" d="M%.1f 0V300"/>' % x(when))
        labels.append('<span class="x" style="left:%.2f%%">%s</span>' % (x(when) / 10, text))
    for number, device in enumerate(devices):
        for run in unbroken(curves[device], hours):
            shapes.append(curve(run, "c%d" % (number % 6), x, y))
    data = {device: [[round(x(p[0]) / 1000, 4), round(p[2], 2)] for p in curves[device]] for device in curves}
    return (
        '<div class="plot"><div data-curves="%s" data-span="%d %d">%s<svg viewBox="0 0 1000 300" role="img"'
        ' preserveAspectRatio="none" aria-label="Temperatures of the last %d hours">%s</svg></div></div>'
    ) % (escape(json.dumps(data)), start, span, "".join(labels), hours, "".join(shapes))


def curve(points, color, x, y):
    """The average as a line, and a band from the lowest to the highest; a single point is a dot."""
    top = " ".join("%.1f %.1f" % (x(when), y(high)) for when, _, _, high in points)
    bottom = " ".join("%.1f %.1f" % (x(when), y(low)) for when, low, _, _ in reversed(points))
    line = " ".join("%.1f %.1f" % (x(when), y(mean)) for when, _, mean, _ in points)
    band = '<path class="band %s" d="M%s L%s Z"/>' % (color, top, bottom)
    if len(points) > 1:
        return band + '<path class="line %s" d="M%s"/>' % (color, line)
    return band + '<path class="line dot %s" d="M%sh0"/>' % (color, line)  # no length, but round ends


def scale(points):
    """The lowest and the highest temperature of the plot, and round ones in between."""
    low = min((point[1] for point in points), default=15)
    high = max((point[3] for point in points), default=25)
    middle, half = (low + high) / 2, max(high - low, 2) * 0.55
    low, high = middle - half, middle + half
    step = next(step for step in (0.5, 1, 2, 5, 10, 20, 50) if (high - low) / step <= 6)
    ticks = [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]
    return low, high, ticks


def times(start, end, hours):
    """Round times of the day between start and end, with their labels."""
    step = next(step for step in (600, 1800, 3600, 10800, 21600, 86400) if hours * 3600 / step <= 9)
    offset = time.localtime(end).tm_gmtoff
    for number in range(math.ceil((start + offset) / step), math.floor((end + offset) / step) + 1):
        when = number * step - offset
        yield when, time.strftime("%a %d" if step == 86400 else "%H:%M", time.localtime(when))


def unbroken(points, hours):
    """The points in runs: where readings are missing, the curve has a gap."""
    gaps = sorted(b[0] - a[0] for a, b in zip(points, points[1:]))
    usual = gaps[len(gaps) // 2] if gaps else 0
    run = []
    for point in points:
        if run and point[0] - run[-1][0] > max(3 * usual, hours * 30):
            yield run
            run = []
        run.append(point)
    if run:
        yield run


def page(store, hours):
    """The whole page."""
    links = "".join(
        '<a href="?hours=%d"%s>%s</a>'
        % (
            one,
            ' aria-current="page"' if one == hours else "",
            "%d h" % one if one < 48 else "%d days" % (one // 24),
        )
        for one in HOURS
    )
    every = 2000 if hours <= 24 else 10000
    parts = {"{links}": links, "{every}": str(every), "{live}": live(store, hours)}
    template = PAGE.read_text(encoding="utf-8")
    return re.sub("|".join(parts), lambda found: parts[found.group()], template)


# --- HTTP ---


class Handler(BaseHTTPRequestHandler):
    """One request. The class that serves has the store."""

    timeout = 10  # seconds of silence
    server_version = "sensor_server"

    def do_PUT(self):
        self.answer(self.put)

    def do_GET(self):
        self.answer(self.get)

    do_HEAD = do_GET

    def do_POST(self):
        self.answer(self.other)

    do_DELETE = do_PATCH = do_OPTIONS = do_POST

    def answer(self, method):
        """Let a method answer; whatever happens to it, the client gets an answer."""
        try:
            method(urlsplit(self.path))
        except Refused as refused:
            self.refuse(*refused.args)
        except OSError:
            pass  # the client is gone
        except Exception as error:
            print("%s %s: %r" % (self.command, self.path, error), file=sys.stderr)
            self.reply(500, {"error": "the server failed, try again"})

    def put(self, url):
        """Store readings. The answer comes when they are on disk."""
        path, _, name = unquote(url.path).strip("/").partition("/")
        if path != "readings":
            raise Refused(404, "readings go to /readings")
        readings = parse(self.body(), name or None, self.client_address[0])
        self.reply(200, self.server.store.add(readings))

    def body(self):
        """The body of the request, of which the length must be known and bearable."""
        lengths = self.headers.get_all("Content-Length")
        if not lengths or self.headers.get("Transfer-Encoding"):
            raise Refused(411, "the request must have a Content-Length")
        length = ", ".join(sorted(set(lengths)))  # those that differ are no number
        if not re.fullmatch("[0-9]{1,19}", length):
            raise Refused(400, "Content-Length is not a number")
        if int(length) > LARGEST:
            raise Refused(413, "more than %d bytes at once" % LARGEST)
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise Refused(400, "the request ended early")
        return body

    def get(self, url):
        """The page, or the readings."""
        store, query = self.server.store, parse_qs(url.query)
        hours = query.get("hours", [""])[0]
        hours = int(hours) if hours in map(str, HOURS) else usual_hours(store)
        if url.path == "/":
            self.reply(200, page(store, hours), "text/html; charset=utf-8")
        elif url.path == "/live":
            self.reply(200, live(store, hours), "text/html; charset=utf-8")
        elif url.path in ("/readings.csv", "/readings.json"):
            self.export(url.path[10:])
        else:
            raise Refused(405 if url.path.startswith("/readings") else 404, "see / and /readings.csv")

    def other(self, url):
        raise Refused(405, "GET and PUT is all there is")

    def export(self, kind):
        """All readings, in order of arrival."""
        rows = self.server.store.rows("SELECT id, device, time, temp, received FROM readings ORDER BY number")
        with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as file:
            if kind == "csv":
                writer = csv.writer(file)
                writer.writerow(FIELDS)
                writer.writerows(rows)
            else:
                for number, row in enumerate(rows):
                    file.write((",\n" if number else "[\n") + json.dumps(dict(zip(FIELDS, row))))
                file.write("\n]\n" if file.tell() else "[]\n")
            file.flush()
            self.head(200, file.tell(), "text/csv" if kind == "csv" else "application/json")
            if self.command != "HEAD":
                file.seek(0)
                shutil.copyfileobj(file.buffer, self.wfile)

    def reply(self, status, content, kind="application/json", **headers):
        """Send an answer."""
        data = (content if isinstance(content, str) else json.dumps(content) + "\n").encode()
        self.head(status, len(data), kind, **headers)
        if self.command != "HEAD":
            self.wfile.write(data)

    def head(self, status, length, kind, **headers):
        """Send the head of an answer."""
        self.send_response(status)
        headers.update({"Content-Type": kind, "Content-Length": length, "Cache-Control": "no-store"})
        for name in headers:
            self.send_header(name, str(headers[name]))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()

    def refuse(self, status, reason):
        """Send why not, then take what still comes: a client that cannot send may never read the answer."""
        try:
            self.reply(status, {"error": reason}, **({"Allow": "GET, HEAD, PUT"} if status == 405 else {}))
            self.connection.settimeout(1)
            self.connection.shutdown(socket.SHUT_WR)
            for _ in range(64):
                if not self.connection.recv(65536):
                    break
        except OSError:
            pass

    def log_message(self, *args):
        pass  # would be a line for each request


class Server(ThreadingHTTPServer):
    """The server; a thread for each request."""

    request_queue_size = 64

    def __init__(self, address, store, certificate=None, key=None):
        super().__init__(address, Handler)
        self.store = store
        if certificate:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificate, key)
            # The handshake is left to the thread of the request: it may take long.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)


def main():
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--host", default="0.0.0.0", help="address to listen at; 127.0.0.1: for this machine only"
    )
    parser.add_argument("--port", type=int, default=8080, help="0: any that is free")
    parser.add_argument("--database", default="readings.db")
    parser.add_argument("--certificate", help="a PEM file: serve HTTPS")
    parser.add_argument("--key", help="the key of the certificate, unless it is in the same file")
    args = parser.parse_args()
    store = Store(args.database)
    with Server((args.host, args.port), store, args.certificate, args.key) as server:
        scheme = "https" if args.certificate else "http"
        print("the page is at %s://%s:%d/" % (scheme, args.host, server.server_port), flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass
    store.close()


if __name__ == "__main__":
    main()
