"""What the door `requests` does on CPython alone: proxies, the environment, threads, what is left open."""

import gc
import io
import os
import pickle
import select
import socket
import socketserver
import subprocess
import sys
import threading
import time
import warnings

import pytest
from support import script

from mrequests import requests
from mrequests.requests.adapters import HTTPAdapter, Retry

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
RECV, SEND = ("recv",), ("send", OK)


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    """Nothing of the environment of whoever runs the tests."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in ("NETRC", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


# --- Proxies ---


class Proxy(socketserver.ThreadingTCPServer):
    """Tunnels where it is asked to, and answers itself what it is asked for plainly."""

    daemon_threads = True
    refuse = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Hop)
        self.heads = []
        self.url = "http://127.0.0.1:%d" % self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Hop(socketserver.BaseRequestHandler):
    def handle(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            data = self.request.recv(1)
            if not data:
                return
            head += data
        self.server.heads.append(head)
        method, target = head.split(b" ")[:2]
        if self.server.refuse:
            self.request.sendall(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
        elif method == b"CONNECT":
            host, port = target.decode().rsplit(":", 1)
            with socket.create_connection((host, int(port))) as there:
                self.request.sendall(b"HTTP/1.1 200 Go\r\n\r\n")
                self.pump(there)
        else:
            self.request.sendall(OK)

    def pump(self, there):
        ends = {self.request: there, there: self.request}
        while True:
            for end in select.select(list(ends), [], [])[0]:
                data = end.recv(65536)
                if not data:
                    return
                ends[end].sendall(data)


@pytest.fixture
def proxy():
    with Proxy() as made:
        yield made
        made.shutdown()


def test_plain_request_by_a_proxy(proxy):
    r = requests.get("http://nowhere.invalid/path?q", proxies={"http": proxy.url}, timeout=5)
    assert r.text == "ok" and r.url == "http://nowhere.invalid/path?q"
    assert proxy.heads[0].startswith(
        b"GET http://nowhere.invalid/path?q HTTP/1.1\r\nHost: nowhere.invalid\r\n"
    )


def test_credentials_for_a_proxy(proxy):
    proxies = {"http": proxy.url.replace("//", "//user:pa%40ss@"), "https": proxy.url.replace("//", "//u:p@")}
    requests.get("http://nowhere.invalid/", proxies=proxies, timeout=5)
    assert b"\r\nProxy-Authorization: Basic dXNlcjpwYUBzcw==\r\n" in proxy.heads[0]
    url = os.environ["HTTPBIN_TLS_URL"] + "/headers"
    r = requests.get(url, proxies=proxies, verify=os.environ["TEST_CERTIFICATES"] + "/ca.pem", timeout=5)
    assert b"\r\nProxy-Authorization: Basic dTpw\r\n" in proxy.heads[1]
    assert "Proxy-Authorization" not in r.json()["headers"]


def test_tunnel(proxy):
    url, ca = os.environ["HTTPBIN_TLS_URL"], os.environ["TEST_CERTIFICATES"] + "/ca.pem"
    r = requests.get(url + "/get", proxies={"https": proxy.url}, verify=ca, timeout=5)
    assert r.status_code == 200
    assert proxy.heads[0].startswith(b"CONNECT %s HTTP/1.1\r\n" % url[8:].encode())
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(url + "/get", proxies={"https": proxy.url}, timeout=5)


def test_proxy_that_refuses(proxy):
    proxy.refuse = True
    with pytest.raises(requests.exceptions.ProxyError) as e:
        requests.get("https://nowhere.invalid/", proxies={"https": proxy.url}, timeout=5)
    assert "407" in str(e.value) and e.value.request.url == "https://nowhere.invalid/"
    with pytest.raises(requests.exceptions.ProxyError):
        requests.get("http://nowhere.invalid/", proxies={"http": "http://127.0.0.1:1"}, timeout=5)


def test_proxies_that_cannot_be():
    for url, kind in (
        ("socks5://127.0.0.1:1", requests.exceptions.InvalidSchema),
        ("http://127.0.0.1:x", requests.exceptions.InvalidProxyURL),
        ("https://127.0.0.1:1", requests.exceptions.InvalidProxyURL),
    ):
        with pytest.raises(kind):
            requests.get("https://nowhere.invalid/", proxies={"https": url}, timeout=5)


def test_proxy_of_the_environment(proxy, monkeypatch):
    monkeypatch.setenv("http_proxy", proxy.url)
    assert requests.get("http://nowhere.invalid/", timeout=5).text == "ok"
    monkeypatch.setenv("no_proxy", "other.example, .invalid")
    with pytest.raises(requests.ConnectionError):
        requests.get("http://nowhere.invalid/", timeout=5)
    monkeypatch.delenv("no_proxy")
    with requests.Session() as s:
        s.trust_env = False
        with pytest.raises(requests.ConnectionError):
            s.get("http://nowhere.invalid/", timeout=5)
    assert len(proxy.heads) == 1


def test_which_proxy_of_the_environment(monkeypatch):
    def found(proxies, **env):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy"):
            monkeypatch.delenv(name, False)
        for name in env:
            monkeypatch.setenv(name, env[name])
        with requests.Session() as s:
            proxies = s.merge_environment_settings("http://h/", proxies, None, None, None)["proxies"]
        return requests.utils.select_proxy("http://h/", proxies)

    assert found({}, HTTP_PROXY="http://up") == "http://up"
    assert found({}, http_proxy="http://low", HTTP_PROXY="http://up") == "http://low"
    # An empty one takes the other away.
    assert found({}, http_proxy="", HTTP_PROXY="http://up") is None
    assert found({}, http_proxy="", all_proxy="http://all") == "http://all"
    assert found({}, ALL_PROXY="http://all") == "http://all"
    assert found({"all": "http://mine"}, all_proxy="http://all") == "http://mine"
    assert found({"http": "http://mine"}, http_proxy="http://low", all_proxy="http://all") == "http://mine"
    assert found({}, http_proxy="http://low", no_proxy="x, h") is None


def test_proxy_is_not_taken_from_a_header_of_cgi(proxy, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("REQUEST_METHOD", "GET")
    with pytest.raises(requests.ConnectionError):
        requests.get("http://nowhere.invalid/", timeout=5)


# --- netrc ---


def test_netrc(monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login user password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    url = os.environ["HTTPBIN_URL"] + "/basic-auth/user/secret"
    assert requests.get(url, timeout=5).status_code == 200
    assert requests.get(url, auth=("user", "other"), timeout=5).status_code == 401
    with requests.Session() as s:
        s.trust_env = False
        assert s.get(url, timeout=5).status_code == 401
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    assert requests.get(url, timeout=5).status_code == 401


# --- Retries ---


def test_number_of_retries_counts_connections_only():
    with requests.Session() as s:
        s.mount("http://", HTTPAdapter(max_retries=2))
        with pytest.raises(requests.ConnectionError):
            s.get("http://127.0.0.1:1/", timeout=5)
        server = script([RECV, ("close",)], [RECV, SEND])
        with pytest.raises(requests.ConnectionError):
            s.get(server.url, timeout=5)
        assert len([data for data in server.requests() if data]) == 1


def test_retry_of_urllib3():
    urllib3 = pytest.importorskip("urllib3")
    busy = b"HTTP/1.1 502 X\r\nContent-Length: 0\r\n\r\n"
    server = script([RECV, ("send", busy), RECV, ("send", busy), RECV, SEND])
    with requests.Session() as s:
        s.mount("http://", HTTPAdapter(max_retries=urllib3.Retry(3, status_forcelist=[502])))
        assert s.get(server.url, timeout=5).text == "ok"


def test_retry_after_is_obeyed_within_the_deadline():
    busy = b"HTTP/1.1 503 X\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
    server = script([RECV, ("send", busy), RECV, SEND])
    with requests.Session() as s:
        s.mount("http://", HTTPAdapter(max_retries=Retry(2)))
        start = time.monotonic()
        assert s.get(server.url, timeout=5).text == "ok"
        assert time.monotonic() - start >= 0.9
        server = script([RECV, ("send", busy.replace(b"1\r\nC", b"60\r\nC"))])
        start = time.monotonic()
        with pytest.raises(requests.exceptions.RetryError):
            s.get(server.url, deadline=2)
        assert time.monotonic() - start < 2


def test_retry_after_that_makes_no_sense_is_ignored():
    answers = (b"\xb2", b"-1", b"1.5", b"Mon", b"0, 0", b"Wed, 21 Oct 99999 07:28:00 GMT")
    for value in answers:
        busy = b"HTTP/1.1 503 X\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n" % value
        server = script([RECV, ("send", busy), RECV, SEND])
        with requests.Session() as s:
            s.mount("http://", HTTPAdapter(max_retries=Retry(3)))
            assert s.get(server.url, timeout=5).text == "ok", value
        server.requests()
    busy = busy.replace(value, b"9" * 30)
    server = script([RECV, ("send", busy), RECV, SEND])
    with requests.Session() as s, pytest.raises(requests.exceptions.RetryError):
        s.mount("http://", HTTPAdapter(max_retries=Retry(3)))
        s.get(server.url, timeout=5, deadline=5)
    server.requests()


def test_body_that_cannot_be_sent_again_is_not_tried_again():
    def pipe():
        out, into = os.pipe()
        os.write(into, b"abcd")
        os.close(into)
        return os.fdopen(out, "rb")

    busy = b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n"
    for body in (lambda: iter([b"abcd"]), pipe):
        server = script([RECV, ("send", busy)])
        with requests.Session() as s:
            s.mount("http://", HTTPAdapter(max_retries=Retry(3, status_forcelist=(503,))))
            data = body()
            assert s.put(server.url, data=data, timeout=5).status_code == 503
            if hasattr(data, "close"):
                data.close()
        assert len(server.requests()) == 1
    server = script([RECV, ("send", busy), RECV, SEND])
    with requests.Session() as s:
        s.mount("http://", HTTPAdapter(max_retries=Retry(3, status_forcelist=(503,))))
        file = io.BytesIO(b"xxabcd")
        file.seek(2)
        assert s.put(server.url, data=file, timeout=5).text == "ok"
    assert server.requests()[0].count(b"\r\n\r\nabcd") == 2
    # What could not connect has read nothing of it.
    with requests.Session() as s:
        s.mount("http://", HTTPAdapter(max_retries=1))
        with pytest.raises(requests.ConnectionError), pipe() as data:
            s.put("http://127.0.0.1:1/", data=data, timeout=5)


def test_post_is_tried_again_only_where_that_is_allowed():
    busy = b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n"
    with requests.Session() as s:
        s.mount("http://", HTTPAdapter(max_retries=Retry(2, status_forcelist=[503])))
        server = script([RECV, ("send", busy)])
        assert s.post(server.url, data=b"x", timeout=5).status_code == 503
        s.mount(
            "http://", HTTPAdapter(max_retries=Retry(2, status_forcelist=[503], allowed_methods=["POST"]))
        )
        server = script([RECV, ("send", busy), RECV, SEND])
        assert s.post(server.url, data=io.BytesIO(b"body"), timeout=5).text == "ok"
        assert server.requests()[0].count(b"\r\n\r\nbody") == 2


def test_post_that_was_sent_in_part_is_not_tried_again():
    for first in ([("recv_head",), ("reset",)], [("recv_bytes", 10), ("reset",)]):
        server = script(first, [RECV, SEND])
        with requests.Session() as s:
            s.mount("http://", HTTPAdapter(max_retries=Retry(3)))
            with pytest.raises(requests.ConnectionError) as e:
                s.post(server.url, data=bytes(1 << 22), timeout=5)
            assert e.value.phase in ("send", "head")
        assert len(server.requests()) == 1


# --- Errors ---


def test_errors_carry_the_request():
    for call in (
        lambda: requests.get("http://127.0.0.1:1/x"),
        lambda: requests.get(os.environ["HTTPBIN_URL"] + "/delay/2", timeout=0.1),
        lambda: requests.get(os.environ["HTTPBIN_TLS_URL"] + "/get", timeout=5),
    ):
        with pytest.raises(requests.RequestException) as e:
            call()
        assert e.value.request.method == "GET" and e.value.response is None


def test_time_out_for_connecting():
    # A listener whose backlog is full accepts nothing.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        held = [socket.socket() for _ in range(4)]
        for one in held:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        with pytest.raises(requests.ConnectTimeout) as e:
            requests.get("http://127.0.0.1:%d/" % port, timeout=(0.3, 5))
        assert isinstance(e.value, requests.ConnectionError) and e.value.phase is None
        for one in held:
            one.close()


def test_time_out_of_a_handshake_is_one_of_reading():
    # As in psf/requests.
    server = script(("hold", 2000))
    with pytest.raises(requests.ReadTimeout):
        requests.get(server.url.replace("http", "https"), timeout=0.3)


def test_certificates_of_the_environment_hold_behind_a_redirect(monkeypatch):
    target = script([RECV, SEND], tls=True)
    answer = b"HTTP/1.1 302 X\r\nLocation: %s/\r\nContent-Length: 0\r\n\r\n" % target.url.encode()
    server = script([RECV, ("send", answer)])
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", os.environ["TEST_CERTIFICATES"] + "/ca.pem")
    assert requests.get(server.url, timeout=5).text == "ok"
    server.requests()


# --- Connections ---


def test_connections_to_tls_are_kept_apart_by_what_they_trust():
    answer = [RECV, SEND, RECV, SEND]
    server = script(answer, answer, tls=True)
    ca = os.environ["TEST_CERTIFICATES"] + "/ca.pem"
    with requests.Session() as s:
        assert s.get(server.url, verify=False, timeout=5).text == "ok"
        assert s.get(server.url, verify=ca, timeout=5).text == "ok"
        assert s.get(server.url, verify=False, timeout=5).text == "ok"
        assert s.get(server.url, verify=ca, timeout=5).text == "ok"
    assert [data.count(b"GET") for data in server.requests()] == [2, 2]


def test_session_with_idle_connections_can_be_pickled():
    server = script([RECV, SEND, ("hold", 1000)], [RECV, SEND])
    with requests.Session() as s:
        s.mount("http://127", HTTPAdapter(max_retries=2))
        s.get(server.url, timeout=5)
        with pickle.loads(pickle.dumps(s)) as other:
            assert other.get(server.url, timeout=5).text == "ok"
            assert other.get_adapter(server.url).max_retries == 2


def test_threads_share_a_session():
    url, seen = os.environ["HTTPBIN_URL"] + "/get?n=", []

    def work(n):
        for _ in range(5):
            seen.append((n, s.get(url + str(n), timeout=10).json()["args"]["n"]))

    with requests.Session() as s:
        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert len(seen) == 40 and all(str(n) == got for n, got in seen)


def test_nothing_is_left_open():
    script_of = [RECV, ("send", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            requests.get(os.environ["HTTPBIN_URL"] + "/redirect/1", timeout=5)
            server = script(script_of)
            with pytest.raises(requests.RequestException):
                requests.get(server.url, timeout=5)
            requests.Session().get(script([RECV, SEND, ("hold", 500)]).url, timeout=5)
        gc.collect()
        time.sleep(0.1)
        before = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0
        for _ in range(5):
            requests.get(os.environ["HTTPBIN_URL"] + "/redirect/1", timeout=5)
            requests.Session().get(script([RECV, SEND, ("hold", 500)]).url, timeout=5)
        gc.collect()
        if before:
            assert len(os.listdir("/proc/self/fd")) <= before + 1


def test_import_loads_little():
    program = "import sys; from mrequests import requests; print(*sorted(sys.modules))"
    loaded = subprocess.check_output([sys.executable, "-c", program], text=True, cwd=os.getcwd()).split()
    heavy = {"http.client", "http.cookiejar", "urllib.request", "email", "datetime", "hashlib", "netrc"}
    assert heavy & set(loaded) == set()


def test_names_of_cookies_work_with_http_cookiejar(tmp_path):
    from http.cookiejar import LWPCookieJar

    with requests.Session() as s:
        s.cookies = LWPCookieJar(str(tmp_path / "jar"))
        s.get(os.environ["HTTPBIN_URL"] + "/cookies/set?a=b", timeout=5)
        assert [cookie.name for cookie in s.cookies] == ["a"]
        s.cookies.save(ignore_discard=True)
        other = LWPCookieJar(str(tmp_path / "jar"))
        other.load(ignore_discard=True)
    r = requests.get(os.environ["HTTPBIN_URL"] + "/cookies", cookies=other, timeout=5)
    assert r.json()["cookies"] == {"a": "b"}


def test_what_comes_behind_a_response_is_not_the_next_one():
    # In one record of TLS, too, where it is decrypted with the end of the body and poll() sees nothing.
    more = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    for size in (2, 5000, 100000):
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size + more
        server = script([RECV, ("send", answer), RECV, SEND], [RECV, SEND], tls=True)
        with requests.Session() as s:
            s.verify = False
            assert s.get(server.url, timeout=5).content == b"x" * size
            assert s.get(server.url, timeout=5).text == "ok"
        assert len(server.requests()) == 2
