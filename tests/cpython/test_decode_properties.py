"""Compressed bodies: any data, compressed in any way, cut anywhere, against zlib; on each MicroPython too."""

import gzip
import hashlib
import random
import subprocess
import zlib

import pytest
from conftest import BOTH, ROOT
from doubles import Network
from hypothesis import given, settings
from hypothesis import strategies as st

import mrequests
from mrequests import decode
from tools import interpreters

MICROPYTHONS = interpreters.micropythons()
FLUSHES = zlib.Z_NO_FLUSH, zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_BLOCK

# Random bytes, and what compresses well.
parts = st.binary(max_size=60) | st.builds(
    lambda data, n: data * n, st.binary(min_size=1, max_size=9), st.integers(1, 9000)
)
contents = st.lists(parts, max_size=6)
pieces = st.lists(st.integers(1, 400), max_size=60)


@st.composite
def encoded(draw):
    """(coding, the encoded form, the data)."""
    kind = draw(st.sampled_from(["gzip", "zlib", "raw"]))
    window = draw(st.integers(9, 15))
    out = data = b""
    for _ in range(draw(st.integers(1, 3)) if kind == "gzip" else 1):
        bits = {"gzip": 16 + window, "zlib": window, "raw": -window}[kind]
        level, memory = draw(st.integers(0, 9)), draw(st.integers(1, 9))
        flate = zlib.compressobj(level, zlib.DEFLATED, bits, memory, draw(st.integers(0, 4)))
        for part in draw(contents):
            out += flate.compress(part) + flate.flush(draw(st.sampled_from(FLUSHES)))
            data += part
        out += flate.flush()
    return b"gzip" if kind == "gzip" else b"deflate", out, data


def cut(data, sizes):
    """The data in pieces of these sizes, and the rest."""
    found = []
    for size in sizes:
        found.append(data[:size])
        data = data[size:]
    return [piece for piece in [*found, data] if piece]


def message(coding, data, framing, sizes):
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: " + coding
    if framing == "C":
        chunks = [b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in cut(data, sizes)]
        return head + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(chunks) + b"0\r\n\r\n"
    return head + (b"\r\nContent-Length: %d" % len(data) if framing == "L" else b"") + b"\r\n\r\n" + data


def read(received, sizes, how):
    with Network(cut(received, sizes)) as network:
        r = mrequests.get("http://h/")
        try:
            return r.content if how is None else b"".join(r.iter_content(how))
        finally:
            assert network.all_closed()


hows = st.none() | st.integers(1, 5000)


@settings(deadline=None, max_examples=150)
@given(encoded(), st.sampled_from("LCE"), pieces, pieces, hows)
def test_any_way_to_compress(case, framing, chunks, arrivals, how):
    coding, data, plain = case
    assert read(message(coding, data, framing, chunks), arrivals, how) == plain
    assert decode.decoded(data, coding) == plain
    push = decode.Push(coding)
    got = [block for piece in cut(data, arrivals) for block in push.decode(piece)]
    assert b"".join(got) + b"".join(push.decode(b"", True)) == plain


@settings(deadline=None, max_examples=150)
@given(encoded(), st.sampled_from("LCE"), pieces, hows, st.data())
def test_any_cut(case, framing, arrivals, how, draw):
    # A cut between the members of gzip cannot be told from their end.
    coding, data, plain = case
    end = draw.draw(st.integers(0, len(data) - 1))
    try:
        got = read(message(coding, data[:end], framing, []), arrivals, how)
    except OSError:
        assert framing == "E"
    except ValueError:
        assert framing != "E"
    else:
        assert not end or coding == b"gzip" and gzip.decompress(data[:end]) == got == plain[: len(got)]


@settings(deadline=None, max_examples=150)
@given(encoded(), pieces, hows, st.data())
def test_any_bit_turned_over(case, arrivals, how, draw):
    # What raw deflate cannot tell aside: it has no checksum.
    coding, data, plain = case
    i = draw.draw(st.integers(0, len(data) * 8 - 1))
    wrong = data[: i // 8] + bytes([data[i // 8] ^ 1 << i % 8]) + data[i // 8 + 1 :]
    zlib_or_gzip = coding == b"gzip" or data[0] & 0x8F == 8 and i > 7
    try:
        got = read(message(coding, wrong, "L", []), arrivals, how)
        assert got == plain or not zlib_or_gzip
    except (OSError, ValueError):
        pass


@settings(deadline=None, max_examples=80)
@given(encoded(), st.integers(0, 70000))
def test_any_bound(case, bound):
    coding, data, plain = case
    with Network([message(coding, data, "L", [])]) as network:
        r = mrequests.get("http://h/", max_size=bound)
        if len(plain) <= bound:
            assert r.content == plain
        else:
            with pytest.raises(ValueError, match="max_size"):
                list(r.iter_content(777))
        assert network.all_closed()


# --- The same on MicroPython: cases from a seed, answers as digests ---

PROGRAM = """
import hashlib
from binascii import hexlify
from doubles import Network, Pieces
import mrequests
for n in range(%d):
    with open("case%%d" %% n, "rb") as file:
        received = file.read()
    with Network(Pieces(received, (1, 7, 100, 1460, 100000)[n %% 5])):
        digest = hashlib.sha256()
        try:
            r = mrequests.get("http://h/")
            for block in r.iter_content((50, 700, 4096)[n %% 3]):
                digest.update(block)
            print(hexlify(digest.digest()).decode())
        except (OSError, ValueError) as e:
            print(type(e).__name__)
"""


def play(one, folder, program):
    """The lines that a program prints on MicroPython in this folder."""
    (folder / "program.py").write_text(program)
    environ = interpreters.finding("%s:%s" % (BOTH, ROOT))
    command = [*one.command, "program.py"]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=100)
    assert not done.returncode, done.stdout + done.stderr
    return done.stdout.splitlines()


def seeded_case(draw, n):
    """A message, and what MicroPython has to print for it."""
    plain = b"".join(
        bytes(draw.choices(range(256), k=draw.randrange(30))) * draw.choice((1, 1, 3, 40, 300))
        for _ in range(6)
    )
    window = draw.choice((9, 12, 15))
    bits = draw.choice((16 + window, window, -window))
    flate = zlib.compressobj(draw.randrange(10), zlib.DEFLATED, bits, 8, draw.randrange(5))
    data, step = b"", draw.randrange(50, 5000)
    for i in range(0, len(plain), step):
        data += flate.compress(plain[i : i + step]) + flate.flush(draw.choice(FLUSHES))
    data += flate.flush()
    framing, expected = draw.choice("LCE"), hashlib.sha256(plain).hexdigest()
    if n % 4 == 0:
        data = data[: draw.randrange(1, len(data))]
        expected = "OSError" if framing == "E" else "ValueError"
    coding = b"gzip" if bits > 15 else b"deflate"
    return message(coding, data, framing, [draw.randrange(1, 900) for _ in range(9)]), expected


@pytest.mark.parametrize("one", [o for o in MICROPYTHONS if not o.small_heap], ids=lambda one: one.name)
def test_on_micropython(one, tmp_path):
    draw, expected = random.Random(7), []
    for n in range(200):
        received, answer = seeded_case(draw, n)
        (tmp_path / ("case%d" % n)).write_bytes(received)
        expected.append(answer)
    assert play(one, tmp_path, PROGRAM % len(expected)) == expected


EVENTS = """
from doubles import Network
import mrequests

class Arrivals:
    # Pieces, and with each how much of the body has to have been handed out before it is asked for.
    def __init__(self, pieces):
        self.pieces = pieces
        self.late = self.got = 0

    def __bool__(self):
        return bool(self.pieces)

    def pop(self, _):
        piece, due = self.pieces.pop(0)
        self.late += self.got < due
        return piece

    def insert(self, _, rest):
        self.pieces.insert(0, (rest, 0))

for n in range(%d):
    with open("case%%d" %% n) as file:
        arrivals = Arrivals(eval(file.read()))
    with Network(arrivals):
        r = mrequests.get("http://h/")
        buf = bytearray(100 if n %% 2 else 4096)
        size = r.readinto(buf)
        while size:
            arrivals.got += size
            size = r.readinto(buf)
    print(arrivals.late, arrivals.got)
"""


def events(draw, n):
    """Arrivals of a stream whose events were flushed, each with the bytes that were due before; their sum."""
    coding = b"gzip" if n % 2 else b"deflate"
    flate = zlib.compressobj(draw.randrange(1, 10), zlib.DEFLATED, 31 if n % 2 else draw.choice((15, -15)))
    arrivals, total = [(message(coding, b"", "C", [])[:-5], 0)], 0
    for last in [False] * 7 + [True]:
        words = [b"data:", b"delta", b"\xc3\xbc", b'{"id"', b"%d" % draw.randrange(9999)]
        event = b" ".join(draw.choices(words, k=draw.randrange(1, draw.choice((4, 30, 200)))))
        if n % 3 == 0:
            event = bytes(draw.choices(range(256), k=draw.randrange(1, 70)))
        part = flate.compress(event) + flate.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)
        chunk = b"%x\r\n%s\r\n" % (len(part), part) + (b"0\r\n\r\n" if last else b"")
        at = draw.randrange(1, len(chunk))
        arrivals += [(chunk[:at], total), (chunk[at:], 0)] if n % 5 else [(chunk, total)]
        total += len(event)
    return arrivals, total


@pytest.mark.parametrize("one", [o for o in MICROPYTHONS if not o.small_heap], ids=lambda one: one.name)
def test_events_on_micropython(one, tmp_path):
    draw, expected = random.Random(8), []
    for n in range(200):
        arrivals, total = events(draw, n)
        (tmp_path / ("case%d" % n)).write_text(repr(arrivals))
        expected.append("0 %d" % total)
    assert play(one, tmp_path, EVENTS % len(expected)) == expected
