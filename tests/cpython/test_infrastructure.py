"""The machinery of the tests: nothing that fails, hangs or stays away may look like success."""

import os
import shutil
import socket
import ssl
import subprocess
import sys
import textwrap
import time
import xml.etree.ElementTree
from pathlib import Path

import pytest
import support

from tools import interpreters

ROOT = Path(__file__).resolve().parents[2]
EVERYWHERE = ("", "[mp64]", "[mp32]", "[mp32-64k]")


# --- Shared tests on every interpreter ---


@pytest.fixture
def checkout(tmp_path):
    """A checkout with the machinery, but no shared tests."""
    for folder in "tools", "mrequests", "tests/servers":
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tests" / "both").mkdir()
    files = ["tests/conftest.py", "tests/on_micropython.py", "tests/both/support.py"]
    for name in [*files, "tests/both/run_micropython.py", "pyproject.toml"]:
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def play(checkout, tests, *args, **environ):
    """Run pytest on a shared module of this text: its exit code, {test: outcome} and output."""
    (checkout / "tests" / "both" / "test_sample.py").write_text(textwrap.dedent(tests))
    command = [sys.executable, "-m", "pytest", "--junitxml=report.xml", *args]
    given = {**interpreters.environment(), "CI": "", "TEST_TIME_LIMIT": "1", **environ}
    given = {name: value for name, value in given.items() if value is not None}
    done = subprocess.run(command, cwd=checkout, env=given, capture_output=True, text=True)
    report = checkout / "report.xml"
    cases = xml.etree.ElementTree.parse(report).iter("testcase") if report.exists() else []
    return done.returncode, {case.get("name"): outcome(case) for case in cases}, done.stdout + done.stderr


def outcome(case):
    """What the report says of one test."""
    return next((word for word in ("failure", "skipped", "error") if case.find(word) is not None), "passed")


needs_all = pytest.mark.skipif(bool(interpreters.missing()), reason="needs every interpreter")


@needs_all
def test_outcomes_on_every_interpreter(checkout):
    code, outcomes, output = play(
        checkout,
        """
        import sys
        from support import Skip

        def test_good():
            print("hello")

        def test_fails():
            assert 1 == 2, "as it should"

        def test_exits():
            sys.exit(0)

        def test_hangs():
            while True:
                pass

        def test_skips():
            raise Skip("no such thing here")

        def test_after_all_that():
            import mrequests
        """,
    )
    expected = {"good": "passed", "fails": "failure", "exits": "failure", "hangs": "failure"}
    expected.update({"skips": "skipped", "after_all_that": "passed"})
    assert outcomes == {"test_" + k + where: v for k, v in expected.items() for where in EVERYWHERE}, output
    assert code == 1
    assert output.count("AssertionError: as it should") >= 4
    assert output.count("no such thing here") >= 1
    assert "mp32         6 of 6 ran, 3 failed" in output


@needs_all
def test_test_that_does_not_run_is_told(checkout):
    tests = """
        CPYTHON_ONLY = ("test_a", "test_marked")
        MICROPYTHON_ONLY = ("test_b",)
        SMALL_HEAP_SKIP = ("test_c",)
        def test_a(): pass
        def test_b(): pass
        def test_c(): pass
        def test_marked(): pass
        def test_vanishes(): pass

        import sys
        if sys.implementation.name == "cpython":
            import pytest
            test_marked = pytest.mark.skip(test_marked)
        del test_vanishes
        """
    code, outcomes, output = play(checkout, tests)
    names = ["a", "b[mp64]", "b[mp32]", "b[mp32-64k]", "c", "c[mp64]", "c[mp32]"]
    expected = dict.fromkeys(["test_" + name for name in names], "passed")
    expected.update(dict.fromkeys(["test_vanishes" + where for where in EVERYWHERE[1:]], "failure"))
    assert outcomes == {"test_marked": "skipped", **expected}, output
    assert code == 1
    assert "left out: test_sample.py::test_c on mp32-64k (SMALL_HEAP_SKIP)" in output
    assert "=== cpython: only 2 of 4 tests ran ===" in output


@needs_all
def test_shortfall_alone_fails_the_run(checkout):
    tests = "def test_a(): pass\ndef test_b(): pass\n"
    tests += "import sys\nif sys.implementation.name == 'cpython': del test_b\n"
    code, outcomes, output = play(checkout, tests)
    assert set(outcomes.values()) == {"passed"}, output
    assert code == 1
    assert "=== cpython: only 1 of 2 tests ran ===" in output


def test_opt_out_must_name_a_test(checkout):
    code, _, output = play(checkout, "CPYTHON_ONLY = ('test_x',)\ndef test_a(): pass\n")
    assert code == 2
    assert "names what is no test" in output


@needs_all
def test_selection_is_no_full_run(checkout):
    tests = "def test_a(): pass\ndef test_b(): pass\n"
    code, outcomes, output = play(checkout, tests, "-k", "test_a and mp32")
    assert (code, sorted(outcomes)) == (0, ["test_a[mp32-64k]", "test_a[mp32]"]), output
    code, outcomes, output = play(checkout, tests, "tests/both/test_sample.py::test_b[mp64]")
    assert (code, list(outcomes)) == (0, ["test_b[mp64]"]), output


@needs_all
def test_import_error_fails_every_test(checkout):
    tests = "import no_such_module\ndef test_a(): pass\ndef test_b(): pass\n"
    code, outcomes, output = play(checkout, tests, "--continue-on-collection-errors")
    assert code == 1
    assert [outcomes[t + where] for t in ("test_a", "test_b") for where in EVERYWHERE[1:]] == ["failure"] * 6


@needs_all
def test_absent_interpreter_is_loud_and_fails_in_ci(checkout):
    tests = "def test_a(): pass\n"
    code, _, output = play(checkout, tests, MICROPYTHON32=None)
    assert code == 0, output
    assert output.count("=== 32-bit MicroPython is MISSING") == 2
    code, _, output = play(checkout, tests, MICROPYTHON32=None, CI="true")
    assert code == 1
    assert "32-bit MicroPython is MISSING" in output


def test_wrong_override_is_told():
    environ = {**os.environ, "MICROPYTHON": "no-such-program"}
    command = [sys.executable, "-c", "from tools import interpreters; interpreters.micropythons()"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    assert done.returncode == 1
    assert "MICROPYTHON=no-such-program names no program" in done.stderr


# --- The scripted server ---


def connect(server, tls=False):
    sock = socket.create_connection(("127.0.0.1", server.port), timeout=5)
    if tls:
        context = ssl.create_default_context(cafile=support.CA_PEM)
        # Some versions of Python (3.11.2 is one) hide a missing close_notify by default.
        context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
        sock = context.wrap_socket(sock, server_hostname="127.0.0.1", suppress_ragged_eofs=False)
    return sock


def drain(sock):
    return b"".join(iter(lambda: sock.recv(1000), b""))


def test_recv_waits_for_the_whole_body():
    chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX: y\r\n\r\n"
    sized = b"POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc"
    server = support.script(("recv",), ("send", b"1"), ("recv",), ("send", b"2"))
    with connect(server) as sock:
        for message in chunked, sized:
            for byte in message[:-1]:
                sock.sendall(bytes([byte]))
            sock.settimeout(0.05)
            with pytest.raises(TimeoutError):
                sock.recv(1)
            sock.settimeout(5)
            sock.sendall(message[-1:])
            assert sock.recv(1) in b"12"
    assert server.requests() == [chunked + sized]


def test_pipelined_requests_are_told_apart():
    server = support.script(("recv",), ("send", b"1"), ("recv",), ("send", b"2"))
    with connect(server) as sock:
        sock.sendall(b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n")
        assert drain(sock) == b"12"


def test_head_and_body_apart():
    server = support.script(
        ("recv_head",), ("send", b"100"), ("recv_body",), ("recv_bytes", 2), ("send", b"ok")
    )
    with connect(server) as sock:
        sock.sendall(b"PUT / HTTP/1.1\r\nContent-Length: 1\r\n\r\n")
        assert sock.recv(3) == b"100"
        sock.sendall(b"xyz")
        assert drain(sock) == b"ok"


def test_reset():
    server = support.script(("recv",), ("reset",))
    with connect(server) as sock:
        sock.sendall(b"a\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            sock.recv(1)


def test_waiting_steps():
    server = support.script(("sleep", 100), ("send", b"a"), ("hold", 100), ("split", b"bc", [1], 100))
    with connect(server) as sock:
        begin = time.monotonic()
        assert drain(sock) == b"abc"
        assert 0.3 <= time.monotonic() - begin < 2


def test_hold_ends_with_the_client():
    server = support.script(("hold", 10000))
    connect(server).close()
    begin = time.monotonic()
    assert server.closed() == [True]
    assert time.monotonic() - begin < 2


def test_premature_end_is_noted():
    server = support.script(("recv",), ("send", b"never"))
    with connect(server) as sock:
        sock.sendall(b"half a he")
    assert server.requests() == [b"half a he"]
    assert server.notes() == ["recv: the client closed after 9 bytes"]


def test_client_that_stays_is_told():
    server = support.script(("send", b"x"))
    with connect(server) as sock:
        assert drain(sock) == b"x"
        assert server.closed(wait=100) == [False]


def test_no_more_connections_than_planned():
    server = support.script(("send", b"x"))
    with connect(server) as sock:
        assert drain(sock) == b"x"
    server.requests()
    with pytest.raises(ConnectionRefusedError):
        connect(server)


def test_tls_orderly_and_cut():
    server = support.script([("recv",), ("send", b"x")], [("recv",), ("send", b"x"), ("cut",)], tls=True)
    with connect(server, tls=True) as sock:
        sock.sendall(b"a\r\n\r\n")
        assert drain(sock) == b"x"
    with connect(server, tls=True) as sock:
        sock.sendall(b"b\r\n\r\n")
        assert sock.recv(1) == b"x"
        with pytest.raises(ssl.SSLError, match="(?i)eof"):
            sock.recv(1)
    assert server.requests() == [b"a\r\n\r\n", b"b\r\n\r\n"]


def test_tls_refused_by_the_client():
    server = support.script(("recv",), tls=True)
    context = ssl.create_default_context(cafile=support.OTHER_CA_PEM)
    with socket.create_connection(("127.0.0.1", server.port)) as sock:
        with pytest.raises(ssl.SSLCertVerificationError):
            context.wrap_socket(sock, server_hostname="127.0.0.1")
    assert server.notes()[0].startswith("handshake: ")


# --- The httpbin servers ---


@pytest.mark.parametrize("url, why", [("EXPIRED", "expired"), ("WRONG_HOST", "IP address mismatch")])
def test_bad_certificates(url, why):
    port = int(getattr(support, "HTTPBIN_" + url).rsplit(":", 1)[1])
    context = ssl.create_default_context(cafile=support.CA_PEM)
    with socket.create_connection(("127.0.0.1", port)) as sock:
        with pytest.raises(ssl.SSLCertVerificationError, match=why):
            context.wrap_socket(sock, server_hostname="127.0.0.1")


def test_stalled_handshake_does_not_hold_up_httpbin():
    port = int(support.HTTPBIN_TLS.rsplit(":", 1)[1])
    context = ssl.create_default_context(cafile=support.CA_PEM)
    with socket.create_connection(("127.0.0.1", port)):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
            with context.wrap_socket(sock, server_hostname="127.0.0.1") as tls:
                tls.sendall(b"GET /stream/2 HTTP/1.1\r\nHost: x\r\n\r\n")
                head, _, body = drain(tls).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"transfer-encoding: chunked" in head.lower()
    assert body.endswith(b"\r\n0\r\n\r\n")


@pytest.mark.skipif(
    "HTTPBIN_URL" in os.environ and not support.HTTPBIN.startswith("http://127."), reason="foreign"
)
def test_httpbin_takes_chunked_requests():
    port = int(support.HTTPBIN.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        sock.sendall(
            b"POST /post HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"
        )
        answer = drain(sock)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b'"data": "ab"' in answer
