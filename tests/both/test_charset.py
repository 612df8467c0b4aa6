"""Text: its charset, and the bytes that belong to none, which become what CPython makes of them."""

from doubles import Checks, Network

import mrequests
from mrequests import charset

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nContent-Type: %s\r\n\r\n"
SMALL_HEAP_SKIP = ("test_every_byte",)
CPYTHON_ONLY = ("test_code_for_boards", "test_codecs_that_are_no_charsets")

# Charset, bytes, text.
TEXTS = (
    ("utf-8", b"", ""),
    ("utf-8", b"a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z", "a\xe4\u20ac\U0001f600z"),
    ("utf-8", b"a\xff\xfeb", "a\ufffd\ufffdb"),
    ("utf-8", b"\x80\xbf\xc3", "\ufffd\ufffd\ufffd"),
    ("utf-8", b"a\xe2\x82z\xe2\x82", "a\ufffdz\ufffd"),
    ("utf-8", b"\xf0\x9f\x98\xf0\x9f\x98\x80\xff", "\ufffd\U0001f600\ufffd"),
    ("utf-8", b"\xc0\xaf\xff", "\ufffd\ufffd\ufffd"),
    ("utf-8", b"\xed\xa0\x80\xff", "\ufffd\ufffd\ufffd\ufffd"),
    ("utf-8", b"\xf4\x90\x80\x80\xff", "\ufffd\ufffd\ufffd\ufffd\ufffd"),
    ("utf-8", b"\xe0\x9f\xbf\xf5\xff", "\ufffd\ufffd\ufffd\ufffd\ufffd"),
    ("utf-8", b"\xef\xbb\xbfmark", "\ufeffmark"),
    ("UTF8", b"\xc3\xa4\xff", "\xe4\ufffd"),
    ("us-ascii", b"a\x80\xff", "a\ufffd\ufffd"),
    ("ISO-8859-1", b"a\x80\xe4\xff", "a\x80\xe4\xff"),
    ("latin_1", b"\xe4", "\xe4"),
    ("windows-1252", b"\x80\x81\x8d\x93\x94\x9f\xa0\xe4", "\u20ac\ufffd\ufffd\u201c\u201d\u0178\xa0\xe4"),
    ("cp1252", b"\x8c\x9c\x99", "\u0152\u0153\u2122"),
    ("utf-16", b"\xff\xfea\0\xac\x20", "a\u20ac"),
    ("utf-16", b"\xfe\xff\0a\x20\xac", "a\u20ac"),
    ("utf-16le", b"=\xd8\0\xdez\0", "\U0001f600z"),
    ("UTF-16BE", b"\xd8=\xde\0\0z", "\U0001f600z"),
    ("utf-16be", b"\xd8=\0z\xdc\0\0", "\ufffdz\ufffd\ufffd"),
    ("utf-16le", b"a\0\0\xd8z", "a\ufffd"),
    ("x-unknown", b"\xc3\xa4\xff", "\xe4\ufffd"),
)


def get(body, content_type):
    with Network([HEAD % (len(body), content_type), body]):
        return mrequests.get("http://h/")


def test_texts():
    checks = Checks()
    for name, data, text in TEXTS:
        got = charset.decode(data, name)
        checks.see(got == text, name, data, got.encode())
        r = get(data, b"text/plain; charset=" + name.encode())
        checks.see(r.encoding == name.lower() and r.text == text and r.content == data, name, data)
        r = get(data, b"text/plain")
        r.encoding = name
        checks.see(r.text == text and r.text == text, name, data)
    checks.done()


def test_every_byte():
    data = bytes(range(256))
    for kind in (bytes, bytearray, memoryview):
        assert charset.decode(kind(data), "latin-1").encode() == b"".join(
            [bytes([c]) if c < 128 else bytes([0xC0 | c >> 6, 0x80 | c & 63]) for c in range(256)]
        )
        assert (
            charset.decode(kind(data), "ascii")[100:140]
            == charset.decode(data[100:128], "ascii") + "\ufffd" * 12
        )
        assert len(charset.decode(kind(data), "windows-1252")) == 256


def test_names():
    for content_type, name in (
        (b"text/plain", "utf-8"),
        (b"text/plain; charset=utf-8", "utf-8"),
        (b"text/plain;charset=ISO-8859-1", "iso-8859-1"),
        (b'text/plain; format=flowed; Charset="Windows-1252" ; x=y', "windows-1252"),
        (b"text/plain; charset = latin-1", "latin-1"),
        (b"text/plain; charset=", "utf-8"),
        (b"text/plain; charset", "utf-8"),
        (b"text/plain; xcharset=latin-1", "utf-8"),
        (b"text/plain; charset=\xff", "utf-8"),
        (b"charset/latin-1", "utf-8"),
    ):
        assert get(b"x", content_type).encoding == name, content_type


def test_a_stray_byte_can_be_asked_for():
    r = get(b"a\xff", b"text/plain")
    assert r.text == "a\ufffd"
    try:
        r.content.decode()
        raise AssertionError("decoded")
    except UnicodeError:
        pass


def test_json_is_not_asked_for_its_charset():
    assert get(b'{"a": "\xc3\xa4"}', b"application/json; charset=latin-1").json() == {"a": "\xe4"}


def test_code_for_boards():
    # What MicroPython runs, against the codecs of CPython.
    from random import Random

    random = Random(1)
    telling = b"A\0\x80\x81\x8f\x90\x9f\xa0\xbf\xc0\xc2\xd8\xdb\xdc\xdf\xe0\xed\xef\xf0\xf4\xf5\xfe\xff"
    for name in ("utf-8", "utf-16", "utf-16le", "utf-16be", "ascii", "latin-1", "windows-1252"):
        for _ in range(5000):
            data = bytes([random.choice(telling) for _ in range(random.randrange(9))])
            got = charset._decode(data, name.replace("-", ""))
            assert got == data.decode(name, "replace"), (name, data, got)


def test_codecs_that_are_no_charsets():
    for name in ("idna", "punycode", "undefined", "zlib", "hex", "rot13", "a\0b", ""):
        assert charset.decode(b"a\xff", name) == "a\ufffd", name
    for name in ("Punycode", "-punycode"):
        assert charset.decode(b"abc-", name) == "abc-", name


def test_a_charset_in_another_field():
    kind = b"text/plain\r\nAccept-Patch: text/x; charset=latin-1"
    with Network([HEAD % (2, kind) + b"\xc3\xa4"]):
        assert mrequests.get("http://h/").text == "\xe4"
