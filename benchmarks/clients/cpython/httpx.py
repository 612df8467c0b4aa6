"""httpx, with one client (the module's functions make one, and a TLS context, for each call)."""

import httpx

_clients = {}


def _client(context=None):
    if context not in _clients:
        _clients[context] = httpx.Client(timeout=10, trust_env=False, verify=context or False)
    return _clients[context]


def get(url):
    return _client().get(url).json()


def secure(url, context):
    return _client(context).get(url).json()


def content(url):
    return len(_client().get(url).content)


def download(url, buf):
    total = 0
    with _client().stream("GET", url) as r:
        for block in r.iter_bytes(len(buf)):
            total += len(block)
    return total


def upload(url, path, size):
    with open(path, "rb") as f:
        return _client().post(url, content=f, headers={"Content-Length": str(size)}).status_code
