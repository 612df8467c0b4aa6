"""URLs: how they are taken apart, resolved, refused, and what of them is sent."""

from doubles import Checks, Network
from support import raises
from vectors_url import REFERENCES, REFUSED_REFERENCES

import mrequests
from mrequests import RequestContext, parse_url

PARSED = (
    ("http://example.com", ("http", "example.com", None, "/")),
    ("http://example.com/", ("http", "example.com", None, "/")),
    ("https://example.com:8443/a/b?c=d", ("https", "example.com", 8443, "/a/b?c=d")),
    ("HTTP://Example.COM/Path", ("http", "example.com", None, "/Path")),
    ("http://h:80/", ("http", "h", 80, "/")),
    ("http://h:/x", ("http", "h", None, "/x")),
    ("http://h?q", ("http", "h", None, "/?q")),
    ("http://h:81?q=/a", ("http", "h", 81, "/?q=/a")),
    ("http://h#f", ("http", "h", None, "/")),
    ("http://h/a#f?x", ("http", "h", None, "/a")),
    ("http://h/a?b=http://c/d", ("http", "h", None, "/a?b=http://c/d")),
    ("http://[::1]/", ("http", "::1", None, "/")),
    ("http://[2001:DB8::1]:8080/x", ("http", "2001:db8::1", 8080, "/x")),
    ("http://user:secret@h:1/x", ("http", "h", 1, "/x")),
    ("http://u:p:p@h/", ("http", "h", None, "/")),
    ("http://u@x@h/", ("http", "h", None, "/")),
    ("http://user@[::1]:5/", ("http", "::1", 5, "/")),
    ("//h/x", (None, "h", None, "/x")),
    ("/x/y?z", (None, None, None, "/x/y?z")),
    ("x/y", (None, None, None, "x/y")),
    ("?q", (None, None, None, "?q")),
    ("", (None, None, None, "")),
    ("a?b:c", (None, None, None, "a?b:c")),
    ("a/b:c", (None, None, None, "a/b:c")),
)

# For each, the request must be refused with ValueError and nobody may be asked.
REFUSED = (
    "",
    "/only/path",
    "//h/x",
    "h/x",
    "localhost:8080/x",
    "https//x",
    "http:/x",
    "http:x",
    "http://",
    "http:///x",
    "http://:80/",
    "http://?q",
    "http://#f",
    "http://u:p@/",
    "http://h:port/",
    "http://h:-1/",
    "http://h:+80/",
    "http://h:8_0/",
    "http://h:80 /",
    "http://h:0x50/",
    "http://h:123456/",
    "http://h:65536/",
    "http://h:99999/",
    "http://::1/",
    "http://[::1/",
    "http://::1]/",
    "http://[::1]x/",
    "http://[]/",
    "http://a b/",
    "http://a<b/",
    "http://a%0d%0ab/",
    "http://a\\b/",
    "http://b\xe4r/",
    "ftp://h/",
    "file:///etc/passwd",
    "javascript://h/x",
    "ws://h/",
    "http://h/a\r\nEvil: 1",
    "http://h/a\nb",
    "http://h/\0",
    "http://h\r\n/",
    "http://u:p\r\nX: y@h/",
    "ht\ntp://h/",
)

# URL, request target sent
TARGETS = (
    ("http://h", "/"),
    ("http://h?q", "/?q"),
    ("http://h#f", "/"),
    ("http://h/a?b#c", "/a?b"),
    ("http://h/a?b=c#d?e#f", "/a?b=c"),
    ("http://h/a b", "/a%20b"),
    ("http://h/\xe4\u20ac?\U0001f600=\xe4", "/%C3%A4%E2%82%AC?%F0%9F%98%80=%C3%A4"),
    ('http://h/<>"{}|\\^`', "/%3C%3E%22%7B%7D%7C%5C%5E%60"),
    ("http://h/%20%zz%?%41", "/%20%zz%?%41"),
    ("http://h/\x7f", "/%7F"),
    ("http://h/!$&'()*+,;=:@-._~", "/!$&'()*+,;=:@-._~"),
    ("http://h/[1]?a[]=2", "/[1]?a[]=2"),
    ("http://h//a//b/", "//a//b/"),
    ("http://h/a/../b/./c", "/b/c"),
    ("http://h/..", "/"),
    ("http://u:p@h/x", "/x"),
)


def test_parse_url():
    checks = Checks()
    for url, parts in PARSED:
        try:
            checks.see(parse_url(url) == parts, url, parse_url(url))
        except Exception as e:
            checks.see(False, url, repr(e))
    checks.done()


def test_urls_as_bytes():
    assert parse_url(b"http://h:81/a b") == ("http", "h", 81, "/a%20b")


def test_refused_before_anybody_is_asked():
    checks = Checks()
    for url in REFUSED:
        with Network([b"HTTP/1.1 204 x\r\n\r\n"]) as network:
            try:
                mrequests.get(url)
                checks.see(False, repr(url), "accepted:", network.looked_up)
            except ValueError:
                checks.see(
                    not network.looked_up and not network.sockets, repr(url), "asked", network.looked_up
                )
            except Exception as e:
                checks.see(False, repr(url), repr(e))
    checks.done()


def test_request_targets():
    checks = Checks()
    for url, target in TARGETS:
        try:
            with Network([b"HTTP/1.1 204 x\r\n\r\n"]) as network:
                mrequests.get(url)
                sent = network.sockets[0].sent.split(b"\r\n")[0]
                checks.see(sent == b"GET " + target.encode() + b" HTTP/1.1", repr(url), sent)
                checks.see(network.looked_up == [("h", 80)], url, network.looked_up)
        except Exception as e:
            checks.see(False, repr(url), repr(e))
    checks.done()


def test_default_ports():
    for url, port in (("http://h/", 80), ("https://h/", 443), ("http://h:443/", 443), ("https://h:80/", 80)):
        context = RequestContext(url)
        assert (context.host, context.port) == ("h", port)


def test_context():
    context = RequestContext("https://User:secret@Host.example:8443/a?b#c", "POST")
    assert context.method == "POST" and RequestContext("http://h/").method == "GET"
    assert context.scheme == "https" and context.host == "host.example" and context.port == 8443
    assert context.netloc == "host.example:8443"
    assert context.path == "/a?b"
    assert context.url == "https://host.example:8443/a?b"


def test_references_of_rfc_3986():
    checks = Checks()
    for reference, url in REFERENCES:
        context = RequestContext("http://a/b/c/d;p?q")
        try:
            followed = context.set_location(302, reference)
            checks.see(context.url == url and followed, repr(reference), context.url)
        except Exception as e:
            checks.see(False, repr(reference), repr(e))
        context = RequestContext("http://a/b/c/d;p?q")
        try:
            context.set_location(302, reference.encode())
            checks.see(context.url == url, "bytes", repr(reference), context.url)
        except Exception as e:
            checks.see(False, "bytes", repr(reference), repr(e))
    checks.done()


def test_references_that_are_refused():
    checks = Checks()
    for reference in REFUSED_REFERENCES:
        context = RequestContext("http://a/b/c/d;p?q")
        try:
            context.set_location(302, reference)
            checks.see(False, reference, "led to", context.url)
        except ValueError:
            pass
    checks.done()


def test_base_without_directory_and_with_slashes_in_its_query():
    # the query is no part of the path that a reference stands in
    for base, reference, url in (
        ("http://a", "g", "http://a/g"),
        ("http://a?x=/y/z", "g", "http://a/g"),
        ("http://a/x?u=/q/w", "p", "http://a/p"),
        ("http://a/x?u=/q/w", "../p", "http://a/p"),
        ("https://a:444/x/", "p", "https://a:444/x/p"),
        ("http://[::1]:8/x", "/p", "http://[::1]:8/p"),
        ("http://a/b/", "?y", "http://a/b/?y"),
        ("http://u:p@a/b", "c", "http://a/c"),
    ):
        context = RequestContext(base)
        context.set_location(302, reference)
        assert context.url == url, (base, reference, context.url)


def test_line_breaks_in_references_are_refused():
    for reference in ("/a\r\nEvil: 1", "/a\nb", "//h\r/x", b"/a\0"):
        raises(ValueError, RequestContext("http://a/").set_location, 302, reference)
