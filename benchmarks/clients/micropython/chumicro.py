"""chumicro-requests, driven in a loop that sleeps in poll() as its runner does."""

import select

import chumicro_requests.client
from chumicro_sockets import sockets_factory
from chumicro_timing import ticks_ms


def _client(context=None, **kw):
    return chumicro_requests.client.HttpClient(
        transport_factory=sockets_factory.connector_factory(ssl_context=context), **kw
    )


def _wait(client):
    raw = client.io_socket
    want = client.io_interest(0)
    if raw is not None and want:
        poller = select.poll()
        poller.register(getattr(raw, "sock", raw), select.POLLIN if want == 1 else select.POLLOUT)
        poller.poll(1000)


def _finish(client, handle):
    client.handle(ticks_ms())
    while not handle.done:
        _wait(client)
        client.handle(ticks_ms())
    return handle.result


def get(url):
    client = _client()
    return _finish(client, client.get(url)).json()


def secure(url, context):
    client = _client(context)
    return _finish(client, client.get(url)).json()


def post(url):
    client = _client()
    return _finish(client, client.post(url, body=b'{"a": 1}')).json()


def content(url):
    client = _client(max_body_bytes=1 << 20)
    return len(_finish(client, client.get(url)).body)


def download(url, buf):
    client = _client(default_timeout_ms=10000000, stream_buffer_size=len(buf), recv_budget_per_tick=len(buf))
    handle = client.get(url, stream=True)
    total = 0
    while True:
        client.handle(ticks_ms())
        n = handle.read_body_into(buf)
        if n:
            total += n
        elif handle.done:
            if handle.error:
                raise handle.error
            return total
        else:
            _wait(client)


def upload(url, path, size):
    # It takes no file: the body has to be read first.
    client = _client(default_timeout_ms=100000)
    with open(path, "rb") as f:
        body = f.read()
    return _finish(client, client.post(url, body=body)).status_code


def kept(url, count):
    # It has one request to a connection.
    client = _client()
    for _ in range(count):
        answer = _finish(client, client.get(url)).json()
    return answer["id"]
