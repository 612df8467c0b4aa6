"""download(): which answers are the rest of the same thing, and which are none."""

import gc

from doubles import Checks
from downloads import BODY, NONE, SUM, content, get, left_behind, part, ranges, resumed, status, target, whole
from support import raises, script

DATE = b"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"


def test_answers_that_do_not_fit():
    other = b'ETag: "v2"\r\n'
    cases = (
        ("another start", lambda: part(301)),
        ("another total", lambda: part(300, total=2000)),
        ("no range", lambda: part(300, span=b"bytes")),
        ("unknown total", lambda: part(300, span=b"bytes 300-1023/*")),
        ("another unit", lambda: part(300, span=b"blocks 300-1023/1024")),
        ("signed", lambda: part(300, span=b"bytes +300-1023/1024")),
        ("shorter than its range", lambda: part(300, span=b"bytes 300-1022/1024")),
        ("end before start", lambda: part(300, span=b"bytes 300-299/1024")),
        ("end behind the total", lambda: part(300, span=b"bytes 300-1024/1024")),
        ("another tag", lambda: part(300, fields=other)),
        ("a weak tag", lambda: part(300, fields=b'ETag: W/"v1"\r\n')),
        ("416 with another length", lambda: status(b"416 No", b"Content-Range: bytes */1024\r\n")),
        ("416 without", lambda: status(b"416 No")),
        ("416 of another", lambda: status(b"416 No", b"Content-Range: bytes */300\r\n" + other)),
    )
    checks = Checks()
    for name, answer in cases:
        gc.collect()  # for the sake of small heaps
        path, server = resumed(answer(), whole())
        try:
            size = get(path, server)
        except Exception as e:
            size = repr(e)
        checks.see(size == len(BODY) and content(path) == BODY, name, size)
        asked = ranges(server)
        checks.see(asked == [NONE, (b"bytes=300-", b'"v1"'), NONE], name, asked)
        checks.see(left_behind(path) == [], name, "litter")
    checks.done()


def test_validators():
    before = b"Last-Modified: Sun, 06 Nov 1994 08:49:36 GMT\r\n"
    cases = (
        (b'ETag: "a"\r\n' + before + DATE, b'"a"'),
        (b'ETag: W/"a"\r\n', None),
        (b'ETag: W/"a"\r\n' + before + DATE, None),
        (b"ETag: a\r\n", None),
        (b"ETag: \xff\r\n", None),
        (b'ETag: "a\0b"\r\n', None),
        (b'ETag: "a\rb"\r\n', None),
        (before + DATE, b"Sun, 06 Nov 1994 08:49:36 GMT"),
        (b"Last-Modified: Wed, 30 Nov 1993 23:00:00 GMT\r\n" + DATE, b"Wed, 30 Nov 1993 23:00:00 GMT"),
        (b"Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n" + DATE, None),
        (before, None),
        (b"", None),
    )
    checks = Checks()
    for fields, validator in cases:
        gc.collect()
        path = target()
        # Whatever it asks, the whole comes again.
        server = script(whole(fields=fields, cut=300), whole(fields=fields))
        checks.see(get(path, server) == len(BODY) and content(path) == BODY, fields)
        expected = (b"bytes=300-", validator) if validator else NONE
        asked = ranges(server)
        checks.see(asked == [NONE, expected], fields, asked)
    checks.done()


def test_encoded_bodies_are_refused():
    path = target(b"old")
    raises(ValueError, get, path, script(whole(fields=b"Content-Encoding: gzip\r\n")))
    path2, server = resumed(part(300, fields=b"Content-Encoding: gzip\r\n"))
    raises(ValueError, get, path2, server)
    raises(ValueError, get, path, script(whole(fields=b"Content-Encoding: gzip\r\n")), parse_headers=True)
    assert content(path) == b"old"
    assert get(target(), script(whole(fields=b"Content-Encoding: identity\r\n"))) == len(BODY)


def test_without_a_length():
    # As an HTTP/1.0 server for boards answers, with a line that is no field.
    answer = b"HTTP/1.0 200 OK\r\nContent-type: text/html\r\ncharset=utf-8\r\n\r\n" + BODY
    path = target(b"old")
    error = raises(ValueError, get, path, script([("recv",), ("send", answer)]))
    assert "sha256" in str(error)
    assert content(path) == b"old" and left_behind(path) == []
    assert get(path, script([("recv",), ("send", answer)]), sha256=SUM) == len(BODY)
    assert content(path) == BODY
    raises(ValueError, get, path, script([("recv",), ("send", answer[:-1])]), sha256=SUM)
    assert content(path) == BODY and left_behind(path) == []


def test_a_damaged_note_is_no_note():
    path, server = resumed()
    note = content(path + ".part.note")
    checks = Checks()
    for n in range(0, len(note), 7):
        with open(path + ".part.note", "wb") as file:
            file.write(note[:n])
        server = script(whole(cut=0))
        raises(OSError, get, path, server, retries=0)
        checks.see(ranges(server) == [NONE], note[:n])
    checks.done()


def test_another_query_is_another_thing():
    path, server = resumed(whole())
    assert get(path, server, params={"v": 2}) == len(BODY)
    assert ranges(server) == [NONE, NONE]


def test_secrets_of_the_url_are_not_stored():
    path = target()
    server = script(whole(cut=300))
    raises(OSError, get, path, server, retries=0, params={"token": "4711"})
    assert b"4711" not in content(path + ".part.note")
