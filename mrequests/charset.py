"""Text in other charsets than UTF-8, and text with bytes that belong to no charset."""

import sys


def named(content_type):
    """Return the charset that a Content-Type names; UTF-8 where it names none that could be one."""
    name = content_type[content_type.find(b"charset") + 7 :].split(b";")[0].strip(b" \t=\"'")
    try:
        return name.decode() or "utf-8"
    except UnicodeError:
        return "utf-8"


def decode(data, name):
    """Return bytes as text; U+FFFD stands for what the charset does not have."""
    if sys.implementation.name != "micropython":
        try:
            return str(data, name, "replace")
        except LookupError:
            return str(data, "utf-8", "replace")
    data = bytes(data)
    name = name.lower().replace("_", "-")
    if name in ("iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii", "windows-1252"):
        return "".join([chr(c) for c in data])
    return data.decode()
