"""TLS: what is verified when, what is refused, and that cut connections are noticed."""

from errno import ENOENT

from support import (
    CA_DER,
    CA_PEM,
    HTTPBIN_EXPIRED,
    HTTPBIN_TLS,
    HTTPBIN_WRONG_HOST,
    MICROPYTHON,
    OTHER_CA_DER,
    OTHER_CA_PEM,
    open_fds,
    raises,
    script,
)

import mrequests
from mrequests import verify as trust

try:
    import ssl
except ImportError:
    import tls as ssl

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def ca_context(path=CA_DER):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_verify_locations(cadata=contents(path))
    except TypeError:  # MicroPython before 1.26
        context.load_verify_locations(contents(path))
    return context


def refused(url, **kw):
    """The handshake fails with OSError and leaves nothing open."""
    before = open_fds()
    error = raises(OSError, mrequests.get, url, timeout=5, **kw)
    assert open_fds() == before
    return error


def test_default_on_cpython_verifies():
    assert "127.0.0.1" in str(refused(HTTPBIN_TLS + "/get"))


def test_default_on_a_board_encrypts():
    assert mrequests.get(HTTPBIN_TLS + "/get").status_code == 200


def test_verify_with_the_ca():
    for verify in (CA_DER, CA_PEM, contents(CA_DER), contents(CA_PEM), contents(CA_PEM).decode()):
        r = mrequests.get(HTTPBIN_TLS + "/get", verify=verify, timeout=5)
        assert r.status_code == 200 and r.json()["url"].endswith("/get")


def test_bundle_of_several():
    bundle = contents(OTHER_CA_PEM) + b"\n# comment\n" + contents(CA_PEM)
    assert mrequests.get(HTTPBIN_TLS + "/get", verify=bundle, timeout=5).status_code == 200
    bundle = contents(CA_PEM).replace(b"\n", b"\r\n") + contents(OTHER_CA_PEM)
    assert mrequests.get(HTTPBIN_TLS + "/get", verify=bundle, timeout=5).status_code == 200


def test_wrong_ca_is_refused():
    for verify in (OTHER_CA_DER, OTHER_CA_PEM):
        refused(HTTPBIN_TLS + "/get", verify=verify)


def test_wrong_host_is_refused():
    refused(HTTPBIN_WRONG_HOST + "/get", verify=CA_DER)


def test_expired_is_refused():
    assert "clock" in str(refused(HTTPBIN_EXPIRED + "/get", verify=CA_DER)) or not MICROPYTHON


def test_verify_false():
    for url in (HTTPBIN_TLS, HTTPBIN_WRONG_HOST, HTTPBIN_EXPIRED):
        assert mrequests.get(url + "/get", verify=False, timeout=5).status_code == 200


def test_verify_true_is_not_less_than_the_default():
    if MICROPYTHON:
        raises((OSError, ValueError), mrequests.get, HTTPBIN_TLS + "/get", verify=True)
    else:
        refused(HTTPBIN_TLS + "/get", verify=True)


def test_verify_of_a_missing_file():
    before = open_fds()
    error = raises(OSError, mrequests.get, HTTPBIN_TLS + "/get", verify="/no/such/file.pem", timeout=5)
    assert error.errno == ENOENT and "/no/such/file.pem" in str(error)
    assert open_fds() == before


def test_verify_of_garbage():
    before = open_fds()
    for verify in (b"", b"garbage", b"-----BEGIN CERTIFICATE-----\ngarbage\n-----END CERTIFICATE-----\n"):
        raises((OSError, ValueError), mrequests.get, HTTPBIN_TLS + "/get", verify=verify, timeout=5)
        assert open_fds() == before


def test_verify_does_not_matter_for_http():
    server = script(("recv",), ("send", OK), connections=2)
    assert mrequests.get(server.url, verify=CA_DER).content == b"hello"
    assert mrequests.get(server.url, verify=False).content == b"hello"


def test_ssl_context():
    assert mrequests.get(HTTPBIN_TLS + "/get", ssl_context=ca_context(), timeout=5).json()
    refused(HTTPBIN_TLS + "/get", ssl_context=ca_context(OTHER_CA_DER))
    assert mrequests.get(HTTPBIN_TLS + "/get", ssl_context=trust.context(CA_PEM), timeout=5).json()
    assert mrequests.get(HTTPBIN_TLS + "/get", verify=ca_context(), timeout=5).json()


class Watched:
    """A context that notes for what it is used."""

    def __init__(self, context):
        self.context = context
        self.names = []

    def wrap_socket(self, sock, **kw):
        self.names.append(kw.get("server_hostname"))
        return self.context.wrap_socket(sock, **kw)


def test_server_name_and_every_hop():
    context = Watched(ca_context())
    second = script(("recv",), ("send", OK), tls=True)
    to = b"HTTP/1.1 302 x\r\nLocation: %s/x\r\n\r\n" % second.url.replace("127.0.0.1", "localhost").encode()
    first = script(("recv",), ("send", to), tls=True)
    assert mrequests.get(first.url, ssl_context=context, timeout=5).content == b"hello"
    assert context.names == ["127.0.0.1", "localhost"]


def test_redirect_to_a_host_that_does_not_verify():
    to = b"HTTP/1.1 302 x\r\nLocation: %s/get\r\n\r\n" % HTTPBIN_WRONG_HOST.encode()
    for kw in ({"verify": CA_DER}, {"ssl_context": ca_context()}):
        refused(script(("recv",), ("send", to), tls=True).url, **kw)
    to = b"HTTP/1.1 302 x\r\nLocation: %s/get\r\n\r\n" % HTTPBIN_TLS.encode()
    refused(script(("recv",), ("send", to)).url, verify=OTHER_CA_DER)


def test_redirect_from_http_to_https():
    to = b"HTTP/1.1 302 x\r\nLocation: %s/get?x=1\r\n\r\n" % HTTPBIN_TLS.encode()
    r = mrequests.get(script(("recv",), ("send", to)).url, verify=CA_DER, timeout=5)
    assert r.status_code == 200 and r.url == HTTPBIN_TLS + "/get?x=1"


def test_redirect_from_https_to_http_is_handed_back():
    to = b"HTTP/1.1 302 x\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 3\r\n\r\nold"
    server = script(("recv",), ("send", to), tls=True)
    r = mrequests.get(server.url, verify=CA_DER, timeout=5)
    assert r.status_code == 302 and r.content == b"old"


def test_host_header_carries_the_port():
    server = script(("recv",), ("send", OK), tls=True)
    mrequests.get(server.url, verify=CA_DER, timeout=5).close()
    assert b"\r\nHost: 127.0.0.1:%d\r\n" % server.port in server.requests()[0]


def test_bodies_over_tls():
    before = open_fds()
    for answer in (
        OK,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nhello",
    ):
        for steps in ([("send", answer)], [("bytewise", answer)], [("split", answer, [9, 30, 40], 3)]):
            server = script(("recv",), *steps, tls=True)
            assert mrequests.get(server.url, verify=CA_DER, timeout=5).content == b"hello", answer
            assert open_fds() == before


def test_silence_after_the_body_is_not_waited_for():
    server = script(("recv",), ("send", OK), ("hold", 4000), tls=True)
    r = mrequests.get(server.url, verify=CA_DER, timeout=1)
    assert r.content == b"hello" and server.closed(2000) == [True]


def cut_short(answer):
    before = open_fds()
    server = script(("recv",), ("send", answer), ("hold", 200), ("cut",), tls=True)
    raises(OSError, lambda: mrequests.get(server.url, verify=CA_DER, timeout=5).content)
    assert open_fds() == before


def test_cut_within_a_known_length():
    cut_short(OK[:-2])
    cut_short(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")


def test_cut_without_close_notify_is_no_end():
    # Anybody on the way can cut a connection; only the peer can say that it was all. MicroPython does not
    # tell the one from the other.
    cut_short(b"HTTP/1.0 200 OK\r\n\r\nhel")


def test_short_body_over_tls():
    before = open_fds()
    server = script(("recv",), ("send", OK[:-2]), tls=True)
    raises(OSError, lambda: mrequests.get(server.url, verify=CA_DER, timeout=5).content)
    assert open_fds() == before


def test_large_bodies_over_tls():
    data = b"0123456789" * 100
    server = script(
        ("recv",), ("send", b"HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n"), ("send", data, 40), tls=True
    )
    blocks = (data for _ in range(40))
    with mrequests.post(server.url, data=blocks, verify=CA_DER, timeout=5) as r:
        buf = bytearray(1000)
        total = 0
        n = r.readinto(buf)
        while n:
            assert buf[0] == 48 + total % 10
            total += n
            n = r.readinto(buf)
    assert total == 40000
    assert server.notes() == [""] and server.digests()[0][0] > 40000


def test_request_over_tls_arrives_whole():
    server = script(("recv",), ("send", OK), tls=True)
    mrequests.post(server.url, data=b"x" * 300, headers={"A": "b"}, verify=CA_DER, timeout=5).close()
    (request,) = server.requests()
    assert request.count(b"POST ") == 1 and request.endswith(b"\r\n\r\n" + b"x" * 300)


def test_peer_that_speaks_no_tls():
    before = open_fds()
    for steps in ([("send", OK), ("hold", 300)], [("close",)], [("reset",)]):
        server = script(*steps)
        raises(OSError, mrequests.get, "https" + server.url[4:], verify=CA_DER, timeout=5)
        assert open_fds() == before


def test_no_plain_text_before_the_handshake():
    server = script(("hold", 500))
    raises(
        OSError, mrequests.get, "https" + server.url[4:], verify=False, timeout=0.2, headers={"X": "secret"}
    )
    assert b"secret" not in server.requests()[0]


CPYTHON_ONLY = ("test_default_on_cpython_verifies", "test_cut_without_close_notify_is_no_end")
MICROPYTHON_ONLY = ("test_default_on_a_board_encrypts",)
