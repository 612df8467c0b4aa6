"""Finding and reaching the host: every address is tried, a failure is readable and leaves nothing open."""

from doubles import Network
from support import open_fds, raises, script

import mrequests
from mrequests import mrequests as core

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Addresses:
    """The real module socket, but for what getaddrinfo gives: the addresses of these ports."""

    def __init__(self, *ports):
        self.ports = ports
        self.real = core.socket
        self.made = 0

    def __getattr__(self, name):
        return getattr(self.real, name)

    def socket(self, *args):
        self.made += 1
        return self.real.socket(*args)

    def getaddrinfo(self, host, port, *args):
        found = []
        for one in self.ports:
            found += self.real.getaddrinfo("127.0.0.1", one, *args)[:1]
        return found

    def __enter__(self):
        core.socket = self
        return self

    def __exit__(self, *args):
        core.socket = self.real


def closed_port():
    """A port on which nobody listens."""
    server = script(("recv",))
    server.requests()
    return server.port


def test_every_address_is_tried():
    before = open_fds()
    bad = closed_port()
    server = script(("recv",), ("send", OK), connections=3)
    for ports, tries in (
        ((server.port,), 1),
        ((bad, server.port), 2),
        ((bad, bad, bad, server.port, bad), 4),
    ):
        with Addresses(*ports) as addresses:
            assert mrequests.get("http://name.invalid/", timeout=5).content == b"ok"
            assert addresses.made == tries
            assert open_fds() == before
    assert b"\r\nHost: name.invalid\r\n" in server.requests()[0]


def test_all_addresses_fail():
    before = open_fds()
    bad = closed_port()
    with Addresses(bad, bad):
        error = raises(OSError, mrequests.get, "http://name.invalid/", timeout=5)
        assert "name.invalid" in str(error) and error.errno in (111, 61), error
    assert open_fds() == before


def test_no_address():
    with Addresses():
        error = raises(OSError, mrequests.get, "http://name.invalid/")
        assert "name.invalid" in str(error), error


def test_unknown_name():
    class Unknown(Addresses):
        def getaddrinfo(self, *args):
            raise OSError(-2)

    before = open_fds()
    with Unknown():
        error = raises(OSError, mrequests.get, "http://name.invalid/")
        assert "name.invalid" in str(error), error
    assert open_fds() == before


def test_refused():
    before = open_fds()
    error = raises(OSError, mrequests.get, "http://127.0.0.1:%d/" % closed_port(), timeout=5)
    assert error.errno in (111, 61) and "127.0.0.1" in str(error), error
    assert open_fds() == before


def test_refused_again_and_again():
    before = open_fds()
    port = closed_port()
    for _ in range(20):
        raises(OSError, mrequests.get, "http://127.0.0.1:%d/" % port)
        raises(OSError, mrequests.get, "https://127.0.0.1:%d/" % port)
    assert open_fds() == before


def test_ipv6():
    server = script(("recv",), ("send", OK), ipv6=True)
    assert mrequests.get(server.url + "/x", timeout=5).content == b"ok"
    assert b"\r\nHost: [::1]:%d\r\n" % server.port in server.requests()[0]


def test_localhost():
    server = script(("recv",), ("send", OK))
    assert mrequests.get("http://localhost:%d/" % server.port, timeout=5).content == b"ok"


def test_ip_with_host_header():
    server = script(("recv",), ("send", OK))
    mrequests.get(server.url, headers={"Host": "dns.example"}).close()
    request = server.requests()[0]
    assert b"\r\nHost: dns.example\r\n" in request and b"127.0.0.1" not in request


def test_connection_without_poll():
    # Test doubles and modems' sockets: used as they are.
    with Network([OK]) as network:
        assert mrequests.get("http://h:8080/", timeout=5).content == b"ok"
        assert network.looked_up == [("h", 8080)] and network.sockets[0].address[:2] == ("h", 8080)


def test_failure_without_poll():
    class Refusing(Network):
        def socket(self, *args):
            made = Network.socket(self, *args)

            def connect(address):
                raise OSError(111, "refused")

            made.connect = connect
            return made

    with Refusing([OK]) as network:
        assert raises(OSError, mrequests.get, "http://h/").errno == 111
        assert network.all_closed()


def test_partial_writes():
    class Slow(Network):
        def socket(self, *args):
            made = Network.socket(self, *args)

            def send(data):
                made.sent += bytes(data[:7])
                return min(7, len(data))

            made.send = made.write = send
            return made

    with Slow([OK]) as network:
        assert mrequests.post("http://h/", data=b"0123456789" * 20).content == b"ok"
        sent = network.sockets[0].sent
        assert sent.count(b"POST") == 1 and sent.endswith(b"\r\n\r\n" + b"0123456789" * 20)


def test_write_error_closes():
    class Broken(Network):
        def socket(self, *args):
            made = Network.socket(self, *args)

            def send(data):
                raise OSError(5, "input/output error")

            made.send = made.write = send
            return made

    with Broken([OK]) as network:
        assert raises(OSError, mrequests.get, "http://h/").errno == 5
        assert network.all_closed()
