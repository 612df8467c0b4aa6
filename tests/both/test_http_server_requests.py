"""The polling server: requests that it takes."""

from polling import BODY, CHUNKS, GET, Client, Server, ask, status_of, turns

SMALL_HEAP_SKIP = ("test_requests_whole_in_bytes_and_with_more_behind",)


def good_requests():
    yield (GET, b"GET /||")
    yield (BODY % (5, b"hello"), b"POST /c||hello")
    yield (BODY % (5, b"\xff\xfe\0\r\n"), b"POST /c||\xff\xfe\0\r\n")
    yield (BODY % (700, b"0123456789" * 70), b"POST /c||" + b"0123456789" * 70)
    yield (CHUNKS + b"5\r\nhello\r\n0\r\n\r\n", b"POST /c||hello")
    yield (
        CHUNKS + b"5;a=b\r\nhel\r\n\r\nA \r\n0123456789\r\n0\r\nX: y\r\n\r\n",
        b"POST /c||hel\r\n0123456789",
    )
    yield (CHUNKS + b"0\r\n\r\n", b"POST /c||")
    yield (b"POST / HTTP/1.1\r\ntransfer-encoding: CHUNKED\r\n\r\n1\r\nx\r\n0\r\n\r\n", b"POST /||x")
    yield (b"POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab", b"POST /||ab")
    yield (b"GET http://pico:80/a?b HTTP/1.1\r\n\r\n", b"GET /a|b|")
    yield (b"GET http://pico HTTP/1.1\r\n\r\n", b"GET /||")
    yield (b"GET /a/http://pico/%62 HTTP/1.1\r\n\r\n", b"GET /a/http://pico/b||")
    yield (b"GET //etc/passwd HTTP/1.1\r\n\r\n", b"GET /etc/passwd||")
    yield (b"GET /a..b/... HTTP/1.1\r\n\r\n", b"GET /a..b/...||")
    yield (b"GET /?../x HTTP/1.1\r\n\r\n", b"GET /|../x|")


def test_requests_whole_in_bytes_and_with_more_behind():
    with Server() as server:
        for request, expected in good_requests():
            assert ask(server, request) == (200, expected), request[:80]
            assert ask(server, request + b"GET / HTTP/1.1\r\n\r\n") == (200, expected), request[:80]
            client = Client(server)
            for i in range(0, len(request), 1 if len(request) < 200 else 77):
                assert not client.closed
                client.send(request[i : i + (1 if len(request) < 200 else 77)])
                server.check_requests()
            assert client.answer().endswith(b"\r\n\r\n" + expected), request[:80]
        assert server.logged == []


def test_expect_continue():
    with Server() as server:
        head = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
        client = Client(server, head % 3)
        turns(server)
        client.take()
        assert client.received == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"abc")
        assert client.answer().endswith(b"POST /||abc")
        assert status_of(Client(server, head % 5000)) == 413
        assert ask(server, head % 3 + b"abc") == (200, b"POST /||abc")


def test_a_request_cut_short():
    with Server() as server:
        for data in b"", b"GET", BODY % (9, b"abc"), CHUNKS + b"5\r\nab":
            client = Client(server, data)
            server.check_requests()
            client.sock.close()
            for _ in range(200):
                server.check_requests()
            assert server.clients == []
        assert server.seen == [] and server.logged == []
