"""The rules by which a connection may carry another exchange (RFC 9112, 9.3)."""

# Methods that may be sent twice (RFC 9110, 9.2.2).
IDEMPOTENT = "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"


def persistent(base):
    """Return a class of responses that tell their connection, as its attribute keep, if it can be kept."""

    class Persistent(base):
        _keep = _old = False

        def _status(self, line):
            self._old = line[7:8] == b"0"
            self._keep = not self._old
            super()._status(line)

        def _parse_header(self, data):
            super()._parse_header(data)
            if data[:11].lower() == b"connection:":
                self._options(data[11:])

        def _options(self, value):
            options = [option.strip() for option in value.lower().split(b",")]
            if b"close" in options:
                self._keep = None
            elif b"keep-alive" in options and self._keep is not None:
                self._keep = True

        def _framing(self):
            # A small body ends within this call, and with it the exchange.
            # Two lengths, or chunks from HTTP/1.0: others on the way may have seen another end [6.1].
            odd = self.chunked and (self._content_size is not None or self._old)
            self._sock.keep = bool(self._keep) and self.status_code != 101 and not odd
            n = base._framing(self)
            if n is None:
                self._sock.keep = False
            return n

    return Persistent
