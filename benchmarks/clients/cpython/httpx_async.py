"""httpx, with one asynchronous client."""

import asyncio

import httpx


def _client(limit=100):
    limits = httpx.Limits(max_connections=limit, max_keepalive_connections=limit)
    return httpx.AsyncClient(timeout=10, trust_env=False, verify=False, limits=limits)


def kept(url, count):
    return asyncio.run(_kept(url, count))


async def _kept(url, count):
    async with _client() as client:
        for _ in range(count):
            answer = (await client.get(url)).json()
    return answer["id"]


def download(url, buf):
    return asyncio.run(_download(url, buf))


async def _download(url, buf):
    total = 0
    async with _client() as client:
        async with client.stream("GET", url) as r:
            async for block in r.aiter_bytes(len(buf)):
                total += len(block)
    return total


def many(url, count):
    return asyncio.run(_many(url, count))


async def _many(url, count):
    async with _client(8) as client:

        async def one(_):
            return (await client.get(url)).json()["id"]

        return sum(await asyncio.gather(*map(one, range(count))))
