"""Text in other charsets than UTF-8, and text with bytes that are none: U+FFFD stands for those."""

import sys

# What windows-1252 has from 0x80 to 0x9F, two bytes each.
_WINDOWS = (
    b"\x20\xac\xff\xfd\x20\x1a\x01\x92\x20\x1e\x20\x26\x20\x20\x20\x21\x02\xc6\x20\x30\x01\x60\x20\x39\x01\x52"
    b"\xff\xfd\x01\x7d\xff\xfd\xff\xfd\x20\x18\x20\x19\x20\x1c\x20\x1d\x20\x22\x20\x13\x20\x14\x02\xdc\x21\x22"
    b"\x01\x61\x20\x3a\x01\x53\xff\xfd\x01\x7e\x01\x78"
)


def lookup(content_type):
    """Return the charset that a Content-Type names, in lower case; UTF-8 where it names none."""
    for part in content_type.lower().split(b";")[1:]:
        i = part.find(b"=")
        if i > 0 and part[:i].strip() == b"charset":
            try:
                return part[i + 1 :].strip(b" \t\"'").decode() or "utf-8"
            except UnicodeError:
                break
    return "utf-8"


def decode(data, name):
    """Return bytes as text; in a charset that is not known here, as UTF-8."""
    if sys.implementation.name == "micropython":
        return _decode(data, name.lower().replace("-", "").replace("_", ""))
    if "punycode" in name.lower():
        name = "utf-8"  # no charset, and takes minutes for a megabyte
    try:
        return str(data, name, "replace")
    except (LookupError, ValueError):  # among the codecs there are some that take no "replace"
        return str(data, "utf-8", "replace")


# --- What the firmware of a board does not have ---


def _decode(data, name):
    if name in ("ascii", "usascii", "iso88591", "latin1", "windows1252", "cp1252"):
        points = _single(data, name)
    elif name[:5] == "utf16":
        points = _utf_16(data, name)
    else:
        try:
            return str(data, "utf-8")
        except UnicodeError:
            points = _utf_8(data)
    out = bytearray()
    for code in points:
        # Not by chr(): MicroPython never forgets a character that was a string of its own.
        if code < 0x80:
            out.append(code)
            continue
        shift = 6 if code < 0x800 else 12 if code < 0x10000 else 18
        out.append((0xF80 >> shift // 6) & 0xFF | code >> shift)
        while shift:
            shift -= 6
            out.append(0x80 | code >> shift & 0x3F)
    return str(out, "utf-8")


def _single(data, name):
    for c in data:
        if c > 0x7F and name[-5:] == "ascii":
            c = 0xFFFD
        elif c >> 5 == 4 and name[-4:] == "1252":
            i = (c - 0x80) * 2
            c = _WINDOWS[i] << 8 | _WINDOWS[i + 1]
        yield c


def _utf_16(data, name):
    # Where the name does not tell the order of the bytes a mark does; little-endian without.
    big = name[5:] == "be"
    i = 0
    if len(name) == 5 and len(data) > 1 and data[0] + data[1] == 0x1FD:
        big = data[0] == 0xFE
        i = 2
    units = _units(data, i, big)
    for code in units:
        while code >> 10 == 0x36:  # the first half of a pair
            low = next(units, -1)
            if low >> 10 == 0x37:
                code = 0x10000 + ((code & 0x3FF) << 10 | low & 0x3FF)
            else:
                yield 0xFFFD
                code = low
        if code >= 0:
            yield 0xFFFD if code >> 11 == 0x1B else code


def _units(data, i, big):
    n = len(data)
    half = False
    while i + 1 < n:
        unit = data[i] << 8 | data[i + 1] if big else data[i + 1] << 8 | data[i]
        half = unit >> 10 == 0x36
        yield unit
        i += 2
    if i < n and not half:
        yield 0xDFFF  # half a unit


def _utf_8(data):
    # One U+FFFD for each sequence as far as it was right, which is what everybody does.
    n = len(data)
    i = 0
    while i < n:
        code = c = data[i]
        i += 1
        if c > 0x7F:
            due = (c > 0xC1) + (c > 0xDF) + (c > 0xEF) if c < 0xF5 else 0
            code &= 0x3F >> due
            least = 0xA0 if c == 0xE0 else 0x90 if c == 0xF0 else 0x80
            most = 0x9F if c == 0xED else 0x8F if c == 0xF4 else 0xBF
            bad = not due
            while due and i < n and least <= data[i] <= most:
                code = code << 6 | data[i] & 0x3F
                i += 1
                due -= 1
                least, most = 0x80, 0xBF
            if bad or due:
                code = 0xFFFD
        yield code
