"""The polling server: the interface of the original, and replies that are whole, well formed and single."""

import json

from polling import GET, Client, Server, ask, fields, turns
from support import raises, ticks

from mrequests.http_server import HttpStatus, MimeTypes

CPYTHON_ONLY = ("test_a_reply_larger_than_the_buffers",)  # which are some megabytes
SMALL_HEAP_SKIP = ("test_a_large_reply_to_a_slow_reader",)  # 24 KB

# --- The interface of the original ---


def test_names_and_values_of_the_original():
    codes = "OK BAD_REQUEST UNAUTHORIZED FORBIDDEN NOT_FOUND REQUEST_TIMEOUT TEAPOT INTERNAL_SERVER_ERROR"
    values = [getattr(HttpStatus, name) for name in (codes + " NOT_IMPLEMENTED").split()]
    assert values == [200, 400, 401, 403, 404, 408, 418, 500, 501]
    assert HttpStatus.StatusText[418] == "I'm a teapot" and HttpStatus.StatusText[404] == "Not Found"
    types = [getattr(MimeTypes, name) for name in "CSV HTML JSON TEXT XML YAML".split()]
    assert types == ["text/csv", "text/html", "text/json", "text/plain", "text/xml", "text/yaml"]


def test_a_program_for_the_original():
    # With the loop, the names and the order of arguments of its documentation.
    with Server() as server:

        @server.get_handler
        def handle_http_get(request: str = None, connection=None):
            method, path, _ = request.split("\r\n")[0].split(" ")
            if path == "/coffee":
                error = Exception("We're out of coffee!")
                server.send_error_page(error, connection, HttpStatus.TEAPOT)
            else:
                server.send_html(connection, "<p>%s %s</p>" % (method, path), HttpStatus.OK, {"X-A": "1"})

        @server.post_handler
        def handle_http_post(connection=None, request=None):
            head, body = request.split("\r\n\r\n")
            assert head.startswith("POST") and isinstance(request, str)
            server.send_json(connection, {"got": json.loads(body)})

        assert ask(server, b"GET /status HTTP/1.0\r\n\r\n") == (200, b"<p>GET /status</p>")
        status, page = ask(server, b"GET /coffee HTTP/1.1\r\n\r\n")
        assert status == 418 and b"We're out of coffee!" in page and b"I'm a teapot" in page
        request = b'POST / HTTP/1.1\r\nContent-Length: 7\r\n\r\n{"a":1}'
        status, data = ask(server, request)
        assert (status, json.loads(data.decode())) == (200, {"got": {"a": 1}})
        # What a decorator returns can still be called.
        raises(AttributeError, handle_http_get, request="GET / HTTP/1.1", connection=None)


def test_a_handler_may_be_assigned():
    with Server() as server:
        server.get_callback = server.default_request_handler
        status, page = ask(server, GET)
        assert status == 501 and b"No request handler set" in page
        assert type(server.logged[0]) is NotImplementedError
        server.get_callback = server.post_callback
        assert ask(server, GET) == (200, b"GET /||")
        assert type(raises(NotImplementedError, server.default_request_handler)) is NotImplementedError


def test_the_text_of_the_request():
    with Server() as server:
        for text in (
            "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST / HTTP/1.0\r\nContent-Length: 6\r\n\r\nz\r\n\r\nz",
        ):
            ask(server, text.encode())
            assert server.seen[-1] == text
            assert server.seen[-1].startswith(text[:9]) and "HTTP/1." in server.seen[-1]
        assert server.seen[-1].split("\r\n\r\n", 1)[1] == "z\r\n\r\nz"


def test_the_parts_of_the_request():
    with Server() as server:
        ask(
            server,
            b"POST /a%20b/%C3%A9?x=%41&y HTTP/1.1\r\nHOST: me\r\nX-A:1\r\n"
            b"x-a: 2 \r\nContent-Length: 2\r\n\r\nhi",
        )
        (request,) = server.seen
        assert (request.method, request.path, request.query) == ("POST", "/a b/é", "x=%41&y")
        assert request.headers == {"host": "me", "x-a": "1, 2", "content-length": "2"}
        assert request.body == b"hi"


# --- Replies ---


def test_every_line_of_a_reply_is_a_field_and_the_length_is_known():
    with Server() as server:
        server.get_callback = lambda request, connection: server.send_response(
            connection, "naïve", 404, MimeTypes.TEXT, {"X-A": "b", "Content-Length": 5, "X-N": 7}
        )
        reply = Client(server, GET).answer()
        assert reply.startswith(b"HTTP/1.1 404 Not Found\r\n") and reply.endswith(b"\r\n\r\nna\xc3\xafve")
        assert fields(reply) == {
            b"Content-Type": b"text/plain; charset=utf-8",
            b"Content-Length": b"6",
            b"Connection": b"close",
            b"X-A": b"b",
            b"X-N": b"7",
        }


def test_bytes_are_sent_as_they_are():
    with Server() as server:
        for data in b"\x89PNG\xff", bytearray(b"\x00\xfe"), memoryview(b"abc"), b"":
            server.get_callback = lambda request, connection, data=data: server.send_response(
                connection, data, content_type="image/png"
            )
            reply = Client(server, GET).answer()
            assert reply.split(b"\r\n\r\n", 1)[1] == bytes(data)
            assert fields(reply)[b"Content-Type"] == b"image/png"
            assert fields(reply)[b"Content-Length"] == b"%d" % len(data)


def test_a_status_without_a_name():
    with Server() as server:
        server.get_callback = lambda request, connection: server.send_html(connection, "x", 299)
        assert Client(server, GET).answer().startswith(b"HTTP/1.1 299 \r\n")
        server.get_callback = lambda request, connection: server.send_error_page("y", connection, 599)
        assert ask(server, GET)[0] == 599


def test_no_content():
    with Server() as server:
        server.get_callback = lambda request, connection: server.send_response(connection, "gone", 204)
        reply = Client(server, GET).answer()
        assert reply.endswith(b"\r\n\r\n") and b"Content-Length" not in reply


def test_a_reply_of_the_handlers_own():
    def raw(request, connection):
        assert connection.send("HTTP/1.0 200 OK\r\n") == 17
        buf = bytearray(b"X: 1\r\n\r\n")
        assert connection.write(buf) == 8
        buf[0] = 0
        connection.sendall(memoryview(b"body"))
        connection.close()

    with Server() as server:
        server.get_callback = raw
        assert Client(server, GET).answer() == b"HTTP/1.0 200 OK\r\nX: 1\r\n\r\nbody"
        assert server.logged == []


def test_exactly_one_reply():
    def twice(request, connection):
        server.send_html(connection, "one")
        server.send_html(connection, "two")

    def more(request, connection):
        server.send_html(connection, "one")
        connection.send("more")

    def fails_late(request, connection):
        server.send_html(connection, "one")
        raise KeyError(1)

    def fails_midway(request, connection):
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart")
        raise KeyError(1)

    with Server() as server:
        for handler in twice, more, fails_late:
            server.get_callback = handler
            assert ask(server, GET) == (200, b"one")
        server.get_callback = fails_midway
        assert ask(server, GET) == (200, b"part")
        server.get_callback = lambda request, connection: None
        assert ask(server, GET)[0] == 500
        assert len(server.logged) == 5


def test_errors_of_a_handler():
    def opens(request, connection):
        open("/no/such/file")

    def unprintable(request, connection):
        raise ValueError(413)  # means nothing here

    with Server() as server:
        for error in OSError(5), KeyError("x"), MemoryError(), RuntimeError("<script>&"):

            def fails(request, connection, error=error):
                raise error

            server.get_callback = fails
            assert ask(server, GET)[0] == 500
            assert server.logged[-1] is error
        assert b"&lt;script>&amp;" in ask(server, GET)[1]
        for handler in opens, unprintable:
            server.get_callback = handler
            assert ask(server, GET)[0] == 500


def test_an_error_of_the_error_page_does_not_escape():
    with Server() as server:
        server.ERROR_PAGE = "{nobody}"
        assert Client(server, b"nonsense\r\n\r\n").answer() == b""
        server.get_callback = None
        assert Client(server, GET).answer() == b""
        assert len(server.logged) > 1 and server.clients == []


def test_line_breaks_in_headers_of_a_reply():
    with Server() as server:
        for headers, kind in (
            ({"X": "a\r\nSet-Cookie: b"}, "a/b"),
            ({"X": "a\nb"}, "a/b"),
            ({"X\r\nY": "a"}, "a/b"),
            ({"X": "a\rb"}, "a/b"),
            ({"X": "a\0"}, "a/b"),
            ({}, "a/b\r\nX: y"),
        ):
            server.get_callback = lambda request, connection, headers=headers, kind=kind: (
                server.send_response(connection, "x", 200, kind, headers)
            )
            reply = Client(server, GET).answer()
            assert reply.startswith(b"HTTP/1.1 500 ") and b"Cookie" not in reply
            assert type(server.logged[-1]) is ValueError


def test_a_large_reply_to_a_slow_reader():
    page = "0123456789abcdef" * 1500
    with Server() as server:
        server.get_callback = lambda request, connection: server.send_html(connection, page)
        client = Client(server, GET)
        turns(server)
        assert Client(server, b"GET /other HTTP/1.1\r\n\r\n").answer()  # meanwhile
        reply = client.answer(most=1000)
        assert reply.split(b"\r\n\r\n", 1)[1] == page.encode()


def test_a_reply_larger_than_the_buffers():
    # Until the client reads, nothing fits any more; the program goes on nevertheless.
    size = 16 << 20
    with Server() as server:
        server.get_callback = lambda request, connection: server.send_response(connection, bytes(size))
        client = Client(server, GET)
        start = ticks()
        turns(server, 50)
        assert ticks() - start < 1000 and server.clients
        got = 0
        while not client.closed:
            server.check_requests()
            client.take(1 << 20)
            got += len(client.received)
            client.received = b""
        client.sock.close()
        assert got > size and not server.clients
