"""The standard library's http.client."""

import http.client
import json
from urllib.parse import urlsplit


def _ask(url, method="GET", body=None, headers=None, context=None):
    parts = urlsplit(url)
    if context:
        c = http.client.HTTPSConnection(parts.netloc, timeout=10, context=context)
    else:
        c = http.client.HTTPConnection(parts.netloc, timeout=10)
    c.request(method, parts.path, body, headers or {})
    return c.getresponse()


def get(url):
    with _ask(url) as r:
        return json.loads(r.read())


def secure(url, context):
    with _ask(url, context=context) as r:
        return json.loads(r.read())


def content(url):
    with _ask(url) as r:
        return len(r.read())


def download(url, buf):
    total = 0
    with _ask(url) as r:
        while n := r.readinto(buf):
            total += n
    return total


def upload(url, path, size):
    with open(path, "rb") as f, _ask(url, "POST", f, {"Content-Length": str(size)}) as r:
        return r.status
