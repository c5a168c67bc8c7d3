"""Programs that hand in contacts over HTTP and write down what was answered, as `pushing` does for mail."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

import aiohttp

Said = tuple[int, str]
"""Status and content type."""


@dataclass
class Asker:
    """`clients` programs that send contacts `h-<client>-<n>`, each with its key until it is taken."""

    url: str
    clients: int = 3
    acknowledged: set[str] = field(default_factory=set)
    refused: Counter[Said] = field(default_factory=Counter)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Until `stop`; then every contact that was begun has been taken."""
        async with aiohttp.ClientSession() as http:
            await asyncio.gather(*(self._client(http, number) for number in range(self.clients)))

    def stop(self) -> None:
        """No new contacts; what was begun is finished."""
        self._stop.set()

    async def _client(self, http: aiohttp.ClientSession, number: int) -> None:
        sent = 0
        while not self._stop.is_set():
            name = f"h-{number}-{sent}"
            sent += 1
            while not await self._taken(http, name):
                await asyncio.sleep(0.05)
            self.acknowledged.add(name)

    async def _taken(self, http: aiohttp.ClientSession, name: str) -> bool:
        body = {"service": "general", "name": name, "email": f"{name}@asker.example", "text": name}
        key = {"Idempotency-Key": f"{name}-of-this-test"}
        async with http.post(f"{self.url}/api/v1/contacts", json=body, headers=key) as answer:
            await answer.read()
            if answer.status == 202:
                return True
            self.refused[answer.status, answer.content_type] += 1
            return False
