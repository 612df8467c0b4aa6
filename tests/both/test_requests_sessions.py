"""The door `requests`, with a session: connections that are kept, cookies, redirects, defaults."""

import time

from support import (
    CA_DER,
    CA_PEM,
    HTTPBIN,
    MICROPYTHON,
    OTHER_CA_DER,
    OTHER_CA_PEM,
    open_fds,
    raises,
    script,
    ticks,
)

from mrequests import requests
from mrequests.requests import Session

# A session, its connections and its cookies take 50 KB: in 64 KB there is no room for the test, too.
SMALL_HEAP_SKIP = (
    "test_a_connection_with_the_default_of_tls_is_kept",
    "test_adapter_of_ones_own",
    "test_body_that_cannot_be_sent_again",
    "test_body_that_is_read_in_parts",
    "test_challenges",
    "test_connection_is_kept",
    "test_connection_is_kept_behind_a_chunked_body",
    "test_connection_is_not_kept",
    "test_connection_that_closes_at_the_second_request",
    "test_connection_with_a_body_that_was_not_read",
    "test_cookies_of_another_origin_go_there",
    "test_cookies_of_a_session",
    "test_deadline_holds_over_redirects",
    "test_cookies_that_make_no_sense",
    "test_deadline_holds_over_a_digest",
    "test_defaults_of_a_session",
    "test_digest",
    "test_digest_for_a_body",
    "test_digest_is_not_answered_elsewhere",
    "test_digest_of_the_standard",
    "test_file_is_rewound_for_the_second_try",
    "test_half_an_answer_is_not_asked_for_again",
    "test_hooks",
    "test_idle_connection_that_was_closed",
    "test_methods_of_redirects",
    "test_one_idle_connection_on_a_board",
    "test_post_is_not_sent_twice",
    "test_redirect_that_is_not_followed_and_could_not_be",
    "test_request_that_is_prepared",
    "test_retries",
    "test_scheme_that_nobody_serves",
    "test_small_bodies_that_nobody_reads",
    "test_each_request_says_whom_it_trusts",
    "test_files_of_a_session",
    "test_proxies_on_a_board",
    "test_gzip_in_a_session",
    "test_secrets_stay_at_their_origin",
    "test_too_many_redirects",
    "test_verify_holds_for_its_request",
    "test_where_cookies_go",
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
RECV, SEND = ("recv",), ("send", OK)


def lines(server):
    """The request line of each request on each connection."""
    return [
        [line for line in data.split(b"\r\n") if line.endswith(b" HTTP/1.1")] for data in server.requests()
    ]


def test_connection_is_kept():
    server = script([RECV, SEND, RECV, SEND, RECV, SEND])
    with Session() as s:
        for path in ("/1", "/2", "/3"):
            assert s.get(server.url + path, timeout=5).text == "ok"
    assert lines(server) == [[b"GET /1 HTTP/1.1", b"GET /2 HTTP/1.1", b"GET /3 HTTP/1.1"]]


def test_connection_is_kept_behind_a_chunked_body():
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    server = script([RECV, ("send", answer), RECV, ("send", answer)])
    with Session() as s:
        for _ in range(2):
            assert s.get(server.url, timeout=5).content == b"ok"
    assert len(server.requests()) == 1


def test_connection_is_not_kept():
    for answer in (
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokmore",
        b"HTTP/1.1 200 OK\r\n\r\nok",
    ):
        steps = [RECV, ("send", answer)]
        server = script(steps, steps)
        with Session() as s:
            for _ in range(2):
                assert s.get(server.url, timeout=5).content == b"ok"
        assert len(server.requests()) == 2, answer


def test_connection_with_a_body_that_was_not_read():
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nokok"
    server = script([RECV, ("send", answer), ("hold", 3000)], [RECV, SEND])
    with Session() as s:
        s.get(server.url, stream=True, timeout=5).close()
        assert s.get(server.url, timeout=5).text == "ok"
    assert len(server.requests()) == 2


def test_small_bodies_that_nobody_reads():
    # In two pieces, or the body would have come with the head.
    steps = [RECV, ("send", OK[:-2]), ("sleep", 30), ("send", OK[-2:])]
    server = script(steps * 3)
    with Session() as s:
        for _ in range(2):
            assert s.post(server.url, json=1, timeout=5).status_code == 200
        assert s.get(server.url, timeout=5).read(9) == b"ok"
    assert len(server.requests()) == 1
    server = script(*steps, connections=3)
    before = open_fds()
    kept = [requests.post(server.url, json=1, timeout=5) for _ in range(3)]
    assert open_fds() == before
    assert [r.text for r in kept] == ["ok"] * 3


def test_each_request_says_whom_it_trusts():
    from mrequests.requests.adapters import HTTPAdapter

    adapter = HTTPAdapter()
    trusted = adapter._tls(CA_PEM, None)
    assert adapter._tls(CA_PEM, None) is trusted
    assert adapter._tls(None if MICROPYTHON else True, None) is not trusted


def test_proxies_on_a_board():
    if MICROPYTHON:
        with Session() as s:
            error = raises(ValueError, s.get, "http://127.0.0.1:1/", proxies={"http": "http://127.0.0.1:1"})
        assert "proxies" in str(error)


def test_scheme_that_nobody_serves():
    with Session() as s:
        s.cookies["a"] = "b"
        error = raises(requests.RequestException, s.get, "ftp://127.0.0.1/x")
    assert type(error).__name__ == "InvalidSchema" and "ftp://" in str(error)


def test_idle_connection_that_was_closed():
    server = script([RECV, SEND], [RECV, SEND], [RECV, SEND])
    with Session() as s:
        # Found before it is used: nothing is ever sent twice.
        assert s.post(server.url + "/1", data=b"x", timeout=5).text == "ok"
        time.sleep(0.2)
        assert s.post(server.url + "/2", data=b"x", timeout=5).text == "ok"
        time.sleep(0.2)
        assert s.get(server.url + "/3", timeout=5).text == "ok"
    assert lines(server) == [[b"POST /1 HTTP/1.1"], [b"POST /2 HTTP/1.1"], [b"GET /3 HTTP/1.1"]]


def test_connection_that_closes_at_the_second_request():
    # Too late to be found: only what may be sent twice is.
    server = script([RECV, SEND, RECV, ("close",)], [RECV, SEND])
    with Session() as s:
        s.get(server.url + "/1", timeout=5)
        assert s.get(server.url + "/2", timeout=5).text == "ok"
    assert lines(server) == [[b"GET /1 HTTP/1.1", b"GET /2 HTTP/1.1"], [b"GET /2 HTTP/1.1"]]


def test_post_is_not_sent_twice():
    server = script([RECV, SEND, RECV, ("close",)], [RECV, SEND])
    with Session() as s:
        s.get(server.url, timeout=5)
        e = raises(requests.RequestException, s.post, server.url, data=b"x", timeout=5)
        assert isinstance(e, requests.ConnectionError)
    assert len([data for data in server.requests() if data]) == 1


def test_half_an_answer_is_not_asked_for_again():
    server = script([RECV, SEND, RECV, ("send", b"HTTP/1.1 2"), ("close",)], [RECV, SEND])
    with Session() as s:
        s.get(server.url, timeout=5)
        raises(requests.ConnectionError, s.get, server.url, timeout=5)
    assert len([data for data in server.requests() if data]) == 1


def test_file_is_rewound_for_the_second_try():
    import io

    server = script([RECV, SEND, RECV, ("close",)], [RECV, SEND])
    with Session() as s:
        s.get(server.url, timeout=5)
        assert s.put(server.url, data=io.BytesIO(b"body"), timeout=5).text == "ok"
    assert server.requests()[1].endswith(b"\r\n\r\nbody")


def test_files_of_a_session():
    import io

    with Session() as s:
        r = s.post(HTTPBIN + "/post", files={"f": io.BytesIO(b"abc")}, data=[("a", "b")], timeout=5)
        assert r.json()["files"] == {"f": "abc"} and r.json()["form"] == {"a": "b"}
        r = s.post(
            HTTPBIN + "/redirect-to?url=/post&status_code=307", files={"f": io.BytesIO(b"abc")}, timeout=5
        )
        assert r.json()["files"] == {"f": "abc"}


def test_gzip_in_a_session():
    with Session() as s:
        assert s.get(HTTPBIN + "/gzip", timeout=5).json()["gzipped"]


def test_defaults_of_a_session():
    with Session() as s:
        s.headers["X-A"] = "1"
        s.headers["X-B"] = "2"
        s.params = {"q": "r"}
        s.auth = ("u", "p")
        said = s.get(HTTPBIN + "/get", headers={"x-a": "3", "X-B": None}, params={"s": "t"}, timeout=5).json()
        assert said["args"] == {"q": "r", "s": "t"}
        assert said["headers"]["X-A"] == "3" and "X-B" not in said["headers"]
        assert said["headers"]["Authorization"] == "Basic dTpw"


def test_cookies_of_a_session():
    with Session() as s:
        s.get(HTTPBIN + "/cookies/set?a=b", timeout=5)
        assert s.cookies["a"] == "b" and "a" in s.cookies
        s.cookies.set("c", "d")
        assert s.get(HTTPBIN + "/cookies", timeout=5).json()["cookies"] == {"a": "b", "c": "d"}
        r = s.get(HTTPBIN + "/cookies", cookies={"e": "once"}, timeout=5)
        assert r.json()["cookies"]["e"] == "once" and "e" not in s.cookies
        s.get(HTTPBIN + "/cookies/delete?a", timeout=5)
        assert s.cookies.get_dict() == {"c": "d"}


def cookies_sent(*fields, path="/x/y"):
    """What comes back to the paths /x/y and / when these cookies were set there."""
    head = b"".join([b"Set-Cookie: " + field + b"\r\n" for field in fields])
    answer = b"HTTP/1.1 200 OK\r\n" + head + b"Content-Length: 2\r\n\r\nok"
    server = script([RECV, ("send", answer), RECV, SEND, RECV, SEND])
    with Session() as s:
        s.get(server.url + path, timeout=5)
        s.get(server.url + path, timeout=5)
        s.get(server.url + "/", timeout=5)
    (data,) = server.requests()
    found = []
    for request in data.split(b"\r\n\r\n")[1:3]:
        got = [line[8:] for line in request.split(b"\r\n") if line[:7].lower() == b"cookie:"]
        found.append(got[0].decode() if got else "")
    return found


def test_where_cookies_go():
    assert cookies_sent(b"a=b") == ["a=b", ""]
    assert cookies_sent(b"a=b; Path=/") == ["a=b", "a=b"]
    assert cookies_sent(b"a=b; Path=/xx") == ["", ""]
    assert cookies_sent(b"a=b; Secure") == ["", ""]
    assert cookies_sent(b"a=b; Domain=example.com") == ["", ""]
    assert cookies_sent(b"a=b; Max-Age=0; Path=/") == ["", ""]
    assert cookies_sent(b"a=b; Max-Age=99; Path=/") == ["a=b", "a=b"]
    assert cookies_sent(b"a=b; Path=/", b"a=c; Path=/") == ["a=c", "a=c"]
    assert cookies_sent(b"a=b; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT") == ["", ""]
    assert cookies_sent(b"a=b; Path=/; Expires=Wed, 09 Jun 2035 10:18:14 GMT") == ["a=b", "a=b"]
    # Later than 32 bits can count, as many servers have it.
    assert cookies_sent(b"a=b; Path=/; Expires=Fri, 31 Dec 9999 23:59:59 GMT") == ["a=b", "a=b"]


def test_cookies_that_make_no_sense():
    # Nothing in them may end the request.
    for field in (
        b"Expires=1 jan 2030 1:2",
        b"Expires=1 jan 2030 1::2",
        b"Max-Age=--1",
        b"Max-Age=",
        b"Expires=",
    ):
        cookies_sent(b"a=b; Path=/; " + field)
    # The host of the tests is an address, which has no subdomains; http.cookiejar thinks it has.
    if MICROPYTHON:
        assert cookies_sent(b"a=b; Path=/; Domain=0.0.1") == ["", ""]


def redirected(status, method="GET", body=None, to=None, **kw):
    """The two requests that a redirect leads to."""
    target = script([RECV, SEND])
    url = target.url.replace("127.0.0.1", to) if to else target.url
    answer = b"HTTP/1.1 %d X\r\nLocation: %s/new\r\nContent-Length: 0\r\n\r\n" % (status, url.encode())
    server = script([RECV, ("send", answer)])
    with Session() as s:
        kw.setdefault("timeout", 5)
        r = s.request(method, server.url + "/old", data=body, **kw)
        assert r.text == "ok" and r.history[0].status_code == status
    return server.requests()[0], target.requests()[0]


def test_methods_of_redirects():
    for status, method, expected, body in (
        (301, "POST", b"GET", b""),
        (302, "POST", b"GET", b""),
        (303, "POST", b"GET", b""),
        (307, "POST", b"POST", b"data"),
        (308, "POST", b"POST", b"data"),
        (301, "PUT", b"PUT", b"data"),
        (303, "DELETE", b"GET", b""),
    ):
        _, second = redirected(status, method, b"data")
        assert second.split(b" ")[0] == expected, (status, method)
        assert second.split(b"\r\n\r\n")[1] == body, (status, method)
        assert (b"content-length" in second.lower()) == bool(body)


def test_secrets_stay_at_their_origin():
    secrets = {"Authorization": "s1", "X-Api-Key": "s2", "Cookie": "s3=x", "X-Mine": "shown"}
    _, second = redirected(302, headers=secrets)
    for secret in (b"s1", b"s2", b"s3"):
        assert secret not in second, second
    assert b"shown" in second
    _, second = redirected(307, "POST", b"x", auth=("user", "pass"))
    assert b"uthorization" not in second


def test_cookies_of_another_origin_go_there():
    set_one = b"HTTP/1.1 200 OK\r\nSet-Cookie: mine=1; Path=/\r\nContent-Length: 0\r\n\r\n"
    target = script([RECV, ("send", set_one)], [RECV, SEND])
    answer = b"HTTP/1.1 302 X\r\nLocation: %s/\r\nContent-Length: 0\r\n\r\n" % target.url.encode()
    server = script([RECV, ("send", answer)])
    with Session() as s:
        s.get(target.url, timeout=5)
        assert s.get(server.url, headers={"Cookie": "theirs=2"}, timeout=5).text == "ok"
    second = target.requests()[1]
    assert b"Cookie: mine=1" in second and b"theirs" not in second
    server.requests()


def test_too_many_redirects():
    with Session() as s:
        s.max_redirects = 2
        e = raises(requests.TooManyRedirects, s.get, HTTPBIN + "/redirect/3", timeout=5)
        assert e.response.status_code == 302


def test_body_that_cannot_be_sent_again():
    server = script([RECV, ("send", b"HTTP/1.1 307 X\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n")])
    with Session() as s:
        e = raises(requests.RequestException, s.post, server.url, data=(b for b in (b"a", b"b")), timeout=5)
        assert isinstance(e, requests.exceptions.UnrewindableBodyError)
    server.requests()


def test_body_that_is_read_in_parts():
    for framing in (
        b"Content-Length: %d\r\n\r\n%s",
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n",
    ):
        for body in (b"abcdefgh", b"abcdefgh" * 2000):
            answer = b"HTTP/1.1 200 OK\r\n" + framing % (len(body), body)
            server = script(("recv",), ("send", answer), connections=4)
            r = requests.get(server.url, stream=True, timeout=5)
            assert next(r.iter_content(3)) + r.content == body and r.content == body[3:]
            r = requests.get(server.url, stream=True, timeout=5)
            first = next(r.iter_content(5))
            assert first + b"".join(list(r.iter_content(100))) == body
            assert isinstance(raises(OSError, r.iter_content, 4), requests.exceptions.StreamConsumedError)
            r = requests.get(server.url, stream=True, timeout=5)
            blocks = r.iter_content(3)
            assert next(blocks) + r.content + b"".join(list(blocks)) == body and r.content == body[3:]
            r = requests.get(server.url, stream=True, timeout=5)
            assert r.raw.read() == body
            raises(RuntimeError, getattr, r, "content")  # and not an empty one
            server.requests()
    server = script(("recv",), ("send", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), connections=2)
    r = requests.get(server.url, stream=True, timeout=5)
    # One block may be all: that must make no difference.
    assert next(r.iter_content(9)) == b"abc" and list(r.iter_content(9)) == []
    assert list(requests.get(server.url, stream=True, timeout=5).iter_content(-1)) == [b"abc"]
    server.requests()


def test_redirect_that_is_not_followed_and_could_not_be():
    answer = b"HTTP/1.1 307 X\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n"
    steps = [RECV, ("send", answer % b"/new"), RECV, ("send", answer % b"http://[")]
    server = script(steps)
    with Session() as s:
        r = s.put(server.url, data=(b for b in (b"a", b"b")), allow_redirects=False, timeout=5)
        assert r.status_code == 307 and r.next is None
        r = s.get(server.url, allow_redirects=False, timeout=5)
        assert r.status_code == 307 and r.next is None
    server.requests()


def test_digest():
    from mrequests.requests.auth import HTTPDigestAuth

    with Session() as s:
        s.auth = HTTPDigestAuth("user", "pass")
        for algorithm in ("SHA-256",) if MICROPYTHON else ("MD5", "SHA-256", "SHA-512"):
            url = HTTPBIN + "/digest-auth/auth/user/pass/" + algorithm
            assert s.get(url, timeout=5).status_code == 200
            r = s.get(url, timeout=5)
            # The second time the answer went along at once.
            assert r.status_code == 200
        s.auth = HTTPDigestAuth("user", "wrong")
        assert s.get(url, timeout=5).status_code == 401


def test_digest_of_the_standard():
    # RFC 7616, 3.9.1, with its nonces.
    from mrequests.requests import auth

    made = auth.HTTPDigestAuth("Mufasa", "Circle of Life")
    made._challenge = {
        "realm": "http-auth@example.org",
        "qop": "auth, auth-int",
        "algorithm": "SHA-256",
        "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
    }
    kept = auth._nonce
    auth._nonce = lambda: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    try:
        header = made.build_digest_header("GET", "http://www.example.org/dir/index.html")
    finally:
        auth._nonce = kept
    assert 'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"' in header
    assert "nc=00000001" in header


def test_verify_holds_for_its_request():
    server = script([RECV, SEND], [RECV, SEND], [RECV, SEND], tls=True)
    with Session() as s:
        s.trust_env = False
        s.verify = s.verify and CA_PEM  # a board has no other default than None: by nobody
        assert s.get(server.url, verify=CA_DER if MICROPYTHON else CA_PEM, timeout=5).text == "ok"
        other = OTHER_CA_DER if MICROPYTHON else OTHER_CA_PEM
        raises(requests.exceptions.SSLError, s.get, server.url, verify=other, timeout=5)
        assert s.get(server.url, timeout=5).text == "ok"
    server.requests()


def test_digest_for_a_body():
    import io

    from mrequests.requests.auth import HTTPDigestAuth

    class Pipe(io.BytesIO):
        def tell(self):
            raise OSError(29)

    ask = b'HTTP/1.1 401 X\r\nWWW-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-256\r\n'
    steps = [RECV, ("send", ask + b"Content-Length: 0\r\n\r\n"), RECV, SEND]
    file = io.BytesIO(b"xxbody")
    file.seek(2)
    for body in (b"body", "body", bytearray(b"body"), file):
        server = script(steps)
        with Session() as s:
            assert s.put(server.url, data=body, auth=HTTPDigestAuth("u", "p"), timeout=5).text == "ok"
        first, second = server.requests()[0].split(b"PUT")[1:]
        assert first.endswith(b"\r\n\r\nbody") and second.endswith(b"\r\n\r\nbody"), body
    # An empty body had better not be sent in the place of one that is gone.
    bodies = [(b for b in (b"a", b"b"))]
    if not MICROPYTHON:
        bodies.append(Pipe(b"ab"))
    for body in bodies:
        server = script([RECV, ("send", ask + b"Content-Length: 0\r\n\r\n")])
        with Session() as s:
            e = raises(OSError, s.put, server.url, data=body, auth=HTTPDigestAuth("u", "p"), timeout=5)
            assert isinstance(e, requests.exceptions.UnrewindableBodyError)
        server.requests()


def test_deadline_holds_over_a_digest():
    from mrequests.requests.auth import HTTPDigestAuth

    ask = b'HTTP/1.1 401 X\r\nWWW-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-256\r\n'
    ask = ("send", ask + b"Content-Length: 0\r\n\r\n")
    new = ("send", b"HTTP/1.1 302 X\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n")
    auth = HTTPDigestAuth("u", "p")
    server = script([RECV, ask, RECV, new, RECV, SEND])
    with Session() as s:
        assert s.get(server.url, auth=auth, deadline=5).text == "ok"
    server.requests()
    server = script([RECV, ("sleep", 400), ask, RECV, ("sleep", 400), new, RECV, ("sleep", 400), SEND])
    with Session() as s:
        start = ticks()
        raises(requests.Timeout, s.get, server.url, auth=HTTPDigestAuth("u", "p"), deadline=0.6)
        assert ticks() - start < 780
    server.requests()
    server = script([RECV, ("sleep", 300), ask, RECV, ("sleep", 300), SEND])
    with Session() as s:
        r = s.get(server.url, auth=HTTPDigestAuth("u", "p"), deadline=5)
        assert 0.55 < r.elapsed.total_seconds() < 4
    server.requests()


def test_challenges():
    from mrequests.requests.auth import _best

    for header, realm, nonce in (
        ('Digest realm="My digest zone", nonce="n", algorithm=SHA-256', "My digest zone", "n"),
        ('Basic realm="digest x", Digest realm="r", nonce="n", algorithm=SHA-256', "r", "n"),
        (
            'Digest realm="a, b", nonce="q\\"q, Basic", algorithm=SHA-256, Basic realm="z"',
            "a, b",
            'q"q, Basic',
        ),
        ('NTLM, digest realm = "r",nonce=n,algorithm=SHA-256, Negotiate abc==', "r", "n"),
        (
            'Digest realm="r", nonce="n", algorithm=?, Digest realm="s", nonce="m", algorithm=SHA-256',
            "s",
            "m",
        ),
    ):
        found = _best(header)
        assert (found["realm"], found["nonce"]) == (realm, nonce), header
    for header in ("", ",", '"', "Digest", "Basic", 'Digest realm="r", algorithm=SHA-256', 'Digest realm="'):
        assert _best(header) is None, header


def test_digest_is_not_answered_elsewhere():
    from mrequests.requests.auth import HTTPDigestAuth

    ask = b'HTTP/1.1 401 X\r\nWWW-Authenticate: Digest realm="r", nonce="n"\r\nContent-Length: 0\r\n\r\n'
    other = script([RECV, ("send", ask), RECV, SEND])
    answer = b"HTTP/1.1 302 X\r\nLocation: %s/\r\nContent-Length: 0\r\n\r\n" % other.url.encode()
    server = script([RECV, ("send", answer)])
    with Session() as s:
        r = s.get(server.url, auth=HTTPDigestAuth("user", "pass"), timeout=5)
        assert r.status_code == 401
    assert b"Digest" not in other.requests()[0]
    server.requests()


def test_hooks():
    seen = []

    def hook(response, **kw):
        seen.append(response.status_code)

    with Session() as s:
        s.hooks["response"].append(hook)
        s.get(HTTPBIN + "/redirect/1", timeout=5)
    assert seen == [302, 200]


def test_request_that_is_prepared():
    with Session() as s:
        made = s.prepare_request(requests.Request("post", HTTPBIN + "/post", data={"a": "b"}))
        assert made.method == "POST" and made.body == "a=b" and made.path_url == "/post"
        made.headers["X-Late"] = "yes"
        assert s.send(made, timeout=5).json()["headers"]["X-Late"] == "yes"


def test_deadline_holds_over_redirects():
    with Session() as s:
        e = raises(requests.Timeout, s.get, HTTPBIN + "/redirect-to?url=/delay/3", deadline=0.5)
        assert isinstance(e, requests.RequestException)


def test_retries():
    from mrequests.requests.adapters import HTTPAdapter
    from mrequests.requests.retry import Retry

    busy = b"HTTP/1.1 503 X\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
    server = script([RECV, ("send", busy), RECV, ("send", busy), RECV, SEND])
    with Session() as s:
        s.mount("http://", HTTPAdapter(max_retries=Retry(3, status_forcelist=(503,))))
        assert s.get(server.url, timeout=5).text == "ok"
    assert len(server.requests()) == 1
    server = script([RECV, ("send", busy), RECV, ("send", busy)])
    with Session() as s:
        s.mount("http://", HTTPAdapter(max_retries=Retry(1, status_forcelist=(503,))))
        e = raises(requests.RequestException, s.get, server.url, timeout=5)
        assert isinstance(e, requests.exceptions.RetryError)
    server.requests()


def test_adapter_of_ones_own():
    from mrequests.requests.adapters import BaseAdapter

    class Adapter(BaseAdapter):
        def send(self, request, **kwargs):
            inner = Session()
            return inner.get(HTTPBIN + "/get?seen=" + request.url[7:], timeout=5)

        def close(self):
            pass

    with Session() as s:
        s.mount("mock://", Adapter())
        assert s.get("mock://x").json()["args"] == {"seen": "x"}


def test_one_idle_connection_on_a_board():
    one, two = script([RECV, SEND, ("hold", 3000)]), script([RECV, SEND])
    with Session() as s:
        s.get(one.url, timeout=5)
        s.get(two.url, timeout=5)
        idle = len(s.get_adapter(one.url)._pool._idle)
        assert idle == (1 if MICROPYTHON else 2)
    one.requests()
    two.requests()


def test_a_connection_with_the_default_of_tls_is_kept():
    server = script([RECV, SEND] * 3, [RECV, SEND], tls=True)
    with Session() as s:
        s.trust_env = False
        s.verify = None if MICROPYTHON else CA_PEM
        for _ in range(3):
            assert s.get(server.url, timeout=5).text == "ok"
    assert len([one for one in server.requests() if one]) == 1
