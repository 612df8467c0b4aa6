"""Every program in examples/ on every interpreter, against the local servers."""

import ast
import contextlib
import email.utils
import hashlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import launch
import pytest
from sensor import running
from support import script

from tools import interpreters

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
HTTPBIN = os.environ["HTTPBIN_URL"]
INTERPRETERS = [interpreters.Interpreter("cpython", (sys.executable,)), *interpreters.micropythons()]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it"
ADDRESS = {"name": "example.com", "type": 1, "TTL": 60, "data": "192.0.2.1"}

# Arguments of a run, and what it must print. A run of many parts is worth one test.
CASES = {
    "basic_auth.py": ([HTTPBIN], ["refused: 401 UNAUTHORIZED", "logged in as joan\nlogged in as joan"]),
    "camera_upload.py": (
        [HTTPBIN + "/post"],
        ["100 %  ", "picture.bmp: 9270 bytes uploaded, the server says 200\n"],
    ),
    "demo.py": ([HTTPBIN], ["everything worked"]),
    "form_post.py": ([HTTPBIN], ["name = Zoë & Co\n", "size = 2\n", "topping = ['cheese', 'onion']"]),
    "get_json.py": ([HTTPBIN], ["asked for %s/get?" % HTTPBIN, "room = kitchen\n", "unit = °C\n"]),
    "overlap.py": (
        [HTTPBIN],
        ["one page: ", "two, one after the other: ", "two at once: ", " times as long"],
    ),
    "parse_headers.py": ([HTTPBIN], ["content-type: application/json\netag: version-1\nasked again: 304"]),
    "redirects.py": (
        [HTTPBIN],
        [
            "followed: 200 from %s/get\nfollowed three: 200 from %s/get\n" % (HTTPBIN, HTTPBIN),
            "gave up: too many redirects\nnot followed: 302 to /get\n",
        ],
    ),
    "save_file.py": ([HTTPBIN + "/range/50000", "a.txt"], ["a.txt: 50000 bytes\n"]),
    "save_with_progress.py": (
        [HTTPBIN + "/bytes/50000", "b.bin"],
        ["\n 50 %  ", "\n100 %  50000 bytes\nb.bin: 50000 bytes\n"],
    ),
}
# Those whose tests are functions of their own.
OTHERS = {"dns_over_https.py", "event_stream.py", "ota_update.py", "post_readings.py"}


@pytest.fixture(params=INTERPRETERS, ids=lambda one: one.name)
def run(request, pytestconfig, tmp_path):
    """Run an example in an empty folder; its exit code and what it printed."""
    one = request.param
    library = pytestconfig.suite.player.compiled() if one.small_heap else str(ROOT)
    compiled = {path.stem for path in Path(library).glob("*.mpy")}
    environ = interpreters.finding(library)
    environ.update(
        PYTHONIOENCODING="utf-8",
        PYTHONUNBUFFERED="1",
        SSL_CERT_FILE=os.environ["TEST_CERTIFICATES"] + "/ca.pem",
    )

    def started(name, *args):
        program = ["-m", name[:-3]] if name[:-3] in compiled else [EXAMPLES / name]
        return subprocess.Popen(
            [*one.command, *program, *args],
            cwd=tmp_path,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(name, *args):
        with started(name, *args) as process:
            try:
                output = process.communicate(timeout=60)[0]
            finally:
                process.kill()
        return process.returncode, output.decode()

    run.folder, run.interpreter, run.started = tmp_path, one, started
    return run


def plays(*answers, tls=False):
    """A server that gives these answers, one to a connection; None: it closes without one."""
    return script(*[[("recv",), ("send", answer) if answer else ("close",)] for answer in answers], tls=tls)


def dns_json(**answer):
    body = json.dumps({"Status": 0, **answer}).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/dns-json\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body


@pytest.mark.parametrize("name", sorted(CASES))
def test_example(run, name):
    args, expected = CASES[name]
    code, output = run(name, *args)
    assert code == 0, output
    for text in expected:
        assert text in output


def test_every_example_has_a_test():
    tested = {name.replace(".py", "") for name in [*CASES, *OTHERS]}
    tested |= {"sensor_client", "sensor_server", "echo_client", "echo_server"}
    assert {path.stem for path in EXAMPLES.glob("*.py")} == tested


@pytest.mark.parametrize("name", sorted({*CASES, *OTHERS, "echo_client.py"}))
def test_an_example_fails_without_its_server(run, name):
    args = ["name"] if name == "dns_over_https.py" else []
    code, output = run(name, *args, "http://127.0.0.1:1", *["1", "0"] * (name == "post_readings.py"))
    assert code != 0, output
    assert "cannot connect to 127.0.0.1:1" in output


@pytest.mark.parametrize("name", ["save_file.py", "save_with_progress.py"])
def test_what_is_saved(run, name):
    code, output = run(name, HTTPBIN + "/range/3000", "c.txt")
    assert code == 0, output
    assert (run.folder / "c.txt").read_bytes() == (bytes(range(97, 123)) * 200)[:3000]


def test_a_cut_download_leaves_no_file(run):
    code, output = run("save_file.py", plays(CUT).url, "d.txt")
    assert code != 0, output
    assert list(run.folder.iterdir()) == []


def test_the_picture_that_is_uploaded(run):
    server = plays(OK)
    code, output = run("camera_upload.py", server.url, "camera-2")
    assert code == 0, output
    (request,) = server.requests()
    assert b'name="device"\r\n\r\ncamera-2\r\n' in request
    head, _, picture = request.partition(b'filename="picture.bmp"\r\nContent-Type: image/bmp\r\n\r\n')
    assert picture[:6] == b"BM" + (54 + 64 * 48 * 3).to_bytes(4, "little")
    assert b"Content-Length: %d\r\n" % (len(request) - request.index(b"\r\n\r\n") - 4) in head


def test_progress_without_length(run):
    body = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    assert run("save_with_progress.py", plays(body).url, "e.txt") == (0, "e.txt: 3 bytes\n")


def test_readings_outlast_a_failing_server(run):
    server = plays(OK, None, BUSY, OK, OK, OK)
    code, output = run("post_readings.py", server.url + "/in", "4", "0")
    assert code == 0, output
    lines = output.splitlines()
    assert lines[0] == "reading 1: sent"
    assert lines[1].startswith("reading 2: kept (") and lines[2].startswith("reading 2: kept (503 Busy")
    assert lines[3:] == ["reading 2: sent", "reading 3: sent", "reading 4: sent", "0 of 4 not sent"]
    sent = [json.loads(data.split(b"\r\n\r\n")[1])["number"] for data in server.requests()]
    assert sent == [1, 2, 2, 2, 3, 4]


def test_dns_over_https(run):
    server = plays(dns_json(Answer=[ADDRESS]), tls=run.interpreter.name != "mp32-64k")
    code, output = run("dns_over_https.py", "example.com", server.url + "/dns-query", "dns.example")
    assert (code, output) == (0, "example.com A 192.0.2.1, for 60 s\n")
    (request,) = server.requests()
    assert request.startswith(b"GET /dns-query?name=example.com&type=A HTTP/1.1\r\n")
    assert request.count(b"Host:") == 1 and b"\r\nHost: dns.example\r\n" in request


def test_dns_of_an_unknown_name(run):
    answer = dns_json(Status=3)
    assert run("dns_over_https.py", "no.example", plays(answer).url) == (1, "no.example: error 3\n")


def test_ota_update_with_a_power_cut(run):
    with launch.server("ranges.py", 280000, 100000) as facts:
        code, output = run("ota_update.py", facts["url"], facts["sha256"])
    assert code == 0, output
    before, after = output.split("power cut, the old firmware starts again\n")
    assert int(before.split(" of ")[0]) < 9000, output
    assert 100000 < int(after.split(" of ")[0]) < 61 * 4096, output
    assert after.endswith("280000 bytes written: restart to run them\n")
    written = (run.folder / "partition.bin").read_bytes()
    assert hashlib.sha256(written[:280000]).hexdigest() == facts["sha256"]
    assert written[280000:] == b"\xff" * (-280000 % 4096)
    assert [path.name for path in run.folder.iterdir()] == ["partition.bin"]


def test_ota_update_of_something_else(run):
    with launch.server("ranges.py", 10000) as facts:
        code, output = run("ota_update.py", facts["url"], "0" * 64)
    assert code != 0
    assert "wrong SHA-256" in output and "restart" not in output


def test_event_stream(run):
    events = [{"choices": [{"delta": {"content": text}}]} for text in ("Once ", "upon", " a time")]
    events.insert(0, {"choices": [{"delta": {"role": "assistant"}}]})
    body = b": hello\n\n" + b"".join(b"data: %s\n\n" % json.dumps(one).encode() for one in events)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    server = plays(head + body + b"data: [DONE]\n\n")
    assert run("event_stream.py", server.url + "/v1", "Hello?", "4711") == (0, "Once upon a time\n")
    (request,) = server.requests()
    assert b"\r\nAuthorization: Bearer 4711\r\n" in request
    assert json.loads(request.split(b"\r\n\r\n")[1])["messages"][0]["content"] == "Hello?"
    code, output = run("event_stream.py", plays(head + body).url)
    assert code != 0 and "Once upon a time" in output and "ends too early" in output


def readings(url):
    """What the sensor server has: (device, number, reading) of each."""
    with urllib.request.urlopen(url + "readings.json", timeout=10) as answer:
        rows = json.loads(answer.read())
    return [(row["device"], int(row["id"].split("-")[-1]), row) for row in rows]


@pytest.mark.parametrize("form", ["lines", "json", "text"])
def test_a_sensor_delivers(run, form):
    with running(run.folder) as (_, url):
        words = url + "readings", "form=" + form, "count=5", "period=0.01", "device=porch"
        code, output = run("sensor_client.py", *words)
        assert code == 0, output
        assert output.endswith("\n5 delivered, 0 refused, none waits\n")
        stored = readings(url)
    assert [(device, number) for device, number, _ in stored] == [("porch", n) for n in range(1, 6)]
    printed = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    for line, (_, _, row) in zip(printed, stored):
        assert (line["id"], line["temp"]) == (row["id"], row["temp"])
        assert form == "text" or line["time"] == row["time"]
        assert abs(row["time"] - row["received"]) < 60


def test_a_sensor_waits_for_its_server(run):
    words = "count=25", "period=0.01", "folder=waiting"
    code, output = run("sensor_client.py", "http://127.0.0.1:1/readings", *words)
    assert code == 1, output
    assert "not delivered (" in output and "cannot connect to 127.0.0.1:1" in output
    assert output.endswith("\n0 delivered, 0 refused, more wait\n")
    with running(run.folder) as (_, url):
        for delivered in 26, 1:
            code, output = run("sensor_client.py", url + "readings", "count=1", "period=99", "folder=waiting")
            assert code == 0 and output.endswith("\n%d delivered, 0 refused, none waits\n" % delivered), (
                output
            )
        numbers = [number for _, number, _ in readings(url)]
    assert numbers == [*range(1, 26), 1, 1]
    assert list((run.folder / "waiting").iterdir()) == []


def test_a_sensor_that_is_stopped_saves_what_it_has(run):
    if run.interpreter.small_heap:
        pytest.skip("micropython -m lets SIGINT end it at once")
    words = "http://127.0.0.1:1/readings", "period=0.05", "unsaved=1000"
    with run.started("sensor_client.py", *words) as process:
        lines = []
        while sum(line.startswith(b"{") for line in lines) < 5:
            lines.append(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        lines += process.communicate(timeout=10)[0].splitlines(True)
    printed = [line for line in lines if line.startswith(b"{")]
    assert (run.folder / "queue" / "0").read_bytes() == b"".join(printed)


# --- The echo server and its client ---

ECHO = """\
b'Hello, world!'
b'This is a POST request. Received: Hello World'
b'This is a PUT request. Received: Hello World'
b'This is a PATCH request. Received: Hello World'
b''
b'This is a DELETE request. Received: Hello World'
"""


@contextlib.contextmanager
def echo_server(one, library, *args):
    """The example on an interpreter; gives the port on which it serves."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    command = [*one.command, EXAMPLES / "echo_server.py", str(port), *args]
    process = subprocess.Popen(command, env=interpreters.finding(library), stdout=subprocess.PIPE)
    try:
        expected = "serving %s on port %d\n" % ("https" if args else "http", port)
        assert process.stdout.readline().decode() == expected
        yield port
    finally:
        process.terminate()
        process.wait(5)
        process.stdout.close()


def session_printed(output):
    """What a client printed, without its line of headers; these as a dictionary."""
    lines = output.splitlines(True)
    return "".join(lines[:5] + lines[6:]), ast.literal_eval(lines[5])


def test_the_session_of_the_book(run, pytestconfig):
    library = pytestconfig.suite.player.compiled() if run.interpreter.small_heap else ROOT
    with echo_server(run.interpreter, library) as port:
        code, output = run("echo_client.py", "http://127.0.0.1:%d" % port)
        assert code == 0, output
        text, fields = session_printed(output)
        assert text == ECHO
        assert set(fields) == {"Server", "Date"}
        assert "Python/" in fields["Server"]
        date = email.utils.parsedate_to_datetime(fields["Date"])
        assert abs(date.timestamp() - time.time()) < 60
        # A method of the client's own, through another client.
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("BREW", "/", b"coffee")
        reply = connection.getresponse()
        assert (reply.status, reply.read()) == (200, b"This is a BREW request. Received: coffee")
        connection.close()


@pytest.mark.parametrize("args", [["https"], ["good.pem"]], ids=["own", "given"])
@pytest.mark.parametrize("one", INTERPRETERS[:3], ids=lambda one: one.name)
def test_the_session_of_the_book_over_https(one, args, tmp_path):
    if args == ["https"] and one.name != "cpython":
        pytest.skip("only CPython makes certificates")
    given = [os.environ["TEST_CERTIFICATES"] + "/good.pem"] * 2 if args == ["good.pem"] else args
    with echo_server(one, ROOT, *given) as port:
        context = ssl._create_unverified_context()
        if given != args:
            context = ssl.create_default_context(cafile=os.environ["TEST_CERTIFICATES"] + "/ca.pem")
        connection = http.client.HTTPSConnection("127.0.0.1", port, context=context)
        for method in "GET", "PUT", "REPORT":
            connection.request(method, "/", None if method == "GET" else b"Hello World")
            body = connection.getresponse().read()
            expected = b"This is a %s request. Received: Hello World" % method.encode()
            assert body == (b"Hello, world!" if method == "GET" else expected)
            connection.close()
        for client in INTERPRETERS[1:3]:
            command = [*client.command, EXAMPLES / "echo_client.py", "https://127.0.0.1:%d" % port]
            done = subprocess.run(command, env=interpreters.finding(ROOT), capture_output=True, timeout=60)
            assert session_printed(done.stdout.decode())[0] == ECHO, done.stdout
