"""requests, with one session (the module's functions make one, and read the CA bundle, for each call)."""

import requests

_session = requests.Session()
_session.trust_env = False


def get(url):
    return _session.get(url, timeout=10).json()


def secure(url, context):
    return _session.get(url, timeout=10, verify=context.cafile).json()


def content(url):
    return len(_session.get(url, timeout=10).content)


def download(url, buf):
    total = 0
    with _session.get(url, timeout=10, stream=True) as r:
        for block in r.iter_content(len(buf)):
            total += len(block)
    return total


def upload(url, path, size):
    with open(path, "rb") as f:
        return _session.post(url, data=f, timeout=10).status_code
