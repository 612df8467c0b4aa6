"""download(): a file in one piece or in several, in one call or in several."""

import hashlib
import os
from binascii import hexlify
from errno import EEXIST

from downloads import (
    BODY,
    NONE,
    SUM,
    TAG,
    content,
    get,
    left_behind,
    part,
    ranges,
    resumed,
    status,
    target,
    whole,
)
from support import open_fds, raises, script

from mrequests.download import download


def test_whole_file():
    path = target(b"old")
    server = script(whole())
    before = open_fds()
    assert get(path, server, sha256=hexlify(SUM).decode()) == len(BODY)
    assert open_fds() == before
    assert content(path) == BODY and left_behind(path) == []
    assert ranges(server) == [NONE]


def test_empty_file():
    path = target()
    assert get(path, script(whole(b""))) == 0
    assert content(path) == b""


def test_goes_on_after_a_cut():
    path = target(b"old")
    server = script(whole(cut=300), part(300, cut=301), part(301))
    assert get(path, server, sha256=SUM) == len(BODY)
    assert content(path) == BODY and left_behind(path) == []
    assert ranges(server) == [NONE, (b"bytes=300-", b'"v1"'), (b"bytes=301-", b'"v1"')]


def test_the_rest_in_the_next_call_is_verified():
    path, server = resumed(part(300))
    assert get(path, server, sha256=SUM) == len(BODY)
    assert content(path) == BODY and left_behind(path) == []
    assert ranges(server) == [NONE, (b"bytes=300-", b'"v1"')]


def test_what_was_there_is_hashed_too():
    path, server = resumed(part(300))
    with open(path + ".part", "r+b") as file:
        file.write(b"X")
    error = raises(ValueError, get, path, server, sha256=SUM)
    assert "SHA-256" in str(error)
    assert content(path) == b"old" and left_behind(path) == []


def test_200_begins_anew():
    new = b"something else that is longer than what was there before" * 9
    path, server = resumed(whole(new, b'ETag: "v2"\r\n', cut=310), part(310, fields=b'ETag: "v2"\r\n'))
    raises(OSError, get, path, server, retries=0)
    assert content(path) == b"old" and content(path + ".part") == new[:310]
    path, server = resumed(whole(new[:200], b'ETag: "v2"\r\n'))
    assert get(path, server, sha256=hashlib.sha256(new[:200]).digest()) == 200
    assert content(path) == new[:200] and left_behind(path) == []


def test_416_says_that_all_is_there():
    for fields in b"Content-Range: bytes */1024\r\n", b"", TAG:
        path, server = resumed(status(b"416 No", fields), have=1024 - 1)
        with open(path + ".part", "ab") as file:
            file.write(BODY[-1:])
        assert get(path, server, sha256=SUM) == len(BODY), fields
        assert content(path) == BODY and left_behind(path) == []
        assert ranges(server)[1] == (b"bytes=1024-", b'"v1"')


def test_a_body_behind_416_is_not_stored():
    answer = [("recv",), ("send", b"HTTP/1.1 416 No\r\nContent-Length: 3\r\n\r\nbad")]
    path, server = resumed(answer, have=1023)
    with open(path + ".part", "ab") as file:
        file.write(BODY[-1:])
    assert get(path, server) == len(BODY)
    assert content(path) == BODY


def test_ranges_shorter_than_asked():
    first = [
        ("recv",),
        (
            "send",
            b"HTTP/1.1 206 P\r\nContent-Length: 100\r\nContent-Range: bytes 300-399/1024\r\n\r\n"
            + BODY[300:400],
        ),
    ]
    path, server = resumed(first, part(400))
    assert get(path, server, sha256=SUM) == len(BODY)
    assert [asked for asked, _ in ranges(server)] == [None, b"bytes=300-", b"bytes=400-"]


def test_more_than_the_range_says():
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (724, BODY[300:])
    head = b"HTTP/1.1 206 P\r\nTransfer-Encoding: chunked\r\nContent-Range: bytes 300-399/1024\r\n\r\n"
    path, server = resumed([("recv",), ("send", head + body)])
    raises(ValueError, get, path, server)
    assert content(path) == b"old"


def test_chunked():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + TAG + b"\r\n"
    body = b"200\r\n%s\r\n200\r\n%s\r\n0\r\n\r\n" % (BODY[:512], BODY[512:])
    path = target()
    assert get(path, script([("recv",), ("send", head + body)])) == len(BODY)
    assert content(path) == BODY
    path = target()
    server = script([("recv",), ("send", head + body[:600])], part(588))
    assert get(path, server, sha256=SUM) == len(BODY)
    assert ranges(server)[1] == (b"bytes=588-", b'"v1"')


def test_no_more_than_max_size():
    for steps in (
        whole(),
        [("recv",), ("send", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" + BODY)],
    ):
        path = target(b"old")
        error = raises(ValueError, get, path, script(steps), max_size=len(BODY) - 1, resume=False)
        assert "do not fit" in str(error)
        assert content(path) == b"old"
    path = target()
    assert get(path, script(whole()), max_size=len(BODY)) == len(BODY)


def test_what_is_too_large_is_not_gone_on_with():
    path, server = resumed(part(300))
    raises(ValueError, get, path, server, max_size=400)
    assert content(path + ".part") == BODY[:300]


def test_wrong_digest():
    path = target(b"old")
    error = raises(ValueError, get, path, script(whole()), sha256="0" * 64)
    assert "SHA-256" in str(error)
    assert content(path) == b"old" and left_behind(path) == []


def test_bad_digest_is_refused_at_once():
    for sha256 in "0" * 63, "0" * 65, "x" * 64, b"short", "":
        raises(ValueError, download, "http://127.0.0.1:1/", target(), sha256)


def test_resume_false():
    path, server = resumed(whole(cut=10))
    raises(OSError, get, path, server, resume=False, retries=0)
    assert ranges(server) == [NONE, NONE]
    assert content(path) == b"old" and left_behind(path) == []


class Fat:
    """The module os, with a rename that does not replace."""

    def __getattr__(self, name):
        if name == "replace":
            raise AttributeError(name)
        return getattr(os, name)

    def rename(self, old, new):
        if content(new) is not None:
            raise OSError(EEXIST, "exists")
        os.rename(old, new)


def test_a_file_system_that_does_not_replace():
    from mrequests import download as module

    path = target(b"old")
    real, module.os = module.os, Fat()
    try:
        assert get(path, script(whole())) == len(BODY)
        assert content(path) == BODY and left_behind(path) == []
    finally:
        module.os = real


def test_a_rename_that_fails_takes_nothing_away():
    from mrequests import download as module

    class Broken(Fat):
        def rename(self, old, new):
            raise OSError(5, "broken")

    path = target(b"old")
    real, module.os = module.os, Broken()
    try:
        raises(OSError, get, path, script(whole()))
    finally:
        module.os = real
    assert content(path) == b"old" and content(path + ".part") == BODY
