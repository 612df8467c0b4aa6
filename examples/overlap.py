"""Two pages one after the other, then both at once: overlap.py [BASE_URL]

The server takes 350 ms for a page. While one task waits for it, the others run.
"""

import asyncio
import sys

from mrequests import aio

try:
    from time import ticks_diff, ticks_ms
except ImportError:  # CPython
    from time import monotonic

    def ticks_ms():
        return int(monotonic() * 1000)

    def ticks_diff(end, begin):
        return end - begin


async def page(url):
    async with await aio.get(url, timeout=10) as r:
        r.raise_for_status()
        return await r.text()


async def measured(what, coroutine):
    begin = ticks_ms()
    await coroutine
    took = ticks_diff(ticks_ms(), begin)
    print("%s: %d ms" % (what, took))
    return took


async def in_turn(url, count):
    for _ in range(count):
        await page(url)


async def at_once(url, count):
    await asyncio.gather(*[page(url) for _ in range(count)])


async def main(base="http://httpbin.org"):
    url = base + "/delay/0.35"
    one = await measured("one page", page(url))
    await measured("two, one after the other", in_turn(url, 2))
    two = await measured("two at once", at_once(url, 2))
    print("two at once take %.2f times as long as one" % (two / one))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:2]))
