"""mrequests: the core copied alone."""

import mrequests


def get(url):
    with mrequests.get(url, timeout=10) as r:
        return r.json()


def secure(url, context):
    with mrequests.get(url, timeout=10, ssl_context=context) as r:
        return r.json()


def content(url):
    with mrequests.get(url, timeout=10) as r:
        return len(r.content)


def download(url, buf):
    total = 0
    with mrequests.get(url, timeout=10) as r:
        while n := r.readinto(buf):
            total += n
    return total


def upload(url, path, size):
    with open(path, "rb") as f, mrequests.post(url, data=f, timeout=10) as r:
        return r.status_code
