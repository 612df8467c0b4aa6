"""Every program in examples/ on every interpreter, against the local servers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
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


@pytest.fixture(params=INTERPRETERS, ids=lambda one: one.name)
def run(request, pytestconfig, tmp_path):
    """Run an example in an empty folder; its exit code and what it printed."""
    one = request.param
    library = pytestconfig.suite.player.compiled() if one.small_heap else str(ROOT)
    environ = interpreters.finding(library)
    environ.update(PYTHONIOENCODING="utf-8", SSL_CERT_FILE=os.environ["TEST_CERTIFICATES"] + "/ca.pem")

    def run(name, *args):
        done = subprocess.run(
            [*one.command, EXAMPLES / name, *args],
            cwd=tmp_path,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
        )
        return done.returncode, done.stdout.decode()

    run.folder, run.interpreter = tmp_path, one
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
    tested = {name.replace(".py", "") for name in CASES} | {"post_readings", "dns_over_https"}
    assert {path.stem for path in EXAMPLES.glob("*.py")} == tested


@pytest.mark.parametrize("name", sorted({*CASES, "post_readings.py", "dns_over_https.py"}))
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
