"""examples/sensor_server.py: what it takes and refuses, what it keeps, and its page."""

import contextlib
import csv
import io
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import pytest
import sensor_server
from sensor import running

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync
--disable-background-networking --disable-component-update --enable-logging=stderr
--virtual-time-budget=7000 --window-size=390,800"""


class Site:
    """A server in this process, and requests to it."""

    def __init__(self, folder):
        self.store = sensor_server.Store(folder / "readings.db")
        self.server = sensor_server.Server(("127.0.0.1", 0), self.store)
        self.port = self.server.server_port
        self.url = "http://127.0.0.1:%d" % self.port
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def ask(self, method, path, body=None, **headers):
        """(status, headers, body) of the answer."""
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def put(self, body, path="/readings"):
        """The status of a PUT, and its answer decoded."""
        status, _, answer = self.ask("PUT", path, body.encode() if isinstance(body, str) else body)
        return status, json.loads(answer)

    def raw(self, data):
        """All that comes back for these bytes."""
        with socket.create_connection(("127.0.0.1", self.port), 10) as sock:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            return sock.makefile("rb").read()

    def rows(self):
        return list(self.store.rows("SELECT id, time, temp FROM readings ORDER BY number"))

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.store.close()


@pytest.fixture
def site(tmp_path):
    with contextlib.closing(Site(tmp_path)) as one:
        yield one


# --- What it takes ---


def test_plain_text(site):
    assert site.put("14.4375") == (200, {"stored": 1, "known": 0})
    assert site.put("-3\r\n") == (200, {"stored": 1, "known": 0})
    (first, second) = site.rows()
    assert first[2] == 14.4375 and abs(first[1] - time.time()) < 60
    assert second[2] == -3 and first[0] != second[0]


def test_the_json_of_the_book(site):
    assert site.put('{"time": 1609459985, "temp": 14.4375}') == (200, {"stored": 1, "known": 0})
    ((name, when, temp),) = site.rows()
    assert (when, temp) == (1609459985, 14.4375) and name.startswith("127.0.0.1-")


def test_an_id_is_taken_once(site):
    for answer in {"stored": 1, "known": 0}, {"stored": 0, "known": 1}, {"stored": 0, "known": 1}:
        assert site.put('{"id": "a-1-1", "time": 1609459985, "temp": 14.5}') == (200, answer)
    for answer in {"stored": 1, "known": 0}, {"stored": 0, "known": 1}:
        assert site.put("14.5", "/readings/a-1-2") == (200, answer)
    assert [row[0] for row in site.rows()] == ["a-1-1", "a-1-2"]


def test_several_at_once(site):
    lines = [
        '{"id": "a-1-%d", "time": %d, "temp": 20}' % (number, 1609459985 + number) for number in range(5)
    ]
    assert site.put("\n".join(lines[:3]) + "\n") == (200, {"stored": 3, "known": 0})
    assert site.put("\n".join(lines)) == (200, {"stored": 2, "known": 3})
    # The same twice in one request is one.
    assert site.put(lines[0] + "\n" + lines[0]) == (200, {"stored": 0, "known": 2})
    assert [row[1] for row in site.rows()] == [1609459985 + number for number in range(5)]


def test_another_reading_of_the_same_id_is_a_conflict(site):
    site.put('{"id": "a-1-1", "time": 1609459985, "temp": 14.5}')
    for other in '"time": 1609459985, "temp": 15', '"time": 1609459986, "temp": 14.5':
        status, answer = site.put('{"id": "b-1-1", "temp": 1}\n{"id": "a-1-1", %s}' % other)
        assert status == 409 and "a-1-1" in answer["error"]
    assert len(site.rows()) == 1  # the other line of the request was not taken either


def test_null_stands_for_the_time_of_arrival(site):
    for _ in range(2):
        assert site.put('{"id": "a-1-1", "time": null, "temp": 14.5}')[0] == 200
    assert abs(site.rows()[0][1] - time.time()) < 60


# --- What it refuses ---

NONSENSE = [
    "",
    "\n",
    "warm",
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "126",
    "-55.1",
    "true",
    "null",
    "[1]",
    '"14"',
    "{",
    "{}",
    '{"temp": "14"}',
    '{"temp": NaN}',
    '{"temp": null}',
    '{"temp": 14, "time": "now"}',
    '{"temp": 14, "time": -1}',
    '{"temp": 14, "time": 1e999}',
    '{"temp": 14, "time": true}',
    '{"temp": 14, "time": %d}' % (time.time() + 2 * 86400),
    '{"temp": 14, "id": 7}',
    '{"temp": 14, "id": ""}',
    '{"temp": 14, "id": "a b"}',
    '{"temp": 14, "id": "%s"}' % ("x" * 81),
    '{"temp": 14, "id": "\\u0000"}',
    '{"temp": 14} {"temp": 15}',
    "14\n15\nwarm",
    "[" * 60000,
    b"\xff\xfe",
    b"14\0",
]


@pytest.mark.parametrize("body", NONSENSE, ids=lambda body: repr(body)[:30])
def test_nonsense_is_refused(site, body):
    status, answer = site.put(body)
    assert status == 400 and answer["error"]
    assert site.rows() == []


@pytest.mark.parametrize(
    "path", ["/readings/a%20b", "/readings/a/b", "/readings/..%2fa", "/readings/" + 81 * "x"]
)
def test_a_bad_id_in_the_path(site, path):
    assert site.put("14", path)[0] == 400
    assert site.rows() == []


def test_two_readings_for_one_id(site):
    assert site.put("14\n15", "/readings/a-1-1")[0] == 400


def test_too_much(site):
    assert site.put(" " * 65534 + "14")[0] == 200
    assert site.put(" " * 65535 + "14")[0] == 413
    assert site.put(b"1" * 5000000)[0] == 413
    assert len(site.rows()) == 1


HEAD = b"PUT /readings HTTP/1.1\r\nHost: here\r\n"


@pytest.mark.parametrize(
    "request_, status",
    [
        (HEAD + b"\r\n14", 411),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n14\r\n0\r\n\r\n", 411),
        (HEAD + b"Content-Length: -2\r\n\r\n14", 400),
        (HEAD + b"Content-Length: 2x\r\n\r\n14", 400),
        (HEAD + b"Content-Length: +2\r\n\r\n14", 400),
        (HEAD + b"Content-Length: \xb2\r\n\r\n14", 400),
        (HEAD + b"Content-Length: %d\r\n\r\n14" % 10**18, 413),
        (HEAD + b"Content-Length: 3\r\n\r\n14", 400),  # ends early
        (HEAD + b"Content-Length: 2\r\nContent-Length: 1\r\n\r\n14", 400),
        (b"PUT /readings\r\n\r\n", 400),
        (b"\0\xff\r\n\r\n", 400),
        (b"PUT /" + 70000 * b"x" + b" HTTP/1.1\r\n\r\n", 414),
        (HEAD + b"X: " + 70000 * b"x" + b"\r\n\r\n", 431),
        (b"BREW /readings HTTP/1.1\r\n\r\n", 501),
    ],
)
def test_bad_requests(site, request_, status):
    answer = site.raw(request_)
    assert re.match(rb"HTTP/1.[01] %d |.*<p>Error code: %d</p>" % (status, status), answer, re.S), answer[
        :300
    ]
    assert site.rows() == []
    assert site.put("14")[0] == 200


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("POST", "/readings", 405),
        ("DELETE", "/readings", 405),
        ("PATCH", "/", 405),
        ("OPTIONS", "/", 405),
        ("PUT", "/", 404),
        ("PUT", "/readings.csv", 404),
        ("PUT", "/else/a-1-1", 404),
        ("GET", "/readings", 405),
        ("GET", "/readings/a-1-1", 405),
        ("GET", "/else", 404),
        ("GET", "/../etc/passwd", 404),
        ("GET", "/sensor_server.py", 404),
    ],
)
def test_wrong_places_and_methods(site, method, path, status):
    answer, headers, body = site.ask(method, path, b"14" if method not in ("GET", "DELETE") else None)
    assert answer == status and json.loads(body)["error"]
    assert (headers["Allow"] == "GET, HEAD, PUT") == (status == 405)


def test_a_failing_database_is_no_acknowledgement(site, capsys):
    site.store.writer.execute("DROP TABLE readings")
    assert site.put("14")[0] == 500
    assert "no such table" in capsys.readouterr().err


# --- What it keeps ---


def sent(url, body, context=None):
    request = urllib.request.Request(url + "readings", body.encode(), method="PUT")
    with urllib.request.urlopen(request, timeout=10, context=context) as answer:
        return json.loads(answer.read())


def test_it_outlives_sigkill(tmp_path):
    for number in range(3):
        with running(tmp_path) as (process, url):
            for known in range(number):
                assert sent(url, '{"id": "a-1-%d", "temp": 20}' % known) == {"stored": 0, "known": 1}
            assert sent(url, '{"id": "a-1-%d", "temp": 20}' % number) == {"stored": 1, "known": 0}
            process.send_signal(signal.SIGKILL)
            process.wait()
    connection = sqlite3.connect(str(tmp_path / "r.db"))
    assert connection.execute("SELECT COUNT(*) FROM readings").fetchone() == (3,)
    connection.close()


def test_it_ends_with_ctrl_c(tmp_path):
    with running(tmp_path) as (process, url):
        sent(url, "20")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""


def test_https(tmp_path):
    folder = Path(os.environ["TEST_CERTIFICATES"])
    pem = next(folder.glob("good*.pem"))
    with running(tmp_path, "--certificate", pem) as (_, url):
        assert url.startswith("https://")
        context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        assert sent(url, "20", context) == {"stored": 1, "known": 0}


def test_many_at_once(site):
    def send(device):
        for number in range(20):
            site.put('{"id": "d%d-1-%d", "temp": 20}' % (device, number // 2))

    threads = [threading.Thread(target=send, args=(device,)) for device in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = [row[0] for row in site.rows()]
    assert len(names) == len(set(names)) == 80


def test_export(site):
    assert json.loads(site.ask("GET", "/readings.json")[2]) == []
    site.put('{"id": "a-1-1", "time": 1609459985, "temp": 14.5}')
    site.put('{"id": "a-b-1-2", "time": 1609459986, "temp": 15}')
    status, headers, body = site.ask("GET", "/readings.json")
    assert status == 200 and headers["Content-Type"] == "application/json"
    first, second = json.loads(body)
    received = first.pop("received")
    assert first == {"id": "a-1-1", "device": "a", "time": 1609459985, "temp": 14.5}
    assert abs(received - time.time()) < 60 and second["device"] == "a-b"
    status, headers, body = site.ask("GET", "/readings.csv")
    assert headers["Content-Type"] == "text/csv" and int(headers["Content-Length"]) == len(body)
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    assert [(row["id"], float(row["temp"])) for row in rows] == [("a-1-1", 14.5), ("a-b-1-2", 15)]
    status, headers, body = site.ask("HEAD", "/readings.csv")
    assert body == b"" and int(headers["Content-Length"]) > 100


# --- The page ---


def reading(device, number, ago, temp):
    return '{"id": "%s-1-%d", "time": %f, "temp": %s}' % (device, number, time.time() - ago, temp)


class Balanced(HTMLParser):
    """Checks that each element is closed where it must be, and collects the text."""

    VOID = "meta", "link", "br"

    def __init__(self, text):
        super().__init__()
        self.open, self.words, self.tags = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def test_an_empty_page(site):
    status, headers, body = site.ask("GET", "/")
    page = Balanced(body.decode())
    assert status == 200 and headers["Content-Type"] == "text/html; charset=utf-8"
    assert "No reading has arrived yet" in "".join(page.words)
    assert "script-src 'unsafe-inline'" in headers["Content-Security-Policy"]


def test_the_page_shows_the_latest_values(site):
    site.put("\n".join(reading("porch", n, 3000 - n * 30, 20 + n / 16) for n in range(100)))
    site.put(reading("cellar", 1, 1800, -4.25))
    _, _, body = site.ask("GET", "/?hours=1")
    page = Balanced(body.decode())
    text = " ".join(page.words)
    assert "porch" in text and "26.2" in text and "20.0 to 26.2 °C" in text
    assert "-4.2" in text and "30 min ago" in text
    (late,) = [attrs for tag, attrs in page.tags if tag == "article" and "late" in attrs["class"]]
    assert late["class"].startswith("c0")  # cellar comes first
    # Nothing is loaded from anywhere.
    for tag, attrs in page.tags:
        assert "src" not in attrs and not attrs.get("href", "").startswith(("http", "//")), tag


def shapes(live):
    """The paths of the plot, as (class, numbers)."""
    svg = re.search("<svg.*?</svg>", live, re.S).group()
    root = ElementTree.fromstring(svg)  # well-formed
    assert root.get("viewBox") == "0 0 1000 300"
    return [(path.get("class"), [float(n) for n in re.findall(r"-?[\d.]+", path.get("d"))]) for path in root]


def test_the_plot(site):
    # A quarter of an hour that rises, a gap, and a quarter that falls.
    rising = [reading("porch", n, 3500 - n * 15, 10 + n / 8) for n in range(60)]
    falling = [reading("porch", 60 + n, 900 - n * 15, 17.5 - n / 8) for n in range(60)]
    site.put("\n".join(rising + falling))
    live = site.ask("GET", "/live?hours=1")[2].decode()
    Balanced(live)
    curves = [numbers for name, numbers in shapes(live) if name == "line c0"]
    assert len(curves) == 2
    for curve, direction in zip(curves, (-1, 1)):
        xs, ys = curve[::2], curve[1::2]
        assert xs == sorted(xs) and all(0 <= x <= 1000 for x in xs) and all(0 <= y <= 300 for y in ys)
        assert ys == sorted(ys, reverse=direction < 0)  # warm is at the top
    assert 0 <= curves[0][0] < 60 and 730 < curves[1][0] < 780
    assert sum(name == "band c0" for name, _ in shapes(live)) == 2
    assert re.findall(r'class="y"[^>]*>(\d+)°', live) == ["10", "12", "14", "16"]
    assert len(re.findall(r'class="x"[^>]*>\d\d:\d0<', live)) in (6, 7)


def test_a_single_reading_shows(site):
    site.put("20")
    ((_, numbers),) = [one for one in shapes(site.ask("GET", "/live")[2].decode()) if one[0] == "line dot c0"]
    assert len(numbers) == 3 and numbers[2] == 0  # a line of no length


def test_a_device_is_only_text(site):
    """Whatever a name may be, it is no HTML."""
    site.store.add([("<script>-1-1", None, 20), ("a&b\"'-1-1", None, 20)])
    live = site.ask("GET", "/live")[2].decode()
    assert "<script" not in live and "&lt;script&gt;" in live
    curves = [attrs for _, attrs in Balanced(live).tags if "data-curves" in attrs][0]["data-curves"]
    assert set(json.loads(curves)) == {"<script>", "a&b\"'"}


def test_a_young_database_is_not_shown_from_afar(site):
    for ago, hours in (None, 1), (600, 1), (2 * 3600, 6), (7 * 3600, 24), (400 * 86400, 24):
        if ago:
            site.put(reading("porch", ago, ago, 20))
        page = site.ask("GET", "/")[2].decode()
        assert re.findall(r'hours=(\d+)" aria-current', page) == [str(hours)]


@pytest.mark.parametrize("hours", ["", "?hours=7", "?hours=1e9", "?hours=<b>", "?hours=1&hours=6"])
def test_any_query_gives_a_page(site, hours):
    status, _, body = site.ask("GET", "/" + hours)
    assert status == 200 and b"<b>" not in body
    Balanced(body.decode())


def test_a_week_of_readings_is_shown_in_time(site):
    now = time.time()
    for first in range(0, 100000, 10000):
        site.store.add([("d%d-1-%d" % (n % 3, n), now - n * 6, 20) for n in range(first, first + 10000)])
    begin = time.monotonic()
    live = site.ask("GET", "/live?hours=168")[2]
    assert time.monotonic() - begin < 2
    assert len(live) < 100000


@pytest.mark.skipif(not CHROMIUM, reason="=== no Chromium: the page was not opened in a browser ===")
def test_the_page_in_a_browser(site, tmp_path, monkeypatch):
    """It updates itself, without an error, and gives a picture."""
    looks = []

    def live(store, hours, real=sensor_server.live):
        looks.append(hours)
        site.store.add([("porch-1-%d" % len(looks), None, 20 + len(looks))])
        return real(store, hours)

    monkeypatch.setattr(sensor_server, "live", live)
    picture = tmp_path / "page.png"
    dom = browser(tmp_path, "--dump-dom", site.url + "/?hours=1").decode()
    assert 'class="away"' not in dom
    shown = float(re.search(r'"temp">([\d.]+)<', dom).group(1))
    assert 22 <= shown <= 20 + len(looks)  # the page was rendered with 21
    browser(tmp_path, "--screenshot=%s" % picture, site.url + "/?hours=1")
    data = picture.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) > 8000


def browser(folder, *words):
    """What Chromium prints, which must have nothing to complain of."""
    done = subprocess.run(
        [CHROMIUM, *FLAGS.split(), "--user-data-dir=%s" % (folder / "profile"), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=60,
    )
    assert done.returncode == 0 and b"CONSOLE" not in done.stderr, done.stderr.decode()
    return done.stdout
