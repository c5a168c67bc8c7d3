"""The throwaway Redis can fail in the ways that a real one does."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as NoConnection

from tests.peers.redis import RedisServer

pytestmark = pytest.mark.redis


async def test_a_killed_redis_comes_back_empty_at_the_same_address(redis_server: RedisServer) -> None:
    async with Redis.from_url(redis_server.url) as client:
        await client.set("who", "Ana")
        redis_server.server.kill()
        with pytest.raises(NoConnection):
            await client.get("who")
        redis_server.server.start()
        assert await client.get("who") is None


async def test_a_paused_redis_answers_when_it_goes_on(redis_server: RedisServer) -> None:
    async with Redis.from_url(redis_server.url) as client:
        await client.ping()
        redis_server.server.pause()
        waiting = asyncio.ensure_future(client.ping())
        done, _ = await asyncio.wait({waiting}, timeout=0.2)
        assert not done
        redis_server.server.resume()
        assert await waiting
