"""The documented uses, against a real httpbin."""

from io import BytesIO

from support import CA_DER, HTTPBIN, HTTPBIN_TLS, open_fds, raises, scratch

import mrequests

# 14 KB, as bytes and as text.
SMALL_HEAP_SKIP = ("test_text_in_utf_8",)


def test_get_json():
    r = mrequests.get(HTTPBIN + "/get", headers={"Accept": "application/json", b"X-Bytes": b"x"})
    facts = r.json()
    assert r.status_code == 200 and facts["headers"]["Accept"] == "application/json"
    assert facts["headers"]["X-Bytes"] == "x" and facts["url"].endswith("/get")
    r.close()


def test_params():
    r = mrequests.get(HTTPBIN + "/get?a=1", params={"b": ["2", "3 4"], "\xe4": "\u20ac"})
    assert r.json()["args"] == {"a": "1", "b": ["2", "3 4"], "\xe4": "\u20ac"}


def test_every_verb_with_a_body():
    for verb in (mrequests.post, mrequests.put, mrequests.patch, mrequests.delete):
        name = verb.__name__ if hasattr(verb, "__name__") else str(verb).split()[1]
        facts = verb(HTTPBIN + "/" + name, data="h\xe4").json()
        assert facts["data"] == "h\xe4", facts
    assert mrequests.options(HTTPBIN + "/get").status_code == 200
    r = mrequests.head(HTTPBIN + "/get")
    assert r.status_code == 200 and r.content == b""


def test_post_json():
    for value in ({"a": [1, None, "\xe4"]}, [], "text", 5):
        facts = mrequests.post(HTTPBIN + "/post", json=value).json()
        assert facts["json"] == value and facts["headers"]["Content-Type"] == "application/json"


def test_post_form():
    data = {"a": "b c", "d": ["1", "2"], "\xe4": "&=+%"}
    assert mrequests.post(HTTPBIN + "/post", data=data).json()["form"] == data


def test_post_file_and_iterator():
    path = scratch("upload")
    with open(path, "wb") as file:
        file.write(b"0123456789" * 300)
    with open(path, "rb") as file:
        facts = mrequests.post(HTTPBIN + "/post", data=file).json()
    assert facts["data"] == "0123456789" * 300 and facts["headers"]["Content-Length"] == "3000"
    facts = mrequests.post(HTTPBIN + "/post", data=iter([b"ab", b"", b"cd"])).json()
    assert facts["data"] == "abcd", facts


def test_basic_auth():
    for user, password in (("joe", "sim sala"), ("j\xe4", "\u20ac:x")):
        url = "%s/basic-auth/%s/%s" % (HTTPBIN, user, password)
        for auth in ((user, password), (user.encode(), password.encode()), lambda u=user, p=password: (u, p)):
            assert mrequests.get(url, auth=auth).json() == {"authenticated": True, "user": user}
    assert mrequests.get(HTTPBIN + "/basic-auth/u/p").status_code == 401
    assert mrequests.get(HTTPBIN.replace("://", "://u:p%40@") + "/basic-auth/u/p@").status_code == 200


def test_redirects():
    for kind in ("redirect", "relative-redirect", "absolute-redirect"):
        r = mrequests.get("%s/%s/3" % (HTTPBIN, kind), max_redirects=3)
        assert r.status_code == 200 and r.url == HTTPBIN + "/get" and r.json()["url"].endswith("/get")
    for status in (301, 302, 303, 307, 308):
        url = "%s/redirect-to?status_code=%d&url=%s" % (HTTPBIN, status, "/anything")
        facts = mrequests.post(url, data=b"body").json()
        assert (facts["method"], facts["data"]) == (("POST", "body") if status > 303 else ("GET", "")), facts


def test_status_codes():
    for status in (200, 204, 304, 400, 404, 418, 500):
        r = mrequests.get("%s/status/%d" % (HTTPBIN, status))
        assert r.status_code == status and r.ok is (status < 400)
        assert status == 418 or r.content == b""


def test_chunked_and_lines():
    lines = list(mrequests.get(HTTPBIN + "/stream/5").iter_lines())
    assert len(lines) == 5 and lines[4].startswith(b"{")


def test_bytes_in_every_way():
    url = HTTPBIN + "/bytes/5000?seed=1"
    whole = mrequests.get(url).content
    assert len(whole) == 5000
    file = BytesIO()
    assert mrequests.get(url).saveinto(file, bytearray(512)) == 5000 and file.getvalue() == whole
    url = HTTPBIN + "/stream-bytes/5000?seed=1&chunk_size=700"
    path = scratch("saved")
    assert mrequests.get(url).save(path) == 5000
    with open(path, "rb") as file:
        assert file.read() == whole


def test_slow_body():
    r = mrequests.get(HTTPBIN + "/drip?numbytes=5&duration=0.4", timeout=5)
    assert r.content == b"*****"


def test_headers():
    r = mrequests.get(HTTPBIN + "/response-headers?X-A=b&X-A=c", parse_headers=True)
    assert r.headers["x-a"] == "b, c" and r.headers["content-type"] == "application/json"


def test_cookies_in_and_out():
    r = mrequests.get(HTTPBIN + "/cookies/set?a=b", parse_headers=True, max_redirects=0)
    assert r.headers["set-cookie"].startswith("a=b")
    assert mrequests.get(HTTPBIN + "/cookies", headers={"Cookie": "a=b"}).json() == {"cookies": {"a": "b"}}


def test_compressed():
    for name, key in (("gzip", "gzipped"), ("deflate", "deflated")):
        r = mrequests.get(HTTPBIN + "/" + name, headers={"Accept-Encoding": name}, parse_headers=True)
        assert r.headers["content-encoding"] == name and r.json()[key] is True
    r = mrequests.get(HTTPBIN + "/gzip", decode=False)
    assert r.content[:2] == b"\x1f\x8b"
    r = mrequests.get(HTTPBIN + "/brotli")
    assert r.status_code == 200
    raises(ValueError, r.json)


def test_text_in_utf_8():
    assert "\u2200x\u2208\u211d" in mrequests.get(HTTPBIN + "/encoding/utf8").text


def test_over_tls():
    before = open_fds()
    facts = mrequests.post(HTTPBIN_TLS + "/post", json={"a": 1}, verify=CA_DER, timeout=5).json()
    assert facts["json"] == {"a": 1} and facts["url"].startswith("https://")
    assert len(mrequests.get(HTTPBIN_TLS + "/bytes/9000", verify=CA_DER, timeout=5).content) == 9000
    assert open_fds() == before
