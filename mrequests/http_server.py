"""HTTP/1.1 server for a program with a loop of its own: check_requests() never waits."""

import json
import socket

const = str
# False on MicroPython, whose compiler then leaves out what stands under it; true on CPython.
_CPYTHON = const(0)

if _CPYTHON:
    import select
    import ssl as _ssl
    import traceback
    from time import monotonic

    ticks_add = int.__add__
    ticks_diff = int.__sub__

    def ticks_ms():
        return int(monotonic() * 1000)

    class _Poll:
        # What is used of MicroPython's; Windows has none of CPython's.
        def register(self, sock, flags):
            self._sock = sock

        def ipoll(self, ms):
            if not hasattr(select, "poll"):
                return select.select([self._sock], [], [], 0)[0]
            one = select.poll()
            one.register(self._sock, select.POLLIN)
            return one.poll(ms)

    class _Quiet:
        # A socket of CPython that answers like one of MicroPython: None stands for "not now".
        def __init__(self, sock):
            self._sock = sock
            self.close = sock.close

        def _call(self, call, *args):
            try:
                return call(*args)
            except (BlockingIOError, _ssl.SSLWantReadError, _ssl.SSLWantWriteError):
                return None

        def readinto(self, buf):
            return self._call(self._sock.recv_into, buf)

        def write(self, buf):
            return self._call(self._sock.send, buf)
else:
    from select import poll as _Poll
    from time import ticks_add, ticks_diff, ticks_ms


def _need():
    # What few programs use lies in a file of its own, in the package or beside this one.
    name = "http_extras"
    return __import__(__name__[:-11] + name, None, None, (name,))


class HttpStatus:
    """Status codes by name; StatusText has their reason phrases."""

    OK = 200
    BAD_REQUEST = 400
    UNAUTHORIZED = 401
    FORBIDDEN = 403
    NOT_FOUND = 404
    REQUEST_TIMEOUT = 408
    TEAPOT = 418
    INTERNAL_SERVER_ERROR = 500
    NOT_IMPLEMENTED = 501
    StatusText = {
        200: "OK",
        400: "Bad Request",
        401: "Unauthorized",
        403: "Forbidden",
        404: "Not Found",
        405: "Method Not Allowed",
        408: "Request Timeout",
        413: "Content Too Large",
        414: "URI Too Long",
        418: "I'm a teapot",
        431: "Request Header Fields Too Large",
        500: "Internal Server Error",
        501: "Not Implemented",
    }


class MimeTypes:
    """Content types by name."""

    CSV = "text/csv"
    HTML = "text/html"
    JSON = "text/json"
    TEXT = "text/plain"
    XML = "text/xml"
    YAML = "text/yaml"


# --- Request ---


def _fields(data, end):
    # Name, in lower case, and value of each header field; the head ends there.
    i = data.find(b"\r\n") + 2
    while i < end:
        j = data.find(b"\r\n", i)
        name, value = data[i:j].split(b":", 1)
        i = j + 2
        if not name or name.strip() != name:
            raise ValueError
        yield name.lower(), value.strip()


def _framing(data, end):
    # How long the body is, whether it comes in chunks, whether the client waits to be told to send it.
    length = chunked = expect = None
    for name, value in _fields(data, end):
        if name == b"content-length":
            if not value.isdigit() or length not in (None, int(value)):
                raise ValueError
            length = int(value)
        elif name == b"transfer-encoding":
            if chunked or value.lower() != b"chunked":
                raise ValueError(501)
            chunked = True
        elif name == b"expect":
            expect = True
    if chunked and length is not None:
        raise ValueError
    return length or 0, chunked, expect


class Request(str):
    """The text of a request, head and body; its parts are attributes."""

    @property
    def headers(self):
        """The header fields as a dictionary; names are in lower case."""
        found = {}
        for name, value in _fields(self.data, self.end):
            name = name.decode()
            value = value.decode()
            found[name] = found[name] + ", " + value if name in found else value
        return found

    @property
    def body(self):
        """The body as bytes."""
        return self.data[self.end + 4 :]


def _parse(data, end):
    # The request of a message whose head ends there.
    method, target, version = data[: data.find(b"\r\n")].decode().split(" ")
    if version[:7] != "HTTP/1." or not method:
        raise ValueError(505 if method and version[:5] == "HTTP/" else 400)
    try:
        request = Request(data, "utf-8")
    except UnicodeError:
        request = Request(data[: end + 4], "utf-8")
    request.data = data
    request.end = end
    request.method = method
    i = (target + "?").find("?")
    request.query = target[i + 1 :]
    request.path = path = target[:i]
    if path[:1] != "/" or path[1:2] == "/" or "%" in path or ".." in path:
        request.path = _need().resolve(path)
    return request


# --- Connection ---


class Connection:
    """A client: what has come of its request, what is left of its reply. Handlers answer through it."""

    data = out = b""
    end = 0  # where the head ends, once it has come
    size = 0  # how much of a request of known length has come
    # busy: its place is its own, as a handler was called and the reply went on in the last second;
    # replied: something was sent; complete: nothing may follow; linger: more may come, and is to be read;
    # chunked: takes the body; stream: gives the rest of the reply.
    busy = replied = complete = linger = chunked = stream = None

    def __init__(self, server, sock):
        self.server = server
        self.sock = sock
        self._extend()

    def _extend(self):
        # Give the client its time, from now on.
        self.due = ticks_add(ticks_ms(), int(self.server.timeout * 1000))

    def _step(self):
        # Go on without waiting; after some blocks it is another client's turn.
        if self.busy and not self.complete:
            return  # its handler has called check_requests
        try:
            for _ in range(8):
                if not self.sock or not (self._reply() if self.complete else self._receive()):
                    break
            left = ticks_diff(self.due, ticks_ms())
            if self.complete:
                self.busy = not self.linger and left > self.server.timeout * 1000 - 1000
                if left < 0:
                    self.close()
            elif left < 0 and self.sock:
                raise ValueError(408)
        except (OSError, MemoryError):
            self.close()
        except Exception as error:
            self._refuse(error)

    def _refuse(self, error):
        # Answer a request that cannot be taken.
        status = 500
        if isinstance(error, ValueError):
            status = error.args[0] if error.args and isinstance(error.args[0], int) else 400
        else:
            self.server.log(error)
        self.linger = not self.size or self.size < len(self.data)
        try:
            self.server.send_error_page("", self, status)
            self.due = ticks_add(ticks_ms(), 1000)
        except Exception as error:
            self.server.log(error)
            self.close()

    def _receive(self):
        # Take what has come of the request; true if there was something.
        data = self.data
        buf = self.server.buf
        n = self.sock.readinto(memoryview(data)[self.size :] if self.size else buf)
        if n == 0:
            if data:
                raise ValueError  # it ends in the middle
            self.close()
        elif n:
            if self.size:
                self.size += n
            elif self.chunked:
                self.chunked(buf[:n])
            else:
                self.data = data = data + buf[:n]
                self._head(data, data.find(b"\r\n"), data.find(b"\r\n\r\n"))
            if self.size and self.size == len(self.data):
                self.data = bytes(self.data)
                self.server._handle(_parse(self.data, self.end), self)
        return n

    def _head(self, data, line, end):
        # See whether all of the head has come, and whether it may be so long.
        if (line if line >= 0 else len(data)) > self.server.max_line:
            raise ValueError(414)
        if (end if end >= 0 else len(data)) > self.server.max_head:
            raise ValueError(431)
        if line < 0 and b"\n" in data:
            raise ValueError
        if end >= 0:
            rest = data[:end].replace(b"\r\n", b"")
            for c in b"\r\n\0":
                if c in rest:
                    raise ValueError
            self.end = end
            self._body(data, end + 4)

    def _body(self, data, start):
        # Make ready for the body that the head announces.
        length, chunked, expect = _framing(data, self.end)
        if chunked:
            _need().Chunked(self)
        elif length > self.server.max_body:
            raise ValueError(413)
        else:
            size = start + length
            self.size = min(size, len(data))
            if self.size < size:
                self.data = bytearray(size)
                self.data[: self.size] = data
            else:
                self.data = data[:size]
        if expect and len(data) == start:
            self.sock.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def send(self, data):
        """Send bytes or str as they are: a reply without the help of the server."""
        if self.complete:
            raise ValueError("there was a reply already")
        self.replied = True
        if isinstance(data, str):
            data = data.encode()
        n = len(data)
        if self.sock:
            self.out = bytes(self.out) + data if self.out else data
            try:
                self._reply()
            except OSError:
                self.close()
            if not isinstance(data, bytes):
                self.out = bytes(self.out)  # the caller may use its buffer again
        return n

    sendall = write = send

    def _reply(self):
        # Send what fits; true if that was something.
        n = None
        if self.out:
            n = self.sock.write(self.out)
            if n:
                self._extend()
                self.out = memoryview(self.out)[n:] if n < len(self.out) else b""
        elif self.stream:
            self.out = self.stream.read()
            n = True
        elif self.complete:
            # To close with something unread would take the reply away from the client.
            n = self.sock.readinto(self.server.buf)
            if not self.linger or n == 0:
                self.close()
        return n

    def close(self):
        """Close the connection at once."""
        if self.sock:
            self.sock.close()
            self.sock = None
        self.out = b""
        if self.stream:
            self.stream.close()


def _reply_fields(status, content_type, headers, source):
    # The head of a reply but for the length of the body.
    fields = "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nConnection: close\r\n" % (
        status,
        HttpStatus.StatusText.get(status, ""),
        content_type,
    )
    n = 3
    for name in headers or ():
        if name.lower() != "content-length":  # that is known better here
            fields += "%s: %s\r\n" % (name, headers[name])
            n += 1
    if fields.count("\r") != n or fields.count("\n") != n or "\0" in fields:
        if hasattr(source, "close"):
            source.close()
        raise ValueError("line break in a header of the reply")
    return fields


# --- Server ---


class HttpServer:
    """A server that is polled: call check_requests() in the loop of the program."""

    ERROR_PAGE = """<!DOCTYPE html>
<title>{errno} {errname}</title>
<h1>{errno} {errname}</h1>
<p>{message}</p>
"""
    max_clients = 8
    max_line = 1024
    max_head = 2048
    max_body = 4096
    timeout = 10

    def __init__(self, port=80, host="0.0.0.0", ssl_context=None):
        self.port = port
        self.ssl_context = ssl_context
        self.get_callback = self.post_callback = self.default_request_handler
        self.handlers = {}
        self.clients = []
        self.buf = bytearray(256)
        info = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)[0]
        self.socket = socket.socket(info[0], info[1], info[2])
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind(info[-1])
            self.socket.listen(16)
            self.socket.setblocking(False)
            self.poll = _Poll()
            self.poll.register(self.socket, 1)
        except BaseException:
            self.socket.close()
            raise

    def check_requests(self):
        """Accept clients, go on with their requests and replies; never waits."""
        for _ in range(self.max_clients if self.socket else 0):
            if not self._accept():
                break
        i = 0
        while i < len(self.clients):
            client = self.clients[i]
            client._step()
            if client.sock:
                i += 1
            elif client in self.clients:  # a handler may have called this, too
                self.clients.remove(client)

    def _accept(self):
        # Take a client in, if one has come and there is room; true if so.
        for _ in self.poll.ipoll(0):
            if len(self.clients) >= self.max_clients:
                # The oldest whose request is not whole, or whose reply is stuck, gives way.
                for client in self.clients:
                    if not client.busy:
                        if not client.complete:
                            client._refuse(ValueError(408))
                        client.close()
                        self.clients.remove(client)
                        break
                else:
                    return False
            try:
                sock = self.socket.accept()[0]
            except OSError:
                return False
            try:
                sock.setblocking(False)
                if self.ssl_context:
                    sock = _need().Secure(sock, self.ssl_context)
                if _CPYTHON:
                    sock = _Quiet(sock)
                self.clients.append(Connection(self, sock))
            except Exception as error:
                sock.close()
                self.log(error)
            return True

    def _handle(self, request, connection):
        # Have a handler answer a request.
        method = request.method
        handler = self.handlers.get(method)
        if not handler:
            if method in ("GET", "HEAD"):
                handler = self.get_callback
            elif method == "POST":
                handler = self.post_callback
            else:
                handler = self.handlers.get("ANY") or _need().no_handler(self, method)
        connection.busy = True
        try:
            handler(request=request, connection=connection)
            if not connection.replied:
                raise RuntimeError("the handler sent no reply")
        except Exception as error:
            self.log(error, request)
            if not connection.replied:
                status = 501 if isinstance(error, NotImplementedError) else 500
                self.send_error_page(error, connection, status)
            elif not connection.complete:
                connection.close()
        finally:
            connection.complete = True
            connection.data = b""

    def log(self, error, request=None):
        """Print what went wrong; a subclass may do otherwise."""
        print("http_server: %r" % (request and request[:40]))
        if _CPYTHON:
            traceback.print_exception(type(error), error, error.__traceback__)
        else:
            import sys

            sys.print_exception(error)

    def default_request_handler(self, connection=None, request=None):
        """Stands for the handler of GET or POST that was not set."""
        raise NotImplementedError("No request handler set")

    def get_handler(self, func):
        """Decorator: have this function answer GET, and HEAD."""
        self.get_callback = func
        return func

    def post_handler(self, func):
        """Decorator: have this function answer POST."""
        self.post_callback = func
        return func

    def __getattr__(self, name):
        # put_handler, delete_handler and so on for any method.
        if name[-8:] != "_handler":
            raise AttributeError(name)

        def register(func):
            self.handlers[name[:-8].upper()] = func
            return func

        return register

    def send_response(self, connection, response, status=200, content_type="text/html", headers=None):
        """Send a reply: str, bytes-like, a file or an iterator of blocks."""
        if connection.replied:
            raise ValueError("there was a reply already")
        if isinstance(response, str):
            response = response.encode()
            if "charset" not in content_type:
                content_type += "; charset=utf-8"
        fields = _reply_fields(status, content_type, headers, response)
        if not isinstance(response, (bytes, bytearray, memoryview)):
            connection.stream = _need().Stream(response, connection, status)
            fields += connection.stream.fields
            response = b""
        elif status not in (204, 304):
            fields += "Content-Length: %d\r\n" % len(response)
        if connection.data[:5] == b"HEAD " or status in (204, 304):
            response = b""
        head = (fields + "\r\n").encode()
        if len(response) < 512:
            head += response
            response = b""
        connection.send(head)
        if response:
            connection.send(response)
        connection.complete = True

    def send_html(self, connection, html_page, status=200, headers=None):
        """Send a page."""
        self.send_response(connection, html_page, status, "text/html", headers)

    def send_json(self, connection, data, headers=None, status=200):
        """Send an object as JSON."""
        self.send_response(connection, json.dumps(data), status, "text/json", headers)

    def send_error_page(self, error, connection, status=500, headers=None):
        """Send a page that names the status and the error."""
        text = str(error).replace("&", "&amp;").replace("<", "&lt;")
        name = HttpStatus.StatusText.get(status, "")
        page = self.ERROR_PAGE.format(errno=status, errname=name, message=text)
        self.send_html(connection, page, status, headers)

    def close(self, *args):
        """Close the port and every connection."""
        for client in self.clients:
            client.close()
        self.clients = []
        if self.socket:
            self.socket.close()
            self.socket = None

    __exit__ = close

    def __enter__(self):
        return self
