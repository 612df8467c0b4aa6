"""httpbin on loopback, plain and with good, expired and wrong-host certificates.

    python httpbin_server.py [CERTIFICATES]

Prints {"http": url, "https": url, "expired": url, "wrong_host": url}, the last three where a folder of
certificates is given, and serves until standard input ends.
"""

import logging
import sys
import threading
import warnings

import launch

# What httpbin misses or finds deprecated is not the business of these tests.
warnings.filterwarnings("ignore")
logging.disable()

from httpbin import app  # noqa: E402
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler  # noqa: E402


class Handler(WSGIRequestHandler):
    """Speaks HTTP/1.1, so that a response without length comes in chunks; keeps no log."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    def make_environ(self):
        environ = super().make_environ()
        # httpbin takes chunked requests only from servers it knows to decode them. Werkzeug does, too.
        environ["SERVER_SOFTWARE"] = "gunicorn/stand-in"
        return environ

    def log(self, type, message, *args):
        pass


def serve(certificates=None, name=None):
    """Serve in a thread; the base URL."""
    server = ThreadedWSGIServer("127.0.0.1", 0, app, handler=Handler)
    if certificates:
        import certificates as certs

        context = certs.context(certificates, name)
        # The handshake takes place in the connection's own thread: if it stalls, the others go on.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.ssl_context = context
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return "%s://127.0.0.1:%d" % ("https" if certificates else "http", server.port)


def main(folder=None):
    """Serve all of them."""
    facts = {"http": serve()}
    if folder:
        for fact, name in ("https", "good"), ("expired", "expired"), ("wrong_host", "wrong-host"):
            facts[fact] = serve(folder, name)
    launch.serve_until_told(facts)


if __name__ == "__main__":
    main(*sys.argv[1:])
