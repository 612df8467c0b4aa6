"""Functions around URLs, headers and forms."""

from ..urlencode import quote
from ..urlunquote import unquote
from .exceptions import InvalidHeader, UnrewindableBodyError
from .fields import (
    _cut,
    get_encoding_from_headers,
    parse_dict_header,
    parse_header_links,
    parse_list_header,
    unquote_header_value,
)
from .sessions import default_headers, default_user_agent
from .structures import CaseInsensitiveDict

const = str
_CPYTHON = const(0)  # true on CPython, see the core

_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_HEX = "0123456789abcdefABCDEF"


# --- Headers ---


def check_header_validity(header):
    """Raise InvalidHeader for a pair of name and value that must not be sent."""
    name, value = header
    for part, ends in ((name, ":\r\n\0 \t"), (value, "\r\n\0")):
        if not isinstance(part, (str, bytes)):
            text = "Header part (%r) from (%r, %r) must be of type str or bytes, not %s"
            raise InvalidHeader(text % (part, name, value, type(part)))
        text = part if isinstance(part, str) else str(part, "latin-1" if _CPYTHON else "utf-8")
        if any([c in text for c in ends]) or text[:1] in (" ", "\t") and text or part is name and not text:
            raise InvalidHeader("Invalid character, leading whitespace or no name in header: %r" % (part,))


# --- URLs ---


def unquote_unreserved(uri):
    """Return a URI without escapes for what needs none."""
    parts = uri.split("%")
    for i in range(1, len(parts)):
        code = parts[i][:2]
        if len(code) < 2 or code[0] not in _HEX or code[1] not in _HEX:
            raise ValueError("Invalid percent-escape sequence: '%s'" % code)
        c = chr(int(code, 16))
        parts[i] = (c if c in _UNRESERVED else "%" + code) + parts[i][2:]
    return "".join(parts)


def requote_uri(uri):
    """Return a URI with escapes for what needs them, and for nothing else."""
    safe = "!#$%&'()*+,/:;=?@[]~"
    try:
        return quote(unquote_unreserved(uri), safe)
    except ValueError:
        return quote(uri, safe.replace("%", ""))


def _authority(url):
    url = url[url.find("//") + 2 :] if "//" in url else url
    for mark in "/?#":
        url = url.split(mark, 1)[0]
    return url


def get_auth_from_url(url):
    """Return user and password of a URL, empty where there is none."""
    authority = _authority(url)
    i = authority.rfind("@")
    if i < 0:
        return "", ""
    user, _, password = _cut(authority[:i], ":")
    return unquote(user), unquote(password)


def urldefragauth(url):
    """Return a URL without fragment, user and password."""
    url = url.split("#", 1)[0]
    authority = _authority(url)
    return url.replace(authority, authority[authority.rfind("@") + 1 :], 1)


# --- Bodies ---


def to_key_val_list(value):
    """Return a mapping or pairs as a list of pairs."""
    if value is None:
        return None
    if isinstance(value, (str, bytes, bool, int)):
        raise ValueError("cannot encode objects that are not 2-tuples")
    return list(value.items() if hasattr(value, "items") else value)


def iter_slices(string, slice_length):
    """Yield slices of a string."""
    if slice_length is None or slice_length <= 0:
        slice_length = len(string) or 1
    for i in range(0, len(string), slice_length):
        yield string[i : i + slice_length]


def super_len(o):
    """Return what is left of a file, or the length of what has one; None for what has none."""
    try:
        total = len(o.encode() if isinstance(o, str) else o)
        if isinstance(o, memoryview) and _CPYTHON:
            total = o.nbytes
    except TypeError:
        total = getattr(o, "len", None)
    try:
        position = o.tell()
    except (AttributeError, OSError):
        return total
    if total is None:
        try:
            total = o.seek(0, 2)
            o.seek(position)
        except (AttributeError, OSError):
            return None
    return max(0, total - position)


def guess_filename(obj):
    """Return the last part of the name of a file."""
    name = getattr(obj, "name", None)
    if (
        name
        and isinstance(name, (str, bytes))
        and name[:1] not in ("<", b"<")
        and name[-1:] not in (">", b">")
    ):
        return name.replace("\\", "/").split("/")[-1] if isinstance(name, str) else name.split(b"/")[-1]


def rewind_body(prepared_request):
    """Put a body back to where it began; raise UnrewindableBodyError if that cannot be."""
    body, position = prepared_request.body, prepared_request._body_position
    if hasattr(body, "framing"):
        return
    try:
        if isinstance(position, int):
            body.seek(position)
            return
        if position is None and iter(body) is not body:
            return
    except (AttributeError, OSError, TypeError):
        pass
    raise UnrewindableBodyError("Unable to rewind request body for redirect.", request=prepared_request)


if _CPYTHON:
    from .environ import (
        address_in_network,
        dotted_netmask,
        environment,
        get_environ_proxies,
        get_netrc_auth,
        guess_json_utf,
        is_ipv4_address,
        is_valid_cidr,
        prepend_scheme_if_needed,
        resolve_proxies,
        select_proxy,
        set_environ,
        should_bypass_proxies,
    )

    # --- Cookies ---

    def cookiejar_from_dict(cookie_dict, cookiejar=None, overwrite=True):
        """Return a jar with the cookies of a dictionary, or add them to a jar."""
        from .cookies import cookiejar_from_dict

        return cookiejar_from_dict(cookie_dict, cookiejar, overwrite)

    def add_dict_to_cookiejar(cj, cookie_dict):
        """Add the cookies of a dictionary to a jar; return the jar."""
        return cookiejar_from_dict(cookie_dict, cj)

    def dict_from_cookiejar(cj):
        """Return the names and values of the cookies in a jar."""
        return {cookie.name: cookie.value for cookie in cj}
