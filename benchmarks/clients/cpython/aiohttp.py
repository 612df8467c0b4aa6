"""aiohttp, with one session."""

import asyncio

import aiohttp


def _session(limit=100):
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=limit), timeout=aiohttp.ClientTimeout(total=60, sock_read=10)
    )


def kept(url, count):
    return asyncio.run(_kept(url, count))


async def _kept(url, count):
    async with _session() as session:
        for _ in range(count):
            async with session.get(url) as r:
                answer = await r.json()
    return answer["id"]


def download(url, buf):
    return asyncio.run(_download(url, buf))


async def _download(url, buf):
    total = 0
    async with _session() as session:
        async with session.get(url) as r:
            async for block in r.content.iter_chunked(len(buf)):
                total += len(block)
    return total


def many(url, count):
    return asyncio.run(_many(url, count))


async def _many(url, count):
    async with _session(8) as session:

        async def one(_):
            async with session.get(url) as r:
                return (await r.json())["id"]

        return sum(await asyncio.gather(*map(one, range(count))))
