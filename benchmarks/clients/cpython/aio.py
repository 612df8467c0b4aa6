"""mrequests.aio: the core with the modules that it needs beside it."""

import asyncio

import aio


def kept(url, count):
    return asyncio.run(_kept(url, count))


async def _kept(url, count):
    async with aio.Session(timeout=10) as session:
        for _ in range(count):
            async with session.get(url) as r:
                answer = await r.json()
    return answer["id"]


def download(url, buf):
    return asyncio.run(_download(url, buf))


async def _download(url, buf):
    total = 0
    async with aio.Session(timeout=10) as session:
        async with session.get(url) as r:
            n = await r.readinto(buf)
            while n:
                total += n
                n = await r.readinto(buf)
    return total


def many(url, count):
    return asyncio.run(_many(url, count))


async def _many(url, count):
    async with aio.Session(timeout=10, limit=8) as session:

        async def one(_):
            async with session.get(url) as r:
                return (await r.json())["id"]

        return sum(await asyncio.gather(*map(one, range(count))))
