"""The scribe: writes to screens what waits for them, and to none more often than an eye can follow.

A write to a socket costs more than all that is done to find out who is told, and a hundred
colleagues hear of each step of each contact. So whoever was just written to rests for a
moment, and what comes meanwhile leaves together. What concerns somebody by name does not
wait: an offer is theirs at once. Nor does anything wait for a screen that was left in peace.
"""

import asyncio
from collections.abc import Iterable

import structlog

from gateway import frames
from gateway.frames import Said
from gateway.screen import Socket

log = structlog.get_logger()

REST = 0.08
"""Seconds between two writes to one screen: what is about others may come a dozen times a second."""

BUFFERED_MOST = 1024 * 1024
"""Bytes that may wait for one reader; beyond it what is new waits here."""

PATIENCE = 10.0
"""Seconds in which a slow reader must have caught up, else it is cut off."""

WAITING_MOST = 5000
"""Things that may wait for one reader."""

AT_ONCE = 500
"""Sockets written to before others get their turn."""


class Scribe:
    """What waits for the screens of this process, and who rests."""

    def __init__(self) -> None:
        self._dirty: dict[Socket, None] = {}
        self._resting: dict[Socket, float] = {}
        self._rested: asyncio.TimerHandle | None = None
        self._wake = asyncio.Event()

    def say(self, socket: Socket, said: Iterable[Said]) -> None:
        """Have it written, in its turn."""
        socket.outbox.extend(said)
        if socket not in self._resting:
            self._dirty[socket] = None
            self._wake.set()

    def hurry(self, socket: Socket) -> None:
        """What waits for this screen is written now."""
        self._resting.pop(socket, None)
        if socket.outbox:
            self._dirty[socket] = None
            self._wake.set()

    def forget(self, socket: Socket) -> None:
        """The line is gone."""
        self._resting.pop(socket, None)
        self._dirty.pop(socket, None)

    async def run(self) -> None:
        """Until cancelled: what is there in each turn of the loop, in one write a screen."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            dirty, self._dirty = self._dirty, {}
            made: dict[tuple[Said, ...], bytes] = {}
            until = asyncio.get_running_loop().time() + REST
            for index, socket in enumerate(dirty):
                if index % AT_ONCE == AT_ONCE - 1:
                    await asyncio.sleep(0)
                if socket.outbox:
                    self._write(socket, made)
                    self._resting.pop(socket, None)
                    self._resting[socket] = until
            self._watch_over_the_rest()

    def _watch_over_the_rest(self) -> None:
        """They rested in the order in which they were written to: the first is up first."""
        if self._rested is None and (until := next(iter(self._resting.values()), None)) is not None:
            self._rested = asyncio.get_running_loop().call_at(until, self._are_rested)

    def _are_rested(self) -> None:
        self._rested = None
        now = asyncio.get_running_loop().time()
        over = []
        for socket, until in self._resting.items():
            if until > now:
                break
            over.append(socket)
        for socket in over:
            self.hurry(socket)
        self._watch_over_the_rest()

    def _write(self, socket: Socket, made: dict[tuple[Said, ...], bytes]) -> None:
        """What waits for one screen, in one write; what many get alike is built once."""
        if socket.transport.get_write_buffer_size() > BUFFERED_MOST:
            self._wait_for(socket)
            return
        socket.full_since = None
        said, socket.outbox = socket.outbox, []
        if socket.ws.closed or socket.transport.is_closing():
            return  # it is gone; its reader notices and leaves
        key = tuple(said)
        whole = made.get(key)
        if whole is None:
            whole = made[key] = frames.on_the_wire(said)
        socket.transport.write(whole)

    def _wait_for(self, socket: Socket) -> None:
        """It reads more slowly than we write: let it read on for a while, then cut it off."""
        now = asyncio.get_running_loop().time()
        socket.full_since = socket.full_since or now
        if now - socket.full_since > PATIENCE or len(socket.outbox) > WAITING_MOST:
            log.warning("socket too slow", agent=socket.agent)
            socket.outbox.clear()
            socket.transport.abort()
