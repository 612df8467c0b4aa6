"""A session in the heap of a small board; test_requests_sessions.py has the rest."""

from support import script


def test_session():
    from mrequests.requests import Session

    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n[1, 2]\n"
    server = script([("recv",), ("send", ok)] * 2)
    with Session() as s:
        for _ in range(2):
            assert s.get(server.url, headers={"X-A": "b"}, timeout=5).json() == [1, 2]
    (received,) = server.requests()
    assert received.count(b"X-A: b") == 2
