"""Where a response ends: every vector in every way of reading, cut into every kind of piece, in memory."""

from doubles import Checks, Pieces
from reading import WAYS, expected, play
from vectors import RESPONSES

SURPLUS = b"HTTP/1.1 200 SURPLUS\r\nContent-Length: 4\r\n\r\nevil"


def check_vectors(cut):
    checks = Checks()
    for name, method, framing, raw, status, reason, body in RESPONSES:
        for way in WAYS:
            try:
                r, got = play(cut(raw, framing), method, way)
                good = got == expected(way, body) and r.status_code == status and isinstance(r.reason, str)
                good = good and reason in (None, r.reason)
                checks.see(good, name, way.__name__, r.status_code, repr(r.reason), got[:60])
            except Exception as e:
                checks.see(False, name, way.__name__, repr(e))
    checks.done()


def test_whole():
    check_vectors(lambda raw, framing: [raw])


def test_byte_by_byte():
    check_vectors(lambda raw, framing: Pieces(raw, 1))


def test_in_threes():
    check_vectors(lambda raw, framing: Pieces(raw, 3))


def test_surplus_is_not_body():
    check_vectors(lambda raw, framing: [raw if framing == "E" else raw + SURPLUS])


def test_surplus_in_small_pieces():
    check_vectors(lambda raw, framing: Pieces(raw if framing == "E" else raw + SURPLUS, 7))


def test_head_and_body_apart():
    def cut(raw, framing):
        i = raw.rfind(b"\r\n\r\n" if framing != "C" else b"d\r\n\r\n") + 4
        return [raw[:i], raw[i:]] if 4 < i < len(raw) else [raw]

    check_vectors(cut)
