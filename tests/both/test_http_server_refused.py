"""The polling server: requests that it refuses."""

from polling import CHUNKS, EAGAIN, Client, Server, status_of, turns
from support import ticks


def bad_requests():
    # One after the other, as together they do not fit on a small heap.
    yield (b"\r\n\r\n", 400)
    yield (b"GET /\r\n\r\n", 400)
    yield (b"GET / HTTP/1.1 x\r\n\r\n", 400)
    yield (b"GET  / HTTP/1.1\r\n\r\n", 400)
    yield (b" / HTTP/1.1\r\n\r\n", 400)
    yield (b"GET / HTTP/2.0\r\n\r\n", 505)
    yield (b"GET / HTCPCP/1.0\r\n\r\n", 400)
    yield (b"GET / HTTP/1.1\n\n", 400)
    yield (b"GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n", 400)
    yield (b"GET / HTTP/1.1\r\nA: b\rC\r\n\r\n", 400)
    yield (b"GET / HTTP/1.1\r\nA: \0\r\n\r\n", 400)
    yield (b"GET /\0 HTTP/1.1\r\n\r\n", 400)
    yield (b"GET /\xff HTTP/1.1\r\n\r\n", 400)
    yield (b"GET / HTTP/1.1\r\nA: \xff\r\n\r\n", 400)
    yield (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400)
    yield (b"GET / HTTP/1.1\r\nA : b\r\n\r\n", 400)
    yield (b"GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", 400)
    yield (b"GET / HTTP/1.1\r\n: b\r\n\r\n", 400)
    yield (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400)
    yield (b"POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\nx", 400)
    yield (b"POST / HTTP/1.1\r\nContent-Length: 0_1\r\n\r\nx", 400)
    yield (b"POST / HTTP/1.1\r\nContent-Length: \r\n\r\nx", 400)
    yield (b"POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\nx", 400)
    yield (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400)
    yield (b"POST / HTTP/1.1\r\nContent-Length: 4097\r\n\r\n", 413)
    yield (b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 413)
    yield (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400)
    yield (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501)
    yield (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501)
    yield (CHUNKS + b"x\r\n", 400)
    yield (CHUNKS + b"-1\r\n", 400)
    yield (CHUNKS + b"\r\n", 400)
    yield (CHUNKS + b"1\r\nxx\r\n", 400)
    yield (CHUNKS + b"1\r\nx\n", 400)
    yield (CHUNKS + b"1001\r\n", 413)
    yield (CHUNKS + b"800\r\n" + b"x" * 2048 + b"\r\n801\r\n", 413)
    yield (CHUNKS + b"1;" + b"x" * 300, 400)
    yield (CHUNKS + b"0\r\n" + b"A: b\r\n" * 300, 431)
    yield (b"GET /../x HTTP/1.1\r\n\r\n", 400)
    yield (b"GET /a/%2e%2E/x HTTP/1.1\r\n\r\n", 400)
    yield (b"GET /a/..%2fx HTTP/1.1\r\n\r\n", 400)
    yield (b"GET /..\\x HTTP/1.1\r\n\r\n", 400)
    yield (b"GET /a/.. HTTP/1.1\r\n\r\n", 400)
    yield (b"GET /%00 HTTP/1.1\r\n\r\n", 400)
    yield (b"GET /%0a HTTP/1.1\r\n\r\n", 400)
    yield (b"GET /%zz HTTP/1.1\r\n\r\n", 400)
    yield (b"GET /%4 HTTP/1.1\r\n\r\n", 400)
    yield (b"GET /%ff HTTP/1.1\r\n\r\n", 400)
    yield (b"GET x HTTP/1.1\r\n\r\n", 400)
    yield (b"GET /" + b"x" * 1100, 414)
    yield (b"GET /" + b"x" * 1100 + b" HTTP/1.1\r\n\r\n", 414)
    yield (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 400, 431)
    yield (b"GET / HTTP/1.1\r\nA: " + b"x" * 2100 + b"\r\n\r\n", 431)


def test_bad_requests():
    with Server() as server:
        for request, status in bad_requests():
            assert status_of(Client(server, request)) == status, request[:80]
        turns(server)
        assert server.seen == [] and server.logged == [] and server.clients == []


def test_a_refused_client_that_goes_on_sending_gets_its_answer():
    # Ten megabytes in one line. A close at once would take the answer away.
    with Server() as server:
        client = Client(server, b"GET /")
        block = bytes([120]) * 8192
        sent = 0
        while sent < 10 << 20 and not client.closed:
            start = ticks()
            server.check_requests()
            assert ticks() - start < 500
            try:
                sent += client.sock.send(block)
            except OSError as e:
                assert e.args[0] in (EAGAIN, 32, 104), e
                if e.args[0] != EAGAIN:
                    break
            client.take()
        client.take()
        assert client.received.startswith(b"HTTP/1.1 414 ") and sent > 100000
        client.sock.close()
