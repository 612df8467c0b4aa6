"""Microdot, as boards run it: its streams end with their connection, and say no length.

python microdot_server.py     prints {"url": ...}, serves until standard input ends
"""

import asyncio
import threading

import launch
from microdot import Microdot, Response
from microdot.sse import with_sse

app = Microdot()


@app.get("/lines")
async def lines(request):
    """Ten lines, one after the other."""

    async def stream():
        for number in range(10):
            yield "line %d\r\n" % number
            await asyncio.sleep(0.01)

    return stream(), 200, {"Content-Type": "text/plain"}


@app.get("/file")
async def file(request):
    """A body with its length."""
    return Response(b"0123456789" * 1000, headers={"Content-Type": "application/octet-stream"})


@app.route("/events", methods=["GET", "POST"])
@with_sse
async def events(request, sse):
    """Three events."""
    for number in range(3):
        await sse.send({"number": number}, event="count", event_id=str(number))


def main():
    """Serve until standard input ends."""
    found = threading.Event()

    async def serve():
        task = asyncio.create_task(app.start_server("127.0.0.1", 0))
        while not app.server or not app.server.sockets:
            await asyncio.sleep(0.01)
        main.port = app.server.sockets[0].getsockname()[1]
        found.set()
        await task

    threading.Thread(target=asyncio.run, args=(serve(),), daemon=True).start()
    found.wait()
    launch.serve_until_told({"url": "http://127.0.0.1:%d" % main.port})


if __name__ == "__main__":
    main()
