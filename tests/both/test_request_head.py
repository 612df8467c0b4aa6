"""What a request says, byte by byte, and what it refuses to say."""

from doubles import Checks, Network
from support import raises, script

import mrequests

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
VERBS = "head get post put patch delete options".split()


def sent(method="GET", url="http://h/", **kw):
    """The request as it arrives, and in how many writes."""
    with Network([OK]) as network:
        mrequests.request(method, url, **kw).close()
        return network.sockets[0].sent, network.sockets[0].writes


def fields(method="GET", url="http://h/", **kw):
    """The header fields as a list of (lower-case name, value), and the body."""
    data = sent(method, url, **kw)[0]
    end = data.find(b"\r\n\r\n")
    lines = data[:end].split(b"\r\n")[1:]
    assert b"\n" not in b"".join(lines) and b"\r" not in b"".join(lines)
    found = []
    for line in lines:
        i = line.find(b": ")
        assert i > 0, line
        found.append((line[:i].lower(), line[i + 2 :]))
    return found, data[end + 4 :]


def values(name, *args, **kw):
    return [value for key, value in fields(*args, **kw)[0] if key == name]


def refused(**kw):
    """Raises ValueError before anybody is asked."""
    with Network([OK]) as network:
        error = raises(ValueError, lambda: mrequests.request(kw.pop("method", "GET"), "http://h/", **kw))
        assert not network.looked_up and not network.sockets, kw
        return error


def test_plain_get():
    data, writes = sent()
    assert data.startswith(b"GET / HTTP/1.1\r\n") and data.endswith(b"\r\n\r\n"), data
    assert data.count(b"\r\n\r\n") == 1 and writes == 1
    assert values(b"host") == [b"h"] and values(b"connection") == [b"close"]
    assert not values(b"content-length") and not values(b"content-type") and not values(b"transfer-encoding")


def test_every_verb():
    for verb in VERBS:
        with Network([b"HTTP/1.1 204 No\r\n\r\n"]) as network:
            r = getattr(mrequests, verb)("http://h/x", headers={"A": "b"})
            assert r.status_code == 204
            line = network.sockets[0].sent.split(b"\r\n")[0]
            assert line == verb.upper().encode() + b" /x HTTP/1.1", line
            assert b"\r\nA: b\r\n" in network.sockets[0].sent


def test_any_method():
    assert sent("PURGE")[0].startswith(b"PURGE / HTTP/1.1\r\n")
    assert sent("M-SEARCH")[0].startswith(b"M-SEARCH / HTTP/1.1\r\n")


def test_small_bodies_go_out_with_the_head():
    assert sent(headers={"A%d" % i: "b" * 20 for i in range(20)})[1] == 1
    for kw in (
        {"data": b"x" * 900},
        {"json": {"a": [1, 2, 3]}},
        {"data": "text"},
        {"data": {"a": "b"}},
        {"data": b""},
    ):
        data, writes = sent("POST", **kw)
        assert writes == 1, (kw, writes)


def test_one_segment_on_the_wire():
    # A server that reads once sees all of it: EuroPi's does.
    server = script(("recv_bytes", 16), ("send", OK), connections=2)
    for kw in ({}, {"data": b"x" * 500}):
        mrequests.post(server.url, **kw).close()
    for request in server.requests():
        assert request.startswith(b"POST / HTTP/1.1\r\n") and b"\r\n\r\n" in request


def test_host():
    for url, host in (
        ("http://h/", b"h"),
        ("http://h:80/", b"h"),
        ("http://h:8080/", b"h:8080"),
        ("http://h:443/", b"h:443"),
        ("http://H.Example/", b"h.example"),
        ("http://[::1]/", b"[::1]"),
        ("http://[::1]:8080/x", b"[::1]:8080"),
        ("http://u:p@h:81/", b"h:81"),
    ):
        assert values(b"host", url=url) == [host], (url, values(b"host", url=url))


def test_host_of_the_user():
    for name in ("Host", "host", "HOST", b"Host", b"host", b"hOsT"):
        for value in ("dns.example", b"dns.example"):
            assert values(b"host", headers={name: value}) == [b"dns.example"], name


def test_users_headers_replace_the_defaults():
    for name, value in (
        ("Connection", "keep-alive"),
        ("User-Agent", "me"),
        ("Content-Type", "text/x"),
        ("Content-Length", "2"),
    ):
        for spelled in (name, name.lower(), name.upper(), name.encode(), name.lower().encode()):
            found = values(name.lower().encode(), "POST", headers={spelled: value}, json=[])
            assert found == [value.encode()], (spelled, found)


def test_none_suppresses_a_default():
    for name in ("User-Agent", "user-agent", b"Connection", "Content-Type"):
        key = name.lower() if isinstance(name, bytes) else name.lower().encode()
        assert values(key, "POST", headers={name: None}, json={}) == [], name
    assert values(b"accept", headers={"Accept": None}) == []


def test_types_of_names_and_values():
    found = fields(
        headers={
            "A": "b",
            b"C": b"d",
            "E": b"f",
            b"G": "h",
            "I": 5,
            "J": 1.5,
            "K": "",
            "L": "\xe4",
            "M": b"\xe4",
        }
    )[0]
    for pair in (
        (b"a", b"b"),
        (b"c", b"d"),
        (b"e", b"f"),
        (b"g", b"h"),
        (b"i", b"5"),
        (b"j", b"1.5"),
        (b"k", b""),
        (b"l", b"\xc3\xa4"),
        (b"m", b"\xe4"),
    ):
        assert pair in found, (pair, found)


def test_header_whose_name_ends_like_another():
    found = fields(headers={"X-Host": "x", "Host": "y", "ost": "z"})[0]
    for pair in ((b"x-host", b"x"), (b"host", b"y"), (b"ost", b"z")):
        assert found.count(pair) == 1, found
    assert len([1 for name, _ in found if name.endswith(b"ost")]) == 3, found


def test_a_value_that_looks_like_a_header_replaces_nothing():
    found = fields(headers={"X": "Host: a", "Y": "user-agent: b"})[0]
    assert (b"host", b"h") in found and (b"x", b"Host: a") in found and (b"y", b"user-agent: b") in found
    assert len([1 for name, _ in found if name == b"user-agent"]) == 1


def test_injection_in_headers_is_refused():
    checks = Checks()
    for bad in ("a\r\nEvil: 1", "a\nEvil: 1", "a\rb", "a\0b", "\n", "\r\n\r\nGET / HTTP/1.1"):
        for headers in (
            {"X": bad},
            {"X": bad.encode()},
            {bad: "x"},
            {bad.encode(): "x"},
            {"Host": bad},
            {"Content-Type": bad},
        ):
            try:
                refused(headers=headers)
            except AssertionError as e:
                checks.see(False, headers, e)
    checks.done()


def test_bad_header_names_are_refused():
    checks = Checks()
    for name in ("", "a b", "a:b", ":", " a", "a ", "a\tb", b"a:"):
        try:
            refused(headers={name: "x"})
        except AssertionError:
            checks.see(False, repr(name), "was accepted")
    checks.done()


def test_injection_in_the_method_is_refused():
    checks = Checks()
    for method in (
        "GET / HTTP/1.1\r\nEvil: 1\r\n\r\nGET",
        "GET\n",
        "G\rET",
        "G\0",
        "GET /x HTTP/1.1",
        " GET",
        "GE\tT",
    ):
        try:
            refused(method=method)
        except AssertionError:
            checks.see(False, repr(method), "was accepted")
    checks.done()


def test_injection_in_credentials_is_refused():
    # Basic encodes them, but what is decoded on the other side ends up in logs and headers.
    for auth in (("a\r\nb", "c"), ("a", "b\nc"), ("a\0", "b"), (b"a\r", b"b"), (b"a", b"b\n"), ("a:b", "c")):
        refused(auth=auth)


def test_injection_in_params_is_encoded():
    data = sent(params={"a\r\nb": "c\r\nd"})[0]
    assert data.startswith(b"GET /?a%0D%0Ab=c%0D%0Ad HTTP/1.1\r\n"), data


def test_nothing_is_changed_or_kept():
    headers = {"A": "b"}
    for _ in range(2):
        found = fields("POST", headers=headers, auth=("u", "p"), json={})[0]
        assert len([1 for name, _ in found if name == b"authorization"]) == 1
        assert headers == {"A": "b"}
    found = fields()[0]
    assert not [
        name for name, _ in found if name in (b"authorization", b"a", b"content-type", b"content-length")
    ], found
    data = {"x": None, "y": ["1", "2"]}
    fields("POST", data=data)
    assert data == {"x": None, "y": ["1", "2"]}
    params = {"x": None, "y": 1}
    fields(params=params)
    assert params == {"x": None, "y": 1}


def test_secret_does_not_stay():
    fields(secret=("x-door-key",), headers={"X-Door-Key": "k"})
    assert "x-door-key" not in mrequests.RequestContext.secret


def test_content_length_of_empty_bodies():
    for method in ("POST", "PUT", "PATCH"):
        for kw in ({}, {"data": b""}, {"data": ""}, {"data": None}):
            found, body = fields(method, **kw)
            assert (b"content-length", b"0") in found and body == b"", (method, kw, found)
    for method in ("GET", "HEAD", "DELETE", "OPTIONS"):
        assert values(b"content-length", method) == [], method


def test_bodies_of_get_and_delete_are_sent():
    for method in ("GET", "DELETE", "OPTIONS"):
        found, body = fields(method, data=b"abc")
        assert (b"content-length", b"3") in found and body == b"abc"
    found, body = fields(json={"a": 1})
    assert (b"content-type", b"application/json") in found and body == b'{"a": 1}'


def test_contradicting_length_of_the_user():
    # There may be one length only, and it must be the body's.
    for name in ("Content-Length", b"content-length"):
        try:
            assert values(b"content-length", "POST", data=b"abcd", headers={name: 2}) == [b"4"]
        except ValueError:
            pass


def test_transfer_encoding_of_the_user_with_a_known_body():
    try:
        found, body = fields("POST", data=b"abcd", headers={"Transfer-Encoding": "chunked"})
    except ValueError:
        return
    names = [name for name, _ in found]
    assert (b"content-length" in names) != (b"transfer-encoding" in names), found
    assert body == b"abcd" if b"content-length" in names else body == b"4\r\nabcd\r\n0\r\n\r\n", body
