"""The door `requests`, without a session: verbs, answers, failures."""

from support import HTTPBIN, HTTPBIN_TLS, MICROPYTHON, open_fds, raises, script

from mrequests import requests

# A session, its connections and its cookies take 50 KB: in 64 KB there is no room for the test, too.
SMALL_HEAP_SKIP = (
    "test_auth_that_changes_the_request",
    "test_cookie_set_by_a_redirect",
    "test_cookies",
    "test_modules_that_are_not_used_are_not_loaded",
    "test_redirect_of_a_file",
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-A: b\r\nx-a: c\r\n\r\nabc"
CLOSED = "http://127.0.0.1:1/"


def test_get_with_headers_and_json():
    r = requests.get(HTTPBIN + "/get", params={"a": ["1", "2"], "b": None}, headers={"X-Y": "z"}, timeout=5)
    assert r.status_code == 200 and r.ok and r and r.reason == "OK"
    assert r.json()["args"] == {"a": ["1", "2"]}
    assert r.json()["headers"]["X-Y"] == "z"
    assert r.headers["CONTENT-type"] == "application/json"
    assert r.url == HTTPBIN + "/get?a=1&a=2"
    assert repr(r) == "<Response [200]>"


def test_verbs():
    for name in ("post", "put", "patch", "delete", "options", "head", "get"):
        server = script(("recv",), ("send", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
        assert getattr(requests, name)(server.url, timeout=5).content == b""
        assert server.requests()[0].split(b" ")[0] == name.upper().encode()


def test_bodies():
    r = requests.post(HTTPBIN + "/post", {"a": "b c"}, timeout=5)
    assert r.json()["form"] == {"a": "b c"}
    r = requests.put(HTTPBIN + "/put", b"\x00\xff", timeout=5)
    assert r.json()["data"].startswith("data:") or r.json()["data"]
    r = requests.post(HTTPBIN + "/post", json={"a": [1, None]}, timeout=5)
    assert r.json()["json"] == {"a": [1, None]}
    r = requests.post(HTTPBIN + "/post", data=(b for b in (b"ab", b"c")), timeout=5)
    assert r.json()["data"] == "abc"


def test_files():
    import io

    files = {"f": ("n.txt", io.BytesIO(b"abc"), "text/plain"), "g": b"raw"}
    r = requests.post(HTTPBIN + "/post", files=files, data={"a": "b"}, timeout=5)
    assert r.json()["files"] == {"f": "abc", "g": "raw"} and r.json()["form"] == {"a": "b"}


def test_headers_that_came_several_times():
    server = script(("recv",), ("send", OK))
    r = requests.get(server.url, timeout=5)
    assert r.headers["X-A"] == "b, c" and r.headers.get("nix") is None
    assert "x-A" in r.headers and r.text == "abc"
    server.requests()


def test_streaming():
    body = b"one\r\ntwo\nthree"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    server = script(("recv",), ("send", answer), connections=3)
    with requests.get(server.url, stream=True, timeout=5) as r:
        assert b"".join(list(r.iter_content(4))) == body
        assert isinstance(raises(OSError, r.iter_content, 4), requests.exceptions.StreamConsumedError)
    r = requests.get(server.url, stream=True, timeout=5)
    assert list(r.iter_lines()) == [b"one", b"two", b"three"]
    r = requests.get(server.url, stream=True, timeout=5)
    assert r.raw.read(3) == b"one" and r.raw.read() == body[3:]
    assert len(server.requests()) == 3


def test_lines_where_a_crlf_lies_across_two_blocks():
    server = script(
        ("recv",), ("send", b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nab\r\ncd"), connections=3
    )
    for size in (1, 3, 100):
        r = requests.get(server.url, stream=True, timeout=5)
        assert list(r.iter_lines(chunk_size=size)) == [b"ab", b"cd"], size
    server.requests()


def test_basic_auth():
    assert requests.get(HTTPBIN + "/basic-auth/u/p", auth=("u", "p"), timeout=5).status_code == 200
    assert requests.get(HTTPBIN + "/basic-auth/u/p", auth=("u", "x"), timeout=5).status_code == 401


def test_auth_that_changes_the_request():
    def bearer(request):
        request.headers["Authorization"] = "Bearer x"
        return request

    r = requests.get(HTTPBIN + "/bearer", auth=bearer, timeout=5)
    assert r.json()["token"] == "x"


def test_raise_for_status():
    r = requests.get(HTTPBIN + "/status/404", timeout=5)
    assert not r and not r.ok
    e = raises(requests.HTTPError, r.raise_for_status)
    assert isinstance(e, requests.RequestException)
    assert e.response is r and "404" in str(e)
    requests.get(HTTPBIN + "/status/204", timeout=5).raise_for_status()


def test_no_password_in_the_text_of_an_error():
    url = HTTPBIN.replace("//", "//user:secret@") + "/status/500"
    e = raises(requests.HTTPError, requests.get(url, timeout=5).raise_for_status)
    assert "secret" not in str(e)


def test_redirect():
    r = requests.get(HTTPBIN + "/redirect/2", timeout=5)
    assert r.url == HTTPBIN + "/get" and r.status_code == 200
    assert [one.status_code for one in r.history] == [302, 302]
    r = requests.get(HTTPBIN + "/redirect/1", allow_redirects=False, timeout=5)
    assert r.status_code == 302 and r.is_redirect
    assert r.next is None if MICROPYTHON else r.next.url == HTTPBIN + "/get"


def test_redirect_of_a_file():
    import io

    url = HTTPBIN + "/redirect-to?url=/anything&status_code="
    r = requests.post(url + "302", data=io.BytesIO(b"abc"), timeout=5)
    assert r.json()["method"] == "GET" and r.json()["data"] == ""
    try:
        # Without a session a board has not looked where the file began.
        r = requests.post(url + "307", data=io.BytesIO(b"abc"), timeout=5)
        assert r.json()["data"] == "abc"
    except requests.RequestException as e:
        assert MICROPYTHON and isinstance(e, requests.exceptions.UnrewindableBodyError)


def test_cookie_set_by_a_redirect():
    r = requests.get(HTTPBIN + "/cookies/set?a=b", timeout=5)
    assert r.json() == {"cookies": {"a": "b"}}


def test_cookies():
    assert requests.get(HTTPBIN + "/cookies", cookies={"a": "b"}, timeout=5).json() == {"cookies": {"a": "b"}}


def test_refused_urls():
    for url, name in (
        ("example.com", "MissingSchema"),
        ("http://", "InvalidURL"),
        ("http://x:y/", "InvalidURL"),
        ("ftp://example.com/", "InvalidSchema"),
    ):
        e = raises(requests.RequestException, requests.get, url)
        assert type(e).__name__ == name, (url, e)


def test_connection_refused():
    assert isinstance(raises(requests.RequestException, requests.get, CLOSED), requests.ConnectionError)


def test_nothing_may_end_a_header_early():
    for headers in ({"X": "a\r\nY: b"}, {"X\n": "a"}, {"X": "a\0"}):
        e = raises(requests.RequestException, requests.get, CLOSED, headers=headers)
        assert isinstance(e, requests.exceptions.InvalidHeader)


def test_time_out():
    server = script(("recv",), ("hold", 3000))
    e = raises(requests.RequestException, requests.get, server.url, timeout=0.2)
    assert isinstance(e, requests.ReadTimeout) and isinstance(e, requests.Timeout)
    server.requests()


def test_time_out_within_the_body():
    server = script(("recv",), ("send", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), ("hold", 3000))
    r = requests.get(server.url, timeout=0.2, stream=True)
    e = raises(requests.RequestException, lambda: r.content)
    assert isinstance(e, requests.ReadTimeout)
    server.requests()


def failing(answer):
    server = script(("recv",), ("send", answer))
    try:
        return raises(requests.RequestException, lambda: requests.get(server.url, timeout=5).content)
    finally:
        server.requests()


def test_body_that_ends_early():
    for answer in (
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    ):
        assert isinstance(failing(answer), requests.exceptions.ChunkedEncodingError), answer


def test_answer_that_is_no_http():
    for answer in (b"garbage\r\n\r\n", b"", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"):
        assert isinstance(failing(answer), requests.ConnectionError), answer


def test_certificate_that_is_not_trusted():
    if not MICROPYTHON:
        e = raises(requests.RequestException, requests.get, HTTPBIN_TLS + "/get", timeout=5)
        assert isinstance(e, requests.exceptions.SSLError)
    if "arm" not in HTTPBIN_TLS:
        assert requests.get(HTTPBIN_TLS + "/get", verify=False, timeout=10).status_code == 200


def test_exceptions():
    for name, base in (
        ("ReadTimeout", "Timeout"),
        ("ConnectTimeout", "Timeout"),
        ("SSLError", "ConnectionError"),
        ("JSONDecodeError", "InvalidJSONError"),
        ("InvalidProxyURL", "InvalidURL"),
        ("UnrewindableBodyError", "RequestException"),
    ):
        kind = getattr(requests.exceptions, name)
        assert kind is getattr(requests.exceptions, name) and kind.__name__ == name
        assert issubclass(kind, getattr(requests.exceptions, base)), name
        assert issubclass(kind, requests.RequestException) and issubclass(kind, OSError)
    assert requests.exceptions.Timeout is requests.Timeout
    assert not hasattr(requests.exceptions, "NoSuchError") and not hasattr(requests, "NoSuchError")


def test_lack_of_memory_is_told_as_such():
    # Not hidden by loading the exceptions, for which there would be no room.
    from mrequests import mrequests as core

    def full(self, context):
        raise MemoryError("full")

    write = core.Connection.write
    before = open_fds()
    server = script(("recv",), ("send", OK))
    try:
        core.Connection.write = full
        e = raises(MemoryError, requests.get, server.url, timeout=5)
    finally:
        core.Connection.write = write
    assert str(e) == "full"
    server.requests()
    assert open_fds() == before


def test_the_module_api():
    assert requests.api.get(HTTPBIN + "/get", timeout=5).status_code == 200
    assert requests.api.request("GET", HTTPBIN + "/get", timeout=5).status_code == 200


def test_no_json():
    server = script(("recv",), ("send", OK))
    e = raises(requests.RequestException, requests.get(server.url, timeout=5).json)
    assert isinstance(e, requests.JSONDecodeError)
    server.requests()


def test_codes():
    codes = requests.codes
    assert codes.ok == 200 and codes["not_found"] == 404 and codes.im_a_teapot == 418
    assert codes["nonsense"] is None
    raises(AttributeError, lambda: codes.nonsense)


def test_modules_that_are_not_used_are_not_loaded():
    import sys

    if not MICROPYTHON:
        return
    # Where a test before has loaded them, nothing can be seen.
    names = [name for name in sys.modules if name.startswith("mrequests.requests.")]
    assert "mrequests.requests.response" in names
    assert "mrequests.requests._cookiejar" not in names and "mrequests.requests.environ" not in names


def test_data_goes_before_json():
    server = script([("recv",), ("send", OK)])
    requests.post(server.url, data={"a": "1"}, json={"b": 2}, timeout=5)
    assert server.requests()[0].endswith(b"\r\n\r\na=1")
