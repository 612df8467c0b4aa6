"""The scripted server: each script gets a fresh loopback port and plays exact bytes at exact moments.

    python scripted.py CERTIFICATES    prints {"port": control port}, serves until standard input ends

A control connection carries one command and one answer, each a Python literal on a line:

    ("open", [steps of the 1st connection, of the 2nd, ...], tls, ipv6)   -> port, or an error text
    ("report", port, wait in ms, digest)   -> [(received, closed by client, note), ...] in order of acceptance

A report first ends the listening, then waits until the connections are over. `received` is all that the
client sent, or (length, SHA-256) if `digest`. Steps:

    ("recv",)                    a request: its head, and its body by Content-Length or in chunks
    ("recv_head",)               only the head
    ("recv_body",)               the body that belongs to the last head
    ("recv_bytes", n)            n bytes
    ("send", data[, times])      the bytes, that many times
    ("bytewise", data[, ms])     each byte on its own, ms apart
    ("split", data, [positions][, ms])   in pieces cut at these positions
    ("sleep", ms)
    ("hold", ms)                 stay silent, recording, until the client closes or the time is over
    ("close",)                   orderly: all data, then FIN (and close_notify)
    ("cut",)                     FIN without close_notify; the same as close without TLS
    ("reset",)                   RST

A script that ends otherwise closes orderly. Nothing lasts longer than LIFETIME.
"""

import ast
import hashlib
import re
import socket
import socketserver
import ssl
import struct
import sys
import threading
import time

import launch

LIFETIME = 20  # seconds for the connections of one script


class Ended(Exception):
    """The client closed, or time ran out, before the script was over."""


class Connection:
    """One accepted connection that plays its steps in a thread."""

    def __init__(self, sock, steps, context, deadline):
        self.sock, self.steps, self.context, self.deadline = sock, steps, context, deadline
        self.received = bytearray()
        self.taken = 0  # how much of it the steps have consumed
        self.closed, self.note = False, ""
        self.length = 0  # of the body behind the last head; None: in chunks
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        """Play all steps; what goes wrong ends in the note."""
        step = ("handshake",)
        try:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sock.settimeout(self.left())
            if self.context:
                self.sock = self.context.wrap_socket(self.sock, server_side=True)
            for step in self.steps:
                getattr(self, "play_" + step[0])(*step[1:])
            step = ("close",)
            self.play_close()
        except (Ended, OSError, ssl.SSLError) as error:
            self.note = "%s: %s" % (step[0], error)
            self.closed = self.closed or isinstance(error, (ConnectionResetError, BrokenPipeError))
        finally:
            self.sock.close()

    def left(self):
        """Seconds until the script must be over."""
        return max(0.01, self.deadline - time.monotonic())

    # Receiving

    def more(self, seconds=None):
        """Record what comes next; False at the end of the client's data, TimeoutError when nothing comes."""
        self.sock.settimeout(self.left() if seconds is None else max(0.001, min(seconds, self.left())))
        try:
            data = self.sock.recv(65536)
        except (ConnectionError, ssl.SSLError):  # reset, cut, or closed with an alert
            data = b""
        self.received += data
        self.closed = not data
        return bool(data)

    def need(self, done):
        """Receive until done() gives something other than None; that."""
        while True:
            result = done()
            if result is not None:
                return result
            if not self.more():
                raise Ended("the client closed after %d bytes" % len(self.received))

    def until(self, mark):
        """Consume up to and with the mark; the bytes."""

        def found():
            end = self.received.find(mark, self.taken)
            return None if end < 0 else end + len(mark)

        return self.take(self.need(found))

    def take(self, end):
        start, self.taken = self.taken, end
        return bytes(self.received[start:end])

    def play_recv_bytes(self, count):
        end = self.taken + count
        self.need(lambda: end if len(self.received) >= end else None)
        return self.take(end)

    def play_recv_head(self):
        head = self.until(b"\r\n\r\n")
        length = re.search(rb"\r\ncontent-length:[ \t]*(\d+)", head, re.I)
        chunked = re.search(rb"\r\ntransfer-encoding:[^\r]*chunked", head, re.I)
        self.length = None if chunked else int(length.group(1)) if length else 0

    def play_recv_body(self):
        if self.length is not None:
            self.play_recv_bytes(self.length)
            return
        while size := int(self.until(b"\r\n").split(b";")[0], 16):
            self.play_recv_bytes(size + 2)
        while self.until(b"\r\n") != b"\r\n":  # trailers
            pass

    def play_recv(self):
        self.play_recv_head()
        self.play_recv_body()

    # Sending

    def play_send(self, data, times=1):
        for _ in range(times):
            self.sock.settimeout(self.left())
            self.sock.sendall(data)

    def play_split(self, data, positions, ms=0):
        cuts = [0, *positions, len(data)]
        for start, end in zip(cuts, cuts[1:]):
            self.play_send(data[start:end])
            time.sleep(ms / 1000)

    def play_bytewise(self, data, ms=0):
        self.play_split(data, range(1, len(data)), ms)

    # Waiting and ending

    def play_sleep(self, ms):
        time.sleep(min(ms / 1000, self.left()))

    def play_hold(self, ms):
        end = time.monotonic() + ms / 1000
        try:
            while time.monotonic() < end and self.more(end - time.monotonic()):
                pass
        except TimeoutError:
            pass

    def play_close(self):
        if isinstance(self.sock, ssl.SSLSocket) and self.sock.fileno() >= 0:
            self.sock.settimeout(0)
            try:
                self.sock.unwrap()  # sends close_notify and need not wait for the client's (RFC 8446, 6.1)
            except (OSError, ValueError):
                pass
        self.play_cut()

    def play_cut(self):
        if self.sock.fileno() < 0:
            return
        try:
            # Closing with data unread would send RST and could destroy what is still on its way.
            self.sock.shutdown(socket.SHUT_WR)
            self.drain()
        except OSError as error:
            self.closed = not isinstance(error, TimeoutError)
        self.sock.close()

    def drain(self):
        """Wait until the client closes, too."""
        self.sock.settimeout(self.left())
        while not self.closed:
            data = self.sock.recv(65536)
            self.closed = not data
            if not self.context:  # what comes after the end of TLS is still encrypted
                self.received += data

    def play_reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


class Script:
    """A listening port and the connections it accepted."""

    def __init__(self, plans, context, ipv6):
        self.plans, self.context = plans, context
        self.deadline = time.monotonic() + LIFETIME
        self.connections, self.stopping = [], False
        self.listener = socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET)
        self.listener.bind(("::1" if ipv6 else "127.0.0.1", 0))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        """Accept as many connections as are planned; once stopping, only those already made."""
        with self.listener:
            for steps in self.plans:
                sock = self.next()
                if not sock:
                    return
                self.connections.append(Connection(sock, steps, self.context, self.deadline))

    def next(self):
        while True:
            last_look = self.stopping or time.monotonic() > self.deadline
            self.listener.settimeout(0.001 if last_look else 0.02)
            try:
                return self.listener.accept()[0]
            except TimeoutError:
                if last_look:
                    return None

    def report(self, wait, digest):
        self.stopping = True
        self.thread.join()
        end = time.monotonic() + wait / 1000
        for one in self.connections:
            one.thread.join(max(0, end - time.monotonic()))
        return [(self.summary(one, digest), one.closed, one.note) for one in self.connections]

    @staticmethod
    def summary(one, digest):
        data = bytes(one.received)
        return (len(data), hashlib.sha256(data).hexdigest()) if digest else data


class Control(socketserver.StreamRequestHandler):
    """Answers one command."""

    timeout = LIFETIME + 10

    def handle(self):
        line = self.rfile.readline().decode()
        if not line.endswith("\n"):
            return  # the test died, for want of memory perhaps, and says so itself
        try:
            command, *args = ast.literal_eval(line)
            answer = getattr(self, "do_" + command)(*args)
        except (OSError, LookupError, AttributeError, TypeError, ValueError, SyntaxError) as error:
            answer = "%s: %r" % (type(error).__name__, error)
        self.wfile.write(repr(answer).encode() + b"\n")

    def do_open(self, plans, tls=False, ipv6=False):
        unknown = [step for steps in plans for step in steps if not hasattr(Connection, "play_" + step[0])]
        if unknown:
            return "no such step: %r" % (unknown[0],)
        script = Script(plans, self.server.context if tls else None, ipv6)
        self.server.scripts[script.port] = script
        return script.port

    def do_report(self, port, wait=5000, digest=False):
        return self.server.scripts[port].report(wait, digest)


class ControlServer(socketserver.ThreadingTCPServer):
    """The control port, with the scripts of this session."""

    daemon_threads = True
    request_queue_size = 32

    def __init__(self, certificates):
        super().__init__(("127.0.0.1", 0), Control)
        self.scripts, self.context = {}, certificates and make_context(certificates)


def make_context(folder):
    import certificates

    return certificates.context(folder)


def main(folder=None):
    """Serve commands until standard input ends."""
    server = ControlServer(folder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    launch.serve_until_told({"port": server.server_address[1]})


if __name__ == "__main__":
    main(*sys.argv[1:])
