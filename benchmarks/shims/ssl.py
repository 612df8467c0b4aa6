"""The names that uhttp-client takes from `ssl`, for builds of MicroPython that have only `tls`."""

from tls import CERT_NONE, PROTOCOL_TLS_CLIENT, SSLContext  # noqa: F401


class SSLWantReadError(OSError):
    """Never raised: MicroPython's sockets say EAGAIN or None instead."""


class SSLWantWriteError(OSError):
    """Never raised: see above."""
