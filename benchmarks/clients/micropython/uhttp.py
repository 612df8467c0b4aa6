"""uhttp-client, with shims/ for the modules that MicroPython lacks."""

import uhttp.client


def _split(url):
    scheme, _, netloc, path = url.split("/", 3)
    return scheme + "//" + netloc, "/" + path


def _finish(client):
    answer = client.wait()
    client.close()
    return answer


def get(url):
    base, path = _split(url)
    return _finish(uhttp.client.HttpClient(base).get(path)).json()


def secure(url, context):
    base, path = _split(url)
    return _finish(uhttp.client.HttpClient(base, ssl_context=context).get(path)).json()


def post(url):
    base, path = _split(url)
    return _finish(uhttp.client.HttpClient(base).post(path, data=b'{"a": 1}')).json()


def content(url):
    base, path = _split(url)
    return len(_finish(uhttp.client.HttpClient(base).get(path)).data)


def download(url, buf):
    # Bodies larger than memory come piece by piece in its event mode.
    base, path = _split(url)
    client = uhttp.client.HttpClient(base, event_mode=True, timeout=600, max_response_length=1 << 31)
    client.get(path)
    total = 0
    while True:
        event = client.wait()
        if event == uhttp.client.EVENT_HEADERS:
            client.accept_body_streaming()
        elif event == uhttp.client.EVENT_ERROR:
            raise OSError(client.error)
        data = client.read_buffer()
        if data:
            total += len(data)
        if event in (uhttp.client.EVENT_COMPLETE, uhttp.client.EVENT_RESPONSE):
            client.close()
            return total


def upload(url, path, size):
    # It takes no file: the body has to be read first.
    base, target = _split(url)
    with open(path, "rb") as f:
        return _finish(uhttp.client.HttpClient(base).post(target, data=f.read())).status


def kept(url, count):
    base, path = _split(url)
    client = uhttp.client.HttpClient(base)
    for _ in range(count):
        client.get(path)
        answer = client.wait().json()
    client.close()
    return answer["id"]
