"""mrequests.requests beside psf/requests: every difference is one that docs/requests.md tells.

A case is a function that is given the module `requests` of one of the two and returns what can be compared.
"""

import gzip
import importlib.util
import io
import os
import re
import socket
import socketserver
import threading
import zlib
from pathlib import Path

import pytest
import requests as psf

from mrequests import requests as ours

ROOT = Path(__file__).resolve().parents[2]
CASES = {}
# Patterns of cases that differ, and the row of the table in docs/requests.md that says why.
KNOWN = {
    r"(url|path_url):.*%2e%2e.*": "escaped dots",
    r"params.*:hash": "`#` in `params`",
    r"header:13": "space in a header name",
    r"(body|prepared_body):\w+ text file": "files opened as text",
    r"text:json32": "guessing a charset",
    r"text:(html|html latin|empty)": "`text/*` without charset",
    r"framing.*:103": "103 Early Hints",
    r"framing.*:half a head": "head cut off",
    r"framing.*:length (abc|-1)": "malformed Content-Length",
    r"framing.*:two lengths": "two lengths that differ",
    r"framing:no colon": "header line without colon",
    r"framing:latin reason": "reason that is not UTF-8",
    r"framing.*:xchunked": "unknown Transfer-Encoding",
    r"lines:[12]": "CRLF between two blocks",
    r"delimited:.*": "delimiter at the end, in `iter_lines`",
    r"read_in_parts:raw all": "`content` behind a `raw` read to its end",
    r"redirect:(PUT|PATCH|DELETE) 301 .*": "301 after PUT, PATCH, DELETE",
    r"location:http://(:x/)?": "redirect to a malformed URL",
    r"secrets_on_redirect:other": "API keys on a redirect",
    r"digest:auth-int .*": "digest with `auth-int`",
    r"more_digest:stale": "digest with a stale nonce",
    r"failure:body": "time-out within the body",
    r"helper:\('get_auth_from_url', 3\)": "user without password in a URL",
    r"coded.*:cut": "compressed body that is cut",
    r"exception:ContentDecodingError": "`ContentDecodingError`",
}


def case(*names):
    """Add a function to the cases; with names one case for each, handed to it."""

    def add(function):
        for name in names or ("",):
            key = function.__name__ + (":" + str(name) if names else "")
            assert key not in CASES, key
            CASES[key] = (lambda r, n=name: function(r, n)) if names else function
        return function

    return add


def outcome(function, module):
    """What a case returns; of an exception its class and those that a program would catch it by."""
    try:
        return function(module)
    except Exception as error:
        kinds = [kind for kind in type(error).__mro__ if "requests" in kind.__module__]
        bases = [kind.__name__ for kind in kinds if kind.__name__[0] != "_"]
        plain = (ValueError, TypeError, OSError, RuntimeError, KeyError, AttributeError, NotImplementedError)
        return [
            "raises",
            bases[:-1] or type(error).__name__,
            [k.__name__ for k in plain if isinstance(error, k)],
        ]


def base():
    return os.environ["HTTPBIN_URL"]


# --- A server that answers with what the path tells, and counts on nothing ---


class Answers(socketserver.ThreadingTCPServer):
    """Plays the answer registered for a path; each connection is kept as HTTP/1.1 wants it."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        self.answers = {}
        super().__init__(("127.0.0.1", 0), Exchange)
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d" % self.server_address[1]

    def register(self, answer):
        path = "/%d" % len(self.answers)
        self.answers[path] = answer
        return self.url + path


class Exchange(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline()
        head = b""
        while line and not head.endswith(b"\r\n\r\n"):
            head += self.rfile.readline() or b"\r\n\r\n"
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if length:
            self.rfile.read(int(length[1]))
        if line:
            self.wfile.write(self.server.answers[line.split()[1].decode().split("?")[0]])


SERVER = Answers()


def raw(answer, **kwargs):
    """A case that GETs these bytes."""
    url = SERVER.register(answer)
    return lambda r: r.get(url, timeout=5, **kwargs)


def plain(headers, *drop):
    """Headers without those that name the library."""
    drop = {"user-agent", "accept-encoding", "host", *drop}
    return {name.lower(): value for name, value in dict(headers).items() if name.lower() not in drop}


def echoed(response):
    """What httpbin says it was sent."""
    said = response.json()
    said.pop("origin", None)
    said["headers"] = plain(said.get("headers", {}))
    return said


# --- URLs ---

URLS = """
http://example.com
http://example.com/
HTTP://EXAMPLE.COM/Path
http://example.com?a=1
http://example.com#frag
http://example.com/?
http://example.com/#
http://example.com/a b
http://example.com/a%20b
http://example.com/%7euser/%c3%a9
http://example.com/%zz
http://example.com/100%
http://example.com/ä/ö?ü=ß#é
http://example.com/a/../b/./c
http://example.com/a//b
http://example.com//a
http://example.com/a[1]?x[]=2
http://example.com/a|b?c|d
http://example.com/"q"<x>{y}^`\\
http://example.com/a;b=c,d
http://example.com/?q=a+b&c=d%26e
http://example.com/?q=http://x.y/z?w
http://example.com:80/
http://example.com:8080/
https://example.com:443/
http://example.com:/
http://example.com:abc/
http://example.com:99999/
http://user:pass@example.com/
http://us%20er:p%40ss@example.com/
http://user@example.com/
http://[::1]/
http://[::1]:8080/x
http://::1/
http://bücher.example/
http://xn--bcher-kva.example/
http://*.example.com
http://.example.com
http://example.com./
http://
http:///path
http:example.com
http:/example.com
https://
//example.com/x
example.com
example.com/path
localhost:3128
mailto:user@example.com
httpx://example.com/
ftp://example.com/
data:text/plain,x
  http://example.com/
http://example.com/\t
http://example.com/a\r\nb
http://exa mple.com/
http://127.0.0.1:1/
http://example.com/~a/-._
http://example.com/%41%42
http://example.com/%2e%2e/a
"""
PARAMS = {
    "dict": {"a": "1", "b": "2"},
    "list": {"a": ["1", "2"]},
    "none": {"a": None, "b": "x"},
    "none in list": {"a": ["1", None]},
    "pairs": [("a", "1"), ("a", "2")],
    "text": "a=b c&d=é",
    "bytes": b"a=b",
    "numbers": {"a": 1, "b": 1.5, "c": True},
    "unicode": {"ä": "ö ü"},
    "bytes values": {b"a": b"b", "c": [b"d"]},
    "special": {"a": "&=+#/?%"},
    "empty": {},
    "empty value": {"a": ""},
    "tuple": {"a": ("x", "y")},
    "set": {"a": {"x"}},
    "hash": "a=#b",
}


@case(*[line for line in URLS.split("\n") if line])
def url(r, text):
    text = text.replace("\\t", "\t").replace("\\r\\n", "\r\n")
    return r.Request("GET", text).prepare().url


@case(*[line for line in URLS.split("\n") if line])
def path_url(r, text):
    return r.Request("GET", text).prepare().path_url


@case(b"http://example.com/x", 5, None, True)
def odd_url(r, value):
    return r.Request("GET", value).prepare().url


@case(*PARAMS)
def params(r, name):
    return r.Request("GET", "http://example.com/p", params=PARAMS[name]).prepare().url


@case(*PARAMS)
def params_behind_a_query(r, name):
    return r.Request("GET", "http://example.com/p?z=0#frag", params=PARAMS[name]).prepare().url


@case("gEt", "x-y", b"POST", None)
def method(r, value):
    return r.Request(value, "http://example.com/").prepare().method


# --- Headers of a request ---

HEADERS = [
    ("X", "y"),
    ("X", b"y"),
    (b"X", "y"),
    ("X", 1),
    ("X", None),
    ("X", ""),
    ("X", " y"),
    ("X", "y "),
    ("X", "a\tb"),
    ("X", "a\r\nB: c"),
    ("X", "a\nb"),
    ("X", b"a\nb"),
    ("X\n", "b"),
    ("X Y", "b"),
    (" X", "b"),
    ("X:", "b"),
    ("", "b"),
    ("X", "é"),
    ("X", ["a"]),
]


@case(*range(len(HEADERS)))
def header(r, i):
    name, value = HEADERS[i]
    return dict(r.Request("GET", "http://example.com/", headers={name: value}).prepare().headers)


@case(*[i for i in range(len(HEADERS)) if i not in (7, 8, 13)])
def header_on_the_wire(r, i):
    name, value = HEADERS[i]
    return echoed(r.get(base() + "/anything", headers={name: value}))["headers"]


@case({"Accept": None}, {"accept": "text/x"}, {"USER-AGENT": "me"}, {"Host": "other.example"})
def default_header(r, headers):
    return echoed(r.get(base() + "/anything", headers=headers))["headers"]


@case({"Content-Type": "x/y"}, {"content-length": "3"}, {"Connection": "close"}, {"Cookie": "a=b"})
def header_of_a_post(r, headers):
    return echoed(r.post(base() + "/anything", data="abc", headers=headers))


# --- Bodies ---


class Lines:
    """Can be gone through again, and is no file."""

    def __iter__(self):
        return iter([b"ab", b"", b"c"])


BODIES = {
    "nothing": lambda: {},
    "bytes": lambda: {"data": b"a\x00b"},
    "text": lambda: {"data": "aäb"},
    "empty bytes": lambda: {"data": b""},
    "empty text": lambda: {"data": ""},
    "bytearray": lambda: {"data": bytearray(b"abc")},
    "form": lambda: {"data": {"a": "1", "b": ["2", "3"]}},
    "pairs": lambda: {"data": [("a", "1"), ("a", "2")]},
    "tuple": lambda: {"data": (("a", "1"),)},
    "empty form": lambda: {"data": {}},
    "unicode form": lambda: {"data": {"ä": "ö"}},
    "form with None": lambda: {"data": {"a": None, "b": "c"}},
    "json": lambda: {"json": {"a": [1, None, "ä"]}},
    "json list": lambda: {"json": []},
    "json text": lambda: {"json": "x"},
    "json zero": lambda: {"json": 0},
    "json and data": lambda: {"json": {"a": 1}, "data": {"b": "2"}},
    "file": lambda: {"data": io.BytesIO(b"file body")},
    "read file": lambda: {"data": read(io.BytesIO(b"file body"), 5)},
    "text file": lambda: {"data": io.StringIO("téxt")},
    "generator": lambda: {"data": (c for c in [b"ab", b"", b"c"])},
    "iterable": lambda: {"data": Lines()},
    "long": lambda: {"data": b"x" * 100000},
}
METHODS = "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"


def read(file, n):
    file.read(n)
    return file


@case(*[m + " " + b for m in METHODS for b in BODIES if m != "OPTIONS"])
def body(r, name):
    how, what = name.split(" ", 1)
    return echoed(r.request(how, base() + "/anything", **BODIES[what]()))


@case(*[m + " " + b for m in METHODS + ("HEAD",) for b in BODIES])
def prepared_body(r, name):
    how, what = name.split(" ", 1)
    made = r.Request(how, "http://example.com/", **BODIES[what]()).prepare()
    content = made.body if isinstance(made.body, (bytes, str, type(None))) else "stream"
    return content, plain(made.headers)


@case({"json": {"a": float("nan")}}, {"json": {1, 2}}, {"data": 5}, {"data": ...})
def bad_body(r, kwargs):
    return r.post(base() + "/anything", **kwargs).status_code


# --- Answers ---


@case(200, 201, 202, 204, 206, 300, 304, 400, 401, 403, 404, 405, 406, 418, 429, 500, 502, 503)
def status(r, code):
    got = r.get(base() + "/status/%d" % code)
    try:
        got.raise_for_status()
        said = None
    except r.HTTPError as error:
        said = str(error), error.response is got, error.request is got.request
    return (
        got.status_code,
        got.ok,
        bool(got),
        got.reason,
        said,
        got.is_redirect,
        got.is_permanent_redirect,
        repr(got),
    )


@case("get", "post", "put", "patch", "delete", "options", "head")
def verb(r, name):
    got = getattr(r, name)(base() + "/anything" if name != "head" else base() + "/get")
    return got.status_code, got.request.method, plain(got.request.headers), got.url


ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n%s\r\n%s"


def made(content, headers=b""):
    return ANSWER % (len(content), headers, content)


TEXTS = {
    "none": made("ä".encode()),
    "utf-8": made("ä".encode(), b"Content-Type: text/plain; charset=utf-8\r\n"),
    "upper": made("ä".encode(), b"Content-Type: text/plain; charset=UTF-8\r\n"),
    "quoted": made("ä".encode(), b'Content-Type: text/plain; charset="utf-8"\r\n'),
    "latin": made(b"\xe4", b"Content-Type: text/html; charset=ISO-8859-1\r\n"),
    "cp1252": made(b"\x80", b"Content-Type: text/html; charset=windows-1252\r\n"),
    "unknown": made(b"abc\xff", b"Content-Type: text/html; charset=nonsense\r\n"),
    "json": made('{"a":"ä"}'.encode(), b"Content-Type: application/json\r\n"),
    "json16": made('{"a":1}'.encode("utf-16"), b"Content-Type: application/octet-stream\r\n"),
    "json32": made('{"a":1}'.encode("utf-32-le"), b"Content-Type: application/octet-stream\r\n"),
    "bom": made('{"a":1}'.encode("utf-8-sig"), b"Content-Type: application/octet-stream\r\n"),
    "html": made("ä".encode(), b"Content-Type: text/html\r\n"),
    "html latin": made(b"\xe4", b"Content-Type: text/html\r\n"),
    "bad utf-8": made(b"\xff\xfe\xfd", b"Content-Type: text/plain; charset=utf-8\r\n"),
    "empty": made(b"", b"Content-Type: text/plain\r\n"),
    "utf-16": made("aä".encode("utf-16"), b"Content-Type: text/plain; charset=utf-16\r\n"),
}


@case(*TEXTS)
def text(r, name):
    got = raw(TEXTS[name])(r)
    return got.encoding, got.text, got.content


@case(*TEXTS)
def json(r, name):
    return raw(TEXTS[name])(r).json()


@case(*TEXTS)
def chosen_encoding(r, name):
    got = raw(TEXTS[name])(r)
    got.encoding = "latin-1"
    return got.encoding, got.text


FRAMINGS = {
    "length": made(b"abc"),
    "until close": b"HTTP/1.1 200 OK\r\n\r\nabc",
    "1.0": b"HTTP/1.0 200 OK\r\n\r\nabc",
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2;x=y\r\nbc\r\n0\r\n\r\n",
    "trailers": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n",
    "204": b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
    "304": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    "100": b"HTTP/1.1 100 Continue\r\n\r\n" + made(b"abc"),
    "103": b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + made(b"abc"),
    "short": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
    "short chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
    "no last chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    "bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n",
    "garbage": b"garbage\r\n\r\n",
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nX: y\r\n",
    "length abc": b"HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\nabc",
    "length -1": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "same lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "bare LF": b"HTTP/1.1 200 OK\nContent-Length: 3\n\nabc",
    "no reason": b"HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nabc",
    "empty reason": b"HTTP/1.1 200 \r\nContent-Length: 3\r\n\r\nabc",
    "no colon": b"HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 3\r\n\r\nabc",
    "folded": made(b"abc", b"X: a\r\n b\r\n"),
    "latin header": made(b"abc", b"X: \xe4\r\n"),
    "repeated": made(b"abc", b"X: a\r\nx: b\r\n"),
    "cookies": made(b"abc", b"Set-Cookie: a=b; Path=/\r\nSet-Cookie: c=d\r\n"),
    "latin reason": b"HTTP/1.1 200 \xe4\r\nContent-Length: 3\r\n\r\nabc",
    "xchunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\nabc",
}


GZIP = gzip.compress(b"abc" * 100)
CODED = {
    "gzip": made(GZIP, b"Content-Encoding: gzip\r\n"),
    "deflate": made(zlib.compress(b"abc"), b"Content-Encoding: deflate\r\n"),
    "raw deflate": made(zlib.compress(b"abc")[2:-4], b"Content-Encoding: deflate\r\n"),
    "upper": made(GZIP, b"Content-Encoding: GZIP\r\n"),
    "x-gzip": made(GZIP, b"Content-Encoding: x-gzip\r\n"),
    "two members": made(GZIP + GZIP, b"Content-Encoding: gzip\r\n"),
    "two codings": made(gzip.compress(zlib.compress(b"abc")), b"Content-Encoding: deflate, gzip\r\n"),
    "empty": made(b"", b"Content-Encoding: gzip\r\n"),
    "corrupt": made(b"no gzip", b"Content-Encoding: gzip\r\n"),
    "cut": made(GZIP[:-9], b"Content-Encoding: gzip\r\n"),
    "unknown": made(b"abc", b"Content-Encoding: nonsense\r\n"),
    "identity": made(b"abc", b"Content-Encoding: identity\r\n"),
    "large": made(gzip.compress(bytes(20 << 20)), b"Content-Encoding: gzip\r\n"),
}


@case(*CODED)
def coded(r, name):
    got = raw(CODED[name])(r)
    return len(got.content), got.content[:300], dict(got.headers)


@case(*CODED)
def coded_stream(r, name):
    got = raw(CODED[name], stream=True)(r)
    return len(b"".join(got.iter_content(1000)))


@case(*FRAMINGS)
def framing(r, name):
    got = raw(FRAMINGS[name])(r)
    return got.status_code, got.reason, dict(got.headers), got.content, got.cookies.get_dict()


@case(*FRAMINGS)
def framing_streamed(r, name):
    got = raw(FRAMINGS[name], stream=True)(r)
    return got.status_code, list(got.iter_content(2))


LINES = b"a\nb\r\nc\rd\n\ne"


@case(1, 2, 3, 5, 512)
def lines(r, size):
    got = raw(made(LINES), stream=True)(r)
    return list(got.iter_lines(chunk_size=size))


@case("bytes", "text", "delimiter", "cached", "end")
def more_lines(r, kind):
    answer = made(LINES + (b"\n" if kind == "end" else b""), b"Content-Type: text/plain; charset=utf-8\r\n")
    got = raw(answer, stream=kind != "cached")(r)
    if kind == "text":
        return list(got.iter_lines(decode_unicode=True))
    if kind == "delimiter":
        return list(got.iter_lines(delimiter=b"\n"))
    return list(got.iter_lines())


@case(1, 2, 100, None, "x", 0.5)
def blocks(r, size):
    got = raw(made(b"abcdef"), stream=True)(r)
    return b"".join(got.iter_content(size)) if size is None else list(got.iter_content(size))


@case(1, 2, 100)
def blocks_of_what_was_read(r, size):
    got = raw(made(b"abcdef"))(r)
    return list(got.iter_content(size)), list(got), got.content


@case("content", "text", "iter", "json")
def consumed(r, then):
    got = raw(made(b"abcdef"), stream=True)(r)
    list(got.iter_content(2))
    if then == "iter":
        return list(got.iter_content(2))
    return got.json() if then == "json" else getattr(got, then)


@case("next", "next all", "two", "two all", "raw", "raw all", "raw two", "both")
def read_in_parts(r, how):
    got = raw(made(b"abcdef"), stream=True)(r)
    size = 9 if "all" in how else 2
    if how[:3] == "raw":
        first = got.raw.read(size)
        return first, list(got.iter_content(2)) if how == "raw two" else got.content
    first = next(got.iter_content(size))
    if how[:4] == "next":
        return (first, got.content) if how == "next" else first
    if how == "both":
        blocks = got.iter_content(2)
        return first, next(blocks), got.content, list(blocks), got.content
    return first, list(got.iter_content(2))


@case(1, 3, 100)
def delimited(r, size):
    got = raw(made(b"a,b,,c,"), stream=True)(r)
    return list(got.iter_lines(chunk_size=size, delimiter=b","))


@case()
def delimiter_of_two(r):
    got = raw(made(b"a,;b;c,;,;d"), stream=True)(r)
    return list(got.iter_lines(chunk_size=100, delimiter=b",;"))


@case()
def response_made_by_hand(r):
    got = r.Response()
    got.status_code, got._content = 200, b"ab"
    seen = got.text, got.ok
    with got:
        pass
    return seen, got.close(), got.text


@case(None, [None], (), [])
def shapes_of_hooks(r, hooks):
    return raw(made(b"ok"), hooks={"response": hooks})(r).text


@case(b"\xe9", b"\xc5\x82", b"plain", b"", b" x", b"a\r\nb: c")
def header_of_bytes(r, value):
    heads = []

    def keep(self, data, *args):
        heads.append(bytes(data))
        return send(self, data, *args)

    send, socket.socket.send, sendall = socket.socket.send, keep, socket.socket.sendall
    socket.socket.sendall = keep
    try:
        raw(made(b"ok"), headers={"X-B": value})(r)
    finally:
        socket.socket.send, socket.socket.sendall = send, sendall
    return [line for line in heads[0].split(b"\r\n") if line[:4].lower() == b"x-b:"]


@case(1, 2, 3)
def unicode_blocks(r, size):
    answer = made("aäöü€".encode(), b"Content-Type: text/plain; charset=utf-8\r\n")
    return "".join(raw(answer, stream=True)(r).iter_content(size, decode_unicode=True))


@case("with", "close", "raw")
def leaving(r, how):
    got = raw(made(b"abcdef"), stream=True)(r)
    if how == "raw":
        return got.raw.read(3), got.raw.read()
    if how == "close":
        got.close()
        return got.status_code
    with got:
        return got.content


@case(
    "<a>; rel=next, <b>; rel=prev", '<http://x/?a,b>; rel="next"; title="x, y"', "<c>", "", "<d>; rel=", "x"
)
def links(r, value):
    return raw(made(b"", b"Link: %s\r\n" % value.encode()))(r).links


@case("not json", "{", '{"a": 1}x', "", "[1, 2]", "nan")
def bad_json(r, value):
    got = raw(made(value.encode()))(r)
    try:
        return got.json()
    except r.JSONDecodeError as error:
        return error.pos, error.doc, error.response is got or error.response is None


# --- Redirects ---

REDIRECTS = 300, 301, 302, 303, 304, 305, 307, 308


@case(
    *[
        "%s %d %s" % (m, c, b)
        for m in METHODS + ("HEAD",)
        for c in REDIRECTS
        for b in ("nothing", "bytes", "form", "file")
    ]
)
def redirect(r, name):
    how, code, what = name.split(" ")
    url = SERVER.register(
        b"HTTP/1.1 %s X\r\nLocation: %s/anything\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        % (code.encode(), base().encode())
    )
    got = r.request(how, url, allow_redirects=True, **BODIES[what]())
    said = echoed(got) if got.history and how != "HEAD" else None
    return (
        got.status_code,
        got.request.method,
        said,
        [one.status_code for one in got.history],
        plain(got.request.headers),
    )


LOCATIONS = (
    "get",
    "/get",
    "./get?a=b",
    "../get",
    "?x=y",
    "#f",
    "",
    "//{host}/get",
    "HTTP://{host}/get",
    "http://{host}/get#new",
)
LOCATIONS += (
    "/get?a b",
    "/get?ä",
    "/get?%C3%A4",
    "ftp://x/",
    "http://",
    "http://:x/",
    "mailto:x",
    "/a/../get",
    "get?u=http://x//y",
)


@case(*LOCATIONS)
def location(r, where):
    home = base()[7:]
    target = where.format(host=home)
    url = SERVER.register(
        b"HTTP/1.1 302 X\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % target.encode()
    )
    got = r.get(url + "#old", allow_redirects=False)
    return re.sub(r"/\d+(?=\?|#|$)", "/N", got.next.url) if got.next is not None else None


@case("limit", "loop", "first", "none", "history", "head")
def redirects(r, kind):
    s = r.Session()
    if kind == "limit":
        s.max_redirects = 2
        return s.get(base() + "/redirect/3").status_code
    if kind == "loop":
        url = SERVER.register(b"")
        SERVER.answers[url[url.rfind("/") :]] = (
            b"HTTP/1.1 302 X\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % url.encode()
        )
        return s.get(url).status_code
    if kind == "first":
        got = s.get(base() + "/redirect/2", allow_redirects=False)
        return got.status_code, got.is_redirect, got.next.url, got.next.method, got.content
    if kind == "none":
        return s.get(base() + "/get").history
    if kind == "head":
        return s.head(base() + "/redirect/1").status_code, s.head(
            base() + "/redirect/1", allow_redirects=True
        ).status_code
    got = s.get(base() + "/redirect/3")
    return [
        (one.status_code, one.url, [h.url for h in one.history], one.text) for one in got.history
    ], got.url


@case("same", "other")
def secrets_on_redirect(r, where):
    target = base() if where == "same" else base().replace("127.0.0.1", "localhost")
    s = r.Session()
    s.headers["X-Other"] = "kept"
    s.headers["X-Api-Key"] = "secret"
    s.cookies.set("c", "d", domain="127.0.0.1")
    got = s.get(
        base() + "/redirect-to",
        params={"url": target + "/anything"},
        auth=("u", "p"),
        headers={"Proxy-Authorization": "x"},
    )
    return echoed(got)["headers"], plain(got.request.headers)


# --- Authentication ---


@case("tuple", "list", "basic", "wrong", "url", "callable", "session", "unicode", "none", "proxy")
def auth(r, kind):
    url = base() + "/anything"
    if kind == "url":
        return echoed(r.get(url.replace("//", "//us%20er:p%40ss@")))["headers"]
    if kind == "session":
        s = r.Session()
        s.auth = "user", "pass"
        return [s.get(base() + "/basic-auth/user/pass").status_code for _ in range(2)]
    if kind == "wrong":
        return r.get(base() + "/basic-auth/user/pass", auth=("user", "nix")).status_code

    def bearer(request):
        request.headers["Authorization"] = "Bearer x"
        return request

    made = {
        "tuple": ("user", "pass"),
        "list": ["user", "pass"],
        "basic": r.auth.HTTPBasicAuth("user", "pass"),
        "callable": bearer,
        "unicode": ("usér", "pass"),
        "none": None,
        "proxy": r.auth.HTTPProxyAuth("user", "pass"),
    }[kind]
    return echoed(r.get(url, auth=made))["headers"]


@case(*[q + " " + a for q in ("auth", "auth-int", "none") for a in ("MD5", "SHA-256", "SHA-512")])
def digest(r, name):
    qop, algorithm = name.split(" ")
    s = r.Session()
    s.auth = r.auth.HTTPDigestAuth("user", "pass")
    url = base() + "/digest-auth/%s/user/pass/%s" % (qop, algorithm)
    got = [s.get(url) for _ in range(2)]
    return [(one.status_code, [h.status_code for h in one.history]) for one in got]


@case("wrong", "stale", "post", "redirect")
def more_digest(r, kind):
    s = r.Session()
    s.auth = r.auth.HTTPDigestAuth("user", "nix" if kind == "wrong" else "pass")
    if kind == "stale":
        got = s.get(base() + "/digest-auth/auth/user/pass/MD5/1")
        return [got.status_code, s.get(base() + "/digest-auth/auth/user/pass/MD5/1").status_code]
    if kind == "redirect":
        return s.get(
            base() + "/redirect-to", params={"url": base() + "/digest-auth/auth/user/pass"}
        ).status_code
    if kind == "post":
        got = s.post(base() + "/anything", data=io.BytesIO(b"abc"))
        return got.status_code, got.json()["data"]
    got = s.get(base() + "/digest-auth/auth/user/pass")
    return got.status_code, [one.status_code for one in got.history]


# --- Cookies ---

COOKIES = [
    "a=b",
    "a=b; Path=/",
    "a=b; Path=/nowhere",
    "a=b; Domain=127.0.0.1",
    "a=b; Domain=example.com",
    "a=b; Max-Age=100",
    "a=b; Max-Age=0",
    "a=b; Expires=Wed, 09 Jun 2100 10:18:14 GMT",
    "a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    "a=b; Secure",
    "a=b; HttpOnly; SameSite=Lax",
    'a="b c"',
    "a=b=c",
    "a",
    "=b",
    "a=",
]


@case(*COOKIES)
def cookie(r, field):
    s = r.Session()
    got = s.get(base() + "/response-headers", params={"Set-Cookie": field})
    sent = s.get(base() + "/cookies").json()
    there = [(c.name, c.value, c.domain, c.path, c.secure, c.expires is None) for c in s.cookies]
    return got.cookies.get_dict(), there, sent


@case("request", "session", "both", "jar", "redirect", "delete", "header", "bytes", "helpers", "scheme")
def cookies(r, kind):
    s = r.Session()
    url = base() + "/cookies"
    if kind == "helpers":
        r.utils.add_dict_to_cookiejar(s.cookies, {"a": "b"})
        return r.utils.dict_from_cookiejar(s.cookies), s.get(url).json()
    if kind == "scheme":
        s.cookies.set("a", "b", domain="host.example")
        asked = r.Request("GET", "mock://host.example/path")
        return s.prepare_request(asked).headers["Cookie"], s.get("ftp://127.0.0.1/x")
    if kind == "request":
        return s.get(url, cookies={"a": "b"}).json(), s.get(url).json(), s.cookies.get_dict()
    if kind == "session":
        s.cookies["a"] = "b"
        s.cookies.update({"c": "d"})
        return s.get(url).json(), sorted(s.cookies.items()), len(s.cookies)
    if kind == "both":
        s.cookies.set("a", "session")
        return s.get(url, cookies={"a": "request", "b": "x"}).json()
    if kind == "jar":
        jar = r.cookies.RequestsCookieJar()
        jar.set("a", "b", domain="127.0.0.1", path="/cookies")
        jar.set("c", "d", domain="127.0.0.1", path="/elsewhere")
        return s.get(url, cookies=jar).json()
    if kind == "redirect":
        got = s.get(base() + "/cookies/set/a/b")
        return got.json(), got.history[0].cookies.get_dict(), got.cookies.get_dict(), s.cookies.get_dict()
    if kind == "delete":
        s.get(base() + "/cookies/set/a/b")
        return s.get(base() + "/cookies/delete", params={"a": ""}).json(), s.cookies.get_dict()
    if kind == "header":
        return s.get(url, headers={"Cookie": "x=y"}, cookies={"a": "b"}).json()
    return s.get(url, cookies={"a": b"b"}).json()


@case("get", "conflict", "domains", "iterate", "copy", "pickle", "clear", "contains", "missing")
def jar(r, kind):
    import pickle

    jar = r.cookies.RequestsCookieJar()
    jar.set("a", "1", domain="one.example", path="/")
    jar.set("b", "2", domain="two.example", path="/x")
    if kind == "conflict":
        jar.set("a", "3", domain="two.example", path="/")
        return jar.get("a", domain="one.example"), jar["a"]
    if kind == "domains":
        return (
            jar.list_domains(),
            jar.list_paths(),
            jar.multiple_domains(),
            jar.get_dict(domain="one.example"),
        )
    if kind == "iterate":
        return [c.name for c in jar], jar.keys(), jar.values(), jar.items(), dict(jar)
    if kind == "copy":
        other = jar.copy()
        other.set("c", "3")
        return len(jar), len(other), other["c"]
    if kind == "pickle":
        return pickle.loads(pickle.dumps(jar)).items()
    if kind == "clear":
        del jar["a"]
        jar.set("b", None)
        return len(jar)
    if kind == "contains":
        return "a" in jar, "z" in jar
    if kind == "missing":
        return jar.get("z", "default"), jar["z"]
    return jar.get("a"), jar["b"]


# --- Sessions ---


@case(
    "headers",
    "none",
    "params",
    "no param",
    "verify",
    "pickle",
    "prepared",
    "changed",
    "adapters",
    "mount",
    "send",
    "with",
)
def session(r, kind):
    import pickle

    s = r.Session()
    url = base() + "/anything"
    if kind == "headers":
        s.headers.update({"X-A": "1", "X-B": "2"})
        return echoed(s.get(url, headers={"x-b": "3"}))["headers"]
    if kind == "none":
        s.headers["X-A"] = "1"
        return echoed(s.get(url, headers={"X-A": None, "Accept": None}))["headers"]
    if kind == "params":
        s.params = {"a": "1"}
        return s.get(url, params={"b": "2"}).url
    if kind == "no param":
        s.params = {"a": "1", "b": "2"}
        return s.get(url, params={"a": None}).url
    if kind == "verify":
        return s.verify, s.cert, s.trust_env, s.stream, s.max_redirects, s.proxies, s.params, s.auth
    if kind == "pickle":
        s.headers["X"] = "y"
        s.cookies["a"] = "b"
        other = pickle.loads(pickle.dumps(s))
        return other.headers["x"], other.cookies["a"], other.get(url).status_code
    if kind == "prepared":
        made = s.prepare_request(r.Request("POST", url, data={"a": "b"}))
        return made.method, made.url, made.body, plain(made.headers)
    if kind == "changed":
        made = s.prepare_request(r.Request("POST", url, data="old"))
        made.body = "no new"
        made.headers["Content-Type"] = "text/x"
        made.headers["Content-Length"] = "6"
        del made.headers["Accept"]
        return echoed(s.send(made))
    if kind == "adapters":
        return list(s.adapters), type(s.get_adapter("http://x")).__name__
    if kind == "mount":
        s.mount("http://github.com", r.adapters.HTTPAdapter())
        s.mount("http://git", r.adapters.HTTPAdapter())
        return list(s.adapters)
    if kind == "send":
        return s.send(r.Request("GET", url)).status_code
    with r.Session() as s:
        return s.get(url).status_code


@case("response", "list", "session", "replace", "bad", "deregister")
def hooks(r, kind):
    url, seen = base() + "/get", []

    def hook(response, *args, **kwargs):
        seen.append((response.status_code, sorted(set(kwargs) - {"deadline"})))

    if kind == "replace":
        return r.get(
            url, hooks={"response": lambda response, **kw: "replaced"} if 0 else {"response": hook}
        ).status_code, seen
    if kind == "session":
        s = r.Session()
        s.hooks["response"].append(hook)
        s.get(url)
        return seen
    if kind == "bad":
        return r.get(url, hooks={"nonsense": hook}).status_code
    if kind == "deregister":
        made = r.Request("GET", url, hooks={"response": hook})
        return made.deregister_hook("response", hook), made.deregister_hook("response", hook)
    r.get(url, hooks={"response": [hook, hook] if kind == "list" else hook})
    return seen


@case("custom", "pickle", "made")
def response(r, kind):
    import pickle

    if kind == "pickle":
        got = pickle.loads(pickle.dumps(r.get(base() + "/get?a=b")))
        return (
            got.status_code,
            got.url,
            got.json()["args"],
            got.ok,
            got.request.method,
            got.reason,
            got.encoding,
        )
    if kind == "made":
        got = r.Response()
        first = got.status_code, got.url, got.content, got.headers, got.history, got.encoding, got.reason
        got.status_code, got.url, got._content = 404, "http://x/", b'{"a": 1}'
        got.encoding = "utf-8"
        return first, got.ok, got.text, got.json(), list(got.iter_content(3))

    class Adapter(r.adapters.BaseAdapter):
        def send(self, request, **kwargs):
            got = r.Response()
            got.status_code = 201
            got.raw = io.BytesIO(b"made up")
            got.url = request.url
            got.request = request
            got.headers["X"] = "y"
            return got

        def close(self):
            pass

    s = r.Session()
    s.mount("mock://", Adapter())
    got = s.get("mock://x/y")
    return got.status_code, got.text, got.headers["x"], got.url


# --- Failures ---


@case("refused", "name", "read", "body", "connect zero", "tuple", "timeout text", "get_adapter")
def failure(r, kind):
    if kind == "refused":
        return r.get("http://127.0.0.1:1/")
    if kind == "name":
        return r.get("http://nowhere.invalid/")
    if kind == "read":
        return r.get(base() + "/delay/3", timeout=0.2)
    if kind == "body":
        return r.get(base() + "/drip?numbytes=5&duration=5&delay=0", timeout=0.4).content
    if kind == "connect zero":
        return r.get(base() + "/get", timeout=0)
    if kind == "tuple":
        return r.get(base() + "/get", timeout=(5, 5)).status_code
    if kind == "timeout text":
        return r.get(base() + "/get", timeout=(1, 2, 3))
    return r.get("nix://x/")


@case("untrusted", "verify", "off", "wrong host", "expired", "no file", "session", "environment")
def tls(r, kind):
    url, ca = os.environ["HTTPBIN_TLS_URL"] + "/get", os.environ["TEST_CERTIFICATES"] + "/ca.pem"
    if kind == "untrusted":
        return r.get(url).status_code
    if kind == "wrong host":
        return r.get(os.environ["HTTPBIN_WRONG_HOST_URL"] + "/get", verify=ca)
    if kind == "expired":
        return r.get(os.environ["HTTPBIN_EXPIRED_URL"] + "/get", verify=ca)
    if kind == "no file":
        return r.get(url, verify="/nowhere.pem")
    if kind == "session":
        s = r.Session()
        s.verify = ca
        return [s.get(url).status_code for _ in range(2)], s.get(url, verify=False).status_code
    if kind == "environment":
        os.environ["REQUESTS_CA_BUNDLE"] = ca
        try:
            return r.get(url).status_code
        finally:
            del os.environ["REQUESTS_CA_BUNDLE"]
    return r.get(url, verify=ca if kind == "verify" else False).status_code


# --- Names and helpers ---

UTILS = {
    "requote_uri": ["http://x/a b", "http://x/%7e%zz", "http://x/é", "a%2Fb%2f"],
    "unquote_unreserved": ["%7e%2f%41", "abc", "%7E"],
    "get_auth_from_url": ["http://u:p@h/", "http://u%20:p%40@h/", "http://h/", "http://u@h/"],
    "parse_dict_header": ['a="b, c", d=e', "a", 'a="x\\"y"'],
    "parse_list_header": ['a, "b, c", d', "a"],
    "parse_header_links": ["<a>; rel=next; type=x, <b>", "", "<a>"],
    "unquote_header_value": ['"a"', "a", '"a\\\\b"', '""'],
    "get_encoding_from_headers": [
        {"content-type": "text/html; charset=x"},
        {"content-type": "application/json"},
        {},
        {"content-type": "image/png"},
        {"content-type": "text/plain; charset='utf-8'"},
    ],
    "to_key_val_list": [{"a": 1}, [("a", 1)], None, "x", 5],
    "super_len": [b"abc", "aä", [1, 2], bytearray(b"ab")],
    "guess_json_utf": [
        b'{"a":1}',
        '{"a":1}'.encode("utf-16"),
        '{"a":1}'.encode("utf-32-be"),
        '{"a":1}'.encode("utf-8-sig"),
    ],
    "urldefragauth": ["http://u:p@h/x#y", "http://h/x?a"],
    "is_ipv4_address": ["1.2.3.4", "x", "8.8.8.8.8"],
    "is_valid_cidr": ["10.0.0.0/8", "10.0.0.0", "10.0.0.0/0", "x/8", "10.0.0.0/33", "10.0.0.0/\u00b2"],
    "dotted_netmask": [8, 24, 32],
    "iter_slices": [],
    "cookiejar_from_dict": [{"a": "b"}, None],
    "default_headers": [],
}


@case(*[(name, i) for name in UTILS for i in range(len(UTILS[name]))])
def helper(r, which):
    name, i = which
    return getattr(r.utils, name)(UTILS[name][i])


@case()
def helpers_for_cookies(r):
    jar = r.utils.cookiejar_from_dict({"a": "1"})
    same = r.utils.add_dict_to_cookiejar(jar, {"a": "2", "b": "3"})
    return same is jar, r.utils.dict_from_cookiejar(jar), type(jar).__name__


@case(
    *[
        name
        for name, kind in vars(psf.exceptions).items()
        if getattr(kind, "__module__", "") == "requests.exceptions"
    ]
)
def exception(r, name):
    kind = getattr(r.exceptions, name)
    names = set(dir(psf.exceptions)) | {"ValueError", "TypeError", "OSError", "Warning", "DeprecationWarning"}
    return sorted(
        {base.__name__ for base in kind.__mro__} & names - {"BaseHTTPError", "CompatJSONDecodeError"}
    )


# Modules and imports that are there by accident, and what looks after dependencies.
INTERNAL = "annotations chardet_version charset_normalizer_version check_compatibility logging packages ssl"
INTERNAL += " urllib3 warnings DependencyWarning NullHandler"


@case(*[name for name in dir(psf) if name[0] != "_" and name not in INTERNAL.split()])
def name(r, name):
    return callable(getattr(r, name))


@case(*["Session", "Request", "PreparedRequest", "Response"])
def members(r, name):
    missing = {"merge_environment_settings"}
    kind = getattr(r, name)
    return sorted(
        {one for one in dir(getattr(psf, name)) if one[0] != "_" and not hasattr(kind, one)} - missing
    )


@case(*[name for name in psf.codes.__dict__ if name != "name"])
def code(r, name):
    return r.codes[name], getattr(r.codes, name)


@case("missing", "item", "repr")
def codes(r, kind):
    if kind == "missing":
        return r.codes.nonsense
    return r.codes["nonsense"] if kind == "item" else repr(r.codes)


@case(
    "get",
    "set",
    "delete",
    "equal",
    "repr",
    "lower",
    "iterate",
    "copy",
    "update",
    "pop",
    "setdefault",
    "missing",
)
def structure(r, kind):
    d = r.structures.CaseInsensitiveDict({"Content-Type": "a", "X": "b"})
    if kind == "get":
        return d["CONTENT-type"], d.get("x"), d.get("nix"), "x" in d
    if kind == "set":
        d["x"] = "c"
        return dict(d), len(d)
    if kind == "delete":
        del d["CONTENT-TYPE"]
        return list(d)
    if kind == "equal":
        return d == {"content-type": "a", "x": "b"}, d == {"x": "b"}, d == 5
    if kind == "repr":
        return repr(d), str(d)
    if kind == "lower":
        return list(d.lower_items())
    if kind == "iterate":
        return list(d), list(d.keys()), list(d.values()), list(d.items())
    if kind == "copy":
        other = d.copy()
        other["Y"] = "z"
        return len(d), len(other), type(other).__name__
    if kind == "update":
        d.update({"x": "q"}, z="w")
        return dict(d)
    if kind == "pop":
        return d.pop("x"), d.pop("nix", 5), len(d)
    if kind == "setdefault":
        return d.setdefault("x", "n"), d.setdefault("n", "m")
    return d["nix"]


# --- What the documentation shows ---


@case(
    "own auth",
    "custom verb",
    "stream",
    "generator",
    "prepared in a session",
    "order",
    "options",
    "history off",
)
def documented(r, kind):
    url = base() + "/anything"
    if kind == "own auth":

        class PizzaAuth(r.auth.AuthBase):
            def __init__(self, username):
                self.username = username

            def __call__(self, request):
                request.headers["X-Pizza"] = self.username
                return request

        return echoed(r.get(url, auth=PizzaAuth("kenneth")))["headers"]
    if kind == "custom verb":
        return r.request("MKCOL", url, data="x").status_code
    if kind == "stream":
        got = r.get(base() + "/stream/20", stream=True)
        return [len(line) > 0 for line in got.iter_lines() if line]
    if kind == "generator":
        return echoed(r.post(url, data=iter([b"hi", b"there"])))
    if kind == "prepared in a session":
        s = r.Session()
        made = s.prepare_request(r.Request("POST", url, data={"a": "b"}, headers={"X-Custom": "c"}))
        settings = s.merge_environment_settings(made.url, {}, None, None, None)
        got = s.send(made, **settings)
        return sorted(settings), echoed(got)
    if kind == "order":
        headers = {"X-Z": "1", "X-A": "2", "X-M": "3"}
        made = r.Request("GET", url, headers=headers).prepare()
        return [name for name in made.headers if name in headers]
    if kind == "options":
        return r.options(base() + "/get").headers["allow"].split(", ").sort()
    got = r.get(base() + "/redirect/1", allow_redirects=False)
    return got.status_code, got.history


FILES = {
    "bytes": lambda: {"f": b"abc"},
    "text": lambda: {"f": "abc"},
    "file": lambda: {"f": io.BytesIO(b"abc")},
    "name": lambda: {"f": ("n.txt", io.BytesIO(b"abc"))},
    "type": lambda: [("f", ("n.txt", b"abc", "text/x")), ("f", ("m.txt", b"def", "text/y", {"X": "z"}))],
    "read": lambda: {"f": read(io.BytesIO(b"xxabc"), 2)},
    "StringIO": lambda: {"f": io.StringIO("t\xe9xt")},
    "csv": lambda: [("f", ("n.csv", read(io.StringIO("xt\xe9xt"), 1), "text/csv", {"X": "z"}))],
    "source": lambda: {"f": open(__file__, encoding="utf-8")},
}

if importlib.util.find_spec("mrequests.multipart"):

    @case(*[name + " " + data for name in FILES for data in ("alone", "fields", "pairs", "text")])
    def files(r, which):
        name, fields = which.split(" ")
        fields = {"fields": {"a": "1", "b": ["2", "3"]}, "pairs": [("a", "1")], "text": "x"}.get(fields)
        said = echoed(r.post(base() + "/anything", files=FILES[name](), data=fields))
        return said["files"], said["form"], said["headers"]["content-type"].split("=")[0]


# --- Comparison ---


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_case(name):
    function = CASES[name]
    theirs, mine = outcome(function, psf), outcome(function, ours)
    if any(re.fullmatch(pattern, name) for pattern in KNOWN):
        assert mine != theirs, "no longer differs: take it from KNOWN"
    else:
        assert mine == theirs


def test_the_table_tells_the_differences():
    assert len(CASES) > 1000
    table = (ROOT / "docs" / "requests.md").read_text(encoding="utf-8")
    assert [row for row in KNOWN.values() if "| %s |" % row not in table] == []
    unused = [pattern for pattern in KNOWN if not any(re.fullmatch(pattern, name) for name in CASES)]
    assert unused == []
