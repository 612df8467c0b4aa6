"""No descriptor stays open, whatever the server, the caller or the response class does wrong."""

from io import BytesIO

from support import CA_DER, HTTPBIN, HTTPBIN_TLS, MICROPYTHON, open_fds, raises, scratch, script

import mrequests
from mrequests import Response

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\nhello"


def leaves_nothing(function, *expected):
    """Run the function, which raises one of these (or nothing, if none is named)."""
    before = open_fds()
    if expected:
        raises(expected, function)
    else:
        function()
    assert open_fds() == before, "%d left open" % (open_fds() - before)


def test_malformed_answers():
    answers = (
        b"garbage\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 302 x\r\nLocation: ftp://x/\r\n\r\n",
        b"HTTP/1.1 302 x\r\nLocation: http://h:port/\r\n\r\n",
    )
    server = script(*[[("recv",), ("send", answer), ("hold", 3000)] for answer in answers])
    for _ in answers:
        leaves_nothing(lambda: mrequests.get(server.url, timeout=5).content, ValueError)
    assert server.closed() == [True] * len(answers)


def test_early_ends():
    answers = b"", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\nA: b\r\n", OK[:-1], LONG.replace(b"500000", b"900")
    server = script(*[[("recv",), ("send", answer)] for answer in answers])
    for _ in answers:
        leaves_nothing(lambda: mrequests.get(server.url, timeout=5).content, OSError)


def test_body_to_its_end_closes():
    # Without close().
    steps = ("recv",), ("send", OK[:-5]), ("sleep", 20), ("send", b"hello"), ("hold", 3000)
    for read in (
        lambda r: r.content,
        lambda r: r.text,
        lambda r: r.read(None),
        lambda r: r.read(5),
        lambda r: r.read(4096),
        lambda r: (r.read(2), r.read(3)),
        lambda r: list(r.iter_content()),
        lambda r: list(r.iter_lines()),
        lambda r: r.raw.read(),
        lambda r: r.save(scratch("leak")),
    ):
        server = script(*steps)
        leaves_nothing(lambda read=read, server=server: read(mrequests.get(server.url, timeout=5)))
        assert server.closed() == [True]


def test_no_body_closes():
    for method, answer in (
        ("HEAD", OK[:-5]),
        ("GET", b"HTTP/1.1 204 x\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n"),
        ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ):
        server = script(("recv",), ("send", answer), ("hold", 3000))
        leaves_nothing(lambda method=method, server=server: mrequests.request(method, server.url))
        assert server.closed() == [True], answer


def test_close_and_with():
    server = script(("recv",), ("send", LONG), ("hold", 3000), connections=4)
    leaves_nothing(lambda: mrequests.get(server.url).close())

    def twice():
        r = mrequests.get(server.url)
        r.close()
        r.close()

    leaves_nothing(twice)

    def block():
        with mrequests.get(server.url) as r:
            r.read(2)

    leaves_nothing(block)

    def failing():
        with mrequests.get(server.url):
            raise KeyError("x")

    leaves_nothing(failing, KeyError)


def test_a_second_close_hits_nobody_else():
    # A descriptor closed twice may by then be another's.
    server = script(("recv",), ("send", OK[:-1]), ("sleep", 50), ("send", b"o"), connections=2)
    first = mrequests.get(server.url)
    assert first.content == b"hello"
    second = mrequests.get(server.url)
    first.close()
    with first:
        pass
    assert second.content == b"hello"


def test_a_second_close_hits_nobody_else_over_tls():
    first = mrequests.get(HTTPBIN_TLS + "/get", verify=CA_DER)
    assert first.content
    second = mrequests.get(HTTPBIN_TLS + "/bytes/3000", verify=CA_DER)
    first.close()
    assert len(second.content) == 3000
    second.close()


def test_response_class_that_fails():
    class Head(Response):
        def add_header(self, data):
            raise KeyError("add_header")

    class Init(Response):
        def __init__(self, *args, **kw):
            raise KeyError("__init__")

    server = script(("recv",), ("send", LONG), ("hold", 3000), connections=2)
    for response_class in (Head, Init):
        leaves_nothing(lambda c=response_class: mrequests.get(server.url, response_class=c), KeyError)


def test_file_that_fails():
    class Full:
        def write(self, data):
            raise OSError(28, "full")

    server = script(("recv",), ("send", LONG), ("hold", 3000), connections=2)
    leaves_nothing(lambda: mrequests.get(server.url).saveinto(Full()), OSError)
    leaves_nothing(lambda: mrequests.get(server.url).save("/no/such/folder/file"), OSError)


def test_callers_who_err():
    def bad_auth():
        raise KeyError("auth")

    server = script(("recv",), ("send", OK), connections=3)
    leaves_nothing(lambda: mrequests.get(server.url, auth=bad_auth), KeyError)
    leaves_nothing(lambda: mrequests.get(server.url, headers={"a": "b\n"}), ValueError)
    leaves_nothing(lambda: mrequests.post(server.url, data=3.5), TypeError, ValueError)
    assert server.requests() == []


def test_no_room_for_the_body():
    kinds = MemoryError, OverflowError, ValueError, OSError
    answer = LONG.replace(b"500000", b"500000000000000")
    server = script(("recv",), ("send", answer), ("hold", 3000), connections=3)
    leaves_nothing(lambda: mrequests.get(server.url).content, *kinds)
    leaves_nothing(lambda: mrequests.get(server.url).read(None), *kinds)
    leaves_nothing(lambda: mrequests.get(server.url).raw.read(), *kinds)


def test_no_room_for_a_buffer():
    server = script(("recv",), ("send", LONG), ("hold", 3000), connections=2)
    size = (1 << 30) - 1 if MICROPYTHON else 1 << 60
    kinds = MemoryError, OverflowError
    leaves_nothing(lambda: mrequests.get(server.url).saveinto(BytesIO(), None, size), *kinds)
    leaves_nothing(lambda: mrequests.get(server.url).save(scratch("leak"), None, size), *kinds)


def test_redirects_close_what_they_leave():
    to = b"HTTP/1.1 302 x\r\nLocation: /x\r\nContent-Length: 100\r\n\r\n"
    server = script(*[[("recv",), ("send", to), ("hold", 3000)]] * 3)
    leaves_nothing(lambda: mrequests.get(server.url, max_redirects=2), ValueError)
    assert server.closed() == [True] * 3


def test_many_requests():
    def several():
        for _ in range(20):
            assert mrequests.get(HTTPBIN + "/status/200").status_code == 200

    leaves_nothing(several)


def test_many_requests_over_tls():
    def several():
        for _ in range(4):
            assert mrequests.get(HTTPBIN_TLS + "/status/200", verify=CA_DER).content == b""
        for _ in range(4):
            mrequests.get(HTTPBIN_TLS + "/bytes/5000", verify=CA_DER).close()

    leaves_nothing(several)
