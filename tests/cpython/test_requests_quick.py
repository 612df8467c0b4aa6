"""What the door `requests` remembers on CPython, and heads that it reads at one go: the outcome stays."""

import enum
import gzip
import importlib.util
import os
import random
import sys
from pathlib import Path

import pytest
from doubles import Network
from support import script

import mrequests
from mrequests import requests
from mrequests.requests import adapters, pool
from mrequests.requests.models import PreparedRequest

ROOT = Path(__file__).resolve().parents[2]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
RECV, SEND = ("recv",), ("send", OK)


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    """Nothing of the environment of whoever runs the tests."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in ("NETRC", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


# --- What a request depends on may change between two calls ---


def settings(session, url="http://h/"):
    found = session.merge_environment_settings(url, {}, None, None, None)
    return found["proxies"], found["verify"]


def test_variables_that_change(monkeypatch):
    s = requests.Session()
    for scheme in "http", "https":
        url = scheme + "://h/"
        assert settings(s, url) == ({}, True)
        for name in scheme + "_proxy", scheme.upper() + "_PROXY", "all_proxy", "ALL_PROXY":
            os.environ[name] = "http://p:1"
            key = "all" if name.lower() == "all_proxy" else scheme
            assert settings(s, url) == ({key: "http://p:1"}, True), name
            os.environ[name] = "http://p:2"
            assert settings(s, url)[0] == {key: "http://p:2"}, name
            os.environ["no_proxy"] = "h"
            assert settings(s, url)[0] == {}, name
            del os.environ["no_proxy"], os.environ[name]
            assert settings(s, url)[0] == {}, name
    for name in "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE":
        os.environ[name] = "/a"
        for url in "https://h/", "http://h/":  # the latter may redirect to https
            assert settings(s, url)[1] == "/a"
        del os.environ[name]
        assert settings(s, "https://h/")[1] is True
    # As some tests do it
    monkeypatch.setattr(os, "environ", {"http_proxy": "http://p:3"})
    assert settings(s)[0] == {"http": "http://p:3"}
    monkeypatch.setattr(os, "environ", {})
    assert settings(s)[0] == {}


def test_netrc_that_is_written_and_changed_meanwhile(monkeypatch, tmp_path):
    s = requests.Session()

    def sent():
        return s.prepare_request(requests.Request("GET", "http://h/")).headers.get("Authorization")

    def write(path, password):
        path.write_text("machine h login u password %s\n" % password)

    assert sent() is None
    write(tmp_path / "_netrc", "a")
    assert sent() == "Basic dTph"
    write(tmp_path / ".netrc", "b")
    assert sent() == "Basic dTpi"
    write(tmp_path / ".netrc", "c")
    assert sent() == "Basic dTpj"
    (tmp_path / ".netrc").unlink()
    assert sent() == "Basic dTph"
    (tmp_path / "other").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "other"))
    assert sent() is None
    monkeypatch.setenv("NETRC", str(tmp_path / "_netrc"))
    assert sent() == "Basic dTph"
    monkeypatch.setenv("NETRC", "~/n")
    write(tmp_path / "other" / "n", "d")
    assert sent() == "Basic dTpk"
    monkeypatch.setattr(os, "environ", {"NETRC": str(tmp_path / "_netrc")})
    assert sent() == "Basic dTph"
    monkeypatch.setattr(os, "environ", {"NETRC": ""})
    assert sent() is None


def test_headers_of_a_session_that_change():
    server = script(*[RECV, SEND] * 6)
    with requests.Session() as s:
        s.headers["X-A"] = "1"
        s.get(server.url, timeout=5)
        s.headers["x-a"] = "2"
        s.get(server.url, timeout=5)
        s.headers["X-A"] = None
        s.get(server.url, timeout=5)
        del s.headers["X-A"]
        s.headers.update({"X-B": "3"})
        s.get(server.url, timeout=5, headers={"X-B": "4"})
        s.get(server.url, timeout=5, headers={"X-B": None})
        s.headers = {"X-C": "5"}
        s.get(server.url, timeout=5)
    (data,) = server.requests()
    sent = [part for part in data.split(b"\r\n\r\n") if part]
    lines = [[line for line in one.split(b"\r\n") if line[:2].lower() == b"x-"] for one in sent]
    assert lines == [[b"X-A: 1"], [b"x-a: 2"], [], [b"X-B: 4"], [], [b"X-C: 5"]]
    assert b"User-Agent" in sent[4] and b"User-Agent" not in sent[5]


def test_what_a_prepared_request_says_may_change():
    server = script(*[RECV, SEND] * 4)
    with requests.Session() as s:
        prepared = s.prepare_request(requests.Request("GET", server.url + "/a"))
        before = dict(s.headers)
        s.send(prepared, timeout=5)
        prepared.headers["X"] = "1"
        prepared.method = "PUT"
        s.send(prepared, timeout=5)
        prepared.url = server.url + "/b?c"
        prepared.headers = {"Y": "2"}
        s.send(prepared, timeout=5)
        s.get(server.url + "/a", timeout=5)
        assert s.headers == before
    sent = [part for part in server.requests()[0].split(b"\r\n\r\n") if part]
    assert [one.split(b"\r\n")[0] for one in sent] == [
        b"GET /a HTTP/1.1",
        b"PUT /a HTTP/1.1",
        b"PUT /b?c HTTP/1.1",
        b"GET /a HTTP/1.1",
    ]
    assert [b"\r\nX: 1" in one for one in sent] == [False, True, False, False]
    assert sent[2].endswith(b"\r\nY: 2") and sent[3] == sent[0]


# --- Values of headers ---


class Kind(str, enum.Enum):
    SMALL = "small"


def test_values_of_odd_types():
    def prepared(value):
        return requests.Request("GET", "http://h/", headers={"X": value}).prepare()

    def sent(value):
        return adapters.head(prepared(value).headers)

    for _ in range(2):  # the second time from memory
        assert sent("small") == sent(b"small") == sent(Kind.SMALL) == b"\r\nX: small\r\n"
        assert sent("\xe9") == b"\r\nX: \xe9\r\n" and sent("\u20ac") == b"\r\nX: \xe2\x82\xac\r\n"
        assert sent("") == b"\r\nX: \r\n"
        for value in (
            1,
            True,
            1.0,
            None,
            [],
            ["a"],
            {},
            object(),
            "a\r\nY: b",
            "a\nb",
            "\0",
            " a",
            b"a\n",
            "a\0X",
        ):
            with pytest.raises(requests.exceptions.InvalidHeader):
                prepared(value)
        for name in "", "a b", "a:b", "a\r\n", "a\0b", " a", 1, "X: y", "a\nb":
            with pytest.raises(requests.exceptions.InvalidHeader):
                requests.Request("GET", "http://h/", headers={name: "v"}).prepare()
    mixed = requests.Request("GET", "http://h/", headers={b"A-b": b"1", "C": "2"}).prepare()
    assert dict(mixed.headers) == {"A-b": b"1", "C": "2"}
    assert adapters.head(mixed.headers) == b"\r\nA-b: 1\r\nC: 2\r\n"


def test_values_that_are_set_on_what_was_prepared():
    headers = requests.Request("GET", "http://h/", headers={"X": "1"}).prepare().headers
    for value, text in (1, b"1"), (True, b"True"), (1.0, b"1.0"), (1, b"1"), ([2], b"[2]"):
        headers["X"] = value
        assert adapters.head(headers) == b"\r\nX: %s\r\n" % text
    for value in "a\r\nY: b", "a\n", "a\r", "\0", b"a\r\n":
        headers["X"] = value
        for _ in range(2):
            with pytest.raises(ValueError):
                adapters.head(headers)
    assert adapters.head({}) == b"\r\n"


def test_urls_that_are_remembered_are_not_changed():
    for _ in range(2):
        for url, sent in (
            ("HTTP://u:p@H/a/../b?c#d", "http://u:p@h/b?c#d"),
            ("http://h?x=\xe9", "http://h/?x=%C3%A9"),
        ):
            one, two = PreparedRequest(), PreparedRequest()
            one.prepare("GET", url, params={})
            two.prepare("GET", url, params={"q": "1"})
            assert one.url == sent
            assert two.url.split("#")[0] == sent.split("#")[0] + "&q=1"
        with pytest.raises(requests.exceptions.MissingSchema):
            PreparedRequest().prepare("GET", "h/a")
    context = adapters.HTTPAdapter()._prepare(one)
    context.path = context.netloc = "changed"
    assert adapters.HTTPAdapter()._prepare(one).path == "/?x=%C3%A9"


# --- All that is public is gone through ---


def test_what_is_overridden_is_called():
    called = []

    def watched(base, *names):
        def watch(name):
            def method(self, *args, **kw):
                called.append(name)
                return getattr(base, name)(self, *args, **kw)

            return method

        return type("Watched", (base,), {name: watch(name) for name in names})

    parts = "method", "url", "headers", "cookies", "body", "auth", "hooks"
    prepares = ["prepare_" + part for part in parts]
    session = "get", "request", "prepare_request", "merge_environment_settings", "send", "get_adapter"
    server = script(RECV, SEND, RECV, SEND)
    prepared = watched(PreparedRequest, "prepare", *prepares)
    with watched(requests.Session, *session)() as s, pytest.MonkeyPatch.context() as patch:
        patch.setattr("mrequests.requests.sessions.PreparedRequest", prepared)
        s.mount("http://", watched(adapters.HTTPAdapter, "send")())
        for _ in range(2):
            called.clear()
            hooks = {"response": lambda r, **kw: called.append("hook")}
            assert s.get(server.url, timeout=5, hooks=hooks).text == "ok"
            assert sorted(called) == sorted([*session, "prepare", *prepares, "send", "hook"])


def test_a_peer_that_has_closed_is_sent_no_more():
    wire = pool.Kept(None, None)
    sent = []
    wire.poll = True
    wire._send = lambda data: sent.append(data) or -1
    context = adapters.HTTPAdapter()._prepare(requests.Request("PUT", "http://h/").prepare())
    context.iterator = iter((b"1", b"2"))
    wire.write(context)
    assert sent == [b"1"]


# --- A head that is read at one go is read as one that comes byte by byte ---

HEADS = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nServer: a b\r\ncontent-TYPE: text/html; charset=x\r\nContent-Length:2\r\n\r\nok",
    b"HTTP/1.1 200\r\nContent-Length: 2, 2\r\nSet-Cookie: a=b\r\nSET-COOKIE: c=d; Path=/\r\n\r\nok",
    b"HTTP/1.0 404 Not here\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 100 Continue\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 103 Early\r\nLink: </a>\r\n\r\nHTTP/1.1 204 None\r\nX: y\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nX: y\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: a\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nX: a\rContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nX: a\r\n\tContent-Length: 9\r\nY:\tb\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nX: a\r\n b : c\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length : 9\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length\t: 9\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length\0: 9\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nA:b :c\r\nno colon\r\n: no name\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\n\r\nok",
    b"HTTP/1.1 200 \xff\r\nX: \xff\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 99 No\r\n\r\nok",
    b"HTTP/2.0 200 OK\r\n\r\nok",
    b"HTTP/1.1  200 OK\r\n\r\nok",
    b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nX: " + b"y" * 7000 + b"\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\n" + b"X: yyyyyyyyyyyyyyyyyyyyy\r\n" * 3000 + b"Content-Length: 2\r\n\r\nok",
)


def outcome(make, pieces):
    """All that can be told of a response."""
    with Network(pieces) as network:
        try:
            r = make()
        except (OSError, ValueError) as e:
            found = [type(e), str(e)]
        else:
            headers = list(r.headers.items()) if hasattr(r.headers, "items") else r.headers
            found = [r.status_code, r.reason, headers, r.encoding, getattr(r, "_keep", None)]
            found.append(getattr(r, "_sets_cookies", None))
            try:
                found.append(r.content)
            except (OSError, ValueError, RuntimeError) as e:
                found += [type(e), str(e)]
        assert not network.plays
    return found


def by_the_core():
    return mrequests.get("http://h/", save_headers=True, max_redirects=0)


def by_the_door():
    with requests.Session() as s:
        return s.get("http://h/", allow_redirects=False, stream=True)


def pieces(data, *ends):
    cuts = [0, *ends, len(data)]
    return [data[i:j] for i, j in zip(cuts, cuts[1:]) if data[i:j]]


@pytest.mark.parametrize("make", (by_the_core, by_the_door))
def test_heads_in_any_pieces(make):
    seen = set()
    for data in HEADS:
        expected = outcome(make, pieces(data, *range(1, min(len(data), 12000))))
        assert outcome(make, [data]) == expected, data[:200]
        for end in range(1, min(len(data), 200)):
            assert outcome(make, pieces(data, end)) == expected, (data[:200], end)
        seen.add(str(expected[0]))
    assert len(seen) > 4  # answers and errors of several kinds


@pytest.mark.parametrize("make", (by_the_core, by_the_door))
def test_mutated_heads(make):
    dice = random.Random(7)
    parts = [b"\r", b"\n", b"\r\n", b" ", b":", b"\t", b"\0", b",", b"0", b"X", b"\xff", b"\x7f", b"\r\n\r\n"]
    for _ in range(1500):
        data = bytearray(dice.choice(HEADS[:25]))
        for _ in range(dice.randint(1, 3)):
            i = dice.randrange(len(data))
            data[i : i + dice.randint(0, 2)] = dice.choice(parts)
        data = bytes(data)
        at_once, by_bytes = outcome(make, [data]), outcome(make, pieces(data, *range(1, len(data))))
        # What comes with the head is looked at with it: a mistake shows at the call, else at the read.
        assert at_once[-2:] == by_bytes[-2:] and len(at_once) in (2, len(by_bytes)), data
        assert len(at_once) == 2 or at_once == by_bytes, data


def test_bodies_in_any_pieces():
    packed = gzip.compress(b"ok" * 9, mtime=0)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
    chunks = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (5, packed[:5], len(packed) - 5, packed[5:])
    plain = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n10\r\n%s\r\n0\r\n\r\n"
    for data in (
        head + b"Content-Length: %d\r\n\r\n%s" % (len(packed), packed),
        head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks,
        head + b"\r\n" + packed,
        plain % (b"ok" * 8),
        b"HTTP/1.1 103 Early\r\n\r\n" + plain % (b"ok" * 8),
    ):
        for end in range(1, len(data)):
            assert outcome(by_the_door, pieces(data, end))[-1] == b"ok" * 9, (data, end)


def test_heads_are_not_remembered():
    """Set-Cookie and the like are for the caller, and not for the memory of the process."""

    def remembered():
        modules = [module for name, module in sys.modules.items() if name.startswith("mrequests")]
        caches = [f for module in modules for f in vars(module).values() if hasattr(f, "cache_info")]
        assert caches
        return sum([f.cache_info().currsize for f in caches])

    head = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=%d\r\nContent-Length: 0\r\n\r\n"
    server = script(*[step for i in range(4) for step in (RECV, ("send", head % i))])
    with requests.Session() as s:
        sizes = []
        for i in range(4):
            r = s.get(server.url, timeout=5, headers={"Cookie": "b=c"})  # the same each time
            assert r.cookies["a"] == str(i)
            s.cookies.clear()
            sizes.append(remembered())
    assert len(set(sizes)) == 1


def test_answers_with_the_same_head_share_nothing():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nSet-Cookie: a=1\r\nX: y\r\n\r\n"
    other = head.replace(b"Length: 1", b"Length: 2")
    server = script(RECV, ("send", head + b"1"), RECV, ("send", head + b"2"), RECV, ("send", other + b"34"))
    with requests.Session() as s:
        for body in b"1", b"2", b"34":
            s.cookies.clear()
            r = s.get(server.url, timeout=5)
            assert (r.status_code, r.reason, r.content) == (200, "OK", body)
            assert dict(r.headers) == {"Content-Length": str(len(body)), "Set-Cookie": "a=1", "X": "y"}
            assert dict(s.cookies) == {"a": "1"}
            r.headers["X"] = "changed"
            del r.headers["Set-Cookie"]
            r._kept.append(b"X: z")
            r.status_code = 500


# --- How fast ---


def test_door_keeps_its_ratios():
    """Below a ceiling, or where the machine is busy no slower than http.client beside it."""
    spec = importlib.util.spec_from_file_location("door", ROOT / "benchmarks" / "door.py")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        door = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(door)
        ceilings = {"kept": 3.2, "secure": 1.5, "down": 1.5, "up": 1.5, "import": 8}
        for row, ceiling in ceilings.items():
            for _ in range(4):
                found = door.measured(5, ("floor", "http_client", "mrequests"), (row,))[row]
                mine, other = found["mrequests"][1], found["http_client"][1]
                if mine <= max(ceiling, other):
                    break
            assert mine <= max(ceiling, other), (row, mine, other)
