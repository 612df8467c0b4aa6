"""Time: nothing takes longer than it may, whatever the server does."""

import time
from errno import ETIMEDOUT

from doubles import Network
from reading import WAYS
from support import CA_DER, HTTPBIN_TLS, MICROPYTHON, open_fds, raises, script, ticks

import mrequests

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"


def times_out(least, most, function, *args, **kw):
    """The call must end with a time-out between these milliseconds, and leave nothing open."""
    before = open_fds()
    begin = ticks()
    error = raises(OSError, function, *args, **kw)
    took = ticks() - begin
    assert error.errno == ETIMEDOUT, repr(error)
    assert least <= took <= most, "%d ms: %r" % (took, error)
    assert open_fds() == before, "left open after %r" % error
    return error


def test_silent_server():
    server = script(("hold", 5000), connections=2)
    times_out(250, 800, mrequests.get, server.url, timeout=0.3)
    times_out(250, 800, mrequests.get, server.url, deadline=0.3)
    assert server.closed() == [True, True]


def test_silence_within_the_head():
    server = script(("recv",), ("send", b"HTTP/1.1 200 OK\r\nA: "), ("hold", 5000))
    times_out(250, 800, mrequests.get, server.url, timeout=0.3)


def test_silence_within_the_body_in_every_way():
    server = script(("recv",), ("send", HEAD + b"hello"), ("hold", 6000), connections=len(WAYS))
    for way in WAYS:
        times_out(90, 500, lambda way=way: way(mrequests.get(server.url, timeout=0.1)))


def test_silence_within_chunks():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    parts = (
        b"",
        b"5",
        b"5\r\nhel",
        b"5\r\nhello",
        b"5\r\nhello\r\n",
        b"5\r\nhello\r\n0\r\n",
        b"5\r\nhello\r\n0\r\n\r",
    )
    server = script(*[[("recv",), ("send", head + part), ("hold", 6000)] for part in parts])
    for _ in parts:
        times_out(90, 500, lambda: mrequests.get(server.url, timeout=0.1).content)


def test_silence_before_the_close():
    server = script(("recv",), ("send", b"HTTP/1.0 200 OK\r\n\r\nhello"), ("hold", 5000))
    times_out(90, 500, lambda: mrequests.get(server.url, timeout=0.1).content)


def test_each_wait_has_the_time_out_for_itself():
    server = script(
        ("recv",), ("bytewise", HEAD[:4], 100), ("send", HEAD[4:]), ("bytewise", b"0123456789", 100)
    )
    begin = ticks()
    assert mrequests.get(server.url, timeout=0.6).content == b"0123456789"
    assert ticks() - begin > 900


def test_deadline_against_a_slow_body():
    server = script(("recv",), ("send", HEAD), ("bytewise", b"0123456789", 200), connections=len(WAYS[:4]))
    for way in WAYS[:4]:
        times_out(450, 1000, lambda way=way: way(mrequests.get(server.url, timeout=5, deadline=0.5)))


def test_deadline_against_a_slow_head():
    server = script(("recv",), ("bytewise", HEAD, 200), connections=2)
    times_out(450, 1000, mrequests.get, server.url, deadline=0.5)
    times_out(450, 1000, mrequests.get, server.url, timeout=5, deadline=0.5)


def test_deadline_against_interim_responses():
    server = script(("recv",), ("bytewise", b"HTTP/1.1 100 Continue\r\n\r\n" * 8, 50))
    times_out(450, 1000, mrequests.get, server.url, timeout=5, deadline=0.5)


def test_deadline_against_an_endless_stream():
    endless = b"HTTP/1.0 200 OK\r\n\r\n"
    server = script(("recv",), ("send", endless), ("send", b"0123456789" * 100, 6000000))

    def drain():
        r = mrequests.get(server.url, timeout=5, deadline=0.6)
        buf = bytearray(4096)
        while r.readinto(buf):
            pass

    times_out(500, 1200, drain)


def test_deadline_holds_over_redirects():
    to = b"HTTP/1.1 302 x\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"
    server = script(("recv",), ("sleep", 200), ("send", to), connections=9)
    times_out(450, 1000, mrequests.get, server.url, max_redirects=8, timeout=5, deadline=0.5)


def test_pair():
    server = script(("recv",), ("hold", 5000), connections=2)
    times_out(250, 800, mrequests.get, server.url, timeout=(5, 0.3))
    times_out(250, 800, mrequests.get, server.url, timeout=(None, 0.3))
    server = script(("recv",), ("sleep", 500), ("send", HEAD + b"0123456789"), connections=2)
    assert mrequests.get(server.url, timeout=(0.3, 5)).content == b"0123456789"
    assert mrequests.get(server.url, timeout=(0.3, None)).content == b"0123456789"
    for timeout in (3,), (1, 2, 3), ():
        assert "timeout" in str(raises(ValueError, mrequests.get, "http://h/", timeout=timeout))


def test_integers():
    server = script(("recv",), ("hold", 5000), connections=1)
    times_out(900, 1500, mrequests.get, server.url, timeout=1)


def test_zero_raises_at_once():
    server = script(("hold", 3000), connections=2)
    before = open_fds()
    begin = ticks()
    raises(OSError, mrequests.get, server.url, timeout=0)
    raises(OSError, mrequests.get, server.url, timeout=5, deadline=0)
    assert ticks() - begin < 300 and open_fds() == before


def test_slow_reader_of_the_request():
    # The server takes nothing: a large body must run into the time-out of writing.
    server = script(("recv_head",), ("sleep", 6000))
    data = b"x" * 1000
    times_out(250, 1500, mrequests.post, server.url, data=(data for _ in range(24000)), timeout=0.3)


def test_reading_starts_late():
    # What the program does between the calls is not the server's fault, but counts for the deadline.
    server = script(("recv",), ("send", HEAD + b"01234"), ("sleep", 100), ("send", b"56789"), connections=2)
    from time import sleep

    r = mrequests.get(server.url, timeout=0.3)
    sleep(0.5)
    assert r.content == b"0123456789"
    r = mrequests.get(server.url, timeout=5, deadline=0.3)
    sleep(0.5)
    before = open_fds()
    raises(OSError, lambda: r.content)
    assert open_fds() < before


def test_handshake_with_a_silent_server():
    server = script(("hold", 5000), connections=3)
    url = "https" + server.url[4:]
    times_out(250, 900, mrequests.get, url, timeout=0.3, verify=False)
    times_out(250, 900, mrequests.get, url, deadline=0.3, verify=False)
    times_out(250, 900, mrequests.get, url, timeout=(0.3, 5), verify=False)


def test_silence_over_tls():
    server = script(("recv",), ("send", HEAD + b"hello"), ("hold", 5000), tls=True, connections=2)
    times_out(250, 1500, lambda: mrequests.get(server.url, timeout=0.3, verify=CA_DER).content)
    times_out(250, 1500, lambda: mrequests.get(server.url, deadline=0.6, verify=CA_DER).content)


def test_full_backlog():
    # Connections that nobody accepts fill the queue of a listening socket; the next one waits.
    import socket

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    waiting = []
    port = None
    for port in range(39120, 39180):
        try:
            listener.bind(socket.getaddrinfo("127.0.0.1", port, 0, socket.SOCK_STREAM)[0][-1])
            break
        except OSError:
            pass
    listener.listen(0)
    try:
        for _ in range(3):
            sock = socket.socket()
            sock.setblocking(False)
            waiting.append(sock)
            try:
                sock.connect(socket.getaddrinfo("127.0.0.1", port, 0, socket.SOCK_STREAM)[0][-1])
            except OSError:
                pass
        url = "http://127.0.0.1:%d/" % port
        times_out(250, 900, mrequests.get, url, timeout=0.3)
        times_out(250, 900, mrequests.get, url, deadline=0.3)
        times_out(250, 900, mrequests.get, url, timeout=(0.3, None))
    finally:
        for sock in waiting:
            sock.close()
        listener.close()


def test_no_time_out_by_default():
    server = script(("recv",), ("sleep", 300), ("send", HEAD), ("sleep", 300), ("send", b"0123456789"))
    assert mrequests.get(server.url).content == b"0123456789"


def test_tls_works_within_a_time_out():
    assert mrequests.get(HTTPBIN_TLS + "/get", timeout=5, deadline=8, verify=CA_DER).status_code == 200


def test_time_out_of_a_socket_that_cannot_be_polled():
    for number in (110, 116, ETIMEDOUT):
        with Network([OSError(number, "timed out")]) as network:
            error = raises(OSError, mrequests.get, "http://h/", timeout=1)
            assert error.errno == ETIMEDOUT and network.all_closed(), error


def test_errors_name_the_host():
    server = script(("hold", 2000))
    assert "127.0.0.1" in str(raises(OSError, mrequests.get, server.url, timeout=0.1))


def test_connect_time_out_holds_on_every_hop():
    # The silent server lets connect succeed; over TLS the handshake counts as connecting.
    silent = script(("hold", 3000))
    to = b"HTTP/1.1 302 x\r\nLocation: https://127.0.0.1:%d/\r\nContent-Length: 0\r\n\r\n" % silent.port
    first = script(("recv",), ("send", to))
    times_out(250, 1500, mrequests.get, first.url, timeout=(0.3, 5), verify=False)


def test_without_a_deadline_a_response_may_last_for_days():
    server = script(("recv",), ("send", b"HTTP/1.1 200 OK\r\n\r\n"), ("sleep", 50), ("send", b"late"))
    r = mrequests.get(server.url, timeout=5)
    days = 3 * 24 * 3600 * 1000 + (1 << 24)
    r._sock._start = time.ticks_add(r._sock._start, -days) if MICROPYTHON else r._sock._start - days
    assert r.content == b"late"
