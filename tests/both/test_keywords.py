"""The keywords beyond the reference's: params, stream, parse_headers, allow_redirects, verify, secret."""

from doubles import Network
from support import MICROPYTHON, raises

import mrequests
from mrequests import Response

OK = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nSet-Cookie: a=b\r\nset-cookie: c=d\r\n"
    b"X-Bytes: \xe4\r\nX-Folded: one\r\n two\r\nno colon here\r\nContent-Length: 2\r\n\r\nok"
)


def call(url="http://h/p", **kw):
    """The response and the request target."""
    with Network([OK]) as network:
        r = mrequests.get(url, **kw)
        return r, network.sockets[0].sent.split(b" ")[1].decode()


def test_params():
    for url, params, target in (
        ("http://h/p", {"a": "b"}, "/p?a=b"),
        ("http://h//x", {"a": "b"}, "//x?a=b"),
        ("http://h/p", [("a", 1), ("a", 2)], "/p?a=1&a=2"),
        ("http://h/p", {"a": [1, 2]}, "/p?a=1&a=2"),
        ("http://h/p", {"a": None}, "/p"),
        ("http://h/p", {"a": None, "b": ""}, "/p?b="),
        ("http://h/p", {}, "/p"),
        ("http://h/p", None, "/p"),
        ("http://h/p", "a=b&c", "/p?a=b&c"),
        ("http://h/p", b"a=b", "/p?a=b"),
        ("http://h/p?x", {"a": "b"}, "/p?x&a=b"),
        ("http://h?x", {"a": "b"}, "/?x&a=b"),
        ("http://h", {"a": "b"}, "/?a=b"),
        ("http://h/p#frag", {"a": "b"}, "/p?a=b"),
        ("http://h/p", {"a b": "c&d#e/\xe4"}, None),
        ("http://h/p", "a=\xe4 b#c", "/p?a=%C3%A4%20b%23c"),
        ("http://h/a/../p", {"a": "b/../c"}, None),
        ("http://h//evil/x", {"a": "b"}, "//evil/x?a=b"),
        ("http://h/a/..//evil/x?y", {"a": "b"}, "//evil/x?y&a=b"),
    ):
        r, sent = call(url, params=params)
        if target:
            assert sent == target, (url, params, sent)
        assert "#" not in sent and " " not in sent
        assert r.url == "http://h" + sent
    assert call(params={"a b": "c&d#e"})[1] == "/p?a+b=c%26d%23e"


def test_params_do_not_move_to_another_host():
    with Network([OK]) as network:
        mrequests.get("http://u:p@h:444//evil/x", params={"a": "b"})
        assert [place[:2] for place in network.looked_up] == [("h", 444)], network.looked_up
        assert b"\r\nAuthorization: Basic dTpw\r\n" in network.sockets[0].sent


def test_params_on_bad_lines():
    with Network([OK]) as network:
        raises(ValueError, mrequests.get, "http://h/", params="a\r\nb")
        assert not network.looked_up


def test_params_are_not_added_again_on_a_redirect():
    with Network([b"HTTP/1.1 302 x\r\nLocation: /n\r\n\r\n"], [OK]) as network:
        mrequests.get("http://h/", params={"a": "b"})
        assert network.sockets[1].sent.startswith(b"GET /n HTTP/1.1\r\n")


def test_parse_headers():
    r, _ = call(parse_headers=True)
    h = r.headers
    assert h["content-type"] == h["Content-Type"] == h.get("CONTENT-TYPE") == "text/plain"
    assert h["Content-Length"] == "2" and r.content == b"ok"
    assert h["set-cookie"] == "a=b, c=d" and h.get_all("Set-Cookie") == ["a=b", "c=d"]
    assert h["x-bytes"] == "\xe4" and h["x-folded"] == "one two"
    assert "content-type" in h and "Content-Type" in h and "absent" not in h
    assert h.get("absent") is None and h.get("absent", 5) == 5
    raises(KeyError, lambda: h["absent"])
    assert len(h) == 5 and h
    assert list(h) == h.keys() == ["Content-Type", "Set-Cookie", "X-Bytes", "X-Folded", "Content-Length"]
    assert dict(h.items())["Content-Length"] == "2" and h.values()[0] == "text/plain"
    assert "text/plain" in repr(h)


def test_parse_headers_with_a_function():
    def parse(line, headers):
        headers.setdefault("lines", []).append(bytes(line).rstrip())

    r, _ = call(parse_headers=parse)
    assert r.headers["lines"][0] == b"Content-Type: text/plain" and r.content == b"ok"


def test_parse_headers_false():
    for value in (False, None):
        r, _ = call(parse_headers=value)
        assert not r.headers and r.content == b"ok"


def test_parse_headers_of_a_response_class():
    class Mine(Response):
        def hello(self):
            return "hello"

    r, _ = call(parse_headers=True, response_class=Mine)
    assert r.hello() == "hello" and r.headers["content-length"] == "2"


def test_parse_headers_and_interim_responses():
    with Network([b"HTTP/1.1 103 x\r\nLink: y\r\n\r\nHTTP/1.1 204 x\r\nA: b\r\n\r\n"]):
        assert mrequests.get("http://h/", parse_headers=True).headers.keys() == ["A"]


def test_headers_do_not_pass_to_the_next_response():
    first, _ = call(parse_headers=True)
    second, _ = call(parse_headers=True)
    assert len(first.headers) == len(second.headers) == 5


def test_stream_is_taken():
    for stream in (True, False):
        assert call(stream=stream)[0].content == b"ok"


def test_unknown_keywords_are_refused():
    with Network([OK]) as network:
        assert "parms" in str(raises(TypeError, mrequests.get, "http://h/", parms={}))
        assert not network.looked_up


def test_wrong_types_are_refused_in_words():
    # On a board the error comes from where they are used.
    for name, value in (
        ("headers", [("A", "b")]),
        ("headers", "A: b"),
        ("auth", "user:password"),
        ("auth", ("user",)),
        ("auth", {"user": "a", "password": "b"}),
        ("ssl_context", "/ca.pem"),
    ):
        if not MICROPYTHON:
            with Network([OK]) as network:
                assert name in str(raises(TypeError, mrequests.get, "http://h/", **{name: value}))
                assert not network.looked_up


def test_order_of_the_positional_parameters():
    # method, url, data, json, headers, auth, encoding, response_class, save_headers, max_redirects, timeout,
    # ssl_context
    with Network([OK]) as network:
        args = "POST", "http://h/", "\xe4", None, {"A": "b"}, ("u", "p"), "utf-8", Response, True, 1, 5, None
        r = mrequests.request(*args)
        sent = network.sockets[0].sent
        assert r.headers[0] == b"Content-Type: text/plain"
        assert (
            sent.endswith(b"\r\n\r\n\xc3\xa4")
            and b"\r\nA: b\r\n" in sent
            and b"\r\nAuthorization: Basic" in sent
        )


def test_names_that_programs_import():
    names = (
        "request get head post put patch delete options Response RequestContext parse_url encode_basic_auth"
    )
    for name in names.split():
        assert hasattr(mrequests, name), name
    from mrequests import mrequests as core

    assert core.request is mrequests.request
