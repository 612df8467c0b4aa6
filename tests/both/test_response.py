"""The response object: what it tells, and in what order it may be read."""

from io import BytesIO

from doubles import Network, Pieces
from support import raises, scratch

import mrequests
from mrequests import Response

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n"
SMALL_HEAP_SKIP = ("test_large_default_read",)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def get(body, size=10000, head=HEAD, **kw):
    """The response to a GET: its head, then the body in pieces of this size."""
    if b"%d" in head:
        head = head % len(body)
    received = [head, body] if size >= len(body) else Pieces(head + body, size)
    with Network(received) as network:
        r = mrequests.get("http://h/", **kw)
        r.network = network
        return r


def whole(body, **kw):
    """The same with head and body in one piece."""
    with Network([HEAD % len(body) + body]):
        return mrequests.get("http://h/", **kw)


def test_facts():
    r = get(b"hello")
    assert r.status_code == 200 and isinstance(r.status_code, int)
    assert r.reason == "OK" and isinstance(r.reason, str)
    assert r.url == "http://h/" and r.ok is True and r.encoding == "utf-8"
    assert isinstance(r, Response) and not r.chunked
    assert r.content == b"hello" and isinstance(r.content, bytes)
    assert r.text == "hello" and isinstance(r.text, str)


def test_chunked_is_told():
    r = get(b"0\r\n\r\n", head=CHUNKED, size=9)
    assert r.chunked


def test_again_and_again():
    for make in (get, whole):
        r = make(b'{"a": 1}')
        for _ in range(3):
            assert r.content == b'{"a": 1}' and r.text == '{"a": 1}' and r.json() == {"a": 1}


def test_content_then_the_others():
    for make in (get, whole):
        r = make(b"ab\ncd")
        assert r.content == b"ab\ncd"
        assert list(r.iter_content(2)) == [b"ab", b"\nc", b"d"]
        assert r.content == b"ab\ncd"
        r = make(b"ab\ncd")
        assert r.content and list(r.iter_lines()) == [b"ab", b"cd"]
        r = make(b"ab\ncd")
        assert r.content and r.read() == b"ab\ncd"
        r = make(b"ab\ncd")
        assert r.content and r.raw.read() == b"ab\ncd"


def test_content_after_close():
    for make in (get, whole):
        r = make(b"hello")
        assert r.content == b"hello"
        r.close()
        r.close()
        assert r.content == b"hello" and r.text == "hello"


def test_reading_after_close_is_an_error():
    for read in (
        lambda r: r.content,
        lambda r: r.text,
        lambda r: r.read(),
        lambda r: r.readinto(bytearray(3)),
        lambda r: list(r.iter_content()),
        lambda r: list(r.iter_lines()),
    ):
        r = get(b"hello" * 300)
        r.close()
        raises((ValueError, OSError), read, r)


def test_content_after_the_body_was_read():
    # What is gone cannot be given, however the bytes happened to arrive.
    for make in (lambda: get(b"hello" * 300), lambda: get(b"hello"), lambda: whole(b"hello")):
        r = make()
        r.read(None)
        raises(ValueError, lambda r=r: r.content)


def test_content_after_a_part_was_read_is_the_same_however_it_arrived():
    outcomes = []
    for make in (get, whole):
        r = make(b"hello")
        assert r.read(2) == b"he"
        try:
            outcomes.append(r.content)
        except ValueError:
            outcomes.append(ValueError)
    assert outcomes[0] == outcomes[1], outcomes


def test_reading_goes_on_where_it_was():
    for size in (1, 3, 10000):
        r = get(b"0123456789", size)
        buf = bytearray(2)
        assert r.read(3) == b"012"
        n = r.readinto(buf)
        assert bytes(buf[:n]) == b"34"[:n]
        assert next(r.iter_content(1)) == b"0123456789"[3 + n : 4 + n]
        assert r.read(None) == b"0123456789"[4 + n :]
        assert r.read() == b"" and r.read(5) == b"" and r.readinto(buf) == 0


def test_sizes_of_read():
    for size in (1, 4, 10000):
        r = get(b"0123456789", size)
        assert r.read(4) == b"0123" and r.read(6) == b"456789" and r.read(1) == b""
        assert get(b"0123456789", size).read(100) == b"0123456789"
        assert get(b"0123456789", size).read(-1) == b"0123456789"
        assert get(b"0123456789", size).read(None) == b"0123456789"
        r = get(b"0123456789", size)
        assert r.read(10) == b"0123456789" and r.read(10) == b""


def test_read_of_nothing_takes_nothing():
    for size in (1, 10000):
        r = get(b"0123456789", size)
        assert r.read(0) == b"" and r.content == b"0123456789"
    r = get(b"5\r\nhello\r\n0\r\n\r\n", head=CHUNKED)
    assert r.read(0) == b"" and r.read(None) == b"hello"


def test_read_takes_no_more_than_it_is_asked_for():
    chunks = b"6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n"
    for size in (1, 5, 10000):
        for n in (1, 2, 5, 6, 7, 10):
            r = get(chunks, size, head=CHUNKED)
            data = r.read(n)
            assert data == b"hello world"[:n], (size, n, data)
            assert data + r.read(None) == b"hello world"


def test_large_default_read():
    body = b"x" * 5000
    r = get(body, 999)
    assert len(r.read()) == 4096 and len(r.read()) == 904 and r.read() == b""


def test_readinto_leaves_the_rest_of_the_buffer():
    for chunked in (False, True):
        head = CHUNKED if chunked else HEAD
        body = b"3\r\nabc\r\n0\r\n\r\n" if chunked else b"abc"
        r = get(body, head=head)
        buf = bytearray(b".......")
        assert r.readinto(buf) == 3 and buf == b"abc....", buf
        assert r.readinto(buf) == 0 and buf == b"abc...."


def test_readinto_never_grows_the_buffer():
    buf = bytearray(3)
    r = get(b"abcdef")
    assert r.readinto(buf, 100) == 3 and buf == b"abc", buf


def test_readinto_with_memoryview_and_size():
    buf = bytearray(b"........")
    r = get(b"abcdef")
    assert r.readinto(memoryview(buf)[1:4]) == 3 and buf == b".abc....", buf
    assert r.readinto(buf, 2) == 2 and buf == b"debc....", buf
    assert r.readinto(buf, 100) == 1 and buf == b"febc....", buf


def test_save_tells_how_far_it_is():
    seen = []
    get(b"hello" * 3).saveinto(
        BytesIO(), bytearray(6), progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(6, 15), (12, 15), (15, 15)]
    r = get(b"hello")
    raises(KeyError, r.save, scratch("saved"), progress=lambda done, total: {}[done])
    assert r.network.all_closed()


def test_save_tells_the_size():
    path = scratch("saved")
    assert get(b"hello" * 500, 700).save(path) == 2500
    with open(path, "rb") as file:
        assert file.read() == b"hello" * 500
    assert get(b"").save(path) == 0
    with open(path, "rb") as file:
        assert file.read() == b""
    assert get(b"hello").save(path, bytearray(2)) == 5
    assert get(b"hello").save(path, buf=bytearray(10), chunk_size=3) == 5
    assert get(b"hello").save(path, chunk_size=3) == 5
    with open(path, "rb") as file:
        assert file.read() == b"hello"


class Full:
    """A file on which nothing can be written any more."""

    def write(self, data):
        raise OSError(28, "no space")


def test_file_that_fails_closes():
    r = get(b"hello" * 100)
    assert raises(OSError, r.saveinto, Full()).errno == 28
    assert r.network.all_closed()
    r = get(b"hello" * 100)
    raises(OSError, r.save, "/no/such/folder/file")


def test_with():
    with get(b"hello" * 100) as r:
        assert r.status_code == 200 and not r.network.sockets[0].closed
    assert r.network.all_closed()
    try:
        with get(b"hello" * 100) as r:
            raise KeyError("x")
    except KeyError:
        pass
    assert r.network.all_closed()


def test_text_is_utf_8():
    r = get(b"\xc3\xa4\xe2\x82\xac")
    assert r.encoding == "utf-8" and r.text == "\xe4\u20ac"


def test_content_encoding_is_no_charset():
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 5\r\n\r\n"
    r = get(b"hello", head=head)
    assert r.encoding == "utf-8" and r.text == "hello"


def test_encoding_can_be_set():
    r = get(b"abc")
    r.encoding = "ascii"
    assert r.text == "abc"


def test_json():
    assert get(b'{"a": ["\xc3\xa4", null]}').json() == {"a": ["\xe4", None]}
    assert get(b"[]").json() == [] and get(b"1").json() == 1 and get(b'"x"').json() == "x"
    for body in (b"", b"<html>", b'{"a": x}'):
        r = get(body)
        raises(ValueError, r.json)
        assert r.network.all_closed()


def test_headers_as_lines():
    r = get(b"hello", save_headers=True)
    assert r.headers == [b"Content-Type: text/plain", b"Content-Length: 5"]
    lines = [b"A: b", b"Set-Cookie: x", b"set-cookie: y", b"no colon", b"Z:\xe4", b"Content-Length: 0"]
    r = get(b"", head=b"HTTP/1.1 200 OK\r\n" + b"\r\n".join(lines) + b"\r\n\r\n", save_headers=True)
    assert r.headers == lines, r.headers


def test_headers_of_interim_responses_are_not_kept():
    head = b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 0\r\n\r\n"
    assert get(b"", head=head, save_headers=True).headers == [b"A: b", b"Content-Length: 0"]


def test_headers_are_those_of_the_last_response():
    first = b"HTTP/1.1 302 x\r\nLocation: /x\r\nX-First: 1\r\n\r\n"
    with Network([first], [b"HTTP/1.1 200 OK\r\nX-Second: 2\r\nContent-Length: 0\r\n\r\n"]):
        r = mrequests.get("http://h/", save_headers=True)
    assert r.headers == [b"X-Second: 2", b"Content-Length: 0"]


def test_headers_that_were_not_kept():
    r = get(b"hello")
    assert not r.headers and len(r.headers) == 0
    for look in (lambda: r.headers["a"], lambda: r.headers.get("a"), lambda: r.headers.get("a", 1)):
        assert "save_headers" in str(raises(KeyError, look))


class Parsed(Response):
    """The upstream library's documented example."""

    def __init__(self, *args, **kw):
        super().__init__(*args, **kw)
        self.headers = {}

    def add_header(self, data):
        data = self._parse_header(data) or data
        if b":" in data:
            name, value = data.split(b":", 1)
            self.headers[name.strip().lower().decode()] = value.strip().decode()


def test_response_class():
    for save_headers in (False, True):
        r = get(b"hello", response_class=Parsed, save_headers=save_headers)
        assert isinstance(r, Parsed) and r.content == b"hello"
        assert r.headers == {"content-type": "text/plain", "content-length": "5"}
    r = get(b"5\r\nhello\r\n0\r\n\r\n", head=CHUNKED, response_class=Parsed)
    assert r.content == b"hello"


def test_response_class_that_drops_every_line():
    class Deaf(Response):
        def add_header(self, data):
            pass

    assert get(b"hello", response_class=Deaf).content == b"hello"


def test_response_class_that_fails():
    class Failing(Response):
        def add_header(self, data):
            raise KeyError("x")

    with Network([HEAD % 5 + b"hello"]) as network:
        raises(KeyError, mrequests.get, "http://h/", response_class=Failing)
        assert network.all_closed()


def test_response_class_and_its_arguments():
    seen = []

    class Curious(Response):
        def __init__(self, sock, sockfile, save_headers=False):
            seen.append(save_headers)
            super().__init__(sock, sockfile, save_headers)

    get(b"x", response_class=Curious, save_headers=True)
    get(b"x", response_class=Curious)
    assert seen == [True, False]


def test_ok_and_raise_for_status():
    for status in (200, 204, 301, 399, 400, 404, 500):
        ok = status < 400
        with Network([b"HTTP/1.1 %d Reason\r\nContent-Length: 0\r\n\r\n" % status]):
            r = mrequests.get("http://h/x", max_redirects=0)
        assert r.ok is ok
        if ok:
            r.raise_for_status()
        else:
            error = raises(OSError, r.raise_for_status)
            assert str(status) in str(error) and "http://h/x" in str(error), error


def test_unknown_attributes():
    r = get(b"x")
    raises(AttributeError, lambda: r.no_such_thing)
    assert not hasattr(r, "no_such_thing")


def test_iter_lines():
    for body, lines in (
        (b"", []),
        (b"a", [b"a"]),
        (b"a\n", [b"a"]),
        (b"a\r\nb\r\n", [b"a", b"b"]),
        (b"a\n\nb", [b"a", b"", b"b"]),
        (b"\n\n", [b"", b""]),
        (b"a\rb", [b"a", b"b"]),
        (b"a\r\n\r\nb", [b"a", b"", b"b"]),
        (b"a\n\rb", [b"a", b"", b"b"]),
        (b"a\r\r\nb", [b"a", b"", b"b"]),
        (b"long line " * 60 + b"\nend", [b"long line " * 60, b"end"]),
    ):
        for size in (1, 2, 3, 10000):
            assert list(get(body, size).iter_lines()) == lines, (body[:20], size)
        for chunk_size in (1, 2, 1000):
            assert list(get(body).iter_lines(chunk_size)) == lines, (body[:20], chunk_size)


def test_iter_content():
    assert list(get(b"").iter_content()) == []
    assert list(get(b"abcde").iter_content(2)) == [b"ab", b"cd", b"e"]
    assert b"".join(get(b"abcde", 1).iter_content(100)) == b"abcde"
    for item in get(b"abc", 2).iter_content():
        assert isinstance(item, bytes)


def test_raw():
    r = get(b"ab\ncd\n\nef", 4)
    assert r.raw is r.raw
    assert r.raw.readline() == b"ab\n" and r.raw.read(1) == b"c" and r.raw.readline() == b"d\n"
    assert r.raw.readline() == b"\n" and r.raw.readline(1) == b"e" and r.raw.read() == b"f"
    assert r.raw.readline() == b"" and r.raw.read() == b"" and r.raw.read(5) == b""
    assert list(get(b"a\nb", 1).raw) == [b"a\n", b"b"]
    buf = bytearray(4)
    raw = get(b"xy\nzzzz").raw
    assert raw.readline() == b"xy\n" and raw.read(2) == b"zz" and raw.readinto(buf) == 2
    r = get(b"hello" * 100)
    r.raw.close()
    assert r.network.all_closed()


def test_raw_as_a_stream():
    from json import load

    assert load(get(b'{"a": [1, 2]}', 3).raw) == {"a": [1, 2]}


def test_with_a_connection_of_ones_own():
    class Connection:
        def __init__(self, data):
            self.data = data
            self.closed = []

        def readinto(self, buf, n):
            n = min(n, len(self.data))
            for i in range(n):
                buf[i] = self.data[i]
            self.data = self.data[n:]
            return n

        def close(self, done=False):
            self.closed.append(done)

    sock = Connection(HEAD % 5 + b"hello")
    r = Response(sock, sock, save_headers=True)
    buf = bytearray(9)
    assert r.readinto(buf) == 5 and buf[:5] == b"hello" and r.readinto(buf) == 0
    assert r.status_code == 200 and r.headers[1] == b"Content-Length: 5"
    assert sock.closed


def test_raw_readline_takes_no_more_than_asked_for():
    r = get(b"abcdefghij", 2)
    assert r.raw.readline(3) == b"abc"
    assert r.read(2) == b"de"
    r = get(b"abcdefghij", 2)
    assert r.raw.readline(0) == b"" and r.read(2) == b"ab"


def test_nothing_into_an_empty_buffer():
    for make in (get, whole):
        r = make(b"hello")
        assert r.readinto(bytearray(0)) == 0
        assert r.read() == b"hello"


def test_a_field_with_space_before_its_colon_is_refused():
    for name in ("Content-Length ", "Transfer-Encoding\t", "X "):
        head = b"HTTP/1.1 200 OK\r\n%s: 5\r\n\r\n" % name.encode()
        raises(ValueError, get, b"hello", head=head)
    head = b"HTTP/1.1 200 OK\r\nX: a\r\n folded : b\r\nContent-Length: 5\r\n\r\n"
    assert get(b"hello", head=head).content == b"hello"
