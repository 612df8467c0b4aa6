"""mrequests: the core copied alone."""

import mrequests


def get(url):
    r = mrequests.get(url, timeout=10)
    answer = r.json()
    r.close()
    return answer


def secure(url, context):
    r = mrequests.get(url, timeout=10, ssl_context=context)
    answer = r.json()
    r.close()
    return answer


def post(url):
    r = mrequests.post(url, data=b'{"a": 1}', timeout=10)
    answer = r.json()
    r.close()
    return answer


def content(url):
    r = mrequests.get(url, timeout=10)
    n = len(r.content)
    r.close()
    return n


def download(url, buf):
    r = mrequests.get(url, timeout=10)
    total = 0
    while True:
        n = r.readinto(buf)
        if not n:
            break
        total += n
    r.close()
    return total


def fetch(url, path, buf):
    from download import download

    if path == "/dev/null":
        path = open(path, "wb")
    return download(url, path, buf=buf, timeout=10)


def upload(url, path, size):
    with open(path, "rb") as f:
        r = mrequests.post(url, data=f, timeout=10)
    status = r.status_code
    r.close()
    return status


def multipart(url, path):
    with open(path, "rb") as f:
        r = mrequests.post(url, files={"file": ("a.bin", f)}, timeout=10)
    status = r.status_code
    r.close()
    return status


def locked(url, buf):
    import micropython

    r = mrequests.get(url, timeout=10)
    micropython.heap_lock()
    try:
        total = 0
        while True:
            n = r.readinto(buf)
            if not n:
                break
            total += n
    finally:
        micropython.heap_unlock()
    r.close()
    return total
