"""The part of CPython's `selectors` that uhttp-client uses, for MicroPython, which has none."""

import select
from collections import namedtuple

EVENT_READ = select.POLLIN
EVENT_WRITE = select.POLLOUT

SelectorKey = namedtuple("SelectorKey", ("fileobj", "fd", "events", "data"))


class DefaultSelector:
    def __init__(self):
        self._poll = select.poll()
        self._keys = {}

    def register(self, fileobj, events, data=None):
        self._poll.register(fileobj, events)
        self._keys[id(fileobj)] = SelectorKey(fileobj, -1, events, data)

    def modify(self, fileobj, events, data=None):
        self.register(fileobj, events, data)

    def unregister(self, fileobj):
        self._poll.unregister(fileobj)
        return self._keys.pop(id(fileobj))

    def get_key(self, fileobj):
        return self._keys[id(fileobj)]

    def select(self, timeout=None):
        ready = self._poll.poll(-1 if timeout is None else int(timeout * 1000))
        # An error or a hang-up is reported as readiness, as CPython's selectors do.
        return [(self._keys[id(item[0])], item[1] if item[1] & 5 else 5) for item in ready]

    def close(self):
        self._keys = {}
