"""TLS contexts for verify=: on a board nothing is verified unless it is told what to trust."""

from binascii import a2b_base64

try:
    import tls as ssl  # MicroPython; its ssl hides what cannot be verified
except ImportError:
    import ssl


def _certificates(data):
    # PEM, with any text around, or a single certificate in DER.
    if b"-----BEGIN" not in data:
        return [data]
    parts = data.split(b"-----BEGIN CERTIFICATE-----")[1:]
    return [a2b_base64(part.split(b"-----END")[0].replace(b"\n", b"")) for part in parts]


def _read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as e:
        raise OSError(e.errno, "verify: cannot read " + path)


def _strict(made):
    # CPython on some systems would hide that a connection was cut.
    if hasattr(ssl, "OP_IGNORE_UNEXPECTED_EOF"):
        made.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    return made


def context(verify=True):
    """Return a context that trusts verify: True for the system's store, a path, or PEM or DER bytes.

    False encrypts without verifying; a context is returned as it is.
    """
    if hasattr(verify, "wrap_socket"):
        return verify
    if verify is True and hasattr(ssl, "create_default_context"):
        return _strict(ssl.create_default_context())
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if verify is False:
        if hasattr(made, "check_hostname"):
            made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
        return made
    if verify is True:
        raise ValueError("no store of CAs here: pass verify=path of the CA's certificate (PEM or DER)")
    made.verify_mode = ssl.CERT_REQUIRED
    if isinstance(verify, str):
        verify = verify.encode() if "-----BEGIN" in verify else _read(verify)
    for certificate in _certificates(verify):
        # One at a time: Mbed TLS would take the first of several and ignore the others.
        if ssl.__name__ == "tls":
            made.load_verify_locations(certificate)  # older firmware takes no keyword here
        else:
            made.load_verify_locations(cadata=certificate)
    return _strict(made)


class Later:
    """A context that is made only if the request comes to TLS."""

    made = None

    def __init__(self, verify):
        self.verify = verify

    def wrap_socket(self, sock, **kw):
        """Make the context, once, and have it wrap the socket."""
        if self.made is None:
            self.made = context(self.verify)
        return self.made.wrap_socket(sock, **kw)
