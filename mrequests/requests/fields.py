"""What the values of header fields say."""


def _cut(text, mark):
    i = text.find(mark)
    return (text, "", "") if i < 0 else (text[:i], mark, text[i + 1 :])


def _outside(text, mark):
    # The parts of a text between the marks that stand neither in quotes nor in <>.
    if '"' not in text and "<" not in text:
        return text.split(mark)
    parts, part, end, escaped = [], "", "", False
    for c in text:
        if escaped:
            escaped = False
        elif end:
            escaped = c == "\\" and end == '"'
            end = "" if c == end else end
        elif c in '"<':
            end = ">" if c == "<" else c
        elif c == mark:
            parts.append(part)
            part = ""
            continue
        part += c
    parts.append(part)
    return parts


def parse_header_links(value):
    """Return the links of a header Link as dictionaries, each with its url."""
    links = []
    for part in _outside(value, ",") if value else ():
        part = part.strip(" '\"")
        url, _, params = _cut(part, ";")
        link = {"url": url.strip("<> '\"")}
        for param in params.split(";"):
            i = param.find("=")
            if i < 0:
                break
            link[param[:i].strip(" '\"")] = param[i + 1 :].strip(" '\"")
        links.append(link)
    return links


def parse_list_header(value):
    """Return the items of a list; quotes around one are taken away."""
    return [unquote_header_value(item.strip()) for item in _outside(value, ",") if item.strip()]


def parse_dict_header(value):
    """Return name=value pairs as a dictionary; None for a name without value."""
    found = {}
    for item in _outside(value, ","):
        name, equals, text = _cut(item.strip(), "=")
        if name:
            found[name.strip()] = unquote_header_value(text.strip()) if equals else None
    return found


def unquote_header_value(value, is_filename=False):
    """Return a value without the quotes around it."""
    if value and value[0] == value[-1] == '"' and len(value) > 1:
        value = value[1:-1]
        if not is_filename or value[:2] != "\\\\":
            value = value.replace("\\\\", "\\").replace('\\"', '"')
    return value


def _content_type(header):
    if ";" not in header:
        return header.strip(), {}
    kind, _, rest = _cut(header, ";")
    params = {}
    for item in _outside(rest, ";"):
        name, equals, value = _cut(item.strip("\"' "), "=")
        if name:
            params[name.strip("\"' ").lower()] = value.strip("\"' ") if equals else True
    return kind.strip(), params


def get_encoding_from_headers(headers):
    """Return the charset that Content-Type names, UTF-8 for JSON that names none, else None."""
    header = headers.get("content-type")
    if not header:
        return None
    kind, params = _content_type(header)
    if params.get("charset") not in (None, True):
        return params["charset"]
    return "utf-8" if kind == "application/json" else None
