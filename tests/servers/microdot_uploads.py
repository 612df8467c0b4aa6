"""microdot on loopback: a server for boards takes uploads. Prints {"http": url}, serves until its input ends.

POST /form     as JSON a list with [name, value] of each field and [name, file name, type, size, SHA-256]
               of each file
PUT /raw       as JSON [size, SHA-256] of the body
POST /small    400, or 413 for what is larger than 1000 bytes, which it does not read
"""

import asyncio
import hashlib
import threading
import time

import launch
from microdot import Microdot, Request
from microdot.multipart import FileUpload, FormDataIter

app = Microdot()
Request.max_content_length = 1 << 30


class Whole:
    """The body of a request. microdot's parser takes a short read for the end of what there is."""

    def __init__(self, request):
        self.stream, self.left = request.stream, request.content_length

    async def read(self, n):
        data = await self.stream.readexactly(min(n, self.left))
        self.left -= len(data)
        return data


@app.post("/form")
async def form(request):
    parts = []
    request._stream = Whole(request)
    async for name, value in FormDataIter(request):
        if isinstance(value, FileUpload):
            parts.append([name, value.filename, value.content_type, *await digest(value.read)])
        else:
            parts.append([name, value])
    return parts


@app.put("/raw")
async def raw(request):
    return await digest(Whole(request).read)


@app.post("/small")
async def small(request):
    return "too large", 413 if request.content_length > 1000 else 400, {"Connection": "close"}


async def digest(read):
    size, sha256 = 0, hashlib.sha256()
    while data := await read(FormDataIter.buffer_size):
        size += len(data)
        sha256.update(data)
    return [size, sha256.hexdigest()]


def main():
    def run():
        asyncio.run(app.start_server("127.0.0.1", 0))

    threading.Thread(target=run, daemon=True).start()
    while not getattr(app, "server", None) or not app.server.sockets:
        time.sleep(0.01)
    launch.serve_until_told({"http": "http://127.0.0.1:%d" % app.server.sockets[0].getsockname()[1]})


if __name__ == "__main__":
    main()
