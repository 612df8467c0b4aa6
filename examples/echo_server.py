"""A server to try clients against; it says what it was sent: echo_server.py [PORT [https | CERTIFICATE KEY]]

GET is greeted; POST, PUT, DELETE, PATCH and any other method get their body back. With `https` CPython makes
a certificate for this run; elsewhere name the files of one (PEM or DER). Ctrl-C ends it.
"""

import sys
import time

from mrequests.http_server import HttpServer, MimeTypes

DAYS = "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"
MONTHS = "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"


def date():
    """Now, as HTTP writes it."""
    year, month, day, hour, minute, second, weekday = time.gmtime()[:7]
    clock = "%02d:%02d:%02d" % (hour, minute, second)
    return "%s, %02d %s %d %s GMT" % (DAYS[weekday], day, MONTHS[month - 1], year, clock)


def fields():
    """Headers of every answer."""
    name = "MicroPython" if sys.implementation.name == "micropython" else "Python"
    return {
        "Server": "mrequests %s/%d.%d.%d" % ((name,) + tuple(sys.implementation.version[:3])),
        "Date": date(),
    }


def make_server(port, ssl_context=None):
    server = HttpServer(port=port, ssl_context=ssl_context)

    def answer(connection, data):
        server.send_response(connection, data, content_type=MimeTypes.TEXT, headers=fields())

    @server.get_handler
    def greet(request=None, connection=None):
        answer(connection, b"Hello, world!")

    @server.head_handler
    def head(request=None, connection=None):
        # As the server in the book: these two, and nothing of a body.
        lines = ["%s: %s\r\n" % item for item in fields().items()]
        connection.send("HTTP/1.0 200 OK\r\n%s\r\n" % "".join(lines))

    @server.post_handler
    @server.any_handler
    def echo(request=None, connection=None):
        text = "This is a %s request. Received: " % request.method
        answer(connection, text.encode() + request.body)

    return server


# --- HTTPS ---


def make_certificate(folder):
    """Certificate and key for this machine, made by openssl or by the package trustme; their paths."""
    import shutil
    import subprocess

    certificate, key = folder + "/certificate.pem", folder + "/key.pem"
    if shutil.which("openssl"):
        command = (
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 "
            "-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
        )
        words = command.split() + ["-keyout", key, "-out", certificate]
        subprocess.run(words, check=True, capture_output=True)
        return certificate, key
    try:
        import trustme
    except ImportError:
        sys.exit("to make a certificate takes openssl or `pip install trustme`; or name the files of one")
    issued = trustme.CA().issue_cert("localhost", "127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(certificate)
    issued.private_key_pem.write_to_path(key)
    return certificate, key


def read_der(path, kind):
    """A certificate or a key as firmware takes it that reads no PEM."""
    from binascii import a2b_base64

    with open(path, "rb") as file:
        data = file.read()
    begin = data.find(kind + b"-----")
    if begin > 0:
        data = a2b_base64(data[begin:].split(b"-----")[1].replace(b"\n", b""))
    return data


def make_context(certificate, key):
    """The context for a server with this certificate."""
    if sys.implementation.name == "micropython":
        import tls

        context = tls.SSLContext(tls.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(read_der(certificate, b"CERTIFICATE"), read_der(key, b"PRIVATE KEY"))
    else:
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
    return context


def made_context():
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return make_context(*make_certificate(folder))


def main(port=8080, certificate=None, key=None):
    context = None
    if key:
        context = make_context(certificate, key)
    elif certificate == "https":
        context = made_context()
    elif certificate:
        raise SystemExit("give the key, too: echo_server.py PORT CERTIFICATE KEY")
    with make_server(int(port), context) as server:
        print("serving %s on port %s" % ("https" if context else "http", port))
        sys.stdout.flush()
        while True:
            server.check_requests()
            time.sleep(0.002)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        pass
