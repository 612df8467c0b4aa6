"""Server-sent events: what the standard says of the format, and connecting again."""

import gc

from doubles import Checks
from support import raises, script, ticks

import mrequests
from mrequests import sse

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
# Stream, and (event, data, id) of what it holds.
STREAMS = (
    (b"data: a\n\n", [("message", "a", "")]),
    (b"data:a\n\n", [("message", "a", "")]),
    (b"data:  a\n\n", [("message", " a", "")]),
    (b"data: a\ndata: b\n\n", [("message", "a\nb", "")]),
    (b"data:\n\ndata\ndata\n\ndata:", [("message", "", ""), ("message", "\n", "")]),
    (b": comment\n\n:\n\ndata: a\n:x\n\n", [("message", "a", "")]),
    (b"event: add\ndata: 1\n\ndata: 2\n\n", [("add", "1", ""), ("message", "2", "")]),
    (b"event: lost\n\ndata: 2\n\n", [("message", "2", "")]),
    (
        b"id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
        [("message", "a", "1"), ("message", "b", "1"), ("message", "c", "")],
    ),
    (b"id: 1\n\ndata: a\n\n", [("message", "a", "1")]),
    (b"id: 1\0\ndata: a\n\n", [("message", "a", "")]),
    (b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n", [("message", "a", "")]),
    (
        b"data: a\r\n\r\ndata: b\r\rdata: c\n\n",
        [("message", "a", ""), ("message", "b", ""), ("message", "c", "")],
    ),
    ("data: zwölf €\nevent: ü\n\n".encode(), [("ü", "zwölf €", "")]),
    (b"data: a: b\n\n", [("message", "a: b", "")]),
    (b"DATA: a\n data: b\ndata : c\nunknown: d\n\n", []),
    (b"data: not complete\n", []),
    (b"data: not complete", []),
    (b"", []),
)


def found(events):
    return [(e.event, e.data, e.id) for e in events]


def chunked(data, size):
    out = b""
    for i in range(0, len(data), size):
        piece = data[i : i + size]
        out += b"%x\r\n%s\r\n" % (len(piece), piece)
    return out + b"0\r\n\r\n"


def test_streams():
    checks = Checks()
    for stream, expected in STREAMS:
        gc.collect()
        for size in 1, 2, 1000:
            answer = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(stream, size)
            server = script(("recv",), ("send", answer))
            got = found(sse.events(mrequests.get(server.url, timeout=5)))
            checks.see(got == expected, stream, size, got)
    checks.done()


def test_until_the_connection_ends():
    server = script(("recv",), ("send", HEAD + b"\r\ndata: a\n\nretry: 12"))
    parser = sse.Parser()
    assert found(sse._events(mrequests.get(server.url, timeout=5), parser)) == [("message", "a", "")]
    assert parser.retry is None


def test_retry():
    parser = sse.Parser()
    for line, expected in (
        (b"retry: 12", 12),
        (b"retry:7", 7),
        (b"retry: -1", 7),
        (b"retry: 1.5", 7),
        (b"retry: x", 7),
        (b"retry", 7),
        (b"retry: " + b"9" * 30, 7),
        (b"retry: 0", 0),
    ):
        assert parser.line(line) is None
        assert parser.retry == expected, line
    parser.line(b"data: a")
    assert parser.line(b"").retry == 0


def test_stray_bytes():
    parser = sse.Parser()
    parser.line(b"data: a\xffb")
    data = parser.line(b"").data
    assert data[0] == "a" and data[-1] == "b" and len(data) == 3


def test_an_event_too_large():
    for body in b"data: " + b"x" * 200, b"data: 12345678\n" * 9, b"x" * 200:
        server = script(("recv",), ("send", HEAD + b"\r\ndata: ok\n\n" + body), ("hold", 3000))
        events = sse.events(mrequests.get(server.url, timeout=5), max_event=64)
        assert next(events).data == "ok"
        raises(ValueError, next, events)
        assert server.closed() == [True]


def test_an_event_is_given_at_once():
    # As a language model answers: by POST, until [DONE].
    server = script(
        ("recv",),
        ("send", HEAD + b'\r\ndata: {"token": "He"}\n\n'),
        ("sleep", 600),
        ("send", b'data: {"token": "llo"}\r\n\r\ndata: [DONE]\n\n'),
        ("hold", 5000),
    )
    start = ticks()
    times, text = [], []
    with mrequests.post(server.url, json={"prompt": "x"}, timeout=5) as r:
        for event in sse.events(r):
            times.append(ticks() - start)
            if event.data == "[DONE]":
                break
            text.append(event.data)
    assert text == ['{"token": "He"}', '{"token": "llo"}']
    assert times[0] < 400 and 500 <= times[1] < 4000, times
    assert server.requests()[0].startswith(b"POST / HTTP/1.1\r\n")


def test_another_status():
    server = script(("recv",), ("send", b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nnone!"))
    r = mrequests.get(server.url, timeout=5)
    error = raises(OSError, next, sse.events(r))
    assert "404" in str(error)
    assert server.closed() == [True]


def play(*answers, tail=()):
    """A server with an answer for each connection."""
    return script(
        *[[("recv",), ("send", answer)] + list(tail) if answer else [("close",)] for answer in answers]
    )


STOP = b"HTTP/1.1 204 No Content\r\n\r\n"


def test_connecting_again():
    server = play(
        HEAD + b"\r\nretry: 1\nid: 7\ndata: a\n\nid: 8\ndata: cut",
        None,
        HEAD + b"Content-Length: 99\r\n\r\nid\ndata: b\n\n",
        STOP,
    )
    source = sse.EventSource(server.url, headers={"X-Key": "1"}, timeout=5)
    assert found(source) == [("message", "a", "7"), ("message", "b", "")]
    first, _, second, third = server.requests()
    for request in first, second, third:
        assert b"\r\nAccept: text/event-stream\r\n" in request and b"\r\nX-Key: 1\r\n" in request
    assert b"Last-Event-ID" not in first and b"Last-Event-ID" not in third
    assert b"\r\nLast-Event-ID: 7\r\n" in second


def test_giving_up():
    server = play(*[None] * 9)
    start = ticks()
    raises(OSError, list, sse.EventSource(server.url, retries=3, retry=50, timeout=5))
    assert 330 <= ticks() - start < 3000  # 50 + 100 + 200
    assert len(server.requests()) == 4


def test_a_silent_connection_is_given_up():
    server = script(
        *[[("recv",), ("send", HEAD + b"\r\nid: %d\ndata:\n\n" % i), ("hold", 5000)] for i in (1, 2)]
    )
    source = sse.EventSource(server.url, retries=1, retry=1, timeout=0.3)
    with source:
        ids = []
        for event in source:
            ids.append(event.id)
            if len(ids) == 2:
                break
    assert ids == ["1", "2"]
    assert server.closed() == [True, True]


def test_answers_that_end_it():
    for answer, kind in (
        (STOP, None),
        (b"HTTP/1.1 500 Error\r\nContent-Length: 0\r\n\r\n", OSError),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1\r\n\r\nx", ValueError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", ValueError),
    ):
        server = play(answer, answer)
        source = sse.EventSource(server.url, retry=1, timeout=5)
        if kind:
            raises(kind, list, source)
        else:
            assert list(source) == []
        assert len(server.requests()) == 1, answer


def test_close_ends_the_iteration():
    server = play(HEAD + b"\r\ndata: 1\n\ndata: 2\n\n", HEAD, tail=[("hold", 3000)])
    seen = []
    with sse.EventSource(server.url, retry=1, timeout=5) as source:
        for event in source:
            seen.append(event.data)
            source.close()
    assert seen == ["1"]
    assert server.closed() == [True]
