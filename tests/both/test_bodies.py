"""Request bodies: what is sent, how its end is told, and what is refused before anybody is asked."""

from array import array
from io import BytesIO, StringIO

from doubles import Checks, Network
from support import MICROPYTHON, open_fds, raises, scratch, script

import mrequests

# MicroPython's TLS gives up what came before the write that failed.
CPYTHON_ONLY = ("test_answer_over_tls_before_the_body_was_read",)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
LARGE = 2000 if MICROPYTHON else 40000  # more than goes out with the head


def sent(method="POST", **kw):
    """Header lines in lower case, and the body as it was sent."""
    with Network([OK]) as network:
        mrequests.request(method, "http://h/", **kw).close()
        data = network.sockets[0].sent
        end = data.find(b"\r\n\r\n")
        return data[:end].lower().split(b"\r\n"), data[end + 4 :]


def plain(length, body, **kw):
    lines, got = sent(**kw)
    assert b"content-length: %d" % length in lines, lines
    assert not [line for line in lines if line.startswith(b"transfer-encoding")], lines
    assert got == body, got


def chunked(body, **kw):
    lines, got = sent(**kw)
    assert b"transfer-encoding: chunked" in lines, lines
    assert not [line for line in lines if line.startswith(b"content-length")], lines
    assert unchunked(got) == body, got


def unchunked(data):
    out = b""
    while True:
        i = data.find(b"\r\n")
        n = int(data[:i], 16)
        if not n:
            assert data[i:] == b"\r\n\r\n", data
            return out
        out += data[i + 2 : i + 2 + n]
        assert data[i + 2 + n : i + 4 + n] == b"\r\n"
        data = data[i + 4 + n :]


def test_bytes():
    for kind in (bytes, bytearray, memoryview):
        plain(5, b"h\0llo", data=kind(b"h\0llo"))
        plain(0, b"", data=kind(b""))
    plain(3, b"ell", data=memoryview(b"hello")[1:4])


def test_large_bytes():
    for kind in (bytes, bytearray, memoryview):
        plain(LARGE, b"0123456789" * (LARGE // 10), data=kind(b"0123456789" * (LARGE // 10)))


def test_text_is_measured_as_bytes():
    plain(6, b"a\xc3\xa9\xe2\x82\xac", data="a\xe9\u20ac")
    plain(6, b"a\xc3\xa9\xe2\x82\xac", data="a\xe9\u20ac", encoding="utf-8")


def test_json():
    for value, body in (
        ({"a": [1, None, True]}, b'{"a": [1, null, true]}'),
        ([], b"[]"),
        ({}, b"{}"),
        (0, b"0"),
        (False, b"false"),
        ("", b'""'),
        ("x", b'"x"'),
    ):
        lines, got = sent(json=value)
        assert b"content-type: application/json" in lines and got == body, (value, got)
        assert b"content-length: %d" % len(body) in lines
    assert sent(json={"a": "\xe4\u20ac"})[1] in (b'{"a": "\\u00e4\\u20ac"}', b'{"a": "\xc3\xa4\xe2\x82\xac"}')


def test_json_takes_the_place_of_data():
    assert sent(json={"a": 1}, data=b"other")[1] == b'{"a": 1}'


def test_forms():
    for data, body in (
        ({"a": "b"}, b"a=b"),
        ({"a b": "c&d=\xe4"}, b"a+b=c%26d%3D%C3%A4"),
        ([("a", "1"), ("a", "2")], b"a=1&a=2"),
        ((("x", 1), ("y", 2.5)), b"x=1&y=2.5"),
        ({"a": ["1", "2"]}, b"a=1&a=2"),
        ({"a": None}, b""),
        ([("a", None), ("b", "")], b"b="),
        ({b"a": b"\xff"}, b"a=%FF"),
        ({}, b""),
    ):
        lines, got = sent(data=data)
        assert got == body, (data, got)
        assert b"content-length: %d" % len(body) in lines, (data, lines)
        if data:
            assert b"content-type: application/x-www-form-urlencoded" in lines


def test_type_of_a_form_may_be_named():
    lines, _ = sent(data={"a": "b"}, headers={"content-type": "x/y"})
    assert [line for line in lines if line.startswith(b"content-type")] == [b"content-type: x/y"]


def test_files():
    path = scratch("upload")
    content = b"0123456789" * 300
    with open(path, "wb") as file:
        file.write(content)
    with open(path, "rb") as file:
        plain(3000, content, data=file)
        assert not getattr(file, "closed", False)
    with open(path, "rb") as file:
        file.seek(2990)
        plain(10, b"0123456789", data=file)
    plain(5, b"hello", data=BytesIO(b"hello"))
    plain(0, b"", data=BytesIO(b""))
    plain(1024, b"x" * 1024, data=BytesIO(b"x" * 1024))
    plain(2049, b"y" * 2049, data=BytesIO(b"y" * 2049))


class NoSeek:
    def __init__(self, data):
        self.file = BytesIO(data)

    def read(self, size=-1):
        return self.file.read(size)


def test_file_without_seek_is_chunked():
    chunked(b"hello" * 500, data=NoSeek(b"hello" * 500))
    chunked(b"", data=NoSeek(b""))
    plain(4, b"abcd", data=NoSeek(b"abcd"), headers={"Content-Length": "4"})


def test_text_file_is_refused():
    path = scratch("text")
    with open(path, "w") as file:
        file.write("hello")
    with open(path) as file:
        never(data=file)
    never(data=StringIO("hello"))


def never(**kw):
    """Refused with ValueError or TypeError before anybody is asked."""
    with Network([OK]) as network:
        raises((ValueError, TypeError), lambda: mrequests.post("http://h/", **kw))
        assert not network.looked_up, kw


def test_other_types_are_refused():
    for data in (1, 1.5, object(), True, len, ValueError("x")):
        never(data=data)
    for pairs in (["a", "b"], ["ab"], [b"ab"], [1, 2], [("a", "b", "c")]):
        for kw in ({"data": pairs}, {"params": pairs}, {"params": 5}):
            with Network([OK]):
                assert "pairs" in str(raises(TypeError, mrequests.post, "http://h/", **kw)), kw


def test_unencodable_json_is_refused():
    # CPython refuses; MicroPython writes the repr of what it does not know.
    class Thing:
        pass

    with Network([OK]) as network:
        try:
            mrequests.post("http://h/", json=Thing())
        except (TypeError, ValueError):
            assert not network.looked_up


def test_iterators():
    chunked(b"abcd", data=iter([b"ab", b"cd"]))
    chunked(b"abc", data=(x for x in [b"a", bytearray(b"b"), memoryview(b"c")]))
    chunked(b"a\xc3\xa4", data=iter([b"a", "\xe4"]))
    chunked(b"", data=iter([]))
    chunked(b"x" * LARGE, data=iter([b"x" * (LARGE // 2)] * 2))


def test_empty_items_do_not_end_the_body():
    chunked(b"abcd", data=iter([b"", b"ab", b"", b"", b"cd", b""]))
    chunked(b"", data=iter([b"", b""]))
    plain(4, b"abcd", data=iter([b"", b"ab", b"", b"cd"]), headers={"Content-Length": 4})


def test_iterator_of_declared_length():
    for name in ("Content-Length", "content-length", b"Content-Length"):
        plain(4, b"abcd", data=iter([b"ab", b"cd"]), headers={name: 4})
    plain(0, b"", data=iter([]), headers={"Content-Length": "0"})


def test_iterator_shorter_than_declared_is_an_error():
    before = open_fds()
    with Network([OK]) as network:
        error = raises(
            ValueError, mrequests.post, "http://h/", data=iter([b"ab"]), headers={"Content-Length": 4}
        )
        assert "short" in str(error), error
        assert network.all_closed()
    assert open_fds() == before


def test_iterator_longer_than_declared_is_an_error():
    with Network([OK]) as network:
        raises(
            ValueError, mrequests.post, "http://h/", data=iter([b"ab", b"cd"]), headers={"Content-Length": 3}
        )
        assert network.all_closed()
        assert b"cd" not in network.sockets[0].sent


def test_bad_declared_length_is_refused():
    checks = Checks()
    for value in ("-1", "x", "4_0", "", " "):
        with Network([OK]) as network:
            try:
                mrequests.post("http://h/", data=iter([b"abcd"]), headers={"Content-Length": value})
                checks.see(False, repr(value), "accepted")
            except ValueError:
                checks.see(not network.looked_up, repr(value), "asked before")
            except Exception as e:
                checks.see(False, repr(value), repr(e))
    checks.done()


def test_file_that_shrinks_is_an_error():
    class Shrinking(BytesIO):
        def readinto(self, buf):
            return 0

        def read(self, size=-1):
            return b""

    with Network([OK]) as network:
        raises(ValueError, mrequests.post, "http://h/", data=Shrinking(b"hello"))
        assert network.all_closed()


def test_file_that_grows_is_cut():
    class Growing(BytesIO):
        def readinto(self, buf):
            for i in range(len(buf)):
                buf[i] = 120
            return len(buf)

        def read(self, size=-1):
            return b"x" * (7 if size < 0 else size)

    with Network([OK]) as network:
        try:
            mrequests.post("http://h/", data=Growing(b"hello"))
        except ValueError:
            return
        assert network.sockets[0].sent.endswith(b"\r\n\r\nxxxxx"), network.sockets[0].sent


class Custom(Exception):
    pass


def failing():
    yield b"ab"
    raise Custom()


def test_failing_iterator_closes():
    before = open_fds()
    server = script(("recv_head",), ("hold", 3000))
    raises(Custom, mrequests.post, server.url, data=failing())
    assert open_fds() == before
    assert server.closed() == [True]


def test_sequence_with_length_is_not_chunked_by_items():
    # A list is a form, never a body of len() bytes.
    never(data=[1, 2, 3])
    never(data=["ab", "cd", 5])


def test_set_or_mapping_length_is_no_byte_count():
    class Blocks:
        # len() of blocks is their number, as with any container
        def __iter__(self):
            return iter([b"abc", b"def"])

        def __len__(self):
            return 2

    lines, body = sent(data=Blocks())
    if b"content-length: 2" in lines:
        raise AssertionError("the number of blocks was taken for the number of bytes")
    assert b"content-length: 6" in lines and body == b"abcdef" or unchunked(body) == b"abcdef"


def test_over_the_wire():
    path = scratch("upload")
    with open(path, "wb") as file:
        for _ in range(64):
            file.write(b"0123456789abcdef" * 16)
    before = open_fds()
    server = script(("recv",), ("send", OK), connections=2)
    with open(path, "rb") as file:
        mrequests.put(server.url, data=file, timeout=5)
    mrequests.put(server.url, data=iter([b"0123456789abcdef" * 16] * 64), timeout=5)
    assert open_fds() == before
    lengths = [length for length, _ in server.digests()]
    assert lengths[0] > 16384 and lengths[1] > lengths[0], lengths
    assert server.notes() == ["", ""]


REFUSED = b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"


def endless():
    block = b"x" * 1000
    for _ in range(20000):
        yield block


def test_answer_before_the_body_was_read():
    before = open_fds()
    server = script(("recv_head",), ("send", REFUSED), ("sleep", 30), ("reset",))
    r = mrequests.post(server.url, data=endless(), timeout=5)
    assert (r.status_code, r.content) == (413, b"no")
    assert open_fds() == before


def test_answer_over_tls_before_the_body_was_read():
    server = script(("recv_head",), ("send", REFUSED), ("sleep", 30), ("reset",), tls=True)
    r = mrequests.post(server.url, data=endless(), timeout=5, verify=False)
    assert (r.status_code, r.content) == (413, b"no")


def test_connection_broken_while_sending():
    before = open_fds()
    server = script(("recv_head",), ("reset",))
    raises(OSError, mrequests.post, server.url, data=endless(), timeout=5)
    assert open_fds() == before


class Broken(Network):
    """Sockets that the peer has closed; what it said before is there."""

    def socket(self, *args):
        made = Network.socket(self, *args)

        def send(data):
            made.writes += 1
            raise OSError(self.errno, "broken")

        made.send = made.write = send
        return made


def test_what_the_peer_said_before_it_closed():
    for errno in (32, 54, 104):
        with Broken([REFUSED]) as network:
            network.errno = errno
            assert mrequests.post("http://h/", data=iter([b"a", b"b"])).content == b"no"
            assert network.sockets[0].writes == 1 and network.all_closed()
        with Broken([]) as network:
            network.errno = errno
            raises(OSError, mrequests.post, "http://h/", data=b"a")
            assert network.all_closed()
    with Broken([REFUSED]) as network:
        network.errno = 12
        assert raises(OSError, mrequests.post, "http://h/", data=b"a").errno == 12
        assert network.all_closed()


def test_a_memoryview_of_larger_items_is_measured_in_bytes():
    items = array("H", range(3))
    view = memoryview(items)
    plain(6, bytes(view), data=view)
    plain(4, bytes(view[1:]), data=view[1:])
    plain(0, b"", data=view[:0])
    chunked(bytes(view), data=(x for x in [view]))
    large = array("H", range(LARGE // 3))
    plain(LARGE // 3 * 2, bytes(memoryview(large)), data=memoryview(large))


def test_a_block_that_has_gone_out_may_change_its_size():
    def blocks():
        block = bytearray(b"ab")
        yield block
        for _ in range(3):
            block.extend(b"cd")
            yield block

    server = script(("recv",), ("send", OK))
    mrequests.post(server.url, data=blocks(), headers={"Content-Length": 20})
    assert server.requests()[0][-20:] == b"ababcdabcdcdabcdcdcd"
