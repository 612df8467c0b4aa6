"""The URL helpers against urllib.parse, on CPython and on each MicroPython, and each file copied alone."""

import ast
import itertools
import os
import random
import shutil
import subprocess
import sys
import urllib.parse
from pathlib import Path

import pytest
import test_urlhelpers as table
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from mrequests import urlencode, urlparseqs, urlunquote
from tools import interpreters

ROOT = Path(__file__).resolve().parents[2]
MICROPYTHONS = interpreters.micropythons()

# Characters that mean something in URLs, forms and UTF-8 are worth more than others.
texts = st.lists(
    st.sampled_from(" %+&=;/~_a0Z\0\x7f\x80\xe4\u20ac\ufffd\U0001f600")
    | st.characters(blacklist_categories=["Cs"])
).map("".join)
EDGES = bytes.fromhex("00 25 41 7f 80 8f 90 9f a0 bf c0 c1 c2 df e0 e1 ec ed ee ef f0 f1 f3 f4 f5 f8 ff")
raws = st.lists(st.sampled_from(EDGES) | st.integers(0, 255)).map(bytes) | texts.map(str.encode)
escapes = st.sampled_from(EDGES).map("%{:02x}".format) | st.integers(0, 255).map("%{:02X}".format)
bad_escapes = st.sampled_from(
    ["%", "%%", "%4", "%zz", "%g1", "%1g", "%+f", "% f", "%f ", "%-5", "%5_", "%0x"]
)
quoted = st.lists(escapes | escapes | bad_escapes | texts).map("".join)
quoted_ascii = st.lists(escapes | bad_escapes | st.text(st.characters(max_codepoint=127))).map("".join)
quoted_bytes = quoted.map(str.encode) | st.lists(escapes.map(str.encode) | raws).map(b"".join)
singles = st.none() | st.booleans() | st.integers() | st.floats() | texts | raws
encodings = st.sampled_from(
    ["latin-1", "cp1252", "shift_jis", "gb18030", "utf-16", "utf-8", "UTF8", "ascii", "no-such"]
)
handlers = st.sampled_from(["strict", "replace", "ignore", "backslashreplace", "surrogateescape"])

# The first example pays for imports: a deadline would fail it by chance.
unhurried = settings(deadline=None)


def outcome(function, *args, **kwargs):
    """What a call comes to: its result, or the class of its error."""
    try:
        return function(*args, **kwargs)
    except (LookupError, TypeError, ValueError) as e:
        return type(e)


def same(name, *args, **kwargs):
    """Check that a call has the outcome which it has with urllib.parse."""
    ours = next(getattr(m, name) for m in (urlencode, urlunquote, urlparseqs) if hasattr(m, name))
    got, expected = outcome(ours, *args, **kwargs), outcome(getattr(urllib.parse, name), *args, **kwargs)
    assert got == expected and type(got) is type(expected)


def reference_pairs(qs, **kwargs):
    """Pairs of urllib.parse.parse_qsl, by way of Latin-1 for bytes, where CPython before 3.13 is wrong."""
    if not qs or isinstance(qs, str):
        return urllib.parse.parse_qsl(qs, **kwargs) if qs else []
    pairs = urllib.parse.parse_qsl(qs.decode("latin-1"), **{**kwargs, "encoding": "latin-1"})
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


# --- The table of the shared tests is right ---


def test_table_quote():
    for argument, path, form in table.QUOTED:
        assert urllib.parse.quote(argument) == path
        assert form is None or urllib.parse.quote_plus(argument) == form


def test_table_unquote():
    for argument, raw, text, form in table.UNQUOTED:
        assert urllib.parse.unquote_to_bytes(argument) == raw
        assert urllib.parse.unquote(argument) == text
        assert form is None or urllib.parse.unquote_plus(argument) == form


def test_table_urlencode():
    for query, doseq, encoded in table.ENCODED:
        assert urllib.parse.urlencode(query, doseq) == encoded


def test_table_parse():
    for query, kwargs, pairs in table.PARSED:
        assert urllib.parse.parse_qsl(query, **kwargs) == pairs
    for query, kwargs, pairs in table.PARSED_MORE:
        assert reference_pairs(query and bytes(query), **kwargs) == pairs


# --- Quoting ---


@unhurried
@given(texts | raws | raws.map(bytearray), texts | raws)
def test_quote(value, safe):
    same("quote", value)
    same("quote", value, safe)
    same("quote_plus", value)
    same("quote_plus", value, safe)


@unhurried
@given(texts, encodings, handlers)
@example("\xe4\u20ac", "latin-1", "strict")
def test_quote_encoding(text, encoding, errors):
    assume(text)  # UTF-16 begins with a mark even then
    same("quote", text, "/", encoding, errors)
    if encoding != "utf-16":  # which has the byte 0x20 in other characters, too
        same("quote_plus", text, encoding=encoding, errors=errors)


def test_quote_every_byte_and_character():
    for number in range(256):
        same("quote", bytes([number]), "")
        same("quote", chr(number), "")
        same("quote_plus", chr(number), "")
    same("quote", "".join(map(chr, itertools.chain(range(0xD800), range(0xE000, 0x110000, 7)))))
    same("quote", "\ud800")


# --- Unquoting ---


@unhurried
@given(quoted)
def test_unquote(text):
    same("unquote", text)
    same("unquote_plus", text)
    same("unquote_to_bytes", text)


@unhurried
@given(quoted_bytes)
def test_unquote_bytes(data):
    same("unquote_to_bytes", data)
    # Not unquote(): CPython 3.8 refuses bytes.
    expected = urllib.parse.unquote_to_bytes(data).decode("utf-8", "replace")
    assert urlunquote.unquote(data) == urlunquote.unquote(bytearray(data)) == expected
    expected = urllib.parse.unquote_to_bytes(data.replace(b"+", b" ")).decode("utf-8", "replace")
    assert urlunquote.unquote_plus(data) == expected


@unhurried
@given(quoted_ascii, encodings, handlers)
@example("%83A", "shift_jis", "strict")
@example("a%00", "utf-16", "strict")
def test_unquote_encoding(text, encoding, errors):
    # An unknown name is an error here even where there is nothing to decode.
    assume("%" in text)
    same("unquote", text, encoding, errors)
    same("unquote_plus", text, encoding=encoding, errors=errors)


def test_unquote_literals_in_another_encoding():
    same("unquote", "\xe4%E4", "latin-1")
    same("unquote", "\u30bd%83%5C", "shift_jis")
    # urllib.parse hands on what the encoding cannot have produced.
    assert outcome(urlunquote.unquote, "\u20ac%E4", "latin-1") is UnicodeEncodeError
    assert outcome(urlunquote.unquote, "\ud800%41") is UnicodeEncodeError
    assert urlunquote.unquote("\ud800") == "\ud800"


def test_unquote_every_pair():
    characters = [chr(number) for number in range(0x20, 0x7F)] + ["\xb2", "\u0663", "\uff11"]
    for pair in itertools.product(characters, repeat=2):
        same("unquote", "%" + "".join(pair))


@unhurried
@given(raws)
def test_replacement(data):
    assert urlunquote.unquote(urlencode.quote(data)) == data.decode("utf-8", "replace")


def test_replacement_at_all_edges():
    edges = EDGES[2:]
    short = [itertools.product(edges, repeat=length) for length in (1, 2, 3)]
    long = itertools.product(b"\xe0\xed\xf0\xf1\xf4\xf5", edges, edges, edges)
    for numbers in itertools.chain(*short, long):
        data = bytes(numbers)
        assert urlunquote._well_formed(data).decode() == data.decode("utf-8", "replace")


# --- Forms ---


@unhurried
@given(
    st.dictionaries(texts | raws | st.integers(), singles) | st.lists(st.tuples(singles, singles)),
    st.booleans(),
)
def test_urlencode(query, doseq):
    same("urlencode", query, doseq)
    same("urlencode", query, doseq, "/ ~", "latin-1", "replace")
    same("urlencode", query, doseq, b"/")
    same("urlencode", query, doseq, quote_via=urllib.parse.quote)


@unhurried
@given(
    st.lists(
        st.tuples(
            singles,
            singles | st.lists(singles) | st.lists(singles).map(tuple) | st.dictionaries(texts, texts),
        )
    )
)
def test_urlencode_sequences(pairs):
    same("urlencode", pairs, True)
    same("urlencode", tuple(pairs), False)
    same("urlencode", [(name, set(map(str, [value]))) for name, value in pairs], True)


@pytest.mark.parametrize("wrong", [None, 5, "ab", b"ab", ["ab"], [1], [{}], ...], ids=repr)
def test_urlencode_refuses(wrong):
    same("urlencode", wrong)
    same("urlencode", wrong, True)


@unhurried
@given(
    st.lists(quoted | st.sampled_from(["a=1", "a=", "=", "a", "&", ";", "&&", "a+b=%2B"])).map("&".join),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["&", ";", "+", "&&", "=", "%", "\xe4"]),
    st.none() | st.integers(-1, 9),
)
def test_parse(qs, blank, strict, separator, limit):
    kwargs = {
        "keep_blank_values": blank,
        "strict_parsing": strict,
        "separator": separator,
        "max_num_fields": limit,
    }
    for query in (qs, qs.encode("latin-1", "replace")):
        if separator == "\xe4" and isinstance(query, bytes):
            continue
        expected = outcome(reference_pairs, query, **kwargs)
        assert outcome(urlparseqs.parse_qsl, query, **kwargs) == expected
        if isinstance(expected, list):
            lists = {}
            for name, value in expected:
                lists.setdefault(name, []).append(value)
            expected = lists
        assert outcome(urlparseqs.parse_qs, query, **kwargs) == expected


@unhurried
@given(quoted_ascii.map("a=".__add__), encodings, handlers)
def test_parse_encoding(qs, encoding, errors):
    assume("%" in qs)
    same("parse_qsl", qs, encoding=encoding, errors=errors)
    same("parse_qs", qs, True, False, encoding, errors)


@unhurried
@given(st.lists(st.tuples(texts, texts)))
def test_round_trip(pairs):
    assert urlparseqs.parse_qsl(urlencode.urlencode(pairs), keep_blank_values=True) == pairs


@unhurried
@given(st.lists(st.tuples(raws, raws)))
def test_round_trip_bytes(pairs):
    assert urlparseqs.parse_qsl(urlencode.urlencode(pairs).encode(), keep_blank_values=True) == pairs


# --- The same on MicroPython ---

# Plays lines of `name, arguments, expected`; a small heap sees one line at a time.
PLAYER = """
import urlencode, urlparseqs, urlunquote
with open("cases.txt") as f:
    for line in f:
        name, args, expected = eval(line)
        for module in (urlencode, urlunquote, urlparseqs):
            function = getattr(module, name, None)
            if function:
                break
        got = function(*args)
        if got != expected:
            raise ValueError((name, args, got, expected))
print("all good")
"""


def random_quoted(rng):
    """A string with good and bad escapes, ASCII and other characters."""
    parts = [
        "%",
        "%%",
        "%4",
        "%zz",
        "%+f",
        "% f",
        "%-5",
        "%5_",
        "+",
        "a",
        "0",
        "&",
        "=",
        "\xe4",
        "\u20ac",
        "\U0001f600",
    ]
    escaped = ["%%%02x" % byte for byte in EDGES] + ["%%%02X" % rng.randrange(256)]
    return "".join(rng.choice(parts if rng.random() < 0.3 else escaped) for _ in range(rng.randrange(12)))


def cases(rng, count):
    """Calls and what they give with urllib.parse."""
    for _ in range(count):
        text = random_quoted(rng)
        data = bytes(rng.choice(EDGES) for _ in range(rng.randrange(12)))
        pairs = [(random_quoted(rng), rng.choice([data, text, 7, None, [text, 1, data]])) for _ in range(3)]
        yield "unquote_to_bytes", (data,), urllib.parse.unquote_to_bytes(data)
        yield "unquote", (data,), urllib.parse.unquote_to_bytes(data).decode("utf-8", "replace")
        yield "parse_qsl", (data, True), reference_pairs(data, keep_blank_values=True)
        yield "parse_qsl", (text, True), reference_pairs(text, keep_blank_values=True)
        for name, args in [
            ("quote", (text,)),
            ("quote", (data, text)),
            ("quote_plus", (text, "&")),
            ("unquote", (text,)),
            ("unquote_plus", (text,)),
            ("unquote_to_bytes", (text,)),
            ("urlencode", (pairs, True)),
            ("urlencode", (pairs[:1] if not isinstance(pairs[0][1], list) else [], False)),
            ("parse_qs", (text,)),
        ]:
            yield name, args, getattr(urllib.parse, name)(*args)


def copied(folder, *names):
    """Copy these modules of the library, and nothing else, to an empty folder."""
    for name in names:
        shutil.copy(ROOT / "mrequests" / (name + ".py"), folder)


def play(command, folder, code):
    """Run code in a folder; what it prints."""
    environ = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MICROPYPATH")}
    (folder / "main.py").write_text(code, encoding="utf-8")
    done = subprocess.run(
        [*command, "main.py"],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
    )
    output = done.stdout.decode(errors="replace").strip()
    assert done.returncode == 0, output
    return output


def test_micropython_is_there():
    """The tests below are made for each MicroPython: none must not go unnoticed."""
    assert MICROPYTHONS, "\n".join(interpreters.missing())


@pytest.mark.parametrize("one", MICROPYTHONS, ids=lambda one: one.name)
def test_micropython_agrees(one, tmp_path):
    copied(tmp_path, "urlencode", "urlunquote", "urlparseqs")
    lines = ["%s\n" % ascii(case) for case in cases(random.Random(3986), 150)]
    (tmp_path / "cases.txt").write_text("".join(lines), encoding="ascii")
    assert ast.literal_eval(lines[0])
    assert play(one.command, tmp_path, PLAYER) == "all good"


# --- Copied alone ---

INTERPRETERS = [interpreters.Interpreter("cpython", [sys.executable]), *MICROPYTHONS]
ALONE = [
    (("urlencode",), 'from urlencode import urlencode; print(urlencode({"a b": "~/"}))', "a+b=~%2F"),
    (("urlunquote",), 'from urlunquote import unquote_plus; print(unquote_plus("a+b%7e%zz"))', "a b~%zz"),
    (
        ("urlunquote", "urlparseqs"),
        'from urlparseqs import parse_qs; print(parse_qs("a=b%20c"))',
        "{'a': ['b c']}",
    ),
]


@pytest.mark.parametrize(
    "names, code, expected", ALONE, ids=lambda value: value[-1] if type(value) is tuple else ""
)
@pytest.mark.parametrize("one", INTERPRETERS, ids=lambda one: one.name)
def test_copied_alone(one, names, code, expected, tmp_path):
    copied(tmp_path, *names)
    assert play(one.command, tmp_path, code) == expected


@pytest.mark.parametrize("one", INTERPRETERS, ids=lambda one: one.name)
def test_missing_neighbour_is_named(one, tmp_path):
    copied(tmp_path, "urlparseqs")
    code = "try:\n    import urlparseqs\nexcept ImportError as e:\n    print(e)"
    assert "urlunquote" in play(one.command, tmp_path, code)
