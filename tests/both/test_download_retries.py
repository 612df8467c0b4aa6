"""download(): attempts, time, what the caller passes and gets to see."""

import hashlib
import os
from errno import ETIMEDOUT

from downloads import BODY, SUM, TAG, content, get, left_behind, part, ranges, resumed, status, target, whole
from support import CA_PEM, HTTPBIN, OTHER_CA_PEM, open_fds, raises, scratch, script, ticks

from mrequests.download import download

# Bodies of several KB and the scripts that send them; TLS.
SMALL_HEAP_SKIP = (
    "test_progress_resets_the_count_of_failures",
    "test_the_same_beginning_again_and_again_is_no_progress",
    "test_tls",
)


def test_retries():
    path = target()
    busy = status(b"503 Busy")
    assert get(path, script(busy, [("close",)], busy, whole()), retries=3) == len(BODY)
    server = script(busy, busy, whole())
    error = raises(OSError, get, path, server, retries=1)
    assert "503 Busy" in str(error)
    assert len(server.requests()) == 2
    for line in b"404 Not Found", b"204 Nothing", b"206 Partial Content", b"304 Same":
        server = script(status(line), whole())
        raises(OSError, get, path, server)
        assert len(server.requests()) == 1, line


def test_progress_resets_the_count_of_failures():
    body = BODY * 12
    answers = []
    for start in range(0, len(body), 1500):
        rest = body[start:]
        span = b"Content-Range: bytes %d-%d/%d\r\n" % (start, len(body) - 1, len(body))
        line = b"206 Partial Content" if start else b"200 OK"
        head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s%s\r\n" % (
            line,
            len(rest),
            TAG,
            span if start else b"",
        )
        answers.append([("recv",), ("send", head + rest[:1500])])
    path = target()
    server = script(*answers)
    assert get(path, server, retries=0, sha256=hashlib.sha256(body).digest()) == len(body)
    assert len(server.requests()) == len(answers) == 9


def test_the_same_beginning_again_and_again_is_no_progress():
    body = BODY * 4
    server = script(*[whole(body, b"", cut=3000) for _ in range(9)])
    raises(OSError, get, target(), server, retries=2)
    assert len(server.requests()) == 4


def test_back_off():
    start = ticks()
    raises(OSError, get, target(), script(*[[("close",)]] * 4), retries=3, backoff=0.1)
    assert 650 <= ticks() - start < 3000  # 0.1 + 0.2 + 0.4


def test_deadline():
    start = ticks()
    error = raises(OSError, get, target(), script(*[[("close",)]] * 3), retries=9, backoff=2, deadline=1)
    assert error.errno == ETIMEDOUT
    assert ticks() - start < 1900
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
    server = script([("recv",), ("send", head), ("hold", 5000)])
    error = raises(OSError, get, target(), server, deadline=0.3)
    assert error.errno == ETIMEDOUT
    assert ticks() - start < 4000
    assert server.closed() == [True]


def test_redirect_and_headers():
    to = status(b"302 Found", b"Location: /other\r\n")
    server = script(to, whole(cut=300), to, part(300))
    path = target()
    headers = {"X-Key": "4711"}
    assert get(path, server, headers=headers, params={"a": "b"}) == len(BODY)
    assert headers == {"X-Key": "4711"}
    requests = server.requests()
    assert [r.split(b" ")[1] for r in requests] == [b"/f?a=b", b"/other", b"/f?a=b", b"/other"]
    assert all([b"\r\nX-Key: 4711\r\n" in r for r in requests])
    assert b"\r\nRange: bytes=300-\r\n" in requests[3]


def test_progress():
    seen = []
    path, server = resumed(part(300))
    get(path, server, progress=lambda *args: seen.append(args), buf=bytearray(200))
    assert seen[0][0] > 300 and seen[-1] == (1024, 1024)
    assert all([total == 1024 for _, total in seen])

    def stop(*args):
        raise KeyboardInterrupt

    path = target(b"old")
    server = script(whole() + [("hold", 3000)])
    before = open_fds()
    raises(KeyboardInterrupt, get, path, server, progress=stop)
    assert open_fds() == before
    assert server.closed() == [True]
    assert content(path) == b"old" and left_behind(path) == [".part", ".part.note"]


def test_a_folder_is_no_target():
    error = raises(ValueError, download, "http://127.0.0.1:1/", os.getenv("TEST_SCRATCH"))
    assert "folder" in str(error)
    raises(OSError, get, scratch("no/such/folder"), script(whole()))


def test_httpbin():
    size = 30000
    body = b"abcdefghijklmnopqrstuvwxyz"
    digest = hashlib.sha256()
    for start in range(0, size, 26):
        digest.update(body[: size - start])
    path = target()
    assert download("%s/range/%d" % (HTTPBIN, size), path, digest.digest(), timeout=10) == size
    assert os.stat(path)[6] == size and left_behind(path) == []


def test_a_silent_server():
    path = target()
    answer = whole(cut=300) + [("hold", 4000)]
    server = script(answer, part(300))
    start = ticks()
    assert get(path, server, timeout=0.3, sha256=SUM) == len(BODY)
    assert ticks() - start < 3000
    assert ranges(server)[1] == (b"bytes=300-", b'"v1"')


def test_tls():
    path = target()
    server = script(whole(cut=300) + [("cut",)], part(300), tls=True)
    assert get(path, server, verify=CA_PEM, sha256=SUM) == len(BODY)
    assert content(path) == BODY
    # Whom we do not trust does not get to send.
    server = script(*[whole()] * 3, tls=True)
    error = raises(OSError, get, target(b"old"), server, verify=OTHER_CA_PEM, retries=1)
    assert "TLS" in str(error)
    assert content(path) == b"old" and left_behind(path) == []
