"""The door `requests`: redirects without a session, which a board has no room for."""

import sys

from support import HTTPBIN, MICROPYTHON, open_fds, raises, script

from mrequests import requests

# These take a session, 50 KB.
SMALL_HEAP_SKIP = (
    "test_cookies_are_for_a_session",
    "test_methods_that_have_a_body_are_for_a_session",
    "test_a_session_closes_a_redirect_that_cannot_be_followed",
)

RECV = ("recv",)
OK = ("send", b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")


def moved(url, status=302, more=b""):
    head = b"HTTP/1.1 %d X\r\nConnection: close\r\nLocation: %s\r\n%sContent-Length: 3\r\n\r\nabc"
    return "send", head % (status, url.encode(), more)


def with_session():
    return "mrequests.requests.sessions" in sys.modules


def test_get_and_head():
    # The first test of this file: nothing has loaded a session yet.
    before = open_fds()
    for method in requests.get, requests.head:
        for status in 301, 302, 307, 308:
            server = script([RECV, moved("/a/../new?x=1", status)], [RECV, moved("y", status)], [RECV, OK])
            r = method(server.url + "/old", headers={"X-A": "b"}, allow_redirects=True, timeout=5)
            assert r.url == server.url + "/y" and r.status_code == 200, (status, r.url)
            assert [one.status_code for one in r.history] == [status, status]
            assert [one.url for one in r.history] == [server.url + "/old", server.url + "/new?x=1"]
            assert r.text == ("ok" if method is requests.get else "")
            r.close()
            sent = server.requests()
            assert [one.split(b" ")[1] for one in sent] == [b"/old", b"/new?x=1", b"/y"]
            assert all([b"X-A: b\r\n" in one for one in sent])
    with requests.get(HTTPBIN + "/get", timeout=5) as r:
        assert r.history == []
    assert open_fds() == before
    assert not (MICROPYTHON and with_session())


def test_not_followed():
    server = script([RECV, moved("/new")], [RECV, moved("/new")])
    for method in requests.get, requests.head:
        r = method(server.url, allow_redirects=False, timeout=5)
        assert r.status_code == 302 and r.is_redirect and r.history == []
        r.close()
    server.requests()


def test_too_many():
    server = script(*[[RECV, moved("/again")] for _ in range(31)])
    e = raises(requests.TooManyRedirects, requests.get, server.url, timeout=5)
    assert isinstance(e, requests.RequestException)
    assert len(server.requests()) == 31


def test_secrets_stay_at_their_origin():
    secrets = {"Authorization": "s1", "X-Api-Key": "s2", "Cookie": "s3=x", "X-Auth-Token": "s4"}
    secrets["X-Mine"] = "shown"
    target = script([RECV, OK])
    server = script([RECV, moved(target.url)])
    assert requests.get(server.url, headers=secrets, timeout=5).text == "ok"
    (second,) = target.requests()
    for secret in b"s1", b"s2", b"s3", b"s4":
        assert secret not in second, second
    assert b"shown" in second
    server.requests()


def test_failure_behind_a_redirect():
    server = script([RECV, moved("http://127.0.0.1:1/")])
    assert isinstance(
        raises(requests.RequestException, requests.get, server.url, timeout=5), requests.ConnectionError
    )
    server.requests()


def test_cookies_are_for_a_session():
    cookie = [RECV, moved("/2", more=b"Set-Cookie: a=b\r\n")]
    # On a board the session asks again from the start, unless the first answer has told it all.
    for hops, asked in [[cookie], 1], [[[RECV, moved("/1")], cookie], 2 if MICROPYTHON else 1]:
        server = script(*(hops * asked + [[RECV, OK]]))
        r = requests.get(server.url, timeout=5)
        assert r.text == "ok" and r.url == server.url + "/2"
        assert [one.status_code for one in r.history] == [302] * len(hops)
        assert b"Cookie: a=b\r\n" in server.requests()[-1]


def test_methods_that_have_a_body_are_for_a_session():
    for status, method in (302, b"GET"), (307, b"POST"):
        server = script([RECV, moved("/new", status)], [RECV, OK])
        assert requests.post(server.url, data=b"abc", timeout=5).text == "ok"
        assert server.requests()[1].split(b" ")[0] == method


def test_to_a_malformed_url():
    server = script([RECV, moved("http://h:99999/")], [RECV, moved("http://[/")])
    before = open_fds()
    for _ in range(2):
        raises(requests.exceptions.InvalidURL, requests.get, server.url, timeout=5)
    assert open_fds() == before


def test_a_session_closes_a_redirect_that_cannot_be_followed():
    # Its body is longer than what would be read for the sake of the connection.
    head = b"HTTP/1.1 307 X\r\nLocation: %s\r\nContent-Length: 100000\r\n\r\n"
    answers = [
        [("recv_head",), ("send", head % to), ("hold", 3000)] for to in (b"http://h:99999/", b"/again")
    ]
    server = script(*answers)
    before = open_fds()
    with requests.Session() as session:
        raises(requests.exceptions.InvalidURL, session.get, server.url, timeout=5)
        raises(requests.exceptions.RequestException, session.post, server.url, iter([b"x"]), timeout=5)
        assert open_fds() == before
