"""urllib3, with one pool manager."""

import urllib3

_pool = urllib3.PoolManager(timeout=10, retries=False)


def get(url):
    return _pool.request("GET", url).json()


def secure(url, context):
    _pool.connection_pool_kw["ssl_context"] = context
    return _pool.request("GET", url).json()


def content(url):
    return len(_pool.request("GET", url).data)


def download(url, buf):
    r = _pool.request("GET", url, preload_content=False)
    total = 0
    for block in r.stream(len(buf)):
        total += len(block)
    r.release_conn()
    return total


def upload(url, path, size):
    with open(path, "rb") as f:
        return _pool.request("POST", url, body=f, headers={"Content-Length": str(size)}).status
