"""What few clients and programs ask of the HTTP server; loaded when it is first needed."""


def resolve(target):
    """The path that a request target names, without escapes; refuse one that leads out of its folder."""
    if target[:1] != "/" and "://" in target:  # as for a proxy
        i = target.find("/", target.find("://") + 3)
        target = target[i:] if i > 0 else "/"
    elif target == "*":
        return target
    elif target[:1] != "/":
        raise ValueError
    parts = target.encode().split(b"%")
    for i in range(1, len(parts)):
        digits = parts[i][:2]
        if len(digits) < 2 or digits.strip(b"0123456789abcdefABCDEF"):
            raise ValueError
        parts[i] = bytes([int(digits, 16)]) + parts[i][2:]
    path = b"".join(parts)
    for c in path:
        if c < 32 or c == 127:
            raise ValueError
    if b".." in path.replace(b"\\", b"/").split(b"/"):
        raise ValueError
    return "/" + path.decode().lstrip("/")


def no_handler(server, method):
    """The handler of a method that has none."""

    def handle(request, connection):
        allow = ["GET", "HEAD", "POST", "OPTIONS"]
        allow = {"Allow": ", ".join(allow + [name for name in server.handlers if name not in allow])}
        if method == "OPTIONS":
            server.send_response(connection, "", 204, headers=allow)
        else:
            server.send_error_page("no handler for " + method, connection, 405, allow)

    return handle


class Chunked:
    """A request body that comes in chunks (RFC 9112, 7.1)."""

    left = -1  # of a chunk; -1: its size is due, -2: its end, -3: trailers

    def __init__(self, connection):
        start = connection.end + 4
        self.connection = connection
        self.message = bytearray(connection.data[:start])  # a chunk can be a byte: no list of them
        self.room = connection.server.max_body
        self.rest = b""
        connection.chunked = self.feed
        self.feed(connection.data[start:])

    def feed(self, data):
        """Take what has arrived; the last of it makes the request of the connection complete."""
        data = self.rest + data
        while data and self.left:
            if self.left > 0:
                n = min(self.left, len(data))
                self.message.extend(data[:n])
                data = data[n:]
                self.left = self.left - n or -2
            else:
                i = data.find(b"\r\n")
                if i < 0 and len(data) > 256 or self.left == -2 and data[:2] not in (b"\r", b"\r\n"):
                    raise ValueError
                if i < 0:
                    break
                self.line(data[:i])
                data = data[i + 2 :]
        self.rest = data
        if not self.left:
            self.connection.data = self.message
            self.connection.size = len(self.connection.data)

    def line(self, line):
        if self.left == -2:
            self.left = -1
        elif self.left == -1:
            i = line.find(b";")
            digits = line.strip() if i < 0 else line[:i].strip()
            if not digits or digits.strip(b"0123456789abcdefABCDEF"):
                raise ValueError
            self.left = int(digits, 16)
            self.room -= self.left
            if self.room < 0:
                raise ValueError(413)
            if not self.left:
                self.left = -3
                self.room = 1024
        else:
            self.room -= len(line)
            if self.room < 0:
                raise ValueError(431)
            if not line:
                self.left = 0


class Stream:
    """A reply that is read from a file or an iterator while it is sent."""

    def __init__(self, source, connection, status):
        self.source = source if hasattr(source, "read") else iter(source)
        self.connection = connection
        self.left = self.length() if hasattr(source, "read") else None
        self.chunked = False
        self.fields = ""
        if self.left is not None:
            self.fields = "Content-Length: %d\r\n" % self.left
        elif b" HTTP/1.0\r\n" not in connection.data[: connection.data.find(b"\r\n") + 2]:
            self.fields = "Transfer-Encoding: chunked\r\n"
            self.chunked = True
        none = status in (204, 304)
        if none:
            self.fields = ""
        if none or connection.data[:5] == b"HEAD ":
            self.left = 0
            self.chunked = False

    def length(self):
        # What is left of a file in bytes; None where that cannot be known.
        try:
            if isinstance(self.source.read(0), str):
                return None
            here = self.source.tell()
            end = self.source.seek(0, 2)
            self.source.seek(here)
            return end - here
        except (AttributeError, OSError):
            return None

    def block(self):
        if self.left == 0:
            return None
        if hasattr(self.source, "read"):
            return self.source.read(1024 if self.left is None else min(self.left, 1024))
        for block in self.source:
            return block

    def read(self):
        """The next bytes to send; ends the connection's stream after the last."""
        try:
            block = self.block()
            if isinstance(block, str):
                block = block.encode()
            if self.left and not block:
                raise OSError("the file is shorter than it was")
        except Exception as error:
            self.connection.server.log(error)
            self.connection.close()
            return b""
        if block and self.left:
            self.left -= len(block)
        if block is None or not block and hasattr(self.source, "read"):
            self.close()
            return b"0\r\n\r\n" if self.chunked else b""
        if block and self.chunked:
            return b"%x\r\n" % len(block) + block + b"\r\n"
        return block

    def close(self):
        """Close the source; the connection has no stream any more."""
        self.connection.stream = None
        if hasattr(self.source, "close"):
            self.source.close()


class Secure:
    """A client's socket with TLS; the handshake is part of the first reads."""

    def __init__(self, raw, context):
        self.raw = raw
        self.sock = context.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
        for name in "readinto", "write", "recv_into", "send":
            if hasattr(self.sock, name):
                setattr(self, name, getattr(self.sock, name))

    def close(self):
        """Close both; say so to the client where that is possible."""
        try:
            if hasattr(self.sock, "unwrap"):
                self.sock.unwrap()
        except (OSError, ValueError):
            pass
        try:
            self.sock.close()
        except OSError:
            pass
        try:
            # Fails where TLS has closed it: a second close could hit another's descriptor.
            self.raw.setblocking(False)
        except OSError:
            return
        self.raw.close()
