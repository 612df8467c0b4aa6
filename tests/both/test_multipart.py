"""The keyword files: what a form with files looks like on the wire, and what is refused."""

from array import array
from io import BytesIO, StringIO

from doubles import Network
from support import HTTPBIN, MICROPYTHON, open_fds, raises, scratch, script

import mrequests

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
NAME = b'Content-Disposition: form-data; name="'


def sent(*answers, **kw):
    """Header lines, body and boundary of the last request."""
    with Network(*[[answer] for answer in answers or (OK,)]) as network:
        mrequests.post("http://h/", **kw).close()
        assert network.all_closed()
        data = network.sockets[-1].sent
    end = data.find(b"\r\n\r\n")
    lines = data[:end].split(b"\r\n")
    (kind,) = [line for line in lines if line.lower().startswith(b"content-type:")]
    return lines, data[end + 4 :], kind.split(b"boundary=")[-1]


def parts(**kw):
    """(head behind name=", content) of each part; the length must be right."""
    lines, body, boundary = sent(**kw)
    assert b"Content-Length: %d" % len(body) in lines, (len(body), lines)
    return split(body, boundary)


def split(body, boundary):
    line = b"--" + boundary
    assert body.endswith(b"\r\n" + line + b"--\r\n"), body
    body = b"\r\n" + body[: -len(line) - 6]
    assert b"--" + boundary + b"--" not in body
    found = []
    for part in body.split(b"\r\n" + line + b"\r\n")[1:]:
        assert part.startswith(NAME), part
        i = part.find(b"\r\n\r\n")
        found.append((part[len(NAME) : i], part[i + 4 :]))
    return found


def named(file, name):
    """A file object that says its name, as those of CPython do."""

    class Named(BytesIO):
        pass

    made = Named(file)
    made.name = name
    return made


class Rewound(BytesIO):
    """Stands at its beginning whenever it is looked at."""

    def tell(self):
        self.seek(0)
        return 0


def test_shapes_of_a_file():
    for file, head, content in (
        (b"abc", b'f"; filename="f"', b"abc"),
        ("\xe4", b'f"; filename="f"', b"\xc3\xa4"),
        (bytearray(b"abc"), b'f"; filename="f"', b"abc"),
        (memoryview(b"abc")[1:], b'f"; filename="f"', b"bc"),
        (Rewound(b"abc"), b'f"; filename="f"', b"abc"),
        (("n.txt", b"abc"), b'f"; filename="n.txt"', b"abc"),
        (["n.txt", Rewound(b"abc")], b'f"; filename="n.txt"', b"abc"),
        ((None, "abc"), b'f"', b"abc"),
        ((None, "{}", "application/json"), b'f"\r\nContent-Type: application/json', b"{}"),
        (("", b"abc"), b'f"; filename=""', b"abc"),
        (("n", b"abc", None), b'f"; filename="n"', b"abc"),
        (("n", b"abc", "a/b"), b'f"; filename="n"\r\nContent-Type: a/b', b"abc"),
        (("n", b"", b"a/b", {"X-A": 1}), b'f"; filename="n"\r\nContent-Type: a/b\r\nX-A: 1', b""),
        (("n", b"abc", None, {b"X-A": b"b"}), b'f"; filename="n"\r\nX-A: b', b"abc"),
        (("n", b"abc", None, None), b'f"; filename="n"', b"abc"),
    ):
        assert parts(files={"f": file}) == [(head, content)], file
        assert parts(files=[("f", file)]) == [(head, content)], file


def test_names_of_files():
    for name, said in (
        ("n.jpg", b"n.jpg"),
        ("/tmp/a/n.jpg", b"n.jpg"),
        ("C:\\a\\n.jpg", b"n.jpg"),
        ("<fdopen>", b"f"),
        ("", b"f"),
        (3, b"f"),
    ):
        if MICROPYTHON:  # a BytesIO there is no base of a class with attributes
            break
        assert parts(files={"f": named(b"x", name)}) == [(b'f"; filename="' + said + b'"', b"x")], name


def test_a_real_file():
    path = scratch("upload.bin")
    content = b"0123456789\r\n--" * 100
    with open(path, "wb") as file:
        file.write(content)
    with open(path, "rb") as file:
        file.seek(10)
        ((head, got),) = parts(files={"f": file})
        assert got == content[10:]
        # MicroPython's files do not tell their names
        assert head == (b'f"; filename="f"' if MICROPYTHON else b'f"; filename="upload.bin"'), head
        assert not getattr(file, "closed", False)


def test_names_are_escaped_as_browsers_do():
    quoted = b"a%22b%0D%0Ac\xc3\xa4;\\'"
    for name in ("a\"b\r\nc\xe4;\\'", b"a\"b\r\nc\xc3\xa4;\\'"):
        ((head, _),) = parts(files={name: (name, b"x")})
        assert head == quoted + b'"; filename="' + quoted + b'"', head
        ((head, _),) = parts(files={"f": None}, data={name: "v"})
        assert head == quoted + b'"', head


def test_fields_beside_files():
    data = [("a", "1"), (b"b", [2, "3", None, b"\xff"]), ("c", None), ("d", 1.5), ("e", ("x",)), ("g", "")]
    got = parts(files={"f": b"z"}, data=data)
    assert got == [
        (b'a"', b"1"),
        (b'b"', b"2"),
        (b'b"', b"3"),
        (b'b"', b"\xff"),
        (b'd"', b"1.5"),
        (b'e"', b"x"),
        (b'g"', b""),
        (b'f"; filename="f"', b"z"),
    ], got
    assert parts(files={"f": None}, data={"a": "\xe4"}) == [(b'a"', b"\xc3\xa4")]


def test_several_files_of_one_name():
    same = BytesIO(b"abc")
    got = parts(files=[("f", ("1", same)), ("f", ("2", b"x")), ("f", ("3", same)), ("f", None)])
    assert [content for _, content in got] == [b"abc", b"x", b"abc"]


def test_without_files_data_is_a_form():
    for files in ({}, [], None, ()):
        lines, body, _ = sent(files=files, data={"a": "b"})
        assert b"Content-Type: application/x-www-form-urlencoded" in lines and body == b"a=b"


def test_no_part_at_all():
    lines, body, boundary = sent(files={"f": None})
    assert body == b"--" + boundary + b"--\r\n" and b"Content-Length: %d" % len(body) in lines


def test_boundaries_differ():
    boundaries = {sent(files={"f": b"x"})[2] for _ in range(5)}
    assert len(boundaries) == 5 and {len(b) for b in boundaries} == {32}


def test_type_of_the_body_may_be_named():
    lines, _, _ = sent(files={"f": b"x"}, headers={"content-type": "x/y"})
    assert [one for one in lines if one.lower().startswith(b"content-type")] == [b"content-type: x/y"]


class NoSeek:
    def __init__(self, data):
        self.file = BytesIO(data)

    def read(self, size=-1):
        return self.file.read(size)


class ReadAndSeek(NoSeek):
    def seek(self, *args):
        return self.file.seek(*args)

    def tell(self):
        return self.file.tell()


def test_file_with_nothing_but_read_and_seek():
    file = ReadAndSeek(b"0123456789" * 100)
    file.seek(5)
    assert parts(files={"f": file}) == [(b'f"; filename="f"', b"56789" + b"0123456789" * 99)]


def test_file_that_cannot_seek_is_chunked():
    lines, body, boundary = sent(files={"f": NoSeek(b"0123456789" * 100), "g": b"y"})
    assert b"Transfer-Encoding: chunked" in lines
    assert not [line for line in lines if line.startswith(b"Content-Length")]
    out = b""
    while body[:1] != b"0":
        i = body.find(b"\r\n")
        n = int(body[:i], 16)
        out += body[i + 2 : i + 2 + n]
        body = body[i + 4 + n :]
    assert body == b"0\r\n\r\n"
    assert sorted(content for _, content in split(out, boundary)) == [b"0123456789" * 100, b"y"]


def test_sent_again_after_307():
    again = b"HTTP/1.1 307 x\r\nLocation: /n\r\nContent-Length: 0\r\n\r\n"
    file = BytesIO(b"-" + b"0123456789" * 100)
    file.seek(1)
    lines, body, boundary = sent(again, OK, files={"f": file})
    assert lines[0] == b"POST /n HTTP/1.1"
    assert split(body, boundary) == [(b'f"; filename="f"', b"0123456789" * 100)]
    with Network([again], [OK]) as network:
        error = raises(ValueError, mrequests.post, "http://h/", files={"f": NoSeek(b"x")})
        assert "twice" in str(error) and network.all_closed()


def test_dropped_after_303():
    with Network([b"HTTP/1.1 303 x\r\nLocation: /n\r\n\r\n"], [OK]) as network:
        mrequests.post("http://h/", files={"f": b"x"}).close()
        assert network.sockets[1].sent.startswith(b"GET /n ")
        assert b"ontent-" not in network.sockets[1].sent


def never(**kw):
    """Refused before anybody is asked; the error."""
    with Network([OK]) as network:
        error = raises((ValueError, TypeError), lambda: mrequests.post("http://h/", **kw))
        assert not network.looked_up, kw
        return str(error)


def test_what_is_refused():
    for bad in "a\r\nX: y", "a\n", "a\0", b"\r":
        never(files={"f": ("n", b"x", bad)})
        never(files={"f": ("n", b"x", None, {"X": bad})})
        never(files={"f": ("n", b"x", None, {bad: "y"})})
    for bad in "X:", "X ", "":
        never(files={"f": ("n", b"x", None, {bad: "y"})})
    never(files={"a\0": b"x"})
    never(files={"f": ("a\0", b"x")})
    never(files={"f": b"x"}, data={"a\0": "b"})
    for content in 5, object(), iter([b"x"]), {"a": 1}:
        assert "bytes, str or a file" in never(files={"f": ("n", content)})
    assert "binary" in never(files={"f": StringIO("x")})
    for file in ("n",), (), ("n", b"x", None, None, None):
        assert "(filename, content, type, headers)" in never(files={"f": file})
    for files in "log.txt", [b"abc"], ["ab"], [("f",)]:
        assert "pairs" in never(files=files)


def test_what_does_not_go_with_files():
    for kw in (
        {"json": {"a": 1}},
        {"data": b"x"},
        {"data": "a=b"},
        {"data": BytesIO(b"x")},
        {"data": iter(())},
    ):
        assert "not with json or bytes" in never(files={"f": b"x"}, **kw)


class Shrunk(BytesIO):
    def readinto(self, buf):
        return 0

    def read(self, size=-1):
        return b""


class Lost(BytesIO):
    def readinto(self, buf):
        raise OSError(5, "input/output error")

    def read(self, size=-1):
        if size == 0:
            return b""
        return self.readinto(None)


class Grown(BytesIO):
    def readinto(self, buf):
        for i in range(len(buf)):
            buf[i] = 120
        return len(buf)


def test_a_file_that_changes_while_it_is_sent():
    with Network([OK]) as network:
        error = raises(ValueError, mrequests.post, "http://h/", files={"f": Shrunk(b"hello")})
        assert "5 bytes shorter" in str(error) and network.all_closed()
    with Network([OK]) as network:
        assert raises(OSError, mrequests.post, "http://h/", files={"f": Lost(b"hello")}).errno == 5
        assert network.all_closed()
    assert parts(files={"f": Grown(b"hello")})[0][1] == b"xxxxx"


def test_over_the_wire():
    path = scratch("upload.bin")
    with open(path, "wb") as file:
        for _ in range(80):
            file.write(b"0123456789abcdef" * 16)
    before = open_fds()
    server = script(("recv",), ("send", OK))
    with open(path, "rb") as file:
        mrequests.post(server.url, files={"f": ("a.bin", file)}, timeout=5).close()
    assert open_fds() == before
    ((length, _),) = server.digests()
    assert length > 20480 and server.notes() == [""]


def test_httpbin_takes_it_apart():
    r = mrequests.post(
        HTTPBIN + "/post",
        files={"f": ("\xe4.txt", b"content of f", "text/plain")},
        data={"a": ["1", "2"], "b": "\xe4\u20ac"},
        timeout=10,
    )
    answer = r.json()
    assert answer["files"] == {"f": "content of f"}
    assert answer["form"] == {"a": ["1", "2"], "b": "\xe4\u20ac"}
    assert not answer["data"]


def test_a_memoryview_of_larger_items():
    view = memoryview(array("H", [1, 2, 3]))
    assert parts(files={"f": ("n", view)})[0][1] == bytes(view)
