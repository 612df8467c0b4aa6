"""micropython-lib's requests."""

import requests


def get(url):
    r = requests.get(url, timeout=10)
    answer = r.json()
    r.close()
    return answer


def secure(url, context):
    # It makes a context for each request and takes none.
    return get(url)


def post(url):
    r = requests.post(url, data=b'{"a": 1}', timeout=10)
    answer = r.json()
    r.close()
    return answer


def content(url):
    r = requests.get(url, timeout=10)
    n = len(r.content)
    r.close()
    return n


def download(url, buf):
    r = requests.get(url, timeout=10)
    total = 0
    while True:
        n = r.raw.readinto(buf)
        if not n:
            break
        total += n
    r.close()
    return total


def _blocks(path):
    # The package sends an iterator in chunks, and copies nothing: this is its way for a file.
    buf = bytearray(1024)
    view = memoryview(buf)
    with open(path, "rb") as f:
        while True:
            n = f.readinto(buf)
            if not n:
                break
            yield buf if n == len(buf) else view[:n]


def upload(url, path, size):
    r = requests.post(url, data=_blocks(path), timeout=10)
    status = r.status_code
    r.close()
    return status


def locked(url, buf):
    import micropython

    r = requests.get(url, timeout=10)
    micropython.heap_lock()
    try:
        total = 0
        while True:
            n = r.raw.readinto(buf)
            if not n:
                break
            total += n
    finally:
        micropython.heap_unlock()
    r.close()
    return total
