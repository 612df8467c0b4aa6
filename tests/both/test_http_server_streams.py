"""The polling server: replies that are read while they are sent, and methods."""

import os
import time
from io import BytesIO

from polling import GET, Client, Server, ask, fields
from support import open_fds, raises, scratch

from mrequests.http_server import MimeTypes

# --- Streamed replies ---


class Blocks:
    """An iterator that knows whether it was closed."""

    closed = False

    def __init__(self, *blocks):
        self.blocks = list(blocks)

    def __iter__(self):
        return self

    def __next__(self):
        if not self.blocks:
            raise StopIteration
        block = self.blocks.pop(0)
        if isinstance(block, Exception):
            raise block
        return block

    def close(self):
        self.closed = True


def stream(server, source, request=GET, status=200):
    server.get_callback = lambda request, connection: server.send_response(
        connection, source, status, MimeTypes.TEXT
    )
    return Client(server, request).answer()


def test_an_iterator_is_sent_in_chunks():
    with Server() as server:
        source = Blocks(b"ab", "", "é", b"", bytearray(b"0123456789abcdef"))
        reply = stream(server, source)
        assert fields(reply)[b"Transfer-Encoding"] == b"chunked" and b"Content-Length" not in reply
        assert reply.endswith(b"\r\n\r\n2\r\nab\r\n2\r\n\xc3\xa9\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n")
        assert source.closed
        reply = stream(server, (c for c in "abc"), b"GET / HTTP/1.0\r\n\r\n")
        assert b"Transfer-Encoding" not in reply and reply.endswith(b"\r\n\r\nabc")
        assert stream(server, []).endswith(b"\r\n\r\n0\r\n\r\n")


def test_no_body_where_there_can_be_none():
    with Server() as server:
        for status in 204, 304:
            for source in Blocks(b"ab", b"cd"), BytesIO(b"abcd"):
                reply = stream(server, source, status=status)
                assert reply.endswith(b"\r\n\r\n") and reply.count(b"\r\n\r\n") == 1, reply
                assert b"Transfer-Encoding" not in reply and b"Content-Length" not in reply, reply
                assert getattr(source, "closed", True)


def test_a_failing_iterator_does_not_look_complete():
    with Server() as server:
        source = Blocks(b"ab", KeyError("x"))
        reply = stream(server, source)
        assert reply.endswith(b"\r\n\r\n2\r\nab\r\n") and source.closed
        assert type(server.logged[0]) is KeyError
        assert stream(server, 5).startswith(b"HTTP/1.1 500 ")


def test_the_source_is_closed_when_the_client_goes():
    with Server() as server:
        source = Blocks(*[bytes(100)] * 50)
        server.get_callback = lambda request, connection: server.send_response(connection, source)
        client = Client(server, GET)
        server.check_requests()
        client.sock.close()
        for _ in range(100):
            server.check_requests()
            time.sleep(0.001)
        assert source.closed and not server.clients


def test_a_file_is_sent_with_its_length():
    path = scratch("page.bin")
    data = bytes(range(256)) * 5
    with open(path, "wb") as file:
        file.write(data)
    with Server() as server:
        before = open_fds()
        reply = stream(server, open(path, "rb"))
        assert fields(reply)[b"Content-Length"] == b"1280" and reply.endswith(data)
        file = open(path, "rb")
        file.seek(1220)
        reply = stream(server, file)
        assert fields(reply)[b"Content-Length"] == b"60" and reply.endswith(b"\r\n\r\n" + data[-60:])
        head = stream(server, open(path, "rb"), b"HEAD / HTTP/1.1\r\n\r\n")
        assert fields(head)[b"Content-Length"] == b"1280" and head.endswith(b"\r\n\r\n")
        assert open_fds() == before
    os.remove(path)


def test_a_text_file():
    path = scratch("page.txt")
    with open(path, "w") as file:
        file.write("plain\n" * 300)
    with Server() as server:
        reply = stream(server, open(path), b"GET / HTTP/1.0\r\n\r\n")
        assert reply.endswith(b"\r\n\r\n" + b"plain\n" * 300)
    os.remove(path)


# --- Methods ---


def test_head_is_a_get_without_body():
    with Server() as server:
        reply = Client(server, b"HEAD /a?b HTTP/1.1\r\n\r\n").answer()
        assert reply.endswith(b"\r\n\r\n") and fields(reply)[b"Content-Length"] == b"%d" % len("HEAD /a|b|")
        assert reply.startswith(b"HTTP/1.1 200 OK\r\n")


def test_other_methods():
    with Server() as server:
        server.put_handler(server.echo)
        server.delete_handler(server.echo)
        server.report_handler(server.echo)
        server.handlers["M-Search"] = server.echo
        for method in b"PUT", b"DELETE", b"REPORT", b"M-Search":
            request = method + b" /x HTTP/1.1\r\nContent-Length: 1\r\n\r\n!"
            assert ask(server, request) == (200, method + b" /x||!")
        raises(AttributeError, lambda: server.something)
        server.any_handler(lambda request, connection: server.send_html(connection, "any"))
        assert ask(server, b"BREW / HTTP/1.1\r\n\r\n") == (200, b"any")
        assert ask(server, b"PUT / HTTP/1.1\r\n\r\n") == (200, b"PUT /||")
        assert ask(server, GET) == (200, b"GET /||")


def test_methods_without_a_handler():
    with Server() as server:
        server.put_handler(server.echo)
        for method in b"PATCH", b"GETFOO", b"get", b"<script>":
            reply = Client(server, method + b" / HTTP/1.1\r\n\r\n").answer()
            assert reply.startswith(b"HTTP/1.1 405 Method Not Allowed\r\n") and b"<script>" not in reply
            assert fields(reply)[b"Allow"] == b"GET, HEAD, POST, OPTIONS, PUT"
        for target in b"/x", b"*":
            reply = Client(server, b"OPTIONS " + target + b" HTTP/1.1\r\n\r\n").answer()
            assert reply.startswith(b"HTTP/1.1 204 ")
            assert fields(reply)[b"Allow"] == b"GET, HEAD, POST, OPTIONS, PUT"


def test_a_refused_header_leaves_no_source_open():
    source = Blocks(b"a")
    with Server() as server:
        server.get_callback = lambda request, connection: server.send_response(
            connection, source, headers={"A": "b\r\nc"}
        )
        assert Client(server, GET).answer().startswith(b"HTTP/1.1 500 ")
    assert source.closed
