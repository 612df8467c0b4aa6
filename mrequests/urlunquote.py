"""Percent-decoding for URLs and forms: unquote, unquote_plus, unquote_to_bytes."""


def unquote_to_bytes(string):
    """Return the bytes that str (as UTF-8) or bytes stand for; a bad escape stays as it is."""
    # memoryview() refuses what bytes() would take: 5 is no five NULs
    data = string.encode() if isinstance(string, str) else bytes(memoryview(string))
    out = bytearray()
    done = 0
    at = data.find(b"%")
    while at >= 0:
        digits = data[at + 1 : at + 3]
        # int() alone takes "+f", " f" and "f_"
        if len(digits) == 2 and not digits.strip(b"0123456789abcdefABCDEF"):
            out.extend(data[done:at])
            out.append(int(digits, 16))
            done = at + 3
        at = data.find(b"%", at + 1)
    out.extend(data[done:])
    return bytes(out)


def _well_formed(data):
    # U+FFFD for each maximal part of ill-formed UTF-8 (Unicode, table 3-7), as errors="replace" gives it on
    # CPython. MicroPython has no errors= and takes overlong forms and surrogates for good.
    out = bytearray()
    done = at = 0
    while at < len(data):
        lead = data[at]
        need = (lead > 0xC1) + (lead > 0xDF) + (lead > 0xEF)
        if 0x80 <= lead < 0xC2 or lead > 0xF4:
            need = -1
        # behind four leads the range of the next byte is narrower
        low = 0xA0 if lead == 0xE0 else 0x90 if lead == 0xF0 else 0x80
        high = 0x9F if lead == 0xED else 0x8F if lead == 0xF4 else 0xBF
        end = at + 1
        while need > 0 and end < len(data) and low <= data[end] <= high:
            low, high = 0x80, 0xBF
            need -= 1
            end += 1
        if need:
            out.extend(data[done:at])
            out.extend(b"\xef\xbf\xbd")
            done = end
        at = end
    out.extend(data[done:])
    return out


def unquote(string, encoding="utf-8", errors="replace"):
    """Return str or bytes as str, its %XX escapes decoded; what is no UTF-8 becomes U+FFFD."""
    encoding = (encoding or "utf-8").lower()
    errors = errors or "replace"
    if isinstance(string, str):
        if "%" not in string:
            return string
        if encoding != "utf-8" and len(string.encode()) > len(string):
            string = string.encode(encoding)
    data = unquote_to_bytes(string)
    if encoding == "utf-8":
        good = data if not data or max(data) < 0x80 else _well_formed(data)
        if good == data or errors == "replace":
            return good.decode()
    # MicroPython has one codec, takes any name for it, and no errors=: no byte order mark, no codecs
    if not "".encode("utf-16"):
        raise UnicodeError(encoding, errors)
    return data.decode(encoding, errors)


def unquote_plus(string, encoding="utf-8", errors="replace"):
    """Return `string` unquoted as in a form: a `+` is a space."""
    plus, space = "+", " "
    if not isinstance(string, str):
        plus, space = plus.encode(), space.encode()
    return unquote(string.replace(plus, space), encoding, errors)
