"""Responses cut short: none may be taken for a whole one, in any way of reading."""

from doubles import Checks, Pieces
from reading import WAYS, content, play
from support import raises
from vectors import RESPONSES


def test_cut_short_at_every_byte():
    # Every place, each with another way of reading.
    checks = Checks()
    turn = 0
    for name, method, framing, raw, _, _, body in RESPONSES:
        end = len(raw) - len(body) if framing == "E" else len(raw)
        for i in range(0, end, 1 if end < 150 else 7):
            turn += 1
            way = WAYS[turn % len(WAYS)]
            try:
                r, got = play([raw[:i]] if i % 2 else Pieces(raw[:i], 5), method, way)
                checks.see(False, name, way.__name__, "at", i, "of", len(raw), "gave", got[:40])
            except OSError as e:
                checks.see("incomplete" in str(e) or "closed" in str(e), name, i, repr(e))
            except Exception as e:
                checks.see(False, name, way.__name__, "at", i, repr(e))
    checks.done()


def test_cut_body_in_every_way():
    checks = Checks()
    for name, method, framing, raw, _, _, body in RESPONSES:
        if framing == "L" and body or framing == "C":
            for way in WAYS:
                for cut in (1, 2, max(1, len(body) // 2)):
                    try:
                        _, got = play([raw[:-cut]], method, way)
                        checks.see(False, name, way.__name__, "without the last", cut, "gave", got[:40])
                    except OSError:
                        pass
                    except Exception as e:
                        checks.see(False, name, way.__name__, cut, repr(e))
    checks.done()


def test_every_cut_of_until_close_is_whole():
    # Nobody can tell here, so what came is the body.
    raw = b"HTTP/1.0 200 OK\r\n\r\nhello"
    for i in range(5):
        for way in WAYS:
            assert play([raw[: len(raw) - i]], "GET", way)[1] == b"hello"[: 5 - i]


def test_connection_reset_is_reported_in_every_way():
    # Also where the end of the connection would end the body.
    for head in (b"", b"Content-Length: 9\r\n", b"Transfer-Encoding: chunked\r\n"):
        raw = b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + (b"9\r\nhel" if b"chunked" in head else b"hel")
        for way in WAYS:
            error = raises(OSError, play, [raw, OSError(104, "reset")], "GET", way)
            assert error.errno == 104, (head, way, error)


def test_closed_without_a_word():
    raises(OSError, play, [], "GET", content)
    raises(OSError, play, [b"HTTP/1.1 200 OK"], "GET", content)
