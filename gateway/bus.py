"""The bus: wake-ups and passing signals between the parts of a house, in one process or many.

Never the record: whatever is lost here is found again in the database within a second.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Protocol

import structlog

log = structlog.get_logger()

FRESH = "fresh"
"""Something was committed: whoever numbers events has work."""

NUMBERED = "numbered"
"""Events have positions: whoever reads the stream has work."""

SIGNAL = "signal"
"""A passing sign: typing, viewing, presence."""

VISIT = "visit"
"""A passing sign of a visitor: here, writing, gone."""

ALERTS = "alerts"
"""What asks for a supervisor now, all of it."""

Listen = Callable[[str, dict[str, Any]], None]


class Bus(Protocol):
    """Tells every process; nobody waits for anybody."""

    def tell(self, topic: str, payload: dict[str, Any] | None = None) -> None:
        """Say it and go on."""
        ...

    def listen(self, heard: Listen) -> None:
        """Hear everything told from now on, in this process or another."""
        ...

    async def close(self) -> None:
        """Stop."""
        ...


class LocalBus:
    """Everything in one process."""

    def __init__(self) -> None:
        self._listeners: list[Listen] = []

    def tell(self, topic: str, payload: dict[str, Any] | None = None) -> None:
        """Call every listener now; they must be quick."""
        for heard in self._listeners:
            heard(topic, payload or {})

    def listen(self, heard: Listen) -> None:
        """Add a listener."""
        self._listeners.append(heard)

    async def close(self) -> None:
        """Nothing to let go of."""


class RedisBus:
    """Between processes by Redis publish/subscribe; in this one at once, with Redis or without."""

    def __init__(self, url: str, *, name: str) -> None:
        from redis.asyncio import Redis  # fourteen megabytes that one process alone does without
        from redis.exceptions import RedisError

        self._away = (RedisError, OSError, TimeoutError)
        self._redis = Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5, health_check_interval=15)
        self._name = name
        self._local = LocalBus()
        self._outbox: asyncio.Queue[str] = asyncio.Queue(10_000)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to talk to Redis; it may be away, now or later."""
        self._tasks = [asyncio.create_task(self._publish()), asyncio.create_task(self._subscribe())]

    def tell(self, topic: str, payload: dict[str, Any] | None = None) -> None:
        """Tell this process now and the others as soon as Redis takes it; dropped when it is long away."""
        self._local.tell(topic, payload)
        if not self._outbox.full():
            self._outbox.put_nowait(json.dumps({"from": self._name, "topic": topic, "payload": payload or {}}))

    def listen(self, heard: Listen) -> None:
        """Add a listener."""
        self._local.listen(heard)

    async def close(self) -> None:
        """Stop talking to Redis."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._redis.aclose()

    async def _publish(self) -> None:
        while True:
            text = await self._outbox.get()
            try:
                await self._redis.publish("onestop", text)
            except self._away:
                await asyncio.sleep(0.5)  # it was only a wake-up; the database still has everything

    async def _subscribe(self) -> None:
        while True:
            try:
                await self._hear_for_ever()
            except self._away as why:
                log.warning("redis away", why=type(why).__name__)
                await asyncio.sleep(1)

    async def _hear_for_ever(self) -> None:
        async with self._redis.pubsub() as subscription:
            await subscription.subscribe("onestop")
            self._local.tell(FRESH)
            self._local.tell(NUMBERED)
            while True:
                told = await subscription.get_message(ignore_subscribe_messages=True, timeout=10)
                if told is not None:
                    self._pass_on(json.loads(told["data"]))

    def _pass_on(self, told: dict[str, Any]) -> None:
        if told["from"] != self._name:
            self._local.tell(told["topic"], told["payload"])
