"""The polling server: slow, silent, hostile and many clients; that nothing is left over; HTTPS."""

import time
from binascii import a2b_base64

from polling import BODY, CHUNKS, EAGAIN, GET, Client, Server, ask, turns
from support import CERTIFICATES, MICROPYTHON, open_fds, raises, ticks

from mrequests.http_server import HttpServer

MICROPYTHON_ONLY = ("test_an_idle_check_allocates_nothing",)
# TLS takes more memory than such a board has.
SMALL_HEAP_SKIP = ("test_https",)

# --- Time, and many clients ---


def test_a_silent_client_does_not_stop_the_others():
    with Server() as server:
        server.timeout = 0.3
        silent, half = Client(server), Client(server, b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab")
        start = ticks()
        turns(server)
        assert ticks() - start < 200
        assert ask(server, GET)[0] == 200
        for client in silent, half:
            assert client.answer().startswith(b"HTTP/1.1 408 ")
        assert server.clients == []


def test_dribbling_does_not_buy_time():
    with Server() as server:
        server.timeout = 0.3
        client = Client(server)
        start = ticks()
        while b"408" not in client.received:
            assert ticks() - start < 2000
            try:
                client.send(b"x")
            except OSError:
                pass
            server.check_requests()
            client.take()
            time.sleep(0.02)
        client.sock.close()


def test_a_slow_loop_loses_no_request():
    # What has come in time counts, even when the program looks only later.
    with Server() as server:
        server.timeout = 0.05
        client = Client(server, b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n")
        server.check_requests()
        client.send(b"ab")
        time.sleep(0.2)
        assert client.answer().endswith(b"POST /||ab")


def test_a_client_that_does_not_read_is_given_up():
    with Server() as server:
        server.timeout = 0.2
        source = (bytes(1024) for _ in range(1 << 20))
        server.get_callback = lambda request, connection: server.send_response(connection, source)
        client = Client(server, GET)
        start = ticks()
        server.check_requests()
        while server.clients:
            assert ticks() - start < 20000
            server.check_requests()
        client.sock.close()


def test_fifty_slow_clients_do_not_starve_a_good_one():
    attacks = b"", b"GET / HTT", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\na", CHUNKS + b"5\r\nab"
    with Server() as server:
        slow = []
        for n in range(50):
            slow.append(Client(server, attacks[n % 4]))
            if n % 8 == 7:
                server.check_requests()
        for _ in range(3):
            start = ticks()
            good = Client(server, GET)
            assert good.answer().endswith(b"GET /||")
            took = ticks() - start
            assert took < 200, took
        assert len(server.clients) <= server.max_clients
        for client in slow:
            client.sock.close()
        turns(server)


def test_the_oldest_unfinished_request_gives_way():
    with Server() as server:
        server.max_clients = 2
        first, second = Client(server, b"GET"), Client(server, b"GET")
        server.check_requests()
        third = Client(server, GET)
        assert third.answer().startswith(b"HTTP/1.1 200 ")
        second.send(b" / HTTP/1.1\r\n\r\n")
        assert second.answer().startswith(b"HTTP/1.1 200 ")
        assert first.answer().startswith(b"HTTP/1.1 408 ")


def test_a_refused_client_does_not_keep_its_place():
    with Server() as server:
        server.max_clients = 1
        server.timeout = 0.5
        refused = Client(server, b"nonsense\r\n\r\n")
        turns(server)
        start = ticks()
        assert Client(server, GET).answer().endswith(b"GET /||")
        assert ticks() - start < 200
        refused.sock.close()


def test_who_is_being_answered_keeps_the_place():
    with Server() as server:
        server.max_clients = 1
        source = (bytes(200) for _ in range(9))
        server.get_callback = lambda request, connection: server.send_response(connection, source)
        first = Client(server, GET)
        server.check_requests()
        server.get_callback = server.post_callback
        second = Client(server, GET)
        assert first.answer().endswith(b"\r\n0\r\n\r\n")
        assert second.answer().endswith(b"GET /||")


def test_clients_that_do_not_read_give_way():
    with Server() as server:
        server.max_clients = 2
        server.get_callback = lambda request, connection: server.send_response(connection, endless())
        stuck = [Client(server, GET), Client(server, GET)]
        start = ticks()
        while not server.clients or any([client.busy for client in server.clients]):
            assert ticks() - start < 8000
            turns(server)
            time.sleep(0.005)
        server.get_callback = server.echo
        start = ticks()
        assert Client(server, GET).answer().endswith(b"GET /||")
        assert ticks() - start < 200
        for client in stuck:
            client.sock.close()


def endless():
    block = bytes(1024)
    while True:
        yield block


def test_a_handler_may_check_for_requests():
    def nested(request, connection):
        for _ in range(5):
            server.check_requests()
        server.echo(request, connection)

    with Server() as server:
        server.get_callback = nested
        other = Client(server, BODY % (1, b"x"))
        assert ask(server, GET) == (200, b"GET /||")
        assert other.answer().endswith(b"POST /c||x")
        assert len(server.seen) == 2


def test_a_handler_may_close_and_then_check_for_requests():
    def nested(request, connection):
        connection.send("bye")
        connection.close()
        server.check_requests()

    with Server() as server:
        server.get_callback = nested
        assert Client(server, GET).answer() == b"bye"
        assert server.logged == [] and server.clients == []


def test_an_interrupted_handler_frees_its_place():
    def interrupted(request, connection):
        raise KeyboardInterrupt

    with Server() as server:
        server.get_callback = interrupted
        client = Client(server, GET)
        raises(KeyboardInterrupt, turns, server)
        assert client.answer() == b"" and server.clients == []


# --- Nothing is left over ---


def test_close():
    before = open_fds()
    server = Server()
    clients = [Client(server, data) for data in (b"", b"GET", GET)]
    server.check_requests()
    server.close()
    server.close()
    server.check_requests()
    for client in clients:
        client.sock.close()
    with Server() as server:
        raises(OSError, HttpServer, server.port, "127.0.0.1")
    assert open_fds() == before


def test_random_bytes():
    # Not very random, so that a failure comes back.
    words = (
        b"GET",
        b" ",
        b"/",
        b"HTTP/1.1",
        b"\r\n",
        b"\r\n\r\n",
        b":",
        b"Content-Length",
        b"5",
        b"-",
        b"\0",
    )
    words += (
        b"Transfer-Encoding: chunked\r\n",
        b"\xff\xfe",
        b"POST / HTTP/1.1\r\n",
        b"%2e",
        b"..",
        b"\n",
        b"Expect: 1",
    )
    seed = 12345
    with Server() as server:
        before = open_fds()
        for _ in range(150):
            data = b""
            for _ in range(12):
                seed = (seed * 1103515245 + 12345) & 0x3FFFFFFF
                data += words[(seed >> 12) % len(words)]
                if seed >> 25 == 3:
                    data += bytes([seed >> 8 & 255]) * (seed >> 5 & 1023)
            client = Client(server, data)
            turns(server, 3)
            client.sock.close()
            turns(server, 3)
        turns(server)
        assert server.clients == [] and open_fds() == before
        assert server.logged == [] and ask(server, GET)[0] == 200


def test_an_idle_check_allocates_nothing():
    import micropython

    with Server() as server:
        server.check_requests()
        micropython.heap_lock()
        try:
            server.check_requests()
        finally:
            micropython.heap_unlock()


# --- HTTPS ---


def der(pem):
    # Not all firmware reads PEM.
    return a2b_base64("".join(pem.split("-----END", 1)[0].split("\n")[1:]))


def contexts():
    if MICROPYTHON:
        import tls as ssl
    else:
        import ssl
    path = CERTIFICATES + "/good.pem"
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if MICROPYTHON:
        key, certificate = [der(part) for part in open(path).read().split("-----BEGIN ")[1:3]]
        server.load_cert_chain(certificate, key)
    else:
        server.load_cert_chain(path)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not MICROPYTHON:
        client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    return server, client


class Quiet:
    """A TLS socket whose calls return None where they would wait."""

    def __init__(self, sock):
        self.sock = sock

    def call(self, names, *args):
        try:
            return getattr(self.sock, names[not MICROPYTHON])(*args)
        except OSError as e:
            if "WANT" in str(e).upper() or e.args[0] in (2, 3, EAGAIN):
                return None
            raise


def test_https():
    for_server, for_client = contexts()
    before = open_fds()
    with Server(ssl_context=for_server) as server:
        page = "0123456789" * 5000
        server.get_callback = lambda request, connection: server.send_html(connection, page)
        plain = Client(server, GET)  # who does not speak TLS
        client = Client(server)
        tls = Quiet(
            for_client.wrap_socket(client.sock, server_hostname="localhost", do_handshake_on_connect=False)
        )
        start = ticks()
        while tls.call(("write", "send"), GET) is None:
            server.check_requests()
            assert ticks() - start < 5000
        reply, buf = b"", bytearray(4096)
        while not reply.endswith(page.encode()):
            server.check_requests()
            n = tls.call(("readinto", "recv_into"), buf)
            reply += buf[:n] if n else b""
            assert ticks() - start < 5000
        assert reply.startswith(b"HTTP/1.1 200 OK\r\n")
        tls.sock.close()
        client.sock.close() if not MICROPYTHON else None
        plain.sock.close()
        turns(server)
        assert server.clients == []
    assert open_fds() == before
