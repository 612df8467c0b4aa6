"""Encoded bodies that must be refused, and one that must be stopped; nothing but data, made with zlib."""

from vectors_encoded import GZIP, RAW, ZLIB


def flip(data, i):
    """The data with a bit of its byte i turned over."""
    return data[:i] + bytes([data[i] ^ 4]) + data[i + 1 :]


# What is wrong, Content-Encoding, bytes that must be refused as malformed.
CORRUPT = (
    ("gzip, CRC wrong", b"gzip", flip(GZIP, len(GZIP) - 5)),
    ("gzip, data wrong", b"gzip", flip(GZIP, 40)),
    ("gzip, another method", b"gzip", flip(GZIP, 2)),
    ("gzip, reserved flag", b"gzip", GZIP[:3] + b"\x80" + GZIP[4:]),
    ("gzip, not at all", b"gzip", b"<html></html>"),
    ("gzip, zlib instead", b"gzip", ZLIB),
    ("gzip, more behind", b"gzip", GZIP + b"x"),
    ("gzip, zeros behind", b"gzip", GZIP + bytes(8)),
    ("gzip, half a member behind", b"gzip", GZIP + GZIP[:30]),
    ("zlib, Adler-32 wrong", b"deflate", flip(ZLIB, len(ZLIB) - 1)),
    ("zlib, data wrong", b"deflate", flip(ZLIB, 30)),
    ("zlib, check of the header wrong", b"deflate", b"\x78\x9d" + ZLIB[2:]),
    ("zlib, dictionary asked for", b"deflate", b"\x78\xbb" + ZLIB[2:]),
    ("zlib, more behind", b"deflate", ZLIB + b"x"),
    ("zlib, twice", b"deflate", ZLIB + ZLIB),
    ("raw deflate, more behind", b"deflate", RAW + b"xyz"),
    ("raw deflate, block of no kind", b"deflate", b"\x07" + RAW[1:]),
    ("raw deflate, lengths of stored data", b"deflate", b"\x01\x05\x00\xfb\xff12345"),
    ("no gzip around deflate", b"deflate, gzip", ZLIB),
)

# 300 000 zeros in gzip.
BOMB = (
    (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xed\xc1\x01\r\x00\x00\x00\xc2\xa0\xf7Om\x0f\x07\x14")
    + bytes(290)
    + b"\xfc\x18\xfb\xe2\xb2\xf6\xe0\x93\x04\x00"
)
