"""Uploads taken apart by others: microdot, werkzeug, the email package; any form that hypothesis finds."""

import email
import email.policy
import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import launch
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.formparser import FormDataParser

from mrequests import RequestContext, body, chunks, multipart
from mrequests.mrequests import _need
from tools import interpreters

ROOT = Path(__file__).resolve().parents[2]
INTERPRETERS = [interpreters.Interpreter("cpython", (sys.executable,)), *interpreters.micropythons()]

# --- microdot, a server for boards, and each interpreter ---


@pytest.fixture(scope="module")
def microdot():
    with launch.server("microdot_uploads.py") as facts:
        yield facts["http"]


@pytest.fixture(params=INTERPRETERS, ids=lambda one: one.name)
def run(request, pytestconfig, tmp_path):
    """Run a program in a folder with the file camera.jpg; what it prints, as JSON."""
    one = request.param
    library = pytestconfig.suite.player.compiled() if one.small_heap else str(ROOT)
    (tmp_path / "camera.jpg").write_bytes(PICTURE)

    def run(program):
        (tmp_path / "program.py").write_text("import mrequests\n" + program)
        done = subprocess.run(
            [*one.command, "program.py"],
            cwd=tmp_path,
            env=interpreters.finding(library),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    return run


PICTURE = b"\xff\xd8\r\n--" + bytes(range(256)) * 400 + b"\r\n--"
DIGEST = [len(PICTURE), hashlib.sha256(PICTURE).hexdigest()]


def test_microdot_takes_a_form(run, microdot):
    program = """
with open("camera.jpg", "rb") as file:
    files = {"picture": ("camera.jpg", file, "image/jpeg"), "note": (None, "a b")}
    r = mrequests.post("%s/form", data=[("room", "kitchen"), ("n", 5)], files=files, timeout=10)
print(r.text)
"""
    parts = run(program % microdot)
    assert parts[:2] == [["room", "kitchen"], ["n", "5"]]
    assert sorted(parts[2:]) == [["note", "a b"], ["picture", "camera.jpg", "image/jpeg", *DIGEST]]


def test_microdot_takes_a_file(run, microdot):
    program = """
with open("camera.jpg", "rb") as file:
    print(mrequests.put("%s/raw", data=file, timeout=10).text)
"""
    assert run(program % microdot) == DIGEST


def test_microdot_refuses_a_file(run, microdot):
    # It answers and closes with most of the body unread: the connection is reset, now and then before all of
    # the answer has left the server.
    program = """
with open("camera.jpg", "wb") as file:
    for _ in range(4000):
        file.write(bytes(1024))
for _ in range(9):
    try:
        with open("camera.jpg", "rb") as file:
            print(mrequests.post("%s/small", data=file, timeout=10).status_code)
        break
    except OSError:
        pass
"""
    assert run(program % microdot) == 413


# --- Other readers of the same bytes ---


def form(files, fields=None):
    """Content-Type and body of a form; its length is what was announced."""
    context = RequestContext("http://h/", "POST")
    data = body.wrap(multipart.wrap(files, fields, context, _need), context, _need)
    kind = context.head.split(b"Content-Type: ")[1].split(b"\r\n")[0].decode()
    headers = data.framing(context)
    blocks = [bytes(block) for block in data.message(b"")]
    assert [bytes(block) for block in data.message(b"")] == blocks  # as after a redirect
    wire = b"".join(blocks)
    if isinstance(data, chunks.Blocks):
        raise AssertionError("the length was not known")
    assert headers["Content-Length"] == len(wire)
    return kind, wire


def by_werkzeug(kind, wire):
    """Fields and (name, file name, content type, content) of files."""
    mimetype, _, boundary = kind.partition("; boundary=")
    _, fields, files = FormDataParser().parse(io.BytesIO(wire), mimetype, len(wire), {"boundary": boundary})
    found = [(name, f.filename, f.content_type, f.read()) for name, f in files.items(multi=True)]
    return list(fields.items(multi=True)), found


def by_email(kind, wire):
    """(name, file name, content) of each part."""
    message = email.message_from_bytes(
        b"Content-Type: " + kind.encode() + b"\r\n\r\n" + wire, policy=email.policy.HTTP
    )
    assert message.is_multipart() and not message.defects
    return [
        (
            part.get_param("name", header="Content-Disposition"),
            part.get_filename(),
            part.get_payload(decode=True),
        )
        for part in message.get_payload()
    ]


def test_the_same_form_by_two_parsers():
    kind, wire = form(
        [("f", ("n.txt", io.BytesIO(b"\r\n--x\r\n"), "text/plain")), ("g", b"\x00\xff")],
        {"a": ["1", "2"], "b": "x y"},
    )
    fields, files = by_werkzeug(kind, wire)
    assert fields == [("a", "1"), ("a", "2"), ("b", "x y")]
    assert [(name, filename, content) for name, filename, _, content in files] == [
        ("f", "n.txt", b"\r\n--x\r\n"),
        ("g", "g", b"\x00\xff"),
    ]
    assert by_email(kind, wire)[0][:2] == ("a", None)
    assert by_email(kind, wire)[-1] == ("g", "g", b"\x00\xff")


# Names as browsers send them come back with their escapes; a backslash is read in different ways by parsers.
names = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0\\"), max_size=8)
contents = st.binary(max_size=300) | st.sampled_from([b"\r\n", b"--", b"\r\n--", bytes(9000)])


def seen(name):
    """What werkzeug makes of a name: it takes back the escape of the quotation mark, and only that."""
    return name.replace("\r", "%0D").replace("\n", "%0A").replace("%22", '"')


@settings(deadline=None)
@given(
    st.lists(st.tuples(names, st.text(st.characters(blacklist_categories=("Cs",)), max_size=50)), max_size=3),
    st.lists(st.tuples(names, names.filter(bool), contents, st.booleans()), min_size=1, max_size=3),
)
def test_any_form(fields, files):
    given_files = [(n, (f, io.BytesIO(c) if is_file else c, "a/b")) for n, f, c, is_file in files]
    got_fields, got_files = by_werkzeug(*form(given_files, fields))

    def by_name(item):
        return item[0]  # werkzeug keeps the order only among those of one name

    assert sorted(got_fields, key=by_name) == sorted([(seen(n), v) for n, v in fields], key=by_name)
    sent = [(seen(n), seen(f), "a/b", c) for n, f, c, _ in files]
    assert sorted(got_files, key=by_name) == sorted(sent, key=by_name)
