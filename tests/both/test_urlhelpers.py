"""quote, unquote, urlencode and parse_qsl: one table of cases for every interpreter."""

from support import raises

from mrequests.urlencode import quote, quote_plus, requote, urlencode
from mrequests.urlparseqs import parse_qs, parse_qsl
from mrequests.urlunquote import unquote, unquote_plus, unquote_to_bytes

# argument, quoted, quoted as in a form
QUOTED = (
    ("", "", ""),
    (b"", "", ""),
    ("AZaz09_.-~", "AZaz09_.-~", "AZaz09_.-~"),
    ("a b+c", "a%20b%2Bc", "a+b%2Bc"),
    ("/a/b", "/a/b", "%2Fa%2Fb"),
    ("@[`{:/?#]!$&'()*,;=", "%40%5B%60%7B%3A/%3F%23%5D%21%24%26%27%28%29%2A%2C%3B%3D", None),
    ('<>"\\^|', "%3C%3E%22%5C%5E%7C", None),
    ("%41", "%2541", "%2541"),
    ("\0\r\n\x7f", "%00%0D%0A%7F", "%00%0D%0A%7F"),
    ("\xe4\u20ac\U0001f600", "%C3%A4%E2%82%AC%F0%9F%98%80", "%C3%A4%E2%82%AC%F0%9F%98%80"),
    (b"\xff \x80", "%FF%20%80", "%FF+%80"),
    (bytearray(b"a b"), "a%20b", "a+b"),
    # with bit 5 cleared these would be letters
    (b"\xc1\xda\xe1\xfa", "%C1%DA%E1%FA", "%C1%DA%E1%FA"),
)

# argument, bytes, str, str as in a form
UNQUOTED = (
    ("", b"", "", ""),
    ("a+b%20c", b"a+b c", "a+b c", "a b c"),
    ("%2B+%2b", b"+++", "+++", "+ +"),
    ("%41%4a%4A%7e", b"AJJ~", "AJJ~", "AJJ~"),
    ("%2541", b"%41", "%41", "%41"),
    ("%C3%A4%E2%82%AC%F0%9F%98%80", b"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xe4\u20ac\U0001f600", None),
    ("\xe4%C3%A4\u20ac", b"\xc3\xa4\xc3\xa4\xe2\x82\xac", "\xe4\xe4\u20ac", None),
    # bad escapes stay
    ("%", b"%", "%", "%"),
    ("a%zz", b"a%zz", "a%zz", "a%zz"),
    ("%4", b"%4", "%4", "%4"),
    ("%%41%", b"%A%", "%A%", "%A%"),
    ("%4%41", b"%4A", "%4A", "%4A"),
    ("%-5%+f% f%f %_5%5_", b"%-5%+f% f%f %_5%5_", "%-5%+f% f%f %_5%5_", "%-5% f% f%f %_5%5_"),
    ("%0x41%\uff11\uff12", b"%0x41%\xef\xbc\x91\xef\xbc\x92", "%0x41%\uff11\uff12", None),
    # a bare byte is no UTF-8, nor is an unfinished sequence, an overlong form, a surrogate, a number too high
    ("%FFa", b"\xffa", "\ufffda", None),
    ("%C3", b"\xc3", "\ufffd", None),
    ("%C3\xe4", b"\xc3\xc3\xa4", "\ufffd\xe4", None),
    ("%E2%82a", b"\xe2\x82a", "\ufffda", None),
    ("%E2%82%E2%82%AC", b"\xe2\x82\xe2\x82\xac", "\ufffd\u20ac", None),
    ("%F0%9F%98", b"\xf0\x9f\x98", "\ufffd", None),
    ("%C0%AF", b"\xc0\xaf", "\ufffd\ufffd", None),
    ("%E0%80%AF", b"\xe0\x80\xaf", "\ufffd\ufffd\ufffd", None),
    ("%F0%82%82%AC", b"\xf0\x82\x82\xac", "\ufffd\ufffd\ufffd\ufffd", None),
    ("%ED%A0%80", b"\xed\xa0\x80", "\ufffd\ufffd\ufffd", None),
    ("%ED%9F%BF%EE%80%80", b"\xed\x9f\xbf\xee\x80\x80", "\ud7ff\ue000", None),
    ("%F4%8F%BF%BF", b"\xf4\x8f\xbf\xbf", "\U0010ffff", None),
    ("%F4%90%80%80", b"\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd", None),
    ("%F5%80", b"\xf5\x80", "\ufffd\ufffd", None),
    ("%80a%BF", b"\x80a\xbf", "\ufffda\ufffd", None),
)

# query, doseq, encoded
ENCODED = (
    ({}, False, ""),
    ("", False, ""),
    ([], True, ""),
    ({"a b": "c&d=e/~"}, False, "a+b=c%26d%3De%2F~"),
    ([("a", 1), ("b", 1.5), ("c", True), ("d", None), ("e", -3)], False, "a=1&b=1.5&c=True&d=None&e=-3"),
    ([("\xe4", "\u20ac"), (b"\xff", b" "), (1, "")], False, "%C3%A4=%E2%82%AC&%FF=+&1="),
    ([("a", "1"), ("a", "2")], False, "a=1&a=2"),
    ([("a", [1, "x"])], False, "a=%5B1%2C+%27x%27%5D"),
    ([("a", [1, "x y", b"\xff", None]), ("b", ("2",)), ("c", [])], True, "a=1&a=x+y&a=%FF&a=None&b=2"),
    ([("a", "xy"), ("b", b"xy"), ("c", 1), ("d", None)], True, "a=xy&b=xy&c=1&d=None"),
    ([("a", {"k": 1})], True, "a=k"),
)

# what urllib.parse refuses or would send as "bytearray(b'x')"
ENCODED_MORE = (
    ([("a", bytearray(b"x y"))], False, "a=x+y"),
    ([("a", memoryview(b"\xff"))], True, "a=%FF"),
    ([("a", [bytearray(b"x")])], True, "a=x"),
    ([["a", 1], ["b", 2]], False, "a=1&b=2"),
)

# query string, further arguments, pairs
PARSED = (
    ("", {}, []),
    ("a=1&b=2&a=3", {}, [("a", "1"), ("b", "2"), ("a", "3")]),
    ("a+b=c+d%2B&%C3%A4=%FF", {}, [("a b", "c d+"), ("\xe4", "\ufffd")]),
    ("a=1=2&=3", {}, [("a", "1=2"), ("", "3")]),
    ("a&b=&&c=1&", {}, [("c", "1")]),
    ("a&b=&&c=1&", {"keep_blank_values": True}, [("a", ""), ("b", ""), ("c", "1")]),
    ("a=1;b=2", {}, [("a", "1;b=2")]),
    ("a=1;b=2", {"separator": ";"}, [("a", "1"), ("b", "2")]),
    ("a=1;b=2", {"separator": b";"}, [("a", "1"), ("b", "2")]),
    ("a=1&&b=2", {"separator": "&&"}, [("a", "1"), ("b", "2")]),
    ("a=1+b=2", {"separator": "+"}, [("a", "1"), ("b", "2")]),
    ("a=1&b=2", {"max_num_fields": 2, "strict_parsing": True}, [("a", "1"), ("b", "2")]),
    ("a%zz=%", {}, [("a%zz", "%")]),
    (b"a=1&b=2", {"separator": b"&"}, [(b"a", b"1"), (b"b", b"2")]),
    (b"a+b=%41&b&c=", {"keep_blank_values": True}, [(b"a b", b"A"), (b"b", b""), (b"c", b"")]),
)

# bytes as CPython 3.13 has them; older ones refuse them or take no bytearray
PARSED_MORE = (
    (None, {}, []),
    (b"a=%FF\xfe+&\xc3\xa4=%zz", {}, [(b"a", b"\xff\xfe "), (b"\xc3\xa4", b"%zz")]),
    (bytearray(b"a=1;b"), {"separator": ";"}, [(b"a", b"1")]),
    (memoryview(b"a=1"), {}, [(b"a", b"1")]),
)


def test_quote():
    for argument, path, form in QUOTED:
        assert quote(argument) == path, argument
        assert form is None or quote_plus(argument) == form, argument
        assert type(quote(argument)) is str


def test_quote_safe():
    assert quote("/a b~", "") == "%2Fa%20b~"
    assert quote("a b%41/", safe="% ") == "a b%41%2F"
    assert quote("a/b&\xe4", b"&") == "a%2Fb&%C3%A4"
    assert quote("a/b", bytearray(b"/")) == "a/b"
    # only ASCII can be safe
    assert quote("\xe4\u20ac", "\xe4\u20ac") == "%C3%A4%E2%82%AC"
    assert quote(b"\xe4\x80", b"\xe4\x80") == "%E4%80"
    assert quote_plus("a b+/", "+") == "a+b+%2F"
    assert quote_plus("a b%20", "% ") == "a+b%20"
    assert quote_plus("a b/", b"/") == "a+b/"


def test_quote_refuses():
    for wrong in (None, 5, 1.5, ["a"], {"a": 1}):
        raises(TypeError, quote, wrong)
        raises(TypeError, quote_plus, wrong)
    raises(TypeError, quote, "a", None)
    raises(TypeError, quote, "a", 5)
    raises(TypeError, quote_plus, "a", None)


def test_quote_encoding():
    assert quote("\xe4", encoding="utf-8") == quote("\xe4", "/", "UTF-8", "strict") == "%C3%A4"
    try:
        got = quote("\xe4", encoding="latin-1")
    except UnicodeError as e:  # where the interpreter has no such codec
        assert "latin-1" in str(e)
    else:
        assert got == "%E4"


def test_requote():
    good = b"https://a:b@[::1]:80/A-z_.~/%41%zz;x=1,2?q='(!)*'&r=$+#f"
    assert requote(good) == requote(good.decode()) == good
    assert requote('/\xe4 "<>\\^`{|}') == b"/%C3%A4%20%22%3C%3E%5C%5E%60%7B%7C%7D"
    assert requote(requote(b"/\xe4 %")) == requote(b"/\xe4 %") == b"/%E4%20%"


def test_unquote():
    for argument, raw, text, form in UNQUOTED:
        assert unquote_to_bytes(argument) == raw, argument
        assert unquote(argument) == text, argument
        assert form is None or unquote_plus(argument) == form, argument
        assert type(unquote_to_bytes(argument)) is bytes
        assert type(unquote(argument)) is str


def test_unquote_bytes():
    for argument, raw, text, form in UNQUOTED:
        for kind in (bytes, bytearray, memoryview):
            data = kind(argument.encode())
            assert unquote_to_bytes(data) == raw, argument
            assert unquote(data) == text, argument
        assert form is None or unquote_plus(argument.encode()) == form, argument
    assert unquote_to_bytes(b"\xff%FF%") == b"\xff\xff%"
    assert unquote(b"\xff%C3\xa4") == "\ufffd\xe4"
    assert unquote(b"\xff") == "\ufffd"
    assert unquote_plus(bytearray(b"a+\xff")) == "a \ufffd"


def test_unquote_refuses():
    for wrong in (None, 5, 1.5):
        raises(TypeError, unquote, wrong)
        raises(TypeError, unquote_to_bytes, wrong)
        raises((TypeError, AttributeError), unquote_plus, wrong)


def test_unquote_encoding():
    assert unquote("%C3%A4", "UTF-8", "strict") == unquote("%C3%A4", None, None) == "\xe4"
    assert unquote("%FF", None, None) == unquote("%FF", errors=None) == "\ufffd"
    for wrong in ("%FF", "%C0%AF", "%ED%A0%80", "%C3"):
        raises(UnicodeError, unquote, wrong, errors="strict")
    try:
        got = unquote("a%E4", "latin-1")
    except UnicodeError as e:  # where the interpreter has no such codec
        assert "latin-1" in str(e)
    else:
        assert got == "a\xe4"


def test_round_trip():
    every = bytes(range(256))
    text = bytes(range(128)).decode() + "\x80\xe4\u20ac\U0001f600"
    assert unquote_to_bytes(quote(every)) == every
    assert unquote(quote(text)) == text
    assert unquote_plus(quote_plus(text)) == text
    assert parse_qsl(urlencode([(text, text), ("a", "")]), True) == [(text, text), ("a", "")]


def test_urlencode():
    for query, doseq, encoded in ENCODED + ENCODED_MORE:
        assert urlencode(query, doseq) == encoded, query


def test_urlencode_mappings_and_iterators():
    class Headers:
        def items(self):
            return [("a", 1), ("b", [2, 3])]

    assert urlencode(Headers(), doseq=True) == "a=1&b=2&b=3"
    assert urlencode((name, 1) for name in "ab") == "a=1&b=1"
    fields = sorted(urlencode({"a": 1, "b": "x y"}).split("&"))
    assert fields == ["a=1", "b=x+y"]


def test_urlencode_arguments():
    pairs = [("a/b", "c d/"), (b"/", [b" /"])]
    assert urlencode(pairs, True, "/") == "a/b=c+d/&/=+/"
    assert urlencode(pairs, True, quote_via=quote) == "a%2Fb=c%20d%2F&%2F=%20%2F"
    assert urlencode([("a", "\xe4")], encoding="utf-8", errors="strict") == "a=%C3%A4"
    assert pairs == [("a/b", "c d/"), (b"/", [b" /"])]


def test_urlencode_refuses():
    for wrong in (
        None,
        5,
        "ab",
        b"ab",
        ["ab"],
        [b"ab"],
        [1],
        [{}],
        [("a", 1), "bc"],
        [("a",)],
        [("a", 1, 2)],
    ):
        message = str(raises(TypeError, urlencode, wrong))
        assert "mapping" in message and "pairs" in message, message


def test_parse_qsl():
    for query, kwargs, pairs in PARSED + PARSED_MORE:
        assert parse_qsl(query, **kwargs) == pairs, query


def test_parse_qs():
    for query, kwargs, pairs in PARSED + PARSED_MORE:
        lists = {}
        for name, value in pairs:
            lists[name] = lists.get(name, []) + [value]
        assert parse_qs(query, **kwargs) == lists, query


def test_parse_qsl_refuses():
    for function in (parse_qsl, parse_qs):
        for wrong in ("a=1&b", "a", "a=1&", "&a=1", b"a"):
            message = str(raises(ValueError, function, wrong, strict_parsing=True))
            assert message.startswith("bad query field"), message
        for limit in (-1, 0, 1):
            assert "max_num_fields" in str(raises(ValueError, function, "a=1&b=2", max_num_fields=limit))
        raises(ValueError, function, "&&", max_num_fields=2)
        raises(ValueError, function, "a=1", separator="")
        raises(ValueError, function, b"a=1", separator=b"")
        raises((TypeError, AttributeError), function, "a=1", separator=None)
        raises(TypeError, function, 5)
        raises(UnicodeError, function, "a=%FF", errors="strict")
