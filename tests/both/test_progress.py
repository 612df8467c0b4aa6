"""The keyword progress: called with the bytes of the body that have been sent, and their total."""

from io import BytesIO

from doubles import Network
from support import MICROPYTHON, open_fds, raises, scratch, script

import mrequests

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
AGAIN = b"HTTP/1.1 307 x\r\nLocation: /n\r\nContent-Length: 0\r\n\r\n"
SIZE = 2500 if MICROPYTHON else 200000  # more than one block of bytes


class Seen:
    """Keeps what progress is called with, and checks it."""

    def __init__(self, total):
        self.total = total
        self.calls = []

    def __call__(self, done, total):
        assert total == self.total, total
        self.calls.append(done)


def counted(total, data, answers=(OK,), **kw):
    """What progress was told, and the body as it was sent last."""
    seen = Seen(total)
    with Network(*[[answer] for answer in answers]) as network:
        mrequests.post("http://h/", data=data, progress=seen, **kw).close()
        body = network.sockets[-1].sent
        return seen.calls, body[body.find(b"\r\n\r\n") + 4 :]


def rising(calls, end):
    assert calls and calls[-1] == end, calls
    assert all(a < b for a, b in zip(calls, calls[1:])), calls


def test_bytes_are_sent_in_blocks():
    for kind in (bytes, bytearray, memoryview):
        data = kind(b"0123456789" * (SIZE // 10))
        calls, body = counted(SIZE, data)
        rising(calls, SIZE)
        assert body == bytes(data)


def test_text_json_and_forms():
    calls, body = counted(2, "\xe4")
    assert (calls, body) == ([2], b"\xc3\xa4")
    calls, body = counted(8, None, json={"a": 1})
    assert calls == [8] and body == b'{"a": 1}'
    calls, body = counted(3, {"a": "b"})
    assert (calls, body) == ([3], b"a=b")


def test_a_file():
    file = BytesIO(b"-" + b"0123456789" * (SIZE // 10))
    file.seek(1)
    calls, body = counted(SIZE, file)
    rising(calls, SIZE)
    assert body == b"0123456789" * (SIZE // 10)


def test_iterators():
    calls, _ = counted(None, iter([b"ab", b"", "\xe4", b"x" * 3000]))
    assert calls == [2, 4, 3004]
    calls, body = counted(4, iter([b"ab", b"cd"]), headers={"Content-Length": 4})
    assert (calls, body) == ([2, 4], b"abcd")


def test_files():
    seen = []
    with Network([OK]) as network:
        mrequests.post(
            "http://h/",
            files={"f": BytesIO(b"x" * SIZE)},
            data={"a": "b"},
            progress=lambda done, total: seen.append((done, total)),
        ).close()
        body = network.sockets[0].sent
    length = len(body) - body.find(b"\r\n\r\n") - 4
    assert length > SIZE and {total for _, total in seen} == {length}
    rising([done for done, _ in seen], length)


def test_nothing_to_count():
    for data in None, b"", "", {}, BytesIO(b""), iter(()):
        with Network([OK]):
            mrequests.post("http://h/", data=data, progress=lambda done, total: 1 / 0).close()


def test_no_progress():
    for progress in None, False:
        with Network([OK]) as network:
            mrequests.post("http://h/", data=b"ab", progress=progress).close()
            assert network.sockets[0].writes == 1


def test_counting_starts_over_after_a_redirect():
    for data in b"0123456789" * 180, BytesIO(b"0123456789" * 180):
        calls, body = counted(1800, data, (AGAIN, OK))
        assert calls.count(1800) == 2 and calls[: len(calls) // 2] == calls[len(calls) // 2 :], calls
        assert body == b"0123456789" * 180


def test_what_it_counts_has_been_sent():
    with Network([OK]) as network:

        def progress(done, total):
            sent = network.sockets[0].sent
            assert len(sent) - sent.find(b"\r\n\r\n") - 4 == done, (done, len(sent))

        mrequests.post("http://h/", data=BytesIO(b"x" * SIZE), progress=progress).close()
        assert len(network.sockets[0].sent) > SIZE


# Several blocks.
SIZE_OF_FILE = 81920 if MICROPYTHON else 81920 << 3


def test_a_large_file():
    path = scratch("large.bin")
    with open(path, "wb") as file:
        for _ in range(SIZE_OF_FILE >> 10):
            file.write(b"0123456789abcdef" * 64)
    for files in False, True:
        server = script(("recv",), ("send", OK))
        seen = Seen(SIZE_OF_FILE + 134 * files)
        with open(path, "rb") as file:
            body = {"files": {"f": ("n", file)}} if files else {"data": file}
            mrequests.post(server.url, progress=seen, timeout=5, **body).close()
        rising(seen.calls, seen.total)
        assert len(seen.calls) > 1
        ((length, _),) = server.digests()
        assert length > seen.total


class Custom(Exception):
    pass


def test_an_error_in_it_closes():
    def progress(done, total):
        raise Custom()

    before = open_fds()
    for data in b"x" * SIZE, BytesIO(b"x" * SIZE), iter([b"x"]):
        server = script(("recv_head",), ("hold", 3000))
        raises(Custom, mrequests.post, server.url, data=data, progress=progress, timeout=5)
        assert open_fds() == before
        assert server.closed() == [True]
