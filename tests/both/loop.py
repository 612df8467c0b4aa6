"""Runs coroutines for tests."""

import asyncio

from support import MICROPYTHON

if MICROPYTHON:
    run = asyncio.run
else:
    _loop = asyncio.new_event_loop()

    def run(coroutine):
        """Run to the end, in a loop that is always the same: so its descriptors are no leak."""
        return _loop.run_until_complete(coroutine)
