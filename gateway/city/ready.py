"""Whoever plays the city's people waits until the city is there."""

import asyncio
from contextlib import suppress

import aiohttp

from config.settings import Settings

_LOADING = 30.0
_STARTING = 8.0
"""Seconds until a server that was just started listens."""


async def until_ready(settings: Settings) -> None:
    """A city that is still being loaded has neither staff nor inboxes; where nobody answers, the doors will tell."""
    web = (settings.public_url or f"http://{settings.http}").rstrip("/")
    answers, loop = False, asyncio.get_running_loop()
    begun = loop.time()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_LOADING)) as session:
        while loop.time() - begun < (_LOADING if answers else _STARTING):
            with suppress(aiohttp.ClientError, TimeoutError):
                async with session.get(f"{web}/readyz") as said:
                    answers = True
                    if said.status == 200:
                        return
            await asyncio.sleep(0.5)
