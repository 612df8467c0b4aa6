"""The test support itself, on every interpreter."""

import socket

from support import MICROPYTHON, open_fds, raises, scratch, script, ticks


def exchange(server, data):
    """Send the data; all that comes back."""
    sock = socket.socket()
    sock.connect(socket.getaddrinfo("127.0.0.1", server.port, 0, socket.SOCK_STREAM)[0][-1])
    stream = sock if MICROPYTHON else sock.makefile("rwb", 0)
    stream.write(data)
    answer = stream.read()
    stream.close()
    sock.close()
    return answer


def test_script_plays_and_records():
    server = script(("recv",), ("send", b"he"), ("split", b"llo!", [1, 2]), ("bytewise", b"\r\n\0\xff", 1))
    sent = b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
    assert exchange(server, sent) == b"hello!\r\n\0\xff"
    assert server.requests() == [sent]
    assert server.closed() == [True]
    assert server.notes() == [""]


def test_script_of_several_connections():
    server = script([("recv",), ("send", b"1")], [("recv",), ("send", b"2", 3)])
    assert exchange(server, b"a\r\n\r\n") == b"1"
    assert exchange(server, b"b\r\n\r\n") == b"222"
    assert server.requests() == [b"a\r\n\r\n", b"b\r\n\r\n"]
    assert [length for length, _ in server.digests()] == [5, 5]


def test_script_leaves_no_descriptor_open():
    before = open_fds()
    server = script(("recv",), ("send", b"x"))
    exchange(server, b"a\r\n\r\n")
    server.requests()
    assert open_fds() == before


def test_unused_script_reports_nothing():
    assert script(("recv",)).requests() == []


def test_unknown_step_is_refused():
    assert "no such step" in str(raises(AssertionError, script, ("sned", b"x")))


def test_ipv6_script():
    assert script(("recv",), ipv6=True).url.startswith("http://[::1]:")


def test_raises_needs_the_exception():
    assert raises(ValueError, int, "x")
    error = raises(AssertionError, raises, ValueError, int, "1")
    assert "was not raised" in str(error)


def test_scratch_files_are_new():
    for _ in range(2):
        path = scratch("file")
        raises(OSError, open, path)
        open(path, "w").close()


def test_ticks_do_not_go_back():
    assert ticks() <= ticks()
