"""Redirects: which are followed, as what, with what, and how far."""

from io import BytesIO

from doubles import Checks, Network
from support import open_fds, raises, script, ticks

import mrequests
from mrequests import RequestContext

DONE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone"


def to(location, status=302, name=b"Location"):
    return b"HTTP/1.1 %d Moved\r\n%s: %s\r\nContent-Length: 3\r\n\r\nold" % (status, name, location)


def follow(answers, method="GET", url="http://h/a/b?c", **kw):
    """The response, and the requests sent."""
    with Network(*[[a] for a in answers]) as network:
        r = mrequests.request(method, url, **kw)
        assert isinstance(r.content, bytes)
        assert network.all_closed()
        return r, [s.sent for s in network.sockets]


def request_line(request):
    return request.split(b"\r\n")[0]


def has(request, name):
    return b"\r\n" + name.lower() + b":" in request.lower()


def test_methods():
    # status, method, method then; None: the redirect is handed back
    checks = Checks()
    for status, method, then in (
        (301, "GET", "GET"),
        (301, "POST", "GET"),
        (301, "PUT", "GET"),
        (301, "PATCH", "GET"),
        (301, "DELETE", "GET"),
        (301, "HEAD", "HEAD"),
        (302, "GET", "GET"),
        (302, "POST", "GET"),
        (302, "PUT", "GET"),
        (302, "HEAD", "HEAD"),
        (303, "GET", None),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "DELETE", "GET"),
        (303, "HEAD", "HEAD"),
        (307, "GET", "GET"),
        (307, "POST", "POST"),
        (307, "HEAD", "HEAD"),
        (307, "DELETE", "DELETE"),
        (308, "GET", "GET"),
        (308, "PUT", "PUT"),
        (308, "PATCH", "PATCH"),
        (300, "GET", None),
        (304, "GET", None),
        (305, "GET", None),
        (306, "GET", None),
        (309, "GET", None),
        (200, "GET", None),
        (201, "POST", None),
        (404, "GET", None),
        (503, "GET", None),
    ):
        body = b"body" if method in ("POST", "PUT", "PATCH") else None
        try:
            r, requests = follow([to(b"/new", status), DONE], method, data=body)
            if then is None:
                checks.see(r.status_code == status and len(requests) == 1, status, method, r.status_code)
                continue
            line = request_line(requests[1])
            checks.see(line == then.encode() + b" /new HTTP/1.1", status, method, line)
            checks.see(r.status_code == 200 and r.url == "http://h/new", status, method, r.status_code, r.url)
            if then == method and body:
                checks.see(requests[1].endswith(b"\r\n\r\nbody"), status, method, "lost its body")
                checks.see(has(requests[1], b"Content-Length"), status, method, "lost its length")
            else:
                checks.see(requests[1].endswith(b"\r\n\r\n"), status, method, "kept its body")
                for name in (b"Content-Length", b"Content-Type", b"Transfer-Encoding"):
                    checks.see(not has(requests[1], name), status, method, "kept", name)
        except Exception as e:
            checks.see(False, status, method, repr(e))
    checks.done()


def test_json_and_form_are_not_announced_after_a_get():
    for kw in ({"json": {"a": 1}}, {"data": {"a": "b"}}, {"data": iter([b"x"])}):
        _, requests = follow([to(b"/new"), DONE], "POST", **kw)
        for name in (b"Content-Length", b"Content-Type", b"Transfer-Encoding"):
            assert not has(requests[1], name), requests[1]
        assert requests[1].endswith(b"\r\n\r\n")


def test_content_encoding_and_other_body_headers_go_with_the_body():
    _, requests = follow([to(b"/new"), DONE], "POST", data=b"x", headers={"Content-Type": "a/b"})
    assert not has(requests[1], b"Content-Type")


def test_bodies_again():
    for status in (307, 308):
        for kw, body in (
            ({"json": {"a": 1}}, b'{"a": 1}'),
            ({"data": {"a": "b"}}, b"a=b"),
            ({"data": "\xe4"}, b"\xc3\xa4"),
            ({"data": BytesIO(b"file")}, b"file"),
            ({"data": bytearray(b"ab")}, b"ab"),
        ):
            _, requests = follow([to(b"/new", status), DONE], "POST", **kw)
            assert len(requests) == 2
            for request in requests:
                assert request.endswith(b"\r\n\r\n" + body) and has(request, b"Content-Length"), request
    _, requests = follow([to(b"/new", 307), DONE], "POST", json=[])
    assert has(requests[1], b"Content-Type")


def test_file_again_from_where_it_stood():
    file = BytesIO(b"0123456789")
    file.seek(4)
    _, requests = follow([to(b"/new", 307), to(b"/newer", 308), DONE], "PUT", data=file, max_redirects=2)
    for request in requests:
        assert request.endswith(b"\r\n\r\n456789"), request


def test_iterator_cannot_be_sent_again():
    before = open_fds()
    for data in (iter([b"a", b"b"]), (x for x in [b"a"])):
        error = raises(ValueError, follow, [to(b"/new", 307), DONE], "POST", data=data)
        assert "redirect" in str(error) or "twice" in str(error) or "again" in str(error), error
    assert open_fds() == before


def test_limit():
    chain = [to(b"/%d" % i) for i in range(3)] + [DONE]
    with Network(*[[a] for a in chain]) as network:
        raises(ValueError, mrequests.get, "http://h/")
        assert len(network.sockets) == 2 and network.all_closed()
    for n in (1, 2):
        with Network(*[[a] for a in chain]) as network:
            assert "redirect" in str(raises(ValueError, mrequests.get, "http://h/", max_redirects=n))
            assert len(network.sockets) == n + 1 and network.all_closed()
    for n in (3, 4, 30):
        r, requests = follow(chain, max_redirects=n)
        assert r.status_code == 200 and r.content == b"done" and len(requests) == 4 and r.url == "http://h/2"


def test_loop_ends():
    with Network(*[[to(b"/a")] for _ in range(12)]) as network:
        raises(ValueError, mrequests.get, "http://h/a", max_redirects=10)
        assert len(network.sockets) == 11 and network.all_closed()


def test_handed_back():
    for kw in (
        {"max_redirects": 0},
        {"allow_redirects": False},
        {"allow_redirects": False, "max_redirects": 5},
    ):
        for status in (301, 302, 303, 307, 308):
            r, requests = follow([to(b"/new", status), DONE], save_headers=True, **kw)
            assert r.status_code == status and len(requests) == 1
            assert b"Location: /new" in r.headers
            assert r.url == "http://h/a/b?c"
    r, requests = follow([to(b"/new"), DONE], allow_redirects=True)
    assert r.status_code == 200


def test_body_of_what_is_handed_back():
    with Network([to(b"/new")]):
        r = mrequests.get("http://h/", max_redirects=0)
        assert r.content == b"old" and r.text == "old"


def test_without_location():
    for status in (301, 302, 303, 307, 308):
        r, requests = follow([b"HTTP/1.1 %d Moved\r\nContent-Length: 3\r\n\r\nold" % status], "POST")
        assert r.status_code == status and len(requests) == 1


def test_empty_location_is_handed_back_or_followed_but_never_lost():
    r, requests = follow([b"HTTP/1.1 302 Moved\r\nLocation:\r\nContent-Length: 3\r\n\r\nold", DONE])
    assert (r.status_code, len(requests)) in ((302, 1), (200, 2))


def test_location_in_any_case():
    for name in (b"location", b"LOCATION", b"LoCaTiOn"):
        r, requests = follow([to(b"/new", name=name), DONE])
        assert request_line(requests[1]) == b"GET /new HTTP/1.1"
    for field in (b"Location:/new", b"Location: \t /new  "):
        r, requests = follow([b"HTTP/1.1 302 x\r\n" + field + b"\r\n\r\n", DONE])
        assert request_line(requests[1]) == b"GET /new HTTP/1.1"


def test_location_of_an_interim_response_or_a_trailer_counts_nothing():
    r, requests = follow([b"HTTP/1.1 103 Hints\r\nLocation: /no\r\n\r\nHTTP/1.1 302 x\r\n\r\n", DONE])
    assert r.status_code == 302 and len(requests) == 1


def test_where_it_goes():
    checks = Checks()
    for location, target, host in (
        (b"new", b"/a/new", b"h"),
        (b"./new", b"/a/new", b"h"),
        (b"../new", b"/new", b"h"),
        (b"sub/new", b"/a/sub/new", b"h"),
        (b"/x/./y/../z", b"/x/z", b"h"),
        (b"?q=2", b"/a/b?q=2", b"h"),
        (b"#frag", b"/a/b?c", b"h"),
        (b"//other/n", b"/n", b"other"),
        (b"//other:81", b"/", b"other:81"),
        (b"HTTP://Other/N", b"/N", b"other"),
        (b"http://other?q=1", b"/?q=1", b"other"),
        (b"new?u=http://x//y", b"/a/new?u=http://x//y", b"h"),
        (b"/n\xc3\xa4", b"/n%C3%A4", b"h"),
        (b"/n\xe4", b"/n%E4", b"h"),
        (b"/a b", b"/a%20b", b"h"),
        (b"http://[::1]:8080/", b"/", b"[::1]:8080"),
    ):
        try:
            _, requests = follow([to(location), DONE])
            checks.see(
                request_line(requests[1]) == b"GET " + target + b" HTTP/1.1", location, requests[1][:50]
            )
            checks.see(b"\r\nHost: " + host + b"\r\n" in requests[1], location, requests[1])
        except Exception as e:
            checks.see(False, location, repr(e))
    checks.done()


def test_relative_keeps_the_port():
    _, requests = follow([to(b"new"), DONE], url="http://h:8080/a/")
    assert b"\r\nHost: h:8080\r\n" in requests[1] and request_line(requests[1]) == b"GET /a/new HTTP/1.1"


def test_bad_locations_are_refused_and_close():
    before = open_fds()
    for location in (
        b"ftp://h/",
        b"javascript:x",
        b"http://h:port/",
        b"http://[::1/",
        b"http://a\xe4b/",
        b"/a\0b",
    ):
        with Network([to(location)]) as network:
            raises(ValueError, mrequests.get, "http://h/")
            assert network.all_closed(), location
    assert open_fds() == before


SECRETS = {
    "Authorization": "a",
    "cookie": "b",
    "PROXY-AUTHORIZATION": "c",
    "Host": "virtual",
    "X-Door-Key": "d",
    "X-Api-Key": "f",
    "x-auth-token": "g",
    "X-Other": "e",
}
NAMES = b"authorization", b"cookie", b"proxy-authorization", b"x-door-key", b"x-api-key", b"x-auth-token"


def test_secrets_stay_with_their_origin():
    for location in (
        b"http://other/",
        b"//other/x",
        b"http://h:8080/",
        b"https://h:444/",
        b"http://h.example/",
    ):
        if location.startswith(b"https"):
            continue  # not on this network; see test_origins
        _, requests = follow([to(location), DONE], headers=SECRETS, secret=("x-door-key",))
        for name in NAMES:
            assert has(requests[0], name), name
            assert not has(requests[1], name), (location, name)
        assert b"virtual" in requests[0] and b"virtual" not in requests[1]
        assert has(requests[1], b"x-other")


def test_secrets_are_kept_within_the_origin():
    for location in (b"/new", b"new", b"http://h/x", b"http://h:80/x", b"HTTP://H/x", b"//h/x", b"?x"):
        _, requests = follow([to(location), DONE], headers=SECRETS, secret=("X-Door-Key",))
        for name in NAMES + (b"x-other",):
            assert has(requests[1], name), (location, name)
        assert b"\r\nHost: virtual\r\n" in requests[1]


def test_secret_names_in_any_case_and_type():
    for secret in (("x-door-key",), ("X-DOOR-KEY",), ["X-Door-Key"], (b"x-door-key",)):
        _, requests = follow([to(b"http://other/"), DONE], headers=SECRETS, secret=secret)
        assert has(requests[0], b"x-door-key") and not has(requests[1], b"x-door-key"), secret


def test_auth_stays_with_its_origin():
    for kw in ({"auth": ("u", "p")}, {"auth": lambda: ("u", "p")}):
        _, requests = follow([to(b"http://other/"), DONE], **kw)
        assert has(requests[0], b"authorization") and not has(requests[1], b"authorization")
        _, requests = follow([to(b"/new"), DONE], **kw)
        assert has(requests[1], b"authorization")
    _, requests = follow([to(b"http://other/"), DONE], url="http://u:p@h/")
    assert has(requests[0], b"authorization") and not has(requests[1], b"authorization")


def test_secrets_do_not_come_back():
    # Away and home again: what was dropped stays dropped.
    _, requests = follow([to(b"http://other/"), to(b"http://h/"), DONE], headers=SECRETS, max_redirects=2)
    assert not has(requests[1], b"cookie") and not has(requests[2], b"cookie")


def test_no_redirects_at_all():
    for none in (None, 0, -1, False):
        with Network([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"]):
            assert mrequests.get("http://h/", max_redirects=none).content == b"ok", none


def test_origins():
    checks = Checks()
    for url, location, same in (
        ("http://h/", "https://h/", True),
        ("http://h:80/", "https://h:443/x", True),
        ("http://h/", "https://H/", True),
        ("http://h:8080/", "https://h/", False),
        ("http://h/", "https://h:8443/", False),
        ("http://h:8080/", "https://h:8080/", False),
        ("http://h:443/", "https://h/", False),
        ("http://h:443/", "https://h:443/", False),
        ("http://h/", "https://h:80/", False),
        ("http://h/", "https://other/", False),
        ("http://h/", "http://h.evil/", False),
        ("http://h/", "http://sub.h/", False),
        ("http://h/", "http://h:81/", False),
        ("https://h/", "https://h:444/", False),
        ("https://h/", "https://h:443/x", True),
        ("https://h/", "https://h/x", True),
        ("https://h:444/", "https://h/x", False),
    ):
        context = RequestContext(url)
        context.update({"Authorization": "secret"})
        checks.see(context.set_location(302, location), url, location, "not followed")
        checks.see((b"secret" in context.head) == same, url, location, "kept" if not same else "dropped")
    checks.done()


def test_from_https_to_http_is_handed_back():
    for location in ("http://h/", "http://h:443/", "HTTP://h/x", "http://other/"):
        context = RequestContext("https://h/a", "POST")
        assert not context.set_location(302, location)
        assert context.url == "https://h/a" and context.method == "POST", location
    for location in ("/x", "//other/x", "https://other/", "HTTPS://h/", "?x"):
        context = RequestContext("https://h/a")
        assert context.set_location(302, location) and context.scheme == "https", location


def test_credentials_in_a_location_are_used_there():
    # They are the server's own; never may they go out in Host or as a name to look up.
    with Network([to(b"http://u:p@other/x")], [DONE]) as network:
        mrequests.get("http://h/")
        assert network.looked_up == [("h", 80), ("other", 80)]
        assert b"\r\nHost: other\r\n" in network.sockets[1].sent


def test_over_the_wire():
    before = open_fds()
    second = script(("recv",), ("send", DONE))
    first = script(("recv",), ("send", to(second.url.encode() + b"/there?x=1")), ("hold", 3000))
    r = mrequests.post(first.url, data=b"abc", headers={"Cookie": "secret"}, timeout=5)
    assert r.content == b"done" and r.url == second.url + "/there?x=1"
    assert open_fds() == before
    (request,) = second.requests()
    assert request.startswith(b"GET /there?x=1 HTTP/1.1\r\n") and b"secret" not in request
    assert b"\r\nHost: 127.0.0.1:%d\r\n" % second.port in request
    assert first.closed() == [True]


def test_body_of_a_redirect_is_not_waited_for():
    endless = b"HTTP/1.1 302 x\r\nLocation: /x\r\nContent-Length: 100000\r\n\r\n"
    server = script([("recv",), ("send", endless), ("hold", 4000)], [("recv",), ("send", DONE)])
    begin = ticks()
    assert mrequests.get(server.url).content == b"done"
    assert ticks() - begin < 2000


def test_a_single_secret_as_text():
    for secret in ("X-Door-Key", b"x-door-key"):
        _, requests = follow([to(b"http://other/new"), DONE], headers=SECRETS, secret=secret)
        assert not has(requests[1], b"x-door-key"), secret
