"""Heavy work in a process of its own: reading a mail of 25 MB must not stop every screen.

The worker is spawned before anybody listens (a forked one would inherit the open ports and
hold them), has a limit of memory and of time, and ends when its parent does, however that
ended. What is too heavy for it is quarantined like anything that cannot be read.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from types import FrameType
from typing import Any, ParamSpec, TypeVar

from channels.contract import Channel, Reading, Unreadable, Wire

P = ParamSpec("P")
T = TypeVar("T")

LIGHT = 262_144
"""Bytes up to which a wire is read where it came in."""


class TooHeavy(Exception):
    """The work took more memory or time than it may."""


@dataclass(slots=True)
class HeavyReader:
    """Reads wires for any channel that can be pickled; `open` it before the first listener.

    `seconds` and `memory` (bytes) bound one reading. One worker: large mails wait for each
    other, never for small ones.
    """

    seconds: float = 20.0
    memory: int = 1_073_741_824
    _pool: ProcessPoolExecutor | None = None
    _worker: int = 0
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def open(self) -> None:
        """Start the worker and wait until it is there."""
        async with self._opening:
            if self._pool is not None:
                return
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(
                1, mp_context=context, initializer=_begin, initargs=(self.memory, os.getpid())
            )
            self._worker = await asyncio.get_running_loop().run_in_executor(self._pool, os.getpid)

    async def close(self) -> None:
        """End the worker, whatever it is at."""
        pool, self._pool = self._pool, None
        if pool is not None:
            self._kill()
            await asyncio.to_thread(pool.shutdown, cancel_futures=True)

    async def read(self, channel: Channel, wire: Wire) -> Reading:
        """As `channel.read`, here if it is small, else in the worker. Raises what that raises."""
        if len(wire.body) <= LIGHT:
            return channel.read(wire)
        try:
            return await self.do(channel.read, wire)
        except TooHeavy as why:
            raise Unreadable(str(why)) from why

    async def do(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Have the worker do it; everything given must pickle. Raises TooHeavy, or what the work raises."""
        try:
            async with asyncio.timeout(self.seconds * _TURNS), self._turn:
                return await self._run(partial(_bounded, self.seconds, work, *given, **named))
        except TimeoutError as why:
            raise TooHeavy(_TOO_MUCH) from why

    async def _run(self, work: Callable[[], T]) -> T:
        """One at a time: what breaks the worker takes nobody with it."""
        await self.open()
        pool = self._pool
        if pool is None:
            raise TooHeavy("the reader of large messages is closed")
        try:
            async with asyncio.timeout(self.seconds * _LENIENCE):
                return await asyncio.get_running_loop().run_in_executor(pool, work)
        except (BrokenProcessPool, TimeoutError) as why:
            await self._replace(pool)
            raise TooHeavy(_TOO_MUCH) from why

    async def _replace(self, broken: ProcessPoolExecutor) -> None:
        if self._pool is broken:
            await self.close()

    def _kill(self) -> None:
        if self._worker:
            with suppress(ProcessLookupError):
                os.kill(self._worker, signal.SIGKILL)
            self._worker = 0


_TOO_MUCH = "reading it took too much memory or time"
_TURNS = 5
"""Times its own limit that a reading may take together with those that wait before it."""

_LENIENCE = 2
"""Times its own limit until a worker that did not hear the alarm is ended."""


class _TooLong(Exception):
    """The alarm rang."""


def _begin(memory: int, parent: int) -> None:
    """In the worker, once: its limits, and its end when the parent is gone (killed parents tell nobody)."""
    import resource

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def _bounded(seconds: float, work: Callable[..., T], *given: Any, **named: Any) -> T:
    """In the worker: one piece of work, stopped by an alarm."""
    signal.signal(signal.SIGALRM, _alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return work(*given, **named)
    except (_TooLong, MemoryError, RecursionError) as why:
        raise TooHeavy(_TOO_MUCH) from why
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _alarm(_number: int, _frame: FrameType | None) -> None:
    raise _TooLong
