"""Parsing of query strings and form bodies: parse_qsl, parse_qs."""

try:
    from .urlunquote import unquote, unquote_to_bytes
except ImportError:  # copied to a board without the package
    from urlunquote import unquote, unquote_to_bytes


def parse_qsl(
    qs,
    keep_blank_values=False,
    strict_parsing=False,
    encoding="utf-8",
    errors="replace",
    max_num_fields=None,
    separator="&",
):
    """Return the (name, value) pairs of a query string or form body: str of str, bytes of bytes."""
    if not qs:
        return []
    equals, plus, space = "=", "+", " "
    if not isinstance(qs, str):
        qs = bytes(memoryview(qs))
        equals, plus, space = equals.encode(), plus.encode(), space.encode()
    if not isinstance(separator, type(qs)):
        separator = separator.encode() if isinstance(separator, str) else separator.decode()
    # one field too many is enough to know: the rest is not held
    fields = qs.split(separator, -1 if max_num_fields is None else max_num_fields)
    if max_num_fields is not None and len(fields) > max_num_fields:
        raise ValueError("more than max_num_fields")
    pairs = []
    for field in fields:
        name, *value = field.replace(plus, space).split(equals, 1)
        if strict_parsing and not value:
            raise ValueError("bad query field: %r" % (field,))
        value = value[0] if value else ""
        if value or keep_blank_values and field:
            if isinstance(qs, str):
                pairs.append((unquote(name, encoding, errors), unquote(value, encoding, errors)))
            else:
                pairs.append((unquote_to_bytes(name), unquote_to_bytes(value)))
    return pairs


def parse_qs(
    qs,
    keep_blank_values=False,
    strict_parsing=False,
    encoding="utf-8",
    errors="replace",
    max_num_fields=None,
    separator="&",
):
    """Return the fields of a query string or form body as a dict of name to list of values."""
    values = {}
    for name, value in parse_qsl(
        qs, keep_blank_values, strict_parsing, encoding, errors, max_num_fields, separator
    ):
        values.setdefault(name, []).append(value)
    return values
