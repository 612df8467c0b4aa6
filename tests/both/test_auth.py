"""Credentials: as a pair, from a callable, from the URL."""

from doubles import Network
from support import raises

import mrequests
from mrequests import encode_basic_auth

OK = b"HTTP/1.1 204 OK\r\n\r\n"
ALADDIN = b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


def authorization(url="http://h/", **kw):
    """The values of the header, and what was looked up."""
    with Network([OK]) as network:
        mrequests.get(url, **kw)
        lines = network.sockets[0].sent.split(b"\r\n")
        assert network.looked_up == [("h", 80)], network.looked_up
        return [line[15:] for line in lines if line.lower().startswith(b"authorization: ")]


def test_encode_basic_auth():
    for pair in (("Aladdin", "open sesame"), (b"Aladdin", b"open sesame"), ("Aladdin", b"open sesame")):
        headers = encode_basic_auth(*pair)
        assert isinstance(headers, dict) and len(headers) == 1
        ((name, value),) = headers.items()
        assert name in ("Authorization", b"Authorization") and value in (ALADDIN, ALADDIN.decode())


def test_long_credentials_stay_on_one_line():
    ((_, value),) = encode_basic_auth("u" * 100, "p" * 100).items()
    value = value if isinstance(value, bytes) else value.encode()
    assert b"\n" not in value and b" " not in value[6:]


def test_pairs():
    for pair in (("Aladdin", "open sesame"), (b"Aladdin", b"open sesame"), ["Aladdin", "open sesame"]):
        assert authorization(auth=pair) == [ALADDIN]


def test_callable():
    for pair in (("Aladdin", "open sesame"), (b"Aladdin", b"open sesame")):
        assert authorization(auth=lambda pair=pair: pair) == [ALADDIN]


def test_unusual_credentials():
    for pair, value in (
        (("", ""), b"Basic Og=="),
        (("u", ""), b"Basic dTo="),
        (("u", "a:b"), b"Basic dTphOmI="),
        (("u", "\xe4"), b"Basic dTrDpA=="),
        ((b"u", b"\xe4"), b"Basic dTrk"),
    ):
        assert authorization(auth=pair) == [value], pair


def test_overrides_the_header():
    for name in ("Authorization", "authorization", b"AUTHORIZATION"):
        assert authorization(auth=("Aladdin", "open sesame"), headers={name: "x"}) == [ALADDIN]


def test_in_the_url():
    for url, value in (
        ("http://Aladdin:open%20sesame@h/", ALADDIN),
        ("http://u@h/", b"Basic dTo="),
        ("http://u:@h/", b"Basic dTo="),
        ("http://u:a:b@h/", b"Basic dTphOmI="),
        ("http://u:%C3%A4@h/", b"Basic dTrDpA=="),
        ("http://u:a%40b%2Fc@h/", b"Basic dTphQGIvYw=="),
        ("http://u:a@b@h/", b"Basic dTphQGI="),
        ("http://u:p+q@h/", b"Basic dTpwK3E="),
        ("http://u:p@h", b"Basic dTpw"),
    ):
        assert authorization(url) == [value], (url, authorization(url))


def test_auth_goes_before_the_url():
    assert authorization("http://u:p@h/", auth=("Aladdin", "open sesame")) == [ALADDIN]


def test_credentials_of_a_url_are_nowhere_else():
    with Network([OK]) as network:
        r = mrequests.get("http://user:secret@h/x")
        assert "secret" not in r.url and r.url == "http://h/x"
        assert b"secret" not in network.sockets[0].sent and b"@" not in network.sockets[0].sent


def test_line_breaks_in_the_url_are_refused():
    for url in ("http://u:a%0d%0aEvil:1@h/", "http://u%0a:p@h/", "http://u:%00@h/"):
        with Network([OK]) as network:
            raises(ValueError, mrequests.get, url)
            assert not network.looked_up


def test_errors_do_not_tell_credentials():
    for url in ("http://user:secret@h:port/", "http://user:secret@/", "http://user:secret@[::1/"):
        assert "secret" not in str(raises(ValueError, mrequests.get, url))
    with Network([b"garbage\r\n\r\n"]):
        assert "secret" not in str(raises(ValueError, mrequests.get, "http://user:secret@h/"))
    with Network([]):
        assert "secret" not in str(raises(OSError, mrequests.get, "http://user:secret@h/"))


def test_state_does_not_pass_to_the_next_call():
    headers = {"A": "b"}
    assert authorization(auth=("u", "p"), headers=headers)
    assert not authorization(headers=headers) and headers == {"A": "b"}
    assert authorization("http://u:p@h/")
    assert not authorization()
