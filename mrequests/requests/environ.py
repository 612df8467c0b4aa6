"""What a user's environment says: proxies, certificates, passwords; only on CPython."""

import contextlib
import json
import os
import socket
import struct
from functools import lru_cache

NETRC_FILES = (".netrc", "_netrc")


def _keys(*names):
    # Variables as the system knows them.
    return [getattr(os.environ, "encodekey", str)(name) for name in names]


# Those that name a proxy, and those that name a file of certificates.
_PROXIES = {
    scheme: frozenset(_keys(scheme + "_proxy", scheme.upper() + "_PROXY", "all_proxy", "ALL_PROXY"))
    for scheme in ("http", "https")
}
_BUNDLES = {name: _keys(name)[0] for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")}
_ALL = _PROXIES["http"] | _PROXIES["https"] | frozenset(_BUNDLES.values())
_NETRC, _HOME = _keys("NETRC", "HOME")


def _are_unset(keys):
    # Whether the environment has none of these: os.environ takes longer for one than this for all.
    try:
        return os.environ._data.keys().isdisjoint(keys)
    except AttributeError:  # somebody's own
        return False


def environment(url, proxies, verify):
    """Return proxies and verify with what the environment adds."""
    if _are_unset(_ALL):
        return proxies, verify
    scheme = "https" if url[:6].lower() == "https:" else "http"
    if not _are_unset(_PROXIES[scheme]):
        proxies = _with_proxy(scheme, url, proxies)
    if verify in (True, None):  # for http, too: it may redirect to https
        verify = _bundle() or verify
    return proxies, verify


def _bundle():
    # Looked up in the same quick way.
    for name, key in _BUNDLES.items():
        try:
            value = os.environ._data.get(key)
            value = value and os.environ.decodevalue(value)
        except AttributeError:
            value = os.environ.get(name)
        if value:
            return value
    return None


def _with_proxy(scheme, url, proxies):
    no_proxy = proxies.get("no_proxy") if proxies else None
    name = scheme
    found = _proxy(scheme)
    if not found:
        # Not for this scheme alone: what the caller has for "all" comes first.
        name = "all"
        found = os.environ.get("all_proxy") or os.environ.get("ALL_PROXY")
    if found and not should_bypass_proxies(url, no_proxy):
        proxies = dict(proxies or {})
        proxies.setdefault(name, found)
    return proxies


def _proxy(scheme):
    found = os.environ.get(scheme + "_proxy")
    if found is not None:
        return found  # empty, it takes away what the other name says
    if scheme == "http" and "REQUEST_METHOD" in os.environ:
        return None  # could be the header Proxy of a request that a CGI program answers
    return os.environ.get(scheme.upper() + "_PROXY")


def get_environ_proxies(url, no_proxy=None):
    """Return the proxies that the environment names, none for a URL that needs none."""
    if should_bypass_proxies(url, no_proxy):
        return {}
    names = {name.lower(): os.environ[name] for name in os.environ if name.lower().endswith("_proxy")}
    return {name[:-6]: value for name, value in names.items() if name != "no_proxy" and value}


def should_bypass_proxies(url, no_proxy):
    """Whether no_proxy, of the caller or the environment, names the host of a URL."""
    from ..mrequests import parse_url

    if no_proxy is None:
        no_proxy = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    try:
        scheme, host, port, _ = parse_url(url)
    except ValueError:
        return False
    if not host:
        return True
    for name in (no_proxy or "").replace(" ", "").lower().split(","):
        if name and _named(name, host, port or (443 if scheme == "https" else 80)):
            return True
    return False


def _named(name, host, port):
    if name == "*":
        return True
    if is_ipv4_address(host):
        return address_in_network(host, name) if is_valid_cidr(name) else name == host
    name, _, wanted = name.partition(":") if name.count(":") == 1 else (name, "", "")
    if wanted and wanted != str(port):
        return False
    name = name.lstrip(".")
    return host == name or host.endswith("." + name)


def resolve_proxies(request, proxies, trust_env=True):
    """Return the proxies for a request, with those of the environment."""
    proxies = dict(proxies or {})
    if trust_env:
        proxies, _ = environment(request.url, proxies, None)
    return proxies


def select_proxy(url, proxies):
    """Return the proxy for a URL, or None."""
    from ..mrequests import parse_url

    proxies = proxies or {}
    scheme, host, _, _ = parse_url(url)
    names = [scheme + "://" + host, scheme, "all://" + host, "all"] if host else [scheme, "all"]
    for name in names:
        if proxies.get(name):
            return proxies[name]
    return None


def prepend_scheme_if_needed(url, new_scheme):
    """Return a URL with a scheme."""
    return url if "://" in url else new_scheme + "://" + url.lstrip("/")


def get_netrc_auth(url, raise_errors=False):
    """Return user and password that the file netrc has for the host of a URL, or None."""
    path = _netrc_path()
    if path is None:
        return None
    from netrc import NetrcParseError, netrc

    from ..mrequests import parse_url

    try:
        host = parse_url(url)[1]
        found = netrc(path).authenticators(host) if host else None
    except (NetrcParseError, OSError, ValueError):
        if raise_errors:
            raise
        return None
    return (found[0] or found[1], found[2]) if found else None


def _netrc_path():
    try:
        get = os.environ._data.get
        paths = _netrc_paths(get(_NETRC), get(_HOME))
    except AttributeError:  # somebody's own
        paths = _netrc_paths(os.environ.get("NETRC"), os.environ.get("HOME"))
    for path in paths:
        if os.access(path, os.F_OK):  # raises no exception, which would take longer
            return path
    return None


@lru_cache(maxsize=8)
def _netrc_paths(named, home):
    # Home is what expanduser() asks for.
    names = ["~/" + name for name in NETRC_FILES] if named is None else [os.fsdecode(named)]
    return [os.path.expanduser(name) for name in names]


def is_ipv4_address(string_ip):
    """Whether a text is an IPv4 address."""
    try:
        socket.inet_aton(string_ip)
        return True
    except OSError:
        return False


def dotted_netmask(mask):
    """Return a mask of so many bits as text with dots."""
    return socket.inet_ntoa(struct.pack(">I", 0xFFFFFFFF & ~((1 << 32 - mask) - 1)))


def is_valid_cidr(string_network):
    """Whether a text is an IPv4 network, as 10.0.0.0/8."""
    address, slash, bits = string_network.partition("/")
    return bool(slash) and is_ipv4_address(address) and bits.isdecimal() and 1 <= int(bits) <= 32


def address_in_network(ip, net):
    """Whether an IPv4 address belongs to a network."""
    network, _, bits = net.partition("/")
    mask = struct.unpack(">I", socket.inet_aton(dotted_netmask(int(bits))))[0]
    ours, theirs = [struct.unpack(">I", socket.inet_aton(one))[0] for one in (ip, network)]
    return ours & mask == theirs & mask


@contextlib.contextmanager
def set_environ(env_name, value):
    """Have a variable of the environment set for a while."""
    old = os.environ.get(env_name)
    if value is not None:
        os.environ[env_name] = value
    try:
        yield
    finally:
        if value is not None:
            if old is None:
                del os.environ[env_name]
            else:
                os.environ[env_name] = old


def guess_json_utf(data):
    """Return the encoding of JSON, by its first bytes."""
    if data[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        return "utf-32"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    return json.detect_encoding(data)
