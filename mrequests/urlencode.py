"""Percent-encoding for URLs and forms: quote, quote_plus, urlencode."""


def quote(string, safe="/", encoding=None, errors=None):
    """Return str or bytes with all but letters, digits, `_.-~` and the ASCII of `safe` as %XX."""
    if isinstance(string, str):
        encoding = (encoding or "utf-8").lower()
        # MicroPython has one codec and takes any name for it: no byte order mark, no codecs
        if encoding != "utf-8" and not "".encode("utf-16"):
            raise UnicodeError(encoding)
        string = string.encode(encoding, errors or "strict")
    if isinstance(safe, str):
        safe = safe.encode()
    safe = b"_.-~" + safe
    out = bytearray()
    # memoryview() refuses what bytes() would take: 5 is no five NULs
    for c in bytes(memoryview(string)):
        if 0x30 <= c <= 0x39 or 0x41 <= c & 0xDF <= 0x5A or c < 0x80 and c in safe:
            out.append(c)
        else:
            out.extend(b"%%%02X" % c)
    return out.decode()


def requote(url):
    """Return a URL, bytes, with what may not stand in it as %XX."""
    return quote(url, "!#$%&'()*+,/:;=?@[]").encode()


def quote_plus(string, safe="", encoding=None, errors=None):
    """Return `string` quoted as in a form: a space becomes `+`."""
    space = " " if isinstance(safe, str) else b" "
    return quote(string, safe + space, encoding, errors).replace(" ", "+")


def _pairs(query):
    try:
        query = iter(query.items() if hasattr(query, "items") else query)
    except TypeError:
        query = (query,)  # no pair: refused below
    for pair in query:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise TypeError("query or form must be a mapping or (key, value) pairs")
        yield pair


def urlencode(query, doseq=False, safe="", encoding=None, errors=None, quote_via=quote_plus):
    """Return a mapping or (key, value) pairs as `key=value&...`; `doseq`: a field per item of a value."""
    single = (str, bytes, bytearray, memoryview)

    def quoted(value):
        return quote_via(value if isinstance(value, single) else str(value), safe, encoding, errors)

    fields = []
    for key, values in _pairs(query):
        try:
            # what has no len() is single, too
            many = doseq and not isinstance(values, single) and len(values) >= 0
        except TypeError:
            many = False
        for value in values if many else (values,):
            fields.append(quoted(key) + "=" + quoted(value))
    return "&".join(fields)


def form(fields):
    """Return a mapping or pairs as text of a form; what has the value None is left out."""
    if isinstance(fields, bytes):
        return fields.decode()
    if isinstance(fields, str):
        return fields
    return urlencode([f for f in _pairs(fields) if f[1] is not None], True)
