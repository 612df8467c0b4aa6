"""The asynchronous client with the interface of the blocking one, for the tests of that one."""

import asyncio
import gc
import sys

import reading
from loop import run
from run_micropython import show
from support import MICROPYTHON, Skip, open_fds

import mrequests
from mrequests import aio

WAYS = tuple([way for way in reading.WAYS if not way.__name__.startswith("raw")])
made = []
pausing = False  # whether connections in memory have nothing to give before each piece


class Pausing(aio.Connection):
    """For a connection in memory: as if it could be polled."""

    def _adopt(self, sock):
        super()._adopt(sock)
        self._raw.pausing = True
        self.poll = self

    async def sleep(self, flag, left):
        """Take no notice of time."""
        await asyncio.sleep(0)
        self.ticks = aio.core.ticks_ms()


class Held:
    """A response whose methods return when they are done."""

    def __init__(self, response):
        self.held = response

    def __getattr__(self, name):
        return getattr(self.held, name)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        run(self.held.__aexit__(*args))

    @property
    def encoding(self):
        return self.held.encoding

    @encoding.setter
    def encoding(self, value):
        self.held.encoding = value

    content = property(lambda self: run(self.held.content()))
    text = property(lambda self: run(self.held.text()))

    def json(self):
        return run(self.held.json())

    def readinto(self, *args):
        return run(self.held.readinto(*args))

    def read(self, size=4096):
        return run(self.held.read(size))

    def save(self, *args, **kw):
        return run(self.held.save(*args, **kw))

    def saveinto(self, *args, **kw):
        return run(self.held.saveinto(*args, **kw))

    def iter_content(self, *args):
        return each(self.held.iter_content(*args))

    def iter_lines(self, *args, **kw):
        return each(self.held.iter_lines(*args, **kw))


def each(items):
    """A generator of what an asynchronous iterator gives."""
    while True:
        try:
            yield run(items.__anext__())
        except StopAsyncIteration:
            return


def request(method, url, *args, **kw):
    """As mrequests.request()."""
    if pausing:
        kw["connection"] = Pausing

    async def exchange():
        return await aio.request(method, url, *args, **kw)

    made.append(Held(run(exchange())))
    return made[-1]


def head(url, **kw):
    return request("HEAD", url, **kw)


def get(url, **kw):
    return request("GET", url, **kw)


def post(url, **kw):
    return request("POST", url, **kw)


def put(url, **kw):
    return request("PUT", url, **kw)


def patch(url, **kw):
    return request("PATCH", url, **kw)


def delete(url, **kw):
    return request("DELETE", url, **kw)


def options(url, **kw):
    return request("OPTIONS", url, **kw)


RequestContext = mrequests.RequestContext


def settled_fds():
    """As open_fds(). An exception that leaves a loop of CPython holds itself, and its sockets with it."""
    if not MICROPYTHON:
        gc.collect()
    return open_fds()


def through(module, left_out=(), only=None, pauses=False):
    """Run the tests of a module of the blocking client, but for those named in left_out."""
    import aio_door

    global pausing
    tests = __import__(module)
    skip = set(left_out) | set(getattr(tests, "CPYTHON_ONLY" if MICROPYTHON else "MICROPYTHON_ONLY", ()))
    names = [name for name in dir(tests) if name.startswith("test_") and name not in skip]
    assert set(left_out) <= set(dir(tests)), "left_out names what is no test"
    assert names
    users = [one for one in (tests, reading, sys.modules.get("encoded")) if hasattr(one, "mrequests")]
    pausing = pauses
    for one in users:
        one.mrequests = aio_door
    tests.WAYS = WAYS
    if hasattr(tests, "open_fds"):
        tests.open_fds = settled_fds
    failed = []
    getattr(gc, "freeze", int)()  # CPython need not look through what was there before each time
    try:
        for name in only or names:
            while made:  # tests leave responses to the garbage collection, which takes its time here
                made.pop().held.close()
            gc.collect()
            try:
                getattr(tests, name)()
            except Skip as reason:
                print(name, "left out:", reason)
            except Exception as error:
                show(error)
                failed.append(name)
    finally:
        getattr(gc, "unfreeze", int)()
        pausing = False
        for one in users:
            one.mrequests = mrequests
        tests.WAYS = reading.WAYS
        if hasattr(tests, "open_fds"):
            tests.open_fds = open_fds
    assert not failed, failed
