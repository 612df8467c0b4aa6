"""A polling server and raw clients in one process: what is sent is exactly what a test says."""

import socket

from support import ticks

from mrequests.http_server import HttpServer, MimeTypes

GET = b"GET / HTTP/1.1\r\nHost: pico\r\n\r\n"
BODY = b"POST /c HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s"
CHUNKS = b"POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
EAGAIN = 11


class Server(HttpServer):
    """A server on some free port, which keeps its log and answers with what it was asked."""

    timeout = 5

    def __init__(self, **kw):
        self.logged = []
        self.seen = []
        port = 20000 + ticks() % 10000
        while True:
            try:
                super().__init__(port=port, host="127.0.0.1", **kw)
                break
            except OSError:
                port += 1
        self.get_handler(self.echo)
        self.post_handler(self.echo)

    def log(self, error, request=None):
        self.logged.append(error)

    def echo(self, request=None, connection=None):
        self.seen.append(request)
        text = "%s %s|%s|" % (request.method, request.path, request.query)
        self.send_response(connection, text.encode() + request.body, content_type=MimeTypes.TEXT)


class Client:
    """A raw connection to a server in this process; reading polls the server."""

    def __init__(self, server, data=b""):
        self.server = server
        self.sock = socket.socket()
        self.sock.connect(socket.getaddrinfo("127.0.0.1", server.port, 0, socket.SOCK_STREAM)[0][-1])
        self.received = b""
        self.closed = False
        self.send(data)
        self.sock.setblocking(False)

    def send(self, data):
        if data:
            self.sock.send(data)

    def take(self, most=512):
        """Read what has come."""
        try:
            data = self.sock.recv(most)
        except OSError as e:
            self.closed = e.args[0] != EAGAIN
            return
        self.received += data
        self.closed = not data

    def answer(self, wait=3000, most=512):
        """All that comes until the server closes."""
        start = ticks()
        while not self.closed:
            assert ticks() - start < wait, "not closed, received: %r" % self.received[-300:]
            self.server.check_requests()
            self.take(most)
        self.sock.close()
        return self.received


def ask(server, data):
    """Status and body of the answer to a request."""
    head, body = Client(server, data).answer().split(b"\r\n\r\n", 1)
    return int(head.split(b" ", 2)[1]), body


def fields(head):
    """Header fields of a reply as a dictionary; each line must have a colon."""
    return dict(line.split(b": ", 1) for line in head.split(b"\r\n\r\n", 1)[0].split(b"\r\n")[1:])


def turns(server, count=20):
    for _ in range(count):
        server.check_requests()


def status_of(client, wait=3000):
    """Status of an answer, as soon as its head has come."""
    start = ticks()
    while b"\r\n\r\n" not in client.received:
        assert ticks() - start < wait and not client.closed, client.received
        client.server.check_requests()
        client.take()
    client.sock.close()
    return int(client.received.split(b" ", 2)[1])
